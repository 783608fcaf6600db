"""The schema around the newest revisions, kept from run to run: the next one need not start from nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from msgspec import DecodeError, Struct, field
from msgspec.json import decode, encode

from alembic_vet.cache import Store
from alembic_vet.disk import digest
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.history import Failure, Replayed, replay
from alembic_vet.model.plain import BROKEN, OF_REVISIONS, Part, parts_held
from alembic_vet.model.revision import Revision
from alembic_vet.model.schema.state import ReplayOptions, SchemaState
from alembic_vet.project.facts import Facts

_NOWHERE = Path()
# How many revisions from the end schemas are kept: work is done at the end, and what is older is near one of these.
_STEPS_BACK = (0, 1, 2, 4, 8, 16, 32, 64, 128)
# It is also done at the ends of branches: before and after so many of them schemas are kept too.
_MOST_HEADS = 4


class Resumed(Struct, frozen=True):
    """The last revisions of a history."""

    revisions: Sequence[Replayed]


class _Kept(Struct, frozen=True, array_like=True):
    """What schemas rest on, by how many revisions have made each.

    `expects`: the history starts from tables that it does not make.
    """

    marks: dict[int, str] = field(default_factory=dict)
    expects: bool = False


class _Pieces(Sequence[bytes]):
    """Many pieces, of which few are wanted. Where each starts, and where the last ends, stands before them, in 8 bytes each.

    Raises ValueError or TypeError for what was not `joined`, or later gives any other bytes.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        (size,) = memoryview(content)[:8].cast("Q")
        self._starts = memoryview(content)[:size].cast("Q")

    @staticmethod
    def joined(pieces: Sequence[bytes]) -> tuple[bytes, ...]:
        """Parts of what pieces are kept as."""
        from array import array

        starts = array("Q", accumulate(map(len, pieces), initial=(len(pieces) + 1) * 8))
        return starts.tobytes(), *pieces

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override]
        return self._content[self._starts[place] : self._starts[place + 1]]


class Snapshots:
    """`options` and `unfounded` as for `replay`.

    A history that expects tables which it does not make is replayed with its bases unfounded: its snapshots say so.
    """

    def __init__(
        self,
        store: Store,
        facts: Facts,
        options: ReplayOptions,
        unfounded: Collection[str],
        graph: RevisionGraph,
    ) -> None:
        self._store = store
        self._facts = facts
        self._options = options
        self._unfounded = set(unfounded)
        self._bases = set(graph.bases)
        self._heads = set(graph.heads)
        # The nodes of the schemas (see `plain`), of which the last is all of them, the newest first; then which hold what, and
        # what they rest on.
        self._nodes: Sequence[bytes] = ()
        self._known = _Kept()
        with suppress(DecodeError, *BROKEN):
            pieces = _Pieces(store.load())
            self._known, self._nodes = decode(pieces[len(pieces) - 1], type=_Kept), pieces

    def head(self, order: Sequence[Revision]) -> SchemaState | None:
        """The schema after all revisions; None where it is not known."""
        length, then = len(order), self._known.marks
        is_known = length in then and self._marks(order, then).get(length) == then[length]
        return self._schema(length) if is_known else None

    def resume(self, order: Sequence[Revision], first: int, last: int) -> Resumed | None:
        """At least the revisions from one to another, replayed on a schema that is known; None where all must be replayed."""
        then, expects = self._known.marks, self._known.expects
        marks = self._marks(order, [length for length in then if length <= first])
        same = [length for length, mark in marks.items() if then[length] == mark]
        if not same:
            return None
        length = same[-1]
        state = self._schema(length)
        if state is None:
            return None
        unfounded = self._unfounded | (self._bases if expects else set())
        # Where every revision does what it did, those that follow need not be looked at.
        is_rest_needed = last + 1 < len(order) and (len(order) not in then or self._marks(order, then) != then)
        ordered = order[length : None if is_rest_needed else last + 1]
        rest = replay(ordered, self._options, unfounded, state, until_expected=not expects)
        # What expects more than there is changes how the whole history is replayed.
        return None if rest.expected and not expects else Resumed(rest.revisions)

    def _schema(self, length: int) -> SchemaState | None:
        try:
            _, *places = decode(self._nodes[len(self._nodes) - 3])
            place = places[[*reversed(self._known.marks)].index(length)]
            state = OF_REVISIONS.opened(self._nodes, place, _NOWHERE, lambda part: self._holders.get(part, ()))
        except (DecodeError, *BROKEN):
            return None
        return state if isinstance(state, SchemaState) else None

    @cached_property
    def _holders(self) -> dict[object, list[int]]:
        return dict(decode(self._nodes[len(self._nodes) - 2], type=list[tuple[Part, list[int]]]))

    def save(self, order: Sequence[Revision], replayed: Sequence[Replayed], expected: Failure | None) -> None:
        """Keep the schemas around the last revisions. `expected`: the first step on something that no revision makes."""
        if len(replayed) != len(order):
            return
        # Without the revision that is the first to expect anything the history is another one.
        least = 1 if expected is None else _place(order, expected) + 1
        ends = [place + 1 for place, each in enumerate(order) if each.identifier in self._heads]
        lengths = {len(order) - back for back in _STEPS_BACK} | {
            end - back for end in ends[-_MOST_HEADS:] for back in (0, 1)
        }
        marks = self._marks(order, [length for length in lengths if length >= least])
        if marks and marks != self._known.marks:
            schemas = tuple(replayed[length - 1].after for length in reversed(marks))
            nodes = OF_REVISIONS.plain(schemas, _NOWHERE)
            holders = list(parts_held(nodes).items())
            pieces = [*nodes, holders, _Kept(marks, expected is not None)]
            self._store.save(*_Pieces.joined(list(map(encode, pieces))))

    def _marks(self, order: Sequence[Revision], lengths: Collection[int]) -> dict[int, str]:
        """What changes with all that the schema rests on after so many revisions, the shortest first."""
        found: dict[int, str] = {}
        said, start = repr((self._options, sorted(self._unfounded), sorted(self._bases))), 0
        mark = self._facts.mark
        for length in sorted(lengths):
            does = [part for each in order[start:length] for part in (each.identity.identifier, mark(each))]
            said = found[length] = digest("\n".join((said, *does)).encode())
            start = length
        return found


def _place(order: Sequence[Revision], failure: Failure) -> int:
    """Where the revision is in which something fails."""
    step = failure[0]
    return next(
        place for place, each in enumerate(order) if any(step is operation for operation in each.upgrade.operations)
    )
