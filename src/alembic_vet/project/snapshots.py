"""The schema before and after the newest revision, kept from run to run: the next one need not start from nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from alembic_vet.cache import Store
from alembic_vet.disk import digest
from alembic_vet.model.history import Failure, Replayed, replay
from alembic_vet.model.plain import BROKEN, plain, restored
from alembic_vet.model.revision import Revision
from alembic_vet.model.schema.state import ReplayOptions, SchemaState
from alembic_vet.project.facts import Facts

_NOWHERE = Path()


class Resumed(Struct, frozen=True):
    """The last revisions of a history; `expects`: the history starts from tables that it does not make."""

    revisions: Sequence[Replayed]
    expects: bool


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
        self._known: Mapping[str, Any] = store.load()

    def resume(self, order: Sequence[Revision], first: int) -> Resumed | None:
        """The revisions from one on, replayed on the schema that is known; None where all must be replayed."""
        try:
            known = self._known[self._key(order[:first]) or ""]
            expects, state = known["expects"], restored(known["state"], _NOWHERE)
        except BROKEN:
            return None
        if not isinstance(state, SchemaState):
            return None
        unfounded = self._unfounded | (self._bases if expects else set())
        rest = replay(order[first:], self._options, unfounded, state)
        # What expects more than there is changes how the whole history is replayed.
        return None if rest.expected and not expects else Resumed(rest.revisions, bool(expects))

    def save(self, order: Sequence[Revision], replayed: Sequence[Replayed], expected: Failure | None) -> None:
        """Keep the schemas around the last revision. `expected`: the first step on something that no revision makes."""
        if not replayed or replayed[-1].revision is not order[-1]:
            return
        newest = replayed[-1]
        states = {self._key(order): newest.after}
        # Without the revision that is the first to expect anything the history is another one.
        if expected is None or all(operation is not expected[0] for operation in newest.revision.upgrade.operations):
            states[self._key(order[:-1])] = newest.before
        new = {key: state for key, state in states.items() if key is not None}
        if not self._known.keys() >= new.keys():
            self._store.save(
                {key: {"expects": expected is not None, "state": plain(new[key], _NOWHERE)} for key in new}
            )

    def _key(self, revisions: Sequence[Revision]) -> str | None:
        prints = [(each.identifier, self._facts.fingerprint(each)) for each in revisions]
        if any(found is None for _, found in prints):
            return None
        about = (prints, self._options, sorted(self._unfounded), sorted(self._bases))
        return digest(repr(about).encode())
