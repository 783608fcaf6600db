"""Which modules are loaded once a file is: the project's import graph."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from pathlib import Path

from msgspec import Struct, field

from alembic_vet.findings import Location
from alembic_vet.model.models import Reach
from alembic_vet.project.modules import Module, ModuleResolver, SourceRoot
from alembic_vet.project.symbols import LoadedModule, SymbolTable
from alembic_vet.source.dynamic_imports import DynamicImport, dynamic_imports, may_import_by_name
from alembic_vet.source.imports import Import

# Files that a build writes: their absence hides no model.
_GENERATED = r"(^|\.)(_?version|__version__|_version_info|\w+_pb2(_grpc)?)$"
_IDENTIFIER = rb"[^\W\d]\w*"


class _Edges(Struct):
    """What some code of a module loads itself."""

    modules: set[Path] = field(default_factory=set)
    unknown: list[Location] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)


class _ModuleEdges(Struct, frozen=True):
    """What loading a module loads, and what each of its plain functions loads once somebody calls it."""

    always: _Edges
    functions: dict[str, _Edges]


class ImportGraph:
    """Follows imports from module to module.

    An import inside a plain function counts where a loaded module names the function,
    an import for type checkers never.
    """

    def __init__(self, symbols: SymbolTable) -> None:
        self.symbols = symbols
        self.resolver: ModuleResolver = symbols.resolver
        self._edges: dict[Path, _ModuleEdges] = {}
        self._identifiers: dict[Path, frozenset[bytes]] = {}

    def reachable(
        self,
        entries: Iterable[Path],
        without: Callable[[Import], bool] | None = None,
        until: frozenset[Path] | None = None,
        until_unsure: bool = False,
    ) -> Reach:
        """Every module that is loaded once `entries` are, themselves included.

        `without` leaves out imports of the entries themselves; the search ends early once
        it has found all of `until`, or with `until_unsure` something that it cannot follow.
        """
        return _Search(self, until, until_unsure).run(list(entries), without)

    def edges(self, path: Path) -> _ModuleEdges:
        known = self._edges.get(path)
        if known is None:
            known = self._edges[path] = self.read(path, None)
        return known

    def read(self, path: Path, without: Callable[[Import], bool] | None) -> _ModuleEdges:
        """The edges of one file, without the imports that `without` names."""
        module = self.symbols.load(path)
        always = _Edges()
        functions: dict[str, _Edges] = {}
        if module is None:
            always.unknown += self._unreadable(path)
            return _ModuleEdges(always, functions)
        prunable = _plain_functions(module)
        for found in module.imports:
            if found.executed and not (without and without(found)):
                self._add(found, module, _part(found.function, prunable, always, functions))
        for call in dynamic_imports(module.file, module.module.name, module.module.package):
            edges = _part(call.function, prunable, always, functions)
            covered = self._covered(call, module.path)
            if covered is None:
                edges.unknown.append(module.file.location(call.node))
            else:
                edges.modules |= covered
        return _ModuleEdges(always, functions)

    def _add(self, found: Import, module: LoadedModule, edges: _Edges) -> None:
        edges.modules.update(self.loaded_by(found, module.path))
        if not found.in_try and self.is_lost(found, module.path) and not re.search(_GENERATED, found.module):
            edges.unresolved.append(found.module)

    def loaded_by(self, found: Import, importer: Path) -> Iterator[Path]:
        """The first-party modules that one import statement's alias loads, what they import not counted."""
        module = self.resolver.locate(found.module, importer)
        if module is None:
            # `import a.b.c` of which only `a` is known still runs `a/__init__.py`.
            parts = found.module.split(".")
            parents = (
                self.resolver.locate(".".join(parts[:length]), importer) for length in range(len(parts) - 1, 0, -1)
            )
            known = next((parent for parent in parents if parent), None)
            yield from self._paths(known) if known else ()
            return
        yield from self._paths(module)
        names = self._exported(module) if found.star else [found.name] if found.name is not None else []
        for name in names:
            inner = self.resolver.submodule(module, name)
            if inner:
                yield from self._paths(inner)

    def is_lost(self, found: Import, importer: Path) -> bool:
        """Whether an import is of the project's own code and yet leads to no file."""
        if self.resolver.locate(found.module, importer) is not None:
            return False
        return found.level > 0 or self.resolver.is_first_party(found.module, importer)

    def is_importable(self, path: Path, entry: Path) -> bool:
        """Whether an import of a file works in `entry`, by the names that it and all it loads use.

        What `entry` imports itself works: a root that it relies on is as good as one on `sys.path`.
        """
        env = self.symbols.load(entry)
        relied = {
            module.root
            for found in (env.imports if env else ())
            if found.executed and (module := self.resolver.locate(found.module))
        }
        for each in self.reachable([path]).modules:
            loaded = self.symbols.load(each)
            if loaded is None or not self._is_found(loaded.module.name, each, relied):
                return False
            for found in loaded.imports:
                module = self.resolver.locate(found.module, each) if found.executed and not found.in_try else None
                if module and module.path and not self._is_found(found.module, module.path, relied):
                    return False
        return True

    def _is_found(self, name: str, path: Path, relied: set[SourceRoot]) -> bool:
        found = self.resolver.locate(name)
        return found is not None and found.path == path and (found.root.on_path or found.root in relied)

    def _unreadable(self, path: Path) -> Iterator[Location]:
        """A file that does not parse may import anything."""
        try:
            unparsable = self.resolver.sources.file(path).unparsable
        except OSError:
            return
        if unparsable:
            yield unparsable.location

    def size(self, path: Path) -> int:
        """How many bytes a file has; none where it cannot be read."""
        try:
            return len(self.resolver.sources.file(path).data)
        except OSError:
            return 0

    def may_import_by_name(self, path: Path) -> bool:
        try:
            return may_import_by_name(self.resolver.sources.file(path).data)
        except OSError:
            return True

    def names(self, path: Path, name: str) -> bool:
        """Whether a loaded file mentions a name at all."""
        known = self._identifiers.get(path)
        if known is None:
            module = self.symbols.load(path)
            known = frozenset(re.findall(_IDENTIFIER, module.file.data)) if module else frozenset()
            self._identifiers[path] = known
        return name.encode() in known

    def calls_itself(self, path: Path, name: str) -> bool:
        """Whether a file mentions a name more than once: a definition, and a use."""
        module = self.symbols.load(path)
        found = re.findall(rb"\b%s\b" % re.escape(name.encode()), module.file.data) if module else []
        return len(found) > 1

    def _paths(self, module: Module) -> Iterator[Path]:
        for each in (*self.resolver.parents(module), module):
            if each.path:
                yield each.path

    def _exported(self, package: Module) -> Iterator[str]:
        """What a literal `__all__` lists: a star import loads the submodules among it."""
        loaded = self.symbols.load(package)
        for statement in loaded.scope.bindings("__all__") if loaded else ():
            match statement:
                case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                    for node in ast.walk(value):
                        if isinstance(node, ast.Constant) and isinstance(node.value, str):
                            yield node.value

    def _covered(self, call: DynamicImport, importer: Path) -> set[Path] | None:
        """The modules that a dynamic import may load; None where that is not known."""
        match call.covers:
            case "module":
                module = self.resolver.locate(call.target, importer)
                return set(self._paths(module)) if module else set()
            case "package":
                module = self.resolver.locate(call.target, importer)
                return {*self._paths(module), *self.resolver.below(module)} if module else set()
            case "folder":
                return set(self.resolver.files_in(Path(call.target)))
            case _:
                return None


