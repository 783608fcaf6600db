"""The history of a schema: what it is before, after and once more before each revision."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.model.operations import Operation
from alembic_vet.model.revision import Direction, DirectionName, Revision
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.difference import DifferenceKind, ObjectDifference, culprits, diff
from alembic_vet.model.schema.objects import ColumnState, ConstraintState, IndexState, TableState
from alembic_vet.model.schema.state import ReplayOptions, SchemaState

if TYPE_CHECKING:
    from alembic_vet.model.schema.problems import Problem

Failure = tuple[Operation, "Problem"]


class Replayed:
    """One revision on the schema that the earlier ones leave.

    `before` and `after` are the schema around its upgrade. Everything about its downgrade
    is worked out when somebody asks. States are shared: take a snapshot before changing one.
    """

    def __init__(self, revision: Revision, before: SchemaState) -> None:
        self.revision = revision
        self.before = before
        self.after = before.snapshot()
        self.after.begin_revision()
        self.failures = _run(self.after, revision.upgrade)
        self.after.share(before)

    def with_downgrade(self, downgrade: Direction) -> Replayed:
        """The same revision, had it another downgrade."""
        directions: dict[DirectionName, Direction] = {"upgrade": self.revision.upgrade, "downgrade": downgrade}
        other = Replayed.__new__(Replayed)  # the upgrade is not done again
        other.revision = replace(self.revision, _directions=directions)
        other.before, other.after, other.failures = self.before, self.after, self.failures
        return other

    @property
    def expected(self) -> Failure | None:
        """The first step of the upgrade on a table or a type that nothing before has made, or taken away."""
        return next((failure for failure in self.failures if _is_unfounded(failure[1], self.before)), None)

    @cached_property
    def _down(self) -> tuple[SchemaState, list[Failure]]:
        state = self._committed()
        failures = _run(state, self.revision.downgrade)
        state.share(self.before)
        return state, failures

    def _committed(self) -> SchemaState:
        state = self.after.snapshot()
        state.begin_revision()
        state.commit()
        return state

    def failures_of(self, operations: Sequence[Operation]) -> list[Failure]:
        """What would make another downgrade fail."""
        return _run(self._committed(), replace(self.revision.downgrade, operations=tuple(operations)))

    def works_after(self, operation: Operation, others: Sequence[Operation]) -> frozenset[int]:
        """After how many of the other steps a step of the downgrade works."""
        state, found = self._committed(), []
        for count in range(len(others) + 1):
            if count:
                apply(state, others[count - 1])
            if not apply(state.snapshot(), operation):
                found.append(count)
        return frozenset(found)

    @property
    def restored(self) -> SchemaState:
        """The schema once the revision was downgraded again."""
        return self._down[0]

    @property
    def down_failures(self) -> list[Failure]:
        """What makes the downgrade fail."""
        return self._down[1]

    @cached_property
    def differences(self) -> list[ObjectDifference]:
        """What the downgrade does not give back, object by object."""
        found = diff(self.before, self.restored)
        return [replace(each, unknown=True) if self._may_be_its_own(each) else each for each in found]

    def _may_be_its_own(self, difference: ObjectDifference) -> bool:
        """Whether nobody knows that an object was there before: it may be what the upgrade made, or was never there."""
        table = self.before.tables.get(difference.table) if difference.table else None
        if difference.change == "left behind" and table is not None and not table.complete:
            # A part that nobody saw made may have been there, unless the upgrade itself makes it.
            return (difference.kind, difference.name) not in self.culprits
        if difference.change != "lost" or not _in_doubt(self.before, difference):
            return False
        # What the upgrade drops by name was there, or the upgrade fails.
        return _is_there(self.after, difference) or (difference.kind, difference.name) not in self.culprits

    @cached_property
    def again_failures(self) -> list[Failure]:
        """What makes the second upgrade fail, in a process of its own, and not the first."""
        state = self.restored.snapshot()
        state.begin_revision()
        state.commit()
        state.memo.clear()
        state.end_session()
        first = {(id(operation), problem) for operation, problem in self.failures}
        again = _run(state, self.revision.upgrade)
        return [failure for failure in again if (id(failure[0]), failure[1]) not in first]

    @cached_property
    def culprits(self) -> Mapping[tuple[DifferenceKind, str], Operation]:
        """The operation of the upgrade that changed an object last: where a difference is to be shown."""
        return culprits(self.before, self.revision.upgrade.operations)

    @cached_property
    def down_culprits(self) -> Mapping[tuple[DifferenceKind, str], Operation]:
        """The same for the downgrade."""
        return culprits(self.after, self.revision.downgrade.operations)


def _in_doubt(state: SchemaState, difference: ObjectDifference) -> bool:
    return any(each.doubt for each in _objects(state, difference))


def _is_there(state: SchemaState, difference: ObjectDifference) -> bool:
    return any(True for _ in _objects(state, difference))


def _objects(
    state: SchemaState, difference: ObjectDifference
) -> Iterator[TableState | ColumnState | ConstraintState | IndexState]:
    """The table, column, constraint or index that a difference is about, in one of the states."""
    table = state.tables.get(difference.table) if difference.table else None
    if table is None:
        return
    name = difference.name.removeprefix(f"{table.key}.")
    if difference.kind == "table":
        yield table
    elif difference.kind == "column":
        yield from [table.columns[name]] if name in table.columns else []
    elif difference.kind == "index":
        yield from (each for key, each in state.indexes.items() if str(key) == difference.name)
    elif name in table.constraints:
        yield table.constraints[name]


def _is_unfounded(problem: Problem, before: SchemaState) -> bool:
    from alembic_vet.model.schema.problems import TableMissing, TypeMissing

    match problem:
        case TableMissing(table=key) | TypeMissing(type=key, used_by=None):
            return key not in before.gone
    return False


class SchemaHistory(Struct, frozen=True):
    """Every revision in an order in which `alembic upgrade heads` may run them."""

    revisions: tuple[Replayed, ...]
    options: ReplayOptions

    @property
    def head(self) -> SchemaState | None:
        """The schema after all of them."""
        return self.revisions[-1].after if self.revisions else None

    @property
    def expected(self) -> Failure | None:
        """The first step on a table or a type that no revision has made: the revisions do not start from nothing."""
        return next(filter(None, (each.expected for each in self.revisions)), None)

    def at(self, identifier: str) -> Replayed | None:
        """The revision of that identifier, or whose identifier begins so."""
        found = [each for each in self.revisions if each.revision.identifier == identifier]
        found = found or [each for each in self.revisions if each.revision.identifier.startswith(identifier)]
        return found[0] if len(found) == 1 else None


def replay(
    ordered: Sequence[Revision],
    options: ReplayOptions,
    unfounded: Collection[str] = frozenset(),
    start: SchemaState | None = None,
    *,
    until_expected: bool = False,
) -> SchemaHistory:
    """Apply every upgrade to an empty schema, or to that of `start`, parents first.

    `unfounded` are revisions before which there may be anything. `until_expected`: no further than to one that expects
    what no other has made.
    """
    state = SchemaState(options) if start is None else start
    replayed: list[Replayed] = []
    for revision in ordered:
        if revision.identifier in unfounded:
            state = state.snapshot()
            state.doubt_everything()
        step = Replayed(revision, state)
        replayed.append(step)
        if until_expected and step.expected:
            break
        state = step.after
    return SchemaHistory(tuple(replayed), options)


def _run(state: SchemaState, direction: Direction) -> list[Failure]:
    failures: list[Failure] = []
    for operation in direction.operations:
        failures += [(operation, problem) for problem in apply(state, operation)]
    if not direction.complete:
        state.doubt_everything()
    return failures
