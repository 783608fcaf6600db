"""The nodes of a syntax tree."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from alembic_vet.source.nodes import all_nodes, children


def test_it_finds_what_ast_finds() -> None:
    tree = ast.parse(Path(__file__).read_bytes())
    wanted = Counter(node for node in ast.walk(tree) if not isinstance(node, ast.expr_context))
    assert Counter(all_nodes(tree)) == wanted
    for node in ast.walk(tree):
        assert children(node) == list(ast.iter_child_nodes(node))
