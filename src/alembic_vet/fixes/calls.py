"""Keywords of a call: added, set, removed, in the style of that call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from alembic_vet.findings import Span
from alembic_vet.fixes import items
from alembic_vet.fixes.changes import Change, Order
from alembic_vet.fixes.syntax import Syntax

if TYPE_CHECKING:
    import libcst as cst


class KeywordPlan(Struct):
    """What one call's keywords shall be: text, or None for a keyword that goes."""

    added: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    replaced: dict[str, str] = field(default_factory=dict)


def keyword_changes(syntax: Syntax, span: Span, plan: KeywordPlan, gone: list[tuple[int, int]]) -> Iterator[Change]:
    """The changes that make a call follow the plan.

    A keyword that is there already is not added twice; `set` replaces its value.
    """
    import libcst as cst

    call = syntax.find(span, cst.Call)
    assert isinstance(call, cst.Call)
    places = [_item(syntax, argument) for argument in call.args]
    present = {argument.keyword.value: argument for argument in call.args if argument.keyword is not None}
    for name, value in plan.replaced.items():
        if name in present:
            start, end = syntax.outer(present[name].value)
            yield Change(start, end, value)
    added = [
        f"{name}={value}"
        for name, value in (plan.added | plan.replaced).items()
        if name not in present or name in plan.removed
    ]
    indexes = [
        index
        for index, argument in enumerate(call.args)
        if argument.keyword is not None and argument.keyword.value in plan.removed
    ]
    if indexes and added:
        first = places[indexes.pop(0)]
        yield Change(first.start, first.end, ", ".join(added))
        added = []
    for index in indexes:
        range_ = items.remove(syntax, places, index)
        gone.append(range_)
        yield Change(*range_, "")
    if not added:
        return
    close = syntax.end(call) - 1
    if not call.args:
        yield from _only(syntax, close, added)
        return
    match call.args:
        case [cst.Arg(keyword=None, value=cst.GeneratorExp(lpar=[]) as generator)]:
            start, end = syntax.outer(generator)
            yield Change(start, start, "(", Order.OPEN)
            yield Change(end, end, ")", Order.CLOSE)
    index = next((index for index, argument in enumerate(call.args) if argument.star == "**"), len(call.args))
    new = {index: added}
    if items.too_long(syntax, syntax.start(call), close, new) and not isinstance(call.args[0].value, cst.GeneratorExp):
        yield from items.spread(syntax, places, new)
    else:
        yield from items.insert(syntax, places, new, close)


def _item(syntax: Syntax, argument: cst.Arg) -> items.Item:
    import libcst as cst

    comma = syntax.end(argument.comma) if isinstance(argument.comma, cst.Comma) else None
    return items.Item(syntax.start(argument), syntax.end(argument), comma)


def _only(syntax: Syntax, close: int, added: list[str]) -> Iterator[Change]:
    line = syntax.line_start(close)
    indent = syntax.file.text[line:close]
    if indent.strip():
        yield Change(close, close, ", ".join(added), Order.CLOSE)
        return
    unit = syntax.statements.unit
    yield Change(line, line, "".join(f"{indent}{unit}{item},\n" for item in added), Order.BEFORE)
