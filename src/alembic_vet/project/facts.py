"""What was read of the revisions, kept from run to run: a revision whose bytes are the same says the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache as cache_results
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from msgspec import DecodeError, Raw, Struct, field
from msgspec.json import decode, encode

from alembic_vet import disk
from alembic_vet.cache import Store
from alembic_vet.extract.revision import read_revision
from alembic_vet.extract.revision.identity import written
from alembic_vet.model.plain import BROKEN, OF_REVISIONS
from alembic_vet.model.revision import Direction, DirectionName, Revision, RevisionIdentity
from alembic_vet.project.memory import agrees
from alembic_vet.project.modules import ModuleResolver
from alembic_vet.source.file import SourceFile, Unparsable

if TYPE_CHECKING:
    from alembic_vet.project.second_reader import SecondReader

T = TypeVar("T")

_DIRECTIONS: tuple[DirectionName, ...] = ("upgrade", "downgrade")


class _Entry(RevisionIdentity, frozen=True, array_like=True):
    """Who a revision is, and more that is kept of it.

    `asked` says which of `_Known.asked` it asked for; `mark` changes with anything that its upgrade does, and is empty where
    nobody has asked for that.
    """

    asked: int = 0
    mark: str = ""


class _Known(Struct, frozen=True, array_like=True):
    """Files, the revision of each, what there was of the modules that they asked for, and how that was seen.

    Most ask for the same modules: `asked` holds each set of names once. `deeds` tells what they do, which is kept beside.
    """

    modules: dict[str, disk.Stamped | bool] = field(default_factory=dict)
    looks: disk.Answers | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    files: dict[str, disk.Stamped] = field(default_factory=dict)
    revisions: list[_Entry] = field(default_factory=list)
    deeds: str = ""


# What each direction does (see `plain`), upgrade first; null where nobody has asked.
_Deeds = tuple[Raw, Raw]
_UNASKED: _Deeds = (Raw(b"null"), Raw(b"null"))

# What one process tells the other: who the revision is, what it does, and the names of the modules that it asked for.
_Report: TypeAlias = "tuple[RevisionIdentity, dict[DirectionName, Direction], set[str]]"


class Facts:
    """The revisions of one environment: from the store where it has them, else read.

    What a revision says also depends on the first-party modules that it imports, and those import, and on there being
    none of the other names: all that it asked for is kept with it, and asked for again. What revisions do is most of
    it, and in a store of its own.
    """

    def __init__(self, store: Store | None, deeds: Store | None, finder: ModuleResolver, dialect: str) -> None:
        self._store = store
        self._deeds_store = deeds
        self._sources = finder.sources
        self._finder = _Finder(finder)
        self._dialect = dialect
        known = _decoded(store.load() if store else b"", _Known) or _Known()
        self._deeds_then = known.deeds
        self._files = known.files
        self._known = dict(zip(known.files, known.revisions, strict=False))
        self._modules = known.modules
        self._looks = known.looks
        self._asked = known.asked
        self._places = {names: place for place, names in enumerate(known.asked)}
        self._read: dict[str, tuple[Revision, _Asked]] = {}
        self._second: SecondReader[_Report | None] | None = None
        self._numbers: dict[str, int] = {}
        self._taken: dict[str, _Entry] = {}
        self._encodings: dict[tuple[str, DirectionName], bytes] = {}

    @property
    def are_read_ahead(self) -> bool:
        """Whether a second process reads some of them."""
        return self._second is not None

    @cached_property
    def _deeds(self) -> dict[str, _Deeds]:
        """What was known before of all revisions; hardly any is asked for."""
        kept = self._deeds_store.load() if self._deeds_store else b""
        if disk.digest(kept) != self._deeds_then:  # another run has kept something else meanwhile
            return {}
        return _decoded(kept, dict[str, _Deeds]) or {}

    @cached_property
    def _changed(self) -> set[str]:
        """The modules of which there is something else now."""
        if self._looks is not None and self._finder.sees(self._looks):
            return set()
        return {name for name, there in self._modules.items() if not self._finder.is_still(name, there)}

    @cached_property
    def _intact(self) -> set[int]:
        """The sets of modules that are as they were, by their places."""
        return {place for place, names in enumerate(self._asked) if self._changed.isdisjoint(names)}

    @cached_property
    def _changed_files(self) -> dict[str, disk.Stamped | None]:
        """The same of the files: what there is now where that is not what there was."""
        given = {file.name: file.stamped for file in self._sources.given if file.name in self._files}
        asked = {name: then for name, then in self._files.items() if name not in given} if given else self._files
        return disk.changed(asked) | given

    def _is_current(self, name: str) -> bool:
        """Whether a file that has another stamp still says the same."""
        now = self._changed_files[name]
        return now is not None and now[1] == self._files[name][1]

    def revisions(self, names: Iterable[str]) -> Iterator[Revision]:
        """Those of the files that can be read, as `read_revision` gives them."""
        known, changed, intact = self._known, self._changed_files, self._intact
        opened, read = self._sources.file, self._recalled_direction
        for name in names:
            entry = known.get(name)
            if entry is not None and entry.asked in intact and (name not in changed or self._is_current(name)):
                self._taken[name] = entry  # as nearly all mostly are
                yield Revision(name, entry, opened, read, written)
                continue
            file = opened(name)
            with suppress(Unparsable, OSError):
                found = self._shared(file, self._second) if self._second else self._fresh(file)
                if found is not None:
                    yield found

    def _fresh(self, file: SourceFile) -> Revision | None:
        asked = _Asked(self._finder)
        known = read_revision(file, asked, self._dialect)
        if known is not None:
            self._read[file.name] = known, asked
        return known

    def _shared(self, file: SourceFile, second: SecondReader[_Report | None]) -> Revision | None:
        """A revision that the second process may have read."""
        number = self._numbers.get(file.name)
        if number is None:
            return self._fresh(file)
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
        known = Revision(file.name, identity, lambda _: file, lambda _, name: directions[name], written, directions)
        self._read[file.name] = known, _Asked(self._finder, names)
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
        return known.identity, directions, self._read[file.name][1].names

    def _recalled_direction(self, file: SourceFile, name: DirectionName) -> Direction:
        try:
            direction = OF_REVISIONS.restored(decode(self._deeds[file.name][_DIRECTIONS.index(name)]), file.path)
        except BROKEN:  # or it was not asked for
            direction = None
        if isinstance(direction, Direction):
            return direction
        again = self._fresh(file)
        return again.direction(name) if again else Direction(name, None, complete=False)

    def mark(self, revision: Revision) -> str:
        """What changes with anything that the upgrade does."""
        entry = self._taken.get(revision.name)
        return (entry and entry.mark) or disk.digest(self._encoded(revision, "upgrade"))

    def _encoded(self, revision: Revision, name: DirectionName) -> bytes:
        """What a direction does, as it is kept."""
        known = (revision.name, name)
        if known not in self._encodings:
            self._encodings[known] = encode(OF_REVISIONS.plain(revision.direction(name), revision.file.path))
        return self._encodings[known]

    def save(self, *, few: int = 0) -> None:
        """Keep what was read in this run beside what was known before, if it is more than a few.

        Files that are gone are forgotten, and stamps are brought up to date.
        """
        if self._store is None or self._deeds_store is None:
            return
        recalled, gone = self._taken, self._known.keys() - self._taken.keys() - self._read.keys()
        renewed = len(self._changed_files.keys() & recalled.keys())
        if renewed + len(self._read) + len(gone) <= few:
            return
        files = {name: self._changed_files.get(name) or self._files[name] for name in recalled}
        self._taken = recalled | {name: self._entry(name) for name in self._read}
        used = {entry.asked for entry in self._taken.values()}
        asked = [names if place in used else () for place, names in enumerate(self._asked)]
        modules = {name: self._finder.answer(name) for names in asked for name in names}
        deeds = {name: self._deeds.get(name, _UNASKED) for name in recalled}
        for name, (revision, _) in self._read.items():
            files[name] = revision.file.stamped
            deeds[name] = self._deeds_of(revision, deeds.get(name, _UNASKED))
        encoded = encode(deeds)
        self._deeds_store.save(encoded)
        revisions = [self._taken[name] for name in files]
        known = _Known(modules, self._finder.looks(modules), asked, files, revisions, disk.digest(encoded))
        self._store.save(encode(known))

    def _entry(self, name: str) -> _Entry:
        """What is to be kept of a revision that was read."""
        revision, asked = self._read[name]
        known = self._taken.get(name)  # where the direction that was asked for now had not been
        names = tuple(sorted(asked.names.union(self._asked[known.asked] if known else ())))
        mark = self.mark(revision) if revision.known("upgrade") or (known and known.mark) else ""
        if names not in self._places:
            self._places[names] = len(self._asked)
            self._asked.append(names)
        who = revision.identity
        return _Entry(who.identifier, who.down_revisions, who.branch_labels, who.depends_on, self._places[names], mark)

    def _deeds_of(self, revision: Revision, then: _Deeds) -> _Deeds:
        """What each direction does, as far as that is known now or was then."""
        upgrade, downgrade = (
            Raw(self._encoded(revision, name)) if revision.known(name) else before
            for name, before in zip(_DIRECTIONS, then, strict=True)
        )
        return upgrade, downgrade


def read_ahead(wanted: Iterable[tuple[Facts, Iterable[str]]]) -> None:
    """Let a second process begin with the last of these files, if there are many of which nothing is known."""
    from alembic_vet.project.second_reader import SecondReader, is_worthwhile

    unread = [(facts, name) for facts, names in wanted if not facts._known for name in names]
    if not is_worthwhile(len(unread)):
        return

    # Both processes use them: so they are imported once.
    from alembic_vet.extract.revision import catalogue, directions, execution, guards  # noqa: F401

    def report(number: int) -> _Report | None:
        facts, name = unread[number]
        return facts._report(facts._sources.file(name))

    with suppress(OSError):  # no process to be had, in a container say
        second = SecondReader(len(unread), report)
        for number, (facts, name) in enumerate(unread):
            facts._second = second
            facts._numbers[name] = number


def _decoded(data: bytes, kind: type[T]) -> T | None:
    """What was kept; None where that is not known."""
    try:
        return decode(data, type=kind)
    except DecodeError:
        return None


class _Finder:
    """Finds modules, and tells what it found in short; each name once."""

    def __init__(self, finder: ModuleResolver) -> None:
        self._finder = finder
        self.find = cache_results(finder.find)
        self.is_namespace = cache_results(finder.is_namespace)
        self._answers: dict[str, disk.Stamped | bool] = {}

    def answer(self, name: str) -> disk.Stamped | bool:
        """What tells another time whether a module's file is as it is now; where there is none, whether there is a folder."""
        if name not in self._answers:
            file = self.find(name)
            self._answers[name] = self.is_namespace(name) if file is None else file.stamped
        return self._answers[name]

    def looks(self, names: Collection[str]) -> disk.Answers | None:
        """The looks at the disk that tell of all of them; None where one cannot be read."""
        afresh = self._finder.afresh()
        with disk.noting() as looks:
            located = [name for name in names if afresh.path_of(name)]
            for name in names:
                afresh.is_namespace(name)
        files = [file for file in map(self.find, located) if file is not None]
        return {**looks, "read": {file.name: file.stamped for file in files}} if len(files) == len(located) else None

    def sees(self, looks: disk.Answers) -> bool:
        """Whether these looks show what they showed."""
        try:
            is_so = agrees(self._finder.sources, looks) and disk.confirm(looks) is not None
        except BROKEN:
            return False
        if is_so:
            disk.note(looks)
        return is_so

    def is_still(self, name: str, then: disk.Stamped | bool) -> bool:
        """Whether there is what there was then."""
        file = self.find(name)
        if file is None or isinstance(then, bool):
            return file is None and self.is_namespace(name) == then
        now = file.is_still(then)
        if now is not None:
            self._answers[name] = now
        return now is not None


class _Asked:
    """A finder that remembers what it was asked for, and the answers."""

    def __init__(self, finder: _Finder, names: Iterable[str] = ()) -> None:
        self._finder = finder
        self.names = set(names)

    def find(self, name: str) -> SourceFile | None:
        self.names.add(name)
        return self._finder.find(name)

    def is_namespace(self, name: str) -> bool:
        self.names.add(name)
        return self._finder.is_namespace(name)
