"""Names followed through the modules of a project to what defines them."""

from __future__ import annotations

import ast
from pathlib import Path

from msgspec import Struct

from alembic_vet.project.modules import Module, ModuleResolver
from alembic_vet.source.file import SourceFile, Unparsable
from alembic_vet.source.imports import Import, import_statements
from alembic_vet.source.scope import ModuleScope

# The names one search has looked up: a second time it is a cycle, or a dead end again.
_Seen = set[tuple[Path, str]]


class Symbol(Struct, frozen=True):
    """What a dotted name leads to: the statement of a first-party module, and the attributes left over."""

    module: LoadedModule
    name: str
    node: ast.stmt
    rest: tuple[str, ...] = ()


class External(Struct, frozen=True):
    """A name of other people's code, by its absolute dotted name."""

    name: str


class ModuleSymbol(Struct, frozen=True):
    """A first-party module itself."""

    module: Module


Found = Symbol | External | ModuleSymbol | None


class LoadedModule:
    """A first-party module whose names are looked up."""

    def __init__(self, module: Module, file: SourceFile) -> None:
        self.module = module
        self.file = file
        self.scope = ModuleScope(file, module.name)
        self._imports: tuple[Import, ...] | None = None

    @property
    def path(self) -> Path:
        return self.file.path

    @property
    def imports(self) -> tuple[Import, ...]:
        """Its import statements; none where it does not parse."""
        if self._imports is None:
            try:
                self._imports = tuple(import_statements(self.file.tree, self.module.package))
            except (Unparsable, OSError):
                self._imports = ()
        return self._imports

    def local_import(self, name: str, function: str | None) -> Import | None:
        """The import that binds a name inside a function."""
        for found in self.imports:
            if found.binding == name and found.function is not None and found.function == function:
                return found
        return None


class SymbolTable:
    """The modules of a project, each loaded when a name in it is asked for."""

    def __init__(self, resolver: ModuleResolver) -> None:
        self.resolver = resolver
        self._loaded: dict[Path, LoadedModule | None] = {}
        self._found: dict[tuple[Path, str], Found] = {}

    def load(self, where: Path | Module) -> LoadedModule | None:
        """The module that a file is; None where it cannot be read or has no module name."""
        path = where.path if isinstance(where, Module) else where
        if path is None:
            return None
        if path not in self._loaded:
            module = where if isinstance(where, Module) else self.resolver.module_of(path)
            file = self.resolver.sources.file(path)
            try:
                usable = module is not None and file.unparsable is None
            except OSError:
                usable = False
            self._loaded[path] = LoadedModule(module, file) if module and usable else None
        return self._loaded[path]

    def resolve(self, node: ast.expr, module: LoadedModule, function: str | None = None) -> Found:
        """What a name or attribute chain stands for in a module, or in a function of it."""
        dotted = dotted_name(node)
        return self.lookup(dotted, module, function) if dotted else None

    def lookup(self, dotted: str, module: LoadedModule, function: str | None = None) -> Found:
        """What a dotted name stands for in a module; None where that is not known."""
        if function is None and (module.path, dotted) in self._found:
            return self._found[module.path, dotted]
        found = self._lookup(dotted, module, function)
        if function is None:
            self._found[module.path, dotted] = found
        return found

    def _lookup(self, dotted: str, module: LoadedModule, function: str | None) -> Found:
        head, *rest = dotted.split(".")
        local = module.local_import(head, function) if function else None
        if local:
            return self._imported(local, rest, module, set())
        return self._named(head, rest, module, set())

    def absolute(self, dotted: str, importer: Path) -> Found:
        """What an absolute dotted name stands for."""
        parts = dotted.split(".")
        top = self.resolver.locate(parts[0], importer)
        if top is None:
            return External(dotted) if parts[0] else None
        return self._attribute(top, parts[1:], set())

    def _named(self, name: str, rest: list[str], module: LoadedModule, seen: _Seen) -> Found:
        seen.add((module.path, name))
        for statement in reversed(module.scope.bindings(name)):
            match statement:
                case ast.Import() | ast.ImportFrom():
                    found = next(
                        (each for each in module.imports if each.binding == name and each.statement is statement), None
                    )
                    if found is None or found.type_checking:
                        continue
                    return self._imported(found, rest, module, seen)
                case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=ast.expr() as value):
                    alias = dotted_name(value)
                    if alias and (module.path, alias.partition(".")[0]) not in seen:
                        head, *inner = alias.split(".")
                        return self._named(head, [*inner, *rest], module, seen)
                    return Symbol(module, name, statement, tuple(rest))
                case _:
                    return Symbol(module, name, statement, tuple(rest))
        for star in module.imports:
            if star.star and star.executed and star.function is None:
                source = self.resolver.locate(star.module, module.path)
                there = self._attribute(source, [name, *rest], seen) if source else None
                if there is not None:
                    return there
        return None

    def _imported(self, found: Import, rest: list[str], module: LoadedModule, seen: _Seen) -> Found:
        """What the binding of an import statement leads to."""
        target = found.target if found.name is None else found.module
        parts = [*([] if found.name is None else [found.name]), *rest]
        source = self.resolver.locate(target, module.path)
        if source is not None:
            return self._attribute(source, parts, seen)
        if not target or self.resolver.is_first_party(target, module.path):
            return None
        return External(".".join([target, *parts]))

    def _attribute(self, current: Module, parts: list[str], seen: _Seen) -> Found:
        """What `module.a.b` leads to: a name that the module binds, else a submodule."""
        for index, part in enumerate(parts):
            loaded = self.load(current) if current.path else None
            if loaded is not None and (loaded.path, part) not in seen:
                found = self._named(part, parts[index + 1 :], loaded, seen)
                if found is not None:
                    return found
            inner = self.resolver.submodule(current, part)
            if inner is None:
                return None
            current = inner
        return ModuleSymbol(current)


def dotted_name(node: ast.expr) -> str | None:
    """`a.b.c` of a name or attribute chain; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def assigned_value(statement: ast.stmt) -> ast.expr | None:
    """What an assignment assigns."""
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return value
        case _:
            return None
