"""The files that Alembic would load as revisions."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig

# `_only_source_rev_file` of alembic/script/base.py; a hidden file passes it.
_NOT_REVISIONS = (".#", "__init__")
# Files of these names tell of a project wherever they lie.
_MORE_THAN_REVISIONS = ("env.py", "setup.py", "conftest.py")


def revision_files(config: AlembicConfig) -> tuple[str, ...]:
    """The paths of the Python files that Alembic's `ScriptDirectory` would load, in its order, each once.

    `sourceless` is not followed: a compiled file says nothing to a reader of sources.
    """
    found: dict[str, str] = {}
    for location in config.version_locations:
        for real, path in _python_files(str(location), config.recursive_version_locations):
            found.setdefault(real, path)
    return tuple(found.values())


def patterns(environments: Iterable[AlembicConfig]) -> tuple[str, str]:
    """Patterns of the folders that hold revisions, and of the names that are theirs alone, whatever they hold."""
    within = re.escape(os.sep)
    folders = [
        re.escape(str(location)) + (f"(?:{within}.*)?" if config.recursive_version_locations else "")
        for config in environments
        for location in config.version_locations
    ]
    special = "|".join(map(re.escape, (*_NOT_REVISIONS, *_MORE_THAN_REVISIONS)))
    return "|".join(dict.fromkeys(folders)), f"(?!{special})[^{within}]*\\.py"


def are_revisions(paths: Iterable[disk.AnyPath], environments: Iterable[AlembicConfig]) -> bool:
    """Whether all files lie where the environments have their revisions, with names of revisions, and are no links."""
    folders, names = patterns(environments)
    for path in paths:
        folder, name = os.path.split(path)
        if not re.fullmatch(folders, folder) or not re.fullmatch(names, name):
            return False
        if disk.real(path) != os.path.join(disk.real(folder), name):
            return False
    return True


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
