"""Indexes as operations of a revision."""

from __future__ import annotations

import re

from alembic_vet.fixes.sql_text import sql_name
from alembic_vet.fixes.words import Lines, Words
from alembic_vet.model.operations import IndexElement
from alembic_vet.model.schema.objects import IndexState, Key
from alembic_vet.source.unknown import OPAQUE

_CALL = re.compile(r"[\w.]+\(.*\)", re.DOTALL)


def drop_index(words: Words, index: IndexState) -> Lines:
    table = f"table_name={words.string(index.table.name)}"
    return words.call(words.op("drop_index"), [words.string(index.key.name), table, *words.schema(index.table)])


def create_index(words: Words, index: IndexState) -> Lines:
    if index.elements is OPAQUE or index.include is OPAQUE or index.method is OPAQUE:
        return None
    if index.unique is OPAQUE or index.where is OPAQUE:
        return None
    elements = [_element(words, each) for each in index.elements]
    if None in elements:
        return None
    include = f"postgresql_include={words.strings(index.include)}" if index.include else None
    return words.call(
        words.op("create_index"),
        [
            words.string(index.key.name),
            words.string(index.table.name),
            f"[{', '.join(each for each in elements if each)}]",
            f"unique={index.unique}",
            *words.schema(index.table),
            f"postgresql_using={words.string(index.method)}" if index.method != "btree" else None,
            f"postgresql_where={words.sql(index.where)}" if index.where is not None else None,
            include,
            "postgresql_nulls_not_distinct=True" if index.nulls_not_distinct else None,
        ],
    )


def _element(words: Words, element: IndexElement) -> str | None:
    if element.column is not None and not element.options:
        return words.string(element.column)
    if element.column is not None:
        return words.sql(f"{sql_name(element.column)} {element.options.lower()}")
    if not isinstance(element.sql, str):
        return None
    sql = element.sql if _CALL.fullmatch(element.sql) else f"({element.sql})"
    return words.sql(f"{sql} {element.options.lower()}".rstrip())


def rename_index(words: Words, old: Key, new: Key) -> Lines:
    return words.execute(f"ALTER INDEX {words.qualified(old)} RENAME TO {sql_name(new.name)}")
