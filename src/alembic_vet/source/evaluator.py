"""What expressions evaluate to, without running them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping as AbstractMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from alembic_vet.source import strings
from alembic_vet.source.scope import ModuleFinder, ModuleScope
from alembic_vet.source.stdlib import environment_variable, iterated
from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    SOMEHOW,
    Anchor,
    Attribute,
    Call,
    Class,
    Condition,
    Const,
    Context,
    Either,
    Entered,
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
    dotted,
    either,
    options,
    truth,
)

_MOST_DEPTH = 60
_MOST_WORK = 60_000
_BUILTINS = frozenset(dir(builtins))


@dataclass(slots=True)
class Frame:
    """Where an expression is evaluated: the names it sees, and under what."""

    scope: ModuleScope
    values: dict[str, Value]
    enclosing: tuple[dict[str, Value], ...]
    context: Context
    returned: list[tuple[Value, tuple[Condition, ...]]] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)
    leaving: str = ""
    passed: Condition = SOMEHOW

    def anchor(self, node: ast.AST) -> Anchor:
        return Anchor(self.scope.file, node)

    def assign(self, name: str, value: Value) -> None:
        target = self.scope.values if name in self.globals else self.values
        target[name] = value

    def restore(self, values: AbstractMapping[str, Value]) -> None:
        """Make the names what they were; the dictionary stays the same object."""
        kept = dict(values)
        self.values.clear()
        self.values.update(kept)

    @contextmanager
    def under(self, *conditions: Condition, guarded: bool = False) -> Iterator[None]:
        """What happens inside may not happen, or may fail unseen."""
        before = self.context
        self.context = replace(before, conditions=before.conditions + conditions, guarded=before.guarded or guarded)
        yield
        self.context = before


class Evaluator:
    """Evaluates expressions; the statements are the subclass's."""

    def __init__(self, finder: ModuleFinder | None = None) -> None:
        self.finder = finder
        self.modules: dict[str, ModuleScope] = {}
        self._resolving: set[tuple[str, str]] = set()
        self._depth = 0
        self._work = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether more was to be evaluated than the bound allows."""
        return self._work > _MOST_WORK

    # What the subclass adds

    def call_value(self, call: Call) -> Value:
        return call

    def await_value(self, value: Value, frame: Frame) -> Value:
        return value

    def stringify(self, value: Value, at: Anchor) -> Text | None:
        return None

    def attribute_of(self, value: Value, name: str) -> Value | None:
        return None

    # Names

    def module(self, name: str) -> ModuleScope | None:
        """A first-party module by its dotted name."""
        if name in self.modules:
            return self.modules[name]
        file = self.finder.find(name) if self.finder else None
        if file is None:
            return None
        return self.modules.setdefault(name, ModuleScope(file, name))

    def load(self, name: str, frame: Frame) -> Value:
        for values in (frame.values, *reversed(frame.enclosing)):
            if name in values:
                return values[name]
        found = self.member(frame.scope, name)
        if found is not None:
            return found
        return Symbol(name) if name in _BUILTINS else OPAQUE

    def member(self, scope: ModuleScope, name: str) -> Value | None:
        """A name of a module; None where the module does not have it."""
        if name in scope.values:
            return scope.values[name]
        if name == "__name__":
            return strings.literal(scope.name)
        if name == "__file__":
            return strings.literal(str(scope.file.path))
        key = (scope.name, name)
        if key in self._resolving:
            return None
        self._resolving.add(key)
        try:
            value = self._pending_member(scope, name) if scope.executed else self._lazy_member(scope, name)
        finally:
            self._resolving.discard(key)
        if value is not None:
            scope.values[name] = value
        return value

    def _pending_member(self, scope: ModuleScope, name: str) -> Value | None:
        """A name that an executed module has imported, resolved when it is first used."""
        if name in scope.pending:
            statement, alias = scope.pending.pop(name)
            if isinstance(statement, ast.Import):
                return self._imported_module(alias)
            return self.imported(statement, alias.name, scope)
        for star in reversed(scope.pending_stars):
            other = self.module(scope.absolute(star.module, star.level))
            found = self.member(other, name) if other and not name.startswith("_") else None
            if found is not None:
                return found
        return None

    def _lazy_member(self, scope: ModuleScope, name: str) -> Value | None:
        frame = Frame(scope, scope.values, (), Context())
        found: list[Value] = []
        for statement in scope.bindings(name):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found.append(self.decorated(statement, frame))
                case ast.ClassDef():
                    found.append(Class(statement, scope))
                case ast.Import(names=aliases):
                    found += [self._imported_module(alias) for alias in aliases if _binds(alias, name)]
                case ast.ImportFrom(names=aliases):
                    found += [self.imported(statement, alias.name, scope) for alias in aliases if _binds(alias, name)]
                case ast.Assign(targets=targets, value=value):
                    found += [self._unpacked(target, name, value, frame) for target in targets]
                case ast.AnnAssign(value=value) if value is not None:
                    found.append(self.evaluate(value, frame))
                case _:
                    found.append(OPAQUE)
        found = [value for value in found if value is not _UNBOUND]
        if found:
            return either(*found)
        for statement in scope.star_imports:
            other = self.module(scope.absolute(statement.module, statement.level))
            found_there = self.member(other, name) if other else None
            if found_there is not None:
                return found_there
        return None

    def _unpacked(self, target: ast.expr, name: str, value: ast.expr, frame: Frame) -> Value:
        match target:
            case ast.Name(id=bound) if bound == name:
                return self.evaluate(value, frame)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for index, element in enumerate(elements):
                    if isinstance(element, ast.Name) and element.id == name:
                        items = iterated(self.evaluate(value, frame))
                        return items[index] if items is not None and index < len(items) else OPAQUE
        return _UNBOUND

    # Imports

    def import_names(self, statement: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        """Bind what an import statement binds; what a module imports whatever happens, only when it is used."""
        if frame.values is frame.scope.values and not frame.context.conditions and not frame.context.guarded:
            for alias in statement.names:
                if alias.name == "*" and isinstance(statement, ast.ImportFrom):
                    frame.scope.pending_stars.append(statement)
                    continue
                bound = alias.asname or alias.name.partition(".")[0]
                frame.values.pop(bound, None)
                frame.scope.pending[bound] = (statement, alias)
            return
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                frame.assign(alias.asname or alias.name.partition(".")[0], self._imported_module(alias))
            return
        for alias in statement.names:
            if alias.name != "*":
                frame.assign(alias.asname or alias.name, self.imported(statement, alias.name, frame.scope))
                continue
            other = self.module(frame.scope.absolute(statement.module, statement.level))
            if other:
                for name in other.names():
                    value = self.member(other, name)
                    if value is not None:
                        frame.assign(name, value)

    def _imported_module(self, alias: ast.alias) -> Value:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        scope = self.module(name)
        return Module(scope) if scope else Symbol(name)

    def imported(self, statement: ast.ImportFrom, name: str, scope: ModuleScope) -> Value:
        """What `from x import name` binds: a name of the module, or a submodule."""
        origin = scope.absolute(statement.module, statement.level)
        module = self.module(origin)
        if module is not None:
            value = self.member(module, name)
            if value is not None:
                return value
            if module.file.unparsable:
                return Symbol(f"{origin}.{name}")
        submodule = self.module(f"{origin}.{name}")
        if submodule is not None:
            return Module(submodule)
        return Symbol(f"{origin}.{name}") if module is None else OPAQUE

    # Classes

    def class_attribute(self, cls: Class, name: str, seen: frozenset[int] = frozenset()) -> Value | None:
        """An attribute that a class or a first-party base of it defines."""
        frame = Frame(cls.scope, {}, (cls.scope.values,), Context())
        for statement in reversed(cls.node.body):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() if statement.name == name:
                    return self.decorated(statement, frame)
                case ast.ClassDef() if statement.name == name:
                    return Class(statement, cls.scope)
                case ast.AnnAssign(target=ast.Name(id=bound), value=value) if bound == name:
                    default = self.evaluate(value, frame) if value else None
                    return self._field(cls, name, default)
                case ast.Assign(targets=targets, value=value) if any(
                    isinstance(target, ast.Name) and target.id == name for target in targets
                ):
                    return self._field(cls, name, self.evaluate(value, frame))
        for base in self.bases(cls):
            if isinstance(base, Class) and id(base.node) not in seen:
                found = self.class_attribute(base, name, seen | {id(cls.node)})
                if found is not None:
                    return found
        return None

    def bases(self, cls: Class) -> list[Value]:
        frame = Frame(cls.scope, cls.scope.values, (), Context())
        return [option for base in cls.node.bases for option in options(self.evaluate(base, frame))]

    def inherits(self, cls: Class, *names: str, seen: frozenset[int] = frozenset()) -> bool:
        """Whether a base, at any distance, has one of these last names (`BaseSettings`, `Enum`)."""
        for base in self.bases(cls):
            if isinstance(base, Class):
                if id(base.node) not in seen and self.inherits(base, *names, seen=seen | {id(cls.node)}):
                    return True
            elif dotted(base).rpartition(".")[2] in names:
                return True
        return False

    def _field(self, cls: Class, name: str, default: Value | None) -> Value:
        """A field of a settings class may be overridden from outside; elsewhere it is what it says."""
        match default:
            case Call() if default.method in ("Field", "field", "Column", "mapped_column", "PrivateAttr"):
                factory = default.argument(-1, "default_factory")
                given = default.argument(0, "default")
                if isinstance(factory, Function):
                    given = self.call_value(replace(default, callee=factory, args=(), keywords={}))
                default = given if given is not None else None
        if isinstance(default, Const) and default.value is Ellipsis:
            default = None
        if not self.inherits(cls, "BaseSettings", "Settings", "BaseConfig"):
            return OPAQUE if default is None else default
        if isinstance(default, Const) and default.value is not None:
            return Text((Hole(f"setting {name}", strings.literal(str(default.value)), plain=not isinstance(
                default.value, str)),))  # fmt: skip
        fallback = next((option for option in options(default) if isinstance(option, Text)), None) if default else None
        return Text((Hole(f"setting {name}", fallback),), fallback.origin if fallback else None)

    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
        """The function that a `def` binds; decorators are taken to leave its meaning."""
        enclosing = () if frame.values is frame.scope.values else (*frame.enclosing, frame.values)
        return Function(node, frame.scope, enclosing)

    # Expressions

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression; calls in it are followed."""
        self._work += 1
        if self._depth > _MOST_DEPTH or self._work > _MOST_WORK:
            return OPAQUE
        self._depth += 1
        try:
            return self._evaluate(node, frame)
        finally:
            self._depth -= 1

    def _evaluate(self, node: ast.expr, frame: Frame) -> Value:
        match node:
            case ast.Constant(value=value):
                return strings.literal(value, frame.anchor(node)) if isinstance(value, str) else Const(value)
            case ast.Name(id=name):
                return self.load(name, frame)
            case ast.Attribute(value=owner, attr=name):
                subject = self.evaluate(owner, frame)
                if not isinstance(subject, Either):
                    return self.attribute(subject, name)
                return either(*(self.attribute(option, name) for option in subject.options))
            case ast.Call():
                return self._call(node, frame)
            case ast.Await(value=inner):
                return self.await_value(self.evaluate(inner, frame), frame)
            case ast.JoinedStr(values=parts):
                return strings.concatenate(
                    [self._formatted(part, frame, frame.anchor(node)) for part in parts], frame.anchor(node)
                )
            case ast.FormattedValue():
                return self._formatted(node, frame, frame.anchor(node))
            case ast.List(elts=elements):
                return self._items(elements, "list", frame)
            case ast.Tuple(elts=elements):
                return self._items(elements, "tuple", frame)
            case ast.Set(elts=elements):
                return self._items(elements, "set", frame)
            case ast.Dict(keys=keys, values=values):
                return self._mapping(keys, values, frame)
            case ast.BinOp(left=left, op=operator, right=right):
                operate = lambda a, b: self._binary(operator, a, b, frame.anchor(node))  # noqa: E731
                return strings.lift(operate, self.evaluate(left, frame), self.evaluate(right, frame))
            case ast.BoolOp(op=operator, values=values):
                return self._boolean(isinstance(operator, ast.Or), values, frame)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negated(self.evaluate(operand, frame))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                number = constant(self.evaluate(operand, frame))
                return Const(-number) if isinstance(number, (int, float)) else OPAQUE
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                compare = lambda a, b: _compared(operator, a, b)  # noqa: E731
                return strings.lift(compare, self.evaluate(left, frame), self.evaluate(right, frame))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                asked = self.test(test, frame)
                answer = truth(asked)
                if answer is not None:
                    return self.evaluate(body if answer else orelse, frame)
                with frame.under(Condition(asked, True)):
                    first = self.evaluate(body, frame)
                with frame.under(Condition(asked, False)):
                    return either(first, self.evaluate(orelse, frame))
            case ast.Subscript(value=owner, slice=index):
                key = self.evaluate(index, frame)
                return either(*(_subscript(option, key) for option in options(self.evaluate(owner, frame))))
            case ast.Lambda():
                return Function(node, frame.scope, (*frame.enclosing, frame.values))
            case ast.NamedExpr(target=target, value=inner):
                named = self.evaluate(inner, frame)
                frame.assign(target.id, named)
                return named
            case (
                ast.ListComp(elt=element, generators=generators) | ast.GeneratorExp(elt=element, generators=generators)
            ):
                return self._comprehension(element, generators, frame)
            case ast.SetComp(elt=element, generators=generators):
                return self._comprehension(element, generators, frame)
            case ast.DictComp(key=key_node, value=value_node, generators=generators):
                pairs = self._comprehension(ast.Tuple(elts=[key_node, value_node], ctx=ast.Load()), generators, frame)
                if isinstance(pairs, Expression) and isinstance(pairs.operands[0], Items):
                    return Expression("each", (pairs.operands[0].items[0], pairs.operands[1]))
                if not isinstance(pairs, Items) or not pairs.complete:
                    return OPAQUE
                rows = [pair.items for pair in pairs.items if isinstance(pair, Items)]
                return Mapping({constant(key): value for key, value in rows})
            case ast.Yield(value=inner):
                frame.yielded.append(self.evaluate(inner, frame) if inner else NONE)
                return OPAQUE
            case ast.YieldFrom(value=inner):
                frame.yielded.append(self.evaluate(inner, frame))
                return OPAQUE
            case ast.Starred(value=inner):
                return self.evaluate(inner, frame)
        return OPAQUE

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

    def attribute(self, owner: Value, name: str) -> Value:
        """`owner.name`."""
        match owner:
            case Symbol(name=known):
                return self.attribute_of(owner, name) or Symbol(f"{known}.{name}")
            case Module(scope=scope):
                found = self.member(scope, name)
                if found is not None:
                    return found
                submodule = self.module(f"{scope.name}.{name}")
                return Module(submodule) if submodule else OPAQUE
            case Instance(cls=cls, attributes=attributes):
                if name in attributes:
                    return attributes[name]
                return self._bound(self.class_attribute(cls, name), owner)
            case Class():
                return self._member_of_class(owner, name)
            case Call(attributes=attributes) if name in attributes:
                return attributes[name]
            case Text() | Items() | Mapping() | Call() | Attribute() | Item():
                return self.attribute_of(owner, name) or Attribute(owner, name)
            case _:
                return self.attribute_of(owner, name) or Attribute(owner, name)

    def _bound(self, found: Value | None, instance: Instance) -> Value:
        if not isinstance(found, Function):
            return OPAQUE if found is None else found
        decorators = {_decorator(decorator) for decorator in getattr(found.node, "decorator_list", [])}
        if "staticmethod" in decorators:
            return found
        method = replace(found, this=instance)
        if decorators & {"property", "cached_property", "computed_field"}:
            anchor = Anchor(found.scope.file, found.node)
            return self.call_value(Call(method, (), {}, anchor, Context()))
        return method

    def _member_of_class(self, cls: Class, name: str) -> Value:
        if name == "__name__":
            return strings.literal(cls.node.name)
        if name == "__members__":
            members = self._enum_instances(cls)
            if members is None:
                return Attribute(cls, name)
            return Mapping({constant(member.attributes["name"]): member for member in members})
        found = self.class_attribute(cls, name)
        if found is None:
            return Attribute(cls, name)
        if isinstance(found, Function):
            decorators = {_decorator(decorator) for decorator in getattr(found.node, "decorator_list", [])}
            return replace(found, this=cls) if "classmethod" in decorators else found
        if self.is_enum(cls):
            return Instance(cls, {"name": strings.literal(name), "value": found})
        return found

    def is_enum(self, cls: Class) -> bool:
        return self.inherits(cls, "Enum", "StrEnum", "IntEnum", "Flag", "IntFlag")

    def enum_members(self, cls: Class) -> dict[str, Value] | None:
        """The members of an enum in order, name to value; None where some cannot be known."""
        members: dict[str, Value] = {}
        for base in self.bases(cls):
            if isinstance(base, Class):
                inherited = self.enum_members(base)
                if inherited is None:
                    return None
                members |= inherited
        for statement in cls.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) if not name.startswith("_"):
                    members[name] = self.class_attribute(cls, name) or OPAQUE
                case ast.For() | ast.While() | ast.If():
                    return None
        return members

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
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negated(self.test(operand, frame))
            case ast.BoolOp(op=operator, values=nodes):
                is_or = isinstance(operator, ast.Or)
                undecided: list[Value] = []
                for part in nodes:
                    with frame.under(*(Condition(value, not is_or) for value in undecided)):
                        value = self.test(part, frame)
                    answer = truth(value)
                    if answer is is_or:
                        return Const(is_or)
                    if answer is None:
                        undecided.append(value)
                return _connected(is_or, undecided)
            case _:
                return self.evaluate(node, frame)

    def iterate(self, value: Value) -> Sequence[Value] | None:
        """What a `for` over a value would see: also the members of a first-party enum."""
        if isinstance(value, Class) and self.is_enum(value):
            members = self._enum_instances(value)
            return None if members is None else _without_aliases(members)
        return iterated(value)

    def _enum_instances(self, cls: Class) -> list[Instance] | None:
        members = self.enum_members(cls)
        if members is None:
            return None
        return [Instance(cls, {"name": strings.literal(name), "value": value}) for name, value in members.items()]

    def _boolean(self, is_or: bool, nodes: Sequence[ast.expr], frame: Frame) -> Value:
        collected: list[Value] = []
        for node in nodes:
            with frame.under(*(Condition(value, not is_or) for value in collected)):
                value = self.evaluate(node, frame)
            answer = truth(value)
            if answer is is_or:
                return either(*_with_default(collected, value)) if collected else value
            if answer is None:
                collected = _with_default(collected, value) if is_or else [*collected, value]
            elif node is nodes[-1]:
                collected.append(value)
        if any(isinstance(value, Expression) for value in collected):
            return _connected(is_or, collected)
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


