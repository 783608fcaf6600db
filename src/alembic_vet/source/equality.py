"""Values of which a part does not count when two are compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import ClassVar

from msgspec import Struct


class EqualBut(Struct, frozen=True, eq=False):
    """Two of one class are equal where all their fields are but those in `aside`."""

    aside: ClassVar[frozenset[str]] = frozenset()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return False
        compared = _compared(type(self))
        return compared(self) == compared(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(_compared(type(self))(self))


@cache
def _compared(kind: type[EqualBut]) -> Callable[[object], object]:
    """What gives the fields that count."""
    return attrgetter(*(name for name in kind.__struct_fields__ if name not in kind.aside))
