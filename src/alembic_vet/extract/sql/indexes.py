"""CREATE INDEX and ALTER INDEX."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.extract.sql.cursor import Cursor, Unreadable
from alembic_vet.findings import Location
from alembic_vet.model.operations import CreateIndex, ExecuteSQL, Index, IndexElement, Name, Operation, RenameIndex
from alembic_vet.source.sql import tokenize
from alembic_vet.source.unknown import OPAQUE, Opaque


def index_elements(text: str) -> tuple[IndexElement, ...]:
    """Keys of an index as SQL text: `lower(email)`, `created_at DESC`, or several between commas."""
    try:
        found = tuple(_element(item) for item in Cursor(tokenize(text), text).items())
    except Unreadable:
        found = ()
    return found or (IndexElement(sql=OPAQUE),)


def _element(cursor: Cursor) -> IndexElement:
    if cursor.sees_hole():
        return IndexElement(sql=OPAQUE)
    mark = cursor.mark
    column: Name | None = None
    sql: str | Opaque | None = None
    if cursor.sees_symbol("("):
        sql = cursor.bracketed().sql()
    else:
        column = cursor.name()
        if cursor.sees_symbol("(") or cursor.sees_symbol("."):
            cursor.back(mark)
            column, sql = None, _call(cursor).sql()
    options = " ".join(token.text.upper() if token.kind == "word" else token.text for token in cursor.rest)
    if any(not token.is_name and not token.is_symbol("(", ")", ".", ",") for token in cursor.rest[:1]):
        cursor.back(mark)
        return IndexElement(sql=cursor.sql())
    return IndexElement(None if column is OPAQUE else column, OPAQUE if column is OPAQUE else sql, options)


def _call(cursor: Cursor) -> Cursor:
    start = cursor.rest
    cursor.qualified()
    cursor.bracketed()
    return cursor.slice(start, len(start) - len(cursor.rest))


def create_index(cursor: Cursor, location: Location, *, unique: bool) -> Iterator[Operation]:
    """Everything after CREATE [UNIQUE] INDEX."""
    concurrently: bool | Opaque = cursor.accept("concurrently")
    following = cursor.peek(1)
    if following is not None and not following.is_word("on") and cursor.skip_hole():
        concurrently = OPAQUE
    optional = cursor.accept("if not exists")
    name: Name | None = None
    if not cursor.sees("on"):
        name = cursor.name()
    cursor.expect("on")
    cursor.accept("only")
    table = cursor.qualified()
    method: Name = cursor.name() if cursor.accept("using") else "btree"
    inner = cursor.bracketed()
    holed = False
    elements: list[IndexElement] = []
    for item in inner.items():
        holed = holed or item.sees_hole()
        elements.append(_element(item))
    include = cursor.columns() if cursor.accept("include") else ()
    cursor.accept("nulls distinct")
    not_distinct = cursor.accept("nulls not distinct")
    if cursor.accept("with"):
        cursor.bracketed()
    if cursor.accept("tablespace"):
        cursor.name()
    where = cursor.sql() if cursor.accept("where") else None
    cursor.finish()
    index = Index(
        name=name,
        elements=OPAQUE if holed else tuple(elements),
        unique=unique,
        where=where,
        method=method,
        include=include,
        nulls_not_distinct=not_distinct,
        final=True,
    )
    yield CreateIndex(table, index, concurrently, optional, location=location)


def alter_index(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """Everything after ALTER INDEX."""
    optional = cursor.accept("if exists")
    name = cursor.qualified()
    if cursor.accept("rename to"):
        yield RenameIndex(name, cursor.name(), optional, location=location)
    else:
        yield ExecuteSQL("ALTER INDEX", OPAQUE, location=location)
