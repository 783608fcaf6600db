"""The files that Alembic would load as revisions."""

from __future__ import annotations

import os
from collections.abc import Iterator

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig

# `_only_source_rev_file` of alembic/script/base.py; a hidden file passes it.
_NOT_REVISIONS = (".#", "__init__")


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
    start, real_start = os.path.join(folder, ""), os.path.join(real, "")
    for name, kind, is_link in entries if not folder.endswith("__pycache__") else ():
        if name.endswith(".py") and not name.startswith(_NOT_REVISIONS) and kind != "folder":
            yield disk.real(start + name) if is_link else real_start + name, start + name
    for name, kind, is_link in entries if recursive else ():
        if kind == "folder" and not is_link:
            yield from _python_files(start + name, recursive)
