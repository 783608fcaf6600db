"""How the commands speak."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic_vet.report.context import RenderContext, RuleHelp


def rule_help(name: str) -> RuleHelp:
    """What reports show of a rule; a finding's rule need not be in the catalog."""
    from alembic_vet.report.context import RuleHelp, no_help
    from alembic_vet.rules import catalog

    if name not in catalog.names():
        return no_help(name)
    rule = catalog.rule(name)
    page = catalog.page(rule)
    return RuleHelp(
        name=name,
        family=rule.family(),
        severity=rule.severity,
        summary=page.summary,
        markdown=page.markdown,
        url=catalog.url(name),
        fixable=rule.fixable.value,
        default=rule.default,
        dialects=tuple(sorted(rule.dialects)),
        since=rule.since,
    )


def render_context(color: str) -> RenderContext:
    from alembic_vet.report import terminal
    from alembic_vet.report.context import RenderContext

    return RenderContext(cwd=Path.cwd(), help=rule_help, color=terminal.wants_color(color), width=terminal.width())


def print_note(text: str) -> None:
    _line("note", text)


def print_error(text: str) -> None:
    _line("error", text)


def _line(label: str, text: str) -> None:
    """One line on stderr; the working folder and paths below it are shown relative to it."""
    with suppress(FileNotFoundError):  # somebody has removed it
        here = os.getcwd()
        text = re.sub(rf"(?<!\S){re.escape(here)}(?![^\s,:])", ".", text.replace(f"{here}{os.sep}", ""))
    write_text(f"{label}: {' '.join(text.split())}\n", err=True)


def write_text(text: str, *, err: bool = False) -> None:
    from alembic_vet.report.terminal import write

    write(text, err=err)
