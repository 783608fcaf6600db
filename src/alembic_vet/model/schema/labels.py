"""Enum labels that the transaction that added them must not use yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import SchemaState

if TYPE_CHECKING:
    from alembic_vet.model.schema.problems import Problem


def unsafe_labels(state: SchemaState, table: Key, sql: str) -> Iterator[Problem]:
    """Labels of the table's enum columns that a piece of SQL mentions too early."""
    if state.new_labels:
        from alembic_vet.source.sql import string_literals

        yield from unsafe_among(state, table, string_literals(sql))


def unsafe_among(state: SchemaState, table: Key, literals: Iterable[str]) -> Iterator[Problem]:
    """The same for string constants already read."""
    if not state.new_labels or table not in state.tables:
        return
    from alembic_vet.model.schema.problems import LabelUnsafe

    types = {column.user_type for column in state.tables[table].columns.values()}
    mentioned = set(literals)
    for (type_, label), added in state.new_labels.items():
        if type_ in types and label in mentioned:
            yield LabelUnsafe(type_, label, added, type_ in state.new_types)
