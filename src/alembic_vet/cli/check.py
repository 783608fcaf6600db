"""`alembic-vet check`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from alembic_vet.cli import checking
from alembic_vet.cli.options import color_option, debug_option
from alembic_vet.findings import Severity
from alembic_vet.report import FORMATS


def _listed(ctx: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True, readable=False))
@click.option("--fix", is_flag=True, help="Make the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe fixes too.")
@click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing, exit 1 if it would.")
@click.option("--select", multiple=True, callback=_listed, metavar="NAMES", help="Use these rules or families, or ALL.")
@click.option("--ignore", multiple=True, callback=_listed, metavar="NAMES", help="Leave out these rules or families.")
@click.option("--extend-select", multiple=True, callback=_listed, metavar="NAMES", help="Use these rules as well.")
@click.option(
    "--output-format",
    type=click.Choice(FORMATS),
    default="full",
    metavar="FORMAT",
    help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: full).",
)
@click.option(
    "--fail-on", type=click.Choice([level.value for level in reversed(Severity)]), help="Least severity that fails."
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of showing them.")
@click.option("-q", "--quiet", is_flag=True, help="Show findings and errors, nothing else.")
@click.option("-v", "--verbose", is_flag=True, help="Show what was read and what each fix would change.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The Alembic configuration to check (ini or pyproject.toml), or settings of alembic-vet; its content decides.",
)
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With the path `-`: check standard input as if it were this file. --fix prints the result.",
)
@click.option("--target-postgres", metavar="VERSION", help="The PostgreSQL that migrations run on, such as 14.")
@click.option("--no-cache", is_flag=True, help="Check again even where nothing has changed, and keep nothing.")
@color_option
@debug_option
def check(**given: Any) -> int:
    """Check Alembic environments.

    PATHS are folders, revisions, env.py, ini or TOML files (default: `.`). For a single file the rest of the
    project is context: findings are those in the file.

    Settings are read from alembic-vet.toml or [tool.alembic-vet] in pyproject.toml, searched upward from the
    first path. --select replaces the select, extend-select and ignore found there; --ignore and --extend-select
    add to them.
    """
    return checking.check(checking.Options(**given))
