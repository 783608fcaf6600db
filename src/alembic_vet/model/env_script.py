"""env.py in Alembic's words."""

from __future__ import annotations
