"""Where in a file the value of a name is written."""

from __future__ import annotations

import ast

from alembic_vet.source.file import SourceFile


def definition(file: SourceFile, name: ast.Name) -> ast.expr | None:
    """The expression that a name stands for, or is one item of; None where several may give it its value."""
    scope = _scope(file, name)
    inside = file.tree.body if scope is file.tree else list(ast.walk(scope))
    found = [each for each in inside if name.id in _targets(each)]
    match found:
        case [ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.NamedExpr(value=value)]:
            return value
        case [ast.For(iter=value) | ast.comprehension(iter=value)]:
            return value
        case _:
            return None


def is_used_once(file: SourceFile, name: ast.Name) -> bool:
    """Whether nothing else reads the variable that a name is."""
    reads = [
        each
        for each in ast.walk(_scope(file, name))
        if isinstance(each, ast.Name) and each.id == name.id and isinstance(each.ctx, ast.Load)
    ]
    return len(reads) == 1


def _scope(file: SourceFile, name: ast.Name) -> ast.AST:
    """The innermost function that binds a name, or the module."""
    for around in file.around(name):
        if isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and any(
            name.id in _targets(each) for each in ast.walk(around)
        ):
            return around
    return file.tree


def _targets(node: ast.AST) -> set[str]:
    """The names that a node binds; a parameter is bound by nothing that is known."""
    match node:
        case ast.arg(arg=name):
            return {name}
        case ast.Assign(targets=targets):
            bound = targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.NamedExpr(target=target):
            bound = [target]
        case ast.For(target=target) | ast.comprehension(target=target):
            bound = [target]
        case _:
            return set()
    return {each.id for target in bound for each in ast.walk(target) if isinstance(each, ast.Name)}
