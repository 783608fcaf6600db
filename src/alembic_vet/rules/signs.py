"""What revisions show at a glance: a rule that needs something else of them has nothing to say, and is not even loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING

from alembic_vet.model.operations import DataChange

if TYPE_CHECKING:
    from alembic_vet.model.history import Replayed
    from alembic_vet.model.operations import Operation
    from alembic_vet.model.revision import Revision
    from alembic_vet.model.schema.difference import DifferenceKind
    from alembic_vet.model.schema.problems import Problem
    from alembic_vet.project.environment import Environment

# Where something is seen, and what; empty for whatever is seen there.
Sign = tuple[str, str]
Signs = tuple[Sign, ...]

_UPGRADE = "upgrade"
_DOWNGRADE = "downgrade"
_ROWS = "rows"
_UPGRADE_FAILS = "upgrade fails"
_DOWNGRADE_FAILS = "downgrade fails"
_DIFFERENCE = "difference"
_LEFT = "left by nothing"
_HISTORY = "history"
_GRAPH = "graph"
_FILES = "files"


def upgrade_has(*operations: type[Operation]) -> Signs:
    """An operation of such a class in `upgrade()`."""
    return tuple((_UPGRADE, each.__name__) for each in operations)


ROWS_ADDED: Signs = ((_ROWS, ""),)
"""An INSERT in `upgrade()` of rows that are known."""


def downgrade_has(*operations: type[Operation]) -> Signs:
    """An operation of such a class in `downgrade()`."""
    return tuple((_DOWNGRADE, each.__name__) for each in operations)


def upgrade_fails(*problems: type[Problem]) -> Signs:
    """An upgrade that fails in such a way, or in any, on the schema that it finds."""
    return _failing(_UPGRADE_FAILS, problems)


def downgrade_fails(*problems: type[Problem]) -> Signs:
    """A downgrade that fails in such a way, or in any, on the schema that the upgrade leaves."""
    return _failing(_DOWNGRADE_FAILS, problems)


def _failing(where: str, problems: Iterable[type[Problem]]) -> Signs:
    return tuple((where, each.__name__) for each in problems) or ((where, ""),)


def differs(*kinds: DifferenceKind) -> Signs:
    """Something of these kinds, or anything, that a downgrade does surely not give back."""
    return tuple((_DIFFERENCE, kind) for kind in kinds) or ((_DIFFERENCE, ""),)


EMPTY_DOWNGRADE: Signs = ((_LEFT, ""),)
"""A downgrade that does nothing, of an upgrade that changes the schema."""

UNFOUNDED: Signs = ((_HISTORY, "unfounded"),)
"""A step on something that no revision makes."""

SEVERAL_HEADS: Signs = ((_GRAPH, "heads"),)
BROKEN: Signs = ((_GRAPH, "broken"),)
"""Revisions that go round in a circle, or follow one that is missing."""

LONG_IDENTIFIER: Signs = ((_GRAPH, "long identifier"),)

UNPARSABLE: Signs = ((_FILES, "unparsable"),)

ELSEWHERE: Signs = (("elsewhere", ""),)
"""Nothing that an environment could show: the runner finds it on its way."""


class Seen:
    """The signs that an environment shows, `wanted` being the revisions that findings are wanted for."""

    def __init__(self, environment: Environment, wanted: Collection[str]) -> None:
        self._environment = environment
        self._wanted = wanted
        self._looks: dict[str, Callable[[], set[str]]] = {
            _UPGRADE: lambda: {_name(each) for revision in self._revisions for each in revision.upgrade.operations},
            _DOWNGRADE: lambda: {_name(each) for revision in self._revisions for each in revision.downgrade.operations},
            _ROWS: lambda: {
                each.kind
                for revision in self._revisions
                for each in revision.upgrade.operations
                if isinstance(each, DataChange) and each.rows
            },
            _UPGRADE_FAILS: lambda: {_name(each) for step in self._replayed for _, each in step.failures},
            _DOWNGRADE_FAILS: lambda: {_name(each) for step in self._replayed for _, each in step.down_failures},
            _DIFFERENCE: lambda: _different(self._replayed),
            _LEFT: lambda: _different(step for step in self._replayed if step.revision.downgrade.does_nothing),
            _HISTORY: lambda: {"unfounded"} if environment.expected else set(),
            _GRAPH: self._graph,
            _FILES: lambda: {"unparsable"} if environment.unparsable() else set(),
        }
        self._at = cache(lambda where: self._looks[where]() if where in self._looks else set())

    def any_of(self, signs: Signs) -> bool:
        """Whether one of the signs is there; so is none at all."""
        return not signs or any(what in self._at(where) if what else bool(self._at(where)) for where, what in signs)

    @cached_property
    def _revisions(self) -> list[Revision]:
        if self._environment.facts.are_read_ahead:
            _ = self._environment.replay_options  # something to do while the second process still reads
        return [each for each in self._environment.revisions_in_focus if each.name in self._wanted]

    @cached_property
    def _replayed(self) -> list[Replayed]:
        return [each for each in self._environment.replayed if each.revision.name in self._wanted]

    def _graph(self) -> set[str]:
        graph = self._environment.graph
        signs = {
            "heads": len(graph.heads) > 1,
            "broken": bool(graph.missing or graph.cycle),
            "long identifier": bool(graph.too_long),
        }
        return {sign for sign, is_there in signs.items() if is_there}


def _different(replayed: Iterable[Replayed]) -> set[str]:
    return {each.kind for step in replayed for each in step.differences if not each.unknown}


def _name(value: object) -> str:
    return type(value).__name__
