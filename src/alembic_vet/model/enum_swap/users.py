"""What uses the types that are replaced, and what has to be known of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from alembic_vet.model.schema.expressions import names_in
from alembic_vet.model.schema.objects import Key
from alembic_vet.source.sql import Token, string_literals, tokenize
from alembic_vet.source.unknown import OPAQUE, Opaque


class InDoubt(Exception):
    """Something that has to be known for a downgrade that works is not; the text says what."""


class Users(Struct, frozen=True):
    """The types that are replaced, the labels that go with them, and the columns that are of one of them, by table."""

    types: frozenset[Key]
    removed: frozenset[str]
    columns: Mapping[Key, frozenset[str]]

    @property
    def type_names(self) -> frozenset[str]:
        return frozenset(key.name for key in self.types)

    def concern(self, table: Key, sql: str) -> bool:
        """Whether an expression on a table is compiled for one of the types."""
        return bool(names_in(sql) & self.columns.get(table, frozenset())) or bool(casts_in(sql) & self.type_names)

    def lose(self, sql: str) -> bool:
        """Whether an expression names a label that goes."""
        return bool(string_literals(sql) & self.removed)


def known(sql: str | Opaque | None, what: str) -> str:
    """SQL that can be written again as it is.

    Raises InDoubt.
    """
    if sql is None or sql is OPAQUE:
        raise InDoubt(f"the definition of {what} is not known")
    if "\\" in sql:
        raise InDoubt(f"the definition of {what} has a backslash, which may be SQLAlchemy's")
    return sql


@lru_cache(maxsize=4096)
def casts_in(sql: str) -> frozenset[str]:
    """The types that an expression casts to: `'x'::mood`, `CAST ('x' AS app.mood)`."""
    tokens = tokenize(sql)
    found = [_last_of_name(tokens, place + 1) for place, token in enumerate(tokens) if token.is_symbol("::")]
    found += [_last_of_name(tokens, place + 1) for place, token in enumerate(tokens) if token.is_word("as")]
    return frozenset(name for name in found if name is not None)


def _last_of_name(tokens: list[Token], place: int) -> str | None:
    while place + 2 < len(tokens) and tokens[place + 1].is_symbol("."):
        place += 2
    return tokens[place].value if place < len(tokens) and tokens[place].is_name else None
