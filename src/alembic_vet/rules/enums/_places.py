"""Where an enum type is written inside a longer call."""

from __future__ import annotations

import ast

from alembic_vet.findings import Location
from alembic_vet.source.file import SourceFile
from alembic_vet.source.nodes import keyword, last_name

_ENUMS = frozenset({"Enum", "ENUM"})


def enum_call(file: SourceFile, location: Location, name: str) -> ast.Call | None:
    """The one `Enum(..., name="mood")` within a place that has this name."""
    found = [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and last_name(node.func) in _ENUMS
        and _is_named(node, name)
        and location.span.contains(file.span(node))
    ]
    return found[0] if len(found) == 1 else None


def enum_place(file: SourceFile, location: Location, name: str) -> Location:
    """The same as a place, the wider one where it is not found."""
    call = enum_call(file, location, name)
    return location if call is None else file.location(call)


def _is_named(call: ast.Call, name: str) -> bool:
    given = keyword(call.keywords, "name")
    return isinstance(given, ast.Constant) and given.value == name
