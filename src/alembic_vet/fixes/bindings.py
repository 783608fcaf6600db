"""What the names of a module stand for: its imports, and every other binding."""

from __future__ import annotations

import ast
import builtins
import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from alembic_vet.source.nodes import all_nodes

# `import sqlalchemy` makes these reachable as attributes; `orm` and `ext` are not among them.
_EAGER = {
    "sqlalchemy": ("dialects", "engine", "event", "exc", "inspection", "pool", "schema", "sql", "types", "util"),
    "alembic": ("context", "op"),
}
# One object under two public paths: the first is the one to write.
_SYNONYMS = {
    "sqlalchemy.NullPool": "sqlalchemy.pool.NullPool",
    "sqlalchemy.engine.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.engine.engine_from_config": "sqlalchemy.engine_from_config",
    "sqlalchemy.ext.asyncio.engine.AsyncEngine": "sqlalchemy.ext.asyncio.AsyncEngine",
    "sqlalchemy.sql.text": "sqlalchemy.text",
}


_NAMING = {
    ast.Name, ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom,
    ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping,
}  # fmt: skip


class Binding(Struct, frozen=True):
    """A name that an import at the top level binds, and what it stands for."""

    name: str
    qualified: str
    statement: ast.Import | ast.ImportFrom | None = None


class Bindings:
    """The names of one file; a name is reused only where nothing else in the file binds it."""

    def __init__(self, tree: ast.Module) -> None:
        naming = naming_nodes(tree)
        self._counts = Counter(bound_names(naming))
        self._taken = {node.id for node in naming if isinstance(node, ast.Name)}
        self._taken |= set(self._counts) | set(dir(builtins))
        self.imports = [
            binding
            for statement in tree.body
            if isinstance(statement, (ast.Import, ast.ImportFrom))
            for binding in _bindings(statement)
        ]
        self._loaded = set(_loaded(tree))

    def reach(self, qualified: str) -> str | None:
        """How the file can already say `sqlalchemy.pool.NullPool`, if it can."""
        wanted = _SYNONYMS.get(qualified, qualified)
        usable = [binding for binding in self.imports if self._counts[binding.name] <= self._same(binding)]
        for binding in usable:
            if _SYNONYMS.get(binding.qualified, binding.qualified) == wanted:
                return binding.name
        for binding in sorted(usable, key=lambda binding: -len(binding.qualified)):
            rest = wanted.removeprefix(binding.qualified + ".")
            if rest != wanted and self._is_loaded(wanted.rpartition(".")[0], binding):
                return f"{binding.name}.{rest}"
        return None

    def is_free(self, name: str) -> bool:
        return name not in self._taken

    def free_name(self, name: str) -> str:
        """The name, or one like it that nothing in the file uses."""
        while name in self._taken:
            name += "_"
        return name

    def has_import(self, name: str, qualified: str) -> bool:
        """Whether an import already binds the name to this, or, for `import a.b`, loads it."""
        known = {(binding.name, binding.qualified) for binding in self.imports}
        return (name, qualified) in known or ((name, name) in known and qualified in self._loaded)

    def may_bind(self, name: str, qualified: str) -> bool:
        """Whether an import may bind the name: it is free, or means the same already."""
        return name not in self._taken or any(
            binding.name == name and binding.qualified == qualified for binding in self.imports
        )

    def add(self, name: str, qualified: str) -> None:
        self._taken.add(name)
        self.imports.append(Binding(name, qualified))
        self._loaded.add(qualified)

    def _same(self, binding: Binding) -> int:
        return sum(other.name == binding.name and other.qualified == binding.qualified for other in self.imports)

    def _is_loaded(self, module: str, binding: Binding) -> bool:
        return module == binding.qualified or module in self._loaded


def is_standard(module: str) -> bool:
    """Whether a dotted name belongs to the standard library."""
    return module.partition(".")[0] in sys.stdlib_module_names


def naming_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a tree that can bind names, and those that read them."""
    return [node for node in all_nodes(tree) if type(node) in _NAMING]


def bound_names(naming: Iterable[ast.AST]) -> Iterator[str]:
    """Every name that one of the nodes binds, in whatever scope, as often as they do."""
    for node in naming:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Import() | ast.ImportFrom():
                yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name


def _bindings(statement: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    for alias in statement.names:
        match statement:
            case ast.ImportFrom(level=0, module=str(module)) if alias.name != "*":
                yield Binding(alias.asname or alias.name, f"{module}.{alias.name}", statement)
            case ast.Import():
                if alias.asname:
                    yield Binding(alias.asname, alias.name, statement)
                else:
                    top = alias.name.partition(".")[0]
                    yield Binding(top, top, statement)


def _loaded(tree: ast.Module) -> Iterator[str]:
    """The modules that are certainly imported, and so are attributes of their packages."""
    for statement in tree.body:
        match statement:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(level=0, module=str(module)):
                modules = [module]
            case _:
                continue
        for name in modules:
            parts = name.split(".")
            yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
            yield from (f"{parts[0]}.{child}" for child in _EAGER.get(parts[0], ()))
