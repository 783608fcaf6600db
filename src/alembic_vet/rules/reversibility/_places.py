"""Where in a downgrade something missing belongs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import DataChange, ExecuteSQL
from alembic_vet.model.reversal import Undone
from alembic_vet.model.schema.objects import Key

# What takes whatever rows there are.
_LOOSE = frozenset({"table", "column", "column default", "index", "index name", "comment"})


def places(subject: Replayed, found: Undone, body: Sequence[ast.stmt]) -> list[int]:
    """Where the inverse of an operation may go, best first: a downgrade goes through the upgrade backwards.

    What lets in less comes after the rows have been changed: they may have been changed for it.
    """
    operation = found.operation
    order = {id(each): place for place, each in enumerate(subject.revision.upgrade.operations)}
    mine = order.get(id(operation), -1)
    last = {name: order[id(each)] for (_, name), each in subject.culprits.items() if id(each) in order}
    best = 0
    for place, statement in enumerate(body, start=1):
        undone = [last[name] for name in _changed_in(subject, statement) if name in last]
        if undone and min(undone) > mine:
            best = place
    while best < len(body) and _sets_the_scene(subject, body[best]):
        best += 1
    tight = {each.table for each in found.differences if each.kind not in _LOOSE and each.change != "left behind"}
    rows = [place for place, statement in enumerate(body, start=1) if _changes_rows(subject, statement, tight)]
    first = max(rows, default=0)
    return sorted(range(first, len(body) + 1), key=lambda place: (abs(place - best), place))


def _changes_rows(subject: Replayed, statement: ast.stmt, tables: Collection[Key | None]) -> bool:
    span = subject.revision.file.span(statement)
    return any(
        isinstance(each, DataChange) and span.contains(each.location.span) and subject.after.key(each.table) in tables
        for each in subject.revision.downgrade.operations
    )


def _sets_the_scene(subject: Replayed, statement: ast.stmt) -> bool:
    """Whether a statement only sets parameters of the session, such as a timeout."""
    span = subject.revision.file.span(statement)
    inside = [each for each in subject.revision.downgrade.operations if span.contains(each.location.span)]
    return bool(inside) and all(isinstance(each, ExecuteSQL) and each.command.startswith("SET") for each in inside)


def _changed_in(subject: Replayed, statement: ast.stmt) -> Iterator[str]:
    """The names of the objects that a statement of the downgrade is the last to change."""
    span = subject.revision.file.span(statement)
    for (_, name), operation in subject.down_culprits.items():
        if span.contains(operation.location.span):
            yield name
