"""Which modules are loaded once a file is: the project's import graph."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alembic_vet.findings import Location
from alembic_vet.model.models import Reach
from alembic_vet.project.modules import Module, ModuleResolver
from alembic_vet.project.symbols import LoadedModule, SymbolTable
from alembic_vet.source.dynamic_imports import DynamicImport, dynamic_imports
from alembic_vet.source.imports import Import


@dataclass(frozen=True, slots=True)
class _Edges:
    """What one module loads itself."""

    modules: frozenset[Path]
    unknown: tuple[Location, ...]
    unresolved: tuple[str, ...]


class ImportGraph:
    """Follows imports from module to module; an import inside a function counts, one for type checkers does not."""

    def __init__(self, symbols: SymbolTable) -> None:
        self.symbols = symbols
        self.resolver: ModuleResolver = symbols.resolver
        self._edges: dict[Path, _Edges] = {}

    def reachable(self, entries: Iterable[Path], without: Callable[[Import], bool] | None = None) -> Reach:
        """Every module that is loaded once `entries` are, themselves included.

        `without` leaves out imports of the entries themselves.
        """
        modules: set[Path] = set()
        unknown: list[Location] = []
        unresolved: list[str] = []
        pending = []
        for entry in entries:
            modules.add(entry)
            loaded = self.symbols.load(entry)
            if loaded is None:
                continue
            edges = self._read(loaded, without)
            unknown += edges.unknown
            unresolved += edges.unresolved
            pending += sorted(edges.modules)
        while pending:
            path = pending.pop()
            if path in modules:
                continue
            modules.add(path)
            edges = self.edges(path)
            unknown += edges.unknown
            unresolved += edges.unresolved
            pending += [each for each in edges.modules if each not in modules]
        return Reach(frozenset(modules), tuple(unknown), tuple(dict.fromkeys(unresolved)))

    def edges(self, path: Path) -> _Edges:
        known = self._edges.get(path)
        if known is None:
            loaded = self.symbols.load(path)
            known = self._edges[path] = self._read(loaded, None) if loaded else _Edges(frozenset(), (), ())
        return known

    def _read(self, module: LoadedModule, without: Callable[[Import], bool] | None) -> _Edges:
        modules: set[Path] = set()
        unknown: list[Location] = []
        unresolved: list[str] = []
        for found in module.imports:
            if not found.executed or (without and without(found)):
                continue
            loaded = set(self.loaded_by(found, module.path))
            modules |= loaded
            if not loaded and self._is_lost(found, module.path):
                unresolved.append(found.module)
        for call in dynamic_imports(module.file, module.module.name, module.module.package):
            covered = self._covered(call, module.path)
            if covered is None:
                unknown.append(module.file.location(call.node))
            else:
                modules |= covered
        return _Edges(frozenset(modules), tuple(unknown), tuple(unresolved))

    def loaded_by(self, found: Import, importer: Path) -> Iterator[Path]:
        """The first-party modules that one import statement's alias loads, what they import not counted."""
        module = self.resolver.locate(found.module, importer)
        if module is None:
            # `import a.b.c` of which only `a` is known still runs `a/__init__.py`.
            parts = found.module.split(".")
            for length in range(len(parts) - 1, 0, -1):
                parent = self.resolver.locate(".".join(parts[:length]), importer)
                if parent:
                    yield from self._paths(parent)
                    return
            return
        yield from self._paths(module)
        if found.star:
            for name in self._exported(module):
                inner = self.resolver.submodule(module, name)
                if inner:
                    yield from self._paths(inner)
        elif found.name is not None:
            inner = self.resolver.submodule(module, found.name)
            if inner:
                yield from self._paths(inner)

    def _paths(self, module: Module) -> Iterator[Path]:
        for each in (*self.resolver.parents(module), module):
            if each.path:
                yield each.path

    def _exported(self, package: Module) -> Iterator[str]:
        """What a literal `__all__` lists: a star import loads the submodules among it."""
        loaded = self.symbols.load(package.path) if package.path else None
        for statement in loaded.scope.bindings("__all__") if loaded else ():
            match statement:
                case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                    for node in ast.walk(value):
                        if isinstance(node, ast.Constant) and isinstance(node.value, str):
                            yield node.value

    def _is_lost(self, found: Import, importer: Path) -> bool:
        """Whether an import is of the project's own code and yet leads to no file."""
        if found.level:
            return True
        return self.resolver.locate(found.module.partition(".")[0], importer) is not None

    def _covered(self, call: DynamicImport, importer: Path) -> set[Path] | None:
        """The modules that a dynamic import may load; None where that is not known."""
        match call.covers:
            case "module":
                module = self.resolver.locate(call.target, importer)
                return set(self._paths(module)) if module else set()
            case "package":
                module = self.resolver.locate(call.target, importer)
                if module is None:
                    return set()
                return {*self._paths(module), *self.resolver.below(module)}
            case "folder":
                return set(self.resolver.files_in(Path(call.target)))
            case _:
                return None

    @cached_property
    def roots(self) -> tuple[Path, ...]:
        return tuple(root.path for root in self.resolver.roots)
