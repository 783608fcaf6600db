"""Rows that an upgrade inserts under a fixed key, and that are still there when the next one does."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import (
    DataChange,
    DropTable,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
    RenameTable,
    Row,
    SetSchema,
)
from alembic_vet.model.schema.objects import IndexState, Key, TableState
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE


class RowsLeft(Struct, frozen=True):
    """One INSERT of an upgrade whose rows a second one cannot add: `index` is unique over `columns`."""

    operation: DataChange
    table: Key
    index: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def rows_left(replayed: Replayed) -> list[RowsLeft]:
    """What the downgrade leaves of the rows that the upgrade inserts.

    Only what is sure: the table was there before and is never out of sight, and nothing else, in either direction,
    may take the rows away.
    """
    upgrade, downgrade = replayed.revision.upgrade, replayed.revision.downgrade
    if not upgrade.complete or not downgrade.complete:
        return []
    steps = [*upgrade.operations, *downgrade.operations]
    if any(isinstance(each, OpaqueOperation) for each in steps):
        return []
    return [
        left
        for place, each in enumerate(upgrade.operations)
        if isinstance(each, DataChange) and each.rows and not each.conditional and not each.guards
        for left in _left(replayed, each, [*upgrade.operations[:place], *upgrade.operations[place + 1 :]])
    ]


def _left(replayed: Replayed, insert: DataChange, others: list[Operation]) -> Iterator[RowsLeft]:
    key = replayed.after.key(insert.table)
    before = replayed.before.tables.get(key) if key else None
    restored = replayed.restored.tables.get(key) if key else None
    if key is None or before is None or restored is None or before.doubt or restored.doubt:
        return
    downward = replayed.revision.downgrade.operations
    if any(_moves(replayed.after, each, key) for each in [*others, *downward]) or _has_trigger(replayed.after, key):
        return
    if any(_may_remove(replayed.after, each, before) for each in [*others, *downward]):
        return
    for index in _unique(replayed, before, restored):
        columns = tuple(element.column for element in index.elements if element.column)  # type: ignore[union-attr]
        held = tuple(dict.fromkeys(tuple(_value(row, column) for column in columns) for row in insert.rows))
        values = tuple(row for row in held if None not in row)
        if values:
            yield RowsLeft(insert, key, index.key.name, columns, values)  # type: ignore[arg-type]
            return


def _unique(replayed: Replayed, before: TableState, restored: TableState) -> Iterator[IndexState]:
    """Unique indexes, those of constraints among them, that nothing in the revision has touched."""
    for key, index in replayed.before.indexes.items():
        if index.table != before.key or replayed.restored.indexes.get(key) is not index or index.doubt:
            continue
        if index.unique is not True or index.where is not None or index.elements is OPAQUE:
            continue
        if all(element.column is not None and element.column in restored.columns for element in index.elements):
            yield index


def _value(row: Row, column: str) -> str | int | None:
    return dict(row).get(column)


def _same(state: SchemaState, name: QualifiedName | None, key: Key) -> bool:
    """Whether a name is that of a table, or may be."""
    found = None if name is None else state.key(name)
    return found is None or found == key


def _moves(state: SchemaState, operation: Operation, key: Key) -> bool:
    """Whether the table goes, or another one comes in its place."""
    match operation:
        case DropTable(table=table) | SetSchema(name=table):
            return _same(state, table, key)
        case RenameTable(table=table, new_name=new):
            return _same(state, table, key) or new in (OPAQUE, key.name)
        case DataChange(kind="truncate"):
            return True
        case _:
            return False


def _may_remove(state: SchemaState, operation: Operation, table: TableState) -> bool:
    """Whether a step may change rows of a table or take them away, itself or through a foreign key."""
    if not isinstance(operation, DataChange) or operation.kind == "insert":
        return False
    cascades = any(each.kind == "foreignkey" and each.on_delete is not None for each in table.constraints.values())
    return cascades or _same(state, operation.table, table.key)


def _has_trigger(state: SchemaState, key: Key) -> bool:
    return any(kind in (ObjectKind.TRIGGER, ObjectKind.RULE) and table == key for kind, _, table in state.others)
