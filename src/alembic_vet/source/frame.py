"""Where code is evaluated: the names it sees, and under what it stands."""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping

from msgspec import Struct, field

from alembic_vet.source.scope import ModuleScope
from alembic_vet.source.values import (
    SOMEHOW,
    Anchor,
    Condition,
    Context,
    Value,
)


class Frame(Struct):
    """Where an expression is evaluated: the names it sees, and under what."""

    scope: ModuleScope
    values: dict[str, Value]
    enclosing: tuple[dict[str, Value], ...]
    context: Context
    returned: list[tuple[Value, tuple[Condition, ...]]] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)
    leaving: str = ""
    passed: Condition = SOMEHOW

    def anchor(self, node: ast.AST) -> Anchor:
        return Anchor(self.scope.file, node)

    def assign(self, name: str, value: Value) -> None:
        target = self.scope.values if name in self.globals else self.values
        target[name] = value

    def restore(self, values: AbstractMapping[str, Value]) -> None:
        """Make the names what they were in a copy; the dictionary stays the same object."""
        self.values.clear()
        self.values.update(values)

    def under(self, *conditions: Condition, guarded: bool = False) -> _Under:
        """What happens inside may not happen, or may fail unseen."""
        return _Under(self, conditions, guarded)


class _Under:
    """A context manager, by hand: it is entered thousands of times."""

    __slots__ = ("_before", "_frame")

    def __init__(self, frame: Frame, conditions: tuple[Condition, ...], guarded: bool) -> None:
        self._frame = frame
        self._before = before = frame.context
        guarded = before.guarded or guarded
        frame.context = Context(before.withs, before.stack, before.conditions + conditions, guarded)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._frame.context = self._before
