from __future__ import annotations

import json
import re

from msgspec.structs import replace

from alembic_vet.findings import Severity
from alembic_vet.report import page, table
from alembic_vet.report.context import RuleHelp
from tests.report.project import context

MARKDOWN = """It `fails`.

## What it does

A paragraph that is longer than the terminal is wide, with a [link](https://example.org/a) and `code`.

- an item that is longer than the terminal is wide as well, so that it wraps
- another

## Example

```python title="alembic/env.py"
def f():

    # a comment that is longer than the terminal, and code is never wrapped
```
Then:
```
plain
```"""

RULE = RuleHelp(
    "some-rule", "env", Severity.ERROR, "It `fails`.", MARKDOWN, "https://rules/some-rule", "always", since="0.1.0"
)
OTHER = RuleHelp(
    "other", "config", Severity.INFO, "A summary of many words.", "", "", default=False, dialects=("mysql", "sqlite")
)


def test_page() -> None:
    assert page.render(RULE, context(width=50)) == (
        "some-rule (env)\n"
        "error, always fixable, since 0.1.0\n"
        "\n"
        "It `fails`.\n"
        "\n"
        "What it does\n"
        "A paragraph that is longer than the terminal is\n"
        "wide, with a link (https://example.org/a) and\n"
        "`code`.\n"
        "\n"
        "- an item that is longer than the terminal is wide\n"
        "  as well, so that it wraps\n"
        "- another\n"
        "\n"
        "Example\n"
        "    alembic/env.py\n"
        "    | def f():\n"
        "    |\n"
        "    |     # a comment that is longer than the terminal, and code is never wrapped\n"
        "Then:\n"
        "    | plain\n"
        "\n"
        "https://rules/some-rule\n"
    )


def test_page_in_colour_reads_the_same() -> None:
    colored = page.render(RULE, context(width=50, color=True))
    assert re.sub(r"\x1b\[\d+m", "", colored) == page.render(RULE, context(width=50))
    assert "\x1b[1mWhat it does\x1b[0m\n" in colored


def test_what_is_special_about_a_rule_is_said() -> None:
    assert page.render(OTHER, context()).splitlines()[1] == "info, not fixable, off by default, mysql and sqlite only"


def test_page_as_json() -> None:
    assert json.loads(page.render_json(RULE)) == {
        "name": "some-rule",
        "family": "env",
        "severity": "error",
        "fix": "always",
        "default": True,
        "dialects": [],
        "since": "0.1.0",
        "summary": "It `fails`.",
        "url": "https://rules/some-rule",
        "documentation": MARKDOWN,
    }


def test_table() -> None:
    assert table.render([RULE, OTHER, replace(RULE, name="a-rule")], context(width=64)) == (
        "config\n"
        "  other      info                (off by default) A summary of\n"
        "                                 many words.\n"
        "\n"
        "env\n"
        "  a-rule     error    always     It `fails`.\n"
        "  some-rule  error    always     It `fails`.\n"
        "\n"
        "3 rules, 2 with a fix. `alembic-vet rule NAME` explains one.\n"
    )


def test_table_as_json() -> None:
    document = json.loads(table.render_json([RULE, OTHER]))
    assert document["version"] == 1
    assert [rule["name"] for rule in document["rules"]] == ["some-rule", "other"]
    assert document["rules"][1]["dialects"] == ["mysql", "sqlite"]
    assert "documentation" not in document["rules"][0]
