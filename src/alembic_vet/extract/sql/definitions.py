"""CREATE, ALTER, DROP and COMMENT: statements that change the schema."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.extract.sql.cursor import Cursor
from alembic_vet.extract.sql.indexes import alter_index, create_index
from alembic_vet.extract.sql.objects import (
    alter_object,
    alter_type,
    comment,
    create_object,
    create_type,
    drop,
    object_kind,
)
from alembic_vet.extract.sql.tables import alter_table, create_table
from alembic_vet.findings import Location
from alembic_vet.model.operations import ExecuteSQL, Operation
from alembic_vet.source.unknown import OPAQUE


def definition(word: str, cursor: Cursor, location: Location) -> Iterator[Operation]:
    """What a statement does that begins with one of these words, of which the rest is to be read.

    Raises Unreadable.
    """
    match word:
        case "create":
            return _create(cursor, location)
        case "alter":
            return _alter(cursor, location)
        case "drop":
            return drop(cursor, location)
        case _:
            return comment(cursor, location)


def _create(cursor: Cursor, location: Location) -> Iterator[Operation]:
    or_replace = cursor.accept("or replace")
    scope = cursor.accept_any("global", "local")
    temporary = cursor.accept_any("temporary", "temp") is not None
    unique = cursor.accept("unique")
    if scope or cursor.accept_any("unlogged", "recursive", "constraint", "trusted", "procedural", "foreign"):
        temporary = cursor.accept_any("temporary", "temp") is not None or temporary
    if cursor.accept("table"):
        yield from create_table(cursor, location, temporary=temporary)
    elif cursor.accept("index"):
        yield from create_index(cursor, location, unique=unique)
    elif cursor.accept("type"):
        yield from create_type(cursor, location)
    elif (kind := object_kind(cursor)) is not None:
        yield from create_object(cursor, kind, location, or_replace=or_replace, temporary=temporary)
    else:
        yield ExecuteSQL("CREATE " + cursor.take().text.upper(), OPAQUE, location=location)


def _alter(cursor: Cursor, location: Location) -> Iterator[Operation]:
    if cursor.accept_any("table", "foreign table"):
        yield from alter_table(cursor, location)
    elif cursor.accept("index"):
        yield from alter_index(cursor, location)
    elif cursor.accept("type"):
        yield from alter_type(cursor, location)
    elif (kind := object_kind(cursor)) is not None:
        yield from alter_object(cursor, kind, location)
    else:
        yield ExecuteSQL("ALTER " + cursor.take().text.upper(), OPAQUE, location=location)
