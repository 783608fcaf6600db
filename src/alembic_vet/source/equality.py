"""Values of which a part does not count when two are compared."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class EqualBut(Struct, frozen=True, eq=False):
    """Two of one class are equal where all their fields are but those in `aside`."""

    aside: ClassVar[frozenset[str]] = frozenset()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, EqualBut) and type(self) is type(other) and self._compared == other._compared

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._compared)

    @property
    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name not in self.aside)
