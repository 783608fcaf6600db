"""A dictionary that knows of most of its values only where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from itertools import compress, filterfalse
from operator import is_, is_not
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


def are_same(one: Mapping[K, object], other: Mapping[K, object]) -> bool:
    """Whether two copies hold the very same objects in the same order.

    Equal is not enough: what was dropped and made again is younger, and another object.
    """
    mine, theirs = _cells(one), _cells(other)
    return len(mine) == len(theirs) and all(map(is_, mine.values(), theirs.values())) and all(map(is_, mine, theirs))


def changed_keys(before: Mapping[K, object], after: Mapping[K, object]) -> list[K]:
    """The keys of two copies that do not stand for the very same object in both, in order."""
    if are_same(before, after):
        return []
    old, new = _cells(before), _cells(after)
    # Hardly any is another one: they are gone through without a step of Python for each.
    other = compress(old, map(is_not, map(new.get, old), old.values()))
    return [*other, *filterfalse(old.__contains__, new)]


def _cells(values: Mapping[K, V]) -> Mapping[K, V | Place]:
    """The values without fetching any: two that are the same object are the same here too, within copies."""
    return values.cells if isinstance(values, Lazy) else values
