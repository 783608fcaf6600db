"""Guards answered: whether what they ask for is there."""

from __future__ import annotations

from alembic_vet.model.lazily import values_that_may_hold
from alembic_vet.model.operations import Guard, ObjectKind, QualifiedName
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import Lookup, SchemaState


def answer(state: SchemaState, guard: Guard) -> bool | None:
    """Whether a guard is met; None where that is not known. Asked twice in one revision, it gets the first answer."""
    if guard not in state.answers:
        state.answers[guard] = _answer(state, guard)
    return state.answers[guard]


def _answer(state: SchemaState, guard: Guard) -> bool | None:
    exists = _exists(state, guard)
    return None if exists is None else exists == guard.exists


def _exists(state: SchemaState, guard: Guard) -> bool | None:
    key = state.key(guard.name)
    if key is None:
        return None
    match guard.thing:
        case "relation":
            found = state.has_relation(key)
            unsure = found and state.relation_kind(key) is None
        case "index":
            found = key in state.indexes
            unsure = found and bool(state.indexes[key].doubt)
        case "type":
            found = key in state.types
            unsure = found and bool(state.types[key].doubt)
        case "label":
            return _has_label(state, key.name, guard.of)
        case "column" | "constraint":
            return _has_part(state, guard, key.name)
        case "extension":
            return (ObjectKind.EXTENSION, Key("", key.name), None) in state.others or None
        case "schema":
            return (ObjectKind.SCHEMA, Key("", key.name), None) in state.others or None
    if found:
        return None if unsure else True
    return None if state.absence(key) is Lookup.UNKNOWN else False


def _has_label(state: SchemaState, label: str, of: QualifiedName | None) -> bool | None:
    key = state.key(of) if of else None
    type_ = state.types.get(key) if key else None
    if type_ is None or type_.doubt or not isinstance(type_.labels, tuple):
        return None
    return label in type_.labels


def _has_part(state: SchemaState, guard: Guard, name: str) -> bool | None:
    if guard.of is None:
        owners = [table for table in values_that_may_hold(name, state.tables) if name in table.constraints]
        if guard.thing == "constraint" and owners:
            return True
        return None if state.open_since else False
    table = state.table(guard.of)
    if table is Lookup.MISSING:
        return False
    if isinstance(table, Lookup):
        return None
    part = table.columns.get(name) if guard.thing == "column" else table.constraints.get(name)
    if part is not None:
        return None if part.doubt else True
    named = guard.thing == "column" or table.names_are_known
    return False if named and table.lacks(name) else None
