"""Revision scripts: identities read at once, what they do when somebody asks."""

from alembic_vet.extract.revision.reader import read_revision

__all__ = ["read_revision"]
