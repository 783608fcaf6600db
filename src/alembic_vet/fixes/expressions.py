"""Changes to one expression: followed by something, surrounded, awaited, replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alembic_vet.findings import Span
from alembic_vet.fixes.changes import Change, FixImpossible, Order
from alembic_vet.fixes.syntax import Syntax

if TYPE_CHECKING:
    import libcst as cst


def expression(syntax: Syntax, span: Span) -> cst.BaseExpression:
    import libcst as cst

    node = syntax.find(span, cst.BaseExpression)
    assert isinstance(node, cst.BaseExpression)
    return node


def append(syntax: Syntax, span: Span, texts: Sequence[str]) -> Iterator[Change]:
    """`.method()` and the like after an expression, which gets parentheses where it needs them."""
    node = expression(syntax, span)
    text = _quoted(syntax, node, "".join(texts))
    start, end = syntax.outer(node)
    if not node.lpar and not _is_primary(node):
        yield _open(start, end, "(")
        text = ")" + text
    yield _close(start, end, text)


def surround(syntax: Syntax, span: Span, before: str, after: str) -> Iterator[Change]:
    """Text on both sides of an expression, outside of its own parentheses."""
    node = expression(syntax, span)
    start, end = syntax.outer(node)
    yield _open(start, end, _quoted(syntax, node, before))
    yield _close(start, end, _quoted(syntax, node, after))


def await_(syntax: Syntax, span: Span) -> Iterator[Change]:
    """`await` in front of an expression, with the parentheses that its place needs."""
    import libcst as cst

    node = expression(syntax, span)
    if isinstance(syntax.parent(node), cst.Await):
        return
    start, end = syntax.outer(node)
    operand = bool(node.lpar) or _is_primary(node)
    outer = _needs_primary(syntax, node)
    if outer and node.lpar and _is_primary(node):
        yield _open(*syntax.offsets(span), "await ")
        return
    yield _open(start, end, ("(" if outer else "") + "await " + ("" if operand else "("))
    closing = ("" if operand else ")") + (")" if outer else "")
    if closing:
        yield _close(start, end, closing)


def _open(start: int, end: int, text: str) -> Change:
    return Change(start, start, text, Order.OPEN, -end)


def _close(start: int, end: int, text: str) -> Change:
    return Change(end, end, text, Order.CLOSE, -start)


def _is_primary(node: cst.BaseExpression) -> bool:
    """Whether `.x` binds to the whole of the expression."""
    import libcst as cst

    return isinstance(
        node,
        (
            cst.Name,
            cst.Attribute,
            cst.Call,
            cst.Subscript,
            cst.SimpleString,
            cst.FormattedString,
            cst.List,
            cst.Dict,
            cst.Set,
            cst.ListComp,
            cst.SetComp,
            cst.DictComp,
        ),
    )


def _needs_primary(syntax: Syntax, node: cst.BaseExpression) -> bool:
    """Whether the place of an expression takes nothing looser than `x.y()`."""
    import libcst as cst

    match syntax.parent(node):
        case cst.Attribute() | cst.Await():
            return True
        case cst.Call(func=inner) | cst.Subscript(value=inner):
            return inner is node
    return False


def _quoted(syntax: Syntax, node: cst.CSTNode, text: str) -> str:
    """`text` with the quotes that its place inside an f-string leaves free.

    Raises FixImpossible where there are none: only Python 3.12 allows the same ones.
    """
    import libcst as cst

    outer = syntax.parent(node)
    while outer is not None and not isinstance(outer, cst.BaseStatement):
        if isinstance(outer, cst.FormattedString):
            quote = outer.quote[0]
            other = "'" if quote == '"' else '"'
            if quote in text:
                if other in text or "\\" in text or "\n" in text:
                    raise FixImpossible("an f-string leaves no quotes free")
                text = text.replace(quote, other)
        outer = syntax.parent(outer)
    return text
