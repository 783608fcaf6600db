"""The nodes of a syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

from alembic_vet.source.nodes import all_nodes, children


def test_it_finds_what_ast_finds() -> None:
    tree = ast.parse(Path(__file__).read_bytes())
    assert set(all_nodes(tree)) == set(ast.walk(tree))
    for node in ast.walk(tree):
        assert children(node) == list(ast.iter_child_nodes(node))
