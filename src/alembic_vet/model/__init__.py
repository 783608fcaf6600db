"""Alembic's vocabulary as frozen dataclasses; no parsing here."""
