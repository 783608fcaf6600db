"""What comparisons, `not`, `and` and `or` evaluate to."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from alembic_vet.source.values import (
    OPAQUE,
    Attribute,
    Call,
    Class,
    Condition,
    Const,
    Either,
    Expression,
    Function,
    Hole,
    Instance,
    Item,
    Items,
    Mapping,
    Module,
    Symbol,
    Text,
    Value,
    constant,
    truth,
)

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def negated(value: Value) -> Value:
    """`not value`."""
    answer = truth(value)
    if answer is not None:
        return Const(not answer)
    if isinstance(value, Expression) and value.operator == "not":
        return value.operands[0]
    return Expression("not", (value,))


def answered(returned: Sequence[tuple[Value, tuple[Condition, ...]]]) -> Value | None:
    """What is answered by nothing at all, or True or a term, depending on conditions.

    A term under conditions is `and` of both, as Python's `and` would have it; a call is such a term
    only beside True or False. None for anything else: it is one of several values.
    """
    is_predicate = any(isinstance(value, Const) and isinstance(value.value, bool) for value, _ in returned)
    alternatives: list[Value] = []
    for value, conditions in returned:
        match value:
            case Const(value=None | False) | Items(items=[], complete=True):
                continue
            case Const(value=True):
                parts: list[Value] = []
            case Expression():
                parts = [value]
            case Call() if is_predicate:
                parts = [value]
            case _:
                return None
        if any(condition.met is None for condition in conditions):
            return None
        asked = [condition.value if condition.met else negated(condition.value) for condition in conditions]
        alternatives.append(_all([*asked, *(part for part in parts if part not in asked)]))
    if len(alternatives) == len(returned):
        return None
    return connected(True, alternatives) if alternatives else None


def _all(values: list[Value]) -> Value:
    """All of some tests, of which those after `one` item are asked of each."""
    for place, value in enumerate(values):
        if isinstance(value, Expression) and value.operator == "one":
            each = Expression("each", (_all(values[place + 1 :]), *value.operands))
            return connected(False, [*values[:place], each])
    return connected(False, values)


def connected(is_or: bool, values: list[Value]) -> Value:
    if not values:
        return Const(not is_or)
    return values[0] if len(values) == 1 else Expression("or" if is_or else "and", tuple(values))


def compared(operator: ast.cmpop, left: Value, right: Value) -> Value:
    decided = _decided(operator, left, right)
    return Expression(_OPERATORS[type(operator)], (left, right)) if decided is OPAQUE else decided


def _decided(operator: ast.cmpop, left: Value, right: Value) -> Value:
    match operator, left, right:
        case ((ast.Is() | ast.IsNot()), _, Const(value=None)):
            known = _is_none(left)
            return OPAQUE if known is None else Const(known is isinstance(operator, ast.Is))
        case ((ast.In() | ast.NotIn()), _, (Items() | Mapping())) if right.complete:
            sought = constant(left)
            members = list(right.items) if isinstance(right, Mapping) else [constant(item) for item in right.items]
            if sought is OPAQUE or OPAQUE in members:
                return OPAQUE
            return Const((sought in members) is isinstance(operator, ast.In))
        case ((ast.In() | ast.NotIn()), Text(), Text()) if left.known:
            found = any(isinstance(part, str) and (left.exact or "") in part for part in right.parts)
            if not found and not right.known:
                return OPAQUE
            return Const(found is isinstance(operator, ast.In))
    a, b = constant(left), constant(right)
    if a is OPAQUE or b is OPAQUE:
        return OPAQUE
    try:
        match operator:
            case ast.Eq():
                return Const(a == b)
            case ast.NotEq():
                return Const(a != b)
            case ast.Lt():
                return Const(a < b)  # type: ignore[operator]
            case ast.Gt():
                return Const(a > b)  # type: ignore[operator]
            case ast.LtE():
                return Const(a <= b)  # type: ignore[operator]
            case ast.GtE():
                return Const(a >= b)  # type: ignore[operator]
    except TypeError:
        return OPAQUE
    return OPAQUE


def _is_none(value: Value) -> bool | None:
    match value:
        case Const(value=known):
            return known is None
        case Text(parts=(Hole(),)) | Call() | Attribute() | Item() | Either():
            return None
        case Text() | Items() | Mapping() | Function() | Class() | Instance() | Module() | Symbol():
            return False
        case _:
            return None
