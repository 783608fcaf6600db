"""Calls that import by name: `importlib.import_module`, `pkgutil.walk_packages` and their kin."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal, TypeAlias

from msgspec import Struct

from alembic_vet.source.file import SourceFile, Unparsable
from alembic_vet.source.imports import blocks, import_statements
from alembic_vet.source.module_names import ModuleNames, NameText, dotted_name
from alembic_vet.source.nodes import all_nodes, children, keyword
from alembic_vet.source.paths import PathReader

Cover = Literal["module", "package", "folder", "unknown"]
_Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"


class DynamicImport(Struct, frozen=True):
    """A call that imports what its arguments name.

    `covers` says what it loads: one `module`, everything below a `package`, every module below a
    `folder` (`target` is then its path), or `unknown`. `function` is the function around it,
    as in `Import`.
    """

    node: ast.Call
    covers: Cover
    target: str = ""
    function: str | None = None


_HINTS = (
    b"import_module", b"__import__", b"walk_packages", b"iter_modules", b"exec(", b"exec_module", b"entry_points",
    b"run_path", b"run_module", b"load_module", b"import_string", b"find_modules", b"load_source", b".scan(",
    b"load_entry_point", b"ExtensionManager",
)  # fmt: skip
_LOADERS = {
    "importlib.import_module",
    "__import__",
    "builtins.__import__",
    "werkzeug.utils.import_string",
    "django.utils.module_loading.import_string",
    "runpy.run_module",
}
_WALKERS = {"pkgutil.walk_packages", "pkgutil.iter_modules", "werkzeug.utils.find_modules", "setuptools.find_packages"}
_UNKNOWN = {
    "exec",
    "builtins.exec",
    "runpy.run_path",
    "importlib.util.spec_from_file_location",
    "importlib.machinery.SourceFileLoader",
    "imp.load_source",
    "importlib.metadata.entry_points",
    "importlib_metadata.entry_points",
    "pkg_resources.iter_entry_points",
    "pkg_resources.load_entry_point",
    "stevedore.ExtensionManager",
    "stevedore.extension.ExtensionManager",
}
_NAMES = _LOADERS | _WALKERS | _UNKNOWN
# Pyramid's `config.scan()`; other scans (`redis.scan(0)`) are nobody's imports.
_SCANS = r"(?i)(^|\.)(config|configurator|scanner)\.scan$"


def _imports_by_name(called: str) -> bool:
    if called in _NAMES:
        return True
    return called[-4:].lower() == "scan" and re.search(_SCANS, called) is not None


def may_import_by_name(data: bytes) -> bool:
    """Whether a file can hold a call that imports by name at all: a cheap look at its bytes."""
    return any(hint in data for hint in _HINTS)


def dynamic_imports(file: SourceFile, module: str, package: str) -> Iterator[DynamicImport]:
    """Every call of a file that imports by name; nothing where it does not parse.

    `module` is the file's dotted name, `package` what relative names start from.
    """
    if not may_import_by_name(file.data):
        return
    try:
        tree = file.tree
    except Unparsable:
        return
    yield from _Reader(tree, file, module, package).read()


class _Reader:
    def __init__(self, tree: ast.Module, file: SourceFile, module: str, package: str) -> None:
        self.tree = tree
        self.file = file
        self.module = module
        self.package = package
        self.bindings = {found.binding: found.target for found in import_statements(tree, package) if found.binding}

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        return _constants(self.tree)

    @cached_property
    def names(self) -> ModuleNames:
        return ModuleNames(self.module, self.package, self.bindings, self.constants)

    @cached_property
    def paths(self) -> PathReader:
        return PathReader(self.file.path, self.file.path.parent, self.bindings, self.constants)

    def read(self) -> Iterator[DynamicImport]:
        # Most files with a telling word call nothing of the kind, nor do most functions of the others.
        calls = (node for node in all_nodes(self.tree) if isinstance(node, ast.Call))
        lines = [call.lineno for call in calls if self._imports(call)]
        if not lines:
            return
        yield from self._scope(self.tree, None)
        for function, name in _functions(self.tree.body, ""):
            if any(function.lineno <= line <= (function.end_lineno or line) for line in lines):
                yield from self._scope(function, name)

    def _imports(self, call: ast.Call) -> bool:
        return _imports_by_name(dotted_name(call.func, self.bindings) or "")

    def _scope(self, scope: ast.Module | _Function, name: str | None) -> list[DynamicImport]:
        nodes = list(_own_nodes(scope))
        calls = [(node, self.names.dotted(node.func) or "") for node in nodes if isinstance(node, ast.Call)]
        calls = [(node, called) for node, called in calls if _imports_by_name(called)]
        if not calls:
            return []
        choices = dict(self._loops(nodes))
        if not isinstance(scope, ast.Module):
            choices.update(self._parameters(scope))
        found: list[DynamicImport] = []
        for node, called in calls:
            if called in _WALKERS:
                found.extend(self._walk(node, name, choices))
        # What a walk found is what the loads around it load.
        walked = any(each.covers != "unknown" for each in found)
        for node, called in calls:
            if called in _LOADERS:
                texts = self.names.texts(node.args[0], choices) if node.args else [None]
                known = [self._load(node, value, name) for value in texts]
                found.extend(each for each in known if not (walked and each.covers == "unknown"))
            elif not walked and called not in _WALKERS:
                found.append(DynamicImport(node, "unknown", function=name))
        return found

    def _load(self, node: ast.Call, value: NameText | None, name: str | None) -> DynamicImport:
        if value is None:
            return DynamicImport(node, "unknown", function=name)
        text = self._absolute(node, value.text) if value.text.startswith(".") else value.text
        if value.complete:
            return DynamicImport(node, "module", text.partition(":")[0], name)
        # `f"app.models.{name}"` covers app.models; `f"app.mod{name}"` covers app.
        package = text.rpartition(".")[0]
        return DynamicImport(node, "package" if package else "unknown", package, name)

    def _absolute(self, node: ast.Call, text: str) -> str:
        anchor = keyword(node.keywords, "package")
        anchor = anchor or (node.args[1] if len(node.args) > 1 else None)
        base = self.names.text(anchor) if anchor is not None else None
        parents = (base.text if base and base.complete else self.names.package).split(".")
        level = len(text) - len(text.lstrip("."))
        return ".".join([*parents[: len(parents) - level + 1], text.lstrip(".")])

    def _walk(
        self, node: ast.Call, name: str | None, choices: dict[str, list[NameText | None]]
    ) -> Iterator[DynamicImport]:
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        where = arguments.get("path") or (node.args[0] if node.args else None)
        prefix = arguments.get("prefix") or (node.args[1] if len(node.args) > 1 else None)
        texts = self.names.texts(prefix, choices) if prefix is not None else []
        known = [text.text for text in texts if text and text.complete and text.text.endswith(".")]
        if known and len(known) == len(texts):
            yield from (DynamicImport(node, "package", text[:-1], name) for text in known)
            return
        for covers, target in self._walked(where, choices, 0):
            yield DynamicImport(node, covers, target, name)

    def _walked(
        self, where: ast.expr | None, choices: dict[str, list[NameText | None]], depth: int
    ) -> Iterator[tuple[Cover, str]]:
        """What the `path` argument of a walk stands for."""
        match where:
            case ast.Name(id="__path__"):
                yield "package", self.names.package
            case ast.Attribute(attr="__path__", value=of):
                inner = self.constants.get(of.id) if isinstance(of, ast.Name) else None
                if isinstance(inner, ast.Call) and inner.args:
                    texts = self.names.texts(inner.args[0], choices)
                else:
                    texts = [self.names.of_module(of)]
                for text in texts:
                    yield ("package", text.text) if text and text.complete else ("unknown", "")
            case ast.List(elts=elements) | ast.Tuple(elts=elements) if elements:
                for element in elements:
                    yield from self._walked(element, choices, depth)
            case ast.Constant(value=str() as text) if "/" not in text:
                yield "package", text
            case ast.Name(id=name) if name in self.constants and depth < 4:
                yield from self._walked(self.constants[name], choices, depth + 1)
            case ast.expr():
                folder = self.paths.path(where)
                yield ("folder", str(folder)) if folder else ("unknown", "")
            case _:
                yield "unknown", ""

    def _loops(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, list[NameText | None]]]:
        """The loop variables whose values are literal strings."""
        for node in nodes:
            if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
                values = self._elements(node.iter)
                if values is not None:
                    yield node.target.id, [self.names.text(value) for value in values]

    def _parameters(self, function: _Function) -> Iterator[tuple[str, list[NameText | None]]]:
        """The parameters that every call in this file gives a name that is known."""
        calls = self._calls.get(function.name, [])
        for index, parameter in enumerate(function.args.args):
            given = [
                next((k.value for k in call.keywords if k.arg == parameter.arg), None)
                or (call.args[index] if len(call.args) > index else None)
                for call in calls
            ]
            values = [
                self.names.text(each) or self.names.of_module(each) if each is not None else None for each in given
            ]
            if values and None not in values:
                yield parameter.arg, values

    @cached_property
    def _calls(self) -> dict[str, list[ast.Call]]:
        """The calls in this file by the plain name of what they call."""
        calls: dict[str, list[ast.Call]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                calls.setdefault(node.func.id, []).append(node)
        return calls

    def _elements(self, iterated: ast.expr, depth: int = 0) -> list[ast.expr] | None:
        match iterated:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return elements
            case ast.Dict(keys=keys):
                return [key for key in keys if key is not None]
            case ast.Name(id=name) if name in self.constants and depth < 4:
                return self._elements(self.constants[name], depth + 1)
            case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "set" | "reversed"), args=[inner, *_]):
                return self._elements(inner, depth + 1)
            case ast.Call(func=ast.Attribute(attr="keys", value=inner)):
                return self._elements(inner, depth + 1)
            case _:
                return None


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The expression assigned to each name that the whole file binds once only."""
    constants: dict[str, ast.expr] = {}
    bound: Counter[str] = Counter()
    for node in all_nodes(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                constants[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                constants[name] = value
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                bound[name] += 1
    return {name: value for name, value in constants.items() if bound[name] == 1}


def _functions(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[_Function, str]]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement, f"{prefix}{statement.name}"
        inner = f"{prefix}{statement.name}." if isinstance(statement, _SCOPES) else prefix
        for block in blocks(statement):
            yield from _functions(block, inner)


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _own_nodes(scope: ast.Module | _Function) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions in it."""
    pending: list[ast.AST] = list(scope.body)
    while pending:
        node = pending.pop()
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
            pending += children(node)
