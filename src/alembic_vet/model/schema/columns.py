"""Columns as CREATE TABLE and ADD COLUMN make them: types, sequences, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType, EnumSpec
from alembic_vet.model.operations import (
    Column,
    Computed,
    Default,
    ForeignKey,
    Identity,
    ServerDefault,
    Unique,
)
from alembic_vet.model.schema.labels import unsafe_labels
from alembic_vet.model.schema.names import free_name
from alembic_vet.model.schema.objects import (
    ColumnDefault,
    ColumnState,
    Key,
    SequenceDefault,
    SequenceState,
    TableState,
    TypeState,
)
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.model.type_names import FOREIGN
from alembic_vet.source.unknown import OPAQUE, UNSET, Opaque, Unset

if TYPE_CHECKING:
    from alembic_vet.model.schema.problems import Problem

_INTEGERS = frozenset({"integer", "smallint", "bigint"})
_NEXTVAL = r"""(?i)\s*\(?\s*nextval\s*\(\s*'(?:"?(\w+)"?\.)?"?(\w+)"?'\s*(?:::\s*(?:regclass|text))*\s*\)\s*\)?\s*"""


def serial_columns(columns: Sequence[Column], primary: Sequence[str], foreign: frozenset[str]) -> frozenset[str]:
    """The column that SQLAlchemy renders as SERIAL: the integer primary key without another source of values."""
    keys = [column for column in columns if column.name in primary]
    found = {
        column.name
        for column in keys
        if column.autoincrement is True
        and not column.client_default
        and not isinstance(column.server_default, Identity)
    }
    if len(keys) == 1 and not found:
        column = keys[0]
        refers = column.name in foreign or any(isinstance(each, ForeignKey) for each in column.constraints)
        if (
            column.autoincrement == "auto"
            and not refers
            and not column.client_default
            and column.server_default is None
            and isinstance(column.type, ColumnType)
            and column.type.name in _INTEGERS
            and not column.type.array
        ):
            found.add(column.name)
    return frozenset(name for name in found if isinstance(name, str))


def column_state(state: SchemaState, table: Key, column: Column, *, serial: bool, primary: bool) -> ColumnState:
    """The column as it will be, its sequence made."""
    name = column.name if isinstance(column.name, str) else "?"
    nullable: bool | Opaque = column.primary_key is not True if column.nullable is UNSET else column.nullable
    default = stored_default(state, column.server_default)
    if serial or (isinstance(column.type, ColumnType) and column.type.serial):
        default, nullable = SequenceDefault(owned_sequence(state, table, name)), False
    elif isinstance(default, Identity):
        owned_sequence(state, table, name)
        nullable = False
    type_: ColumnType | Opaque = column.type
    user_type = None
    if isinstance(type_, ColumnType):
        user_type = _user_type(state, table, type_)
        type_ = replace(type_, serial=False)
    return ColumnState(
        name, type_, False if primary else nullable, default, user_type, column.comment, column.collation
    )


def _user_type(state: SchemaState, table: Key, type_: ColumnType) -> Key | None:
    if type_.enum is not None and type_.enum.native and type_.enum.inherit_schema:
        return Key(table.schema, type_.name)
    return state.type_key(type_)


def stored_default(state: SchemaState, default: ServerDefault | Opaque | None) -> ColumnDefault | Opaque | None:
    """A default as the catalogue keeps it: `nextval('s')` by the sequence, NULL as none."""
    if not isinstance(default, Default) or default.sql is OPAQUE:
        return default
    if default.sql.strip().lower() == "null":
        return None
    called = re.fullmatch(_NEXTVAL, default.sql) if "nextval" in default.sql.lower() else None
    if called is None:
        return default
    return SequenceDefault(Key(called[1] or state.options.default_schema, called[2]))


def owned_sequence(state: SchemaState, table: Key, column: str) -> Key:
    """Make the sequence of a SERIAL or identity column."""
    name = free_name(table.name, column, "seq", lambda name: state.has_relation(Key(table.schema, name)))
    key = Key(table.schema, name)
    state.sequences[key] = SequenceState(key, (table, column))
    state.gone.discard(key)
    return key


def creates_type(state: SchemaState, spec: EnumSpec) -> bool | None:
    """Whether CREATE TABLE with this Enum runs CREATE TYPE: `sa.Enum` heeds `create_type` from SQLAlchemy 2.1 on."""
    if spec.create_type is True:
        return True
    if spec.create_type is OPAQUE:
        return None
    if spec.dialect_type:
        return False
    version = state.options.sqlalchemy_version
    return None if version is None else version < (2, 1)


def enum_types(state: SchemaState, table: Key, columns: Sequence[Column]) -> Iterator[Problem]:
    """The types that CREATE TABLE makes for the Enum objects of its columns, before the table itself."""
    made: set[Key] = set()
    for column in columns:
        if not isinstance(column.type, ColumnType):
            continue
        spec = column.type.enum
        key = _user_type(state, table, column.type)
        if key is None or spec is None or not spec.native:
            continue
        creates = creates_type(state, spec)
        if creates is False:
            continue
        existing = state.types.get(key)
        if key in made:
            continue
        if existing is not None:
            if creates and not existing.doubt and state.memo.get(key) != state.revision:
                from alembic_vet.model.schema.problems import TypeExists

                labels = existing.labels if isinstance(existing.labels, tuple) else None
                yield TypeExists(key, existing.implicit, key in state.memo, labels)
            continue
        doubt = state.doubt_of_new(key, if_not_exists=False)
        if creates is None:
            state.doubts += 1
            doubt = state.doubts
        state.types[key] = TypeState(key, OPAQUE if spec.labels is None else spec.labels, True, doubt)
        state.gone.discard(key)
        state.doubtful.pop(key, None)
        state.new_types.add(key)
        state.memo[key] = state.revision
        made.add(key)
    for column in columns:
        yield from missing_type(state, table, column)


def missing_type(state: SchemaState, table: Key, column: Column) -> Iterator[Problem]:
    """The type of a column must be there; one that no step made and no Enum object names may come from an extension."""
    if not isinstance(column.type, ColumnType) or not isinstance(column.name, str):
        return
    yield from type_must_exist(state, table, column.name, column.type)


def type_must_exist(state: SchemaState, table: Key, column: str, type_: ColumnType) -> Iterator[Problem]:
    key = _user_type(state, table, type_)
    if key is None or key in state.types or (type_.enum is not None and not type_.enum.native):
        return
    if state.absence(key) is Lookup.UNKNOWN:
        return
    if type_.enum is None and key not in state.gone and type_.name not in FOREIGN:
        return
    from alembic_vet.model.schema.problems import TypeMissing

    labels = type_.enum.labels if type_.enum and isinstance(type_.enum.labels, tuple) else None
    yield TypeMissing(key, (table, column), labels)


def flagged_unique(column: Column) -> Unique | None:
    """The constraint that `unique=True` stands for; with `index=True` the index is unique instead."""
    if column.unique is True and column.index is not True and isinstance(column.name, str):
        return Unique((column.name,))
    return None


def close_columns(name: str, table: TableState) -> tuple[str, ...]:
    """Columns whose names are close to one that is not there."""
    from difflib import get_close_matches

    return tuple(get_close_matches(name, table.columns, n=3, cutoff=0.7))


def default_labels(state: SchemaState, table: Key, default: ServerDefault | Opaque | Unset | None) -> Iterator[Problem]:
    """Enum labels in a default that the open transaction added."""
    if isinstance(default, (Default, Computed)) and isinstance(default.sql, str):
        yield from unsafe_labels(state, table, default.sql)
