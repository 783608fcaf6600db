"""Fixes chosen and applied to the texts of files; nothing is written here but by `write`."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from alembic_vet.findings import Edit, Finding, Fix, Safety
from alembic_vet.fixes.conflicts import Accepted
from alembic_vet.fixes.verify import damaged
from alembic_vet.fixes.write import write
from alembic_vet.source.file import SourceFile, Sources

__all__ = ["Applied", "Dropped", "apply", "write"]


class Dropped(Struct, frozen=True):
    """A finding whose fix was not applied, and why, as a clause."""

    finding: Finding
    reason: str


class Applied(Struct, frozen=True):
    """The changed files, the findings that are fixed, and those whose fixes were dropped."""

    files: tuple[SourceFile, ...]
    fixed: tuple[Finding, ...]
    dropped: tuple[Dropped, ...]


def apply(findings: Iterable[Finding], sources: Sources, *, allow: Safety) -> Applied:
    """Apply the fixes that are at most as unsafe as `allow`, in the order of the findings.

    A fix is applied whole or not at all: one that overlaps an earlier one, or after which
    a file no longer parses, is dropped; the next pass may bring it again.
    """
    levels = {Safety.SAFE: {Safety.SAFE}, Safety.UNSAFE: {Safety.SAFE, Safety.UNSAFE}}.get(allow, set())
    candidates = [
        (finding, finding.fix)
        for finding in sorted(findings, key=lambda finding: finding.sort_key)
        if finding.fix is not None and finding.fix.edits and finding.fix.safety in levels
    ]
    accepted = Accepted()
    fixed: list[tuple[Finding, Fix]] = []
    dropped: list[Dropped] = []
    for finding, fix in candidates:
        reason = _unfit(fix, sources) or accepted.add(fix, sources)
        if reason is None:
            fixed.append((finding, fix))
        else:
            dropped.append(Dropped(finding, reason))
    files, broken = _results(accepted, sources)
    if broken:
        fixed, files, more = _one_by_one(fixed, sources)
        dropped += more
    dropped.sort(key=lambda item: item.finding.sort_key)
    return Applied(files, tuple(finding for finding, _ in fixed), tuple(dropped))


def _one_by_one(
    candidates: list[tuple[Finding, Fix]], sources: Sources
) -> tuple[list[tuple[Finding, Fix]], tuple[SourceFile, ...], list[Dropped]]:
    """The same for fixes of which one or the other breaks a file: each is tried on top of the good ones."""
    good: list[tuple[Finding, Fix]] = []
    dropped: list[Dropped] = []
    files: tuple[SourceFile, ...] = ()
    for finding, fix in candidates:
        trial = Accepted()
        for _, earlier in good:
            trial.add(earlier, sources)
        reason = trial.add(fix, sources)
        if reason is None:
            results, broken = _results(trial, sources)
            reason = next(iter(broken), None)
        if reason is None:
            good.append((finding, fix))
            files = results
        else:
            dropped.append(Dropped(finding, reason))
    return good, files, dropped


def _results(accepted: Accepted, sources: Sources) -> tuple[tuple[SourceFile, ...], list[str]]:
    files: list[SourceFile] = []
    broken: list[str] = []
    for path in accepted.paths():
        file = sources.file(path)
        try:
            changed = file.with_edits((edit.span, edit.text) for edit in accepted.edits(path))
        except UnicodeEncodeError:
            broken.append(f"its encoding, {file.encoding}, cannot hold the result")
            continue
        reason = damaged(file, changed)
        if reason is not None:
            broken.append(reason)
        elif changed.data != file.data:
            files.append(changed)
    return tuple(files), broken


def _unfit(fix: Fix, sources: Sources) -> str | None:
    """Why a fix cannot be applied to the files as they are."""
    for path in sorted({edit.path for edit in fix.edits}):
        try:
            file = sources.file(path)
            if not file.is_exact:
                return f"{path.name} is not valid {file.encoding}"
        except OSError as error:
            return f"{path.name} cannot be read: {error.strerror}"
        if not all(_in_file(edit, file) for edit in fix.edits if edit.path == path):
            return f"{path.name} is not the file that the fix was made for"
    return None


def _in_file(edit: Edit, file: SourceFile) -> bool:
    span, lines = edit.span, file.lines
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )
