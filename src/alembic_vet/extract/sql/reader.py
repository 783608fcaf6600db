"""SQL text to operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.extract.sql.cursor import Cursor, Unreadable
from alembic_vet.extract.sql.data import data_changes, query
from alembic_vet.findings import Location
from alembic_vet.model.operations import (
    ExecuteSQL,
    Guard,
    OpaqueOperation,
    Operation,
    QualifiedName,
    TransactionAction,
    TransactionControl,
)
from alembic_vet.source.sql import HOLE, Statement, Token, joined, statements, string_literals, tokenize
from alembic_vet.source.unknown import OPAQUE, Opaque

if TYPE_CHECKING:
    from alembic_vet.extract.sql.blocks import Step

Locate = Callable[[int, int], Location]


class Site(Struct, frozen=True):
    """Where a text stands. `locate` turns offsets into the text, a hole counting as one character, into a place."""

    locate: Locate
    autocommit: bool = False
    conditional: bool = False
    guards: tuple[Guard, ...] = ()


def read_sql(parts: Sequence[object], site: Site) -> Iterator[Operation]:
    """The operations of a text given as literal parts (`str`) and holes (anything else)."""
    text = joined(parts)
    autocommit = site.autocommit
    for statement in statements(text):
        location = site.locate(statement.start, statement.end)
        for operation in _statement(statement, location):
            if isinstance(operation, TransactionControl):
                autocommit = site.autocommit or operation.action == "commit"
            yield replace(
                operation,
                autocommit=autocommit,
                conditional=operation.conditional or site.conditional,
                guards=site.guards + operation.guards,
            )


def _statement(statement: Statement, location: Location) -> Iterator[Operation]:
    first = statement.tokens[0]
    if first.is_word("do"):
        body = next((token for token in statement.tokens if token.is_dollar_quoted), None)
        body = body or next((token for token in statement.tokens if token.kind == "string"), None)
        if body is not None:
            from alembic_vet.extract.sql.blocks import steps

            for step in steps(tokenize(body.value)):
                yield from _step(step, body.value, location)
            return
    yield from _tokens(statement.tokens, statement.text, -statement.start, location)


def _step(step: Step, text: str, location: Location) -> Iterator[Operation]:
    if step.dynamic is not None:
        found = list(read_sql([step.dynamic], Site(lambda start, end: location)))
    else:
        found = list(_tokens(step.tokens, text, 0, location))
    for operation in found:
        yield step.guarded(operation)


def _tokens(tokens: Sequence[Token], text: str, shift: int, location: Location) -> Iterator[Operation]:
    moved = [replace(token, start=token.start + shift) for token in tokens] if shift else tokens
    cursor = Cursor(moved, text)
    try:
        yield from list(_dispatch(cursor, location))
    except Unreadable as why:
        if tokens[0].is_word(*_ROWS):
            yield ExecuteSQL(tokens[0].text.upper(), OPAQUE, location=location)
        else:
            yield OpaqueOperation(_touched(moved), str(why), location=location)


_TRANSACTIONS: dict[str, TransactionAction] = {
    "begin": "begin",
    "start transaction": "begin",
    "commit": "commit",
    "end": "commit",
    "rollback to": "rollback to",
    "rollback": "rollback",
    "abort": "rollback",
    "savepoint": "savepoint",
    "release": "release",
}
# Whatever they do, they do to rows.
_ROWS = ("insert", "update", "delete", "truncate", "copy", "merge", "with")
_HARMLESS = frozenset(
    {
        *("set", "reset", "show", "grant", "revoke", "analyze", "vacuum", "reindex", "cluster", "lock", "notify"),
        *("listen", "unlisten", "refresh", "explain", "security", "reassign", "checkpoint", "discard", "prepare"),
        *("deallocate", "values", "fetch", "close", "declare", "load", "import"),
        # Other dialects; PostgreSQL refuses them and changes nothing.
        *("pragma", "use", "describe", "attach", "detach", "optimize"),
    }
)


def _dispatch(cursor: Cursor, location: Location) -> Iterator[Operation]:
    words = [token.value.upper() for token in cursor.rest[:3] if token.kind == "word"]
    if any(token.kind == "foreign" for token in cursor.rest):
        raise Unreadable("this is not PostgreSQL's SQL")
    action = cursor.accept_any(*_TRANSACTIONS)
    if action is not None:
        yield TransactionControl(_TRANSACTIONS[action], location=location)
    elif (word := cursor.accept_any("create", "alter", "drop", "comment on")) is not None:
        from alembic_vet.extract.sql.definitions import definition

        yield from definition(word, cursor, location)
    elif any(cursor.sees(word) for word in _ROWS):
        yield from data_changes(cursor, location)
    elif any(cursor.sees(word) for word in ("select", "perform", "call", "table")):
        yield from query(cursor, location)
    elif words and words[0].lower() in _HARMLESS:
        sql = cursor.sql()
        literals = frozenset[str]() if sql is OPAQUE else string_literals(sql)
        yield ExecuteSQL(" ".join(words), sql, literals, location=location)
    else:
        raise Unreadable("an unknown statement")


def _touched(tokens: Sequence[Token]) -> tuple[QualifiedName, ...] | Opaque:
    """What a statement that cannot be read is about, where its first words say so."""
    cursor = Cursor(tokens, "")
    for start in ("alter table", "create table", "alter type", "create type", "drop table", "drop type"):
        if cursor.accept(start):
            cursor.accept_any("if exists", "if not exists")
            cursor.accept("only")
            try:
                name = cursor.qualified()
            except Unreadable:
                return OPAQUE
            return OPAQUE if HOLE in str(name.name) else (name,)
    return OPAQUE
