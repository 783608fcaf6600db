"""Functions as a whole: sync or async, and another body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alembic_vet.findings import Span
from alembic_vet.fixes.changes import Change, Order, indented
from alembic_vet.fixes.syntax import Syntax


@dataclass(frozen=True, slots=True)
class BodyPlan:
    lines: tuple[str, ...]
    drop_comments: bool


def function_changes(syntax: Syntax, span: Span, is_async: bool) -> Iterator[Change]:
    """`async def` or `def`; nothing where it is so already."""
    import libcst as cst

    node = syntax.find(span, cst.FunctionDef)
    assert isinstance(node, cst.FunctionDef)
    start = syntax.start(node)
    if is_async and node.asynchronous is None:
        yield Change(start, start, "async ", Order.OPEN)
    elif not is_async and node.asynchronous is not None:
        yield Change(start, syntax.file.text.index("def", syntax.end(node.asynchronous)), "")


def body_changes(syntax: Syntax, span: Span, plan: BodyPlan, gone: list[tuple[int, int]]) -> Iterator[Change]:
    """The statements of a function, its docstring excepted, give way to lines."""
    import libcst as cst

    node = syntax.find(span, cst.FunctionDef)
    assert isinstance(node, cst.FunctionDef)
    text = syntax.file.text
    end = syntax.end(node)
    if isinstance(node.body, cst.SimpleStatementSuite):
        first = syntax.surroundings(node.body.body[0])
        assert first.suite is not None
        start, indent = first.suite, first.indent
    else:
        statement = node.body.body[0]
        place = syntax.surroundings(statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement)
        indent = place.indent
        if node.get_docstring(clean=False) is not None:
            start = syntax.line_end(place.end)
            gap = text[start:].removeprefix("\n").partition("\n")[0] if len(node.body.body) > 1 else "code"
            start += 0 if gap.strip() else 1
        else:
            start = syntax.line_end(text.rindex(":", 0, _first_line(syntax, place.start)))
    end = max(start, syntax.line_end(end))
    if plan.drop_comments:
        gone.append((start, end))
    body = indented("\n".join(plan.lines), indent)
    yield Change(start, end, f"\n{indent}{body}")


def _first_line(syntax: Syntax, start: int) -> int:
    return start
