"""The names of a module, each looked up when it is needed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from alembic_vet.source.file import SourceFile, Unparsable

if TYPE_CHECKING:
    from alembic_vet.source.values import Value


class ModuleFinder(Protocol):
    """Finds first-party modules."""

    def find(self, name: str) -> SourceFile | None:
        """The file of a dotted module name (a package's `__init__.py`); None if it is not first-party."""

    def is_namespace(self, name: str) -> bool:
        """Whether the name is a first-party folder without `__init__.py`."""


class ModuleScope:
    """One first-party module: its file, its dotted name, the statements that bind each name.

    `values` holds what is bound so far: filled in order where the module is executed,
    on demand where only a name of it is wanted. `pending` are the imports of an executed
    module that nothing has asked for yet, `absent` the names that were sought in vain.
    """

    def __init__(self, file: SourceFile, name: str) -> None:
        self.file = file
        self.name = name
        self.is_package = file.path.name == "__init__.py"
        self.values: dict[str, Value] = {}
        self.pending: dict[str, tuple[ast.Import | ast.ImportFrom, ast.alias]] = {}
        self.pending_stars: list[ast.ImportFrom] = []
        self.absent: set[str] = set()
        self.executed = False

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    def names(self) -> list[str]:
        """The public names of the module, as `from module import *` sees them without `__all__`."""
        return [name for name in _bindings(self.file) if name != "*" and not name.startswith("_")]

    def bindings(self, name: str) -> list[ast.stmt]:
        """The module-level statements that may bind a name, from the last unconditional one on."""
        return _bindings(self.file).get(name, [])

    @property
    def star_imports(self) -> list[ast.ImportFrom]:
        statements = self.bindings("*")
        return [statement for statement in statements if isinstance(statement, ast.ImportFrom)]

    def absolute(self, module: str | None, level: int) -> str:
        """The absolute dotted name of a relative import."""
        if not level:
            return module or ""
        base = self.package.split(".") if self.package else []
        base = base[: len(base) - (level - 1)] if level > 1 else base
        return ".".join([*base, *([module] if module else [])])


# Many revisions import the same few modules, and each follows them in a scope of its own.
@lru_cache(maxsize=512)
def _bindings(file: SourceFile) -> dict[str, list[ast.stmt]]:
    found: dict[str, list[ast.stmt]] = {}
    try:
        body = file.tree.body
    except (Unparsable, OSError):
        body = []
    for statement, conditional in _module_level(body):
        for bound in bound_names(statement):
            known = found.setdefault(bound, [])
            if not conditional:
                known.clear()
            known.append(statement)
    return found


def _module_level(body: Iterable[ast.stmt], conditional: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    for statement in body:
        match statement:
            case ast.If(body=then, orelse=other):
                yield from _module_level(then, True)
                yield from _module_level(other, True)
            case ast.Try(body=then, handlers=handlers, orelse=other, finalbody=final):
                yield from _module_level(then, conditional)
                for handler in handlers:
                    yield from _module_level(handler.body, True)
                yield from _module_level(other, True)
                yield from _module_level(final, conditional)
            case ast.With(body=then):
                yield from _module_level(then, conditional)
            case _:
                # A second `from x import *` adds names, it takes none away.
                star = isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"
                yield statement, conditional or star


def bound_names(statement: ast.stmt) -> Iterator[str]:
    """The names that one statement binds in its scope."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from target_names(target)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            yield from target_names(target)
        case ast.AugAssign(target=target) | ast.For(target=target):
            yield from target_names(target)
        case _:
            return


def target_names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from target_names(element)
        case ast.Starred(value=inner):
            yield from target_names(inner)
        case _:
            return
