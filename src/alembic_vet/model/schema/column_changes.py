"""ADD COLUMN and DROP COLUMN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alembic_vet.model.operations import AddColumn, Column, DropColumn, PrimaryKey
from alembic_vet.model.schema.columns import (
    close_columns,
    column_state,
    default_labels,
    flagged_unique,
    missing_type,
    serial_columns,
)
from alembic_vet.model.schema.objects import ConstraintState, IndexState, Key
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque

if TYPE_CHECKING:
    from alembic_vet.model.schema.problems import Problem


def step_on_columns(state: SchemaState, operation: AddColumn | DropColumn) -> Iterator[Problem]:
    match operation:
        case AddColumn():
            return add_column(state, operation)
        case DropColumn():
            return drop_column(state, operation)


def add_column(state: SchemaState, operation: AddColumn) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None:
        return
    column = operation.column
    if column.name is OPAQUE:
        state.doubt(table.key)
        return
    existing = table.columns.get(column.name)
    if existing is not None and not existing.doubt:
        if operation.if_not_exists:
            return
        from alembic_vet.model.schema.problems import ColumnExists

        yield ColumnExists(table.key, column.name)
    unsure = column.name in table.unseen or (operation.if_not_exists and not table.lacks(column.name))
    yield from missing_type(state, table.key, column)
    primary = any(isinstance(each, PrimaryKey) for each in column.constraints)
    serial = column.primary_key is True and bool(serial_columns([column], [column.name], frozenset()))
    found = column_state(state, table.key, column, serial=serial, primary=primary)
    found = replace(found, doubt=max(state.doubts, 1) if unsure else 0)
    table = state.tables[table.key]
    state.tables[table.key] = replace(
        table, columns={**table.columns, column.name: found}, gone=table.gone - {column.name}
    )
    yield from default_labels(state, table.key, column.server_default)
    yield from _belongings(state, table.key, column)


def _belongings(state: SchemaState, key: Key, column: Column) -> Iterator[Problem]:
    """The constraints and the index that come with a column."""
    unique = flagged_unique(column)
    constraints = [*column.constraints, *([unique] if unique else [])]
    if constraints:
        from alembic_vet.model.schema.constraints import add_constraints

        yield from add_constraints(state, key, constraints)
    if column.index is True:
        from alembic_vet.model.schema.indexes import flagged_index

        yield from flagged_index(state, key, column)


def drop_column(state: SchemaState, operation: DropColumn) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None:
        return
    if operation.column is OPAQUE:
        state.doubt(table.key)
        return
    if operation.column not in table.columns:
        if not operation.if_exists and table.lacks(operation.column):
            from alembic_vet.model.schema.problems import ColumnMissing

            yield ColumnMissing(table.key, operation.column, close_columns(operation.column, table))
        state.tables[table.key] = table.without(operation.column)
        return
    views = [view for view in state.views_on(table.key) if operation.column in view.mentions]
    for view in views:
        if operation.cascade:
            del state.others[(view.kind, view.key, view.table)]
            state.gone.add(view.key)
        elif not view.doubt:
            from alembic_vet.model.schema.problems import InUse

            what = f"{operation.column} of table {table.key}"
            yield InUse("column", what, (f"{view.kind.value} {view.key}",))
    yield from remove_column(state, table.key, operation.column, cascade=operation.cascade)


def remove_column(state: SchemaState, key: Key, column: str, *, cascade: bool) -> Iterator[Problem]:
    """Take a column away with every constraint and index that names it."""
    table = state.tables[key]
    concerned = [name for name, constraint in table.constraints.items() if _names(constraint, column)]
    if concerned:
        from alembic_vet.model.schema.constraints import remove_constraint

        for name in concerned:
            if name in state.tables[key].constraints:
                yield from remove_constraint(state, key, name, cascade=cascade)
    for index in list(state.indexes_of(key)):
        if _index_names(index, column):
            state.remove_index(index.key)
    for sequence in list(state.sequences_of(key, column)):
        del state.sequences[sequence.key]
        state.gone.add(sequence.key)
    table = state.tables[key]
    rest = {name: each for name, each in table.columns.items() if name != column}
    state.tables[key] = replace(table, columns=rest, gone=table.gone | {column})


def _names(constraint: ConstraintState, column: str) -> bool:
    if constraint.columns is not OPAQUE and column in constraint.columns:
        return True
    return constraint.kind == "exclude" and _mentions(constraint.sql, column)


def _index_names(index: IndexState, column: str) -> bool:
    if index.elements is not OPAQUE:
        for element in index.elements:
            if element.column == column or _mentions(element.sql, column):
                return True
    return _mentions(index.where, column) or (index.include is not OPAQUE and column in index.include)


def _mentions(sql: str | Opaque | None, column: str) -> bool:
    if not isinstance(sql, str):
        return False
    from alembic_vet.model.schema.expressions import names_in

    return column in names_in(sql)
