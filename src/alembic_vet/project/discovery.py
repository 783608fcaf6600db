"""Which Alembic environments the given paths belong to, and what is left over."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic_vet.model.config import AlembicConfig
from alembic_vet.project.declarations import declarations_in, is_declaration
from alembic_vet.project.environments import BrokenConfig, EnvironmentFinder
from alembic_vet.project.files import Exclusion, files_below, is_skipped
from alembic_vet.project.orphans import OrphanRevisions, find_orphans
from alembic_vet.project.revision_files import revision_files
from alembic_vet.project.roots import project_roots
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

__all__ = ["BrokenConfig", "Discovery", "OrphanRevisions", "discover", "revision_files"]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: environments, revision files of none, and configurations that Alembic cannot use."""

    environments: tuple[AlembicConfig, ...] = ()
    orphans: tuple[OrphanRevisions, ...] = ()
    broken: tuple[BrokenConfig, ...] = ()


def discover(paths: Sequence[Path], settings: Settings, sources: Sources) -> Discovery:
    """The environments that files or folders belong to.

    A folder belongs to the environments in it, and to those whose part it is. A file
    belongs to the environments that read it; one that none reads (a model) to all
    environments of its project: the nearest folder with a `.git`, pyproject.toml or
    setup.cfg. A path inside a folder that is skipped is still looked at.
    """
    return _Discoverer([Path(os.path.abspath(path)) for path in paths], settings, sources).run()


class _Territory:
    """The files and folders of one environment, free of symbolic links."""

    def __init__(self, config: AlembicConfig) -> None:
        self.config = config
        files = (config.path, config.ini_path, config.toml_path)
        self._files = [os.path.realpath(path) for path in files if path is not None]
        self.folders = [os.path.realpath(path) for path in (config.script_location, *config.version_locations)]

    def holds(self, path: str) -> bool:
        return path in self._files or any(_is_within(path, folder) for folder in self.folders)

    def touches(self, folder: str) -> bool:
        """Whether a part of the environment lies in a folder, or the folder in a part of it."""
        parts = (*self._files[:1], *self.folders)
        return self.holds(folder) or any(_is_within(part, folder) for part in parts)


@dataclass(frozen=True, slots=True)
class _Project:
    """What lies below one root, and in the given paths that its listing leaves out."""

    files: frozenset[str]
    territories: tuple[_Territory, ...]
    broken: tuple[BrokenConfig, ...]


class _Discoverer:
    def __init__(self, paths: Sequence[Path], settings: Settings, sources: Sources) -> None:
        folders = {path: path if path.is_dir() else path.parent for path in paths}
        roots = {folder: project_roots(folder, settings.root) for folder in set(folders.values())}
        self._roots = {path: roots[folder] for path, folder in folders.items()}
        self._folders = {path for path, folder in folders.items() if path == folder}
        self._settings = settings
        self._sources = sources
        self._exclusion = Exclusion(settings)
        self._projects: dict[Path, _Project] = {}

    def run(self) -> Discovery:
        environments: dict[tuple[str, ...], AlembicConfig] = {}
        broken: dict[BrokenConfig, None] = {}
        searched: dict[Path, set[str]] = {}
        for path in self._roots:
            root, chosen = self._choose(path)
            project = self._project(root)
            environments.update((_identity(config), config) for config in chosen)
            broken.update((found, None) for found in project.broken if _concerns(found, path, chosen))
            searched.setdefault(root, set()).update(self._files_at(path, project))
        left = [orphans for root, files in searched.items() for orphans in self._orphans(root, files)]
        return Discovery(tuple(environments.values()), tuple(left), tuple(broken))

    def _choose(self, path: Path) -> tuple[Path, list[AlembicConfig]]:
        """The project of a path and the environments it belongs to."""
        real, is_folder = os.path.realpath(path), path in self._folders
        roots = self._roots[path]
        for root in roots:
            territories = self._project(root).territories
            owners = [one for one in territories if (one.touches(real) if is_folder else one.holds(real))]
            if owners:
                return root, self._configured(owners, roots)
        return roots[0], self._configured(self._project(roots[0]).territories, roots)

    def _files_at(self, path: Path, project: _Project) -> Iterable[str]:
        if path not in self._folders:
            return project.files & {str(path)}
        return [file for file in project.files if _is_within(file, str(path))]

    def _configured(self, territories: Iterable[_Territory], roots: Sequence[Path]) -> list[AlembicConfig]:
        """The environments, where only an env.py was found with the configuration that a wider root has for it."""
        chosen: list[AlembicConfig] = []
        for territory in territories:
            chosen += self._wider(territory, roots) if territory.config.ini_path is None else [territory.config]
        return chosen

    def _wider(self, territory: _Territory, roots: Sequence[Path]) -> list[AlembicConfig]:
        if territory.config.format != "none":
            return [territory.config]
        for root in roots:
            same = [one for one in self._project(root).territories if one.folders[0] == territory.folders[0]]
            configured = [one.config for one in same if one.config.format != "none"]
            if configured:
                return configured
        return [territory.config]

    def _orphans(self, root: Path, files: Iterable[str]) -> list[OrphanRevisions]:
        project = self._project(root)
        environments = [territory.config for territory in project.territories]
        return find_orphans(files, root, environments, project.broken, self._sources)

    def _project(self, root: Path) -> _Project:
        if root not in self._projects:
            self._projects[root] = self._scanned(root)
        return self._projects[root]

    def _scanned(self, root: Path) -> _Project:
        paths = {path: roots for path, roots in self._roots.items() if root in roots}
        files = {file for file in files_below(root) if _is_of_interest(file) and not is_skipped(file, root)}
        outermost = root
        for path, roots in paths.items():
            outermost = roots[-1]
            if not _covers(files, str(path)):
                files.update(self._left_out(path, root))
        kept = frozenset(file for file in files if not self._exclusion.covers(file))
        above = [folder for folder in root.parents if _is_within(str(folder), str(outermost))]
        outside = [file for folder in above for file in declarations_in(folder)]
        finder = EnvironmentFinder(outermost, self._settings, self._sources)
        finder.find([*filter(is_declaration, kept), *outside])
        territories = [_Territory(config) for config in finder.environments]
        inside = [one for one in territories if one.touches(os.path.realpath(root))]
        broken = [found for found in finder.broken if _is_within(str(found.path), str(root))]
        return _Project(kept, tuple(inside), tuple(broken))

    def _left_out(self, path: Path, root: Path) -> Iterator[str]:
        """What a given path adds that the listing of the root leaves out."""
        if path in self._folders:
            yield from filter(_is_of_interest, files_below(path))
        else:
            yield str(path)
        for folder in path.parents:
            yield from declarations_in(folder)
            if folder == root:
                return


def _identity(config: AlembicConfig) -> tuple[str, ...]:
    return (os.path.realpath(config.path), config.section, str(config.ini_path))


def _concerns(found: BrokenConfig, path: Path, environments: Sequence[AlembicConfig]) -> bool:
    """Whether a broken configuration lies in a given path, or may be the one that its environments lack."""
    if not environments or _is_within(str(found.path), str(path)):
        return True
    without = (config for config in environments if config.format == "none" and config.ini_path is None)
    return any(_is_within(str(config.path), str(found.path.parent)) for config in without)


def _is_of_interest(path: str) -> bool:
    return path.endswith(".py") or is_declaration(path)


def _covers(files: Collection[str], path: str) -> bool:
    return path in files or any(_is_within(file, path) for file in files)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
