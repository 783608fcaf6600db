"""The last lines of a report: what was fixed, what was found, what can be fixed."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.findings import Report, Safety, Severity
from alembic_vet.report.context import RenderContext, counted
from alembic_vet.report.style import SEVERITY_COLORS, paint

_NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("info", "info"),
}


def closing(report: Report, context: RenderContext) -> Iterator[str]:
    """One to three lines; none where the user wants quiet."""
    if context.verbosity == "quiet":
        return
    if report.fixed:
        yield _fixed(report, context)
    if report.findings:
        yield _found(report, context)
    elif report.summary.environments:
        checked = _checked(report)
        if not report.summary.files and not report.fixed:
            yield f"Nothing checked: no file of {counted(report.summary.environments, 'environment')} is in these paths."
            return
        left = ("Nothing would be left" if context.dry else "Nothing is left") if report.fixed else "Nothing found"
        yield paint(left, context, "green", bold=True) + f" in {checked}."
    if report.findings and context.verbosity == "verbose":
        yield f"Checked {_checked(report)}."


def _fixed(report: Report, context: RenderContext) -> str:
    rules = [finding.rule for finding in report.fixed]
    by_rule = ", ".join(
        f"{rule} ({rules.count(rule)})" if rules.count(rule) > 1 else rule for rule in sorted(set(rules))
    )
    verb = "Would fix" if context.dry else "Fixed"
    where = f" in {counted(len(report.changed), 'file')}" if report.changed else ""
    return paint(f"{verb} {counted(len(rules), 'finding')}", context, "green", bold=True) + f"{where}: {by_rule}."


def _found(report: Report, context: RenderContext) -> str:
    found = [finding.severity for finding in report.findings]
    counts = ", ".join(
        paint(counted(found.count(severity), *_NOUNS[severity]), context, SEVERITY_COLORS[severity], bold=True)
        for severity in reversed(Severity)
        if severity in found
    )
    fixable = _fixable(report, context)
    remaining = "Left" if report.fixed else "Found"
    return f"{remaining}: {counts}{f' ({fixable})' if fixable else ''}."


def _fixable(report: Report, context: RenderContext) -> str:
    """Which of the fixes that this run did not make the user can still ask for."""
    fixes = [finding.fix.safety for finding in report.findings if finding.fix]
    safe = fixes.count(Safety.SAFE) if context.fixing is None else 0
    unsafe = fixes.count(Safety.UNSAFE) if context.fixing is not Safety.UNSAFE else 0
    if safe and unsafe:
        return f"{safe} fixable with --fix, {unsafe} more with --unsafe-fixes"
    if safe:
        return f"{safe} fixable with --fix"
    return f"{unsafe} fixable with --fix --unsafe-fixes" if unsafe else ""


def _checked(report: Report) -> str:
    summary = report.summary
    return (
        f"{counted(summary.environments, 'environment')} with {counted(summary.files, 'file')},"
        f" {counted(summary.revisions, 'revision')} among them"
    )
