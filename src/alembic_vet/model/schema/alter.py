"""ALTER COLUMN."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import AlterColumn, Default, Identity
from alembic_vet.model.schema.casts import casts_automatically
from alembic_vet.model.schema.columns import (
    close_columns,
    default_labels,
    owned_sequence,
    stored_default,
    type_must_exist,
)
from alembic_vet.model.schema.objects import ColumnState, Key, SequenceDefault, TableState
from alembic_vet.model.schema.problems import CannotCast, ColumnExists, ColumnMissing, InUse, Problem
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE, UNSET


def alter_column(state: SchemaState, operation: AlterColumn) -> Iterator[Problem]:
    """SQLAlchemy's order: nullability, default, type with USING, comment, then the name. Nothing given, nothing done."""
    given = (operation.new_name, operation.type, operation.nullable, operation.server_default, operation.comment)
    if all(each is UNSET for each in given):
        return
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None:
        return
    if operation.column is OPAQUE:
        state.doubt(table.key)
        return
    column = table.columns.get(operation.column)
    if column is None:
        if table.lacks(operation.column):
            yield ColumnMissing(table.key, operation.column, close_columns(operation.column, table))
        if operation.new_name is not UNSET and operation.new_name is not OPAQUE:
            column = ColumnState(operation.new_name, OPAQUE, OPAQUE, OPAQUE, doubt=max(state.doubts, 1))
            _put(state, table, operation.column, column)
        return
    yield from _nullability(state, table, column, operation)
    yield from _default(state, table.key, operation)
    yield from _type(state, table.key, operation)
    column = state.tables[table.key].columns[operation.column]
    if operation.comment is not UNSET:
        _put(state, state.tables[table.key], column.name, replace(column, comment=operation.comment))
    if operation.new_name is OPAQUE:
        state.doubt(table.key)
    elif operation.new_name is not UNSET:
        if operation.new_name in table.columns and not table.columns[operation.new_name].doubt:
            yield ColumnExists(table.key, operation.new_name)
        if operation.new_name != operation.column:
            _rename(state, table.key, operation.column, operation.new_name)


def _put(state: SchemaState, table: TableState, old: str, column: ColumnState) -> None:
    columns = {
        (column.name if name == old else name): (column if name == old else each)
        for name, each in table.columns.items()
    }
    columns.setdefault(column.name, column)
    gone = (table.gone | {old} if old != column.name else table.gone) - {column.name}
    state.tables[table.key] = replace(table, columns=columns, gone=gone)


def _nullability(
    state: SchemaState, table: TableState, column: ColumnState, operation: AlterColumn
) -> Iterator[Problem]:
    if operation.nullable is UNSET:
        return
    primary = table.primary_key
    if operation.nullable is True and primary and primary.columns is not OPAQUE and column.name in primary.columns:
        if column.nullable is False and not column.doubt:
            yield InUse("NOT NULL of column", f"{column.name} of table {table.key}", (f"primary key {primary.name}",))
        return
    _put(state, table, column.name, replace(column, nullable=operation.nullable))


def _default(state: SchemaState, key: Key, operation: AlterColumn) -> Iterator[Problem]:
    if operation.server_default is UNSET or not isinstance(operation.column, str):
        return
    yield from default_labels(state, key, operation.server_default)
    column = state.tables[key].columns[operation.column]
    default = stored_default(state, operation.server_default)
    if isinstance(column.default, Identity) and not isinstance(default, Identity):
        for sequence in list(state.sequences_of(key, column.name)):
            del state.sequences[sequence.key]
    elif isinstance(default, Identity) and not isinstance(column.default, Identity):
        owned_sequence(state, key, column.name)
    _put(state, state.tables[key], column.name, replace(column, default=default))


def _type(state: SchemaState, key: Key, operation: AlterColumn) -> Iterator[Problem]:
    if operation.type is UNSET or not isinstance(operation.column, str):
        return
    column = state.tables[key].columns[operation.column]
    new = operation.type
    user_type = None
    if isinstance(new, ColumnType):
        yield from type_must_exist(state, key, column.name, new)
        user_type = state.type_key(new)
        new = replace(new, serial=False)
    yield from _cast_problems(state, key, column, operation, user_type)
    for view in state.views_on(key):
        same = isinstance(column.type, ColumnType) and column.type == new
        if column.name in view.mentions and not view.doubt and not same:
            yield InUse("type of column", f"{column.name} of table {key}", (f"{view.kind.value} {view.key}",))
    _put(state, state.tables[key], column.name, replace(column, type=new, user_type=user_type))


def _cast_problems(
    state: SchemaState, key: Key, column: ColumnState, operation: AlterColumn, user_type: Key | None
) -> Iterator[Problem]:
    old, new = column.type, operation.type
    if not isinstance(old, ColumnType) or not isinstance(new, ColumnType) or column.doubt:
        return
    enums = [state.types.get(each) for each in (column.user_type, user_type) if each is not None]
    known = all(each is not None and each.labels is not None for each in enums)
    if old == new and column.user_type != user_type:
        automatic: bool | None = False if known else None
    else:
        automatic = casts_automatically(old, new, known_types=known)
    if automatic is not False:
        return
    if operation.using is None:
        yield CannotCast(key, column.name, str(old), str(new))
    elif isinstance(column.default, SequenceDefault) or (
        isinstance(column.default, Default) and _typed(column.default)
    ):
        yield CannotCast(key, column.name, str(old), str(new), default=True)


def _typed(default: Default) -> bool:
    """Whether a default has the column's type; NULL, and a call whose result may be anything, are left alone."""
    if default.sql is OPAQUE:
        return False
    from alembic_vet.model.schema.expressions import canonical

    text = canonical(default.sql)
    return text.startswith("'") or text in {"true", "false"} or text.lstrip("-")[:1].isdigit()


def _rename(state: SchemaState, key: Key, old: str, new: str) -> None:
    from alembic_vet.model.schema.renaming import follow_column

    table = state.tables[key]
    _put(state, table, old, replace(table.columns[old], name=new))
    follow_column(state, key, old, new)
