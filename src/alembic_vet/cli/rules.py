"""`alembic-vet rule` and `alembic-vet rules`."""

from __future__ import annotations

import click

from alembic_vet.cli.options import color_option, debug_option
from alembic_vet.cli.shared import render_context, rule_help, write_text


@click.command("rule")
@click.argument("name")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@color_option
@debug_option
def show_rule(name: str, output_format: str, color: str, debug: bool) -> None:
    """Show the page of one rule."""
    from alembic_vet.report.page import render, render_json
    from alembic_vet.rules.catalog import rule

    found = rule_help(rule(name).name())
    write_text(render_json(found) if output_format == "json" else render(found, render_context(color)))


@click.command("rules")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@color_option
@debug_option
def show_rules(output_format: str, color: str, debug: bool) -> None:
    """List all rules."""
    from alembic_vet.report.table import render, render_json
    from alembic_vet.rules.catalog import names

    found = [rule_help(name) for name in names()]
    write_text(render_json(found) if output_format == "json" else render(found, render_context(color)))
