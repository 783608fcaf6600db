"""File paths that Python code computes from `__file__` and the working folder."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from pathlib import Path

_SAME = {
    "os.path.abspath",
    "os.path.realpath",
    "os.path.normpath",
    "os.fspath",
    "str",
    "pathlib.Path",
    "pathlib.PurePath",
}
_CURRENT = {"os.getcwd", "pathlib.Path.cwd", "os.getcwdb"}
_MAX_DEPTH = 12


class PathReader:
    """Evaluates path expressions of one file without running them.

    `bindings` are the file's imports (name bound to dotted target), `constants` the expression last
    assigned to each name. Relative paths start from `cwd`.
    """

    def __init__(self, file: Path, cwd: Path, bindings: Mapping[str, str], constants: Mapping[str, ast.expr]) -> None:
        self.file = file
        self.cwd = cwd
        self.bindings = bindings
        self.constants = constants

    def path(self, node: ast.expr) -> Path | None:
        """The absolute path that an expression stands for; None where that is not known."""
        text = self._text(node, 0)
        return None if text is None else Path(os.path.normpath(self.cwd / text))

    def _text(self, node: ast.expr, depth: int) -> str | None:
        if depth > _MAX_DEPTH:
            return None
        match node:
            case ast.Constant(value=str() as text):
                return text
            case ast.Name(id="__file__"):
                return str(self.file)
            case ast.Name(id=name) if name in self.constants:
                return self._text(self.constants[name], depth + 1)
            case ast.Attribute(attr="parent", value=of):
                return self._parent(self._text(of, depth + 1), 1)
            case ast.Subscript(value=ast.Attribute(attr="parents", value=of), slice=ast.Constant(value=int() as up)):
                return self._parent(self._text(of, depth + 1), up + 1) if up >= 0 else None
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._join([left, right], "/", depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._join([left, right], "", depth)
            case ast.JoinedStr(values=values):
                parts = [value.value if isinstance(value, ast.FormattedValue) else value for value in values]
                return self._join(parts, "", depth)
            case ast.Call(func=func, args=args, keywords=keywords):
                return self._call(func, args, keywords, depth)
            case ast.Attribute():
                return {"os.curdir": ".", "os.pardir": "..", "os.sep": "/"}.get(self._name(node) or "")
            case _:
                return None

    def _call(self, func: ast.expr, args: list[ast.expr], keywords: list[ast.keyword], depth: int) -> str | None:
        called = self._name(func)
        if called in _CURRENT:
            return str(self.cwd)
        if called in _SAME and args:
            return self._join(args, "/", depth)
        if called == "os.path.join" and args:
            return self._join(args, "/", depth)
        if called == "os.path.dirname" and len(args) == 1:
            return self._parent(self._text(args[0], depth + 1), 1)
        if called in ("pathlib.Path", "pathlib.PurePath"):
            return "."
        match func:
            case ast.Attribute(attr="resolve" | "absolute" | "as_posix" | "expanduser" | "__str__", value=of):
                return self._text(of, depth + 1)
            case ast.Attribute(attr="joinpath", value=of):
                return self._join([of, *args], "/", depth)
            case _:
                return None

    def _join(self, nodes: list[ast.expr], separator: str, depth: int) -> str | None:
        parts = [self._text(node, depth + 1) for node in nodes]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts):
            return None
        return os.path.join(*known) if separator else "".join(known)

    def _parent(self, text: str | None, up: int) -> str | None:
        if text is None:
            return None
        for _ in range(up):
            # `dirname` drops the last part as written: that of `x/..` is `x`.
            text = os.path.dirname(text) if text not in ("", ".") else ".."
        return text or "."

    def _name(self, node: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return ".".join([self.bindings.get(node.id, node.id), *reversed(parts)])
