"""One line a finding."""

from __future__ import annotations

from alembic_vet.findings import Finding, Report, Safety
from alembic_vet.report.closing import closing
from alembic_vet.report.context import RenderContext
from alembic_vet.report.style import SAFETY_COLORS, headline, paint

_MARKS = {Safety.SAFE: " [fix]", Safety.UNSAFE: " [unsafe fix]", Safety.DISPLAY: ""}


def render(report: Report, context: RenderContext) -> str:
    lines = [_line(finding, context) for finding in report.findings]
    return "".join(f"{line}\n" for line in (*lines, *closing(report, context)))


def _line(finding: Finding, context: RenderContext) -> str:
    if not finding.fix:
        return headline(finding, context)
    safety = finding.fix.safety
    return headline(finding, context) + paint(_MARKS[safety], context, SAFETY_COLORS[safety])
