"""Indexes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    Column,
    CreateIndex,
    DropIndex,
    Index,
    IndexElement,
    QualifiedName,
    RenameIndex,
)
from alembic_vet.model.schema.labels import unsafe_labels
from alembic_vet.model.schema.names import conventional_name, free_name, index_part, shortened, stand_in
from alembic_vet.model.schema.objects import IndexState, Key, TableState
from alembic_vet.model.schema.problems import (
    ColumnMissing,
    ConstraintExists,
    IndexMissing,
    IndexOwned,
    IndexUnnamed,
    InUse,
    NameTooLong,
    Problem,
    RelationExists,
)
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.source.unknown import OPAQUE

_SPATIAL = frozenset({"geometry", "geography", "raster"})


def step_on_index(state: SchemaState, operation: CreateIndex | DropIndex | RenameIndex) -> Iterator[Problem]:
    match operation:
        case CreateIndex():
            return create_index(state, operation)
        case DropIndex():
            return drop_index(state, operation)
        case RenameIndex():
            return rename_index(state, operation)


def create_index(state: SchemaState, operation: CreateIndex) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is not None:
        yield from add_index(state, table.key, operation.index, operation.if_not_exists)


def add_index(state: SchemaState, table: Key, index: Index, if_not_exists: bool = False) -> Iterator[Problem]:
    """Add an index to a table that is there."""
    name, known = _name(state, table, index)
    if name is None:
        yield IndexUnnamed(table)
        return
    key = Key(table.schema, name)
    if known:
        kind = state.relation_kind(key)
        if kind is not None:
            if if_not_exists:
                return
            yield RelationExists(key, kind)
        if len(name) > 63 and not index.final:
            yield NameTooLong(name)
    if index.elements is not OPAQUE:
        owner = state.tables[table]
        for element in index.elements:
            if element.column and element.column not in owner.columns and owner.lacks(element.column):
                yield ColumnMissing(table, element.column)
    if isinstance(index.where, str):
        yield from unsafe_labels(state, table, index.where)
    state.indexes[key] = IndexState(
        key,
        table,
        index.elements,
        index.unique,
        index.where,
        index.method if index.method is OPAQUE else index.method.lower(),
        index.include,
        index.nulls_not_distinct,
        name_known=known,
        doubt=state.doubt_of_new(key, if_not_exists),
    )
    state.gone.discard(key)
    state.doubtful.pop(key, None)


def flagged_index(state: SchemaState, key: Key, column: Column) -> Iterator[Problem]:
    """The index that `index=True` stands for."""
    if column.index is True and column.name is not OPAQUE:
        index = Index(name=None, elements=(IndexElement(column.name),), unique=column.unique is True)
        yield from add_index(state, key, index)


def _name(state: SchemaState, table: Key, index: Index) -> tuple[str | None, bool]:
    """The name and whether it is known; None where SQLAlchemy has none to give."""
    if index.name is None and index.elements is OPAQUE:
        return _unknown_name(state, table), False
    elements = () if index.elements is OPAQUE else index.elements
    columns = tuple(element.column for element in elements if element.column)
    name = index.name
    if not (index.final and index.name is None):
        name = conventional_name(
            state.options.naming_convention,
            "ix",
            table=table.name,
            schema=None if table.schema == state.options.default_schema else table.schema,
            columns=columns,
            given=index.name,
            final=index.final,
        )
    if name is None and index.final:
        part = index_part(elements)
        return free_name(table.name, part, "idx", lambda name: state.has_relation(Key(table.schema, name))), True
    if name is OPAQUE:
        return _unknown_name(state, table), False
    return name, True


def _unknown_name(state: SchemaState, table: Key) -> str:
    return stand_in(table.name, {each.name for each in (*state.indexes, *state.gone)})


def _find(state: SchemaState, name: QualifiedName, table: QualifiedName | None) -> Key | None:
    """PostgreSQL looks in the schema named, SQLAlchemy names that of the table."""
    if name.schema is None and table is not None and table.schema is not None:
        name = QualifiedName(name.name, table.schema)
    return state.key(name)


def drop_index(state: SchemaState, operation: DropIndex) -> Iterator[Problem]:
    name = operation.index
    if operation.final and isinstance(name.name, str):
        name = QualifiedName(shortened(name.name), name.schema)
    key = _find(state, name, operation.table)
    if key is None:
        owner = state.key(operation.table) if operation.table else None
        for index in list(state.indexes.values()):
            if owner is None or index.table == owner:
                state.indexes[index.key] = replace(index, doubt=state.doubts + 1)
        state.doubts += 1
        return
    index_state = state.indexes.get(key)
    if index_state is None:
        unnamed = any(not each.name_known for each in state.indexes.values())
        owner_state = state.table(operation.table) if operation.table else None
        hidden = unnamed or (isinstance(owner_state, TableState) and not owner_state.lacks(key.name))
        if _may_be_spatial(state, key):
            hidden = True
            state.unseen.add(key)
        if not operation.if_exists and state.absence(key) is Lookup.MISSING and not hidden:
            yield IndexMissing(key, _alike(state, key, operation.table))
        state.drop_unseen(key)
        return
    if index_state.constraint is not None and not operation.cascade and not index_state.doubt:
        yield IndexOwned(key, index_state.table, index_state.constraint)
        return
    dependents = state.resting_on(key, index_state.table) if index_state.unique is True else []
    if dependents or index_state.constraint is not None:
        yield from _drop_constraints(state, operation, index_state, dependents)
    state.remove_index(key)


def _drop_constraints(
    state: SchemaState, operation: DropIndex, index: IndexState, dependents: list[tuple[Key, str]]
) -> Iterator[Problem]:
    """What rests on an index keeps it from going, or goes with it; so does the constraint that it belongs to."""
    from alembic_vet.model.schema.constraints import foreign_keys, remove_constraint

    if dependents and not operation.cascade and not index.doubt:
        yield InUse("index", str(index.key), foreign_keys(dependents))
    for table, foreign in dependents if operation.cascade else []:
        yield from remove_constraint(state, table, foreign)
    if index.constraint is not None and index.table in state.tables:
        yield from remove_constraint(state, index.table, index.constraint, cascade=True)


def _may_be_spatial(state: SchemaState, key: Key) -> bool:
    """Whether GeoAlchemy2 may have made an index, as it does for the columns of its types unless it is told not to."""
    return any(
        key == Key(table.key.schema, f"idx_{table.key.name}_{name}")
        for table in state.tables.values()
        for name, column in table.columns.items()
        if isinstance(column.type, ColumnType) and column.type.name in _SPATIAL
    )


def _alike(state: SchemaState, key: Key, table: QualifiedName | None) -> tuple[Key, ...]:
    from difflib import get_close_matches

    owner = state.key(table) if table else None
    near = [each for each in state.indexes if owner is None or state.indexes[each].table == owner]
    names = {each.name: each for each in near}
    close = get_close_matches(key.name, names, n=3, cutoff=0.6)
    return tuple(names[name] for name in close)


def rename_index(state: SchemaState, operation: RenameIndex) -> Iterator[Problem]:
    key = state.key(operation.index)
    if key is None or operation.new_name is OPAQUE:
        if key is not None:
            state.doubt(key)
        return
    found = state.indexes.get(key)
    if found is None:
        if not operation.if_exists and state.absence(key) is Lookup.MISSING:
            yield IndexMissing(key, _alike(state, key, None))
        state.drop_unseen(key)
        state.unseen.add(Key(key.schema, operation.new_name))
        return
    new = Key(key.schema, operation.new_name)
    kind = state.relation_kind(new)
    if kind is not None:
        yield RelationExists(new, kind)
    if found.constraint is not None and found.table in state.tables:
        if new.name in state.tables[found.table].constraints:
            yield ConstraintExists(found.table, new.name)
            return
        from alembic_vet.model.schema.constraints import rename_in_table

        rename_in_table(state, found.table, found.constraint, new.name)
        return
    state.move_index(key, replace(found, key=new))
