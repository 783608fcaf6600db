"""A second process that reads a part of a long list: it begins with the last, this one with the first, and they meet."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from mmap import mmap

T = TypeVar("T")

# Both processes read what revisions import of the application: with fewer, that eats up what is gained.
_FEWEST = 60
_WIDTH = 4


def is_worthwhile(count: int) -> bool:
    """Whether there is so much to read, and a processor to spare."""
    # macOS's own libraries do not survive a fork.
    return count >= _FEWEST and hasattr(os, "fork") and sys.platform != "darwin" and _processors() > 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class SecondReader(Generic[T]):
    """The other process, and what it has read.

    It is a copy of this one, and what it sends comes through a pipe that nobody else has: pickle is safe here.
    """

    def __init__(self, count: int, read: Callable[[int], T]) -> None:
        from mmap import mmap

        self._mine = mmap(-1, _WIDTH)  # how many from the start are this one's
        self._others = mmap(-1, _WIDTH)  # the first that is the other's
        self._found: dict[int, T] | None = None
        _set(self._others, count)
        self._pipe, out = os.pipe()
        parent = os.getpid()
        self._process = os.fork()
        if self._process == 0:
            try:
                os.close(self._pipe)
                _leave_output_alone()
                self._work(count, read, out, parent)
            finally:
                os._exit(0)  # whatever happens, nothing of the program goes on here
        os.close(out)

    def _work(self, count: int, read: Callable[[int], T], out: int, parent: int) -> None:
        import pickle

        found: dict[int, T] = {}
        for number in range(count - 1, -1, -1):
            if number < _get(self._mine) or os.getppid() != parent:
                break
            _set(self._others, number)
            found[number] = read(number)
        with os.fdopen(out, "wb") as pipe:
            pickle.dump(found, pipe, pickle.HIGHEST_PROTOCOL)

    def leaves(self, number: int) -> bool:
        """Whether the other process has not begun with this one, and never will."""
        if self._found is not None or number >= _get(self._others):
            return False
        _set(self._mine, number + 1)
        return True

    def found(self, number: int) -> T | None:
        """What the other process found, once it is done; None where it did not get that far."""
        if self._found is None:
            self._found = self._received()
        return self._found.get(number)

    def _received(self) -> dict[int, T]:
        import pickle

        found: dict[int, T] = {}
        # If it came to grief, there is nothing, and all is read here.
        with os.fdopen(self._pipe, "rb") as pipe, suppress(EOFError, pickle.UnpicklingError):
            found = pickle.load(pipe)
        os.waitpid(self._process, 0)
        return found


def _leave_output_alone() -> None:
    """Whoever reads the output waits until nobody has it open any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _get(place: mmap) -> int:
    return int.from_bytes(place[:_WIDTH], "little")


def _set(place: mmap, number: int) -> None:
    place[:_WIDTH] = number.to_bytes(_WIDTH, "little")
