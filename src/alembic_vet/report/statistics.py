"""How often each rule spoke."""

from __future__ import annotations

from collections import Counter

from alembic_vet.findings import Report
from alembic_vet.report.closing import closing
from alembic_vet.report.context import RenderContext
from alembic_vet.report.style import SAFETY_COLORS, SEVERITY_COLORS, paint


def render(report: Report, context: RenderContext) -> str:
    """A line for each rule that has findings, the most frequent first."""
    counts = Counter(finding.rule for finding in report.findings)
    width = max((len(rule) for rule in counts), default=0)
    digits = len(str(max(counts.values(), default=0)))
    lines = []
    for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        found = [finding for finding in report.findings if finding.rule == rule]
        worst = max((finding.severity for finding in found), key=lambda severity: severity.rank)
        severity = paint(f"{worst.value:<7}", context, SEVERITY_COLORS[worst])
        lines.append(f"{count:>{digits}}  {rule:<{width}}  {severity}  {_fixes(report, rule, context)}".rstrip())
    return "".join(f"{line}\n" for line in (*lines, *closing(report, context)))


def _fixes(report: Report, rule: str, context: RenderContext) -> str:
    found = [finding.fix.safety for finding in report.findings if finding.rule == rule and finding.fix]
    return ", ".join(
        paint(f"{found.count(safety)} {safety.value} fix{'es' if found.count(safety) > 1 else ''}", context, color)
        for safety, color in SAFETY_COLORS.items()
        if safety in found
    )
