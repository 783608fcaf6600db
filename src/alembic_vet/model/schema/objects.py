"""The objects of a schema, each immutable: a change makes a new one, so snapshots share what stays.

`doubt` is 0 for an object that is known. Else something that cannot be followed may have changed or removed it, and
`doubt` counts up with each such step, so that two states can tell an old doubt from a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    Columns,
    Computed,
    ConstraintKind,
    Default,
    Identity,
    IndexElement,
    ObjectKind,
)
from alembic_vet.source.equality import EqualBut
from alembic_vet.source.unknown import Opaque


class Key(NamedTuple):
    """A name in the catalogue; printed without its schema where that is `public`."""

    schema: str
    name: str

    def __str__(self) -> str:
        return self.name if self.schema in ("", "public") else f"{self.schema}.{self.name}"


class SequenceDefault(Struct, frozen=True):
    """`DEFAULT nextval(...)`."""

    sequence: Key


ColumnDefault = Default | Identity | Computed | SequenceDefault


class ColumnState(EqualBut, frozen=True):
    """`user_type` is the type's key where it is not built in."""

    aside = frozenset({"doubt"})

    name: str
    type: ColumnType | Opaque
    nullable: bool | Opaque = True
    default: ColumnDefault | Opaque | None = None
    user_type: Key | None = None
    comment: str | Opaque | None = None
    collation: str | Opaque | None = None
    doubt: int = 0


class ConstraintState(EqualBut, frozen=True):
    """`generated`: nobody named it, PostgreSQL or a naming convention did.

    `via` is the index of the target that a foreign key rests on: PostgreSQL takes the oldest that fits.
    """

    aside = frozenset({"generated", "via", "doubt"})

    kind: ConstraintKind
    name: str
    columns: Columns = ()
    sql: str | Opaque = ""
    target: Key | Opaque | None = None
    target_columns: Columns = ()
    on_delete: str | Opaque | None = None
    on_update: str | Opaque | None = None
    deferrable: bool | Opaque = False
    deferred: bool | Opaque = False
    nulls_not_distinct: bool = False
    generated: bool = False
    via: str | None = None
    name_known: bool = True
    doubt: int = 0


class IndexState(EqualBut, frozen=True):
    """`constraint` names the constraint that the index belongs to."""

    aside = frozenset({"doubt"})

    key: Key
    table: Key
    elements: tuple[IndexElement, ...] | Opaque
    unique: bool | Opaque = False
    where: str | Opaque | None = None
    method: str | Opaque = "btree"
    include: Columns = ()
    nulls_not_distinct: bool = False
    constraint: str | None = None
    name_known: bool = True
    doubt: int = 0


class TableState(EqualBut, frozen=True):
    """`complete` False: it may have columns, constraints or indexes that were not read; never those in `gone`.

    `unseen` are columns and constraints that were dropped though nobody saw them made.
    """

    aside = frozenset({"gone", "unseen", "doubt"})

    key: Key
    columns: Mapping[str, ColumnState] = field(default_factory=dict)
    constraints: Mapping[str, ConstraintState] = field(default_factory=dict)
    comment: str | Opaque | None = None
    complete: bool = True
    gone: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    doubt: int = 0

    def without(self, name: str) -> TableState:
        """The same table after a part of it that is not listed was dropped."""
        unseen = self.unseen if self.lacks(name) else self.unseen | {name}
        return replace(self, gone=self.gone | {name}, unseen=unseen)

    def lacks(self, name: str) -> bool:
        """Whether it is sure that the table has nothing of this name, given that it is not listed."""
        return name in self.gone or (self.complete and not self.doubt)

    @property
    def names_are_known(self) -> bool:
        """Whether each constraint is listed by the name that it has."""
        return all(each.name_known for each in self.constraints.values())

    @property
    def primary_key(self) -> ConstraintState | None:
        return next((each for each in self.constraints.values() if each.kind == "primary"), None)


class TypeState(EqualBut, frozen=True):
    """An enum (`labels` in order), or another type (`labels` None). `implicit`: CREATE TABLE made it."""

    aside = frozenset({"implicit", "doubt"})

    key: Key
    labels: tuple[str, ...] | Opaque | None
    implicit: bool = False
    doubt: int = 0


class SequenceState(EqualBut, frozen=True):
    """`owner` is the column whose going takes the sequence along."""

    aside = frozenset({"doubt"})

    key: Key
    owner: tuple[Key, str] | None = None
    doubt: int = 0


class OtherState(EqualBut, frozen=True):
    """A view, function, trigger, extension, ...

    `mentions` are the words of its definition, `relations` the same as the relations they would be.
    """

    aside = frozenset({"doubt"})

    kind: ObjectKind
    key: Key
    table: Key | None = None
    definition: str | Opaque = ""
    mentions: frozenset[str] = frozenset()
    relations: frozenset[Key] = frozenset()
    doubt: int = 0
