"""`alembic-vet clean`."""

from __future__ import annotations

import click

from alembic_vet import cache
from alembic_vet.cli.shared import print_note
from alembic_vet.errors import UserError


@click.command("clean")
def remove_cache() -> None:
    """Remove what earlier checks of this project have kept."""
    try:
        folder = cache.clean()
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}") from None
    print_note(f"removed {folder}" if folder else "there is no cache")
