"""Where a script location, a version location or a `sys.path` entry is on disk, told without importing anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from alembic_vet import disk


class Resolver:
    """Finds what a configuration in `folder` names.

    Alembic takes relative paths from the working folder, which a file does not tell: the
    folder of the configuration is tried first, then every folder above it in the project.
    An absolute path that is not there is one of the machine the project is deployed on.
    `env_folders` are the folders of the project that hold an env.py.
    """

    def __init__(self, folder: Path, root: Path, source_roots: Sequence[Path], env_folders: Iterable[Path]) -> None:
        self._bases = _upward(folder, root)
        self._source_roots = tuple(source_roots)
        self._env_folders = tuple(env_folders)

    def script_location(self, name: str, prepended: Sequence[str]) -> tuple[Path, Path] | None:
        """The script folder and the working folder that Alembic has to be run from; None where nothing is found."""
        found = list(self._candidates(name, prepended))
        for is_right in (_has_env, disk.is_folder):
            for base, path in found:
                if is_right(path):
                    return path, base
        return self._by_ending(name)

    def version_location(self, name: str, prepended: Sequence[str]) -> Path:
        found = [path for _, path in self._candidates(name, prepended)]
        return next((path for path in found if disk.is_folder(path)), found[0])

    def sys_path_entry(self, name: str) -> Path:
        path = _joined(self._bases[0], name)
        if disk.is_folder(path) or not os.path.isabs(name):
            return path
        return next((path for _, path in self._deployed(name) if disk.is_folder(path)), self._bases[0])

    def _candidates(self, name: str, prepended: Sequence[str]) -> Iterator[tuple[Path, Path]]:
        if os.path.isabs(name):
            yield self._bases[0], Path(os.path.normpath(name))
            yield from self._deployed(name)
        elif ":" in name:
            package, *parts = name.split(":")
            for base, root in self._import_roots(prepended):
                yield base, root.joinpath(*package.split("."), *parts)
        else:
            # A path written on Windows is understood, though only Windows would find it.
            for spelling in dict.fromkeys((name, name.replace("\\", "/"))):
                for base in self._bases:
                    yield base, _joined(base, spelling)

    def _deployed(self, name: str) -> Iterator[tuple[Path, Path]]:
        """The places in the project that an absolute path may stand for: the longest common end first."""
        parts = Path(name).parts[1:]
        for start in range(1, len(parts)):
            for base in self._bases:
                yield base, base.joinpath(*parts[start:])

    def _import_roots(self, prepended: Sequence[str]) -> Iterator[tuple[Path, Path]]:
        for base in self._bases:
            yield from ((base, _joined(base, entry)) for entry in prepended)
        yield from ((self._bases[0], root) for root in self._source_roots)
        for base in self._bases:
            yield self._bases[0], base
            yield self._bases[0], base / "src"

    def _by_ending(self, name: str) -> tuple[Path, Path] | None:
        """The one env.py whose path ends like a package at no usual place, or like a path of another machine."""
        if os.path.isabs(name):
            endings = [Path(name).parts[start:] for start in range(1, len(Path(name).parts))]
        elif ":" in name:
            package, *parts = name.split(":")
            endings = [Path(*package.split("."), *parts).parts]
        else:
            return None
        for ending in endings:
            matches = [folder for folder in self._env_folders if folder.parts[-len(ending) :] == ending]
            if len(matches) == 1:
                return matches[0], self._bases[0]
        return None

    def may_be_elsewhere(self, name: str, prepended: Sequence[str]) -> bool:
        """Whether what is not found may be on another machine, or in a package that is installed there."""
        if os.path.isabs(name) or ":" not in name:
            return os.path.isabs(name)
        top = name.partition(":")[0].partition(".")[0]
        return not any(disk.is_folder(root / top) for _, root in self._import_roots(prepended))


def _upward(folder: Path, root: Path) -> list[Path]:
    above = [folder, *folder.parents]
    return above[: above.index(root) + 1] if root in above else [folder]


def _joined(base: Path, name: str) -> Path:
    return Path(os.path.normpath(base / name))


def _has_env(path: Path) -> bool:
    return disk.is_file(path / "env.py")
