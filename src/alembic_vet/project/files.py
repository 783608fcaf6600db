"""Which files of a project are looked at: not those of virtual environments, builds, or git's ignore list."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from alembic_vet import disk
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

_SKIPPED_FOLDERS = frozenset(
    {
        ".alembic_vet_cache", ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv",
        "__pycache__", "__pypackages__", "build", "dist", "node_modules", "site-packages",
    }
)  # fmt: skip


def files_below(folder: Path) -> list[str]:
    """The absolute paths of the files below a folder, whatever the folder itself is.

    Git answers for a repository; elsewhere, and in a folder that git ignores, the file system does.
    """
    from alembic_vet.project.git import listed_files

    listed = listed_files(folder)
    if not listed:
        return list(_walk(folder))
    start = str(folder)
    files = []
    for name in listed:
        path = os.path.join(start, name.replace("/", os.sep))
        if name.endswith("/"):
            files += files_below(Path(path)) if not is_skipped(path, folder) else []
        else:
            files.append(path)
    environments = tuple(os.path.dirname(path) + os.sep for path in files if path.endswith(os.sep + "pyvenv.cfg"))
    return [path for path in files if not path.startswith(environments)] if environments else files


# Discovery and every environment of a repository look at the same files.
@lru_cache(maxsize=4)
def listed(root: Path, sources: Sources) -> Sequence[str]:
    """The same, once for all that one run reads through the same sources."""
    return files_below(root)


def _walk(folder: Path) -> Iterator[str]:
    for parent, folders, names in disk.walk(folder):
        if "pyvenv.cfg" in names and parent != str(folder):
            folders.clear()
            continue
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS]
        start = os.path.join(parent, "")
        yield from [start + name for name in names]


def is_skipped(path: str, root: Path) -> bool:
    """Whether a file or folder below `root` lies in a folder that is never looked at."""
    return not _SKIPPED_FOLDERS.isdisjoint(path[len(str(root)) :].split(os.sep)[:-1])


class Exclusion:
    """The `exclude` setting: a pattern with a `/` is a path from the root, one without is a name at any depth.

    A pattern that matches a folder covers all that is below.
    """

    def __init__(self, settings: Settings) -> None:
        self._root = settings.root
        patterns = [pattern.removeprefix("./").strip("/") for pattern in settings.exclude]
        self._names = [re.compile(fnmatch.translate(pattern)) for pattern in patterns if "/" not in pattern]
        self._paths = [re.compile(fnmatch.translate(pattern)) for pattern in patterns if "/" in pattern]

    def covers(self, path: str) -> bool:
        if not (self._names or self._paths):
            return False
        parts = os.path.relpath(path, self._root).split(os.sep)
        if any(pattern.match(part) for pattern in self._names for part in parts):
            return True
        prefixes = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        return any(pattern.match(prefix) for pattern in self._paths for prefix in prefixes)
