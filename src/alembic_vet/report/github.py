"""Workflow commands that GitHub Actions shows as annotations.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
from pathlib import Path

from alembic_vet.findings import Finding, Report, Severity
from alembic_vet.report.context import RenderContext

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, context: RenderContext) -> str:
    return "".join(f"{_command(finding, context)}\n" for finding in report.findings)


def _command(finding: Finding, context: RenderContext) -> str:
    span = finding.location.span
    properties: dict[str, object] = {
        "title": f"alembic-vet ({finding.rule})",
        "file": _path(finding.location.path, context),
        "line": span.line,
        "endLine": span.end_line,
    }
    # GitHub refuses columns for a range of several lines, and its end is inclusive.
    if span.line == span.end_line:
        properties["col"] = span.column
        properties["endColumn"] = max(span.end_column - 1, span.column)
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {listed}::{_data(_message(finding, context))}"


def _message(finding: Finding, context: RenderContext) -> str:
    lines = [finding.message]
    for related in finding.related:
        span = related.location.span
        lines.append(f"{_path(related.location.path, context)}:{span.line}:{span.column}: {related.message}")
    if finding.fix:
        lines.append(f"fix ({finding.fix.safety.value}): {finding.fix.title}")
    return "\n".join(lines)


def _path(path: Path, context: RenderContext) -> str:
    """Annotations want paths from the repository's top, which need not be the step's working folder."""
    try:
        return path.relative_to(os.environ["GITHUB_WORKSPACE"]).as_posix()
    except (KeyError, ValueError):
        return context.path(path)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
