"""SQL replayed into a schema, for tests."""

from __future__ import annotations

from pathlib import Path

from alembic_vet.extract.sql import Site, read_sql
from alembic_vet.findings import Location, Span
from alembic_vet.model.schema import ReplayOptions, SchemaState, apply
from alembic_vet.model.schema.problems import Problem

HERE = Location(Path("/revision.py"), Span(1, 1, 1, 2))


def run(state: SchemaState, *parts: object) -> list[Problem]:
    """Apply a text of literal parts and holes; the answer is what PostgreSQL would refuse."""
    operations = read_sql(parts, Site(lambda start, end: HERE))
    return [problem for operation in operations for problem in apply(state, operation)]


def replayed(sql: str, options: ReplayOptions | None = None) -> SchemaState:
    """The schema after a text that PostgreSQL takes without complaint."""
    state = SchemaState(options or ReplayOptions())
    assert run(state, sql) == []
    state.commit()
    return state
