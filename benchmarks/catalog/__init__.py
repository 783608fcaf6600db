"""The replayed schema against the catalog of a real PostgreSQL after `alembic upgrade heads`."""
