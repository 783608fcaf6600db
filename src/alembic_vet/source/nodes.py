"""The nodes of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable

# What most fields hold: no nodes, or one of those that only say whether a name is read, bound or deleted.
_LEAVES = {str, int, type(None), ast.Load, ast.Store, ast.Del}


def all_nodes(tree: ast.AST) -> list[ast.AST]:
    """What `ast.walk` gives, without the contexts of names, in a third of the time."""
    found = [tree]
    for node in found:  # which gets longer meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            kind = type(value)
            if kind is list:
                if value:
                    found += [each for each in value if isinstance(each, ast.AST)]
            elif kind not in _LEAVES and isinstance(value, ast.AST):
                found.append(value)
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """What `ast.iter_child_nodes` gives, in half the time."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif type(value) is list:
            found += [each for each in value if isinstance(each, ast.AST)]
    return found


def keyword(given: Iterable[ast.keyword], name: str) -> ast.expr | None:
    """What a call gives for a keyword."""
    return next((each.value for each in given if each.arg == name), None)


def last_name(node: ast.expr) -> str:
    """`Enum` of `Enum`, `sa.Enum` and `sqlalchemy.types.Enum`; empty for what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
