"""Fixes that move one statement of a downgrade, each tried out on the replay."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from alembic_vet.findings import Fix, Safety, Span
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import Operation
from alembic_vet.project.environment import Environment
from alembic_vet.rules.reversibility._repair import downgrade_body, holds

# Each is tried on the text; a second is rarely needed.
_MOST_PLACES = 3


def moved(subject: Replayed, operation: Operation, environment: Environment, *, later: bool) -> Fix | None:
    """The statement of an operation at the nearest place where it works; None where it holds more, or never works."""
    file = subject.revision.file
    body = downgrade_body(file) or []
    spans = [file.span(statement) for statement in body]
    own = next((place for place, span in enumerate(spans) if span.contains(operation.location.span)), None)
    if own is None or not _alone(subject, operation, spans[own].line, spans[own].end_line):
        return None
    indent = " " * (spans[own].column - 1)
    lines = [line.removeprefix(indent) for line in file.lines[spans[own].line - 1 : spans[own].end_line]]
    places = range(own + 1, len(body)) if later else range(own - 1, -1, -1)
    others = [each for each in subject.revision.downgrade.operations if each is not operation]
    works = subject.works_after(operation, others)
    helpful = (
        place
        for place in places
        if (count := _count_before(others, spans[place], later=later)) in works
        and _fails_less(subject, [*others[:count], operation, *others[count:]])
    )
    for place in islice(helpful, _MOST_PLACES):
        from alembic_vet.fixes.build import Rewrite

        rewrite = Rewrite(file)
        rewrite.delete_statement(spans[own])
        if later:
            rewrite.insert_after(spans[place], lines)
        else:
            rewrite.insert_before(spans[place], lines)
        title = f"Do it {'after' if later else 'before'} what is in line {spans[place].line}"
        fix = rewrite.fix(title, Safety.SAFE)
        if fix is not None and holds(fix, subject, environment, (), fewer_failures=True):
            return fix
    return None


def _count_before(others: Sequence[Operation], span: Span, *, later: bool) -> int | None:
    """How many steps come before a place behind, or before, what a statement does; None where it does nothing."""
    there = [place for place, each in enumerate(others) if span.contains(each.location.span)]
    if not there:
        return None
    return there[-1] + 1 if later else there[0]


def _fails_less(subject: Replayed, operations: Sequence[Operation]) -> bool:
    """Whether less fails in another downgrade; the text need not be touched to know."""
    return len(subject.failures_of(operations)) < len(subject.down_failures)


def _alone(subject: Replayed, operation: Operation, first: int, last: int) -> bool:
    """Whether a statement does nothing else."""
    return all(
        each is operation or not first <= each.location.span.line <= last
        for each in subject.revision.downgrade.operations
    )
