"""What PostgreSQL would refuse, as facts; `str()` is its own message."""

from __future__ import annotations

import re

from msgspec import Struct

from alembic_vet.findings import Location
from alembic_vet.model.operations import ConstraintKind, ObjectKind
from alembic_vet.model.schema.objects import ConstraintState, Key
from alembic_vet.model.type_names import BUILT_IN

_ARGUMENTS = r"\(.*?\)|\[\]"


class Problem(Struct, frozen=True):
    """One step would fail, given what was done before it."""


class TableMissing(Problem, frozen=True):
    """`similar` are tables whose names are close."""

    table: Key
    similar: tuple[Key, ...] = ()

    def __str__(self) -> str:
        return f'relation "{self.table}" does not exist'


class RelationExists(Problem, frozen=True):
    """Tables, indexes, sequences and views of a schema share their names; `kind` is what has it."""

    name: Key
    kind: str

    def __str__(self) -> str:
        return f'relation "{self.name.name}" already exists'


class SchemaMissing(Problem, frozen=True):
    schema: str

    def __str__(self) -> str:
        return f'schema "{self.schema}" does not exist'


class ColumnMissing(Problem, frozen=True):
    table: Key
    column: str
    similar: tuple[str, ...] = ()
    read: bool = False

    def __str__(self) -> str:
        if self.read:
            return f'column "{self.column}" does not exist'
        return f'column "{self.column}" of relation "{self.table.name}" does not exist'


class ColumnExists(Problem, frozen=True):
    table: Key
    column: str

    def __str__(self) -> str:
        return f'column "{self.column}" of relation "{self.table.name}" already exists'


class ConstraintMissing(Problem, frozen=True):
    """`similar` are constraints of the table that may be meant: of the same kind, the likeliest first."""

    table: Key
    name: str
    kind: ConstraintKind | None
    similar: tuple[ConstraintState, ...] = ()

    def __str__(self) -> str:
        return f'constraint "{self.name}" of relation "{self.table.name}" does not exist'


class ConstraintUnnamed(Problem, frozen=True):
    """`drop_constraint(None, ...)`; `candidates` are the constraints of that kind on the table."""

    table: Key
    kind: ConstraintKind | None
    candidates: tuple[ConstraintState, ...] = ()

    def __str__(self) -> str:
        return "Can't emit DROP CONSTRAINT for a constraint that has no name"


class ConstraintExists(Problem, frozen=True):
    table: Key
    name: str

    def __str__(self) -> str:
        return f'constraint "{self.name}" for relation "{self.table.name}" already exists'


class SecondPrimaryKey(Problem, frozen=True):
    table: Key
    existing: str

    def __str__(self) -> str:
        return f'multiple primary keys for table "{self.table.name}" are not allowed'


class TargetNotUnique(Problem, frozen=True):
    """A foreign key needs a primary key or unique constraint over the columns it points at; it names none: `columns` ()."""

    table: Key
    target: Key
    columns: tuple[str, ...]

    def __str__(self) -> str:
        if not self.columns:
            return f'there is no primary key for referenced table "{self.target.name}"'
        return f'there is no unique constraint matching given keys for referenced table "{self.target.name}"'


class IncompatibleTypes(Problem, frozen=True):
    """A foreign key between columns that cannot be compared."""

    table: Key
    name: str
    column: str
    type: str
    target_type: str

    def __str__(self) -> str:
        return f'foreign key constraint "{self.name}" cannot be implemented'


class IndexMissing(Problem, frozen=True):
    """`similar` are indexes with close names, and those of the table over the same columns."""

    index: Key
    similar: tuple[Key, ...] = ()

    def __str__(self) -> str:
        return f'index "{self.index.name}" does not exist'


class IndexUnnamed(Problem, frozen=True):
    """SQLAlchemy leaves no index name to PostgreSQL; only a naming convention with `ix` names it."""

    table: Key

    def __str__(self) -> str:
        return f"an index on {self.table} has no name"


class IndexOwned(Problem, frozen=True):
    """An index that belongs to a constraint goes with the constraint only."""

    index: Key
    table: Key
    constraint: str

    def __str__(self) -> str:
        return f"cannot drop index {self.index} because constraint {self.constraint} on table {self.table} requires it"


class TypeMissing(Problem, frozen=True):
    """`labels` are those of the Enum object that names it, `used_by` the column it is for."""

    type: Key
    used_by: tuple[Key, str] | None = None
    labels: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f'type "{self.type}" does not exist'


class TypeExists(Problem, frozen=True):
    """`implicit`: CREATE TABLE made it, from an Enum object. `memoised`: in one run of all revisions SQLAlchemy skips
    the second CREATE TYPE, and the failure shows only where revisions are run one by one."""

    type: Key
    implicit: bool
    memoised: bool
    labels: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f'type "{self.type.name}" already exists'


class TypeInUse(Problem, frozen=True):
    type: Key
    columns: tuple[tuple[Key, str], ...]

    def __str__(self) -> str:
        return f"cannot drop type {self.type} because other objects depend on it"


class LabelExists(Problem, frozen=True):
    type: Key
    label: str

    def __str__(self) -> str:
        return f'enum label "{self.label}" already exists'


class LabelMissing(Problem, frozen=True):
    type: Key
    label: str

    def __str__(self) -> str:
        return f'"{self.label}" is not an existing enum label'


class LabelUnsafe(Problem, frozen=True):
    """The label is used in the transaction that added it, at `added`. `fresh_type`: the type was created in it too,
    which PostgreSQL 17 and later allow."""

    type: Key
    label: str
    added: Location
    fresh_type: bool

    def __str__(self) -> str:
        return f'unsafe use of new value "{self.label}" of enum type {self.type}'


class InUse(Problem, frozen=True):
    """A table, column, constraint or function that others depend on; `dependents` say which, in words."""

    kind: str
    name: str
    dependents: tuple[str, ...]

    def __str__(self) -> str:
        return f"cannot drop {self.kind} {self.name} because other objects depend on it"


class CannotCast(Problem, frozen=True):
    """`default`: it is the default of the column that cannot be cast; USING does not help there."""

    table: Key
    column: str
    old: str
    new: str
    default: bool = False

    @property
    def is_of_enum(self) -> bool:
        """Whether one of the types is not built in: of those only enums are known well enough."""
        return not {re.sub(_ARGUMENTS, "", each) for each in (self.old, self.new)} <= BUILT_IN

    def __str__(self) -> str:
        what = f'default for column "{self.column}"' if self.default else f'column "{self.column}"'
        return f"{what} cannot be cast automatically to type {self.new}"


class ObjectMissing(Problem, frozen=True):
    kind: ObjectKind
    name: Key

    def __str__(self) -> str:
        return f'{self.kind.value} "{self.name}" does not exist'


class ObjectExists(Problem, frozen=True):
    kind: ObjectKind
    name: Key

    def __str__(self) -> str:
        return f'{self.kind.value} "{self.name}" already exists'


class NameTooLong(Problem, frozen=True):
    """SQLAlchemy refuses a name over 63 characters that it did not make itself."""

    name: str

    def __str__(self) -> str:
        return f"Identifier '{self.name}' exceeds maximum length of 63 characters"
