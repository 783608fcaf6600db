"""What a history knows of one point in time, and of one table or enum over time, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from alembic_vet.model.history import Replayed, SchemaHistory
from alembic_vet.model.schema.comparison import ObjectDifference
from alembic_vet.model.schema.definitions import constraint_sql, default_sql, index_sql
from alembic_vet.model.schema.difference import diff
from alembic_vet.model.schema.objects import ColumnState, Key, TableState, TypeState
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE

_WORDS = {"left behind": "added", "lost": "dropped", "changed": "changed"}


class Step(Struct, frozen=True):
    """What one revision does to the object; `changes` are phrases such as `column email added: text`."""

    revision: str
    file: str
    changes: tuple[str, ...]


class TableView(Struct, frozen=True):
    """A table at one point: `lines` as SQL, one for each column, constraint and index. `sure`: all of it is known."""

    name: str
    lines: tuple[str, ...]
    sure: bool


class EnumView(Struct, frozen=True):
    """An enum type at one point; `labels` is None where they are not known, `users` are `table.column`."""

    name: str
    labels: tuple[str, ...] | None
    users: tuple[str, ...]
    sure: bool


def tables_at(state: SchemaState) -> tuple[TableView, ...]:
    """Every table, by name."""
    return tuple(_table(state, table) for _, table in sorted(state.tables.items()))


def enums_at(state: SchemaState) -> tuple[EnumView, ...]:
    """Every enum type, by name."""
    return tuple(_enum(state, type_) for _, type_ in sorted(state.types.items()) if type_.labels is not None)


def enum_line(history: SchemaHistory, name: str) -> tuple[Step, ...]:
    """Which revision created an enum, added or renamed a label, began or ceased to use it."""
    return tuple(_steps(history, lambda each: _enum_changes(each, name)))


def table_line(history: SchemaHistory, name: str) -> tuple[Step, ...]:
    """Which revision changed a table, and how."""
    return tuple(_steps(history, lambda each: _table_changes(each, name)))


def _steps(history: SchemaHistory, changes_of: Callable[[Replayed], Iterable[str]]) -> Iterator[Step]:
    for each in history.revisions:
        changes = tuple(changes_of(each))
        if changes:
            yield Step(each.revision.identifier, each.revision.file.path.name, changes)


def _enum_changes(each: Replayed, name: str) -> Iterator[str]:
    for difference in diff(each.before, each.after):
        if difference.kind.startswith("enum") and _is(difference.name, name):
            yield _phrase(difference)
    before, after = set(_users(each.before, name)), set(_users(each.after, name))
    yield from (f"used by {user}" for user in sorted(after - before))
    yield from (f"no longer used by {user}" for user in sorted(before - after))


def _table_changes(each: Replayed, name: str) -> Iterator[str]:
    for difference in diff(each.before, each.after):
        table = str(difference.table) if difference.table else difference.name
        if difference.kind == "table" and _is(difference.name, name):
            yield f"table {_WORDS[difference.change]}"
            created = next((view for view in tables_at(each.after) if _is(view.name, name)), None)
            yield from (created.lines if created else ())
        elif difference.table is not None and _is(table, name):
            yield _phrase(difference)


def _phrase(difference: ObjectDifference) -> str:
    short = difference.name.rpartition(".")[2]
    subject = f"{difference.kind} {short}" if difference.kind != "enum label" else "label"
    match difference.change:
        case "changed":
            detail = f"{difference.before} -> {difference.after}"
        case "lost":
            detail = difference.before or ""
        case _:
            detail = difference.after or ""
    doubt = " (perhaps)" if difference.unknown else ""
    return f"{subject} {_WORDS[difference.change]}{': ' if detail else ''}{detail}{doubt}"


def _is(found: str, wanted: str) -> bool:
    return found == wanted or found.rpartition(".")[2] == wanted


def _users(state: SchemaState, name: str) -> Iterator[str]:
    for key in state.types:
        if _is(str(key), name):
            yield from _columns_of(state, key)


def _columns_of(state: SchemaState, key: Key) -> Iterator[str]:
    for table, column in state.columns_of_type(key):
        array = "[]" if column.type is not OPAQUE and column.type.array else ""
        yield f"{table.key}.{column.name}{array}"


def _enum(state: SchemaState, type_: TypeState) -> EnumView:
    labels = type_.labels if isinstance(type_.labels, tuple) else None
    return EnumView(
        str(type_.key), labels, tuple(_columns_of(state, type_.key)), not type_.doubt and labels is not None
    )


def _table(state: SchemaState, table: TableState) -> TableView:
    lines = [_column(column) for column in table.columns.values()]
    lines += [f"{name} {constraint_sql(each)}" for name, each in table.constraints.items()]
    lines += [f"{index.key.name} {index_sql(index)}" for index in state.indexes_of(table.key) if not index.constraint]
    return TableView(str(table.key), tuple(lines), table.complete and not table.doubt)


def _column(column: ColumnState) -> str:
    words = [column.name, "?" if column.type is OPAQUE else str(column.type)]
    if column.nullable is False:
        words.append("NOT NULL")
    default = default_sql(column.default)
    if default is not None:
        words.append(f"DEFAULT {default}")
    return " ".join(words)
