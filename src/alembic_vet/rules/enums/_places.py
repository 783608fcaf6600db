"""Where an enum type is written inside a longer call."""

from __future__ import annotations

import ast

from alembic_vet.findings import Location
from alembic_vet.source.file import SourceFile

_ENUMS = frozenset({"Enum", "ENUM"})


def enum_call(file: SourceFile, location: Location, name: str) -> ast.Call | None:
    """The one `Enum(..., name="mood")` within a place that has this name."""
    found = [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and _last(node.func) in _ENUMS
        and any(_is_name(keyword, name) for keyword in node.keywords)
        and location.span.contains(file.span(node))
    ]
    return found[0] if len(found) == 1 else None


def enum_place(file: SourceFile, location: Location, name: str) -> Location:
    """The same as a place, the wider one where it is not found."""
    call = enum_call(file, location, name)
    return location if call is None else file.location(call)


def _is_name(keyword: ast.keyword, name: str) -> bool:
    return keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and keyword.value.value == name


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
