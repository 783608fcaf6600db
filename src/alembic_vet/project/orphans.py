"""Revision files that no environment reads: what a run does not cover, and why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from alembic_vet.model.config import AlembicConfig
from alembic_vet.project.discovered import BrokenConfig, OrphanRevisions
from alembic_vet.project.revision_files import revision_files
from alembic_vet.source.file import Sources

_PLAUSIBLE_FOLDER = re.compile(r"(?i)version|migrat|alembic|revision")
_PLAUSIBLE_NAME = re.compile(r"[0-9a-f]{8,40}(_\w*)?\.py$")
_REVISION = rb"(?m)^revision\b"
_DOWN_REVISION = rb"(?m)^down_revision\b"
_SAMPLE = 3


def find_orphans(
    files: Iterable[str],
    root: Path,
    environments: Sequence[AlembicConfig],
    broken: Sequence[BrokenConfig],
    sources: Sources,
) -> list[OrphanRevisions]:
    """The files among `files`, absolute paths below `root`, that look like revisions and that no environment loads."""
    known = {path for config in environments for path in (str(config.env_path), *revision_files(config))}
    by_folder: dict[str, list[str]] = {}
    for path in files:
        if path.endswith(".py") and path not in known:
            by_folder.setdefault(os.path.dirname(path), []).append(path)
    found = []
    for folder, paths in sorted(by_folder.items()):
        if not _PLAUSIBLE_FOLDER.search(folder, len(str(root))):
            paths = [path for path in paths if _PLAUSIBLE_NAME.match(path.rpartition(os.sep)[2])]
        candidates = sorted(path for path in paths if not path.endswith("__init__.py"))
        # A folder of other files, Django's migrations say, is not read to the end.
        if not any(_is_revision(path, sources) for path in candidates[:_SAMPLE]):
            continue
        revisions = tuple(Path(path) for path in candidates if _is_revision(path, sources))
        found.append(OrphanRevisions(Path(folder), revisions, _reason(Path(folder), environments, broken)))
    return found


def _is_revision(path: str, sources: Sources) -> bool:
    try:
        data = sources.file(Path(path)).data
    except OSError:
        return False
    return bool(re.search(_REVISION, data) and re.search(_DOWN_REVISION, data))


def _reason(folder: Path, environments: Sequence[AlembicConfig], broken: Sequence[BrokenConfig]) -> str:
    for config in environments:
        if any(location in folder.parents for location in config.version_locations):
            return "Alembic reads sub-folders of a version location only with `recursive_version_locations = true`"
    for config in environments:
        if config.script_location in (folder, *folder.parents):
            return f"`{config.path.name}` does not name their folder in `version_locations`"
    above = [config.path.name for config in broken if config.path.parent in (folder, *folder.parents)]
    if above:
        names = " and ".join(f"`{name}`" for name in sorted(set(above)))
        return f"no environment names their folder, and {names} cannot be used"
    return "no env.py and no configuration of Alembic names their folder"
