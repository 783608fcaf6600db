"""What expressions evaluate to, without running them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from alembic_vet.source import strings
from alembic_vet.source.classes import Classes, without_aliases
from alembic_vet.source.conditions import answered, compared, connected, negated
from alembic_vet.source.frame import Frame
from alembic_vet.source.stdlib import environment_variable, iterated
from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    Anchor,
    Attribute,
    Call,
    Class,
    Condition,
    Const,
    Either,
    Entered,
    Expression,
    Function,
    Hole,
    Item,
    Items,
    Mapping,
    Symbol,
    Text,
    Value,
    constant,
    dotted,
    either,
    truth,
)

_MOST_DEPTH = 60
_MOST_WORK = 60_000


class Evaluator(Classes):
    """Evaluates expressions; the statements are the subclass's."""

    @property
    def is_exhausted(self) -> bool:
        """Whether more was to be evaluated than the bound allows."""
        return self._work > _MOST_WORK

    # Expressions

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression; calls in it are followed."""
        self._work += 1
        if self._depth > _MOST_DEPTH or self._work > _MOST_WORK:
            return OPAQUE
        if type(node) is ast.Name:  # as nearly half of them are
            return self.load(node.id, frame)
        self._depth += 1
        try:
            follow = _EXPRESSIONS.get(type(node))
            return OPAQUE if follow is None else follow(self, node, frame)
        finally:
            self._depth -= 1

    # One kind of expression each; see `_EXPRESSIONS`

    def _constant(self, node: ast.Constant, frame: Frame) -> Value:
        value = node.value
        return strings.literal(value, Anchor(frame.scope.file, node)) if isinstance(value, str) else Const(value)

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        owner = node.value
        inherited = self.inherited(owner, node.attr, frame) if type(owner) is ast.Call else None
        if inherited is not None:
            return inherited
        subject = self.evaluate(owner, frame)
        if type(subject) is Either:
            return either(*[self.attribute(option, node.attr) for option in subject.options])
        return self.attribute(subject, node.attr)

    def _await(self, node: ast.Await, frame: Frame) -> Value:
        return self.await_value(self.evaluate(node.value, frame), frame)

    def _joined_string(self, node: ast.JoinedStr, frame: Frame) -> Value:
        at = frame.anchor(node)
        return strings.concatenate([self._formatted(part, frame, at) for part in node.values], at)

    def _formatted_value(self, node: ast.FormattedValue, frame: Frame) -> Value:
        return self._formatted(node, frame, frame.anchor(node))

    def _list(self, node: ast.List, frame: Frame) -> Value:
        return self._items(node.elts, "list", frame)

    def _tuple(self, node: ast.Tuple, frame: Frame) -> Value:
        return self._items(node.elts, "tuple", frame)

    def _set(self, node: ast.Set, frame: Frame) -> Value:
        return self._items(node.elts, "set", frame)

    def _dict(self, node: ast.Dict, frame: Frame) -> Value:
        return self._mapping(node.keys, node.values, frame)

    def _operation(self, node: ast.BinOp, frame: Frame) -> Value:
        operate = lambda a, b: self._binary(node.op, a, b, frame.anchor(node))  # noqa: E731
        return strings.lift(operate, self.evaluate(node.left, frame), self.evaluate(node.right, frame))

    def _unary(self, node: ast.UnaryOp, frame: Frame) -> Value:
        match node.op:
            case ast.Not():
                return negated(self.evaluate(node.operand, frame))
            case ast.USub():
                number = constant(self.evaluate(node.operand, frame))
                return Const(-number) if isinstance(number, (int, float)) else OPAQUE
        return OPAQUE

    def _comparison(self, node: ast.Compare, frame: Frame) -> Value:
        if len(node.ops) > 1:
            return OPAQUE
        operator = node.ops[0]
        compare = lambda a, b: compared(operator, a, b)  # noqa: E731
        return strings.lift(compare, self.evaluate(node.left, frame), self.evaluate(node.comparators[0], frame))

    def _choice(self, node: ast.IfExp, frame: Frame) -> Value:
        asked = self.test(node.test, frame)
        answer = truth(asked)
        if answer is not None:
            return self.evaluate(node.body if answer else node.orelse, frame)
        with frame.under(Condition(asked, True)):
            first = self.evaluate(node.body, frame)
        with frame.under(Condition(asked, False)):
            second = self.evaluate(node.orelse, frame)
        chosen = answered([(first, (Condition(asked, True),)), (second, (Condition(asked, False),))])
        return either(first, second) if chosen is None else chosen

    def _item(self, node: ast.Subscript, frame: Frame) -> Value:
        key = self.evaluate(node.slice, frame)
        owner = self.evaluate(node.value, frame)
        if type(owner) is Either:
            return either(*[_subscript(option, key) for option in owner.options])
        return _subscript(owner, key)

    def _lambda(self, node: ast.Lambda, frame: Frame) -> Value:
        return Function(node, frame.scope, (*frame.enclosing, frame.values))

    def _named(self, node: ast.NamedExpr, frame: Frame) -> Value:
        named = self.evaluate(node.value, frame)
        frame.assign(node.target.id, named)
        return named

    def _collection(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Value:
        return self._comprehension(node.elt, node.generators, frame)

    def _dict_comprehension(self, node: ast.DictComp, frame: Frame) -> Value:
        pairs = self._comprehension(ast.Tuple(elts=[node.key, node.value], ctx=ast.Load()), node.generators, frame)
        if isinstance(pairs, Expression) and isinstance(pairs.operands[0], Items):
            return Expression("each", (pairs.operands[0].items[0], pairs.operands[1]))
        if not isinstance(pairs, Items) or not pairs.complete:
            return OPAQUE
        rows = [pair.items for pair in pairs.items if isinstance(pair, Items)]
        return Mapping({constant(key): value for key, value in rows})

    def _yield(self, node: ast.Yield, frame: Frame) -> Value:
        frame.yielded.append(self.evaluate(node.value, frame) if node.value else NONE)
        return OPAQUE

    def _yield_from(self, node: ast.YieldFrom, frame: Frame) -> Value:
        frame.yielded.append(self.evaluate(node.value, frame))
        return OPAQUE

    def _starred(self, node: ast.Starred, frame: Frame) -> Value:
        return self.evaluate(node.value, frame)

    def _call(self, node: ast.Call, frame: Frame) -> Value:
        callee = self.evaluate(node.func, frame)
        args: list[Value] = []
        open_ended = False
        for argument in node.args:
            value = self.evaluate(argument, frame)
            if isinstance(argument, ast.Starred):
                items = self.iterate(value)
                open_ended = open_ended or items is None
                args.extend(items or [])
            else:
                args.append(value)
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, frame)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
                continue
            if isinstance(value, Mapping) and all(isinstance(key, str) for key in value.items):
                keywords |= {str(key): entry for key, entry in value.items.items()}
                open_ended = open_ended or not value.complete
            else:
                open_ended = True
        called = Call(callee, tuple(args), keywords, frame.anchor(node), frame.context, open_ended)
        if called.name == "str" and len(args) == 1:
            converted = self.stringify(args[0], called.at)
            if converted is not None:
                return converted
        return self.call_value(called)

    def _formatted(self, node: ast.expr, frame: Frame, at: Anchor) -> Value:
        if not isinstance(node, ast.FormattedValue):
            return self.evaluate(node, frame)
        value = self.evaluate(node.value, frame)
        if node.format_spec is not None or node.conversion not in (-1, 115):
            return Text((Hole(dotted(value)),)) if constant(value) is OPAQUE else value
        match value:
            case Text() | Const():
                return value
            case Either():
                return either(*(self.stringify(option, at) or option for option in value.options))
            case _:
                return self.stringify(value, at) or Text((Hole(ast.unparse(node.value)),))

    def _items(self, elements: Sequence[ast.expr], kind: str, frame: Frame) -> Items:
        values: list[Value] = []
        complete = True
        for element in elements:
            value = self.evaluate(element, frame)
            if not isinstance(element, ast.Starred):
                values.append(value)
                continue
            items = self.iterate(value)
            complete = complete and items is not None
            values.extend(items or [])
        return Items(values, kind, complete)  # type: ignore[arg-type]

    def _mapping(self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr], frame: Frame) -> Mapping:
        mapping = Mapping({})
        for key_node, value_node in zip(keys, values, strict=True):
            value = self.evaluate(value_node, frame)
            if key_node is None:
                mapping.complete = mapping.complete and isinstance(value, Mapping) and value.complete
                mapping.items.update(value.items if isinstance(value, Mapping) else {})
                continue
            key = constant(self.evaluate(key_node, frame))
            if key is OPAQUE:
                mapping.complete = False
            else:
                mapping.items[key] = value
        return mapping

    def _binary(self, operator: ast.operator, left: Value, right: Value, at: Anchor) -> Value:
        match operator, left, right:
            case ast.Add(), Items(), Items():
                return Items([*left.items, *right.items], left.kind, left.complete and right.complete)
            case ast.Add(), Text(), _:
                return strings.concatenate([left, self.stringify(right, at) or right], at)
            case ast.Add(), _, Text() if not isinstance(left, (Const, Items)):
                return strings.concatenate([self.stringify(left, at) or left, right], at)
            case ast.Mod(), Text(), _ if left.known:
                return strings.percent_formatted(left.exact or "", right, at)
            case ast.BitOr(), Mapping(), Mapping():
                return Mapping({**left.items, **right.items}, left.complete and right.complete)
        a, b = constant(left), constant(right)
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            match operator:
                case ast.Add():
                    return Const(a + b)
                case ast.Sub():
                    return Const(a - b)
                case ast.Mult() if abs(a) < 1_000_000 and abs(b) < 1_000_000:
                    return Const(a * b)
        return OPAQUE

    def test(self, node: ast.expr, frame: Frame) -> Value:
        """What a condition evaluates to: as a whole known, or an `Expression` of its undecided parts."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return negated(self.test(node.operand, frame))
        if not isinstance(node, ast.BoolOp):
            return self.evaluate(node, frame)
        is_or = isinstance(node.op, ast.Or)
        undecided: list[Value] = []
        for part in node.values:
            value = _reached(self.test, part, undecided, is_or, frame)
            answer = truth(value)
            if answer is is_or:
                return Const(is_or)
            if answer is None:
                undecided.append(value)
        return connected(is_or, undecided)

    def iterate(self, value: Value) -> Sequence[Value] | None:
        """What a `for` over a value would see: also the members of a first-party enum."""
        if isinstance(value, Class) and self.is_enum(value):
            members = self.enum_instances(value)
            return None if members is None else without_aliases(members)
        return iterated(value)

    def _boolean(self, node: ast.BoolOp, frame: Frame) -> Value:
        is_or = isinstance(node.op, ast.Or)
        collected: list[Value] = []
        for part in node.values:
            value = _reached(self.evaluate, part, collected, is_or, frame)
            answer = truth(value)
            if answer is is_or:
                return either(*_with_default(collected, value)) if collected else value
            if answer is None:
                collected = _with_default(collected, value) if is_or else [*collected, value]
            elif part is node.values[-1]:
                collected.append(value)
        if any(isinstance(value, Expression) for value in collected):
            return connected(is_or, collected)
        return either(*collected) if collected else value

    def _comprehension(self, element: ast.expr, generators: list[ast.comprehension], frame: Frame) -> Value:
        inner = Frame(frame.scope, {}, (*frame.enclosing, frame.values), frame.context)
        found: list[Value] = []
        over = self.evaluate(generators[0].iter, inner)
        if isinstance(over, (Call, Attribute, Item, Expression)) and len(generators) == 1:
            _bind_target(generators[0].target, Expression("one", (over,)), inner)
            tests = [self.test(test, inner) for test in generators[0].ifs]
            return Expression("each", (self.evaluate(element, inner), over, *tests))
        complete = self._generate(element, generators, inner, found, over)
        return Items(found, complete=complete)

    def _generate(
        self,
        element: ast.expr,
        generators: list[ast.comprehension],
        frame: Frame,
        found: list[Value],
        over: Value | None = None,
    ) -> bool:
        if not generators:
            found.append(self.evaluate(element, frame))
            return True
        first, *rest = generators
        items = self.iterate(self.evaluate(first.iter, frame) if over is None else over)
        if items is None or len(items) > 1000:
            return False
        complete = True
        for item in items:
            _bind_target(first.target, item, frame)
            answers = {truth(self.evaluate(test, frame)) for test in first.ifs}
            if False in answers:
                continue
            complete = complete and None not in answers
            complete = self._generate(element, rest, frame, found) and complete
        return complete


