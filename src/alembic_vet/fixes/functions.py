"""Functions as a whole: sync or async, and another body."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from alembic_vet.findings import Span
from alembic_vet.fixes.blocks import joined
from alembic_vet.fixes.changes import Change, FixImpossible, Order
from alembic_vet.fixes.syntax import Syntax


class BodyPlan(Struct, frozen=True):
    lines: tuple[str, ...]
    drop_comments: bool


def asynchrony_changes(syntax: Syntax, span: Span, is_async: bool) -> Iterator[Change]:
    """`async def`, `async with`, `async for`, or the same without; nothing where it is so already."""
    import libcst as cst

    node = syntax.find(span, cst.FunctionDef, cst.With, cst.For)
    assert isinstance(node, (cst.FunctionDef, cst.With, cst.For))
    start = syntax.start(node)
    if is_async and node.asynchronous is None:
        yield Change(start, start, "async ", Order.OPEN)
    elif not is_async and node.asynchronous is not None:
        after = syntax.file.text[syntax.end(node.asynchronous) :]
        yield Change(start, len(syntax.file.text) - len(after.lstrip()), "")


def rename_changes(syntax: Syntax, span: Span, name: str) -> Iterator[Change]:
    import libcst as cst

    node = syntax.find(span, cst.FunctionDef)
    assert isinstance(node, cst.FunctionDef)
    yield Change(syntax.start(node.name), syntax.end(node.name), name)


def body_changes(syntax: Syntax, span: Span, plan: BodyPlan, gone: list[tuple[int, int]]) -> Iterator[Change]:
    """The statements of a function, its docstring excepted, give way to lines."""
    statements = syntax.statements
    function = statements.find(span)
    if not isinstance(function.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        raise FixImpossible("not a function")
    end = syntax.line_end(function.end)
    first = statements.around(function.node.body[0])
    if first.suite is not None:
        start = first.suite
    elif ast.get_docstring(function.node, clean=False) is None:
        start = syntax.line_end(statements.header_end(function.node))
    else:
        start = syntax.line_end(first.end)
        below = syntax.file.text[start + 1 :].partition("\n")[0]
        start += 1 if start < end and not below.strip() else 0
    if plan.drop_comments:
        gone.append((start, end))
    yield Change(start, max(start, end), f"\n{first.indent}{joined(plan.lines, first.indent)}")
