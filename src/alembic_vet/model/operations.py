"""What a revision does to a database: Alembic's operations and the DDL they stand for.

Names are those of the catalogue: SQL text is already folded to lower case where it was not quoted, and
SQLAlchemy's names are used as written. A field that reading alone does not tell is OPAQUE.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from alembic_vet.findings import Location
from alembic_vet.model.column_type import ColumnType
from alembic_vet.source.unknown import OPAQUE, UNSET, Opaque, Unset

Name = str | Opaque
Columns = tuple[str, ...] | Opaque


@dataclass(frozen=True, slots=True)
class QualifiedName:
    """A table, index, type, ... ; `schema` None means the first schema of the search path."""

    name: Name
    schema: str | Opaque | None = None

    def __str__(self) -> str:
        name = "?" if self.name is OPAQUE else self.name
        schema = "?" if self.schema is OPAQUE else self.schema
        return name if schema is None else f"{schema}.{name}"


@dataclass(frozen=True, slots=True)
class Default:
    """`DEFAULT <sql>`. `server_default="x"` is `Default.literal("x")`, `text("now()")` is `Default("now()")`."""

    sql: str | Opaque

    @classmethod
    def literal(cls, value: str) -> Default:
        """A string literal, quoted the way SQLAlchemy renders a plain string."""
        return cls("'" + value.replace("'", "''") + "'")


@dataclass(frozen=True, slots=True)
class Identity:
    """`GENERATED ... AS IDENTITY`."""

    always: bool | Opaque = False


@dataclass(frozen=True, slots=True)
class Computed:
    """`GENERATED ALWAYS AS (<sql>) STORED`."""

    sql: str | Opaque


ServerDefault = Default | Identity | Computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """`name` None: the naming convention, else PostgreSQL, names it.

    `final` marks a name that no naming convention may change: `op.f()`, `conv()`, or SQL text.
    """

    name: str | Opaque | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class PrimaryKey(Constraint):
    columns: Columns
    using_index: str | None = None


@dataclass(frozen=True, slots=True)
class Unique(Constraint):
    columns: Columns
    nulls_not_distinct: bool = False
    deferrable: bool | Opaque = False
    using_index: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey(Constraint):
    """`target_columns` empty means the primary key of `target`. Actions are upper case; None is NO ACTION."""

    columns: Columns
    target: QualifiedName | Opaque
    target_columns: Columns = ()
    on_delete: str | Opaque | None = None
    on_update: str | Opaque | None = None
    deferrable: bool | Opaque = False
    initially_deferred: bool | Opaque = False


@dataclass(frozen=True, slots=True)
class Check(Constraint):
    sql: str | Opaque


@dataclass(frozen=True, slots=True)
class Exclude(Constraint):
    """`sql` is everything after EXCLUDE; `columns` the plain columns it names."""

    sql: str | Opaque
    columns: Columns = ()


AnyConstraint = PrimaryKey | Unique | ForeignKey | Check | Exclude


@dataclass(frozen=True, slots=True)
class Column:
    """A column of CREATE TABLE or ADD COLUMN.

    `index`, `unique` and `primary_key` are the flags of `sa.Column`; `constraints` holds what stands inside
    the column (`ForeignKey` in `sa.Column`, every column constraint of SQL text), its `columns` filled in.
    `nullable` UNSET means SQLAlchemy's and SQL's default: NULL unless in the primary key.
    `autoincrement` is that of `sa.Column`; from SQL text it is False, where only SERIAL makes a sequence.
    `client_default` tells of a `default=`, which keeps SQLAlchemy from making the column SERIAL.
    """

    name: Name
    type: ColumnType | Opaque
    nullable: bool | Opaque | Unset = UNSET
    server_default: ServerDefault | Opaque | None = None
    primary_key: bool | Opaque = False
    unique: bool | Opaque = False
    index: bool | Opaque = False
    autoincrement: bool | Literal["auto"] | Opaque = "auto"
    client_default: bool = False
    constraints: tuple[AnyConstraint, ...] = ()
    comment: str | Opaque | None = None
    collation: str | Opaque | None = None


@dataclass(frozen=True, slots=True)
class IndexElement:
    """One key of an index: a column, or an expression; `options` are opclass, order and nulls, upper case."""

    column: str | None = None
    sql: str | Opaque | None = None
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`name` None: the naming convention names it (`ix_<table>_<column>`), PostgreSQL in SQL text."""

    name: str | Opaque | None
    elements: tuple[IndexElement, ...] | Opaque
    unique: bool | Opaque = False
    where: str | Opaque | None = None
    method: str | Opaque = "btree"
    include: Columns = ()
    nulls_not_distinct: bool = False
    final: bool = False


