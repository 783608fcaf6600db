"""How text looks on a terminal."""

from __future__ import annotations

from alembic_vet.findings import Finding, Safety, Severity
from alembic_vet.report.context import RenderContext, one_line

SEVERITY_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
SAFETY_COLORS = {Safety.SAFE: "green", Safety.UNSAFE: "yellow", Safety.DISPLAY: "blue"}

_COLORS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36}
_BOLD, _DIM = 1, 2


def paint(text: str, context: RenderContext, fg: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
    """Text in a colour, where colours are wanted."""
    if not (context.color and text):
        return text
    return _styled(text, *[_COLORS[fg]] if fg else [], *[_BOLD] if bold else [], *[_DIM] if dim else [])


def _styled(text: str, *codes: int) -> str:
    return "".join(f"\x1b[{code}m" for code in codes) + text + "\x1b[0m"


def marked(text: str, context: RenderContext) -> str:
    """One line of text whose `names in backticks` stand out."""
    text = one_line(text)
    if not context.color or text.count("`") % 2:
        return text
    parts = text.split("`")
    return "".join(_styled(f"`{part}`", _BOLD) if index % 2 else part for index, part in enumerate(parts))


def headline(finding: Finding, context: RenderContext) -> str:
    """`path:line:column: severity[rule] message`."""
    span = finding.location.span
    color = SEVERITY_COLORS[finding.severity]
    path = paint(one_line(context.path(finding.location.path)), context, bold=True)
    place = paint(f":{span.line}:{span.column}:", context, dim=True)
    severity = paint(finding.severity.value, context, color, bold=True)
    return f"{path}{place} {severity}{paint(f'[{finding.rule}]', context, color)} {marked(finding.message, context)}"
