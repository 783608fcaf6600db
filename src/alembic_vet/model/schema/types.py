"""Enum types and their labels."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    AddEnumValue,
    CreateEnum,
    Default,
    DropType,
    RenameEnumValue,
    RenameType,
    SyncEnumValues,
)
from alembic_vet.model.schema.objects import Key, TypeState
from alembic_vet.model.schema.problems import LabelExists, LabelMissing, Problem, TypeExists, TypeInUse, TypeMissing
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque


def step_on_type(
    state: SchemaState, operation: CreateEnum | DropType | AddEnumValue | RenameEnumValue | SyncEnumValues | RenameType
) -> Iterator[Problem]:
    match operation:
        case CreateEnum():
            return create_enum(state, operation)
        case DropType():
            return drop_type(state, operation)
        case AddEnumValue():
            return add_enum_value(state, operation)
        case RenameEnumValue():
            return rename_enum_value(state, operation)
        case SyncEnumValues():
            return sync_enum_values(state, operation)
        case RenameType():
            return rename_type(state, operation)


def create_enum(state: SchemaState, operation: CreateEnum) -> Iterator[Problem]:
    key = state.key(operation.type)
    if key is None:
        state.loosen()
        return
    existing = state.types.get(key)
    if existing is not None and not existing.doubt:
        if operation.if_not_exists:
            return
        labels = existing.labels if isinstance(existing.labels, tuple) else None
        yield TypeExists(key, existing.implicit, False, labels)
    doubt = max(state.doubts, 1) if operation.if_not_exists and existing else 0
    doubt = doubt or state.doubt_of_new(key, operation.if_not_exists)
    put_type(state, TypeState(key, operation.labels, doubt=doubt))
    state.new_types.add(key)


def put_type(state: SchemaState, type_: TypeState) -> None:
    state.types[type_.key] = type_
    state.gone.discard(type_.key)
    state.doubtful.pop(type_.key, None)


def drop_type(state: SchemaState, operation: DropType) -> Iterator[Problem]:
    key = state.key(operation.type)
    if key is None:
        state.doubts += 1
        for type_ in list(state.types.values()):
            state.types[type_.key] = replace(type_, doubt=state.doubts)
        return
    if key not in state.types:
        if not operation.if_exists and state.absence(key) is Lookup.MISSING:
            yield TypeMissing(key)
        state.drop_unseen(key)
        return
    users = [(table.key, column.name) for table, column in state.columns_of_type(key) if not column.doubt]
    if users and not operation.cascade:
        yield TypeInUse(key, tuple(users))
    if operation.cascade and users:
        from alembic_vet.model.schema.column_changes import remove_column

        for table, column in users:
            yield from remove_column(state, table, column, cascade=True)
    del state.types[key]
    state.gone.add(key)
    state.doubtful.pop(key, None)
    for pair in [pair for pair in state.new_labels if pair[0] == key]:
        del state.new_labels[pair]


def _existing(state: SchemaState, key: Key) -> tuple[TypeState | None, list[Problem]]:
    """The type to change; one that is not there is put there in doubt, so that it is reported once."""
    type_ = state.types.get(key)
    if type_ is not None:
        return type_, []
    problems: list[Problem] = []
    if state.absence(key) is Lookup.MISSING:
        problems.append(TypeMissing(key))
        state.doubts += 1
    type_ = TypeState(key, OPAQUE, doubt=max(state.doubts, 1))
    put_type(state, type_)
    return type_, problems


def _doubt_types(state: SchemaState) -> None:
    state.doubts += 1
    for type_ in list(state.types.values()):
        state.types[type_.key] = replace(type_, doubt=state.doubts)


def add_enum_value(state: SchemaState, operation: AddEnumValue) -> Iterator[Problem]:
    key = state.key(operation.type)
    if key is None:
        _doubt_types(state)
        return
    type_, problems = _existing(state, key)
    yield from problems
    if type_ is None or not isinstance(type_.labels, tuple):
        return
    label = operation.label
    if label is OPAQUE:
        state.types[key] = replace(type_, labels=OPAQUE)
        return
    if label in type_.labels:
        if not operation.if_not_exists and not type_.doubt:
            yield LabelExists(key, label)
        return
    place: int | Opaque = len(type_.labels)
    for neighbour, shift in ((operation.before, 0), (operation.after, 1)):
        if neighbour is OPAQUE:
            place = OPAQUE
        elif neighbour is not None and neighbour in type_.labels:
            place = type_.labels.index(neighbour) + shift
        elif neighbour is not None:
            if not type_.doubt:
                yield LabelMissing(key, neighbour)
            place = OPAQUE
    if place is OPAQUE:
        state.types[key] = replace(type_, labels=OPAQUE)
        return
    state.types[key] = replace(type_, labels=(*type_.labels[:place], label, *type_.labels[place:]))
    if not operation.autocommit:
        state.new_labels[(key, label)] = operation.location


def rename_enum_value(state: SchemaState, operation: RenameEnumValue) -> Iterator[Problem]:
    key = state.key(operation.type)
    if key is None:
        _doubt_types(state)
        return
    type_, problems = _existing(state, key)
    yield from problems
    if type_ is None or not isinstance(type_.labels, tuple):
        return
    old, new = operation.label, operation.new_label
    if old is OPAQUE or new is OPAQUE:
        state.types[key] = replace(type_, labels=OPAQUE)
        return
    if old not in type_.labels:
        if not type_.doubt:
            yield LabelMissing(key, old)
        return
    if new in type_.labels:
        yield LabelExists(key, new)
    state.types[key] = replace(type_, labels=tuple(new if label == old else label for label in type_.labels))
    _rename_in_defaults(state, key, old, new)


def _rename_in_defaults(state: SchemaState, key: Key, old: str, new: str) -> None:
    """The catalogue stores labels by number, so what mentions one shows its new name."""
    before, after = (Default.literal(label).sql for label in (old, new))
    if not isinstance(before, str) or not isinstance(after, str):
        return
    for table, column in list(state.columns_of_type(key)):
        current = state.tables[table.key]
        changed = current.columns[column.name]
        if isinstance(changed.default, Default) and isinstance(changed.default.sql, str):
            changed = replace(changed, default=Default(changed.default.sql.replace(before, after)))
        constraints = {
            name: replace(each, sql=each.sql.replace(before, after))
            if each.kind == "check" and isinstance(each.sql, str)
            else each
            for name, each in current.constraints.items()
        }
        columns = {**current.columns, column.name: changed}
        state.tables[table.key] = replace(current, columns=columns, constraints=constraints)
        for index in list(state.indexes_of(table.key)):
            if isinstance(index.where, str):
                state.indexes[index.key] = replace(index, where=index.where.replace(before, after))


def sync_enum_values(state: SchemaState, operation: SyncEnumValues) -> Iterator[Problem]:
    key = state.key(operation.type)
    if key is None:
        _doubt_types(state)
        return
    type_, problems = _existing(state, key)
    yield from problems
    if type_ is not None:
        state.types[key] = replace(type_, labels=operation.labels)


def rename_type(state: SchemaState, operation: RenameType) -> Iterator[Problem]:
    key = state.key(operation.type)
    if key is None or operation.new_name is OPAQUE:
        _doubt_types(state)
        state.loosen()
        return
    if key not in state.types and state.absence(key) is Lookup.UNKNOWN:
        state.unseen.add(key)
    type_, problems = _existing(state, key)
    yield from problems
    new = Key(key.schema, operation.new_name)
    if new in state.types and not state.types[new].doubt:
        yield TypeExists(new, False, False)
    if type_ is not None:
        move_type(state, key, new)


def move_type(state: SchemaState, old: Key, new: Key) -> None:
    """Give a type another name or schema; columns keep it."""
    type_ = state.types.pop(old)
    put_type(state, replace(type_, key=new))
    state.gone.add(old)
    for table, column in list(state.columns_of_type(old)):
        named = column.type
        if isinstance(named, ColumnType):
            schema = None if new.schema == state.options.default_schema else new.schema
            named = replace(named, name=new.name, schema=schema)
        current = state.tables[table.key]
        columns = {**current.columns, column.name: replace(column, type=named, user_type=new)}
        state.tables[table.key] = replace(current, columns=columns)
    for pair, place in list(state.new_labels.items()):
        if pair[0] == old:
            del state.new_labels[pair]
            state.new_labels[(new, pair[1])] = place
    if old in state.new_types:
        state.new_types.add(new)
