"""The schema around the newest revisions, kept from run to run: the next one need not start from nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import decode, encode

from alembic_vet.cache import Store
from alembic_vet.disk import digest
from alembic_vet.model.history import Failure, Replayed, replay
from alembic_vet.model.plain import BROKEN, plain, restored
from alembic_vet.model.revision import Revision
from alembic_vet.model.schema.state import ReplayOptions, SchemaState
from alembic_vet.project.facts import Facts

_NOWHERE = Path()
# How many revisions from the end schemas are kept: work is done at the end, and what is older is near one of these.
_STEPS_BACK = (0, 1, 2, 4, 8, 16, 32, 64, 128)


class Resumed(Struct, frozen=True):
    """The last revisions of a history; `expects`: the history starts from tables that it does not make."""

    revisions: Sequence[Replayed]
    expects: bool


class _Kept(Struct, frozen=True):
    """The schemas by what they rest on, each by its place in a tuple (see `plain`), and whether the history expects something."""

    places: dict[str, tuple[int, bool]]
    schemas: list[Any]


class Snapshots:
    """`options` and `unfounded` as for `replay`.

    A history that expects tables which it does not make is replayed with the `bases` unfounded: its snapshots say so.
    """

    def __init__(
        self,
        store: Store,
        facts: Facts,
        options: ReplayOptions,
        unfounded: Collection[str],
        bases: Collection[str],
    ) -> None:
        self._store = store
        self._facts = facts
        self._options = options
        self._unfounded = set(unfounded)
        self._bases = set(bases)
        self._known = _known(store)

    def resume(self, order: Sequence[Revision], first: int) -> Resumed | None:
        """At least the revisions from one on, replayed on a schema that is known; None where all must be replayed."""
        marks = self._marks(order[:first])
        found = [(length, mark) for length, mark in enumerate(marks) if mark in self._known.places]
        if not found:
            return None
        length, mark = found[-1]
        place, expects = self._known.places[mark]
        try:
            state = restored(self._known.schemas, _NOWHERE)[place]
        except BROKEN:
            return None
        if not isinstance(state, SchemaState):
            return None
        unfounded = self._unfounded | (self._bases if expects else set())
        rest = replay(order[length:], self._options, unfounded, state)
        # What expects more than there is changes how the whole history is replayed.
        return None if rest.expected and not expects else Resumed(rest.revisions, expects)

    def save(self, order: Sequence[Revision], replayed: Sequence[Replayed], expected: Failure | None) -> None:
        """Keep the schemas around the last revisions. `expected`: the first step on something that no revision makes."""
        if len(replayed) != len(order):
            return
        # Without the revision that is the first to expect anything the history is another one.
        least = 0 if expected is None else _place(order, expected) + 1
        lengths = [length for length in (len(order) - back for back in _STEPS_BACK) if length >= max(least, 1)]
        marks = list(self._marks(order))
        kept = {marks[length]: replayed[length - 1].after for length in lengths if length < len(marks)}
        if kept.keys() <= self._known.places.keys():
            return
        places = {mark: (place, expected is not None) for place, mark in enumerate(kept)}
        self._store.save(encode(_Kept(places, plain(tuple(kept.values()), _NOWHERE))))

    def _marks(self, revisions: Sequence[Revision]) -> Iterator[str]:
        """What changes with all that the schema rests on: before the first of some revisions, after it, after the second, ..."""
        mark = digest(repr((self._options, sorted(self._unfounded), sorted(self._bases))).encode())
        yield mark
        for revision in revisions:
            own = self._facts.mark(revision)
            if own is None:  # it was not known before this run
                return
            mark = digest(f"{mark} {revision.identifier} {own}".encode())
            yield mark


def _place(order: Sequence[Revision], failure: Failure) -> int:
    """Where the revision is in which something fails."""
    step = failure[0]
    return next(
        place for place, each in enumerate(order) if any(step is operation for operation in each.upgrade.operations)
    )


def _known(store: Store) -> _Kept:
    try:
        return decode(store.load(), type=_Kept)
    except DecodeError:
        return _Kept({}, [])
