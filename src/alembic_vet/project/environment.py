"""One Alembic environment: everything a rule may ask for, read when it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from alembic_vet.disk import digest, noting
from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.plain import Vocabulary
from alembic_vet.model.revision import Revision
from alembic_vet.project.memory import found_anew, recalled
from alembic_vet.project.modules import ModuleResolver
from alembic_vet.project.revision_files import revision_files, revisions_of
from alembic_vet.project.surroundings import (
    OF_SHOWN,
    OF_SURROUNDINGS,
    Place,
    Shown,
    Surroundings,
    plain_conventions,
)
from alembic_vet.settings import Settings, Version
from alembic_vet.source.file import SourceFile, Sources, Unparsable
from alembic_vet.source.unknown import Opaque

if TYPE_CHECKING:
    from alembic_vet.cache import Store, Stores
    from alembic_vet.model.env_script import EnvScript
    from alembic_vet.model.history import Failure, Replayed, SchemaHistory
    from alembic_vet.model.schema.names import NamingConvention
    from alembic_vet.model.schema.state import ReplayOptions, SchemaState
    from alembic_vet.project.facts import Facts
    from alembic_vet.project.models import ModelIndex
    from alembic_vet.project.snapshots import Resumed, Snapshots

T = TypeVar("T")

# The oldest of each that this version of the tool speaks about.
OLDEST_SQLALCHEMY: Version = (2, 0)
OLDEST_ALEMBIC: Version = (1, 13)

_FEW = 16

# `driver://user:pass@localhost/dbname` is what `alembic init` writes.
_PLACEHOLDER = "driver"


def read_ahead(environments: Iterable[Environment]) -> None:
    """Have the revisions read while something else is done, where they are many."""
    from alembic_vet.project import facts

    facts.read_ahead((each.facts, each.revision_files) for each in environments)


class Environment:
    """The parts of one environment. Nothing here executes or imports what it reads."""

    def __init__(
        self,
        config: AlembicConfig,
        settings: Settings,
        sources: Sources,
        project_root: Path,
        siblings: Sequence[AlembicConfig] = (),
        stores: Stores | None = None,
    ) -> None:
        self.config = config
        self.settings = settings
        self.sources = sources
        self.project_root = project_root
        self.siblings = siblings
        self._stores = stores
        self.focus: frozenset[str] | None = None
        self.only_revisions = False

    @cached_property
    def models(self) -> ModelIndex:
        """The project's tables, and which of them env.py loads."""
        from alembic_vet.project.models import ModelIndex

        return ModelIndex(self.config, self.settings, self.sources, self.project_root, siblings=self.siblings)

    @cached_property
    def modules(self) -> ModuleResolver:
        if self._remembered is None:
            return self.models.resolver
        return ModuleResolver(self._remembered.roots, self.sources, self.project_root)

    @cached_property
    def script(self) -> EnvScript | None:
        """env.py, followed; None where there is none that parses."""
        from alembic_vet.extract.env_script import read_env_script

        file = self.readable(self.config.env_path)
        return read_env_script(file, self.config, self.modules) if file else None

    @cached_property
    def revision_files(self) -> tuple[str, ...]:
        """The paths of the files that Alembic would load as revisions, as text: they may be thousands."""
        return revision_files(self.config)

    @cached_property
    def facts(self) -> Facts:
        """The revisions as they were read, in this run or in an earlier one."""
        from alembic_vet.project.facts import Facts

        return Facts(self._store("facts", self.dialect), self._store("deeds", self.dialect), self.modules, self.dialect)

    def _store(self, kind: str, *about: object) -> Store | None:
        """Where something about this environment is kept from run to run."""
        location = [
            str(self.config.script_location),
            self.config.section,
            list(map(str, self.config.version_locations)),
        ]
        return self._stores(kind, [*location, *about]) if self._stores else None

    @cached_property
    def _remembered(self) -> Surroundings | None:
        """All that a revision is seen by, from an earlier run, where nothing else than revisions is wanted."""
        return self._recalled(Surroundings, OF_SURROUNDINGS, self._surroundings) if self.only_revisions else None

    @cached_property
    def _shown(self) -> Shown | None:
        """What env.py shows, from an earlier run, where only some files are wanted."""
        return None if self.focus is None else self._recalled(Shown, OF_SHOWN, self._what_is_shown)

    def _recalled(self, kind: type[T], vocabulary: Vocabulary, find: Callable[[Environment], T]) -> T | None:
        """What was found in an earlier run, or is now; None where nothing is kept."""
        others = [each.script_location for each in self.siblings]
        about = digest(repr((self.config, self.settings, self.project_root, others)).encode())
        store = self._store(kind.__name__.lower(), about)
        if store is None:
            return None

        def find_anew(sources: Sources) -> T:
            return find(Environment(self.config, self.settings, sources, self.project_root, self.siblings))

        known = recalled(kind, vocabulary, store, self.sources)
        apart = revisions_of(self.siblings)
        return known or found_anew(find_anew, vocabulary, lambda _: store, self.sources, apart=lambda _: apart)

    @staticmethod
    def _surroundings(unread: Environment) -> Surroundings:
        conventions = plain_conventions(unread._naming_convention)
        return Surroundings(unread.models.resolver.roots, unread.known_sqlalchemy, conventions)

    @staticmethod
    def _what_is_shown(unread: Environment) -> Shown:
        with noting() as seen:
            _ = unread.script
        runs = [path for path in seen.get("read", {}) if path.endswith(".py")]
        runs += [file.name for file in unread.sources.given]
        return Shown(unread.known_dialect, tuple(sorted(runs)))

    def may_lie_in(self, place: Place, holds: Callable[[str], bool]) -> bool:
        """Whether a file of such a place may be one of those wanted, which `holds` tells."""
        if place == "anywhere" or holds(str(self.config.env_path)):
            return True
        if place == "env.py":
            return False
        return self._shown is None or any(map(holds, self._shown.runs))

    @cached_property
    def revisions(self) -> tuple[Revision, ...]:
        """The revisions that parse, in the order of their file names."""
        return tuple(self.facts.revisions(self.revision_files))

    @property
    def revisions_in_focus(self) -> Sequence[Revision]:
        """Those that findings are wanted for."""
        focus = self.focus
        return self.revisions if focus is None else [each for each in self.revisions if each.name in focus]

    @property
    def read_so_far(self) -> tuple[Revision, ...]:
        """The same, none where nobody has asked for them."""
        return self.revisions if "revisions" in vars(self) else ()

    def save(self) -> None:
        """Keep what was read for later runs; one that could make use of what is kept adds too little to write it all."""
        if not self.read_so_far:
            return
        replayed = "replayed" in vars(self)
        resumed = replayed and self._resumed is not None
        self.facts.save(few=_FEW if resumed else 0)
        if replayed and not resumed and self._snapshots:
            self._snapshots.save(self.graph.order, self.history.revisions, self.history_from_empty.expected)

    @cached_property
    def graph(self) -> RevisionGraph:
        """How they follow each other."""
        return RevisionGraph(self.revisions)

    @cached_property
    def replay_options(self) -> ReplayOptions:
        from alembic_vet.model.schema.state import ReplayOptions

        return ReplayOptions(naming_convention=self._naming_convention, sqlalchemy_version=self.known_sqlalchemy)

    @property
    def _naming_convention(self) -> NamingConvention | Opaque:
        if self._remembered:
            return self._remembered.naming_convention
        from alembic_vet.project.naming import naming_convention

        return naming_convention(self.models)

    @cached_property
    def history(self) -> SchemaHistory:
        """The schema before, after and once more before each revision."""
        from alembic_vet.model.history import replay

        history = self.history_from_empty
        if history.expected is None:
            return history
        # Something made tables before the first revision, and nobody knows how many.
        return replay(self.graph.order, history.options, {*self._unfounded, *self.graph.bases})

    @cached_property
    def head(self) -> SchemaState | None:
        """The schema after all revisions; None where there are none."""
        known = self._snapshots.head(self.graph.order) if self._snapshots and "history" not in vars(self) else None
        return known or self.history.head

    @cached_property
    def history_from_empty(self) -> SchemaHistory:
        """The same as a new database has it, up to a revision that expects what is not there."""
        from alembic_vet.model.history import replay

        return replay(self.graph.order, self.replay_options, self._unfounded, until_expected=True)

    @cached_property
    def replayed(self) -> Sequence[Replayed]:
        """The revisions of the history, or, where only some are in `focus`, at least those."""
        return self.history.revisions if self._resumed is None else self._resumed.revisions

    @property
    def expected(self) -> Failure | None:
        """What the history, or a revision in `focus`, expects to be there, and no revision has made."""
        return self.history_from_empty.expected if self._resumed is None else None

    @cached_property
    def _resumed(self) -> Resumed | None:
        if not self.focus:
            return None
        order = self.graph.order
        places = [place for place, each in enumerate(order) if each.name in self.focus]
        if not places or self._snapshots is None:
            return None
        return self._snapshots.resume(order, places[0], places[-1])

    @cached_property
    def _snapshots(self) -> Snapshots | None:
        from alembic_vet.project.snapshots import Snapshots

        store = self._store("schema", self.dialect)
        if store is None:
            return None
        return Snapshots(store, self.facts, self.replay_options, self._unfounded, self.graph)

    @property
    def _unfounded(self) -> set[str]:
        """Revisions before which there may be anything: all, where some go round in a circle, at no known place."""
        if self.graph.cycle:
            return set(self.graph.revisions)
        return {each.revision.identifier for each in self.graph.missing}

    @cached_property
    def python_files(self) -> tuple[str, ...]:
        """env.py and the revisions: the files that belong to the environment itself."""
        return (str(self.config.env_path), *self.revision_files)

    @property
    def config_paths(self) -> tuple[Path, ...]:
        """The ini and TOML files that configure it."""
        config = self.config
        declared = (config.path, config.ini_path, config.toml_path)
        return tuple(dict.fromkeys(path for path in declared if path is not None and path != config.env_path))

    def readable(self, path: Path) -> SourceFile | None:
        """A Python file that exists and parses."""
        file = self.sources.file(path)
        try:
            return None if file.unparsable else file
        except OSError:
            return None

    def unparsable(self) -> list[Unparsable]:
        """Why files of the environment do not parse; of the revisions those in focus, where only some are wanted."""
        revisions = self.unparsable_revisions if self.focus is None else self._unparsable(self.focus)
        return [*(() if self.only_revisions else self._unparsable([str(self.config.env_path)])), *revisions]

    @cached_property
    def unparsable_revisions(self) -> list[Unparsable]:
        """Why revisions do not parse."""
        return self._unparsable(self.revision_files)

    def _unparsable(self, paths: Iterable[str]) -> list[Unparsable]:
        found: list[Unparsable] = []
        parsed = {revision.name for revision in self.revisions}
        for path in paths:
            if path in parsed:
                continue
            try:
                problem = self.sources.file(path).unparsable
            except OSError:
                continue
            if problem:
                found.append(problem)
        return found

    # The stack

    @cached_property
    def sqlalchemy(self) -> Version:
        """The SQLAlchemy it runs on: set, else locked or required, else the oldest supported."""
        return self.known_sqlalchemy or OLDEST_SQLALCHEMY

    @cached_property
    def known_sqlalchemy(self) -> Version | None:
        if self._remembered:
            return self._remembered.sqlalchemy
        return self.settings.sqlalchemy_version or self._version("sqlalchemy")

    @cached_property
    def alembic(self) -> Version:
        return self.settings.alembic_version or self._version("alembic") or OLDEST_ALEMBIC

    def _version(self, name: str) -> Version | None:
        from alembic_vet.project.versions import project_version

        return project_version(name, self.config.here) or project_version(name, self.project_root)

    def requires(self, distribution: str) -> bool:
        """Whether the project declares or locks a dependency on a distribution."""
        from alembic_vet.project.versions import has_dependency

        return has_dependency(distribution, self.config.here) or has_dependency(distribution, self.project_root)

    @cached_property
    def known_dialect(self) -> str | None:
        """The database it migrates: set, else what its folders are named after, that of the URL, what the code shows."""
        if self.settings.dialect:
            return self.settings.dialect
        return self._shown.dialect if self._shown else self._shown_dialect()

    def _shown_dialect(self) -> str | None:
        from alembic_vet.model.url import DatabaseUrl
        from alembic_vet.project.dialects import dialect_of_code, dialect_of_folders

        named = dialect_of_folders((self.config.here, *self.config.version_locations), self.project_root)
        if named is not None:
            return named
        engines = self.script.online.engines if self.script else []
        urls = [DatabaseUrl.read(engine.url) for engine in engines if engine.url]
        backends = {url.backend for url in urls if url} - {_PLACEHOLDER}
        known = backends.pop() if len(backends) == 1 else None
        # SQLite is often only what runs where nobody has set up the real one.
        if known is not None and (known != "sqlite" or not self._has_postgres_driver):
            return known
        return dialect_of_code(self.requires, self._said)

    def _said(self, pattern: str) -> Iterator[bytes]:
        """What a pattern finds in the revisions."""
        for path in self.revision_files:
            with suppress(OSError):
                yield from self.sources.file(path).matches(pattern)

    @cached_property
    def _has_postgres_driver(self) -> bool:
        from alembic_vet.project.dialects import POSTGRES_DRIVERS

        return any(self.requires(driver) for driver in POSTGRES_DRIVERS)

    @property
    def dialect(self) -> str:
        """The same, PostgreSQL where it is not known."""
        return self.known_dialect or "postgresql"

    @property
    def is_replayed(self) -> bool:
        """Whether there are rules about what revisions do to its database."""
        return self.dialect == "postgresql"
