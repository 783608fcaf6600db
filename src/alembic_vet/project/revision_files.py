"""The files that Alembic would load as revisions."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig

# `_only_source_rev_file` of alembic/script/base.py; a hidden file passes it.
_REVISION_FILE = re.compile(r"(?!\.\#|__init__)(.*\.py)$")


def revision_files(config: AlembicConfig) -> tuple[str, ...]:
    """The paths of the Python files that Alembic's `ScriptDirectory` would load, in its order, each once.

    `sourceless` is not followed: a compiled file says nothing to a reader of sources.
    """
    found: dict[str, str] = {}
    for location in config.version_locations:
        for real, path in _python_files(str(location), config.recursive_version_locations):
            found.setdefault(real, path)
    return tuple(found.values())


def _python_files(folder: str, recursive: bool) -> Iterator[tuple[str, str]]:
    """Every file with its path free of symbolic links; linked folders are not entered, linked files count."""
    real = disk.real(folder)
    try:
        entries = disk.entries(folder)
    except OSError:
        return
    for entry in entries if not folder.endswith("__pycache__") else ():
        if _REVISION_FILE.match(entry.name) and entry.kind != "folder":
            path = os.path.join(folder, entry.name)
            yield disk.real(path) if entry.is_link else os.path.join(real, entry.name), path
    for entry in entries if recursive else ():
        if entry.kind == "folder" and not entry.is_link:
            yield from _python_files(os.path.join(folder, entry.name), recursive)
