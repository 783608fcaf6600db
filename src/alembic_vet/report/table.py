"""The rules as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from alembic_vet.report.context import RenderContext, RuleHelp, counted
from alembic_vet.report.page import facts
from alembic_vet.report.style import SEVERITY_COLORS, marked, paint

VERSION = 1

# What surrounds the rule's name in front of its summary.
_COLUMNS = len("    warning  sometimes  ")


def render(rules: Sequence[RuleHelp], context: RenderContext) -> str:
    """A block a family: name, severity, how often it can be fixed, summary."""
    width = max((len(rule.name) for rule in rules), default=0)
    left = max(context.width - width - _COLUMNS, 30)
    lines: list[str] = []
    for family, members in groupby(sorted(rules, key=lambda rule: (rule.family, rule.name)), lambda rule: rule.family):
        lines.append(paint(family, context, bold=True))
        lines += [line for rule in members for line in _row(rule, width, left, context)]
        lines.append("")
    fixable = sum(rule.fixable != "never" for rule in rules)
    lines.append(f"{counted(len(rules), 'rule')}, {fixable} with a fix. `alembic-vet rule NAME` explains one.")
    return "".join(f"{line}\n" for line in lines)


def _row(rule: RuleHelp, width: int, left: int, context: RenderContext) -> Iterator[str]:
    severity = paint(f"{rule.severity.value:<7}", context, SEVERITY_COLORS[rule.severity])
    fix = paint(f"{'' if rule.fixable == 'never' else rule.fixable:<9}", context, "green")
    summary = rule.summary if rule.default else f"(off by default) {rule.summary}"
    margin = f"  {rule.name:<{width}}  {severity}  {fix}  "
    for line in textwrap.wrap(summary, left, break_long_words=False, break_on_hyphens=False):
        yield margin + marked(line, context)
        margin = " " * (width + _COLUMNS)


def render_json(rules: Iterable[RuleHelp]) -> str:
    import json

    return json.dumps({"version": VERSION, "rules": [facts(rule) for rule in rules]}, indent=2) + "\n"
