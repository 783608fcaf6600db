"""Alembic's vocabulary as frozen structs; no parsing here."""
