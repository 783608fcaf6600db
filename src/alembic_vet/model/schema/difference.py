"""Two schemas, object by object: what a downgrade leaves behind, loses or changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from alembic_vet.model.operations import TEMPORARY, Operation
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.comparison import Comparison, DifferenceKind, ObjectDifference
from alembic_vet.model.schema.state import SchemaState

_OF_SESSION = f"{TEMPORARY}."

__all__ = ["DifferenceKind", "ObjectDifference", "culprits", "diff"]


def diff(before: SchemaState, after: SchemaState) -> list[ObjectDifference]:
    """What is different in `after`, which grew out of `before`.

    Column order and physical details do not count, nor does what goes with its session.
    """
    if before is after:
        return []
    comparison = Comparison(before, after)
    return [each for part in _parts() for each in part(comparison) if not each.name.startswith(_OF_SESSION)]


@cache
def _parts() -> tuple[Callable[[Comparison], Iterator[ObjectDifference]], ...]:
    """What compares the objects of one kind each, imported with the first schemas to compare."""
    from alembic_vet.model.schema.object_difference import other_differences, sequence_differences, type_differences
    from alembic_vet.model.schema.table_difference import index_differences, table_differences

    return table_differences, index_differences, type_differences, sequence_differences, other_differences


def culprits(before: SchemaState, operations: Sequence[Operation]) -> dict[tuple[DifferenceKind, str], Operation]:
    """For each object that operations change, the last one that does; for the place to report a difference at."""
    found: dict[tuple[DifferenceKind, str], Operation] = {}
    state = before.snapshot()
    for operation in operations:
        earlier = state.snapshot()
        apply(state, operation)
        for difference in diff(earlier, state):
            found[(difference.kind, difference.name)] = operation
    return found
