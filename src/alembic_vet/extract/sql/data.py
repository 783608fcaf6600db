"""Statements about rows: which table they change, which string constants they mention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from alembic_vet.extract.sql.cursor import Cursor
from alembic_vet.findings import Location
from alembic_vet.model.operations import (
    DataChange,
    DataKind,
    ExecuteSQL,
    OpaqueOperation,
    Operation,
    QualifiedName,
    Row,
)
from alembic_vet.source.sql import Token
from alembic_vet.source.unknown import OPAQUE

_STARTS: tuple[tuple[str, DataKind], ...] = (
    ("insert into", "insert"),
    ("merge into", "update"),
    ("update", "update"),
    ("delete from", "delete"),
    ("truncate", "truncate"),
    ("copy", "insert"),
)


def data_changes(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """INSERT, UPDATE, DELETE, TRUNCATE, COPY, MERGE, also inside WITH."""
    tokens = cursor.rest
    known, complete = _literals(tokens)
    common = cursor.sees("with")
    found = False
    previous: Token | None = None
    while not cursor.at_end:
        kind = next((kind for start, kind in _STARTS if cursor.sees(start)), None)
        if kind is None or (found and not (common and _may_start(previous))):
            previous = cursor.take()
            continue
        for start, _ in _STARTS:
            cursor.accept(start)
        cursor.accept_any("table only", "table", "only")
        found = True
        table = cursor.qualified()
        columns = _inserted(cursor) if kind == "insert" else _updated(cursor) if kind == "update" else ()
        rows = _rows(cursor, columns) if columns and not common else ()
        quoted = tuple(_quoted(cursor.rest)) if kind in ("update", "delete") and not common else ()
        yield DataChange(kind, table, known, complete, columns, rows, quoted, location=location)
        while kind == "truncate" and cursor.accept_symbol(","):
            yield DataChange(kind, cursor.qualified(), known, complete, location=location)
        previous = None
    if not found and common:
        yield from _calls(tokens, location)
    elif not found:
        yield ExecuteSQL(tokens[0].text.upper(), OPAQUE, known, location=location)


def _inserted(cursor: Cursor) -> tuple[str, ...]:
    """The columns of INSERT INTO table (a, b)."""
    mark = cursor.mark
    if cursor.accept("as"):
        cursor.name()
    if not cursor.sees_symbol("(") or (first := cursor.peek(1)) is None or first.is_word("select", "with", "values"):
        cursor.back(mark)
        return ()
    names = [item.peek() for item in cursor.bracketed().items()]
    return tuple(name.value for name in names if name is not None and name.is_name and not name.holed)


def _rows(cursor: Cursor, columns: Sequence[str]) -> tuple[Row, ...]:
    """The rows of VALUES with nothing after it that may keep one out; the cursor stays."""
    mark = cursor.mark
    found: list[Row] = []
    if cursor.accept("values"):
        while not found or cursor.accept_symbol(","):
            if not cursor.sees_symbol("("):
                break
            values = [_constant(item.rest) for item in cursor.bracketed().items()]
            if len(values) != len(columns):
                break
            pairs = zip(columns, values, strict=True)
            found.append(tuple((column, value) for column, value in pairs if value is not None))
    whole = cursor.at_end or cursor.sees("returning")
    cursor.back(mark)
    return tuple(found) if whole else ()


def _constant(tokens: Sequence[Token]) -> str | int | None:
    if len(tokens) != 1 or tokens[0].holed:
        return None
    if tokens[0].kind == "string":
        return tokens[0].value
    return int(tokens[0].value) if tokens[0].kind == "number" and tokens[0].value.isdigit() else None


def _quoted(tokens: Sequence[Token]) -> Iterator[str]:
    """Quoted names in a statement about one table: what is meant for a string is a column to PostgreSQL."""
    if any(token.is_word("from", "using", "select", "as", "join") or token.holed for token in tokens):
        return
    if not tokens or not tokens[0].is_word("set", "where"):
        return
    for place, token in enumerate(tokens):
        around = (tokens[place - 1], *tokens[place + 1 : place + 2])
        apart = any(each.is_symbol(".", "(", "::") or each.is_word("collate") for each in around)
        if token.kind == "quoted" and not apart:
            yield token.value


def _updated(cursor: Cursor) -> tuple[str, ...]:
    """The columns of UPDATE table [alias] SET a = ..., b = ...; the cursor stays."""
    mark = cursor.mark
    cursor.accept("as")
    if not cursor.sees("set"):
        cursor.take()
    found: list[str] = []
    if cursor.accept("set"):
        for item in cursor.until("from", "where", "returning").items():
            name, sign = item.peek(), item.peek(1)
            if name is not None and name.is_name and not name.holed and sign is not None and sign.is_symbol("="):
                found.append(name.value)
    cursor.back(mark)
    return tuple(found)


def _may_start(previous: Token | None) -> bool:
    """FOR UPDATE, ON UPDATE, DO UPDATE start no statement; what follows a bracket may."""
    return previous is not None and previous.is_symbol("(", ")")


def query(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """SELECT, PERFORM, CALL: nothing changes, unless it is for the sake of a function that we do not know."""
    yield from _calls(cursor.rest, location)


_HARMLESS_PREFIXES = ("pg_", "has_", "current_", "json", "array_", "to_", "inet_", "txid_", "obj_", "col_")
_NAMES = """
    setval nextval currval lastval set_config version now count max min sum avg exists coalesce lower upper length
    concat gen_random_uuid uuid_generate_v4 cast nullif greatest least format unnest any all in and or not select
    substring trim extract values array row replace random enum_range enum_first enum_last database clock_timestamp when then else case as distinct
"""
_HARMLESS = frozenset(_NAMES.split())


def _calls(tokens: Sequence[Token], location: Location) -> Iterator[Operation]:
    known, _ = _literals(tokens)
    called = None if any(token.is_word("from") for token in tokens) else _unknown_call(tokens)
    if called is not None:
        touches = tuple(_as_name(literal) for literal in sorted(known))
        yield OpaqueOperation(touches or OPAQUE, f"the function {called}() may do anything", location=location)
        return
    command = " ".join(token.text.upper() for token in tokens[:1])
    yield ExecuteSQL(command, OPAQUE, known, location=location)


def _unknown_call(tokens: Sequence[Token]) -> str | None:
    for token, following in pairwise(tokens):
        if not token.is_name or not following.is_symbol("("):
            continue
        if token.value not in _HARMLESS and not token.value.startswith(_HARMLESS_PREFIXES):
            return token.value
    return None


def _as_name(literal: str) -> QualifiedName:
    schema, dot, name = literal.partition(".")
    return QualifiedName(name, schema) if dot else QualifiedName(literal)


def _literals(tokens: Sequence[Token]) -> tuple[frozenset[str], bool]:
    """The string constants, and whether they are all."""
    strings = [token for token in tokens if token.kind == "string"]
    known = frozenset(token.value for token in strings if not token.holed)
    return known, not any(token.holed or token.kind == "parameter" for token in tokens)
