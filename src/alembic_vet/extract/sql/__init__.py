"""SQL text, as migrations of PostgreSQL databases use it, to operations."""

from alembic_vet.extract.sql.reader import Locate, Site, read_sql

__all__ = ["Locate", "Site", "read_sql"]
