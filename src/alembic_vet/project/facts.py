"""What was read of the revisions, kept from run to run: a revision whose bytes are the same says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache as cache_results
from pathlib import Path
from typing import Any, TypeAlias

from alembic_vet.cache import Store
from alembic_vet.disk import digest
from alembic_vet.extract.revision import read_revision
from alembic_vet.findings import Location
from alembic_vet.model.plain import BROKEN, plain, restored
from alembic_vet.model.revision import Direction, DirectionName, Revision
from alembic_vet.project.second_reader import SecondReader, is_worthwhile
from alembic_vet.source.file import SourceFile, Unparsable
from alembic_vet.source.scope import ModuleFinder

_DIRECTIONS: tuple[DirectionName, ...] = ("upgrade", "downgrade")
_Identity: TypeAlias = "tuple[str, Location, tuple[str, ...], Location | None, tuple[str, ...], tuple[str, ...]]"
# What one process tells the other: who the revision is, what it does, and the names of the modules that it asked for.
_Report: TypeAlias = "tuple[_Identity, dict[DirectionName, Direction], set[str]]"


class Facts:
    """The revisions of one environment: from the store where it has them, else read.

    What a revision says also depends on the first-party modules that it imports, and those import, and on there being
    none of the other names: all that it asked for is kept with it, and asked for again.
    """

    def __init__(self, store: Store | None, finder: ModuleFinder, dialect: str) -> None:
        self._store = store
        self._finder = _Finder(finder)
        self._dialect = dialect
        self._known: Mapping[str, Any] = store.load() if store else {}
        self._read: dict[Path, tuple[Revision, _Asked]] = {}
        self._second: SecondReader[_Report | None] | None = None
        self._numbers: dict[Path, int] = {}
        self._taken: dict[str, Any] = {}

    def read_ahead(self, files: Sequence[SourceFile]) -> None:
        """Let a second process begin with the last of these files, if they are many and nothing is known of them."""
        if not self._known and not self._second and is_worthwhile(len(files)):
            self._numbers = {file.path: number for number, file in enumerate(files)}
            with suppress(OSError):  # no process to be had, in a container say
                self._second = SecondReader(len(files), lambda number: self._report(files[number]))

    def revision(self, file: SourceFile) -> Revision | None:
        """As `read_revision`.

        Raises Unparsable and OSError where the file cannot be read.
        """
        if self._second and file.path in self._numbers:
            return self._shared(file, self._second)
        return (self._recalled(file) if self._known else None) or self._fresh(file)

    def _fresh(self, file: SourceFile) -> Revision | None:
        asked = _Asked(self._finder)
        known = read_revision(file, asked, self._dialect)
        if known is not None:
            self._read[file.path] = known, asked
        return known

    def _shared(self, file: SourceFile, second: SecondReader[_Report | None]) -> Revision | None:
        """A revision that the second process may have read."""
        number = self._numbers[file.path]
        if second.leaves(number):
            known = self._fresh(file)
            if known is not None:
                # Later nobody would be there to share the work with.
                for name in _DIRECTIONS:
                    known.direction(name)
            return known
        report = second.found(number)
        if report is None:
            return self._fresh(file)
        identity, directions, names = report
        known = Revision(file, *identity, directions.__getitem__, directions)
        self._read[file.path] = known, _Asked(self._finder, names)
        return known

    def _report(self, file: SourceFile) -> _Report | None:
        """What the second process says of a file."""
        try:
            known = self._fresh(file)
        except (Unparsable, OSError):
            return None
        if known is None:
            return None
        directions = {name: known.direction(name) for name in _DIRECTIONS}
        return _identity(known), directions, self._read[file.path][1].names

    def _recalled(self, file: SourceFile) -> Revision | None:
        try:
            entry = self._known[str(file.path)]
            contents, asked, identity, directions = entry
            if contents != file.digest:
                return None
            if any(self._finder.answer(name) != there for name, there in asked.items()):
                return None
            identifier, location, down, down_location, labels, depends = restored(identity, file.path)
        except BROKEN:
            return None
        self._taken[str(file.path)] = entry

        def read(name: DirectionName) -> Direction:
            try:
                direction = restored(directions[name], file.path)
            except BROKEN:
                direction = None
            if isinstance(direction, Direction):
                return direction
            again = read_revision(file, self._finder, self._dialect)
            return again.direction(name) if again else Direction(name, None, complete=False)

        return Revision(file, identifier, location, down, down_location, labels, depends, read)

    def fingerprint(self, revision: Revision) -> str | None:
        """What changes with anything that a revision says; None where it was not known before this run."""
        entry = self._taken.get(str(revision.file.path))
        return None if entry is None else digest(repr(entry[:2]).encode())

    def save(self) -> None:
        """Keep what was read in this run beside what was known before; files that are gone are forgotten."""
        if self._store is None:
            return
        new = dict(self._entries(self._read.values()))
        self._taken |= new
        if new or len(self._taken) < len(self._known):
            self._store.save(self._taken)

    def _entries(self, read: Iterable[tuple[Revision, _Asked]]) -> Iterable[tuple[str, Any]]:
        for revision, asked in read:
            if not revision.is_read:
                continue
            here = revision.file.path
            directions = {name: plain(revision.direction(name), here) for name in _DIRECTIONS}
            yield (
                str(here),
                [revision.file.digest, asked.answers, plain(_identity(revision), here), directions],
            )


def _identity(revision: Revision) -> _Identity:
    return (
        revision.identifier,
        revision.location,
        revision.down_revisions,
        revision.down_location,
        revision.branch_labels,
        revision.depends_on,
    )


class _Finder:
    """Finds modules, and tells what it found in short; each name once."""

    def __init__(self, finder: ModuleFinder) -> None:
        self.find = cache_results(finder.find)
        self.is_namespace = cache_results(finder.is_namespace)

    def answer(self, name: str) -> str | bool:
        """The digest of a module's file; where there is none, whether there is a folder."""
        file = self.find(name)
        return self.is_namespace(name) if file is None else file.digest


class _Asked:
    """A finder that remembers what it was asked for, and the answers."""

    def __init__(self, finder: _Finder, names: Iterable[str] = ()) -> None:
        self._finder = finder
        self.names = set(names)

    @property
    def answers(self) -> dict[str, str | bool]:
        return {name: self._finder.answer(name) for name in sorted(self.names)}

    def find(self, name: str) -> SourceFile | None:
        self.names.add(name)
        return self._finder.find(name)

    def is_namespace(self, name: str) -> bool:
        self.names.add(name)
        return self._finder.is_namespace(name)