class _Search:
    """One walk over the graph."""

    def __init__(self, graph: ImportGraph, until: frozenset[Path] | None, until_unsure: bool) -> None:
        self.graph = graph
        self.until = until
        self.until_unsure = until_unsure
        self.modules: set[Path] = set()
        self.unknown: list[Location] = []
        self.unresolved: list[str] = []
        self.dormant: list[tuple[Path, str, _Edges]] = []
        # A heap: what promises an end comes first, and of that what is soon read.
        self.pending: list[tuple[bool, int, Path]] = []
        self.near = {folder for path in until or () for folder in path.parents}

    def run(self, entries: list[Path], without: Callable[[Import], bool] | None) -> Reach:
        self.modules.update(entries)
        for entry in entries:
            self._visit(entry, self.graph.read(entry, without))
        while True:
            self._drain()
            if self._is_over() or not self._wake():
                break
        ended = self._is_over()
        return Reach(frozenset(self.modules), tuple(self.unknown), tuple(dict.fromkeys(self.unresolved)), not ended)

    def _is_over(self) -> bool:
        if self.until_unsure and (self.unknown or self.unresolved):
            return True
        return self.until is not None and self.until <= self.modules

    def _drain(self) -> None:
        while self.pending and not self._is_over():
            *_, path = heappop(self.pending)
            self._visit(path, self.graph.edges(path))

    def _visit(self, path: Path, edges: _ModuleEdges) -> None:
        self._take(edges.always)
        self.dormant += [(path, name, inner) for name, inner in edges.functions.items()]

    def _take(self, edges: _Edges) -> None:
        self.unknown += edges.unknown
        self.unresolved += edges.unresolved
        for path in edges.modules - self.modules:
            self.modules.add(path)
            heappush(self.pending, (not self._is_promising(path), self.graph.size(path), path))

    def _is_promising(self, path: Path) -> bool:
        return path.parent in self.near or (self.until_unsure and self.graph.may_import_by_name(path))

    def _wake(self) -> bool:
        """Take what functions load that are named outside of their own definition."""
        asleep: list[tuple[Path, str, _Edges]] = []
        woken = False
        for path, name, edges in self.dormant:
            if self.graph.calls_itself(path, name) or any(
                self.graph.names(other, name) for other in self.modules if other != path
            ):
                self._take(edges)
                woken = True
            else:
                asleep.append((path, name, edges))
        self.dormant = asleep
        return woken


def _plain_functions(module: LoadedModule) -> set[str]:
    """The functions at module level that run only if somebody calls them by name."""
    return {
        statement.name
        for statement in module.file.tree.body
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        and not statement.decorator_list
        and not statement.name.startswith("__")
    }


def _part(function: str | None, prunable: set[str], always: _Edges, functions: dict[str, _Edges]) -> _Edges:
    outermost = (function or "").partition(".")[0]
    return functions.setdefault(outermost, _Edges()) if outermost in prunable else always