_EXPRESSIONS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Constant: Evaluator._constant,
    ast.Attribute: Evaluator._attribute,
    ast.Call: Evaluator._call,
    ast.Await: Evaluator._await,
    ast.JoinedStr: Evaluator._joined_string,
    ast.FormattedValue: Evaluator._formatted_value,
    ast.List: Evaluator._list,
    ast.Tuple: Evaluator._tuple,
    ast.Set: Evaluator._set,
    ast.Dict: Evaluator._dict,
    ast.BinOp: Evaluator._operation,
    ast.BoolOp: Evaluator._boolean,
    ast.UnaryOp: Evaluator._unary,
    ast.Compare: Evaluator._comparison,
    ast.IfExp: Evaluator._choice,
    ast.Subscript: Evaluator._item,
    ast.Lambda: Evaluator._lambda,
    ast.NamedExpr: Evaluator._named,
    ast.ListComp: Evaluator._collection,
    ast.SetComp: Evaluator._collection,
    ast.GeneratorExp: Evaluator._collection,
    ast.DictComp: Evaluator._dict_comprehension,
    ast.Yield: Evaluator._yield,
    ast.YieldFrom: Evaluator._yield_from,
    ast.Starred: Evaluator._starred,
}


def _reached(
    follow: Callable[[ast.expr, Frame], Value], part: ast.expr, before: Sequence[Value], is_or: bool, frame: Frame
) -> Value:
    """A part of `and` or `or`, asked only where none of the undecided ones before it has decided."""
    if not before:
        return follow(part, frame)
    with frame.under(*(Condition(value, not is_or) for value in before)):
        return follow(part, frame)


