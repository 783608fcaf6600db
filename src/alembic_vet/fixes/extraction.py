"""Statements moved into a function of their own."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.findings import Span
from alembic_vet.fixes.blocks import Blocks, joined
from alembic_vet.fixes.changes import Change, Deeper, FixImpossible, Order, applied, compose, indented
from alembic_vet.fixes.syntax import Syntax
from alembic_vet.fixes.tokens import scan


class Extraction(Struct, frozen=True):
    """`first` to `last` become the body under `header`, above `before`; `leaving` takes their place."""

    first: Span
    last: Span
    header: str
    before: Span
    leaving: tuple[str, ...]


def extract(
    syntax: Syntax, blocks: Blocks, extraction: Extraction, changes: Sequence[Change], deeper: Sequence[Deeper]
) -> tuple[list[Change], list[Deeper]]:
    """The changes with those inside the moved statements carried out on the way.

    Lines that other intentions put in front of the first or behind the last statement stay behind.
    """
    text = syntax.file.text
    first, last, start, end = blocks.whole_lines(extraction.first, extraction.last)
    target = syntax.statements.find(extraction.before)
    if first.suite is not None or start <= target.start <= end:
        raise FixImpossible("the statements to move are not whole lines, or the target is among them")
    levels = [level for level in deeper if start <= level.start and level.end <= end]
    if any(level.start <= end and start <= level.end for level in deeper if level not in levels):
        raise FixImpossible("a block to wrap holds statements to move")

    def stays(change: Change) -> bool:
        if not (start <= change.start and change.end <= end):
            return True
        border = {Order.BEFORE: first.start, Order.AFTER: last.start}.get(change.order)
        if border is None or change.anchor is None or change.anchor < 0:
            return False
        return change.anchor == border or not start <= change.anchor <= end

    inside = compose((change for change in changes if not stays(change)), levels)
    local = [replace(change, start=change.start - start, end=change.end - start) for change in inside]
    unit = target.unit
    body = _moved(applied(text[start:end], local), first.indent, unit)
    gap = "\n\n" if target.indent else "\n\n\n"
    function = indented(f"{extraction.header}\n{unit}{body}{gap}", target.indent)
    destination = blocks.start_with_comments(target)
    return [
        *(change for change in changes if stays(change)),
        Change(start, end, joined(extraction.leaving, first.indent), anchor=-1),
        Change(destination, destination, function, Order.BEFORE, anchor=-1),
    ], [level for level in deeper if level not in levels]


def _moved(text: str, old: str, new: str) -> str:
    """The lines of a block with another indentation; the first line has none in `text`."""
    inside = scan(text).string_lines
    return "\n".join(
        line
        if number == 1 or number in inside or not line.startswith(old) or not line.strip()
        else new + line[len(old) :]
        for number, line in enumerate(text.split("\n"), 1)
    )
