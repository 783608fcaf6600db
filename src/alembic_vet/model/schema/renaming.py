"""What mentions a column, once the column has another name."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_vet.model.lazily import values_that_may_hold
from alembic_vet.model.operations import IndexElement
from alembic_vet.model.schema.expressions import renamed
from alembic_vet.model.schema.objects import ConstraintState, IndexState, Key
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE


def follow_column(state: SchemaState, key: Key, old: str, new: str) -> None:
    """Every constraint, view, index and sequence of a column gets to know its new name."""
    for other in list(values_that_may_hold(key, state.tables)):
        constraints = {
            each: _renamed_constraint(constraint, key, other.key, old, new)
            for each, constraint in other.constraints.items()
        }
        if any(constraints[each] is not constraint for each, constraint in other.constraints.items()):
            state.tables[other.key] = replace(other, constraints=constraints)
    state.rename_in_views(key, key, (old, new))
    for index in list(state.indexes_of(key)):
        state.indexes[index.key] = _renamed_index(index, old, new)
    for sequence in list(state.sequences_of(key, old)):
        state.sequences[sequence.key] = replace(sequence, owner=(key, new))


def _renamed_constraint(found: ConstraintState, key: Key, owner: Key, old: str, new: str) -> ConstraintState:
    def name(each: str) -> str:
        return new if each == old else each

    if owner == key and found.columns is not OPAQUE and old in found.columns:
        sql = renamed(found.sql, name) if isinstance(found.sql, str) and found.sql else found.sql
        found = replace(found, columns=tuple(map(name, found.columns)), sql=sql)
    if found.target == key and found.target_columns is not OPAQUE and old in found.target_columns:
        found = replace(found, target_columns=tuple(map(name, found.target_columns)))
    return found


def _renamed_index(index: IndexState, old: str, new: str) -> IndexState:
    def name(each: str) -> str:
        return new if each == old else each

    def element(each: IndexElement) -> IndexElement:
        sql = renamed(each.sql, name) if isinstance(each.sql, str) else each.sql
        return replace(each, column=name(each.column) if each.column else None, sql=sql)

    return replace(
        index,
        elements=index.elements if index.elements is OPAQUE else tuple(map(element, index.elements)),
        where=renamed(index.where, name) if isinstance(index.where, str) else index.where,
        include=index.include if index.include is OPAQUE else tuple(map(name, index.include)),
    )
