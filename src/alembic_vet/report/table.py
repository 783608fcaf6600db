"""The rules as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from alembic_vet.report.context import RenderContext, RuleHelp, counted
from alembic_vet.report.page import facts
from alembic_vet.report.style import SEVERITY_COLORS, marked, paint

VERSION = 1


def render(rules: Sequence[RuleHelp], context: RenderContext) -> str:
    """A block a family: name, severity, how often it can be fixed, summary."""
    width = max((len(rule.name) for rule in rules), default=0)
    left = max(context.width - width - len("  warning  sometimes  ") - 2, 30)
    lines: list[str] = []
    for family, members in groupby(sorted(rules, key=lambda rule: (rule.family, rule.name)), lambda rule: rule.family):
        lines += [paint(family, context, bold=True), *(_row(rule, width, left, context) for rule in members), ""]
    fixable = sum(rule.fixable != "never" for rule in rules)
    lines.append(f"{counted(len(rules), 'rule')}, {fixable} with a fix. `alembic-vet rule NAME` explains one.")
    return "".join(f"{line}\n" for line in lines)


def _row(rule: RuleHelp, width: int, left: int, context: RenderContext) -> str:
    severity = paint(f"{rule.severity.value:<7}", context, SEVERITY_COLORS[rule.severity])
    fix = paint(f"{'' if rule.fixable == 'never' else rule.fixable:<9}", context, "green")
    summary = rule.summary if rule.default else f"(off) {rule.summary}"
    clipped = summary if len(summary) <= left else f"{summary[: left - 3].rstrip()}..."
    return f"  {rule.name:<{width}}  {severity}  {fix}  {marked(clipped, context)}".rstrip()


def render_json(rules: Iterable[RuleHelp]) -> str:
    import json

    return json.dumps({"version": VERSION, "rules": [facts(rule) for rule in rules]}, indent=2) + "\n"
