"""ADD COLUMN and DROP COLUMN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from alembic_vet.model.operations import (
    AddColumn,
    AnyConstraint,
    Column,
    DropColumn,
    ForeignKey,
    Index,
    IndexElement,
    PrimaryKey,
    Unique,
)
from alembic_vet.model.schema.columns import column_state, default_labels, flagged_unique, missing_type, serial_columns
from alembic_vet.model.schema.constraint_building import given_name
from alembic_vet.model.schema.constraints import add_constraint, remove_constraint, table_or_stub
from alembic_vet.model.schema.expressions import names_in
from alembic_vet.model.schema.indexes import add_index, remove_index
from alembic_vet.model.schema.objects import ConstraintState, IndexState, Key, TableState
from alembic_vet.model.schema.problems import ColumnExists, ColumnMissing, InUse, Problem
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE


def add_column(state: SchemaState, operation: AddColumn) -> Iterator[Problem]:
    table, problems = table_or_stub(state, operation.table)
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
    yield from _column_constraints(state, table.key, column)
    yield from flagged_index(state, table.key, column)


def _column_constraints(state: SchemaState, key: Key, column: Column) -> Iterator[Problem]:
    unique = flagged_unique(column)
    for constraint in in_order(state, key, [*column.constraints, *([unique] if unique else [])]):
        yield from add_constraint(state, key, constraint)


def in_order(state: SchemaState, key: Key, given: Sequence[AnyConstraint]) -> list[AnyConstraint]:
    """The order in which PostgreSQL makes constraints: the primary key first, foreign keys last.

    Of the keys over the same columns only the first is made; unnamed, it takes over the name of a later one.
    """
    found: list[AnyConstraint] = []
    for each in sorted(given, key=lambda each: 0 if isinstance(each, PrimaryKey) else 1 + isinstance(each, ForeignKey)):
        place = next((place for place, earlier in enumerate(found) if _twins(earlier, each)), None)
        if place is None:
            found.append(each)
            continue
        if given_name(state, key, found[place]) is None:
            found[place] = replace(found[place], name=given_name(state, key, each), final=True)
    return found


def _twins(one: AnyConstraint, two: AnyConstraint) -> bool:
    if not isinstance(one, (PrimaryKey, Unique)) or not isinstance(two, Unique) or one.columns != two.columns:
        return False
    return one.columns is not OPAQUE and not two.deferrable and not two.nulls_not_distinct


def flagged_index(state: SchemaState, key: Key, column: Column) -> Iterator[Problem]:
    """The index that `index=True` stands for."""
    if column.index is True and column.name is not OPAQUE:
        index = Index(name=None, elements=(IndexElement(column.name),), unique=column.unique is True)
        yield from add_index(state, key, index)


def drop_column(state: SchemaState, operation: DropColumn) -> Iterator[Problem]:
    table, problems = table_or_stub(state, operation.table)
    yield from problems
    if table is None:
        return
    if operation.column is OPAQUE:
        state.doubt(table.key)
        return
    if operation.column not in table.columns:
        if not operation.if_exists and table.lacks(operation.column):
            yield ColumnMissing(table.key, operation.column, close_columns(operation.column, table))
        state.tables[table.key] = table.without(operation.column)
        return
    views = [view for view in state.views_on(table.key) if operation.column in view.mentions]
    for view in views:
        if operation.cascade:
            del state.others[(view.kind, view.key, view.table)]
            state.gone.add(view.key)
        elif not view.doubt:
            what = f"{operation.column} of table {table.key}"
            yield InUse("column", what, (f"{view.kind.value} {view.key}",))
    yield from remove_column(state, table.key, operation.column, cascade=operation.cascade)


def remove_column(state: SchemaState, key: Key, column: str, *, cascade: bool) -> Iterator[Problem]:
    """Take a column away with every constraint and index that names it."""
    table = state.tables[key]
    for name, constraint in table.constraints.items():
        if name in state.tables[key].constraints and _names(constraint, column):
            yield from remove_constraint(state, key, name, cascade=cascade)
    for index in list(state.indexes_of(key)):
        if _index_names(index, column):
            remove_index(state, index.key)
    for sequence in [each for each in state.sequences.values() if each.owner == (key, column)]:
        del state.sequences[sequence.key]
        state.gone.add(sequence.key)
    table = state.tables[key]
    rest = {name: each for name, each in table.columns.items() if name != column}
    state.tables[key] = replace(table, columns=rest, gone=table.gone | {column})


def _names(constraint: ConstraintState, column: str) -> bool:
    if constraint.columns is not OPAQUE and column in constraint.columns:
        return True
    return constraint.kind == "exclude" and isinstance(constraint.sql, str) and column in names_in(constraint.sql)


def _index_names(index: IndexState, column: str) -> bool:
    if index.elements is not OPAQUE:
        for element in index.elements:
            if element.column == column or (isinstance(element.sql, str) and column in names_in(element.sql)):
                return True
    if isinstance(index.where, str) and column in names_in(index.where):
        return True
    return index.include is not OPAQUE and column in index.include


def close_columns(name: str, table: TableState) -> tuple[str, ...]:
    """Columns whose names are close to one that is not there."""
    from difflib import get_close_matches

    return tuple(get_close_matches(name, table.columns, n=3, cutoff=0.7))
