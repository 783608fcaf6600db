"""`alembic-vet: ignore` comments: which findings they silence, and how one is taken out again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from alembic_vet.findings import Span
from alembic_vet.source.comments import Comment, comments
from alembic_vet.source.file import SourceFile

MARKER = "alembic-vet:"

# A directive ends where another comment starts on the same line, such as one for ruff or mypy.
_DIRECTIVE = r"(?:#+|;)\s*alembic-vet:\s*(?P<body>.*?)\s*(?=$|\s#+(?:\s|noqa|type:|pragma:))"
_BODY = r"(?P<verb>ignore-file|ignore)(?P<list>\[(?P<names>[^]]*)\])?(?:\s+(?P<reason>\S.*))?"
_NAME = r"[^,\s]+"


class Suppression(Struct, frozen=True):
    """One comment that silences findings.

    `names` are the rules it names; none means every rule. `lines` are the first and last line whose findings
    it silences, `span` is the comment, `list_span` what stands between its brackets, and
    `removal` what has to go so that no trace of it is left.
    """

    names: tuple[str, ...]
    lines: tuple[int, int]
    reason: str
    span: Span
    removal: Span
    list_span: Span | None

    def covers(self, rule: str, line: int) -> bool:
        return self.lines[0] <= line <= self.lines[1] and (not self.names or rule in self.names)

    def without(self, names: Collection[str]) -> tuple[Span, str]:
        """The range to replace, and the text to put there, so that the comment no longer has `names`.

        The whole comment goes where no other name is left.
        """
        left = [name for name in self.names if name not in names]
        if not left or self.list_span is None:
            return self.removal, ""
        return self.list_span, ", ".join(dict.fromkeys(left))


class Suppressions:
    """The suppressions of one file; it remembers which of them were needed.

    `malformed` are comments that look like one and are none.
    """

    def __init__(self, found: Iterable[Suppression] = (), malformed: Iterable[Span] = ()) -> None:
        self.found = tuple(found)
        self.malformed = tuple(malformed)
        self._used: set[tuple[Suppression, str]] = set()

    def match(self, rule: str, where: Span | int) -> Suppression | None:
        """The suppression that silences a rule's finding, judged by its first line: the most precise of several.

        From now on it counts as used for that rule.
        """
        line = where if isinstance(where, int) else where.line
        covering = [suppression for suppression in self.found if suppression.covers(rule, line)]
        found = min(covering, key=lambda item: (item.lines[1] - item.lines[0], not item.names), default=None)
        if found:
            self._used.add((found, rule))
        return found

    def unused(self) -> Iterator[tuple[Suppression, tuple[str, ...]]]:
        """Suppressions that silenced nothing, or less than they name, with the names that were not needed.

        A comment without names has none to report.
        """
        for suppression in self.found:
            needed = {rule for used, rule in self._used if used == suppression}
            idle = tuple(dict.fromkeys(name for name in suppression.names if name not in needed))
            if idle or not needed:
                yield suppression, idle


def suppressions(file: SourceFile) -> Suppressions:
    """The suppressions of a file; none in a Python file that does not tokenize."""
    if MARKER.encode() not in file.data:
        return Suppressions()
    found: list[Suppression] = []
    malformed: list[Span] = []
    for comment in comments(file):
        for directive in re.finditer(_DIRECTIVE, comment.text):
            parsed = _parse(file, comment, directive)
            if isinstance(parsed, Span):
                malformed.append(parsed)
            else:
                found.append(parsed)
    return Suppressions(found, malformed)


def _parse(file: SourceFile, comment: Comment, directive: re.Match[str]) -> Suppression | Span:
    """The suppression a comment is, or its range where it is none."""
    start = comment.column + directive.start()
    span = Span(comment.line, start, comment.line, comment.column + directive.end("body"))
    body = re.fullmatch(_BODY, directive["body"])
    if body is None:
        return span
    names = tuple(re.findall(_NAME, body["names"] or ""))
    if body["list"] and not names:
        return span
    left = comment.column + directive.start("body")
    return Suppression(
        names=names,
        lines=(1, len(file.lines)) if body["verb"] == "ignore-file" else comment.covers,
        reason=body["reason"] or "",
        span=span,
        removal=_removal(file, span),
        list_span=Span(comment.line, left + body.start("names"), comment.line, left + body.end("names"))
        if body["list"]
        else None,
    )


def _removal(file: SourceFile, span: Span) -> Span:
    """A line that holds nothing else goes as a whole; else the comment goes with the blanks on its side."""
    text = file.lines[span.line - 1]
    before, after = text[: span.column - 1], text[span.end_column - 1 :]
    if after.strip():
        return Span(span.line, span.column, span.line, len(text) - len(after.lstrip()) + 1)
    if before.strip():
        return Span(span.line, len(before.rstrip()) + 1, span.line, len(text) + 1)
    if span.line < len(file.lines):
        return Span(span.line, 1, span.line + 1, 1)
    above = len(file.lines[span.line - 2]) + 1 if span.line > 1 else 1
    return Span(max(span.line - 1, 1), above, span.line, len(text) + 1)
