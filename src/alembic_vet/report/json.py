"""Machine-readable findings; the shape is documented in the README and does not change within a version."""

from __future__ import annotations

from alembic_vet.findings import Edit, Finding, Fix, Related, Report, Span
from alembic_vet.report.context import RenderContext

VERSION = 1


def render(report: Report, context: RenderContext) -> str:
    import json

    summary = report.summary
    document = {
        "version": VERSION,
        "findings": [_finding(finding, context) for finding in report.findings],
        "summary": {
            "environments": summary.environments,
            "files": summary.files,
            "revisions": summary.revisions,
            "errors": summary.errors,
            "warnings": summary.warnings,
            "fixable": summary.fixable,
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding, context: RenderContext) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "family": finding.family,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": context.path(finding.location.path),
        **_span(finding.location.span),
        "related": [_related(related, context) for related in finding.related],
        "fix": _fix(finding.fix, context) if finding.fix else None,
        "url": context.help(finding.rule).url,
    }


def _related(related: Related, context: RenderContext) -> dict[str, object]:
    return {
        "path": context.path(related.location.path),
        "line": related.location.span.line,
        "column": related.location.span.column,
        "message": related.message,
    }


def _fix(fix: Fix, context: RenderContext) -> dict[str, object]:
    return {
        "title": fix.title,
        "safety": fix.safety.value,
        "edits": [_edit(edit, context) for edit in fix.edits],
    }


def _edit(edit: Edit, context: RenderContext) -> dict[str, object]:
    return {"path": context.path(edit.path), **_span(edit.span), "text": edit.text}


def _span(span: Span) -> dict[str, object]:
    return {
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
