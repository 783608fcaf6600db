"""The tables of a project, and which of them env.py loads."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.models import (
    Reach,
    TableDefinition,
    Target,
    UnreachedModule,
    UnusedImport,
    UnusedImportTool,
)
from alembic_vet.project.distributions import build_files
from alembic_vet.project.files import listed
from alembic_vet.project.modules import ModuleResolver
from alembic_vet.project.source_roots import environment_roots
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

if TYPE_CHECKING:
    from alembic_vet.project.declarative import Declarative
    from alembic_vet.project.reach import ImportGraph
    from alembic_vet.project.symbols import LoadedModule, SymbolTable

# Code that env.py does not import on purpose, by the name of a folder or file.
_TESTS = frozenset({"test", "tests", "testing", "conftest", "conftest.py"})
_APART = frozenset(
    {
        "versions", "doc", "docs", "example", "examples", "sample", "samples", "demo", "demos", "benchmark",
        "benchmarks", "script", "scripts", "tool", "tools", "vendor", "_vendor", "vendored", "third_party",
        "thirdparty", "site-packages", "fixtures", "templates", "archive", "archived", "backup", "backups", "old",
        "legacy", "deprecated", "playground", "notebooks", "tutorial", "tutorials", "sandbox", "snippets", "venv",
        ".venv", "env", "node_modules",
    }
)  # fmt: skip


def is_of_tests(name: str) -> bool:
    """Whether a file or a folder of that name holds tests."""
    return name in _TESTS or name.startswith("test_") or name.endswith(("_test", "_tests", "_test.py"))


def _is_apart(name: str) -> bool:
    return name in _APART or is_of_tests(name)


class ModelIndex:
    """The models of one environment, read when they are asked for.

    `siblings` are the other environments of the repository: what they load, or what lies
    beside them, is theirs.
    """

    def __init__(
        self,
        config: AlembicConfig,
        settings: Settings,
        sources: Sources,
        project_root: Path,
        *,
        files: Callable[[], Sequence[str]] | None = None,
        siblings: Sequence[AlembicConfig] = (),
    ) -> None:
        self.config = config
        self.settings = settings
        self.sources = sources
        self.project_root = project_root
        self.siblings = siblings
        self._tables: dict[Path, tuple[TableDefinition, ...]] = {}
        self._list_files = files or (lambda: listed(project_root, sources))

    @cached_property
    def files(self) -> Sequence[str]:
        return self._list_files()

    @cached_property
    def resolver(self) -> ModuleResolver:
        roots = environment_roots(self.config, self.settings, self.sources, self.project_root, self.files)
        return ModuleResolver(roots, self.sources, self.project_root)

    @cached_property
    def symbols(self) -> SymbolTable:
        from alembic_vet.project.symbols import SymbolTable

        return SymbolTable(self.resolver)

    @cached_property
    def graph(self) -> ImportGraph:
        from alembic_vet.project.reach import ImportGraph

        return ImportGraph(self.symbols)

    @cached_property
    def declarative(self) -> Declarative:
        from alembic_vet.project.declarative import Declarative

        return Declarative(self.symbols)

    @cached_property
    def env(self) -> LoadedModule | None:
        """env.py, where it exists and parses."""
        return self.symbols.load(self.config.env_path)

    @cached_property
    def reach(self) -> Reach:
        """What env.py loads."""
        return self.graph.reachable([self.config.env_path])

    @cached_property
    def target(self) -> Target:
        """The metadata that env.py hands to `context.configure`."""
        from alembic_vet.project.target import read_target

        return read_target(self.env, self.declarative) if self.env else Target("unknown")

    @cached_property
    def candidates(self) -> tuple[Path, ...]:
        """The files that may define tables: those with a telling word, outside tests, examples and migrations."""
        return tuple(self._candidates())

    def _candidates(self) -> Iterator[Path]:
        own = (self.config.script_location, *self.config.version_locations)
        return (Path(name) for name in self.outside(own, _is_apart) if self._may_define_tables(name))

    def outside(self, folders: Iterable[Path], is_apart: Callable[[str], bool]) -> Iterator[str]:
        """The project's Python files, but those below these folders, and those of whose path a part is apart."""
        left_out = tuple(os.path.join(folder, "") for folder in folders)
        start = len(str(self.project_root)) + 1
        known: dict[str, bool] = {}
        for name in self.files:
            if not name.endswith(".py") or name.startswith(left_out):
                continue
            folder, _, file = name.rpartition(os.sep)
            if folder not in known:
                known[folder] = any(map(is_apart, folder[start:].split(os.sep)))
            if not known[folder] and not is_apart(file):
                yield name

    def tables_of(self, path: Path) -> tuple[TableDefinition, ...]:
        """The tables that one file defines, as far as their metadata is known."""
        known = self._tables.get(path)
        if known is None:
            module = self.symbols.load(path) if self._may_define_tables(path) else None
            known = self._tables[path] = tuple(self.declarative.tables(module)) if module else ()
        return known

    def _may_define_tables(self, path: disk.AnyPath) -> bool:
        from alembic_vet.project.declarative import may_define_tables

        try:
            return may_define_tables(self.sources.file(path))
        except OSError:
            return False

    def data(self, path: disk.AnyPath) -> bytes:
        """The bytes of a file; none where it cannot be read."""
        try:
            return self.sources.file(path).data
        except OSError:
            return b""

    @cached_property
    def tables(self) -> tuple[TableDefinition, ...]:
        """Every table of the project whose metadata is known."""
        return tuple(table for path in self.candidates for table in self.tables_of(path))

    @cached_property
    def reached_tables(self) -> tuple[TableDefinition, ...]:
        """The tables that env.py loads, wherever their modules lie."""
        return tuple(table for path in sorted(self.reach.modules) for table in self.tables_of(path))

    @cached_property
    def unreached(self) -> tuple[UnreachedModule, ...]:
        """The modules that define tables on env.py's metadata and that it never loads.

        Nothing where `doubt` gives a reason.
        """
        wanted = self._wanted
        if not wanted or self.config.format == "none":
            return ()
        # Most projects load them all, or load something by a name that nobody knows: either shows early.
        seen = self.graph.reachable([self.config.env_path], until=wanted, until_unsure=True)
        if wanted <= seen.modules or seen.unknown or seen.unresolved:
            return ()
        return () if self.doubt else self.missing

    @cached_property
    def missing(self) -> tuple[UnreachedModule, ...]:
        """`unreached`, whatever the doubt."""
        wanted = self._wanted
        if not wanted or wanted <= self.graph.reachable([self.config.env_path], until=frozenset(wanted)).modules:
            return ()
        return tuple(self._missing())

    @cached_property
    def _wanted(self) -> frozenset[Path]:
        """The candidates with a table on the metadata that env.py uses."""
        metadata = self.target.metadata
        return frozenset(
            path for path in self.candidates if any(table.metadata in metadata for table in self.tables_of(path))
        )

    def _missing(self) -> Iterator[UnreachedModule]:
        reached = self.reach.modules
        metadata = self.target.metadata
        loaded = {(table.schema, table.table) for table in self.reached_tables if table.table}
        comments = _comments(self.data(self.config.env_path))
        for path in sorted(self._wanted - reached - self._elsewhere):
            tables = tuple(table for table in self.tables_of(path) if table.metadata in metadata)
            # A second definition of a loaded table cannot be imported at all: a copy left behind.
            if any((table.schema, table.table) in loaded for table in tables) or self._is_foreign(path):
                continue
            # An import that somebody has commented out is missing on purpose.
            if any(path.stem in line for line in comments):
                continue
            yield UnreachedModule(tables[0].module, path, tables, self.graph.is_importable(path, self.config.env_path))

    def _is_foreign(self, path: Path) -> bool:
        """Whether a file belongs to a distribution of which env.py loads nothing: a plugin, another service."""
        home = self._build_folder(path)
        if home is None or self.config.script_location.is_relative_to(home) or self.config.here.is_relative_to(home):
            return False
        return not any(each.is_relative_to(home) for each in self.reach.modules)

    def _build_folder(self, path: Path) -> Path | None:
        return next((folder for folder in path.parents if folder in self._build_folders), None)

    @cached_property
    def _build_folders(self) -> frozenset[Path]:
        return frozenset(build_file.parent for build_file in build_files(self.files))

    @cached_property
    def _others(self) -> tuple[ModelIndex, ...]:
        """The models as the other environments of the repository see them."""
        return tuple(
            ModelIndex(other, self.settings, self.sources, self.project_root, files=lambda: self.files)
            for other in self.siblings
            if other.env_path != self.config.env_path and self.sources.exists(other.env_path)
        )

    @cached_property
    def _elsewhere(self) -> frozenset[Path]:
        """What other environments load, or what lies beside them only."""
        paths: set[Path] = set()
        for other in self._others:
            paths |= other.reach.modules
            if not self.config.here.is_relative_to(other.config.here):
                paths |= {path for path in self._wanted if path.is_relative_to(other.config.here)}
        return frozenset(paths)

    @cached_property
    def is_shared(self) -> bool:
        """Whether another environment uses the same metadata."""
        own = {each for each in self.target.metadata if each.path}
        return any(own & other.target.metadata for other in self._others)

    @property
    def is_alone(self) -> bool:
        """Whether there is no other environment in the repository."""
        return not self._others

    def unused_imports(self, tool: str = "ruff") -> tuple[UnusedImport, ...]:
        """What env.py imports only for the tables behind it; `loses` is what goes where `tool` deletes unused imports."""
        from alembic_vet.project.unused_imports import UnusedImports

        return UnusedImports(self.env, self.graph, self.tables_of).find(tool) if self.env else ()

    def lost_imports(self, tool: str = "ruff") -> tuple[UnusedImport, ...]:
        """Those among them that lose something."""
        from alembic_vet.project.unused_imports import UnusedImports

        return UnusedImports(self.env, self.graph, self.tables_of).losing(tool) if self.env else ()

    @cached_property
    def unused_import_tools(self) -> tuple[UnusedImportTool, ...]:
        """The tools of the project that look for unused imports, and what they do to those of env.py."""
        from alembic_vet.project.lint_config import unused_import_tools

        return unused_import_tools(self.config.env_path, self.sources, self.files)

    @cached_property
    def doubt(self) -> str | None:
        """Why it cannot be said which models env.py misses; None where it can."""
        if self.target.kind != "known":
            return "the metadata of env.py is not known"
        if not self.missing:
            return None
        if self.config.format == "none":
            return "env.py is run by code, which may have loaded the models"
        if not self.reach.certain:
            return "env.py loads modules by names that are not known"
        if self.is_shared:
            return "another environment uses the same metadata"
        if any(self._generates_revisions(name) for name in self.files if name.endswith(".py")):
            return "the project generates revisions from its own code, which may have loaded the models"
        return None

    def _generates_revisions(self, name: str) -> bool:
        data = self.data(name)
        if b"alembic" not in data or not re.search(_AUTOGENERATES, data) or not re.search(_COMMANDS, data):
            return False
        path = Path(name)
        parts = path.relative_to(self.project_root).parts if path.is_relative_to(self.project_root) else ()
        return not any(re.fullmatch(_TEST, part) for part in parts)


_COMMANDS = rb"\balembic\.command\b|\balembic import [^\n]*\bcommand\b|\balembic\.config import [^\n]*\bmain\b"
_AUTOGENERATES = rb"\bautogenerate\b|\.check\(|\.revision\(|\bcompare_metadata\b|\bproduce_migrations\b"
_TEST = r"tests?|testing|conftest\.py|test_.*\.py|.*_test\.py"


def _comments(data: bytes) -> list[str]:
    """The import statements that are commented out."""
    lines = data.decode("utf-8", "replace").splitlines()
    return [line for line in lines if re.match(r"\s*#\s*(from|import)\s+[\w.]+", line)]
