"""alembic.ini and `[tool.alembic]`."""
