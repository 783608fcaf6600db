"""Changes of a column's type that PostgreSQL has to be told how to make."""

from __future__ import annotations

import ast
import re

from alembic_vet.findings import Fix, Location, Safety, Span
from alembic_vet.fixes.build import Rewrite
from alembic_vet.fixes.sql_text import bindless, sql_name
from alembic_vet.fixes.table_texts import alter_column
from alembic_vet.fixes.words import Words
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import Default
from alembic_vet.model.schema.objects import ColumnState, Key
from alembic_vet.model.schema.state import ReplayOptions
from alembic_vet.model.type_names import BUILT_IN
from alembic_vet.source.file import SourceFile
from alembic_vet.source.sql import statements
from alembic_vet.source.unknown import OPAQUE

_TEXT = frozenset({"text", "character varying"})
_LITERAL = re.compile(r"('(?:[^']|'')*')(?:::[\w ]+)?")


def using(column: ColumnState, new: ColumnType) -> str | None:
    """The expression that makes an enum of a column, by way of text; None where there is none for sure."""
    old = column.type
    if old is OPAQUE or old.array != new.array or new.schema is OPAQUE or new.name in BUILT_IN:
        return None
    brackets = "[]" if new.array else ""
    name = sql_name(new.name, new.schema)
    through = "" if old.name in _TEXT else f"::text{brackets}"
    expression = f"{sql_name(column.name)}{through}::{name}{brackets}"
    return None if "%" in expression else expression


def cast_fix(
    file: SourceFile, place: Location, table: Key, column: ColumnState, new: ColumnType, options: ReplayOptions
) -> Fix | None:
    """USING, and the default out of the way meanwhile; None where that cannot be written there."""
    expression = using(column, new)
    call = next(
        (node for node in ast.walk(file.tree) if isinstance(node, ast.Call) and file.span(node) == place.span), None
    )
    if expression is None or call is None or column.default is OPAQUE:
        return None
    rewrite = Rewrite(file)
    words = Words(file, rewrite, options)
    match call:
        case ast.Call(func=ast.Attribute(attr="alter_column"), keywords=keywords):
            given = {each.arg for each in keywords}
            if None in given or "server_default" in given:
                return None
            if "postgresql_using" not in given:
                rewrite.add_keyword(place.span, f"postgresql_using={words.string(bindless(expression))}")
        case ast.Call(func=ast.Attribute(attr="execute"), args=[ast.Constant(value=str(sql)) as text]):
            end = _end(file, text, sql)
            if end is None:
                return None
            if " using " not in sql.lower():
                rewrite.replace(end, f" USING {expression}")
        case _:
            return None
    if column.default is not None and not _set_aside(rewrite, words, file, call, table, column):
        return None
    return rewrite.fix("Say how to cast it", Safety.SAFE)


def _set_aside(
    rewrite: Rewrite, words: Words, file: SourceFile, call: ast.Call, table: Key, column: ColumnState
) -> bool:
    """Drop the default above the statement and set it below."""
    default = column.default.sql if isinstance(column.default, Default) else OPAQUE
    literal = None if default is OPAQUE else _LITERAL.fullmatch(default)
    statement = file.statement(call)
    on_op = isinstance(call.func, ast.Attribute) and words.op("alter_column").startswith(ast.unparse(call.func.value))
    if literal is None or not on_op or not isinstance(statement, ast.Expr) or statement.value is not call:
        return False
    value = words.string(literal[1][1:-1].replace("''", "'"))
    above = alter_column(words, table, column.name, ["server_default=None"])
    below = alter_column(words, table, column.name, [f"server_default={value}"])
    if above is None or below is None:
        return False
    rewrite.insert_before(file.span(statement), above)
    rewrite.insert_after(file.span(statement), below)
    return True


def _end(file: SourceFile, text: ast.Constant, sql: str) -> Span | None:
    """Where a string that holds one plain ALTER COLUMN ... TYPE ends, its semicolon and blanks aside."""
    found = list(statements(sql))
    source = file.slice(file.span(text))
    inside = source.find(sql)
    if len(found) != 1 or inside < 0:
        return None
    words = [token.value for token in found[0].tokens]
    if words.count("alter") != 2 or "," in words or (words[-2] not in ("type", ".") and words[-1] != "]"):
        return None
    span = file.span(text)
    offset = file.offset(span.line, span.column) + inside + found[0].end
    before = file.text[:offset]
    return Span.empty(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
