"""Lists with commas: where an argument or an imported name goes, and how one is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from alembic_vet.fixes.changes import Change, Order
from alembic_vet.fixes.syntax import Syntax


class Item(Struct, frozen=True):
    """The offsets of one item, and of the end of the comma behind it."""

    start: int
    end: int
    comma: int | None


Items = Sequence[Item]

WIDTH = 88
_FOR_CHECKERS = re.compile(r"#.*\b(noqa|nosec|type:|pyright:|pylint:|pragma:|fmt:|alembic-vet:)", re.IGNORECASE)
# New items stand outside of whatever else is put around the items beside them.
_OUTERMOST = 10**9


def insert(
    syntax: Syntax, items: Items, new: Mapping[int, Sequence[str]], close: int, *, bracketed: bool = True
) -> Iterator[Change]:
    """New items in front of `items[index]` for each index, or after the last one; `close` is where the list ends.

    Follows the list: one line or one item a line, with or without a last comma.
    """
    for index, texts in new.items():
        if index == 0:
            yield _in_front(syntax, items[0].start, texts)
        else:
            yield from _behind(syntax, items, index, texts, close, bracketed)


def too_long(syntax: Syntax, start: int, close: int, new: Mapping[int, Sequence[str]]) -> bool:
    """Whether a list that is on one line would make it longer than any line of the file should be.

    A line with a comment for a checker stays one line: the comment would end up on another.
    """
    text = syntax.file.text
    line = text[syntax.line_start(start) : syntax.line_end(close)]
    if _FOR_CHECKERS.search(line):
        return False
    added = sum(len(item) + 2 for texts in new.values() for item in texts)
    longest = max(len(line) for line in syntax.file.lines)
    return "\n" not in text[start:close] and len(line) + added > max(WIDTH, longest)


def spread(
    syntax: Syntax, items: Items, new: Mapping[int, Sequence[str]], opening: str = "", closing: str = ""
) -> Iterator[Change]:
    """The same on a line of its own for each item, old and new."""
    text = syntax.file.text
    start = items[0].start
    indent = syntax.indent_at(start)
    inner = f"\n{indent}{syntax.statements.unit}"

    def fresh(index: int) -> str:
        return "".join(f"{inner}{item}," for item in new.get(index, ()))

    blank = len(text[:start]) - len(text[:start].rstrip(" \t")) if not opening else 0
    yield Change(start - blank, start, f"{opening}{fresh(0)}{inner}", _kind(blank, Order.OPEN), -_OUTERMOST)
    for index in range(1, len(items)):
        comma = items[index - 1].comma
        assert comma is not None
        follower = items[index].start
        yield Change(comma, follower, f"{fresh(index)}{inner}", _kind(follower - comma, Order.CLOSE), _OUTERMOST)
    end = items[-1].end
    comma = items[-1].comma
    last = end if comma is None else comma
    blank = len(text[last:]) - len(text[last:].lstrip(" \t")) if not closing else 0
    tail = f"{'' if comma else ','}{fresh(len(items))}\n{indent}{closing}"
    yield Change(last, last + blank, tail, _kind(blank, Order.CLOSE), _OUTERMOST)


def remove(syntax: Syntax, items: Items, index: int) -> tuple[int, int]:
    """The range that goes when an item does: its whole lines where nothing else is on them."""
    item = items[index]
    start, end = item.start, item.end
    comma = item.comma
    stop = comma or end
    rest = syntax.file.text[stop : syntax.line_end(stop)].strip()
    if _first_on_line(syntax, start) and (not rest or rest.startswith("#")):
        return syntax.line_start(start), syntax.line_end(stop) + 1
    if index + 1 < len(items):
        return start, items[index + 1].start
    if index == 0:
        return start, stop
    before = items[index - 1].comma
    return (before, stop) if comma is not None and before is not None else (items[index - 1].end, end)


def _in_front(syntax: Syntax, start: int, texts: Sequence[str]) -> Change:
    gap = f"\n{syntax.indent_at(start)}" if _first_on_line(syntax, start) else " "
    return Change(start, start, "".join(f"{item},{gap}" for item in texts), Order.OPEN, -_OUTERMOST)


def _behind(
    syntax: Syntax, items: Items, index: int, texts: Sequence[str], close: int, bracketed: bool
) -> Iterator[Change]:
    text = syntax.file.text
    previous = items[index - 1]
    start, end = previous.start, previous.end
    comma = previous.comma
    follower = items[index].start if index < len(items) else close
    alone = bracketed and _first_on_line(syntax, start)
    lines_apart = bracketed and "\n" in text[comma or end : follower]
    indent = syntax.indent_at(start if alone or index == len(items) else follower)
    if comma is not None:
        if lines_apart and (alone or index < len(items)):
            yield _on_next_line(syntax, comma, "".join(f"\n{indent}{item}," for item in texts))
        else:
            yield _at(comma, "".join(f" {item}," for item in texts))
        return
    short = ", " + ", ".join(texts)
    fits = syntax.line_end(end) - syntax.line_start(end) + len(short) <= WIDTH
    if (not alone and (fits or not lines_apart)) or (alone and not lines_apart and index == 1):
        yield _at(end, short)
    elif lines_apart:
        yield _at(end, ",")
        yield _on_next_line(syntax, end, ",".join(f"\n{indent}{item}" for item in texts))
    else:
        yield _at(end, "".join(f",\n{indent}{item}" for item in texts))


def _at(offset: int, text: str) -> Change:
    return Change(offset, offset, text, Order.CLOSE, _OUTERMOST)


def _on_next_line(syntax: Syntax, offset: int, text: str) -> Change:
    end = syntax.line_end(offset)
    return Change(end, end, text, Order.AFTER, -_OUTERMOST)


def _kind(length: int, insertion: Order) -> Order:
    return Order.REPLACE if length else insertion


def _first_on_line(syntax: Syntax, offset: int) -> bool:
    return not syntax.file.text[syntax.line_start(offset) : offset].strip()
