"""Module names that code puts together: `f"app.models.{name}"`, `package.__name__ + ".tables"`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from msgspec import Struct

_MAX_DEPTH = 5


class NameText(Struct, frozen=True):
    """The start of a module name, and whether that is all of it."""

    text: str
    complete: bool = True


# What a loop variable or parameter can be: several names, None for one that is not known.
Choices = Mapping[str, list[NameText | None]]


class ModuleNames:
    """Evaluates expressions that stand for module names, in one file.

    `module` and `package` are its own names, `bindings` its imports, `constants` the
    expression last assigned to each name.
    """

    def __init__(
        self, module: str, package: str, bindings: Mapping[str, str], constants: Mapping[str, ast.expr]
    ) -> None:
        self.module = module
        self.package = package
        self.bindings = bindings
        self.constants = constants

    def dotted(self, node: ast.expr) -> str | None:
        """The absolute dotted name of a name or attribute chain."""
        return dotted_name(node, self.bindings)

    def texts(self, node: ast.expr, choices: Choices) -> list[NameText | None]:
        """What an expression can be; None for what is not known."""
        names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in choices]
        if not names:
            return [self.text(node)]
        return [self.text(node, {names[0]: choice}) for choice in choices[names[0]]]

    def text(
        self, node: ast.expr, known: Mapping[str, NameText | None] | None = None, depth: int = 0
    ) -> NameText | None:
        """What an expression stands for; None where nothing is known, not even its start."""
        known = known or {}
        if depth > _MAX_DEPTH:
            return None
        match node:
            case ast.Constant(value=str() as text):
                return NameText(text)
            case ast.Name(id="__name__"):
                return NameText(self.module)
            case ast.Name(id="__package__"):
                return NameText(self.package)
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.Name(id=name) if name in self.constants:
                return self.text(self.constants[name], known, depth + 1)
            case ast.Attribute(attr="__name__" | "__package__", value=of):
                return self.of_module(of, known, depth + 1)
            case ast.JoinedStr(values=values):
                parts = (part.value if isinstance(part, ast.FormattedValue) else part for part in values)
                return self._joined(parts, known, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined((left, right), known, depth)
            case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str() as text))) if "{" in text:
                start = text.partition("{")[0]
                return NameText(start, False) if start else None
            case _:
                return None

    def of_module(
        self, node: ast.expr, known: Mapping[str, NameText | None] | None = None, depth: int = 0
    ) -> NameText | None:
        """The name of the module that an expression stands for: an import, or the result of `import_module`."""
        match node:
            case ast.Name(id=name) if name in self.bindings:
                return NameText(self.bindings[name])
            case ast.Name(id=name) if name in self.constants and depth < _MAX_DEPTH:
                return self.of_module(self.constants[name], known, depth + 1)
            case ast.Call(func=func, args=[name, *_]) if (self.dotted(func) or "").endswith(
                ("import_module", "__import__")
            ):
                return self.text(name, known, depth + 1)
            case ast.Subscript(value=modules, slice=ast.Name(id="__name__")) if self.dotted(modules) == "sys.modules":
                return NameText(self.module)
            case ast.Attribute():
                dotted = self.dotted(node)
                head = node
                while isinstance(head, ast.Attribute):
                    head = head.value  # type: ignore[assignment]
                return NameText(dotted) if dotted and isinstance(head, ast.Name) and head.id in self.bindings else None
            case _:
                return None

    def _joined(self, parts: Iterable[ast.expr], known: Mapping[str, NameText | None], depth: int) -> NameText | None:
        text = ""
        for part in parts:
            value = self.text(part, known, depth + 1)
            text += value.text if value else ""
            if value is None or not value.complete:
                return NameText(text, False) if text else None
        return NameText(text)


def dotted_name(node: ast.expr, bindings: Mapping[str, str]) -> str | None:
    """The absolute dotted name of a name or attribute chain; `?.attr` where it starts from something else."""
    match node:
        case ast.Name(id=name):
            return bindings.get(name, name)
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted_name(value, bindings) or '?'}.{attr}"
        case _:
            return None
