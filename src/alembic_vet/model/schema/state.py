"""The schema of a database as the steps so far leave it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_vet.findings import Location
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.lazily import are_same, values_that_may_hold
from alembic_vet.model.operations import TEMPORARY, Guard, ObjectKind, QualifiedName
from alembic_vet.model.schema.names import DEFAULT_CONVENTION, NamingConvention, clipped
from alembic_vet.model.schema.objects import (
    ColumnState,
    IndexState,
    Key,
    OtherState,
    SequenceDefault,
    SequenceState,
    TableState,
    TypeState,
)
from alembic_vet.model.type_names import BUILT_IN
from alembic_vet.source.unknown import OPAQUE, Opaque

if TYPE_CHECKING:
    from alembic_vet.model.lazily import Lazy
    from alembic_vet.model.schema.problems import Problem

# Alembic makes it before the first revision runs.
_ALEMBICS_OWN = "alembic_version"
OtherKey = tuple[ObjectKind, Key, Key | None]
T = TypeVar("T")
Objects: TypeAlias = "dict[Key, T] | Lazy[Key, T]"


class Lookup(Enum):
    """What a name finds when it finds no object: nothing for sure, or nobody knows."""

    MISSING = "missing"
    UNKNOWN = "unknown"


Missing = Literal[Lookup.MISSING]


class ReplayOptions(Struct, frozen=True):
    """What the environment says: the metadata's naming convention, versions, the first schema of the search path."""

    naming_convention: NamingConvention | Opaque = field(default_factory=lambda: DEFAULT_CONVENTION)
    default_schema: str = "public"
    sqlalchemy_version: tuple[int, ...] | None = None

    def leaves_unnamed(self, kind: str) -> bool:
        """Whether no convention names this kind of constraint."""
        return self.naming_convention is not OPAQUE and kind not in self.naming_convention


