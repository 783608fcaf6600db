"""The intentions of one rewrite, and the changes of the text that carry them out."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from alembic_vet.findings import Span
from alembic_vet.fixes import expressions
from alembic_vet.fixes.blocks import Blocks, Wrap
from alembic_vet.fixes.calls import KeywordPlan, keyword_changes
from alembic_vet.fixes.changes import Change, Order, compose
from alembic_vet.fixes.extraction import Extraction, extract
from alembic_vet.fixes.functions import BodyPlan, asynchrony_changes, body_changes, rename_changes
from alembic_vet.fixes.imports import NewImport, import_changes
from alembic_vet.fixes.remarks import remark_changes
from alembic_vet.fixes.syntax import Syntax
from alembic_vet.fixes.tokens import scan


class Plan(Struct):
    """What is intended, by the place that it concerns."""

    replaced: list[tuple[Span, str, bool]] = field(default_factory=list)
    keywords: dict[Span, KeywordPlan] = field(default_factory=dict)
    appended: dict[Span, list[str]] = field(default_factory=dict)
    surrounded: list[tuple[Span, str, str]] = field(default_factory=list)
    awaited: list[Span] = field(default_factory=list)
    before: list[tuple[Span, Sequence[str]]] = field(default_factory=list)
    after: list[tuple[Span, Sequence[str]]] = field(default_factory=list)
    deleted: list[Span] = field(default_factory=list)
    wraps: list[Wrap] = field(default_factory=list)
    extractions: list[Extraction] = field(default_factory=list)
    at_end: list[str] = field(default_factory=list)
    remarks: dict[int, list[str]] = field(default_factory=dict)
    bodies: dict[Span, BodyPlan] = field(default_factory=dict)
    asynchrony: dict[Span, bool] = field(default_factory=dict)
    renamed: dict[Span, str] = field(default_factory=dict)

    def changes(
        self, syntax: Syntax, imports: Sequence[NewImport], unused: Sequence[str]
    ) -> tuple[list[Change], list[str]]:
        """The changes in order, and the comments that go because their place does.

        Raises FixImpossible.
        """
        gone: list[tuple[int, int]] = []
        changes = self._local(syntax, gone)
        blocks = self._blocks(syntax)
        if imports or unused:
            changes += import_changes(syntax, blocks, imports, unused)
        found, deeper = blocks.changes()
        changes += found
        for extraction in self.extractions:
            changes, deeper = extract(syntax, blocks, extraction, changes, deeper)
        if self.at_end:
            changes.append(_at_end(syntax.file.text, self.at_end))
        return compose(changes, deeper), _comments(syntax, gone + blocks.gone)

    def _local(self, syntax: Syntax, gone: list[tuple[int, int]]) -> list[Change]:
        """Changes within expressions and headers."""
        changes: list[Change] = []
        for span, text, drop_comments in self.replaced:
            start, end = syntax.offsets(span)
            changes.append(Change(start, end, text))
            if drop_comments:
                gone.append((start, end))
        changes += remark_changes(syntax.file, self.remarks, gone)
        for span, texts in self.appended.items():
            changes += expressions.append(syntax, span, texts)
        for span, before, after in self.surrounded:
            changes += expressions.surround(syntax, span, before, after)
        for span in self.awaited:
            changes += expressions.await_(syntax, span)
        for span, plan in self.keywords.items():
            changes += keyword_changes(syntax, span, plan, gone)
        for span, body in self.bodies.items():
            changes += body_changes(syntax, span, body, gone)
        for span, is_async in self.asynchrony.items():
            changes += asynchrony_changes(syntax, span, is_async)
        for span, name in self.renamed.items():
            changes += rename_changes(syntax, span, name)
        return changes

    def _blocks(self, syntax: Syntax) -> Blocks:
        blocks = Blocks(syntax)
        for span, lines in self.before:
            blocks.plan(span).above += lines
        for span, lines in self.after:
            blocks.plan(span).after += lines
        for span in self.deleted:
            blocks.plan(span).deleted = True
        blocks.wraps = list(self.wraps)
        return blocks


def _comments(syntax: Syntax, ranges: Sequence[tuple[int, int]]) -> list[str]:
    file = syntax.file
    if not any("#" in file.text[start:end] for start, end in ranges):
        return []
    return [
        comment.text
        for comment in scan(file.text).comments
        if any(start <= file.offset(comment.line, comment.column) < end for start, end in ranges)
    ]


def _at_end(text: str, lines: Sequence[str]) -> Change:
    body = "\n".join(lines).strip("\n")
    present = len(text) - len(text.rstrip("\n"))
    gap = "\n" * max(0, 3 - present) if text.strip() else ""
    return Change(len(text), len(text), f"{gap}{body}\n", Order.AFTER, 1, anchor=-1)
