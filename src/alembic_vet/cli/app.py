"""The `alembic-vet` command and its exit codes.

0: nothing to report, 1: findings, 2: wrong use or an error of this tool.
"""

from __future__ import annotations

from typing import Any

import click

from alembic_vet import __version__, disk
from alembic_vet.cli.check import check
from alembic_vet.cli.clean import remove_cache
from alembic_vet.cli.history import show_history
from alembic_vet.cli.rules import show_rule, show_rules
from alembic_vet.cli.shared import print_error, write_text
from alembic_vet.errors import UserError

_INTERRUPTED = 130  # what a shell reports for a process that SIGINT ended


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


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    if not arguments:
        with app.make_context("alembic-vet", ["--help"], resilient_parsing=True) as context:
            write_text(app.get_help(context) + "\n", err=True)
        return 2
    try:
        return app.main(arguments, prog_name="alembic-vet", standalone_mode=False) or 0
    except (UserError, click.ClickException) as error:
        print_error(error.format_message() if isinstance(error, click.ClickException) else str(error))
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            from traceback import format_exc

            write_text(format_exc(), err=True)
            return 2
        print_error(f"internal error: {type(error).__name__}: {error} (--debug shows where; please report it)")
    return 2
