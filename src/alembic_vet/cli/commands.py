"""The commands, as click takes them apart."""

from __future__ import annotations

from typing import Any

import click

from alembic_vet import __version__, disk
from alembic_vet.cli.check import check
from alembic_vet.cli.clean import remove_cache
from alembic_vet.cli.history import show_history
from alembic_vet.cli.rules import show_rule, show_rules
from alembic_vet.cli.shared import write_text
from alembic_vet.errors import UserError


class _Group(click.Group):
    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None and disk.exists(args[0]):
            raise UserError(f"`{args[0]}` is no command; to check it: alembic-vet check {' '.join(args)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="alembic-vet %(version)s")
def app() -> None:
    """Check an Alembic project, and fix it, without running it."""


for command in (check, show_history, show_rule, show_rules, remove_cache):
    app.add_command(command)


def run_command(arguments: list[str]) -> int:
    """One command; its exit code.

    Raises UserError for a command line that is wrong.
    """
    if not arguments:
        with app.make_context("alembic-vet", ["--help"], resilient_parsing=True) as context:
            write_text(app.get_help(context) + "\n", err=True)
        return 2
    try:
        return app.main(arguments, prog_name="alembic-vet", standalone_mode=False) or 0
    except click.ClickException as error:
        raise UserError(error.format_message()) from None
    except click.Abort:
        raise KeyboardInterrupt from None
