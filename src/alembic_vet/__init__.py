"""A linter and fixer for Alembic projects, which it reads without running them."""

from __future__ import annotations

__version__ = "0.1.0"
