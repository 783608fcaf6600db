"""One file as fixes see it: its statements, and LibCST's tree with every node's place in the text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from alembic_vet.findings import Span
from alembic_vet.fixes.changes import FixImpossible
from alembic_vet.fixes.statements import Statements
from alembic_vet.source.file import SourceFile

if TYPE_CHECKING:
    import libcst as cst


class Syntax:
    """The tree is parsed when the first node is asked for; nothing else loads LibCST."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.statements = Statements(file)

    @cached_property
    def module(self) -> cst.Module:
        import libcst as cst

        try:
            return cst.parse_module(self.file.text)
        except (cst.ParserSyntaxError, RecursionError) as error:
            raise FixImpossible(f"LibCST cannot parse {self.file.path.name}") from error

    @cached_property
    def _spans(self) -> dict[cst.CSTNode, tuple[int, int]]:
        from libcst.metadata import MetadataWrapper, PositionProvider

        ranges = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
        offset = self.file.offset
        last = len(self.file.lines)
        return {
            node: (
                offset(place.start.line, place.start.column + 1),
                len(self.file.text) if place.end.line > last else offset(place.end.line, place.end.column + 1),
            )
            for node, place in ranges.items()
        }

    @cached_property
    def _by_span(self) -> dict[tuple[int, int], list[cst.CSTNode]]:
        found: dict[tuple[int, int], list[cst.CSTNode]] = {}
        for node, span in self._spans.items():
            found.setdefault(span, []).append(node)
            outer = self.outer(node)
            if outer != span:
                found.setdefault(outer, []).append(node)
        return found

    @cached_property
    def _parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        pending: list[cst.CSTNode] = [self.module]
        while pending:
            node = pending.pop()
            for child in node.children:
                found[child] = node
                pending.append(child)
        return found

    def start(self, node: cst.CSTNode) -> int:
        return self._spans[node][0]

    def end(self, node: cst.CSTNode) -> int:
        return self._spans[node][1]

    def outer(self, node: cst.CSTNode) -> tuple[int, int]:
        """The range of an expression with the parentheses around it."""
        start, end = self._spans[node]
        left, right = getattr(node, "lpar", None), getattr(node, "rpar", None)
        if isinstance(left, Sequence) and isinstance(right, Sequence) and left and right:
            return self._spans[left[0]][0], self._spans[right[-1]][1]
        return start, end

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def offsets(self, span: Span) -> tuple[int, int]:
        file = self.file
        return file.offset(span.line, span.column), file.offset(span.end_line, span.end_column)

    def find(self, span: Span, *kinds: type) -> cst.CSTNode:
        """The node of one of these kinds that covers exactly this span; the innermost first.

        Raises FixImpossible where there is none.
        """
        for node in self._by_span.get(self.offsets(span), ()):
            if isinstance(node, kinds):
                return node
        raise FixImpossible(f"no {kinds[0].__name__} at {span.line}:{span.column}")

    def line_start(self, offset: int) -> int:
        return self.file.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        end = self.file.text.find("\n", offset)
        return len(self.file.text) if end < 0 else end

    def indent_at(self, offset: int) -> str:
        """The white space that the line of an offset begins with."""
        line = self.file.text[self.line_start(offset) : self.line_end(offset)]
        return line[: len(line) - len(line.lstrip())]


@lru_cache(maxsize=4)
def syntax_of(file: SourceFile) -> Syntax:
    """One tree for all the fixes of a file: several rules want to change env.py."""
    return Syntax(file)
