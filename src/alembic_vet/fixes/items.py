"""Lists with commas: where an argument or an imported name goes, and how one is taken out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alembic_vet.fixes.changes import Change, Order
from alembic_vet.fixes.syntax import Syntax

if TYPE_CHECKING:
    import libcst as cst

    Items = Sequence[cst.Arg] | Sequence[cst.ImportAlias]

WIDTH = 88


def insert(syntax: Syntax, items: Items, index: int, texts: Sequence[str], close: int) -> Iterator[Change]:
    """New items in front of `items[index]`, or after the last one; `close` is where the list ends.

    Follows the list: one line or one item a line, with or without a last comma.
    """
    text = syntax.file.text
    if index == 0:
        yield _in_front(syntax, syntax.start(items[0]), texts)
        return
    previous = items[index - 1]
    start, end = syntax.start(previous), syntax.end(previous)
    comma = _comma_end(syntax, previous)
    follower = syntax.start(items[index]) if index < len(items) else close
    alone = _first_on_line(syntax, start)
    lines_apart = "\n" in text[comma or end : follower]
    indent = syntax.indent_at(start if alone or index == len(items) else follower)
    if comma is not None:
        if lines_apart and (alone or index < len(items)):
            yield _insertion(syntax.line_end(comma), "".join(f"\n{indent}{item}," for item in texts))
        else:
            yield _insertion(comma, "".join(f" {item}," for item in texts))
        return
    short = ", " + ", ".join(texts)
    fits = syntax.line_end(end) - syntax.line_start(end) + len(short) <= WIDTH
    if (not alone and (fits or not lines_apart)) or (alone and not lines_apart and index == 1):
        yield _insertion(end, short)
    elif lines_apart:
        yield _insertion(end, ",")
        yield _insertion(syntax.line_end(end), ",".join(f"\n{indent}{item}" for item in texts))
    else:
        yield _insertion(end, "".join(f",\n{indent}{item}" for item in texts))


def remove(syntax: Syntax, items: Items, index: int) -> tuple[int, int]:
    """The range that goes when an item does: its whole lines where nothing else is on them."""
    item = items[index]
    start, end = syntax.start(item), syntax.end(item)
    comma = _comma_end(syntax, item)
    stop = comma or end
    rest = syntax.file.text[stop : syntax.line_end(stop)].strip()
    if _first_on_line(syntax, start) and (not rest or rest.startswith("#")):
        return syntax.line_start(start), syntax.line_end(stop) + 1
    if index + 1 < len(items):
        return start, syntax.start(items[index + 1])
    if index == 0:
        return start, stop
    before = _comma_end(syntax, items[index - 1])
    return (before, stop) if comma is not None and before is not None else (syntax.end(items[index - 1]), end)


def _in_front(syntax: Syntax, start: int, texts: Sequence[str]) -> Change:
    gap = f"\n{syntax.indent_at(start)}" if _first_on_line(syntax, start) else " "
    return Change(start, start, "".join(f"{item},{gap}" for item in texts), Order.OPEN, -(10**9))


def _insertion(offset: int, text: str) -> Change:
    return Change(offset, offset, text, Order.CLOSE, 10**9)


def _comma_end(syntax: Syntax, item: cst.Arg | cst.ImportAlias) -> int | None:
    import libcst as cst

    return syntax.end(item.comma) if isinstance(item.comma, cst.Comma) else None


def _first_on_line(syntax: Syntax, offset: int) -> bool:
    return not syntax.file.text[syntax.line_start(offset) : offset].strip()