def _bind_target(target: ast.expr, value: Value, frame: Frame) -> None:
    match target:
        case ast.Name(id=name):
            frame.values[name] = value
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values = iterated(value)
            for index, element in enumerate(elements):
                fits = values is not None and len(values) == len(elements)
                _bind_target(element, values[index] if fits and values else OPAQUE, frame)


def _with_default(collected: list[Value], value: Value) -> list[Value]:
    """`os.getenv("A") or "x"`: the text of the first is its default in the second."""
    match collected, value:
        case [Text(parts=(Hole() as hole,)) as first], Text() if hole.default is None:
            return [Text((replace(hole, default=value),), first.origin or value.origin)]
    return [*collected, value]


def _subscript(owner: Value, key: Value) -> Value:
    known = constant(key)
    if type(owner) is Mapping:
        return owner.items.get(known, OPAQUE)
    if type(owner) is Items:
        items = owner.items
        return items[known] if isinstance(known, int) and -len(items) <= known < len(items) else OPAQUE
    if type(owner) is Call and known is not OPAQUE and known in owner.items:
        return owner.items[known]
    if type(owner) is Symbol and owner.name == "os.environ":
        return environment_variable(key, None)
    return Item(owner, key) if type(owner) in _TERMS else OPAQUE


_TERMS = frozenset({Call, Attribute, Item, Symbol, Entered, Expression})
