"""Fixes that can be applied together."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic_vet.findings import Edit, Fix, Span
from alembic_vet.source.file import SourceFile, Sources


class Accepted:
    """The edits of the fixes accepted so far.

    Two fixes may share an edit to the imports; any other edits that overlap or touch are a
    conflict, since neither fix was made with the other in mind. So is any edit among lines
    that another fix indents.
    """

    def __init__(self) -> None:
        self._edits: dict[Path, list[Edit]] = {}
        self._fixes: set[tuple[Edit, ...]] = set()
        self._indented: list[tuple[Path, Span]] = []

    def paths(self) -> list[Path]:
        return sorted(self._edits)

    def edits(self, path: Path) -> list[Edit]:
        """The edits of one file from its start to its end, none overlapping another."""
        return sorted(self._edits[path])

    def add(self, fix: Fix, sources: Sources) -> str | None:
        """Accept a fix whole, or say why not."""
        if fix.edits in self._fixes:
            return None
        indented = list(_indented_ranges(fix))
        known = [edit for edits in self._edits.values() for edit in edits]
        if _hits(fix.edits, self._indented) or _hits(known, indented):
            return "it overlaps another fix"
        fresh: list[Edit] = []
        for edit in fix.edits:
            touching = [other for other in self._edits.get(edit.path, ()) if _touch(edit.span, other.span)]
            if not touching:
                fresh.append(edit)
            elif not _concerns_imports(edit, sources.file(edit.path)) or any(
                other != edit and not _independent(edit, other) for other in touching
            ):
                return "it overlaps another fix"
            elif edit not in touching:
                fresh.append(edit)
        for edit in fresh:
            self._edits.setdefault(edit.path, []).append(edit)
        self._fixes.add(fix.edits)
        self._indented += indented
        return None


def _indented_ranges(fix: Fix) -> Iterator[tuple[Path, Span]]:
    """In each file, the lines from the first to the last that a fix moves to the right."""
    lines: dict[Path, list[int]] = {}
    for edit in fix.edits:
        if edit.span == Span.empty(edit.span.line, 1) and edit.text and not edit.text.strip(" \t"):
            lines.setdefault(edit.path, []).append(edit.span.line)
    for path, numbers in lines.items():
        yield path, Span(min(numbers), 1, max(numbers) + 1, 0)


def _hits(edits: Iterable[Edit], ranges: list[tuple[Path, Span]]) -> bool:
    return any(edit.path == path and _touch(edit.span, span) for edit in edits for path, span in ranges)


def _touch(one: Span, other: Span) -> bool:
    first, second = sorted((one, other))
    return (second.line, second.column) <= (first.end_line, first.end_column)


def _independent(one: Edit, other: Edit) -> bool:
    """Whether two insertions at one place are different imports, which may stand in any order."""
    if one.span != other.span or one.span != Span.empty(one.span.line, one.span.column):
        return False
    mine, theirs = (set(edit.text.replace(",", "\n").split("\n")) for edit in (one, other))
    return not {text.strip() for text in mine} & {text.strip() for text in theirs} - {""}


def _concerns_imports(edit: Edit, file: SourceFile) -> bool:
    """Whether an edit adds import statements, or names to one."""
    lines = [line for line in edit.text.split("\n") if line.strip()]
    if lines and all(line.lstrip().startswith(("import ", "from ")) for line in lines):
        return True
    if file.path.suffix != ".py":
        return False
    behind = edit.text.startswith("\n")
    return any(
        span.contains(edit.span) and not (behind and edit.span >= Span.empty(span.end_line, span.end_column))
        for span in _import_spans(file)
    )


def _import_spans(file: SourceFile) -> Iterator[Span]:
    if file.unparsable is None:
        for node in file.tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield file.span(node)
