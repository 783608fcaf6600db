"""The schema of a database, replayed from operations."""

from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.difference import ObjectDifference, culprits, diff
from alembic_vet.model.schema.state import ReplayOptions, SchemaState

__all__ = ["ObjectDifference", "ReplayOptions", "SchemaState", "apply", "culprits", "diff"]