class SchemaState(Struct):
    """Every object by its key; changed only by `apply`, copied by `snapshot`.

    `doubts` counts the steps that could not be followed. `open_since` is the last of them after which a name that is
    not here may still exist, unless it is in `gone`; `doubtful` holds single such names. `new_labels` are those added in a transaction that is still open, with
    the place; `new_types` the types created in it; `memo` the types that CREATE TABLE made, with the number of the
    `revision` that did. `unseen` are objects that were dropped though nobody saw them made. `answers` are those that
    guards got in this revision: an inspector asks once.
    """

    options: ReplayOptions = field(default_factory=ReplayOptions)
    tables: Objects[TableState] = field(default_factory=dict)
    indexes: Objects[IndexState] = field(default_factory=dict)
    types: Objects[TypeState] = field(default_factory=dict)
    sequences: Objects[SequenceState] = field(default_factory=dict)
    others: dict[OtherKey, OtherState] = field(default_factory=dict)
    doubts: int = 0
    open_since: int = 0
    gone: set[Key] = field(default_factory=set)
    doubtful: dict[Key, int] = field(default_factory=dict)
    search_path: str | Opaque | None = None
    new_labels: dict[tuple[Key, str], Location] = field(default_factory=dict)
    new_types: set[Key] = field(default_factory=set)
    memo: dict[Key, int] = field(default_factory=dict)
    revision: int = 0
    unseen: set[Key] = field(default_factory=set)
    answers: dict[Guard, bool | None] = field(default_factory=dict)

    def snapshot(self) -> SchemaState:
        """A copy that later changes of either do not reach; what it holds is shared."""
        return replace(
            self,
            tables=self.tables.copy(),
            indexes=self.indexes.copy(),
            types=self.types.copy(),
            sequences=self.sequences.copy(),
            others=dict(self.others),
            gone=set(self.gone),
            doubtful=dict(self.doubtful),
            new_labels=dict(self.new_labels),
            new_types=set(self.new_types),
            memo=dict(self.memo),
            unseen=set(self.unseen),
            answers=dict(self.answers),
        )

    def share(self, other: SchemaState) -> None:
        """Hold the tables, indexes, types or sequences once if they are those of another state; change neither later."""
        if are_same(self.tables, other.tables):
            self.tables = other.tables
        if are_same(self.indexes, other.indexes):
            self.indexes = other.indexes
        if are_same(self.types, other.types):
            self.types = other.types
        if are_same(self.sequences, other.sequences):
            self.sequences = other.sequences

    def commit(self) -> None:
        """The transaction ends: labels added in it can be used from here on."""
        self.new_labels.clear()
        self.new_types.clear()

    def begin_revision(self) -> None:
        """The next revision may run on a connection of its own: what SET left behind is forgotten."""
        self.search_path = None
        self.revision += 1
        self.answers.clear()

    def end_session(self) -> None:
        """What is temporary goes."""
        for objects in (self.tables, self.indexes, self.types, self.sequences):
            for key in [key for key in objects if key.schema == TEMPORARY]:
                del objects[key]
        self.others = {key: each for key, each in self.others.items() if key[1].schema != TEMPORARY}

    # Names ------------------------------------------------------------------------------------------------------

    def key(self, name: QualifiedName) -> Key | None:
        """The key of a name; None where it, or its schema, is not known."""
        schema = self.search_path if name.schema is None else name.schema
        if name.name is OPAQUE or schema is OPAQUE:
            return None
        known = clipped(name.name)
        if name.schema is None and self._is_temporary(Key(TEMPORARY, known)):
            return Key(TEMPORARY, known)
        return Key(clipped(schema or self.options.default_schema), known)

    def _is_temporary(self, key: Key) -> bool:
        return (
            key in self.tables
            or key in self.sequences
            or (bool(self.others) and (ObjectKind.VIEW, key, None) in self.others)
        )

    def absence(self, key: Key) -> Lookup:
        """What it means that a key is not here."""
        if key in self.doubtful or (self.open_since and key not in self.gone) or key.name == _ALEMBICS_OWN:
            return Lookup.UNKNOWN
        return Lookup.MISSING

    def table(self, name: QualifiedName | Key) -> TableState | Lookup:
        key = name if isinstance(name, Key) else self.key(name)
        if key is None:
            return Lookup.UNKNOWN
        return self.tables.get(key) or self.absence(key)

    def table_or_stub(self, name: QualifiedName) -> tuple[TableState | None, list[Problem]]:
        """The table that a step works on.

        None where its name is not known; then any may be meant. A table that is not there is put there, empty and in
        doubt, so that it is reported once.
        """
        key = self.key(name)
        if key is None:
            self.doubt_named(name)
            return None, []
        found = self.table(key)
        if isinstance(found, TableState):
            return found, []
        problems: list[Problem] = []
        if found is Lookup.MISSING:
            from alembic_vet.model.schema.problems import TableMissing

            problems.append(TableMissing(key, self.similar_tables(key)))
            self.doubts += 1
        table = TableState(key, complete=False, doubt=max(self.doubts, 1))
        self.tables[key] = table
        return table, problems

    def relation_kind(self, key: Key) -> str | None:
        """What kind of relation surely has a name: tables, indexes, sequences and views share one namespace."""
        for kind, each in (("table", self.tables), ("index", self.indexes), ("sequence", self.sequences)):
            found = each.get(key)
            if found is not None:
                return None if found.doubt else kind
        for view in (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW):
            other = self.others.get((view, key, None))
            if other is not None:
                return None if other.doubt else view.value
        return None

    def has_relation(self, key: Key) -> bool:
        return (
            key in self.tables
            or key in self.indexes
            or key in self.sequences
            or (ObjectKind.VIEW, key, None) in self.others
            or (ObjectKind.MATERIALIZED_VIEW, key, None) in self.others
        )

    def has_constraint(self, schema: str, name: str) -> bool | None:
        """Whether any table of the schema has a constraint of that name; None where that is in doubt."""
        doubts = [
            table.constraints[name].doubt
            for table in values_that_may_hold(name, self.tables)
            if table.key.schema == schema and name in table.constraints
        ]
        return False if not doubts else None if all(doubts) else True

    def type_key(self, type_: ColumnType) -> Key | None:
        """The key of a type that is not built in; None for one that is, or whose schema is not known."""
        if type_.schema is None and (type_.name in BUILT_IN or type_.name.startswith("interval ")):
            return None
        return self.key(QualifiedName(type_.name, type_.schema))

    # What depends on what -----------------------------------------------------------------------------------------

    def indexes_of(self, table: Key) -> Iterator[IndexState]:
        return (index for index in values_that_may_hold(table, self.indexes) if index.table == table)

    def sequences_of(self, table: Key, column: str | None = None) -> Iterator[SequenceState]:
        """Sequences that go with a column of a table, or with any."""
        for sequence in values_that_may_hold(table, self.sequences):
            if sequence.owner and sequence.owner == (table, column or sequence.owner[1]):
                yield sequence

    def columns_of_type(self, type_: Key) -> Iterator[tuple[TableState, ColumnState]]:
        for table in values_that_may_hold(type_, self.tables):
            for column in table.columns.values():
                if column.user_type == type_:
                    yield table, column

    def references_to(self, target: Key) -> Iterator[tuple[TableState, str]]:
        """Foreign keys that point at a table: the table that has each, and its name."""
        for table in values_that_may_hold(target, self.tables):
            for name, constraint in table.constraints.items():
                if constraint.target == target:
                    yield table, name

    def views_on(self, table: Key) -> Iterator[OtherState]:
        """Views whose definition mentions a table."""
        for (kind, _, _), other in self.others.items():
            if kind in (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW) and table in other.relations:
                yield other

    def rename_in_views(self, old: Key, new: Key, column: tuple[str, str] | None = None) -> None:
        """Views keep reading a table, or a column of it, that gets another name."""
        for view in list(self.views_on(old)):
            mentions = view.mentions
            if column is not None:
                mentions = frozenset(column[1] if name == column[0] else name for name in mentions)
            relations = (view.relations - {old}) | {new}
            self.others[(view.kind, view.key, view.table)] = replace(view, mentions=mentions, relations=relations)

    def resting_on(self, index: Key, table: Key) -> list[tuple[Key, str]]:
        """Foreign keys that need an index of a table, as the key of the table that has each, and its name."""
        return [
            (other.key, name)
            for other, name in self.references_to(table)
            if other.constraints[name].via == index.name and not other.constraints[name].doubt
        ]

    def remove_index(self, key: Key) -> None:
        self.indexes.pop(key, None)
        self.gone.add(key)
        self.doubtful.pop(key, None)

    def move_index(self, old: Key, new: IndexState) -> None:
        """Give an index another name, schema or table; its age stays."""
        self.indexes = {
            (new.key if key == old else key): (new if key == old else each) for key, each in self.indexes.items()
        }
        if old == new.key:
            return
        self.gone.add(old)
        self.gone.discard(new.key)
        for other, name in list(self.references_to(new.table)):
            constraint = other.constraints[name]
            if constraint.via == old.name:
                constraints = {**other.constraints, name: replace(constraint, via=new.key.name)}
                self.tables[other.key] = replace(self.tables[other.key], constraints=constraints)

    # Doubt --------------------------------------------------------------------------------------------------------

    def doubt(self, key: Key) -> None:
        """Something that cannot be followed may have changed, made or removed whatever has this name."""
        self.doubts += 1
        self._doubt(key)
        self.doubtful[key] = self.doubts
        self.gone.discard(key)

    def doubt_everything(self) -> None:
        """Something that cannot be followed may have changed anything."""
        self.loosen()
        for key in {*self.tables, *self.types, *self.indexes, *self.sequences}:
            self._doubt(key)
        for other_key, other in self.others.items():
            self.others[other_key] = replace(other, doubt=self.doubts)

    def drop_unseen(self, key: Key) -> None:
        """An object that nobody saw made is dropped."""
        if self.absence(key) is Lookup.UNKNOWN:
            self.unseen.add(key)
        self.gone.add(key)
        self.doubtful.pop(key, None)

    def doubt_of_new(self, key: Key, if_not_exists: bool) -> int:
        """The doubt about an object that is made now: was it not there before, perhaps in another form?"""
        unsure = key in self.unseen or (if_not_exists and self.absence(key) is Lookup.UNKNOWN)
        return max(self.doubts, 1) if unsure else 0

    def doubt_named(self, name: QualifiedName) -> None:
        """The same for tables of which only a part of the name is known."""
        self.doubts += 1
        for key in list(self.tables):
            if name.name is OPAQUE or (key.name == name.name and name.schema in (OPAQUE, None, key.schema)):
                self._doubt(key)

    def follow_sequence(self, old: Key, new: Key) -> None:
        """Defaults keep drawing from a sequence that gets another name."""
        for table in list(values_that_may_hold(old, self.tables)):
            for name, column in table.columns.items():
                if isinstance(column.default, SequenceDefault) and column.default.sequence == old:
                    columns = {**table.columns, name: replace(column, default=SequenceDefault(new))}
                    self.tables[table.key] = table = replace(table, columns=columns)

    def forget_sequence(self, sequence: Key) -> None:
        """Defaults go with the sequence that they draw from: it can only be dropped with CASCADE."""
        for table in list(values_that_may_hold(sequence, self.tables)):
            for name, column in table.columns.items():
                if column.default == SequenceDefault(sequence):
                    columns = {**table.columns, name: replace(column, default=None)}
                    self.tables[table.key] = table = replace(table, columns=columns)

    def loosen(self) -> None:
        """Something was made whose name is not known: any name may exist from here on."""
        self.doubts += 1
        self.open_since = self.doubts
        self.gone.clear()

    def _doubt(self, key: Key) -> None:
        now = self.doubts
        if key in self.tables:
            table = self.tables[key]
            columns = {name: replace(column, doubt=now) for name, column in table.columns.items()}
            constraints = {name: replace(each, doubt=now) for name, each in table.constraints.items()}
            self.tables[key] = replace(
                table, columns=columns, constraints=constraints, gone=frozenset(), complete=False, doubt=now
            )
            for index in list(self.indexes_of(key)):
                self.indexes[index.key] = replace(index, doubt=now)
        if key in self.types:
            self.types[key] = replace(self.types[key], doubt=now)
        if key in self.indexes:
            self.indexes[key] = replace(self.indexes[key], doubt=now)
        if key in self.sequences:
            self.sequences[key] = replace(self.sequences[key], doubt=now)

    def similar_tables(self, key: Key) -> tuple[Key, ...]:
        from difflib import get_close_matches

        names = {str(each): each for each in self.tables}
        return tuple(names[name] for name in get_close_matches(str(key), names, n=3, cutoff=0.75))
