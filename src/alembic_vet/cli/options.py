"""Options that several commands have."""

from __future__ import annotations

import click

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to use colours. `auto` looks at the terminal, NO_COLOR and FORCE_COLOR.",
)
debug_option = click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
