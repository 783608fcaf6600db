"""Statements: lines around them, statements deleted, wrapped, bodies replaced."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from alembic_vet.findings import Span
from alembic_vet.fixes.changes import Change, Deeper, FixImpossible, Order, indented
from alembic_vet.fixes.statements import Statement
from alembic_vet.fixes.syntax import Syntax
from alembic_vet.fixes.tokens import scan


class StatementPlan(Struct):
    """What happens around one statement: lines around it, or its end.

    Lines `above` stand above the comments that belong to the statement too.
    """

    above: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    deleted: bool = False


class Wrap(Struct, frozen=True):
    """Statements that become the body of a new one."""

    first: Span
    last: Span
    header: str


class Blocks:
    """Turns the plans for all statements of a file into changes."""

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.statements = syntax.statements
        self.plans: dict[Span, StatementPlan] = {}
        self.wraps: list[Wrap] = []
        self.gone: list[tuple[int, int]] = []
        self._starting: dict[ast.stmt, list[Deeper]] = {}
        self._ending: dict[ast.stmt, list[Deeper]] = {}

    def plan(self, span: Span) -> StatementPlan:
        return self.plans.setdefault(span, StatementPlan())

    def changes(self) -> tuple[list[Change], list[Deeper]]:
        """Raises FixImpossible where a statement cannot be found or moved."""
        changes: list[Change] = []
        deeper = list(self._wrapped(changes))
        deleted = {self.statements.find(span).node for span, plan in self.plans.items() if plan.deleted}
        for span, plan in self.plans.items():
            changes += self._planned(self.statements.find(span), plan, deleted)
        return changes, deeper

    def _planned(self, place: Statement, plan: StatementPlan, deleted: set[ast.stmt]) -> Iterator[Change]:
        if place.suite is not None and (plan.above or plan.before or plan.after):
            yield self._own_lines(place)
        index = list(place.row).index(place.node)
        if index and (plan.above or plan.before):
            yield Change(self.statements.end(place.row[index - 1]), place.start, f"\n{place.indent}")
        if not plan.deleted:
            around = tuple(self._starting.get(place.node, ()))
            for lines, start in ((plan.above, self.start_with_comments(place)), (plan.before, place.start)):
                if lines:
                    yield self._before(place, lines, start, around)
            if plan.after:
                yield from self._after(place, plan.after)
            return
        kept = plan.above + plan.before + plan.after
        if not kept and place.siblings[-1] is place.node and deleted.issuperset(place.siblings):
            kept = [] if place.is_top else ["pass"]
        if kept:
            self.gone.append((place.start, place.end))
            yield Change(place.start, place.end, joined(kept, place.indent))
            return
        yield self._deletion(place, deleted)

    def _before(self, place: Statement, lines: Sequence[str], start: int, around: tuple[Deeper, ...]) -> Change:
        text = f"{joined(lines, place.indent)}\n{place.indent}"
        line = self.syntax.line_start(start)
        if not lines[0] and not around and not self.syntax.file.text[line:start].strip():
            return Change(line, start, text, Order.REPLACE, -1, place.start)
        return Change(start, start, text, Order.BEFORE, -1, place.start, around)

    def _after(self, place: Statement, lines: Sequence[str]) -> Iterator[Change]:
        follower = _follower(place)
        if follower is not None:
            yield self._split(place, follower)
            start = self.statements.start(follower)
            text = joined(lines, place.indent) + "\n" + place.indent
            yield Change(start, start, text, Order.AFTER, -place.start, place.start)
            return
        end = self.last_line_end(place)
        text = indented("\n".join(["", *lines]), place.indent)
        outside = tuple(self._ending.get(place.node, ()))
        yield Change(end, end, text, Order.AFTER, -place.start, place.start, outside)

    def _split(self, place: Statement, follower: ast.stmt) -> Change:
        return Change(place.end, self.statements.start(follower), f"\n{place.indent}")

    def _own_lines(self, place: Statement) -> Change:
        assert place.suite is not None
        return Change(place.suite, self.statements.start(place.row[0]), f"\n{place.indent}")

    def last_line_end(self, place: Statement) -> int:
        """The end of a statement's last line, with the comments that only its own block can hold."""
        text = self.syntax.file.text
        end = self.syntax.line_end(place.end)
        if place.is_simple:
            return end
        depth = len(place.indent.expandtabs())
        position = end
        while position < len(text):
            stop = self.syntax.line_end(position + 1)
            line = text[position + 1 : stop].expandtabs()
            position = stop
            if not line.strip():
                continue
            if not line.lstrip().startswith("#") or len(line) - len(line.lstrip()) <= depth:
                break
            end = stop
        return end

    def _deletion(self, place: Statement, deleted: set[ast.stmt]) -> Change:
        index = list(place.row).index(place.node)
        if len(place.row) > 1:
            if index + 1 < len(place.row):
                start, end = place.start, self.statements.start(place.row[index + 1])
            else:
                start, end = self.statements.end(place.row[index - 1]), place.end
        elif place.suite is not None:
            start, end = place.start, place.end
        else:
            start, end = self._lines_to_delete(place, deleted)
        self.gone.append((start, end))
        return Change(start, end, "")

    def _lines_to_delete(self, place: Statement, deleted: set[ast.stmt]) -> tuple[int, int]:
        """A statement's lines with the newline before them, and blank lines so that none pile up."""
        text = self.syntax.file.text
        siblings = list(place.siblings)
        first = last = siblings.index(place.node)
        while first and siblings[first - 1] in deleted:
            first -= 1
        while last + 1 < len(siblings) and siblings[last + 1] in deleted:
            last += 1
        start, end = self.syntax.line_start(place.start) - 1, self.last_line_end(place)
        above = len(text[: max(start, 0)]) - len(text[: max(start, 0)].rstrip("\n"))
        run_end = self.last_line_end(self.statements.around(siblings[last]))
        below = max(0, len(text[run_end:]) - len(text[run_end:].lstrip("\n")) - 1)
        alone = start < 0 or (first == 0 and not place.is_top)
        if alone and siblings[last] is place.node:
            end += below + (start < 0)
        if alone or siblings[first] is not place.node or not text[run_end:].strip():
            return max(0, start - above), min(end, len(text))
        return start - min(above, below), end

    def _wrapped(self, changes: list[Change]) -> Iterator[Deeper]:
        found = [(self.statements.find(wrap.first), self.statements.find(wrap.last), wrap) for wrap in self.wraps]
        found.sort(key=lambda item: (item[0].start, -item[1].end))
        outer: list[tuple[Statement, int, str]] = []
        for rank, (_, _, wrap) in enumerate(found):
            first, last, start, end = self.whole_lines(wrap.first, wrap.last)
            if first.suite is not None:
                changes.append(self._own_lines(first))
            around = [unit for place, stop, unit in outer if stop >= end]
            if len(around) != len([stop for _, stop, _ in outer if stop > start]):
                raise FixImpossible("two blocks to wrap overlap")
            outer.append((first, end, first.unit))
            base = first.indent + "".join(around)
            header = f"{wrap.header}\n{base}{first.unit}"
            changes.append(Change(start, start, header, Order.BEFORE, rank, anchor=-1))
            changes += self._moved_lines(start, end, first.unit, rank)
            deeper = Deeper(start, end, first.unit, rank)
            self._starting.setdefault(first.node, []).append(deeper)
            self._ending.setdefault(last.node, []).append(deeper)
            yield deeper

    def whole_lines(self, first: Span, last: Span) -> tuple[Statement, Statement, int, int]:
        """Two statements of one block, and the range from one to the other with their comments.

        Raises FixImpossible where something else is on their lines.
        """
        top, bottom = self.statements.find(first), self.statements.find(last)
        if top.siblings is not bottom.siblings or top.row[0] is not top.node or bottom.row[-1] is not bottom.node:
            raise FixImpossible("the statements are not whole lines of one block")
        return top, bottom, self.start_with_comments(top), self.last_line_end(bottom)

    def _moved_lines(self, start: int, end: int, unit: str, rank: int) -> Iterator[Change]:
        file = self.syntax.file
        inside = scan(file.text).string_lines
        first = file.text.count("\n", 0, start) + 1
        for number in range(first + 1, first + file.text.count("\n", start, end) + 1):
            if number not in inside and file.lines[number - 1].strip():
                offset = file.offset(number, 1)
                yield Change(offset, offset, unit, Order.INDENT, rank)

    def start_with_comments(self, place: Statement) -> int:
        """Where a statement starts, with the comment lines that touch it from above.

        `# ### commands auto generated by Alembic` is about all that follows.
        """
        start = place.start
        if place.row[0] is not place.node or place.suite is not None:
            return start
        if self.syntax.line_start(start) + len(place.indent) != start:
            return start
        text = self.syntax.file.text
        line = self.syntax.line_start(start)
        while line:
            above = self.syntax.line_start(line - 1)
            comment = text[above:line].removeprefix(place.indent)
            if not comment.startswith("#") or comment.startswith("# ###"):
                break
            start, line = above + len(place.indent), above
        return start


def _follower(place: Statement) -> ast.stmt | None:
    row = list(place.row)
    index = row.index(place.node)
    return row[index + 1] if index + 1 < len(row) else None


def joined(lines: Sequence[str], indent: str) -> str:
    """Lines as the text of a block of that indentation; its first line has none."""
    return indented("\n".join(lines), indent)
