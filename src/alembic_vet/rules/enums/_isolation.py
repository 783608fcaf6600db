"""Revisions that see to their transaction themselves."""

from __future__ import annotations

import re

from alembic_vet.model.revision import Revision

_AUTOCOMMIT = rb"""isolation_level["']?\s*[=:,]\s*["']AUTOCOMMIT"""


def sets_autocommit(revision: Revision) -> bool:
    """Whether a revision asks for AUTOCOMMIT, on Alembic's connection or on another one."""
    return re.search(_AUTOCOMMIT, revision.file.data) is not None
