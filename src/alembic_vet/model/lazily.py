"""A dictionary that knows of most of its values only where they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from itertools import compress, filterfalse
from operator import is_, is_not
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Place(int):
    """Where a value is."""


Holders = Callable[[object], Collection[int]]


class Lazy(MutableMapping[K, V]):
    """Values are fetched when somebody asks for them; `at` gives the same object for the same place.

    `holders` gives the places of the values that hold something, at any depth, where that is known.
    """

    def __init__(self, cells: dict[K, V | Place], at: Callable[[int], V], holders: Holders | None = None) -> None:
        self.cells = cells
        self._at = at
        self._holders = holders

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
        return Lazy(self.cells.copy(), self._at, self._holders)

    def that_may_hold(self, part: object) -> Iterator[V]:
        if self._holders is None:
            yield from self.values()
            return
        places = frozenset(self._holders(part))
        for cell in self.cells.values():
            if not isinstance(cell, Place):
                yield cell
            elif cell in places:
                yield self._at(cell)


def values_that_may_hold(part: object, values: Mapping[K, V]) -> Iterable[V]:
    """All values, but for those of which it is known without fetching them that they do not hold something."""
    return values.that_may_hold(part) if isinstance(values, Lazy) else values.values()


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
