"""What lies below the root of a project: its files and its environments."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig
from alembic_vet.project.declarations import declarations_in, is_declaration
from alembic_vet.project.discovered import BrokenConfig
from alembic_vet.project.files import Exclusion, is_skipped, listed
from alembic_vet.project.finder import EnvironmentFinder
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources


class Territory:
    """The files and folders of one environment, free of symbolic links."""

    def __init__(self, config: AlembicConfig) -> None:
        self.config = config
        files = (config.path, config.ini_path, config.toml_path)
        self._files = [disk.real(path) for path in files if path is not None]
        self.folders = [disk.real(path) for path in (config.script_location, *config.version_locations)]

    @property
    def is_bare(self) -> bool:
        """Whether an env.py is all that is known of it."""
        return self.config.format == "none" and self.config.ini_path is None

    def holds(self, path: str) -> bool:
        return path in self._files or any(is_within(path, folder) for folder in self.folders)

    def touches(self, folder: str) -> bool:
        """Whether a part of the environment lies in a folder, or the folder in a part of it."""
        parts = (*self._files[:1], *self.folders)
        return self.holds(folder) or any(is_within(part, folder) for part in parts)


class Project(Struct, frozen=True):
    """What lies below one root, and in the given paths that its listing leaves out."""

    files: frozenset[str]
    territories: tuple[Territory, ...]
    broken: tuple[BrokenConfig, ...]


class Scanner:
    """Looks through the roots of the given paths, each once.

    `roots` maps each given path to the roots that its project may have; `folders` are
    those of the paths that are folders.
    """

    def __init__(
        self, roots: Mapping[Path, Sequence[Path]], folders: Collection[Path], settings: Settings, sources: Sources
    ) -> None:
        self._roots = roots
        self._folders = folders
        self._settings = settings
        self._sources = sources
        self._exclusion = Exclusion(settings)
        self._projects: dict[Path, Project] = {}

    def project(self, root: Path) -> Project:
        """What lies below one of the roots."""
        if root not in self._projects:
            self._projects[root] = self._scanned(root)
        return self._projects[root]

    def _scanned(self, root: Path) -> Project:
        paths = {path: roots for path, roots in self._roots.items() if root in roots}
        files = {file for file in listed(root, self._sources) if _is_of_interest(file) and not is_skipped(file, root)}
        outermost = root
        for path, roots in paths.items():
            outermost = roots[-1]
            if not _covers(files, str(path)):
                files.update(self._left_out(path, root))
        kept = frozenset(file for file in files if not self._exclusion.covers(file))
        above = [folder for folder in root.parents if is_within(str(folder), str(outermost))]
        candidates = {file for file in kept if is_declaration(file)}
        candidates.update(str(path) for path in paths if _may_be_ini(path))
        candidates.update(file for folder in above for file in declarations_in(folder))
        finder, territories = self._found(candidates, outermost)
        unlisted = set(_inis_above(territories, root)) - candidates
        if unlisted:
            finder, territories = self._found(candidates | unlisted, outermost)
        inside = [one for one in territories if one.touches(disk.real(root))]
        broken = [found for found in finder.broken if is_within(str(found.path), str(root))]
        return Project(kept, tuple(inside), tuple(broken))

    def _found(self, candidates: Iterable[str], outermost: Path) -> tuple[EnvironmentFinder, list[Territory]]:
        finder = EnvironmentFinder(outermost, self._settings, self._sources)
        finder.find(candidates)
        return finder, [Territory(config) for config in finder.environments]

    def _left_out(self, path: Path, root: Path) -> Iterator[str]:
        """What a given path adds that the listing of the root leaves out."""
        if path in self._folders:
            yield from filter(_is_of_interest, listed(path, self._sources))
        else:
            yield str(path)
        for folder in path.parents:
            yield from declarations_in(folder)
            if folder == root:
                return


def _inis_above(territories: Iterable[Territory], root: Path) -> Iterator[str]:
    """The ini files above an env.py that stands alone: git may ignore an alembic.ini that holds a password."""
    for territory in territories:
        for folder in territory.config.path.parents if territory.is_bare else ():
            if not is_within(str(folder), str(root)):
                break
            yield from (path for path in declarations_in(folder) if path.endswith(".ini"))


def _may_be_ini(path: Path) -> bool:
    """Whether a file given by name may be an ini whatever it is called."""
    return path.suffix not in (".py", ".mako", ".toml") and disk.is_file(path)


def _is_of_interest(path: str) -> bool:
    return path.endswith(".py") or is_declaration(path)


def _covers(files: Collection[str], path: str) -> bool:
    return path in files or any(is_within(file, path) for file in files)


def is_within(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