def _without_aliases(members: Sequence[Instance]) -> list[Value]:
    """The members that iterating over an enum gives: of those with one value the first."""
    seen: list[object] = []
    kept: list[Value] = []
    for member in members:
        known = constant(member.attributes["value"])
        if known is OPAQUE or known not in seen:
            kept.append(member)
            seen.append(known)
    return kept


_UNBOUND: Value = Symbol("<unbound>")


def _binds(alias: ast.alias, name: str) -> bool:
    return (alias.asname or alias.name.partition(".")[0]) == name or alias.name == name


def _bind_target(target: ast.expr, value: Value, frame: Frame) -> None:
    match target:
        case ast.Name(id=name):
            frame.values[name] = value
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values = iterated(value)
            for index, element in enumerate(elements):
                fits = values is not None and len(values) == len(elements)
                _bind_target(element, values[index] if fits and values else OPAQUE, frame)


def _decorator(node: ast.expr) -> str:
    match node:
        case ast.Call(func=func):
            return _decorator(func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _with_default(collected: list[Value], value: Value) -> list[Value]:
    """`os.getenv("A") or "x"`: the text of the first is its default in the second."""
    match collected, value:
        case [Text(parts=(Hole() as hole,)) as first], Text() if hole.default is None:
            return [Text((replace(hole, default=value),), first.origin or value.origin)]
    return [*collected, value]


def negated(value: Value) -> Value:
    """`not value`."""
    answer = truth(value)
    if answer is not None:
        return Const(not answer)
    if isinstance(value, Expression) and value.operator == "not":
        return value.operands[0]
    return Expression("not", (value,))


def answered(returned: Sequence[tuple[Value, tuple[Condition, ...]]]) -> Value | None:
    """What a function answers that returns nothing at all, or True or a term, depending on conditions.

    A term under conditions is `and` of both, as Python's `and` would have it. None for any other
    function: it returns one of several values.
    """
    alternatives: list[Value] = []
    for value, conditions in returned:
        match value:
            case Const(value=None | False) | Items(items=[], complete=True):
                continue
            case Const(value=True):
                parts: list[Value] = []
            case Expression() | Call():
                parts = [value]
            case _:
                return None
        if any(condition.met is None for condition in conditions):
            return None
        asked = [condition.value if condition.met else negated(condition.value) for condition in conditions]
        alternatives.append(_all([*asked, *(part for part in parts if part not in asked)]))
    if len(alternatives) == len(returned):
        return None
    return _connected(True, alternatives) if alternatives else None


def _all(values: list[Value]) -> Value:
    """All of some tests, of which those after `one` item are asked of each."""
    for place, value in enumerate(values):
        if isinstance(value, Expression) and value.operator == "one":
            each = Expression("each", (_all(values[place + 1 :]), *value.operands))
            return _connected(False, [*values[:place], each])
    return _connected(False, values)


def _connected(is_or: bool, values: list[Value]) -> Value:
    if not values:
        return Const(not is_or)
    return values[0] if len(values) == 1 else Expression("or" if is_or else "and", tuple(values))


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


def _compared(operator: ast.cmpop, left: Value, right: Value) -> Value:
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


def _subscript(owner: Value, key: Value) -> Value:
    known = constant(key)
    match owner:
        case Symbol(name="os.environ"):
            return environment_variable(key, None)
        case Mapping(items=entries) if known in entries:
            return entries[known]
        case Items(items=items) if isinstance(known, int) and -len(items) <= known < len(items):
            return items[known]
        case Call(items=entries) if known is not OPAQUE and known in entries:
            return entries[known]
        case Call() | Attribute() | Item() | Symbol() | Entered() | Expression():
            return Item(owner, key)
    return OPAQUE
