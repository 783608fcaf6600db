"""How far a search for environments goes: the root of the project that a path lies in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic_vet import disk
from alembic_vet.project.declarations import has_env_script, has_ini

_MARKERS = ("pyproject.toml", "setup.cfg")
# Kept at a project's top by those who have none of the above.
_HINTS = ("requirements.txt", "setup.py", "Pipfile", ".gitignore")


def project_roots(folder: Path, working_folder: Path) -> tuple[Path, ...]:
    """The folders that may be the project of what lies in a folder, the nearest first.

    The nearest is the first folder upward with a `.git`, pyproject.toml or setup.cfg; up
    to the repository's top each further one is a wider guess. Without any of them it is
    the highest folder below the working folder that looks like a project's top, else the
    working folder, if that is above, else the nearest folder that declares an environment,
    else the folder itself.
    """
    upward = (folder, *folder.parents)
    marked: list[Path] = []
    for above in upward:
        if disk.exists(above / ".git"):
            return (*marked, above)
        if any(disk.is_file(above / name) for name in _MARKERS):
            marked.append(above)
    if marked:
        return (marked[0],)
    # Whoever works in the file system's top or at home has no project there.
    if working_folder in upward and working_folder not in (Path(working_folder.anchor), Path.home()):
        if any(disk.exists(working_folder / name) for name in _HINTS):
            return (working_folder,)
        below = upward[: upward.index(working_folder)]
        hinted = [above for above in below if any(disk.is_file(above / name) for name in _HINTS)]
        return (hinted[-1] if hinted else working_folder,)
    tests: tuple[Callable[[Path], bool], ...] = (has_ini, has_env_script)
    return (next((above for test in tests for above in upward if test(above)), folder),)
