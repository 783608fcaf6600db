"""The nodes of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def all_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """What `ast.walk` gives, in another order and half the time."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                pending.append(value)
            elif type(value) is list:
                pending += [each for each in value if isinstance(each, ast.AST)]
