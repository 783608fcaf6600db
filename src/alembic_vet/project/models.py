"""The tables of a project, and which of them env.py loads."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.models import MetadataId, Reach, TableDefinition, Target, UnreachedModule
from alembic_vet.project.declarative import TABLE_HINT, Declarative
from alembic_vet.project.files import files_below
from alembic_vet.project.modules import ModuleResolver
from alembic_vet.project.reach import ImportGraph
from alembic_vet.project.source_roots import environment_roots
from alembic_vet.project.symbols import LoadedModule, SymbolTable
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

# Code that env.py does not import on purpose, by the name of a folder or file.
_APART = re.compile(
    r"(tests?|testing|conftest|docs?|examples?|samples?|demos?|benchmarks?|scripts?|tools?|vendor|_vendor|vendored"
    r"|third_party|thirdparty|site-packages|fixtures|templates|archived?|backups?|old|legacy|deprecated|playground"
    r"|notebooks|tutorials?|sandbox|snippets|\.?venv|env|node_modules|test_.*|.*_tests?|conftest\.py|.*_test\.py)"
)


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
        self._list_files = files or (lambda: files_below(project_root))

    @cached_property
    def files(self) -> Sequence[str]:
        return self._list_files()

    @cached_property
    def resolver(self) -> ModuleResolver:
        roots = environment_roots(self.config, self.settings, self.sources, self.project_root, self.files)
        return ModuleResolver(roots, self.sources, self.project_root)

    @cached_property
    def symbols(self) -> SymbolTable:
        return SymbolTable(self.resolver)

    @cached_property
    def graph(self) -> ImportGraph:
        return ImportGraph(self.symbols)

    @cached_property
    def declarative(self) -> Declarative:
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
        env = self.env
        if env is None:
            return Target("unknown")
        known: set[MetadataId] = set()
        missing = None
        for call, function in _configure_calls(env.file.tree):
            given = next((keyword.value for keyword in call.keywords if keyword.arg == "target_metadata"), None)
            if given is None:
                if any(keyword.arg is None for keyword in call.keywords):
                    return Target("unknown", location=env.file.location(call))
                missing = missing or Target("none", location=env.file.location(call))
                continue
            given = _assigned(given, env, function)
            if isinstance(given, ast.Constant) and given.value is None:
                missing = Target("none", location=env.file.location(given))
                continue
            found = self.declarative.metadata(given, env, function)
            if found is None:
                return Target("unknown", location=env.file.location(given))
            known |= found
        if known:
            return Target("known", frozenset(known))
        return missing or Target("unknown")

    @cached_property
    def candidates(self) -> tuple[Path, ...]:
        """The files that may define tables: those with a telling word, outside tests, examples and migrations."""
        return tuple(self._candidates())

    def _candidates(self) -> Iterator[Path]:
        apart = {self.config.script_location, *self.config.version_locations}
        for name in self.files:
            if not name.endswith(".py"):
                continue
            path = Path(name)
            if self._is_apart(path) or any(path.is_relative_to(folder) for folder in apart):
                continue
            try:
                if TABLE_HINT.search(self.sources.file(path).data):
                    yield path
            except OSError:
                continue

    def _is_apart(self, path: Path) -> bool:
        try:
            parts = path.relative_to(self.project_root).parts
        except ValueError:
            return True
        return any(_APART.fullmatch(part) for part in (*parts[:-1], parts[-1])) or "versions" in parts[:-1]

    def tables_of(self, path: Path) -> tuple[TableDefinition, ...]:
        """The tables that one file defines."""
        module = self.symbols.load(path)
        return tuple(self.declarative.tables(module)) if module else ()

    @cached_property
    def tables(self) -> tuple[TableDefinition, ...]:
        """Every table of the project whose metadata is known."""
        return tuple(table for path in self.candidates for table in self.tables_of(path))

    @cached_property
    def reached_tables(self) -> tuple[TableDefinition, ...]:
        """The tables that env.py loads, wherever their modules lie."""
        return tuple(
            table
            for path in sorted(self.reach.modules)
            if path != self.config.env_path and TABLE_HINT.search(self._data(path))
            for table in self.tables_of(path)
        )

    def _data(self, path: Path) -> bytes:
        try:
            return self.sources.file(path).data
        except OSError:
            return b""

    @cached_property
    def unreached(self) -> tuple[UnreachedModule, ...]:
        """The modules that define tables on env.py's metadata and that it never loads.

        Nothing where the metadata or what env.py loads is not certain.
        """
        if self.target.kind != "known" or not self.reach.complete:
            return ()
        return tuple(self._unreached(self.target.metadata))

    def _unreached(self, metadata: frozenset[MetadataId]) -> Iterator[UnreachedModule]:
        elsewhere = self._elsewhere
        loaded = {
            (table.schema, table.table) for table in self.reached_tables if table.metadata in metadata and table.table
        }
        for path in self.candidates:
            if path in self.reach.modules or path in elsewhere:
                continue
            # A second definition of a loaded table cannot be imported at all: a copy left behind.
            own = [table for table in self.tables_of(path) if table.metadata in metadata]
            tables = tuple(table for table in own if (table.schema, table.table) not in loaded)
            if tables and len(tables) == len(own):
                yield UnreachedModule(tables[0].module, path, tables)

    @cached_property
    def _elsewhere(self) -> frozenset[Path]:
        """What belongs to other environments of the repository."""
        paths: set[Path] = set()
        for sibling in self.siblings:
            if sibling.env_path != self.config.env_path and sibling.env_path.is_file():
                other = ModelIndex(sibling, self.settings, self.sources, self.project_root, files=lambda: self.files)
                paths |= other.reach.modules - self.reach.modules
        return frozenset(paths)


def _configure_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str | None]]:
    """The `context.configure(...)` calls, each with the dotted name of the function around it."""
    yield from _calls_in(tree.body, None)


def _calls_in(body: Iterable[ast.AST], function: str | None) -> Iterator[tuple[ast.Call, str | None]]:
    for node in body:
        inside = function
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = f"{function}.{node.name}" if function else node.name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "configure":
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if name in ("context", "alembic_context") or any(k.arg == "target_metadata" for k in node.keywords):
                yield node, inside
        yield from _calls_in(ast.iter_child_nodes(node), inside)


def _assigned(node: ast.expr, env: LoadedModule, function: str | None) -> ast.expr:
    """What a name was last given in the function or the module, if it is plain."""
    for _ in range(5):
        if not isinstance(node, ast.Name):
            return node
        statements = env.scope.bindings(node.id)
        values = [each.value for each in statements if isinstance(each, (ast.Assign, ast.AnnAssign)) and each.value]
        if len(values) != len(statements) or not values:
            return node
        node = values[-1]
    return node
