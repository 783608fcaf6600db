"""The statements of a file with what stands around them: all that most fixes need, and it comes with `ast`."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from alembic_vet.findings import Span
from alembic_vet.fixes.changes import FixImpossible
from alembic_vet.source.file import SourceFile

_INDENT = "    "


class Statement(Struct, frozen=True):
    """A statement and its surroundings.

    `start` and `end` are those of its code, decorators included; `siblings` the
    statements of its block, and `row` those on its own line (`a; b`). `suite` is the
    offset of the colon's end where the block stands on the header's line.
    """

    node: ast.stmt
    start: int
    end: int
    indent: str
    unit: str
    is_top: bool
    siblings: list[ast.stmt]
    row: Sequence[ast.stmt]
    suite: int | None

    @property
    def is_simple(self) -> bool:
        return _is_simple(self.node)


class Statements:
    """Finds statements; the tree is walked when the first is asked for."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file

    @cached_property
    def _blocks(self) -> dict[ast.stmt, tuple[list[ast.stmt], ast.stmt | None]]:
        """The block that each statement is in, and the statement that the block is part of."""
        found: dict[ast.stmt, tuple[list[ast.stmt], ast.stmt | None]] = {}
        pending: list[tuple[list[ast.stmt], ast.stmt | None]] = [(self._file.tree.body, None)]
        while pending:
            block, owner = pending.pop()
            for statement in block:
                found[statement] = (block, owner)
                pending += ((inner, statement) for inner in _blocks_of(statement))
        return found

    @cached_property
    def _by_span(self) -> dict[Span, ast.stmt]:
        return {self._file.span(statement): statement for statement in self._blocks}

    def find(self, span: Span) -> Statement:
        """The statement that covers exactly this span.

        Raises FixImpossible where there is none, or it is an `elif`.
        """
        node = self._by_span.get(span)
        if node is None:
            raise FixImpossible(f"no statement at {span.line}:{span.column}")
        return self.around(node)

    def around(self, node: ast.stmt) -> Statement:
        """Raises FixImpossible for an `elif`."""
        block, owner = self._blocks[node]
        start, end = self.start(node), self.end(node)
        if isinstance(node, ast.If) and self._file.text.startswith("elif", start):
            raise FixImpossible("the statement is part of another one")
        if owner is None:
            return Statement(node, start, end, self._indent(start), self.unit, True, block, self._row(node), None)
        suite = self._suite(block)
        outer = self._indent(self.start(owner))
        indent = self._indent(start) if suite is None else outer + self.unit
        unit = indent.removeprefix(outer)
        return Statement(node, start, end, indent, unit, False, block, self._row(node), suite)

    def start(self, node: ast.stmt) -> int:
        """The offset of a statement, its decorators included."""
        decorators = getattr(node, "decorator_list", ())
        if not decorators:
            return self._file.offset(*self._file.position(node.lineno, node.col_offset))
        first = self._file.span(decorators[0])
        return self._file.text.rindex("@", 0, self._file.offset(first.line, first.column))

    def end(self, node: ast.stmt) -> int:
        span = self._file.span(node)
        return self._file.offset(span.end_line, span.end_column)

    def header_end(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        """The offset behind the colon of a function."""
        file = self._file
        depth = 0
        for token in tokenize.generate_tokens(io.StringIO("\n".join(file.lines[node.lineno - 1 :])).readline):
            if token.string in ("(", "[", "{"):
                depth += 1
            elif token.string in (")", "]", "}"):
                depth -= 1
            elif token.string == ":" and not depth:
                return file.offset(node.lineno - 1 + token.end[0], token.end[1] + 1)
        raise FixImpossible("the function has no colon")

    @cached_property
    def unit(self) -> str:
        """What the first indented block of the file is indented by."""
        indented = (
            (block[0].lineno, self._indent(self.start(block[0])).removeprefix(self._indent(self.start(owner))))
            for block, owner in self._blocks.values()
            if owner is not None and self._suite(block) is None
        )
        return min(indented, default=(0, _INDENT))[1]

    def _suite(self, block: list[ast.stmt]) -> int | None:
        """Behind the colon that a block stands on the line of."""
        text, first = self._file.text, self.start(block[0])
        before = text[text.rfind("\n", 0, first) + 1 : first]
        is_continued = text[: first - len(before)].endswith("\\\n")
        return text.rindex(":", 0, first) + 1 if before.strip() or is_continued else None

    def _row(self, node: ast.stmt) -> Sequence[ast.stmt]:
        block = self._blocks[node][0]
        first = last = block.index(node)
        while first and _share_line(block[first - 1], block[first]):
            first -= 1
        while last + 1 < len(block) and _share_line(block[last], block[last + 1]):
            last += 1
        return block[first : last + 1]

    def _indent(self, offset: int) -> str:
        """The white space that the line of an offset begins with."""
        text = self._file.text
        line = text[text.rfind("\n", 0, offset) + 1 : offset]
        return line[: len(line) - len(line.lstrip())]


def _blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    parts = (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
    for part in parts:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(part, name, None)
            if block:
                yield block


def _share_line(one: ast.stmt, other: ast.stmt) -> bool:
    return _is_simple(one) and one.end_lineno == other.lineno


def _is_simple(node: ast.stmt) -> bool:
    return not any(True for _ in _blocks_of(node))