class Thing(Enum):
    """What a guard can ask for."""

    RELATION = "relation"
    COLUMN = "column"
    INDEX = "index"
    CONSTRAINT = "constraint"
    TYPE = "type"
    LABEL = "label"
    EXTENSION = "extension"
    SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class Guard:
    """A question to the schema as it stands, which decides whether a step runs.

    `name` is the thing asked for; `of` the table of a column, index or constraint, the type of a label, None
    where the question does not say. `exists` is the answer that lets the step run.
    """

    thing: Thing
    name: QualifiedName
    exists: bool
    of: QualifiedName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One step. `location` is where it is written.

    `autocommit` is True inside `autocommit_block()` and after a COMMIT in SQL text. The step runs where all
    `guards` are met (an inspector's answer, `IF NOT EXISTS (SELECT ... FROM pg_type ...)`); `conditional` is True
    where what decides is not known.
    """

    location: Location
    autocommit: bool = False
    conditional: bool = False
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """`columns` OPAQUE: none is known. `complete` False: there are more columns or constraints than those read."""

    table: QualifiedName
    columns: tuple[Column, ...] | Opaque
    constraints: tuple[AnyConstraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    if_not_exists: bool = False
    complete: bool = True
    comment: str | Opaque | None = None
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class DropTable(Operation):
    """`together` are all tables of one DROP TABLE statement, which may refer to each other."""

    table: QualifiedName
    if_exists: bool = False
    cascade: bool = False
    together: tuple[QualifiedName, ...] = ()


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    table: QualifiedName
    new_name: Name
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    table: QualifiedName
    column: Column
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn(Operation):
    table: QualifiedName
    column: Name
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class AlterColumn(Operation):
    """Only what is given changes; the rest is UNSET. `server_default` None drops it, `comment` None too.

    `existing_*` are what the author says of the column as it was.
    """

    table: QualifiedName
    column: Name
    new_name: str | Opaque | Unset = UNSET
    type: ColumnType | Opaque | Unset = UNSET
    nullable: bool | Opaque | Unset = UNSET
    server_default: ServerDefault | Opaque | Unset | None = UNSET
    comment: str | Opaque | Unset | None = UNSET
    using: str | Opaque | None = None
    existing_type: ColumnType | Opaque | Unset = UNSET
    existing_nullable: bool | Opaque | Unset = UNSET
    existing_server_default: ServerDefault | Opaque | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    table: QualifiedName
    index: Index
    concurrently: bool | Opaque = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    """`table` is what the call says; PostgreSQL looks the index up by its own name and the table's schema."""

    index: QualifiedName
    table: QualifiedName | None = None
    concurrently: bool | Opaque = False
    if_exists: bool = False
    cascade: bool = False
    final: bool = True


@dataclass(frozen=True, slots=True)
class RenameIndex(Operation):
    index: QualifiedName
    new_name: Name
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateConstraint(Operation):
    """`create_foreign_key`, `create_unique_constraint`, ..., or ALTER TABLE ADD CONSTRAINT: `constraint` says which."""

    table: QualifiedName
    constraint: AnyConstraint
    not_valid: bool | Opaque = False
    if_not_exists: bool = False


ConstraintKind = Literal["primary", "unique", "foreignkey", "check", "exclude"]


@dataclass(frozen=True, slots=True)
class DropConstraint(Operation):
    """`name` None is `drop_constraint(None)`; `kind` is `type_`, None where not given."""

    table: QualifiedName
    name: str | Opaque | None
    kind: ConstraintKind | Opaque | None = None
    if_exists: bool = False
    cascade: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class RenameConstraint(Operation):
    table: QualifiedName
    name: Name
    new_name: Name


@dataclass(frozen=True, slots=True)
class ValidateConstraint(Operation):
    table: QualifiedName
    name: Name


@dataclass(frozen=True, slots=True)
class CreateEnum(Operation):
    """CREATE TYPE ... AS ENUM, or `.create()` of an Enum (`checkfirst=True` is `if_not_exists`)."""

    type: QualifiedName
    labels: tuple[str, ...] | Opaque
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropType(Operation):
    """DROP TYPE, or `.drop()` of an Enum (`checkfirst=True` is `if_exists`)."""

    type: QualifiedName
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class AddEnumValue(Operation):
    type: QualifiedName
    label: str | Opaque
    before: str | Opaque | None = None
    after: str | Opaque | None = None
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameEnumValue(Operation):
    type: QualifiedName
    label: str | Opaque
    new_label: str | Opaque


@dataclass(frozen=True, slots=True)
class SyncEnumValues(Operation):
    """`op.sync_enum_values` of alembic-postgresql-enum: the type is replaced, every column moved to the new one."""

    type: QualifiedName
    labels: tuple[str, ...] | Opaque


@dataclass(frozen=True, slots=True)
class RenameType(Operation):
    type: QualifiedName
    new_name: Name


class ObjectKind(Enum):
    """Kinds of objects that have no operation of their own."""

    SCHEMA = "schema"
    EXTENSION = "extension"
    SEQUENCE = "sequence"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FUNCTION = "function"
    TRIGGER = "trigger"
    TYPE = "type"
    POLICY = "policy"
    RULE = "rule"
    TABLE = "table"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CreateObject(Operation):
    """A schema, extension, sequence, view, function, ...; `table` for what lives on one (trigger, policy)."""

    kind: ObjectKind
    name: QualifiedName
    table: QualifiedName | None = None
    if_not_exists: bool = False
    or_replace: bool = False
    definition: str | Opaque = OPAQUE


@dataclass(frozen=True, slots=True)
class DropObject(Operation):
    kind: ObjectKind
    name: QualifiedName
    table: QualifiedName | None = None
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameObject(Operation):
    """ALTER <kind> ... RENAME TO, where tables, indexes, types and constraints have their own."""

    kind: ObjectKind
    name: QualifiedName
    new_name: Name


@dataclass(frozen=True, slots=True)
class SetSchema(Operation):
    """ALTER <kind> ... SET SCHEMA; a table takes its indexes and owned sequences along."""

    kind: ObjectKind
    name: QualifiedName
    new_schema: Name


@dataclass(frozen=True, slots=True)
class OwnSequence(Operation):
    """ALTER SEQUENCE ... OWNED BY; `table` None is OWNED BY NONE."""

    sequence: QualifiedName
    table: QualifiedName | None
    column: Name | None


@dataclass(frozen=True, slots=True)
class SetComment(Operation):
    """COMMENT ON TABLE (`column` None) or COLUMN; `comment` None removes it."""

    table: QualifiedName
    column: Name | None
    comment: str | Opaque | None


DataKind = Literal["insert", "update", "delete", "truncate"]
Row = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True)
class DataChange(Operation):
    """Rows of a table change. `literals` are the string literals it mentions; `complete` False: maybe more.

    `columns` are those that are written. `rows` are those that an INSERT surely adds or fails, each with the values that
    are the same every time and not NULL.
    """

    kind: DataKind
    table: QualifiedName
    literals: frozenset[str] = frozenset()
    complete: bool = True
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


TransactionAction = Literal["begin", "commit", "rollback", "savepoint", "release", "rollback to"]


@dataclass(frozen=True, slots=True)
class TransactionControl(Operation):
    """BEGIN, COMMIT, ... written in a revision; `on_connection` is `op.get_bind().commit()`, not SQL text."""

    action: TransactionAction
    on_connection: bool = False


@dataclass(frozen=True, slots=True)
class ExecuteSQL(Operation):
    """SQL that changes no object the replay knows: SELECT, SET, GRANT, ANALYZE, ALTER TABLE ... OWNER TO, ...

    `command` is its first words, upper case (`REINDEX INDEX CONCURRENTLY`).
    """

    command: str
    sql: str | Opaque
    literals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OpaqueOperation(Operation):
    """Something happens that cannot be followed; `touches` OPAQUE: to anything.

    Names in `touches` may be tables, types or sequences. `reason` completes "cannot be followed: ...".
    """

    touches: tuple[QualifiedName, ...] | Opaque
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse(Operation):
    """The function raises on purpose here; nothing after it runs."""

    message: str | Opaque
