"""Findings for people: the source lines, what else explains them, and what would fix them."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.findings import Finding, Fix, Location, Report
from alembic_vet.report.closing import closing
from alembic_vet.report.context import RenderContext, one_line
from alembic_vet.report.style import SAFETY_COLORS, SEVERITY_COLORS, headline, marked, paint


def render(report: Report, context: RenderContext) -> str:
    blocks = ["\n".join(_block(finding, context)) for finding in report.findings]
    end = "\n".join(closing(report, context))
    return "".join(f"{block}\n\n" for block in blocks) + (f"{end}\n" if end else "")


def _block(finding: Finding, context: RenderContext) -> Iterator[str]:
    from alembic_vet.report.excerpt import Excerpt

    places = [finding.location, *(related.location for related in finding.related)]
    gutter = max(len(str(_last_line(place) + 1)) for place in places)
    yield headline(finding, context)
    excerpt = Excerpt(finding.location, context, gutter, SEVERITY_COLORS[finding.severity])
    yield from excerpt.lines(around=1)
    for related in finding.related:
        yield _pointer(related.location, related.message, context, gutter)
        yield from Excerpt(related.location, context, gutter, "blue").lines(mark="-")
    if finding.fix:
        yield from _fix(finding.fix, context, gutter)


def _last_line(location: Location) -> int:
    return max(location.span.line, location.span.end_line)


def _pointer(location: Location, message: str, context: RenderContext, gutter: int) -> str:
    span = location.span
    arrow = paint(f"{' ' * gutter}-->", context, "blue")
    place = f"{one_line(context.path(location.path))}:{span.line}:{span.column}:"
    return f"{arrow} {paint(place, context, dim=True)} {marked(message, context)}"


def _fix(fix: Fix, context: RenderContext, gutter: int) -> Iterator[str]:
    label = paint(f"fix ({fix.safety.value}):", context, SAFETY_COLORS[fix.safety], bold=True)
    yield f"{' ' * gutter} {paint('=', context, 'blue')} {label} {marked(fix.title, context)}"
    if context.verbosity == "verbose":
        from alembic_vet.report.patch import preview

        yield from (f"{' ' * gutter}   {line}" for line in preview(fix, context))
