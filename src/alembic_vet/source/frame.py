"""Where code is evaluated: the names it sees, and under what it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from contextlib import contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

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
        """Make the names what they were; the dictionary stays the same object."""
        kept = dict(values)
        self.values.clear()
        self.values.update(kept)

    @contextmanager
    def under(self, *conditions: Condition, guarded: bool = False) -> Iterator[None]:
        """What happens inside may not happen, or may fail unseen."""
        before = self.context
        self.context = replace(before, conditions=before.conditions + conditions, guarded=before.guarded or guarded)
        yield
        self.context = before
