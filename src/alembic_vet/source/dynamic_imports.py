"""Calls that import by name: `importlib.import_module`, `pkgutil.walk_packages` and their kin."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from alembic_vet.source.file import SourceFile, Unparsable
from alembic_vet.source.imports import import_statements
from alembic_vet.source.paths import PathReader

Cover = Literal["module", "package", "folder", "unknown"]


@dataclass(frozen=True, slots=True)
class DynamicImport:
    """A call that imports what its arguments name.

    `covers` says what it loads: one `module`, everything below a `package`, every module below a
    `folder` (`target` is then its path), or `unknown`.
    """

    node: ast.Call
    covers: Cover
    target: str = ""
    function: str | None = None


_HINT = re.compile(
    rb"import_module|__import__|walk_packages|iter_modules|exec\(|exec_module|entry_points|run_path|run_module"
    rb"|load_module|import_string|find_modules|load_source|\.scan\(|load_entry_point"
)
_LOADERS = {
    "importlib.import_module",
    "__import__",
    "builtins.__import__",
    "werkzeug.utils.import_string",
    "django.utils.module_loading.import_string",
    "pydoc.locate",
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
    "venusian.Scanner",
}
_UNKNOWN_METHODS = {"load_module", "scan"}


def dynamic_imports(file: SourceFile, module: str, package: str) -> Iterator[DynamicImport]:
    """Every call of a file that imports by name; nothing where it does not parse.

    `module` is the file's dotted name, `package` what relative names start from.
    """
    if not _HINT.search(file.data):
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
        self.bindings = {
            found.binding: found.target for found in import_statements(tree, package) if found.binding is not None
        }
        self.constants = {
            target.id: statement.value
            for statement in ast.walk(tree)
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None
            for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
            if isinstance(target, ast.Name)
        }

        self.paths = PathReader(file.path, file.path.parent, self.bindings, self.constants)

    def read(self) -> Iterator[DynamicImport]:
        yield from self._scope(self.tree, None)
        for function, name in _functions(self.tree.body, ""):
            yield from self._scope(function, name)

    def _scope(
        self, scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, name: str | None
    ) -> list[DynamicImport]:
        found: list[DynamicImport] = []
        nodes = list(_own_nodes(scope))
        loops = {loop: values for loop, values in self._loops(nodes)}
        calls = [(node, self._called(node.func)) for node in nodes if isinstance(node, ast.Call)]
        for node, called in calls:
            if called in _WALKERS:
                found.extend(self._walk(node, name))
        walked = any(each.covers != "unknown" for each in found)
        for node, called in calls:
            if called in _LOADERS and node.args:
                known = [each for value in self._texts(node.args[0], loops) for each in self._load(node, value, name)]
                if not (walked and any(each.covers == "unknown" for each in known)):
                    found.extend(known)
            elif called in _UNKNOWN or (called or "").rpartition(".")[2] in _UNKNOWN_METHODS:
                if not walked and not self._harmless(node, called or ""):
                    found.append(DynamicImport(node, "unknown", function=name))
        return found

    def _harmless(self, node: ast.Call, called: str) -> bool:
        """Whether a method only shares its name with something that imports: `redis.scan()`."""
        match called, node.args:
            case str(), _ if not called.endswith(".scan"):
                return False
            case _, [first, *_]:
                return not isinstance(first, (ast.Constant, ast.Name, ast.Attribute)) or "config" not in called
            case _:
                return "config" not in called

    def _called(self, func: ast.expr) -> str | None:
        dotted = _dotted(func)
        if dotted is None:
            return f"?.{func.attr}" if isinstance(func, ast.Attribute) else None
        head, _, rest = dotted.partition(".")
        head = self.bindings.get(head, head)
        return f"{head}.{rest}" if rest else head

    def _load(self, node: ast.Call, value: tuple[str, bool] | None, name: str | None) -> Iterator[DynamicImport]:
        if value is None:
            yield DynamicImport(node, "unknown", function=name)
            return
        text, complete = value
        if text.startswith("."):
            anchor = self._text(node.args[1], {}) if len(node.args) > 1 else None
            if anchor is None:
                anchor = next((self._text(k.value, {}) for k in node.keywords if k.arg == "package"), None)
            base = anchor[0] if anchor and anchor[1] else self.package
            level = len(text) - len(text.lstrip("."))
            parents = base.split(".")
            text = ".".join([*parents[: len(parents) - level + 1], text.lstrip(".")])
        if complete:
            yield DynamicImport(node, "module", text.partition(":")[0], name)
            return
        # `f"app.models.{name}"` covers app.models; `f"app.mod{name}"` covers app.
        package = text.rpartition(".")[0]
        yield DynamicImport(node, "package" if package else "unknown", package, name)

    def _walk(self, node: ast.Call, name: str | None) -> Iterator[DynamicImport]:
        arguments = {keyword.arg: keyword.value for keyword in node.keywords}
        prefix = arguments.get("prefix") or (node.args[1] if len(node.args) > 1 else None)
        text = self._text(prefix, {}) if prefix is not None else None
        if text and text[1] and text[0].endswith("."):
            yield DynamicImport(node, "package", text[0][:-1], name)
            return
        where = arguments.get("path") or (node.args[0] if node.args else None)
        for each in self._walked(where):
            yield DynamicImport(node, each[0], each[1], name)

    def _walked(self, where: ast.expr | None, depth: int = 0) -> Iterator[tuple[Cover, str]]:
        """What the `path` argument of a walk stands for."""
        match where:
            case ast.Name(id="__path__"):
                yield "package", self.package
            case ast.Attribute(attr="__path__", value=of):
                dotted = self._called(of)
                head = (dotted or "").partition(".")[0]
                yield ("package", dotted) if dotted and head not in self.constants else ("unknown", "")
            case ast.List(elts=elements) | ast.Tuple(elts=elements) if elements:
                for element in elements:
                    yield from self._walked(element, depth)
            case ast.Constant(value=str() as text) if "/" not in text:
                yield "package", text
            case ast.Name(id=name) if name in self.constants and depth < 4:
                yield from self._walked(self.constants[name], depth + 1)
            case ast.expr():
                folder = self.paths.path(where)
                yield ("folder", str(folder)) if folder else ("unknown", "")
            case _:
                yield "unknown", ""

    def _loops(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, list[tuple[str, bool] | None]]]:
        """The loop variables whose values are literal strings."""
        for node in nodes:
            if not isinstance(node, (ast.For, ast.comprehension)) or not isinstance(node.target, ast.Name):
                continue
            values = self._elements(node.iter)
            if values is not None:
                yield node.target.id, [self._text(value, {}) for value in values]

    def _elements(self, iterated: ast.expr, depth: int = 0) -> list[ast.expr] | None:
        match iterated:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return elements
            case ast.Dict(keys=keys):
                return [key for key in keys if key is not None]
            case ast.Name(id=name) if name in self.constants and depth < 4:
                return self._elements(self.constants[name], depth + 1)
            case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "set" | "reversed"), args=[inner]):
                return self._elements(inner, depth + 1)
            case ast.Call(func=ast.Attribute(attr="keys" | "values", value=inner)):
                return self._elements(inner, depth + 1)
            case _:
                return None

    def _texts(self, node: ast.expr, loops: dict[str, list[tuple[str, bool] | None]]) -> list[tuple[str, bool] | None]:
        """What a string expression can be, each with whether that is all of it; None where nothing is known."""
        names = [name.id for name in ast.walk(node) if isinstance(name, ast.Name) and name.id in loops]
        if not names:
            return [self._text(node, {})]
        return [self._text(node, {names[0]: value}) for value in loops[names[0]]]

    def _text(
        self, node: ast.expr, known: dict[str, tuple[str, bool] | None], depth: int = 0
    ) -> tuple[str, bool] | None:
        match node:
            case ast.Constant(value=str() as text):
                return text, True
            case ast.Name(id="__name__"):
                return self.module, True
            case ast.Name(id="__package__"):
                return self.package, True
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.Name(id=name) if name in self.constants and depth < 4:
                return self._text(self.constants[name], known, depth + 1)
            case ast.Attribute(attr="__name__" | "__package__", value=of):
                dotted = self._called(of)
                head = (_dotted(of) or "").partition(".")[0]
                return (dotted, True) if dotted and head in self.bindings else None
            case ast.JoinedStr(values=values):
                return self._joined((_formatted(value) for value in values), known, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined((left, right), known, depth)
            case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str() as text))) if "{" in text:
                start = text.partition("{")[0]
                return (start, False) if start else None
            case _:
                return None

    def _joined(
        self, parts: Iterable[ast.expr], known: dict[str, tuple[str, bool] | None], depth: int
    ) -> tuple[str, bool] | None:
        text = ""
        for part in parts:
            value = self._text(part, known, depth)
            text += value[0] if value else ""
            if value is None or not value[1]:
                return (text, False) if text else None
        return text, True


def _formatted(value: ast.expr) -> ast.expr:
    return value.value if isinstance(value, ast.FormattedValue) else value


def _functions(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            name = f"{prefix}{statement.name}"
            yield statement, name
            yield from _functions(statement.body, f"{name}.")
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")
        else:
            for field in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(statement, field, ()), prefix)
            for handler in getattr(statement, "handlers", ()):
                yield from _functions(handler.body, prefix)


def _own_nodes(scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions in it."""
    pending: list[ast.AST] = list(scope.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        yield node
        pending.extend(ast.iter_child_nodes(node))


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            of = _dotted(value)
            return f"{of}.{attr}" if of else None
        case _:
            return None
