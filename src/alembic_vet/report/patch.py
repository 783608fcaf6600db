"""Unified diffs, of whole runs and of single fixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic_vet.findings import Edit, Fix
from alembic_vet.report.context import RenderContext
from alembic_vet.report.style import paint
from alembic_vet.source.file import SourceFile

_NO_NEWLINE = "\\ No newline at end of file"


def patch(changed: Iterable[tuple[Path, bytes, bytes]], context: RenderContext) -> str:
    """What `git apply` and `patch -p1` take: one unified diff of all files."""
    return "".join(
        f"{line}\n"
        for path, before, after in changed
        for line in _diff(context.path(path), _text(path, before), _text(path, after), context)
    )


def preview(fix: Fix, context: RenderContext) -> Iterator[str]:
    """The diff that one fix makes, without file headers where there is one file only."""
    paths = list(dict.fromkeys(edit.path for edit in fix.edits))
    for path in paths:
        try:
            file = context.sources.file(path)
            before, after = file.text, _applied(file, [edit for edit in fix.edits if edit.path == path])
        except OSError:
            continue
        lines = list(_diff(context.path(path), before, after, context))
        yield from lines[2:] if len(paths) == 1 else lines


def _applied(file: SourceFile, edits: list[Edit]) -> str:
    text = file.text
    for edit in sorted(edits, reverse=True):
        start = file.offset(edit.span.line, edit.span.column)
        end = file.offset(edit.span.end_line, edit.span.end_column)
        text = text[:start] + edit.text + text[end:]
    return text


def _text(path: Path, data: bytes) -> str:
    return data.decode(SourceFile(path, data).encoding, errors="surrogateescape")


def _diff(name: str, before: str, after: str, context: RenderContext) -> Iterator[str]:
    from difflib import unified_diff

    for line in unified_diff(_lines(before), _lines(after), fromfile=f"a/{name}", tofile=f"b/{name}"):
        yield _colored(line.removesuffix("\n"), context)
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _lines(text: str) -> list[str]:
    """Lines that keep their ends; a form feed ends none, and `\\r` of `\\r\\n` belongs to the line."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _colored(line: str, context: RenderContext) -> str:
    if line.startswith(("---", "+++")):
        return paint(line, context, bold=True)
    colors = {"@": "cyan", "-": "red", "+": "green"}
    return paint(line, context, colors[line[0]]) if line[:1] in colors else line
