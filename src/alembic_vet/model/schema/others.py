"""Sequences, views, functions, triggers, extensions, schemas."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alembic_vet.model.lazily import values_that_may_hold
from alembic_vet.model.operations import (
    CreateObject,
    DropObject,
    ObjectKind,
    OwnSequence,
    QualifiedName,
    RenameObject,
    SetSchema,
)
from alembic_vet.model.schema.expressions import names_in
from alembic_vet.model.schema.objects import Key, OtherState, SequenceDefault, SequenceState, TypeState
from alembic_vet.model.schema.problems import (
    InUse,
    ObjectExists,
    ObjectMissing,
    Problem,
    RelationExists,
    TableMissing,
    TypeMissing,
)
from alembic_vet.model.schema.state import Lookup, OtherKey, SchemaState
from alembic_vet.model.schema.tables import move_table, remove_table
from alembic_vet.model.schema.types import move_type, put_type
from alembic_vet.source.sql import tokenize

_GLOBAL = frozenset({ObjectKind.SCHEMA, ObjectKind.EXTENSION})
_OWN_NAMESPACE = frozenset({ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE, ObjectKind.FUNCTION})
_VIEWS = frozenset({ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW})
_SURELY_OURS = _VIEWS | {ObjectKind.SEQUENCE}


def _key(state: SchemaState, kind: ObjectKind, name: QualifiedName, table: QualifiedName | None) -> OtherKey | None:
    owner = state.key(table) if table is not None else None
    if table is not None and owner is None:
        return None
    if kind in _GLOBAL:
        return None if not isinstance(name.name, str) else (kind, Key("", name.name), None)
    key = state.key(QualifiedName(name.name, owner.schema) if owner else name)
    return None if key is None else (kind, key, owner)


def step_on_object(
    state: SchemaState, operation: CreateObject | DropObject | RenameObject | SetSchema | OwnSequence
) -> Iterator[Problem]:
    match operation:
        case CreateObject():
            return create_object(state, operation)
        case DropObject():
            return drop_object(state, operation)
        case RenameObject():
            return rename_object(state, operation)
        case SetSchema():
            return set_schema(state, operation)
        case OwnSequence():
            return own_sequence(state, operation)


def create_object(state: SchemaState, operation: CreateObject) -> Iterator[Problem]:
    kind = operation.kind
    found = _key(state, kind, operation.name, operation.table)
    if found is None:
        state.loosen()
        return
    key = found[1]
    if kind is ObjectKind.SEQUENCE:
        yield from _create_sequence(state, key, operation)
        return
    if kind is ObjectKind.TYPE:
        put_type(state, TypeState(key, None))
        return
    existing = state.others.get(found)
    optional = operation.if_not_exists or operation.or_replace
    if existing is not None and not existing.doubt:
        if operation.if_not_exists:
            return
        if not optional and kind is not ObjectKind.FUNCTION:
            yield ObjectExists(kind, key)
    elif kind in _VIEWS and (taken := state.relation_kind(key)) is not None:
        yield RelationExists(key, taken)
    definition = operation.definition
    mentions, relations = frozenset[str](), frozenset[Key]()
    if isinstance(definition, str):
        mentions, relations = names_in(definition), _relations(state, definition)
    doubt = state.doubts if operation.if_not_exists and (existing or state.absence(key) is Lookup.UNKNOWN) else 0
    state.others[found] = OtherState(kind, key, found[2], definition, mentions, relations, doubt)
    state.gone.discard(key)


def _relations(state: SchemaState, definition: str) -> frozenset[Key]:
    """Every name in a definition as the relation it would be."""
    found: set[Key] = set()
    tokens = tokenize(definition)
    for place, token in enumerate(tokens):
        if token.is_name:
            qualified = place > 1 and tokens[place - 1].is_symbol(".") and tokens[place - 2].is_name
            found.add(Key(tokens[place - 2].value if qualified else state.options.default_schema, token.value))
    return frozenset(found)


def _create_sequence(state: SchemaState, key: Key, operation: CreateObject) -> Iterator[Problem]:
    kind = state.relation_kind(key)
    if kind is not None:
        if operation.if_not_exists:
            return
        yield RelationExists(key, kind)
    unsure = operation.if_not_exists and state.absence(key) is Lookup.UNKNOWN
    state.sequences[key] = SequenceState(key, doubt=state.doubts if unsure else 0)
    state.gone.discard(key)


def drop_object(state: SchemaState, operation: DropObject) -> Iterator[Problem]:
    kind = operation.kind
    found = _key(state, kind, operation.name, operation.table)
    if found is None:
        state.doubts += 1
        for other_key, other in state.others.items():
            if other.kind is kind:
                state.others[other_key] = replace(other, doubt=state.doubts)
        return
    key = found[1]
    present = key in state.sequences if kind is ObjectKind.SEQUENCE else found in state.others
    if not present:
        sure = kind in _SURELY_OURS and state.absence(key) is Lookup.MISSING
        if sure and not operation.if_exists:
            yield ObjectMissing(kind, key)
    state.others.pop(found, None)
    if kind is ObjectKind.SEQUENCE:
        if key in state.sequences and not operation.cascade:
            yield from _drawn_from(state, key)
        state.sequences.pop(key, None)
        state.forget_sequence(key)
    if kind is ObjectKind.SCHEMA and operation.cascade:
        _empty(state, key.name)
    if kind is ObjectKind.FUNCTION and operation.cascade:
        for other_key, other in list(state.others.items()):
            if other.kind is ObjectKind.TRIGGER and key.name in other.mentions:
                del state.others[other_key]
    if kind is not ObjectKind.EXTENSION:
        state.gone.add(key)


def _drawn_from(state: SchemaState, sequence: Key) -> Iterator[Problem]:
    users = tuple(
        f"default of {table.key}.{column.name}"
        for table in values_that_may_hold(sequence, state.tables)
        for column in table.columns.values()
        if column.default == SequenceDefault(sequence) and not column.doubt
    )
    if users:
        yield InUse("sequence", str(sequence), users)


def _empty(state: SchemaState, schema: str) -> None:
    for table in [key for key in state.tables if key.schema == schema]:
        remove_table(state, table)
    for each in (state.types, state.sequences, state.indexes):
        for key in [key for key in each if key.schema == schema]:
            del each[key]
            state.gone.add(key)
    for other_key in [other_key for other_key in state.others if other_key[1].schema == schema]:
        del state.others[other_key]


def rename_object(state: SchemaState, operation: RenameObject) -> Iterator[Problem]:
    found = _key(state, operation.kind, operation.name, None)
    if found is None or not isinstance(operation.new_name, str):
        state.loosen()
        return
    old, new = found[1], Key(found[1].schema, operation.new_name)
    yield from _move(state, operation.kind, found, new)
    if operation.kind is ObjectKind.SCHEMA:
        for key in [key for key in state.tables if key.schema == old.name]:
            move_table(state, key, Key(new.name, key.name))
        for key in [key for key in state.types if key.schema == old.name]:
            move_type(state, key, Key(new.name, key.name))


def set_schema(state: SchemaState, operation: SetSchema) -> Iterator[Problem]:
    found = _key(state, operation.kind, operation.name, None)
    if found is None or not isinstance(operation.new_schema, str):
        state.loosen()
        return
    key, new = found[1], Key(operation.new_schema, found[1].name)
    if operation.kind is ObjectKind.TABLE:
        if key in state.tables:
            if key == new:
                return
            yield from _free(state, new)
            move_table(state, key, new)
        elif state.absence(key) is Lookup.MISSING:
            yield TableMissing(key, state.similar_tables(key))
    elif operation.kind is ObjectKind.TYPE:
        if key in state.types:
            move_type(state, key, new)
        elif state.absence(key) is Lookup.MISSING:
            yield TypeMissing(key)
    else:
        yield from _move(state, operation.kind, found, new)


def _free(state: SchemaState, key: Key) -> Iterator[Problem]:
    taken = state.relation_kind(key)
    if taken is not None:
        yield RelationExists(key, taken)


def _move(state: SchemaState, kind: ObjectKind, found: OtherKey, new: Key) -> Iterator[Problem]:
    old = found[1]
    if kind is ObjectKind.SEQUENCE and old in state.sequences:
        state.sequences[new] = replace(state.sequences.pop(old), key=new)
        state.follow_sequence(old, new)
    elif kind is ObjectKind.TYPE and old in state.types:
        move_type(state, old, new)
    elif found in state.others:
        other = state.others.pop(found)
        state.others[(kind, new, found[2])] = replace(other, key=new)
    elif kind in _SURELY_OURS and state.absence(old) is Lookup.MISSING:
        yield ObjectMissing(kind, old)
    state.gone.add(old)
    state.gone.discard(new)


def own_sequence(state: SchemaState, operation: OwnSequence) -> Iterator[Problem]:
    key = state.key(operation.sequence)
    if key is None:
        return
    sequence = state.sequences.get(key)
    if sequence is None:
        if state.absence(key) is Lookup.MISSING:
            yield ObjectMissing(ObjectKind.SEQUENCE, key)
        return
    table = state.key(operation.table) if operation.table else None
    owner = (table, operation.column) if table is not None and isinstance(operation.column, str) else None
    state.sequences[key] = replace(sequence, owner=owner)
