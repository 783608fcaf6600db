"""Names looked up in first-party modules, each when it is needed."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod

from alembic_vet.source import strings
from alembic_vet.source.frame import Frame
from alembic_vet.source.scope import ModuleFinder, ModuleScope
from alembic_vet.source.stdlib import iterated
from alembic_vet.source.values import (
    OPAQUE,
    Class,
    Context,
    Module,
    Symbol,
    Value,
    either,
)

_BUILTINS = frozenset(dir(builtins))


class Lookup(ABC):
    """Finds names; evaluating what they are bound to is the subclass's."""

    def __init__(self, finder: ModuleFinder | None = None) -> None:
        self.finder = finder
        self.modules: dict[str, ModuleScope] = {}
        self._resolving: set[tuple[str, str]] = set()
        self._depth = 0
        self._work = 0

    @abstractmethod
    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression; calls in it are followed."""

    @abstractmethod
    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
        """The function that a `def` binds."""

    def module(self, name: str) -> ModuleScope | None:
        """A first-party module by its dotted name."""
        if name in self.modules:
            return self.modules[name]
        file = self.finder.find(name) if self.finder else None
        if file is None:
            return None
        return self.modules.setdefault(name, ModuleScope(file, name))

    def load(self, name: str, frame: Frame) -> Value:
        if name in frame.values:
            return frame.values[name]
        for values in reversed(frame.enclosing):
            if name in values:
                return values[name]
        found = self.member(frame.scope, name)
        if found is not None:
            return found
        return Symbol(name) if name in _BUILTINS else OPAQUE

    def member(self, scope: ModuleScope, name: str) -> Value | None:
        """A name of a module; None where the module does not have it."""
        if name in scope.values:
            return scope.values[name]
        if name == "__name__":
            return strings.literal(scope.name)
        if name == "__file__":
            return strings.literal(str(scope.file.path))
        if name in scope.absent and not scope.executed:
            return None
        key = (scope.name, name)
        if key in self._resolving:
            return None
        self._resolving.add(key)
        try:
            value = self._pending_member(scope, name) if scope.executed else self._lazy_member(scope, name)
        finally:
            self._resolving.discard(key)
        if value is not None:
            scope.values[name] = value
        elif not self._resolving and not scope.executed:
            # What was not found on the way to something else may be found another time.
            scope.absent.add(name)
        return value

    def _pending_member(self, scope: ModuleScope, name: str) -> Value | None:
        """A name that an executed module has imported, resolved when it is first used."""
        if name in scope.pending:
            statement, alias = scope.pending.pop(name)
            if isinstance(statement, ast.Import):
                return self._imported_module(alias)
            return self.imported(statement, alias.name, scope)
        for star in reversed(scope.pending_stars):
            other = self.module(scope.absolute(star.module, star.level))
            found = self.member(other, name) if other and not name.startswith("_") else None
            if found is not None:
                return found
        return None

    def _lazy_member(self, scope: ModuleScope, name: str) -> Value | None:
        frame = Frame(scope, scope.values, (), Context())
        found: list[Value] = []
        for statement in scope.bindings(name):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found.append(self.decorated(statement, frame))
                case ast.ClassDef():
                    found.append(Class(statement, scope))
                case ast.Import(names=aliases):
                    found += [self._imported_module(alias) for alias in aliases if _binds(alias, name)]
                case ast.ImportFrom(names=aliases):
                    found += [self.imported(statement, alias.name, scope) for alias in aliases if _binds(alias, name)]
                case ast.Assign(targets=targets, value=value):
                    found += [self._unpacked(target, name, value, frame) for target in targets]
                case ast.AnnAssign(value=value) if value is not None:
                    found.append(self.evaluate(value, frame))
                case _:
                    found.append(OPAQUE)
        found = [value for value in found if value is not _UNBOUND]
        if found:
            return either(*found)
        for statement in scope.star_imports:
            other = self.module(scope.absolute(statement.module, statement.level))
            found_there = self.member(other, name) if other else None
            if found_there is not None:
                return found_there
        return None

    def _unpacked(self, target: ast.expr, name: str, value: ast.expr, frame: Frame) -> Value:
        match target:
            case ast.Name(id=bound) if bound == name:
                return self.evaluate(value, frame)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for index, element in enumerate(elements):
                    if isinstance(element, ast.Name) and element.id == name:
                        items = iterated(self.evaluate(value, frame))
                        return items[index] if items is not None and index < len(items) else OPAQUE
        return _UNBOUND

    # Imports

    def import_names(self, statement: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        """Bind what an import statement binds; what a module imports whatever happens, only when it is used."""
        if frame.values is frame.scope.values and not frame.context.conditions and not frame.context.guarded:
            for alias in statement.names:
                if alias.name == "*" and isinstance(statement, ast.ImportFrom):
                    frame.scope.pending_stars.append(statement)
                    continue
                bound = alias.asname or alias.name.partition(".")[0]
                frame.values.pop(bound, None)
                frame.scope.pending[bound] = (statement, alias)
            return
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                frame.assign(alias.asname or alias.name.partition(".")[0], self._imported_module(alias))
            return
        for alias in statement.names:
            if alias.name != "*":
                frame.assign(alias.asname or alias.name, self.imported(statement, alias.name, frame.scope))
                continue
            other = self.module(frame.scope.absolute(statement.module, statement.level))
            if other:
                for name in other.names():
                    value = self.member(other, name)
                    if value is not None:
                        frame.assign(name, value)

    def _imported_module(self, alias: ast.alias) -> Value:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        scope = self.module(name)
        return Module(scope) if scope else Symbol(name)

    def imported(self, statement: ast.ImportFrom, name: str, scope: ModuleScope) -> Value:
        """What `from x import name` binds: a name of the module, or a submodule."""
        origin = scope.absolute(statement.module, statement.level)
        module = self.module(origin)
        if module is not None:
            value = self.member(module, name)
            if value is not None:
                return value
            if module.file.unparsable:
                return Symbol(f"{origin}.{name}")
        submodule = self.module(f"{origin}.{name}")
        if submodule is not None:
            return Module(submodule)
        return Symbol(f"{origin}.{name}") if module is None else OPAQUE


_UNBOUND: Value = Symbol("<unbound>")


def _binds(alias: ast.alias, name: str) -> bool:
    return (alias.asname or alias.name.partition(".")[0]) == name or alias.name == name
