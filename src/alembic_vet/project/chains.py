"""Version locations that only code names: `versions/` divided into folders, one graph or several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from alembic_vet import disk
from alembic_vet.source.file import Sources

_SET_BY_CODE = "version_locations"
_STATEMENT = r"(?m)^(?:revision|down_revision|depends_on)\b[^=\n]*=\s*(?:\([^)]*\)|\[[^\]]*\]|\{[^}]*\}|[^\n]*)"
_REVISION = r"(?m)^revision\b[^=\n]*=\s*[\"']([^\"']+)"
_PARENTS = r"(?m)^(?:down_revision|depends_on)\b[^=\n]*=\s*(\([^)]*\)|\[[^\]]*\]|\{[^}]*\}|[^\n]*)"
_STRING = r"[\"']([^\"'\n]+)[\"']"


def chains_set_by_code(script_location: Path, sources: Sources) -> list[tuple[Path, ...]]:
    """The version locations of each graph below `versions/`, where env.py or a module near it sets them.

    Folders whose revisions follow each other are one graph; those that share nothing are
    alternatives, one for each kind of database say. Empty where no code sets them or where
    there are no folders to choose from.
    """
    top = script_location / "versions"
    if not any(folder != top for folder, _ in _python_folders(top)) or not _is_set_by_code(script_location, sources):
        return []
    ids: dict[Path, set[str]] = {}
    parents: dict[Path, set[str]] = {}
    for folder, names in _python_folders(top):
        written = [said for name in names for said in _matches(folder / name, _STATEMENT, sources)]
        text = b"\n".join(written).decode("utf-8", errors="replace")
        revisions = set(re.findall(_REVISION, text))
        if revisions:
            ids[folder] = revisions
            parents[folder] = {name for parents in re.findall(_PARENTS, text) for name in re.findall(_STRING, parents)}
    return _connected(ids, parents) if len(ids) > 1 else []


def _connected(ids: dict[Path, set[str]], parents: dict[Path, set[str]]) -> list[tuple[Path, ...]]:
    chain = {folder: {folder} for folder in ids}
    for folder, names in parents.items():
        # Alternatives may use one identifier twice: a folder's own revision is meant first.
        wanted = names - ids[folder]
        for other in ids:
            if not wanted.isdisjoint(ids[other]):
                joined = chain[folder] | chain[other]
                chain.update(dict.fromkeys(joined, joined))
    return sorted({tuple(sorted(folders)) for folders in chain.values()})


def _python_folders(top: Path) -> Iterator[tuple[Path, list[str]]]:
    for parent, folders, names in disk.walk(top):
        folders[:] = [folder for folder in folders if folder != "__pycache__"]
        python = [name for name in names if name.endswith(".py") and name != "__init__.py"]
        if python:
            yield Path(parent), python


def _is_set_by_code(script_location: Path, sources: Sources) -> bool:
    near = [*disk.glob(script_location, "*.py"), *disk.glob(script_location.parent, "*.py")]
    return any(_matches(path, _SET_BY_CODE, sources) for path in near)


def _matches(path: Path, pattern: str, sources: Sources) -> list[bytes]:
    try:
        return sources.file(path).matches(pattern)
    except OSError:
        return []
