"""SARIF 2.1.0, which code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from alembic_vet import __version__
from alembic_vet.findings import Edit, Finding, Fix, Location, Report, Safety, Severity, Span
from alembic_vet.report.context import RenderContext, RuleHelp

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

_Object = dict[str, object]


def render(report: Report, context: RenderContext) -> str:
    import json

    rules = [context.help(name) for name in sorted({finding.rule for finding in report.findings})]
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(rules)},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that alembic-vet ran in."}}},
                "invocations": [_invocation(report)],
                "results": _results(report.findings, [rule.name for rule in rules], context),
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _driver(rules: Iterable[RuleHelp]) -> _Object:
    return {
        "name": "alembic-vet",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: RuleHelp) -> _Object:
    described: _Object = {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.markdown, "markdown": rule.markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["alembic", rule.family] if rule.family else ["alembic"]},
    }
    return {**described, "helpUri": rule.url} if rule.url else described


def _invocation(report: Report) -> _Object:
    problems = [{"level": "error", "message": {"text": problem}} for problem in report.problems]
    return {"executionSuccessful": not problems, "toolExecutionNotifications": problems}


def _results(findings: Iterable[Finding], rules: list[str], context: RenderContext) -> list[_Object]:
    """One result a finding; the fingerprint counts findings that nothing but their line tells apart."""
    seen: Counter[str] = Counter()
    results: list[_Object] = []
    for finding in findings:
        key = _fingerprint(finding, context)
        seen[key] += 1
        result: _Object = {
            "ruleId": finding.rule,
            "ruleIndex": rules.index(finding.rule),
            "level": _LEVELS[finding.severity],
            "message": {"text": finding.message},
            "locations": [{"physicalLocation": _location(finding.location, context)}],
            "partialFingerprints": {"alembicVet/v1": f"{key}:{seen[key]}"},
        }
        if finding.related:
            result["relatedLocations"] = [
                {
                    "id": number,
                    "physicalLocation": _location(related.location, context),
                    "message": {"text": related.message},
                }
                for number, related in enumerate(finding.related, start=1)
            ]
        if finding.fix and finding.fix.safety is not Safety.DISPLAY and finding.fix.edits:
            result["fixes"] = [_fix(finding.fix, context)]
        results.append(result)
    return results


def _fingerprint(finding: Finding, context: RenderContext) -> str:
    """The same for a finding whose lines moved: rule, file and the text of the lines, but not their numbers."""
    from hashlib import sha256

    location = finding.location
    lines = [
        (context.line(location.path, number) or "").strip()
        for number in range(location.span.line, location.span.end_line + 1)
    ]
    text = "\0".join([finding.rule, context.path(location.path), *lines])
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def _fix(fix: Fix, context: RenderContext) -> _Object:
    paths = dict.fromkeys(edit.path for edit in fix.edits)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path, context),
                "replacements": [_replacement(edit) for edit in fix.edits if edit.path == path],
            }
            for path in paths
        ],
        "properties": {"safety": fix.safety.value},
    }


def _replacement(edit: Edit) -> _Object:
    deleted: _Object = {"deletedRegion": _region(edit.span)}
    return {**deleted, "insertedContent": {"text": edit.text}} if edit.text else deleted


def _location(location: Location, context: RenderContext) -> _Object:
    return {"artifactLocation": _artifact(location.path, context), "region": _region(location.span)}


def _artifact(path: Path, context: RenderContext) -> _Object:
    if not path.is_relative_to(context.cwd):
        return {"uri": path.as_uri()}
    return {"uri": quote(path.relative_to(context.cwd).as_posix()), "uriBaseId": ROOT}


def _region(span: Span) -> _Object:
    """Like ours, SARIF's columns start at 1 and its end is exclusive."""
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
