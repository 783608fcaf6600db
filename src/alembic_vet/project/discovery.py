"""Which Alembic environments the given paths belong to, and what is left over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig
from alembic_vet.project.discovered import BrokenConfig, Discovery, OrphanRevisions
from alembic_vet.project.orphans import find_orphans
from alembic_vet.project.roots import project_roots
from alembic_vet.project.scan import Project, Scanner, Territory, is_within
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources


def discover(paths: Sequence[Path], settings: Settings, sources: Sources) -> Discovery:
    """The environments that files or folders belong to.

    A folder belongs to the environments in it, and to those whose part it is. A file
    belongs to the environments that read it; one that none reads (a model) to all
    environments of its project: the nearest folder with a `.git`, pyproject.toml or
    setup.cfg. A path inside a folder that is skipped is still looked at.
    """
    return _Discoverer([Path(os.path.abspath(path)) for path in paths], settings, sources).run()


class _Discoverer:
    def __init__(self, paths: Sequence[Path], settings: Settings, sources: Sources) -> None:
        folders = {path: path if disk.is_folder(path) else path.parent for path in paths}
        roots = {folder: project_roots(folder, settings.root) for folder in set(folders.values())}
        self._roots = {path: roots[folder] for path, folder in folders.items()}
        self._folders = {path for path, folder in folders.items() if path == folder}
        self._sources = sources
        self._scanner = Scanner(self._roots, self._folders, settings, sources)

    def run(self) -> Discovery:
        environments: dict[tuple[str, ...], AlembicConfig] = {}
        broken: dict[BrokenConfig, None] = {}
        searched: dict[Path, set[str]] = {}
        for path in self._roots:
            root, chosen = self._choose(path)
            project = self._scanner.project(root)
            for config in chosen:
                environments.setdefault(_identity(config), config)
            broken.update((found, None) for found in project.broken if _concerns(found, path, chosen))
            searched.setdefault(root, set()).update(self._files_at(path, project))
        left = [
            orphans
            for root, files in searched.items()
            for orphans in self._orphans(root, files, list(environments.values()))
        ]
        return Discovery(tuple(environments.values()), tuple(left), tuple(broken))

    def _choose(self, path: Path) -> tuple[Path, list[AlembicConfig]]:
        """The project of a path and the environments it belongs to."""
        real, is_folder = disk.real(path), path in self._folders
        roots = self._roots[path]
        for root in roots:
            territories = self._scanner.project(root).territories
            owners = [one for one in territories if (one.touches(real) if is_folder else one.holds(real))]
            if owners:
                return root, self._configured(owners, roots)
        return roots[0], self._configured(self._scanner.project(roots[0]).territories, roots)

    def _files_at(self, path: Path, project: Project) -> Iterable[str]:
        if path not in self._folders:
            return project.files & {str(path)}
        return [file for file in project.files if is_within(file, str(path))]

    def _configured(self, territories: Iterable[Territory], roots: Sequence[Path]) -> list[AlembicConfig]:
        """The environments, where only an env.py was found with the configuration that a wider root has for it."""
        chosen: list[AlembicConfig] = []
        for territory in territories:
            chosen += self._wider(territory, roots) if territory.is_bare else [territory.config]
        return chosen

    def _wider(self, territory: Territory, roots: Sequence[Path]) -> list[AlembicConfig]:
        for root in roots:
            same = [one for one in self._scanner.project(root).territories if one.folders[0] == territory.folders[0]]
            configured = [one.config for one in same if one.config.format != "none"]
            if configured:
                return configured
        return [territory.config]

    def _orphans(self, root: Path, files: Iterable[str], chosen: list[AlembicConfig]) -> list[OrphanRevisions]:
        project = self._scanner.project(root)
        others = [territory.config for territory in project.territories if territory.config not in chosen]
        return find_orphans(files, root, [*chosen, *others], project.broken, self._sources)


def _identity(config: AlembicConfig) -> tuple[str, ...]:
    files = (disk.real(config.path), disk.real(config.ini_path or ""))
    return (*files, config.section, *map(disk.real, config.version_locations))


def _concerns(found: BrokenConfig, path: Path, environments: Sequence[AlembicConfig]) -> bool:
    """Whether a broken configuration lies in a given path, or may be the one that its environments lack."""
    if not environments or is_within(str(found.path), str(path)):
        return True
    alone = (config for config in environments if config.format == "none" and config.ini_path in (None, found.path))
    return any(is_within(str(config.path), str(found.path.parent)) for config in alone)
