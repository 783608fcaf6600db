"""Unpack a wheel or an sdist without trusting it: plain files only, never outside the folder, never run."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

# What alembic-vet may read; front ends and data, most of some wheels, stay packed.
SUFFIXES = frozenset({".py", ".ini", ".toml", ".cfg", ".mako", ".txt"})
LARGEST_FILE = 8_000_000
MOST_FILES = 50_000


class UnsafeArchiveError(Exception):
    """The archive holds a name that leads out of the folder, or is larger than any package should be."""


def unpack(archive: Path, folder: Path) -> None:
    """Write the archive's text files below `folder`, which must not exist yet."""
    folder.mkdir(parents=True)
    members = _zip_members(archive) if zipfile.is_zipfile(archive) else _tar_members(archive)
    for number, (name, data) in enumerate(members, 1):
        if number > MOST_FILES:
            raise UnsafeArchiveError(f"{archive.name}: more than {MOST_FILES} files")
        target = folder.joinpath(*_parts(archive, name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _parts(archive: Path, name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise UnsafeArchiveError(f"{archive.name}: the name {name!r} leads out of the archive")
    return path.parts


def _wanted(name: str, size: int) -> bool:
    return PurePosixPath(name).suffix in SUFFIXES and size <= LARGEST_FILE


def _zip_members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            link = stat.S_ISLNK(info.external_attr >> 16)
            if not info.is_dir() and not link and _wanted(info.filename, info.file_size):
                yield info.filename, opened.read(info)


def _tar_members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as opened:
        for info in opened:
            content = opened.extractfile(info) if info.isfile() and _wanted(info.name, info.size) else None
            if content:
                yield info.name, content.read()
