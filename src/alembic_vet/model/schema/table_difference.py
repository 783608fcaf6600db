"""Tables, columns, constraints and indexes of two schemas compared."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.lazily import changed_keys
from alembic_vet.model.schema.comparison import Change, Comparison, DifferenceKind, ObjectDifference
from alembic_vet.model.schema.definitions import (
    constraint_sql,
    default_sql,
    index_sql,
    same_constraint,
    same_default,
    same_index,
    spelled,
)
from alembic_vet.model.schema.objects import (
    ColumnState,
    ConstraintState,
    IndexState,
    Key,
    TableState,
)
from alembic_vet.source.unknown import OPAQUE, Opaque

_CONSTRAINT_KINDS: dict[str, DifferenceKind] = {
    "primary": "primary key",
    "unique": "unique constraint",
    "foreignkey": "foreign key",
    "check": "check constraint",
    "exclude": "exclude constraint",
}


def table_differences(comparison: Comparison) -> Iterator[ObjectDifference]:
    for key in changed_keys(comparison.before.tables, comparison.after.tables):
        old, new = comparison.before.tables.get(key), comparison.after.tables.get(key)
        if old is new:
            continue
        if old is None and new is not None:
            unknown = bool(new.doubt)
            yield ObjectDifference("table", str(key), "left behind", None, _columns(new), key, unknown)
        elif new is None and old is not None:
            unknown = not comparison.gone_for_sure(key)
            yield ObjectDifference("table", str(key), "lost", _columns(old), None, key, unknown)
        elif old is not None and new is not None:
            yield from _table(comparison, key, old, new)


def _table(comparison: Comparison, key: Key, old: TableState, new: TableState) -> Iterator[ObjectDifference]:
    doubted = comparison.fresh(new.doubt)
    for name in changed_keys(old.columns, new.columns):
        mine, theirs = old.columns.get(name), new.columns.get(name)
        if mine is theirs:
            continue
        label = f"{key}.{name}"
        if mine is None and theirs is not None:
            unknown = bool(theirs.doubt)
            yield ObjectDifference("column", label, "left behind", None, _column(theirs), key, unknown)
        elif theirs is None and mine is not None:
            unknown = not (name in new.gone or (not doubted and new.complete >= old.complete))
            yield ObjectDifference("column", label, "lost", _column(mine), None, key, unknown)
        elif mine is not None and theirs is not None:
            yield from _column_differences(comparison, key, label, mine, theirs)
    yield from _constraints(comparison, key, old, new, doubted)
    if old.comment != new.comment:
        yield _comment(comparison, key, str(key), old.comment, new.comment, doubted)


def _column_differences(
    comparison: Comparison, key: Key, label: str, old: ColumnState, new: ColumnState
) -> Iterator[ObjectDifference]:
    unsure = bool(old.doubt) or comparison.fresh(new.doubt)
    if _is_retyped(old, new):
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
        yield _comment(comparison, key, label, old.comment, new.comment, unsure)


def _comment(
    comparison: Comparison, key: Key, label: str, old: str | Opaque | None, new: str | Opaque | None, unsure: bool
) -> ObjectDifference:
    change: Change = "left behind" if old is None else "lost" if new is None else "changed"
    unknown = unsure or OPAQUE in (old, new)
    return ObjectDifference("comment", label, change, spelled(old), spelled(new), key, unknown)


def _constraints(
    comparison: Comparison, key: Key, old: TableState, new: TableState, doubted: bool
) -> Iterator[ObjectDifference]:
    lost = [each for name, each in old.constraints.items() if name not in new.constraints]
    added = [each for name, each in new.constraints.items() if name not in old.constraints]
    for name, mine in old.constraints.items():
        theirs = new.constraints.get(name)
        if theirs is None or theirs is mine:
            continue
        same = same_constraint(mine, theirs)
        if same is not True:
            unknown = same is None or bool(mine.doubt) or comparison.fresh(theirs.doubt)
            yield _constraint(comparison, key, "changed", mine, theirs, unknown)
    for mine in lost:
        twin = next((each for each in added if same_constraint(mine, each) is not False), None)
        if twin is not None:
            added.remove(twin)
            if mine.name_known and twin.name_known:
                unknown = bool(mine.doubt) or comparison.fresh(twin.doubt) or same_constraint(mine, twin) is None
                yield ObjectDifference(
                    "constraint name", f"{key}.{mine.name}", "changed", mine.name, twin.name, key, unknown
                )
            continue
        unknown = not (mine.name in new.gone or (not doubted and new.complete >= old.complete))
        unknown = unknown or not mine.name_known or any(not each.name_known for each in added)
        yield _constraint(comparison, key, "lost", mine, None, unknown)
    for theirs in added:
        unknown = bool(theirs.doubt) or not theirs.name_known
        yield _constraint(comparison, key, "left behind", None, theirs, unknown)


def _constraint(
    comparison: Comparison,
    key: Key,
    change: Change,
    old: ConstraintState | None,
    new: ConstraintState | None,
    unknown: bool,
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


def index_differences(comparison: Comparison) -> Iterator[ObjectDifference]:
    kept = comparison.before.tables.keys() & comparison.after.tables.keys()
    changed = changed_keys(comparison.before.indexes, comparison.after.indexes)
    old_indexes, new_indexes = comparison.before.indexes, comparison.after.indexes
    mine = {key: old_indexes[key] for key in changed if key in old_indexes and _own(old_indexes[key], kept)}
    theirs = {key: new_indexes[key] for key in changed if key in new_indexes and _own(new_indexes[key], kept)}
    lost = [each for key, each in mine.items() if key not in theirs]
    added = [each for key, each in theirs.items() if key not in mine]
    for key, old in mine.items():
        new = theirs.get(key)
        if new is None or new is old:
            continue
        same = same_index(old, new)
        if same is not True:
            unknown = same is None or bool(old.doubt) or comparison.fresh(new.doubt)
            yield _index(comparison, "changed", old, new, unknown)
    for old in lost:
        twin = next((each for each in added if same_index(old, each) is not False), None)
        if twin is not None:
            added.remove(twin)
            if old.name_known and twin.name_known:
                unknown = bool(old.doubt) or comparison.fresh(twin.doubt) or same_index(old, twin) is None
                names = (str(old.key), str(twin.key))
                yield ObjectDifference("index name", names[0], "changed", *names, old.table, unknown)
            continue
        unknown = not comparison.gone_for_sure(old.key) or not old.name_known
        owner = comparison.after.tables.get(old.table)
        unsure = owner is not None and comparison.fresh(owner.doubt) and old.key not in comparison.after.gone
        yield _index(comparison, "lost", old, None, unknown or unsure)
    for new in added:
        yield _index(comparison, "left behind", None, new, bool(new.doubt) or not new.name_known)


def _index(
    comparison: Comparison, change: Change, old: IndexState | None, new: IndexState | None, unknown: bool
) -> ObjectDifference:
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


def _own(index: IndexState, tables: set[Key]) -> bool:
    """Indexes of constraints are the constraints' affair; those of a table that came or went, the table's."""
    return index.constraint is None and index.table in tables


def _is_retyped(old: ColumnState, new: ColumnState) -> bool:
    """Whether the type is another one; `public.mood` and `mood` are not."""
    one, two = old.type, new.type
    if isinstance(one, ColumnType) and isinstance(two, ColumnType) and old.user_type and old.user_type == new.user_type:
        return (one.arguments, one.array) != (two.arguments, two.array)
    return one != two or old.user_type != new.user_type


def _type_unknown(type_: ColumnType | Opaque) -> bool:
    return type_ is OPAQUE or OPAQUE in (type_.arguments, type_.schema)


def _type(column: ColumnState) -> str:
    return "?" if column.type is OPAQUE else str(column.type)


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
