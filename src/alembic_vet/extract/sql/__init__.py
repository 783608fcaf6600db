"""SQL text, as migrations of PostgreSQL databases use it, to operations."""

from alembic_vet.extract.sql.indexes import index_elements
from alembic_vet.extract.sql.reader import Locate, Site, read_sql

__all__ = ["Locate", "Site", "index_elements", "read_sql"]
