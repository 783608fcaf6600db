"""The command line: one module for each command, late imports everywhere."""

from __future__ import annotations

from alembic_vet.cli.app import main

__all__ = ["main"]
