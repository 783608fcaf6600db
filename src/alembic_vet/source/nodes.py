"""The nodes of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def all_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """What `ast.walk` gives, in another order and half the time."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += children(node)


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
