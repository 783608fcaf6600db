"""Rows changed: the table and the columns that a change names must be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alembic_vet.model.operations import DataChange
from alembic_vet.model.schema.labels import unsafe_among
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import Lookup, SchemaState

if TYPE_CHECKING:
    from alembic_vet.model.schema.problems import Problem


def change_rows(state: SchemaState, operation: DataChange) -> Iterator[Problem]:
    key = state.key(operation.table)
    if key is None or _is_of_the_system(key):
        return
    if state.table(key) is Lookup.MISSING and not state.has_relation(key):
        from alembic_vet.model.schema.problems import TableMissing

        yield TableMissing(key, state.similar_tables(key))
    table = state.tables.get(key)
    for column in (*operation.columns, *operation.quoted) if table else ():
        if table and column not in table.columns and table.lacks(column):
            from alembic_vet.model.schema.problems import ColumnMissing

            yield ColumnMissing(key, column, read=column in operation.quoted)
    yield from unsafe_among(state, key, operation.literals)


def _is_of_the_system(key: Key) -> bool:
    """Whether PostgreSQL made it: `pg_catalog` is in every search path, and the prefix is reserved in practice."""
    return key.schema in ("pg_catalog", "information_schema") or key.name.startswith("pg_")
