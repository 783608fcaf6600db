"""Two schemas, object by object: what a downgrade leaves behind, loses or changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import ObjectKind, Operation
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.definitions import (
    constraint_sql,
    default_sql,
    index_sql,
    same_constraint,
    same_default,
    same_index,
    same_sql,
    spelled,
)
from alembic_vet.model.schema.objects import (
    ColumnState,
    ConstraintState,
    IndexState,
    Key,
    SequenceState,
    TableState,
    TypeState,
)
from alembic_vet.model.schema.state import TEMPORARY, SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque

DifferenceKind = Literal[
    "table",
    "column",
    "column type",
    "column nullability",
    "column default",
    "comment",
    "primary key",
    "unique constraint",
    "foreign key",
    "check constraint",
    "exclude constraint",
    "constraint name",
    "index",
    "index name",
    "enum type",
    "type",
    "enum label",
    "enum order",
    "sequence",
    "schema",
    "extension",
    "view",
    "materialized view",
    "function",
    "trigger",
    "policy",
    "rule",
]
Change = Literal["lost", "left behind", "changed"]
_CONSTRAINT_KINDS: dict[str, DifferenceKind] = {
    "primary": "primary key",
    "unique": "unique constraint",
    "foreignkey": "foreign key",
    "check": "check constraint",
    "exclude": "exclude constraint",
}


@dataclass(frozen=True, slots=True)
class ObjectDifference:
    """One object that is not the same in both.

    `name` is qualified as far as needed to be found: `users`, `users.email`, `app.users.users_email_key`; the enum
    type for a label, whose text is in `before` or `after`. `before` and `after` are SQL-like words for reading, None
    where there is nothing. `unknown`: one of the two is not known well enough to say that they differ.
    """

    kind: DifferenceKind
    name: str
    change: Change
    before: str | None
    after: str | None
    table: Key | None = None
    unknown: bool = False


def diff(before: SchemaState, after: SchemaState) -> list[ObjectDifference]:
    """What is different in `after`, which grew out of `before`. Column order and physical details do not count."""
    if before is after:
        return []
    return list(_Comparison(before, after).differences())


def culprits(before: SchemaState, operations: Sequence[Operation]) -> dict[tuple[DifferenceKind, str], Operation]:
    """For each object that operations change, the last one that does; for the place to report a difference at."""
    found: dict[tuple[DifferenceKind, str], Operation] = {}
    state = before.snapshot()
    for operation in operations:
        earlier = state.snapshot()
        apply(state, operation)
        for difference in diff(earlier, state):
            found[(difference.kind, difference.name)] = operation
    return found


class _Comparison:
    def __init__(self, before: SchemaState, after: SchemaState) -> None:
        self.before = before
        self.after = after

    def _fresh(self, doubt: int) -> bool:
        """Whether a doubt arose between the two states."""
        return doubt > self.before.doubts

    def _gone_for_sure(self, key: Key) -> bool:
        """Whether a key that `after` does not have is really not there."""
        if self._fresh(self.after.doubtful.get(key, 0)):
            return False
        return not self._fresh(self.after.open_since) or key in self.after.gone

    def differences(self) -> Iterator[ObjectDifference]:
        yield from self._tables()
        yield from self._indexes()
        yield from self._types()
        yield from self._sequences()
        yield from self._others()

    def _tables(self) -> Iterator[ObjectDifference]:
        for key in _keys(self.before.tables, self.after.tables):
            old, new = self.before.tables.get(key), self.after.tables.get(key)
            if old is new or key.schema == TEMPORARY:
                continue
            if old is None and new is not None:
                unknown = bool(new.doubt)
                yield ObjectDifference("table", str(key), "left behind", None, _columns(new), key, unknown)
            elif new is None and old is not None:
                unknown = bool(old.doubt) or not self._gone_for_sure(key)
                yield ObjectDifference("table", str(key), "lost", _columns(old), None, key, unknown)
            elif old is not None and new is not None:
                yield from self._table(key, old, new)

    def _table(self, key: Key, old: TableState, new: TableState) -> Iterator[ObjectDifference]:
        replaced = self._fresh(new.doubt)
        for name in _keys(old.columns, new.columns):
            mine, theirs = old.columns.get(name), new.columns.get(name)
            if mine is theirs:
                continue
            label = f"{key}.{name}"
            if mine is None and theirs is not None:
                unknown = self._fresh(theirs.doubt) or replaced
                yield ObjectDifference("column", label, "left behind", None, _column(theirs), key, unknown)
            elif theirs is None and mine is not None:
                unknown = not (name in new.gone or (not replaced and new.complete >= old.complete))
                yield ObjectDifference("column", label, "lost", _column(mine), None, key, unknown)
            elif mine is not None and theirs is not None:
                yield from self._column(key, label, mine, theirs)
        yield from self._constraints(key, old, new, replaced)
        if old.comment != new.comment:
            yield self._comment(key, str(key), old.comment, new.comment, replaced)

    def _comment(
        self, key: Key, label: str, old: str | Opaque | None, new: str | Opaque | None, unsure: bool
    ) -> ObjectDifference:
        change: Change = "left behind" if old is None else "lost" if new is None else "changed"
        unknown = unsure or OPAQUE in (old, new)
        return ObjectDifference("comment", label, change, spelled(old), spelled(new), key, unknown)

    def _column(self, key: Key, label: str, old: ColumnState, new: ColumnState) -> Iterator[ObjectDifference]:
        unsure = bool(old.doubt) or self._fresh(new.doubt)
        if old.type != new.type or old.user_type != new.user_type:
            unknown = unsure or _type_unknown(old.type) or _type_unknown(new.type)
            yield ObjectDifference("column type", label, "changed", _type(old), _type(new), key, unknown)
        if old.nullable != new.nullable:
            words = {True: "NULL", False: "NOT NULL", OPAQUE: "?"}
            unknown = unsure or OPAQUE in (old.nullable, new.nullable)
            yield ObjectDifference(
                "column nullability", label, "changed", words[old.nullable], words[new.nullable], key, unknown
            )
        same = same_default(old.default, new.default, new.type)
        if same is not True:
            yield ObjectDifference(
                "column default", label, "changed", _default(old), _default(new), key, unsure or same is None
            )
        if old.comment != new.comment:
            yield self._comment(key, label, old.comment, new.comment, unsure)

    def _constraints(self, key: Key, old: TableState, new: TableState, replaced: bool) -> Iterator[ObjectDifference]:
        lost = [each for name, each in old.constraints.items() if name not in new.constraints]
        added = [each for name, each in new.constraints.items() if name not in old.constraints]
        for name, mine in old.constraints.items():
            theirs = new.constraints.get(name)
            if theirs is None or theirs is mine:
                continue
            same = same_constraint(mine, theirs)
            if same is not True:
                unknown = same is None or bool(mine.doubt) or self._fresh(theirs.doubt)
                yield self._constraint(key, "changed", mine, theirs, unknown)
        for mine in lost:
            twin = next((each for each in added if same_constraint(mine, each) is not False), None)
            if twin is not None:
                added.remove(twin)
                if mine.name_known and twin.name_known:
                    unknown = bool(mine.doubt) or self._fresh(twin.doubt) or same_constraint(mine, twin) is None
                    yield ObjectDifference(
                        "constraint name", f"{key}.{mine.name}", "changed", mine.name, twin.name, key, unknown
                    )
                continue
            unknown = not (mine.name in new.gone or (not replaced and new.complete >= old.complete))
            unknown = unknown or not mine.name_known or any(not each.name_known for each in added)
            yield self._constraint(key, "lost", mine, None, unknown)
        for theirs in added:
            unknown = self._fresh(theirs.doubt) or replaced or not theirs.name_known
            yield self._constraint(key, "left behind", None, theirs, unknown)

    def _constraint(
        self, key: Key, change: Change, old: ConstraintState | None, new: ConstraintState | None, unknown: bool
    ) -> ObjectDifference:
        present = old or new
        assert present is not None
        return ObjectDifference(
            _CONSTRAINT_KINDS[present.kind],
            f"{key}.{present.name}",
            change,
            constraint_sql(old) if old else None,
            constraint_sql(new) if new else None,
            key,
            unknown,
        )

    def _indexes(self) -> Iterator[ObjectDifference]:
        kept = self.before.tables.keys() & self.after.tables.keys()
        mine = {key: each for key, each in self.before.indexes.items() if _own(each, kept)}
        theirs = {key: each for key, each in self.after.indexes.items() if _own(each, kept)}
        lost = [each for key, each in mine.items() if key not in theirs]
        added = [each for key, each in theirs.items() if key not in mine]
        for key, old in mine.items():
            new = theirs.get(key)
            if new is None or new is old:
                continue
            same = same_index(old, new)
            if same is not True:
                unknown = same is None or bool(old.doubt) or self._fresh(new.doubt)
                yield self._index("changed", old, new, unknown)
        for old in lost:
            twin = next((each for each in added if same_index(old, each) is not False), None)
            if twin is not None:
                added.remove(twin)
                if old.name_known and twin.name_known:
                    unknown = bool(old.doubt) or self._fresh(twin.doubt) or same_index(old, twin) is None
                    names = (str(old.key), str(twin.key))
                    yield ObjectDifference("index name", names[0], "changed", *names, old.table, unknown)
                continue
            unknown = not self._gone_for_sure(old.key) or not old.name_known
            owner = self.after.tables.get(old.table)
            unsure = owner is not None and self._fresh(owner.doubt) and old.key not in self.after.gone
            yield self._index("lost", old, None, unknown or unsure)
        for new in added:
            yield self._index("left behind", None, new, self._fresh(new.doubt) or not new.name_known)

    def _index(self, change: Change, old: IndexState | None, new: IndexState | None, unknown: bool) -> ObjectDifference:
        present = old or new
        assert present is not None
        return ObjectDifference(
            "index",
            str(present.key),
            change,
            index_sql(old) if old else None,
            index_sql(new) if new else None,
            present.table,
            unknown,
        )

    def _types(self) -> Iterator[ObjectDifference]:
        for key in _keys(self.before.types, self.after.types):
            old, new = self.before.types.get(key), self.after.types.get(key)
            if old is new:
                continue
            if old is None and new is not None:
                yield ObjectDifference(
                    _type_kind(new), str(key), "left behind", None, _labels(new), None, bool(new.doubt)
                )
            elif new is None and old is not None:
                unknown = not self._gone_for_sure(key)
                yield ObjectDifference(_type_kind(old), str(key), "lost", _labels(old), None, None, unknown)
            elif old is not None and new is not None:
                yield from self._labels(key, old, new)

    def _labels(self, key: Key, old: TypeState, new: TypeState) -> Iterator[ObjectDifference]:
        unsure = self._fresh(new.doubt)
        if not isinstance(old.labels, tuple) or not isinstance(new.labels, tuple):
            if old.labels != new.labels:
                yield ObjectDifference("enum label", str(key), "changed", _labels(old), _labels(new), None, True)
            return
        lost = [label for label in old.labels if label not in new.labels]
        added = [label for label in new.labels if label not in old.labels]
        for label in lost:
            yield ObjectDifference("enum label", str(key), "lost", label, None, None, unsure or bool(old.doubt))
        for label in added:
            yield ObjectDifference("enum label", str(key), "left behind", None, label, None, unsure)
        if not lost and not added and old.labels != new.labels:
            unknown = unsure or bool(old.doubt)
            yield ObjectDifference("enum order", str(key), "changed", _labels(old), _labels(new), None, unknown)

    def _sequences(self) -> Iterator[ObjectDifference]:
        """A sequence goes and comes with the column that owns it, and is no difference of its own then."""
        for key in _keys(self.before.sequences, self.after.sequences):
            old, new = self.before.sequences.get(key), self.after.sequences.get(key)
            if old is None and new is not None and not _missing_owner(new, self.before):
                yield ObjectDifference("sequence", str(key), "left behind", None, str(key), None, bool(new.doubt))
            elif new is None and old is not None and not _missing_owner(old, self.after):
                unknown = not self._gone_for_sure(key)
                yield ObjectDifference("sequence", str(key), "lost", str(key), None, None, unknown)

    def _others(self) -> Iterator[ObjectDifference]:
        for other_key in _keys(self.before.others, self.after.others):
            old, new = self.before.others.get(other_key), self.after.others.get(other_key)
            kind = _other_kind(other_key[0])
            if old is new or kind is None:
                continue
            name = str(other_key[1]) if other_key[2] is None else f"{other_key[2]}.{other_key[1].name}"
            if old is None and new is not None:
                if other_key[2] is None or other_key[2] in self.before.tables:
                    yield ObjectDifference(kind, name, "left behind", None, name, other_key[2], bool(new.doubt))
            elif new is None and old is not None:
                if other_key[2] is None or other_key[2] in self.after.tables:
                    unknown = self._fresh(self.after.open_since) and other_key[1] not in self.after.gone
                    yield ObjectDifference(kind, name, "lost", name, None, other_key[2], unknown)
            elif old is not None and new is not None:
                same = same_sql(old.definition, new.definition)
                if same is not True and kind not in ("extension", "schema"):
                    unknown = same is None or bool(old.doubt) or self._fresh(new.doubt)
                    yield ObjectDifference(
                        kind, name, "changed", spelled(old.definition), spelled(new.definition), other_key[2], unknown
                    )


K = TypeVar("K")


def _keys(before: Mapping[K, object], after: Mapping[K, object]) -> list[K]:
    return [*before, *(key for key in after if key not in before)]


def _own(index: IndexState, tables: set[Key]) -> bool:
    """Indexes of constraints are the constraints' affair; those of a table that came or went, the table's."""
    return index.constraint is None and index.table in tables


def _missing_owner(sequence: SequenceState, state: SchemaState) -> bool:
    if sequence.owner is None:
        return False
    table = state.tables.get(sequence.owner[0])
    return table is None or sequence.owner[1] not in table.columns


def _type_kind(type_: TypeState) -> DifferenceKind:
    return "type" if type_.labels is None else "enum type"


def _other_kind(kind: ObjectKind) -> DifferenceKind | None:
    match kind.value:
        case (
            "schema" | "extension" | "view" | "materialized view" | "function" | "trigger" | "policy" | "rule"
        ) as name:
            return name
        case _:
            return None


def _type_unknown(type_: ColumnType | Opaque) -> bool:
    return type_ is OPAQUE or OPAQUE in (type_.arguments, type_.schema)


def _type(column: ColumnState) -> str:
    return "?" if column.type is OPAQUE else str(column.type)


def _labels(type_: TypeState) -> str | None:
    if type_.labels is None:
        return None
    return "?" if type_.labels is OPAQUE else ", ".join(type_.labels)


def _default(column: ColumnState) -> str | None:
    return default_sql(column.default)


def _column(column: ColumnState) -> str:
    default = _default(column)
    return " ".join(
        part
        for part in (
            _type(column),
            "NOT NULL" if column.nullable is False else None,
            f"DEFAULT {default}" if default else None,
        )
        if part
    )


def _columns(table: TableState) -> str:
    return ", ".join(table.columns)
