"""A rule's page on a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from alembic_vet.report.context import RenderContext, RuleHelp
from alembic_vet.report.style import SEVERITY_COLORS, marked, paint

_LINK = re.compile(r"\[([^]]+)\]\((https?://[^)\s]+)\)")
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")
_FENCE = re.compile(r'```[\w-]*[ \t]*(?:title=)?"?(?P<title>[^"]*)"?$')


def render(rule: RuleHelp, context: RenderContext) -> str:
    """The page with the rule's name and properties on top and its address below."""
    severity = paint(rule.severity.value, context, SEVERITY_COLORS[rule.severity], bold=True)
    head = [
        f"{paint(rule.name, context, bold=True)} {paint(f'({rule.family})', context, dim=True)}",
        f"{severity}{''.join(f', {fact}' for fact in _facts(rule))}",
        "",
    ]
    body = "\n".join(_body(rule.markdown, context)).strip("\n")
    return "\n".join([*head, body, "", paint(rule.url, context, dim=True), ""])


def render_json(rule: RuleHelp) -> str:
    import json

    return json.dumps({**facts(rule), "documentation": rule.markdown}, indent=2) + "\n"


def facts(rule: RuleHelp) -> dict[str, object]:
    """A rule without its page, as JSON has it."""
    return {
        "name": rule.name,
        "family": rule.family,
        "severity": rule.severity.value,
        "fix": rule.fixable,
        "default": rule.default,
        "dialects": list(rule.dialects),
        "since": rule.since,
        "summary": rule.summary,
        "url": rule.url,
    }


def _facts(rule: RuleHelp) -> Iterator[str]:
    yield {"always": "always fixable", "sometimes": "sometimes fixable", "never": "not fixable"}[rule.fixable]
    if not rule.default:
        yield "off by default"
    if rule.dialects:
        yield f"{' and '.join(rule.dialects)} only"
    if rule.since:
        yield f"since {rule.since}"


def _body(markdown: str, context: RenderContext) -> Iterator[str]:
    width = min(context.width, 100)
    fenced = headed = False
    paragraph: list[str] = []
    for line in [*markdown.splitlines(), ""]:
        fence = _FENCE.match(line)
        if fence and not fenced:
            yield from _wrapped(paragraph, width, context)
            if fence["title"]:
                yield paint(f"    {fence['title']}", context, "cyan")
            fenced = True
        elif fenced:
            fenced = line.rstrip() != "```"
            if fenced:
                yield f"    {paint('|', context, 'blue')} {line}".rstrip()
        elif line.startswith("#"):
            yield from _wrapped(paragraph, width, context)
            yield paint(line.lstrip("# "), context, bold=True)
            headed = True
            continue
        elif not line.strip() or _ITEM.match(line):
            yield from _wrapped(paragraph, width, context)
            if line.strip():
                paragraph.append(line)
            elif not headed:
                yield ""
        else:
            paragraph.append(line)
        headed = False


def _wrapped(paragraph: list[str], width: int, context: RenderContext) -> Iterator[str]:
    text = _LINK.sub(r"\1 (\2)", " ".join(line.strip() for line in paragraph))
    item = _ITEM.match(text)
    indent = " " * len(item.group()) if item else ""
    for line in textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False):
        text = line.lstrip()
        yield line[: len(line) - len(text)] + marked(text, context)
    paragraph.clear()
