"""Tables and columns as operations of a revision."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alembic_vet.fixes.constraint_texts import inside
from alembic_vet.fixes.index_texts import create_index
from alembic_vet.fixes.type_texts import type_text
from alembic_vet.fixes.words import Lines, Words
from alembic_vet.model.operations import Computed, Default, Identity
from alembic_vet.model.schema.objects import ColumnState, IndexState, Key, SequenceDefault, TableState
from alembic_vet.source.unknown import OPAQUE

_STRING = re.compile(r"'((?:[^']|'')*)'(?:::[\w ]+(?:\(\d+\))?)?")


def drop_column(words: Words, table: Key, column: str) -> Lines:
    return words.call(words.op("drop_column"), [words.string(table.name), words.string(column), *words.schema(table)])


def add_column(words: Words, table: Key, column: ColumnState) -> Lines:
    """Not for NOT NULL without a default: it fails where there are rows."""
    text = column_text(words, column)
    if text is None or (column.nullable is not True and column.default is None):
        return None
    return words.call(words.op("add_column"), [words.string(table.name), text, *words.schema(table)])


def column_text(words: Words, column: ColumnState, *, serial: bool = False) -> str | None:
    """`sa.Column(...)`."""
    type_ = type_text(column.type, words)
    if type_ is None or column.nullable is OPAQUE or column.default is OPAQUE or column.collation is not None:
        return None
    parts: list[str] = [words.string(column.name), type_]
    match column.default:
        case Default():
            default = default_text(words, column.default)
            if default is None:
                return None
            parts.append(f"server_default={default}")
        case Identity(always=always):
            parts.append(f"{words.sqlalchemy('Identity')}({'always=True' if always is True else ''})")
        case Computed(sql=sql):
            if sql is OPAQUE:
                return None
            parts.append(f"{words.sqlalchemy('Computed')}({words.string(sql)}, persisted=True)")
        case SequenceDefault() if not serial:
            return None
    parts.append(f"nullable={column.nullable}")
    if isinstance(column.comment, str):
        parts.append(f"comment={words.string(column.comment)}")
    return f"{words.sqlalchemy('Column')}({', '.join(parts)})"


def default_text(words: Words, default: Default) -> str | None:
    """The value of `server_default`."""
    if default.sql is OPAQUE:
        return None
    literal = _STRING.fullmatch(default.sql)
    return words.string(literal[1].replace("''", "'")) if literal else words.sql(default.sql)


def alter_column(words: Words, table: Key, column: str, changes: Sequence[str]) -> Lines:
    arguments = [words.string(table.name), words.string(column), *changes, *words.schema(table)]
    return words.call(words.op("alter_column"), arguments)


def drop_table(words: Words, table: Key) -> Lines:
    return words.call(words.op("drop_table"), [words.string(table.name), *words.schema(table)])


def create_table(words: Words, table: TableState, indexes: Sequence[IndexState]) -> Lines:
    """The table with all that belongs to it; None unless all of it is known."""
    if not table.complete or table.doubt:
        return None
    primary = table.primary_key
    alone = primary.columns if primary and isinstance(primary.columns, tuple) and len(primary.columns) == 1 else ()
    parts: list[str] = [words.string(table.key.name)]
    for column in table.columns.values():
        serial = column.name in alone and _is_own_sequence(table.key, column)
        text = column_text(words, column, serial=serial)
        if text is None or column.doubt:
            return None
        parts.append(text)
    for constraint in table.constraints.values():
        inner = inside(words, constraint)
        if inner is None or constraint.doubt:
            return None
        parts.append(inner)
    if isinstance(table.comment, str):
        parts.append(f"comment={words.string(table.comment)}")
    parts += words.schema(table.key)
    lines = [f"{words.op('create_table')}(", *(f"    {part}," for part in parts), ")"]
    for index in indexes:
        more = create_index(words, index)
        if more is None:
            return None
        lines += more
    return lines


def _is_own_sequence(table: Key, column: ColumnState) -> bool:
    """Whether the default is what SERIAL makes."""
    default = column.default
    return isinstance(default, SequenceDefault) and default.sequence.name == f"{table.name}_{column.name}_seq"
