"""What was read of the revisions, kept from run to run: a revision whose bytes are the same says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache as cache_results
from pathlib import Path
from typing import TypeAlias

from msgspec import DecodeError, Raw, Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from alembic_vet import disk
from alembic_vet.cache import Store
from alembic_vet.extract.revision import read_revision
from alembic_vet.findings import Location, Span
from alembic_vet.model.plain import BROKEN, plain, restored
from alembic_vet.model.revision import Direction, DirectionName, Revision
from alembic_vet.project.second_reader import SecondReader, is_worthwhile
from alembic_vet.source.file import SourceFile, Unparsable
from alembic_vet.source.scope import ModuleFinder

_DIRECTIONS: tuple[DirectionName, ...] = ("upgrade", "downgrade")


class _Identity(Struct, frozen=True, array_like=True):
    """Who a revision is; spans are those of its file."""

    identifier: str
    span: Span
    down_revisions: tuple[str, ...]
    down_span: Span | None
    branch_labels: tuple[str, ...]
    depends_on: tuple[str, ...]

    @classmethod
    def of(cls, revision: Revision) -> _Identity:
        down = revision.down_location
        return cls(
            revision.identifier,
            revision.location.span,
            revision.down_revisions,
            down.span if down else None,
            revision.branch_labels,
            revision.depends_on,
        )

    def revision(
        self,
        file: SourceFile,
        read: Callable[[DirectionName], Direction],
        directions: dict[DirectionName, Direction] | None = None,
    ) -> Revision:
        location = Location(file.path, self.span)
        down = Location(file.path, self.down_span) if self.down_span else None
        return Revision(
            file,
            self.identifier,
            location,
            self.down_revisions,
            down,
            self.branch_labels,
            self.depends_on,
            read,
            directions or {},
        )


class _Entry(Struct, frozen=True, array_like=True):
    """One revision as it was read: what it rests on, who it is, what each direction does (see `plain`).

    `asked` are the modules that it asked for, and what there was; `mark` changes with any of what it rests on. A
    direction that nobody asked for is null.
    """

    file: disk.Stamped
    asked: dict[str, str | bool]
    mark: str
    identity: _Identity
    upgrade: Raw
    downgrade: Raw


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
        self._known = _known(store)
        self._read: dict[Path, tuple[Revision, _Asked]] = {}
        self._second: SecondReader[_Report | None] | None = None
        self._numbers: dict[Path, int] = {}
        self._taken: dict[str, _Entry] = {}

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
        known = identity.revision(file, directions.__getitem__, directions)
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
        return _Identity.of(known), directions, self._read[file.path][1].names

    def _recalled(self, file: SourceFile) -> Revision | None:
        path = str(file.path)
        entry = self._known.get(path)
        now = file.is_still(entry.file) if entry else None
        if entry is None or now is None:
            return None
        if any(self._finder.answer(name) != there for name, there in entry.asked.items()):
            return None
        self._taken[path] = entry if now == entry.file else replace(entry, file=now)

        def read(name: DirectionName) -> Direction:
            try:
                direction = restored(decode(getattr(entry, name)), file.path)
            except BROKEN:  # or it was not asked for
                direction = None
            if isinstance(direction, Direction):
                return direction
            again = self._fresh(file)
            return again.direction(name) if again else Direction(name, None, complete=False)

        return entry.identity.revision(file, read)

    def mark(self, revision: Revision) -> str | None:
        """What changes with anything that a revision says; None where it was not known before this run."""
        entry = self._taken.get(str(revision.file.path))
        return None if entry is None else entry.mark

    def save(self, *, few: int = 0) -> None:
        """Keep what was read in this run beside what was known before, if it is more than a few.

        Files that are gone are forgotten, and stamps are brought up to date.
        """
        if self._store is None:
            return
        self._taken |= dict(self._entries(self._read.values()))
        changes = sum(entry is not self._known.get(path) for path, entry in self._taken.items())
        if changes + len(self._known.keys() - self._taken.keys()) > few:
            self._store.save(encode(self._taken))

    def _entries(self, read: Iterable[tuple[Revision, _Asked]]) -> Iterable[tuple[str, _Entry]]:
        for revision, asked in read:
            path, file = revision.file.path, revision.file.stamped
            known = self._taken.get(str(path))  # where the direction that was asked for now had not been
            answers = (known.asked if known else {}) | asked.answers
            mark = disk.digest(repr((file[1], answers)).encode())
            upgrade, downgrade = (_data(revision, name, known) for name in _DIRECTIONS)
            yield str(path), _Entry(file, answers, mark, _Identity.of(revision), upgrade, downgrade)


def _data(revision: Revision, name: DirectionName, known: _Entry | None) -> Raw:
    """What a direction does; null where nobody has asked."""
    direction = revision.known(name)
    if direction is not None:
        return Raw(encode(plain(direction, revision.file.path)))
    return getattr(known, name) if known else Raw(b"null")


def _known(store: Store | None) -> Mapping[str, _Entry]:
    try:
        return decode(store.load(), type=dict[str, _Entry]) if store else {}
    except DecodeError:
        return {}


class _Finder:
    """Finds modules, and tells what it found in short; each name once."""

    def __init__(self, finder: ModuleFinder) -> None:
        self.find = cache_results(finder.find)
        self.is_namespace = cache_results(finder.is_namespace)
        self.answer = cache_results(self._answer)

    def _answer(self, name: str) -> str | bool:
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
