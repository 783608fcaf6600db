"""How far a search for environments goes: the root of the project that a path lies in."""

from __future__ import annotations

from pathlib import Path

from alembic_vet.project.environments import declares_environment

_MARKERS = ("pyproject.toml", "setup.cfg")


def project_roots(path: Path) -> tuple[Path, ...]:
    """The folders that a path's project may be, the nearest first.

    The nearest is the first folder upward with a `.git`, pyproject.toml or setup.cfg; up
    to the repository's top each further one is a wider guess. Without any of them it is
    the nearest folder that declares an environment, else the folder of the path itself.
    """
    folder = path if path.is_dir() else path.parent
    marked: list[Path] = []
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return (*marked, above)
        if any((above / name).is_file() for name in _MARKERS):
            marked.append(above)
    if marked:
        return (marked[0],)
    declaring = [above for above in (folder, *folder.parents) if declares_environment(above)]
    # The ini above is a better root than the env.py beside the revision: both belong to it.
    return (declaring[-1] if declaring else folder,)
