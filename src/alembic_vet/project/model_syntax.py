"""What the text of a model says by itself: its class body, the calls in it, a `Table(...)` call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from alembic_vet.source.imports import blocks
from alembic_vet.source.nodes import children


def class_value(node: ast.ClassDef, name: str) -> ast.expr | None:
    """What a class body assigns to a name."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                if name in [target.id for target in targets if isinstance(target, ast.Name)]:
                    return value
            case ast.AnnAssign(target=ast.Name(id=target_name), value=ast.expr() as value) if target_name == name:
                return value
    return None


def names_tables(node: ast.ClassDef) -> bool:
    """Whether the class gives its subclasses a table name: `@declared_attr def __tablename__(cls)`."""
    return any(isinstance(each, ast.FunctionDef) and each.name == "__tablename__" for each in node.body)


def has_primary_key(node: ast.ClassDef) -> bool:
    return any(
        keyword.arg == "primary_key" and is_true(keyword.value)
        for statement in node.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        for call in ast.walk(statement)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
    )


def class_schema(node: ast.ClassDef) -> str | None:
    match class_value(node, "__table_args__"):
        case ast.Dict() as options:
            pass
        case ast.Tuple(elts=[*_, ast.Dict() as options]):
            pass
        case _:
            return None
    for key, value in zip(options.keys, options.values, strict=True):
        match key, value:
            case ast.Constant(value="schema"), ast.Constant(value=str() as schema):
                return schema
    return None


def is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def executed(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run with a body, those of its blocks included, of functions and classes not."""
    for statement in body:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for block in blocks(statement):
                yield from executed(block)


def calls_in(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls that one statement makes itself, or a class in its body."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) or (
        any(blocks(statement)) and not isinstance(statement, ast.ClassDef)
    ):
        return
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Call):
            yield node
        pending += children(node)
