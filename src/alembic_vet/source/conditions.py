"""What comparisons, `not`, `and` and `or` evaluate to."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    Call,
    Class,
    Condition,
    Const,
    Expression,
    Function,
    Hole,
    Instance,
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
_COMPARING: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
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
    match operator:
        case ast.In() | ast.NotIn():
            found = _contains(left, right)
            return OPAQUE if found is None else Const(found is isinstance(operator, ast.In))
        case ast.Is() | ast.IsNot():
            known = _is_none(left) if right == NONE else None
            return OPAQUE if known is None else Const(known is isinstance(operator, ast.Is))
    a, b = constant(left), constant(right)
    if a is OPAQUE or b is OPAQUE:
        return OPAQUE
    try:
        return Const(_COMPARING[type(operator)](a, b))
    except TypeError:
        return OPAQUE


def _contains(sought: Value, among: Value) -> bool | None:
    """Whether one known value is in another."""
    if isinstance(among, (Items, Mapping)) and among.complete:
        known = constant(sought)
        members = list(among.items) if isinstance(among, Mapping) else [constant(item) for item in among.items]
        return None if known is OPAQUE or OPAQUE in members else known in members
    if isinstance(among, Text) and isinstance(sought, Text) and sought.known:
        found = any(isinstance(part, str) and (sought.exact or "") in part for part in among.parts)
        return found if found or among.known else None
    return None


def _is_none(value: Value) -> bool | None:
    if type(value) is Const:
        return value.value is None
    if type(value) is Text:
        return None if len(value.parts) == 1 and isinstance(value.parts[0], Hole) else False
    return False if type(value) in _NEVER_NONE else None


_NEVER_NONE = frozenset({Items, Mapping, Function, Class, Instance, Module, Symbol})
