"""What a revision does to a database: Alembic's operations and the DDL they stand for.

Names are those of the catalogue: SQL text is already folded to lower case where it was not quoted, and
SQLAlchemy's names are used as written. A field that reading alone does not tell is OPAQUE.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from msgspec import Struct

from alembic_vet.findings import Location
from alembic_vet.model.column_type import ColumnType
from alembic_vet.source.unknown import OPAQUE, UNSET, Opaque, Unset

Name = str | Opaque
Columns = tuple[str, ...] | Opaque


TEMPORARY = "pg_temp"
"""The schema of what goes with the session that made it (CREATE TABLE in PostgreSQL's manual)."""


class QualifiedName(Struct, frozen=True):
    """A table, index, type, ... ; `schema` None means the first schema of the search path."""

    name: Name
    schema: str | Opaque | None = None

    def __str__(self) -> str:
        name = "?" if self.name is OPAQUE else self.name
        schema = "?" if self.schema is OPAQUE else self.schema
        return name if schema is None else f"{schema}.{name}"


class Default(Struct, frozen=True):
    """`DEFAULT <sql>`. `server_default="x"` is `Default.literal("x")`, `text("now()")` is `Default("now()")`."""

    sql: str | Opaque

    @classmethod
    def literal(cls, value: str) -> Default:
        """A string literal, quoted the way SQLAlchemy renders a plain string."""
        return cls("'" + value.replace("'", "''") + "'")


class Identity(Struct, frozen=True):
    """`GENERATED ... AS IDENTITY`."""

    always: bool | Opaque = False


class Computed(Struct, frozen=True):
    """`GENERATED ALWAYS AS (<sql>) STORED`."""

    sql: str | Opaque


ServerDefault = Default | Identity | Computed


class Constraint(Struct, frozen=True, kw_only=True):
    """`name` None: the naming convention, else PostgreSQL, names it.

    `final` marks a name that no naming convention may change: `op.f()`, `conv()`, or SQL text.
    """

    name: str | Opaque | None = None
    final: bool = False


class PrimaryKey(Constraint, frozen=True):
    columns: Columns
    using_index: str | None = None


class Unique(Constraint, frozen=True):
    columns: Columns
    nulls_not_distinct: bool = False
    deferrable: bool | Opaque = False
    using_index: str | None = None


class ForeignKey(Constraint, frozen=True):
    """`target_columns` empty means the primary key of `target`. Actions are upper case; None is NO ACTION."""

    columns: Columns
    target: QualifiedName | Opaque
    target_columns: Columns = ()
    on_delete: str | Opaque | None = None
    on_update: str | Opaque | None = None
    deferrable: bool | Opaque = False
    initially_deferred: bool | Opaque = False


class Check(Constraint, frozen=True):
    sql: str | Opaque


class Exclude(Constraint, frozen=True):
    """`sql` is everything after EXCLUDE; `columns` the plain columns it names."""

    sql: str | Opaque
    columns: Columns = ()


AnyConstraint = PrimaryKey | Unique | ForeignKey | Check | Exclude


class Column(Struct, frozen=True):
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


class IndexElement(Struct, frozen=True):
    """One key of an index: a column, or an expression; `options` are opclass, order and nulls, upper case."""

    column: str | None = None
    sql: str | Opaque | None = None
    options: str = ""


class Index(Struct, frozen=True, kw_only=True):
    """`name` None: the naming convention names it (`ix_<table>_<column>`), PostgreSQL in SQL text."""

    name: str | Opaque | None
    elements: tuple[IndexElement, ...] | Opaque
    unique: bool | Opaque = False
    where: str | Opaque | None = None
    method: str | Opaque = "btree"
    include: Columns = ()
    nulls_not_distinct: bool = False
    final: bool = False


Thing = Literal["relation", "column", "index", "constraint", "type", "label", "extension", "schema"]
"""What a guard can ask for."""


class Guard(Struct, frozen=True):
    """A question to the schema as it stands, which decides whether a step runs.

    `name` is the thing asked for; `of` the table of a column, index or constraint, the type of a label, None
    where the question does not say. `exists` is the answer that lets the step run.
    """

    thing: Thing
    name: QualifiedName
    exists: bool
    of: QualifiedName | None = None


class Operation(Struct, frozen=True, kw_only=True):
    """One step. `location` is where it is written.

    `autocommit` is True inside `autocommit_block()` and after a COMMIT in SQL text. The step runs where all
    `guards` are met (an inspector's answer, `IF NOT EXISTS (SELECT ... FROM pg_type ...)`); `conditional` is True
    where what decides is not known.
    """

    location: Location
    autocommit: bool = False
    conditional: bool = False
    guards: tuple[Guard, ...] = ()


class CreateTable(Operation, frozen=True):
    """`columns` OPAQUE: none is known. `complete` False: there are more columns or constraints than those read."""

    table: QualifiedName
    columns: tuple[Column, ...] | Opaque
    constraints: tuple[AnyConstraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    if_not_exists: bool = False
    complete: bool = True
    comment: str | Opaque | None = None
    temporary: bool = False


class DropTable(Operation, frozen=True):
    """`together` are all tables of one DROP TABLE statement, which may refer to each other."""

    table: QualifiedName
    if_exists: bool = False
    cascade: bool = False
    together: tuple[QualifiedName, ...] = ()


class RenameTable(Operation, frozen=True):
    table: QualifiedName
    new_name: Name
    if_exists: bool = False


class AddColumn(Operation, frozen=True):
    table: QualifiedName
    column: Column
    if_not_exists: bool = False


class DropColumn(Operation, frozen=True):
    table: QualifiedName
    column: Name
    if_exists: bool = False
    cascade: bool = False


class AlterColumn(Operation, frozen=True):
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


class CreateIndex(Operation, frozen=True):
    table: QualifiedName
    index: Index
    concurrently: bool | Opaque = False
    if_not_exists: bool = False


class DropIndex(Operation, frozen=True):
    """`table` is what the call says; PostgreSQL looks the index up by its own name and the table's schema."""

    index: QualifiedName
    table: QualifiedName | None = None
    concurrently: bool | Opaque = False
    if_exists: bool = False
    cascade: bool = False
    final: bool = True


class RenameIndex(Operation, frozen=True):
    index: QualifiedName
    new_name: Name
    if_exists: bool = False


class CreateConstraint(Operation, frozen=True):
    """`create_foreign_key`, `create_unique_constraint`, ..., or ALTER TABLE ADD CONSTRAINT: `constraint` says which."""

    table: QualifiedName
    constraint: AnyConstraint
    not_valid: bool | Opaque = False
    if_not_exists: bool = False


ConstraintKind = Literal["primary", "unique", "foreignkey", "check", "exclude"]


class DropConstraint(Operation, frozen=True):
    """`name` None is `drop_constraint(None)`; `kind` is `type_`, None where not given."""

    table: QualifiedName
    name: str | Opaque | None
    kind: ConstraintKind | Opaque | None = None
    if_exists: bool = False
    cascade: bool = False
    final: bool = False


class RenameConstraint(Operation, frozen=True):
    table: QualifiedName
    name: Name
    new_name: Name


class ValidateConstraint(Operation, frozen=True):
    table: QualifiedName
    name: Name


class CreateEnum(Operation, frozen=True):
    """CREATE TYPE ... AS ENUM, or `.create()` of an Enum (`checkfirst=True` is `if_not_exists`)."""

    type: QualifiedName
    labels: tuple[str, ...] | Opaque
    if_not_exists: bool = False


class DropType(Operation, frozen=True):
    """DROP TYPE, or `.drop()` of an Enum (`checkfirst=True` is `if_exists`)."""

    type: QualifiedName
    if_exists: bool = False
    cascade: bool = False


class AddEnumValue(Operation, frozen=True):
    type: QualifiedName
    label: str | Opaque
    before: str | Opaque | None = None
    after: str | Opaque | None = None
    if_not_exists: bool = False


class RenameEnumValue(Operation, frozen=True):
    type: QualifiedName
    label: str | Opaque
    new_label: str | Opaque


class SyncEnumValues(Operation, frozen=True):
    """`op.sync_enum_values` of alembic-postgresql-enum: the type is replaced, every column moved to the new one."""

    type: QualifiedName
    labels: tuple[str, ...] | Opaque


class RenameType(Operation, frozen=True):
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


class CreateObject(Operation, frozen=True):
    """A schema, extension, sequence, view, function, ...; `table` for what lives on one (trigger, policy)."""

    kind: ObjectKind
    name: QualifiedName
    table: QualifiedName | None = None
    if_not_exists: bool = False
    or_replace: bool = False
    definition: str | Opaque = OPAQUE


class DropObject(Operation, frozen=True):
    kind: ObjectKind
    name: QualifiedName
    table: QualifiedName | None = None
    if_exists: bool = False
    cascade: bool = False


class RenameObject(Operation, frozen=True):
    """ALTER <kind> ... RENAME TO, where tables, indexes, types and constraints have their own."""

    kind: ObjectKind
    name: QualifiedName
    new_name: Name


class SetSchema(Operation, frozen=True):
    """ALTER <kind> ... SET SCHEMA; a table takes its indexes and owned sequences along."""

    kind: ObjectKind
    name: QualifiedName
    new_schema: Name


class OwnSequence(Operation, frozen=True):
    """ALTER SEQUENCE ... OWNED BY; `table` None is OWNED BY NONE."""

    sequence: QualifiedName
    table: QualifiedName | None
    column: Name | None


class SetComment(Operation, frozen=True):
    """COMMENT ON TABLE (`column` None) or COLUMN; `comment` None removes it."""

    table: QualifiedName
    column: Name | None
    comment: str | Opaque | None


DataKind = Literal["insert", "update", "delete", "truncate"]
Row = tuple[tuple[str, str | int], ...]


class DataChange(Operation, frozen=True):
    """Rows of a table change. `literals` are the string literals it mentions; `complete` False: maybe more.

    `columns` are those that are written. `rows` are those that an INSERT surely adds or fails, each with the values that
    are the same every time and not NULL. `quoted` are quoted names that can only be columns of the table.
    """

    kind: DataKind
    table: QualifiedName
    literals: frozenset[str] = frozenset()
    complete: bool = True
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    quoted: tuple[str, ...] = ()


TransactionAction = Literal["begin", "commit", "rollback", "savepoint", "release", "rollback to"]


class TransactionControl(Operation, frozen=True):
    """BEGIN, COMMIT, ... written in a revision; `on_connection` is `op.get_bind().commit()`, not SQL text."""

    action: TransactionAction
    on_connection: bool = False


class ExecuteSQL(Operation, frozen=True):
    """SQL that changes no object the replay knows: SELECT, SET, GRANT, ANALYZE, ALTER TABLE ... OWNER TO, ...

    `command` is its first words, upper case (`REINDEX INDEX CONCURRENTLY`).
    """

    command: str
    sql: str | Opaque
    literals: frozenset[str] = frozenset()


class OpaqueOperation(Operation, frozen=True):
    """Something happens that cannot be followed; `touches` OPAQUE: to anything.

    Names in `touches` may be tables, types or sequences. `reason` completes "cannot be followed: ...".
    """

    touches: tuple[QualifiedName, ...] | Opaque
    reason: str


class Refuse(Operation, frozen=True):
    """The function raises on purpose here; nothing after it runs."""

    message: str | Opaque
