"""Indexes, enum types, sequences, views and the rest of what CREATE, ALTER and DROP name."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.extract.sql.cursor import Cursor, Unreadable
from alembic_vet.findings import Location
from alembic_vet.model.operations import (
    TEMPORARY,
    AddEnumValue,
    CreateEnum,
    CreateObject,
    DropIndex,
    DropObject,
    DropTable,
    DropType,
    ExecuteSQL,
    Name,
    ObjectKind,
    OpaqueOperation,
    Operation,
    OwnSequence,
    QualifiedName,
    RenameEnumValue,
    RenameObject,
    RenameType,
    SetComment,
    SetSchema,
)
from alembic_vet.source.sql import tokenize
from alembic_vet.source.unknown import OPAQUE, Opaque

_KINDS = {
    "schema": ObjectKind.SCHEMA,
    "extension": ObjectKind.EXTENSION,
    "sequence": ObjectKind.SEQUENCE,
    "view": ObjectKind.VIEW,
    "materialized view": ObjectKind.MATERIALIZED_VIEW,
    "function": ObjectKind.FUNCTION,
    "procedure": ObjectKind.FUNCTION,
    "routine": ObjectKind.FUNCTION,
    "aggregate": ObjectKind.FUNCTION,
    "trigger": ObjectKind.TRIGGER,
    "policy": ObjectKind.POLICY,
    "rule": ObjectKind.RULE,
    "domain": ObjectKind.TYPE,
}
_ON_TABLE = frozenset({ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE})


def object_kind(cursor: Cursor) -> ObjectKind | None:
    """Read the words that name a kind of object without operations of its own."""
    words = cursor.accept_any(*_KINDS)
    return _KINDS[words] if words else None


def create_type(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """Everything after CREATE TYPE."""
    name = cursor.qualified()
    if not cursor.accept("as enum"):
        definition: Name = "" if cursor.at_end else cursor.sql()
        yield CreateObject(ObjectKind.TYPE, name, definition=definition, location=location)
        return
    labels = [item.string() for item in cursor.bracketed().items()]
    known = tuple(label for label in labels if label is not OPAQUE)
    yield CreateEnum(name, known if len(known) == len(labels) else OPAQUE, location=location)


def create_object(
    cursor: Cursor, kind: ObjectKind, location: Location, *, or_replace: bool, temporary: bool
) -> Iterator[Operation]:
    """Everything after CREATE and the words that name the kind."""
    optional = cursor.accept("if not exists")
    if kind is ObjectKind.SCHEMA and cursor.accept("authorization"):
        yield CreateObject(kind, QualifiedName(cursor.name()), None, optional, location=location)
        return
    name = cursor.qualified()
    if temporary:
        name = QualifiedName(name.name, TEMPORARY)
    table = _table_of(cursor) if kind in _ON_TABLE else None
    definition: Name = cursor.sql() if not cursor.at_end else ""
    yield CreateObject(kind, name, table, optional, or_replace, definition, location=location)
    if kind is ObjectKind.SEQUENCE and definition is not OPAQUE:
        rest = Cursor(tokenize(definition), definition)
        while not rest.at_end and not rest.sees("owned by"):
            rest.take()
        if rest.accept("owned by"):
            yield from _owned(rest, name, location)


def _table_of(cursor: Cursor) -> QualifiedName:
    """The table that a trigger, policy or rule belongs to; the cursor stays."""
    mark = cursor.mark
    table = QualifiedName(OPAQUE, OPAQUE)
    while not cursor.at_end:
        if cursor.accept("on") or cursor.accept("to"):
            if cursor.accept_any("insert", "update", "delete", "select"):
                continue
            table = cursor.qualified()
            break
        cursor.take()
    cursor.back(mark)
    return table


def alter_type(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """Everything after ALTER TYPE."""
    name = cursor.qualified()
    if cursor.accept("add value"):
        optional = cursor.accept("if not exists")
        label = cursor.string()
        before = cursor.string() if cursor.accept("before") else None
        after = cursor.string() if cursor.accept("after") else None
        cursor.finish()
        yield AddEnumValue(name, label, before, after, optional, location=location)
    elif cursor.accept("rename value"):
        label = cursor.string()
        cursor.expect("to")
        yield RenameEnumValue(name, label, cursor.string(), location=location)
    elif cursor.accept("rename to"):
        yield RenameType(name, cursor.name(), location=location)
    elif cursor.accept("set schema"):
        yield SetSchema(ObjectKind.TYPE, name, cursor.name(), location=location)
    elif cursor.accept("owner to"):
        yield ExecuteSQL("ALTER TYPE OWNER TO", OPAQUE, location=location)
    else:
        yield OpaqueOperation((name,), "an unknown change of a type", location=location)


def alter_object(cursor: Cursor, kind: ObjectKind, location: Location) -> Iterator[Operation]:
    """Everything after ALTER and the words that name the kind."""
    cursor.accept("if exists")
    name = cursor.qualified()
    if cursor.sees_symbol("("):
        cursor.bracketed()
    if cursor.accept("rename to"):
        yield RenameObject(kind, name, cursor.name(), location=location)
    elif cursor.accept("set schema"):
        yield SetSchema(kind, name, cursor.name(), location=location)
    elif kind is ObjectKind.SEQUENCE and cursor.accept("owned by"):
        yield from _owned(cursor, name, location)
    else:
        yield ExecuteSQL(f"ALTER {kind.value.upper()}", OPAQUE, location=location)


def _owned(cursor: Cursor, sequence: QualifiedName, location: Location) -> Iterator[Operation]:
    if cursor.accept("none"):
        yield OwnSequence(sequence, None, None, location=location)
        return
    parts = [cursor.name()]
    while cursor.accept_symbol("."):
        parts.append(cursor.name())
    if len(parts) < 2:
        raise Unreadable("OWNED BY names no column")
    schema = parts[-3] if len(parts) > 2 else None
    yield OwnSequence(sequence, QualifiedName(parts[-2], schema), parts[-1], location=location)


def drop(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """Everything after DROP."""
    kind = cursor.accept_any("table", "index", "type", "foreign table")
    other = None if kind else object_kind(cursor)
    if kind is None and other is None:
        yield ExecuteSQL("DROP", OPAQUE, location=location)
        return
    concurrently: bool | Opaque = cursor.accept("concurrently")
    following = cursor.peek(1)
    if following is not None and following.is_name and not following.is_word("on", "cascade") and cursor.skip_hole():
        concurrently = OPAQUE
    optional = cursor.accept("if exists")
    names: list[QualifiedName] = []
    table: QualifiedName | None = None
    while True:
        names.append(cursor.qualified())
        if cursor.sees_symbol("("):
            cursor.bracketed()
        if other in _ON_TABLE and cursor.accept("on"):
            table = cursor.qualified()
        if not cursor.accept_symbol(","):
            break
    cascade = cursor.accept("cascade")
    cursor.accept("restrict")
    cursor.finish()
    for name in names:
        if kind in {"table", "foreign table"}:
            yield DropTable(name, optional, cascade, tuple(names), location=location)
        elif kind == "index":
            yield DropIndex(name, None, concurrently, optional, cascade, location=location)
        elif kind == "type" or other is ObjectKind.TYPE:
            yield DropType(name, optional, cascade, location=location)
        elif other is not None:
            yield DropObject(other, name, table, optional, cascade, location=location)


def comment(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """Everything after COMMENT ON."""
    kind = cursor.accept_any("table", "column")
    if kind is None:
        yield ExecuteSQL("COMMENT ON", cursor.sql(), location=location)
        return
    parts = [cursor.name()]
    while cursor.accept_symbol("."):
        parts.append(cursor.name())
    cursor.expect("is")
    text = None if cursor.accept("null") else cursor.string()
    column = parts.pop() if kind == "column" and len(parts) > 1 else None
    table = QualifiedName(parts[-1], parts[-2] if len(parts) > 1 else None)
    yield SetComment(table, column, text, location=location)
