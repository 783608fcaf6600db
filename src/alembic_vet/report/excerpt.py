"""Source lines with a range marked in them, drawn so that a terminal shows the mark in the right place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from msgspec import Struct

from alembic_vet.findings import Location, Span
from alembic_vet.report.context import RenderContext
from alembic_vet.report.style import paint

_TAB = 4
_CLIPPED = "..."
_MOST_LINES = 6
_LEAST_WIDTH = 40


class Excerpt(Struct, frozen=True):
    """The lines of one range; `gutter` is the width of the line numbers."""

    location: Location
    context: RenderContext
    gutter: int
    color: str

    def lines(self, *, mark: str = "^", around: int = 0) -> Iterator[str]:
        """The range's lines with up to `around` more on both sides; none where the file cannot be read."""
        span = self._visible_span()
        if span is None:
            return
        several = span.end_line > span.line
        indent = "  " if several else ""
        yield from self._unmarked(range(span.line - around, span.line), indent)
        yield from self._several_lines(span) if several else self._one_line(span, mark)
        yield from self._unmarked(range(span.end_line + 1, span.end_line + 1 + around), indent)

    def _visible_span(self) -> Span | None:
        """The range without last lines of which it covers nothing."""
        span = self.location.span
        if self._text(span.line) is None or self._text(span.end_line) is None:
            return None
        end, column = span.end_line, span.end_column
        while end > span.line and not (self._text(end) or "")[: column - 1].strip():
            end -= 1
            column = len(self._text(end) or "") + 1
        return Span(span.line, span.column, end, column)

    def _text(self, number: int) -> str | None:
        return self.context.line(self.location.path, number)

    @property
    def _width(self) -> int:
        return max(self.context.width - self.gutter - len(" | "), _LEAST_WIDTH)

    def _numbered(self, label: object, text: str) -> str:
        left = paint(f"{label:>{self.gutter}} |", self.context, "blue")
        return f"{left} {text}" if text else left

    def _unmarked(self, numbers: range, indent: str) -> Iterator[str]:
        for number in numbers:
            text = self._text(number)
            if text is not None and text.strip():
                shown = _Cells(text).clip(0, self._width - len(indent))
                yield self._numbered(number, indent + paint(shown, self.context, dim=True))

    def _one_line(self, span: Span, mark: str) -> Iterator[str]:
        cells = _Cells(self._text(span.line) or "")
        start = cells.of_column(span.column)
        end = max(cells.of_column(span.end_column), start + 1)
        offset = cells.offset(start, end, self._width)
        drawn = mark * (min(end, offset + self._width) - start)
        yield self._numbered(span.line, cells.clip(offset, self._width))
        yield self._numbered("", " " * (start - offset) + paint(drawn, self.context, self.color, bold=True))

    def _several_lines(self, span: Span) -> Iterator[str]:
        numbers = list(range(span.line, span.end_line + 1))
        width = self._width - len("| ")
        for number in numbers:
            if len(numbers) > _MOST_LINES and number == numbers[_MOST_LINES - 2]:
                yield self._numbered("." * min(self.gutter, 3), self._colored("|"))
            if len(numbers) > _MOST_LINES and numbers[_MOST_LINES - 2] <= number < span.end_line:
                continue
            edge = self._colored("/" if number == span.line else "|")
            yield self._numbered(number, f"{edge} {_Cells(self._text(number) or '').clip(0, width)}".rstrip())
        last = _Cells(self._text(span.end_line) or "").of_column(max(span.end_column - 1, 1))
        yield self._numbered("", self._colored(f"|{'_' * (min(last, width - 1) + 1)}^"))

    def _colored(self, text: str) -> str:
        return paint(text, self.context, self.color, bold=True)


class _Cells:
    """A line as a terminal shows it: what stands in each cell, and the cell of each character."""

    def __init__(self, text: str) -> None:
        self.cells: list[str] = []
        self.starts: list[int] = []
        if text.isascii() and text.isprintable():  # a cell for each character, as nearly always
            self.cells += text
            self.starts += range(len(text) + 1)
            return
        for char in text:
            self.starts.append(len(self.cells))
            if char == "\t":
                self.cells += " " * (_TAB - len(self.cells) % _TAB)
            elif unicodedata.combining(char) and self.cells:
                self.cells[-1] += char
            elif not char.isprintable():
                # A control character could move the cursor or set colours.
                self.cells.append("\N{REPLACEMENT CHARACTER}")
            elif unicodedata.east_asian_width(char) in "WF":
                self.cells += [char, ""]
            else:
                self.cells.append(char)
        self.starts.append(len(self.cells))

    def of_column(self, column: int) -> int:
        """The cell where a column (from 1) starts; one past the last for the end of the line and beyond."""
        return self.starts[min(column, len(self.starts)) - 1]

    def offset(self, start: int, end: int, width: int) -> int:
        """The first cell to show so that the cells from `start` on are seen, a third of the width before them."""
        if max(end, 1) <= width - len(_CLIPPED) or len(self.cells) <= width:
            return 0
        return max(min(start - width // 3, len(self.cells) - width), 0)

    def clip(self, offset: int, width: int) -> str:
        """`width` cells from `offset` on; dots stand for what is cut off."""
        shown = self.cells[offset : offset + width]
        if offset:
            shown[: len(_CLIPPED)] = _CLIPPED
            if len(shown) > len(_CLIPPED) and not shown[len(_CLIPPED)]:
                shown[len(_CLIPPED)] = " "
        if offset + width < len(self.cells):
            if not shown[-len(_CLIPPED)]:
                shown[-len(_CLIPPED) - 1] = " "
            shown[-len(_CLIPPED) :] = _CLIPPED
        return "".join(shown).rstrip()
