"""The files that Alembic would load as revisions."""

from __future__ import annotations

import os
from collections.abc import Iterable

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
        _add_python_files(found, str(location), config.recursive_version_locations)
    return tuple(found.values())


def revisions_of(environments: Iterable[AlembicConfig]) -> disk.Group:
    """The files that are revisions, whatever they hold."""
    folders = {
        os.path.join(location, "") if config.recursive_version_locations else str(location)
        for config in environments
        for location in config.version_locations
    }
    return disk.Group(sorted(folders), ".py", (*_NOT_REVISIONS, *_MORE_THAN_REVISIONS))


def are_revisions(paths: Iterable[str], environments: Iterable[AlembicConfig]) -> bool:
    """Whether all files lie where the environments have their revisions, with names of revisions, and are no links."""
    group = revisions_of(environments)
    return all(group.holds(path) and disk.real(path) == _in_real_folder(path) for path in paths)


def _in_real_folder(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(disk.real(folder), name)


def _add_python_files(found: dict[str, str], folder: str, recursive: bool) -> None:
    """Every file by its path free of symbolic links; linked folders are not entered, linked files count."""
    real = disk.real(folder)
    try:
        plain, others = disk.listing(folder)
    except OSError:
        return
    start, real_start = os.path.join(folder, ""), os.path.join(real, "")
    if not folder.endswith("__pycache__"):
        rest = {name: is_link for name, kind, is_link in others if kind != "folder"}
        for name in sorted((*plain, *rest)) if rest else plain:
            if name.endswith(".py") and not name.startswith(_NOT_REVISIONS):
                path = start + name
                alone = disk.real(path) if rest.get(name) else path if real == folder else real_start + name
                found.setdefault(alone, path)
    for name, kind, is_link in others if recursive else ():
        if kind == "folder" and not is_link:
            _add_python_files(found, start + name, recursive)
