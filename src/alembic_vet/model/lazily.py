"""A dictionary that knows of most of its values only where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Place(int):
    """Where a value is."""


class Lazy(MutableMapping[K, V]):
    """Values are fetched when somebody asks for them; `at` gives the same object for the same place."""

    def __init__(self, cells: dict[K, V | Place], at: Callable[[int], V]) -> None:
        self.cells = cells
        self._at = at

    def __getitem__(self, key: K) -> V:
        cell = self.cells[key]
        return self._at(cell) if isinstance(cell, Place) else cell

    def __setitem__(self, key: K, value: V) -> None:
        self.cells[key] = value

    def __delitem__(self, key: K) -> None:
        del self.cells[key]

    def __contains__(self, key: object) -> bool:
        return key in self.cells

    def __iter__(self) -> Iterator[K]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def copy(self) -> Lazy[K, V]:
        return Lazy(self.cells.copy(), self._at)


def cells(values: Mapping[K, V]) -> Mapping[K, V | Place]:
    """The values without fetching any: two that are the same object are the same here too, within copies."""
    return values.cells if isinstance(values, Lazy) else values
