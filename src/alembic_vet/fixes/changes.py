"""Changes to one text: their order, what indents them, and the edits they amount to."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from enum import IntEnum

from msgspec import Struct

from alembic_vet.findings import Edit, Span
from alembic_vet.fixes.tokens import scan
from alembic_vet.source.file import SourceFile


class FixImpossible(Exception):
    """The file's shape does not allow what was intended; the rule then offers no fix."""


class Order(IntEnum):
    """What comes first among insertions at one place."""

    CLOSE = 0
    COMMENT = 1
    AFTER = 2
    INDENT = 3
    BEFORE = 4
    OPEN = 5
    REPLACE = 6


class Deeper(Struct, frozen=True):
    """The lines of a range move to the right by `unit`."""

    start: int
    end: int
    unit: str
    rank: int


class Change(Struct, frozen=True):
    """Replace `text[start:end]`.

    `tie` orders changes of the same kind at one place. The lines of `text` move along
    with the ranges that hold `anchor` (default: the start), except those of `outside`.
    """

    start: int
    end: int
    text: str
    order: Order = Order.REPLACE
    tie: int = 0
    anchor: int | None = None
    outside: tuple[Deeper, ...] = ()

    @property
    def sort_key(self) -> tuple[int, Order, int, int]:
        return (self.start, self.order, self.tie, self.end)

    def moves_with(self, deeper: Deeper) -> bool:
        anchor = self.start if self.anchor is None else self.anchor
        return deeper.start <= anchor <= deeper.end and deeper not in self.outside


# Without one of these no string goes over several lines, and there is no need for tokens.
_SPANNING = ('"""', "'''", "\\\n")


def indented(text: str, unit: str) -> str:
    """`text` with `unit` in front of every line but the first, blank lines and the inside of strings."""
    if not unit or "\n" not in text:
        return text
    inside = scan(text).string_lines if any(sign in text for sign in _SPANNING) else ()
    lines = text.split("\n")
    last = len(lines)
    return "\n".join(
        line if number == 1 or number in inside or (not line.strip() and number != last) else unit + line
        for number, line in enumerate(lines, 1)
    )


def compose(changes: Iterable[Change], deeper: Iterable[Deeper]) -> list[Change]:
    """The changes in order, none overlapping another, with at most one at each place.

    Raises FixImpossible where two want different texts in the same place.
    """
    levels = list(deeper)
    ordered: list[Change] = []
    for change in _without_idle_indents(sorted(dict.fromkeys(changes), key=lambda change: change.sort_key)):
        unit = "".join(level.unit for level in levels if change.moves_with(level))
        text = indented(change.text, unit)
        previous = ordered[-1] if ordered else None
        if previous is not None and previous.end > change.start:
            raise FixImpossible("two changes overlap")
        if previous is not None and previous.start == change.start:
            ordered[-1] = Change(previous.start, change.end, previous.text + text, change.order)
        else:
            ordered.append(Change(change.start, change.end, text, change.order))
    return [change for change in ordered if change.text or change.start != change.end]


def _without_idle_indents(ordered: list[Change]) -> Iterator[Change]:
    """Leaves out the indentation of lines that another change takes away."""
    gone = [change for change in ordered if change.start != change.end]
    for change in ordered:
        idle = change.order is Order.INDENT and any(other.start < change.start < other.end for other in gone)
        if not idle:
            yield change


def applied(text: str, changes: Iterable[Change]) -> str:
    """`text` after changes in the order of `compose`."""
    parts: list[str] = []
    done = 0
    for change in changes:
        parts += text[done : change.start], change.text
        done = change.end
    return "".join([*parts, text[done:]])


def to_edits(file: SourceFile, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """The same as edits, which count lines and columns."""
    starts = [0]
    for line in file.lines:
        starts.append(starts[-1] + len(line) + 1)

    def position(offset: int) -> tuple[int, int]:
        line = min(bisect.bisect_right(starts, offset), len(file.lines))
        return line, offset - starts[line - 1] + 1

    return tuple(
        Edit(file.path, Span(*position(change.start), *position(change.end)), change.text)
        for change in changes
        if file.text[change.start : change.end] != change.text
    )
