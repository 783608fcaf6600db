"""Follow Python code without running it: statements, branches, first-party calls.

The interpreter knows Python and nothing of Alembic: a `Vocabulary` says what a call
of other people's code means. What it leaves behind is the `trace`: every such call, in
order, with the context managers, functions and branches it stands in. Branches whose
condition is unknown are both followed; loops over unknown things run once; everything
is bounded, and what lies beyond the bound is `OPAQUE`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_vet.source import stdlib
from alembic_vet.source.conditions import answered
from alembic_vet.source.evaluator import Evaluator
from alembic_vet.source.frame import Frame
from alembic_vet.source.scope import ModuleFinder, ModuleScope, target_names
from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    SOMEHOW,
    Anchor,
    Attribute,
    Call,
    Class,
    Condition,
    Context,
    Coroutine,
    Either,
    Entered,
    Expression,
    Function,
    Instance,
    Invocation,
    Item,
    Items,
    Mapping,
    Module,
    Symbol,
    Text,
    Value,
    constant,
    either,
    options,
    truth,
)

_MOST_STEPS = 40_000
_MOST_FRAMES = 24
# What is called in more calls than these is far from the code that is read.
NEAR = 6
_MOST_ITERATIONS = 400


Flow = Literal["next", "maybe", "left", "failed"]
"""How a block ends."""


class Vocabulary:
    """What other people's code means. This one knows nothing; subclasses know Alembic."""

    def called(self, call: Call, run: Interpreter) -> Value | None:
        """What a call returns; None leaves the call as a term."""
        return None

    def stringified(self, value: Value, at: Anchor) -> Text | None:
        """`str(value)` as written at `at`, where it is known."""
        return None

    def attribute(self, of: Value, name: str) -> Value | None:
        """`of.name` of a term, where it is known."""
        return None


class Discarded(Struct, frozen=True):
    """A value that an expression statement throws away."""

    value: Value
    at: Anchor
    context: Context


class Raised(Struct, frozen=True):
    """A `raise` statement that was reached, after so many calls of the trace."""

    value: Value
    at: Anchor
    context: Context
    after: int


class Trace(Struct):
    """What was seen to happen, in order.

    `exhausted`: the bound was met, so that things may be missing. `cut`: the bound of what is far was, so that things
    may be missing there.
    """

    calls: list[Call] = field(default_factory=list)
    coroutines: list[Coroutine] = field(default_factory=list)
    discarded: list[Discarded] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)
    exhausted: bool = False
    cut: bool = False


_RUNNERS = frozenset(
    {"asyncio.run", "anyio.run", "trio.run", "uvloop.run", "asyncio.get_event_loop.run_until_complete"}
)
_ITERATING = frozenset({"list", "tuple", "set", "frozenset", "enumerate", "zip", "reversed", "len"})
# What a library for JSON is given to call makes one value of another.
_CONVERTING = frozenset({"dumps", "dump", "loads", "load"})
_SCHEDULERS = frozenset({"asyncio.ensure_future", "asyncio.create_task"})


# What other people's code may call, or have in it.
_MAY_RUN = frozenset({Coroutine, Function, Items, Either, Call})


def _perhaps(context: Context) -> Context:
    return replace(context, conditions=(*context.conditions, SOMEHOW))


def _schedules(call: Call) -> bool:
    """Whether a call makes a task of a coroutine, which runs once the task is waited for.

    A task group waits for its tasks itself.
    """
    named = call.name in _SCHEDULERS or call.method in ("create_task", "ensure_future")
    return named and bool(call.args) and not isinstance(call.receiver, Entered)


class Interpreter(Evaluator):
    """Executes one module symbolically; see the module's docstring.

    Make one for each module; it executes no more than `most_steps` statements, and `most_far_steps` in calls
    far from it. Never raises for what it reads, but for Unparsable of the module itself.
    """

    def __init__(
        self,
        finder: ModuleFinder | None = None,
        vocabulary: Vocabulary | None = None,
        *,
        most_steps: int = _MOST_STEPS,
        most_far_steps: int = _MOST_STEPS,
    ) -> None:
        super().__init__(finder)
        self.vocabulary = vocabulary or Vocabulary()
        self.trace = Trace()
        self._most_steps = self._last_step = most_steps
        self._most_far_steps = most_far_steps
        self._steps = self._far_steps = 0
        self._active: list[FunctionKey] = []

    def start_over(self) -> None:
        """Keep what was learnt, with a trace and a bound of its own for what comes."""
        self.trace = Trace()
        self._steps = self._far_steps = self._work = 0

    # Modules and functions

    def run_module(self, scope: ModuleScope) -> None:
        """Execute a module from its first statement to its last."""
        self.modules[scope.name] = scope
        scope.executed = True
        frame = Frame(scope, scope.values, (), Context())
        self._block(scope.file.tree.body, frame)

    def call_function(
        self, function: Function, args: Sequence[Value], keywords: dict[str, Value], context: Context, at: Anchor
    ) -> Value:
        """Execute a first-party function; OPAQUE where the bound is met or it recurses."""
        key = (id(function.node), id(function.scope))
        if key in self._active or len(self._active) >= _MOST_FRAMES:
            return OPAQUE
        if len(self._active) != NEAR:
            return self._execute(function, args, keywords, context, at, key)
        bound, before = self._last_step, self._steps
        self._last_step = min(bound, before + self._most_far_steps - self._far_steps)
        try:
            return self._execute(function, args, keywords, context, at, key)
        finally:
            self._last_step = bound
            self._far_steps += self._steps - before

    def _execute(
        self,
        function: Function,
        args: Sequence[Value],
        keywords: dict[str, Value],
        context: Context,
        at: Anchor,
        key: FunctionKey,
    ) -> Value:
        inside = replace(context, stack=(*context.stack, Invocation(function, at, len(context.conditions))))
        values = self._bind(function, args, keywords, inside)
        frame = Frame(function.scope, values, function.enclosing, inside)
        self._active.append(key)
        try:
            if isinstance(function.node, ast.Lambda):
                return self.evaluate(function.node.body, frame)
            flow = self._block(function.node.body, frame)
        finally:
            self._active.pop()
        if frame.yielded:
            return Items(frame.yielded, complete=False)
        if flow == "next" or (flow == "maybe" and not isinstance(function.node.body[-1], (ast.Return, ast.Raise))):
            frame.returned.append((NONE, ()))
        if not frame.returned:
            return OPAQUE
        answer = answered(frame.returned) if len(frame.returned) > 1 else None
        return either(*(value for value, _ in frame.returned)) if answer is None else answer

    def _bind(
        self, function: Function, args: Sequence[Value], keywords: dict[str, Value], context: Context
    ) -> dict[str, Value]:
        spec = function.node.args
        positional, defaults = _parameters(spec)
        given = args if function.this is None else (function.this, *args)
        values: dict[str, Value] = dict(zip(positional, given, strict=False))
        outside = Frame(function.scope, function.enclosing[-1] if function.enclosing else function.scope.values,
                        function.enclosing[:-1], context)  # fmt: skip
        for name, default in defaults.items():
            if name in values:
                continue
            if name in keywords:
                values[name] = keywords[name]
            else:
                values[name] = OPAQUE if default is None else self.evaluate(default, outside)
        if spec.vararg:
            values[spec.vararg.arg] = Items(list(given[len(positional) :]), "tuple")
        if spec.kwarg:
            values[spec.kwarg.arg] = Mapping({name: value for name, value in keywords.items() if name not in defaults})
        return values

    # Calls

    def call_value(self, call: Call) -> Value:
        """What a call evaluates to; first-party code is followed, the rest is traced."""
        if type(call.callee) is not Either:
            return self._call_one(call.callee, call)
        return either(*[self._call_one(option, call) for option in call.callee.options])

    def _call_one(self, callee: Value, call: Call) -> Value:
        if type(callee) is Function:
            if not callee.is_async:
                return self.call_function(callee, call.args, call.keywords, call.context, call.at)
            coroutine = Coroutine(callee, call.args, call.keywords, call.at, call.context)
            coroutine.handed_over = bool(getattr(callee.node, "decorator_list", []))
            self.trace.coroutines.append(coroutine)
            return coroutine
        if type(callee) is Class:
            return self._instantiate(callee, call)
        if callee is not call.callee:
            call = Call(callee, call.args, call.keywords, call.at, call.context, call.open_ended)
        if call.name == "importlib.import_module" and call.args:
            imported = self._imported(call.args[0])
            if imported is not None:
                return imported
        if call.name in _ITERATING and any(isinstance(argument, Class) for argument in call.args):
            call = replace(call, args=tuple(self._members(argument) for argument in call.args))
        known = stdlib.returned(call)
        if known is not None:
            return known
        self.trace.calls.append(call)
        meant = self.vocabulary.called(call, self)
        if meant is not None:
            return meant
        if call.name in _RUNNERS or call.method == "run_until_complete":
            return self.run_awaitable(call.args[0] if call.args else OPAQUE, call.context)
        given = [value for value in (*call.args, *call.keywords.values()) if type(value) in _MAY_RUN]
        if given and call.method not in _CONVERTING:
            self._hand_over(given, call.context, run=not _schedules(call))
        return call

    def _imported(self, name: Value) -> Value | None:
        known = constant(name)
        scope = self.module(known) if isinstance(known, str) else None
        return Module(scope) if scope else None

    def _members(self, value: Value) -> Value:
        members = self.iterate(value) if isinstance(value, Class) else None
        return value if members is None else Items(list(members))

    def run_awaitable(self, value: Value, context: Context) -> Value:
        """`await value`, or a loop running it."""
        results: list[Value] = []
        for option in options(value):
            match option:
                case Coroutine():
                    option.awaited = True
                    results.append(
                        self.call_function(option.function, option.args, option.keywords, context, option.at)
                    )
                case Function() if option.is_async:
                    results.append(self.call_function(option, (), {}, context, option.at))
                case Call():
                    option.awaited = True
                    results.append(self.run_awaitable(option.args[0], context) if _schedules(option) else option)
                case _:
                    results.append(option)
        return either(*results)

    def _hand_over(self, values: Iterable[Value], context: Context, *, run: bool) -> None:
        """Other people's code got these; what it may call, it may call."""
        for option in [option for value in values for option in options(value)]:
            if type(option) is Call:
                if _schedules(option):
                    self._hand_over(option.args, context, run=run)
            elif type(option) is Items:
                self._hand_over(option.items, context, run=run)
            elif type(option) is Function and run:
                self.call_function(option, (), {}, _perhaps(context), option.at)
            elif type(option) is Coroutine and not option.awaited:
                option.handed_over = run
                if run:
                    self.call_function(option.function, option.args, option.keywords, _perhaps(context), option.at)

    def _instantiate(self, cls: Class, call: Call) -> Value:
        instance = Instance(cls, made_by=call)
        initializer = self.class_attribute(cls, "__init__")
        if isinstance(initializer, Function):
            bound = Function(initializer.node, initializer.scope, initializer.enclosing, instance)
            self.call_function(bound, call.args, call.keywords, call.context, call.at)
        else:
            instance.attributes.update(call.keywords)
        return instance

    # Statements

    def _block(self, statements: Iterable[ast.stmt], frame: Frame) -> Flow:
        outer = frame.context
        passed: tuple[Condition, ...] = ()
        try:
            for statement in statements:
                self._steps += 1
                if self._steps > self._last_step or self.is_exhausted:
                    if self._last_step < self._most_steps and not self.is_exhausted:
                        self.trace.cut = True
                    else:
                        self.trace.exhausted = True
                    return "left"
                follow = _STATEMENTS.get(type(statement))
                end = "next" if follow is None else follow(self, statement, frame)
                if end == "maybe":
                    passed += (frame.passed,)
                    frame.context = replace(outer, conditions=outer.conditions + passed)
                elif end != "next":
                    frame.passed = SOMEHOW
                    return "maybe" if passed else end
        finally:
            frame.context = outer
        frame.passed = passed[0] if len(passed) == 1 else SOMEHOW
        return "maybe" if passed else "next"

    # One kind of statement each; see `_STATEMENTS`

    def _expression(self, statement: ast.Expr, frame: Frame) -> Flow:
        if not isinstance(statement.value, ast.Constant):
            value = self.evaluate(statement.value, frame)
            self.trace.discarded.append(Discarded(value, frame.anchor(statement.value), frame.context))
        return "next"

    def _assignment(self, statement: ast.Assign, frame: Frame) -> Flow:
        value = self.evaluate(statement.value, frame)
        for target in statement.targets:
            self._assign(target, value, frame)
        return "next"

    def _annotated(self, statement: ast.AnnAssign, frame: Frame) -> Flow:
        if statement.value is not None:
            self._assign(statement.target, self.evaluate(statement.value, frame), frame)
        return "next"

    def _augmented(self, statement: ast.AugAssign, frame: Frame) -> Flow:
        operation = ast.BinOp(_loaded(statement.target), statement.op, statement.value)
        self._assign(statement.target, self.evaluate(ast.copy_location(operation, statement), frame), frame)
        return "next"

    def _function(self, statement: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Flow:
        frame.values[statement.name] = self.decorated(statement, frame)
        return "next"

    def _class(self, statement: ast.ClassDef, frame: Frame) -> Flow:
        frame.values[statement.name] = Class(statement, frame.scope)
        return "next"

    def _import(self, statement: ast.Import | ast.ImportFrom, frame: Frame) -> Flow:
        self.import_names(statement, frame)
        return "next"

    def _if(self, statement: ast.If, frame: Frame) -> Flow:
        asked = self.test(statement.test, frame)
        answer = truth(asked)
        if answer is not None:
            return self._block(statement.body if answer else statement.orelse, frame)
        blocks = [(statement.body, Condition(asked, True)), (statement.orelse, Condition(asked, False))]
        return self._branches(blocks, frame)

    def _while(self, statement: ast.While, frame: Frame) -> Flow:
        asked = self.test(statement.test, frame)
        if truth(asked) is False:
            return self._block(statement.orelse, frame)
        start = self._exits(frame)
        with frame.under(*([Condition(asked, True)] if truth(asked) is None else [])):
            flow = self._block(statement.body, frame)
        return self._after_loop(flow, start, frame)

    def _return(self, statement: ast.Return, frame: Frame) -> Flow:
        value = self.evaluate(statement.value, frame) if statement.value else NONE
        entered = frame.context.stack[-1].conditions if frame.context.stack else 0
        frame.returned.append((value, frame.context.conditions[entered:]))
        frame.leaving = "return"
        return "left"

    def _raise(self, statement: ast.Raise, frame: Frame) -> Flow:
        value = self.evaluate(statement.exc, frame) if statement.exc else OPAQUE
        self.trace.raised.append(Raised(value, frame.anchor(statement), frame.context, len(self.trace.calls)))
        return "failed"

    def _break(self, statement: ast.Break, frame: Frame) -> Flow:
        frame.leaving = "break"
        return "left"

    def _continue(self, statement: ast.Continue, frame: Frame) -> Flow:
        frame.leaving = "continue"
        return "left"

    def _global(self, statement: ast.Global, frame: Frame) -> Flow:
        frame.globals.update(statement.names)
        return "next"

    def _assert(self, statement: ast.Assert, frame: Frame) -> Flow:
        self.evaluate(statement.test, frame)
        return "next"

    def _delete(self, statement: ast.Delete, frame: Frame) -> Flow:
        for target in statement.targets:
            for name in target_names(target):
                frame.values.pop(name, None)
        return "next"

    def _branches(self, blocks: Sequence[tuple[Sequence[ast.stmt], Condition]], frame: Frame) -> Flow:
        """Follow each block from the same start, then join what they leave behind.

        A branch that raises puts no condition on what follows: where it is taken, nothing does.
        """
        start = dict(frame.values)
        outcomes: list[dict[str, Value]] = []
        flows: list[Flow] = []
        going_on: list[Condition] = []
        for block, condition in blocks:
            if not block:
                flows.append("next")
                outcomes.append(start)
                going_on.append(condition)
                continue
            if flows:
                frame.restore(start)
            with frame.under(condition):
                flow = self._block(block, frame)
            if flow == "failed" and frame.context.guarded:
                flow = "left"
            flows.append(flow)
            if flow in ("next", "maybe"):
                outcomes.append(dict(frame.values))
                going_on.append(condition if flow == "next" else SOMEHOW)
        if not outcomes:
            return "left" if "left" in flows else "failed"
        frame.restore(_merged(outcomes))
        frame.passed = going_on[0] if len(going_on) == 1 else SOMEHOW
        return "next" if all(flow in ("next", "failed") for flow in flows) else "maybe"

    def _for(self, statement: ast.For | ast.AsyncFor, frame: Frame) -> Flow:
        target, body = statement.target, statement.body
        over = self.evaluate(statement.iter, frame)
        values = self.iterate(over)
        start = self._exits(frame)
        if values is None or len(values) > _MOST_ITERATIONS:
            self._assign(target, Expression("one", (over,)), frame)
            blocks = [(body, Condition(Expression("one", (over,)), True)), ([], SOMEHOW)]
            return self._after_loop(self._branches(blocks, frame), start, frame)
        flow: Flow = "next"
        for value in values:
            self._assign(target, value, frame)
            with frame.under(*([SOMEHOW] if flow == "maybe" else [])):
                end = self._block(body, frame)
            if end == "failed" or (end == "left" and frame.leaving == "return"):
                return end
            if end == "left" and frame.leaving == "break":
                return self._after_loop(flow, start, frame)
            if end == "maybe" and frame.leaving != "continue":
                flow = "maybe"
        self._block(statement.orelse, frame)
        return self._after_loop(flow, start, frame)

    def _exits(self, frame: Frame) -> int:
        """How many ways out of a function, or to the handler around, were seen so far."""
        return len(frame.returned) + (len(self.trace.raised) if frame.context.guarded else 0)

    def _after_loop(self, flow: Flow, start: int, frame: Frame) -> Flow:
        """`break` and `continue` end within the loop; only a way out of it puts a condition on what follows."""
        frame.passed = SOMEHOW
        return "maybe" if flow in ("left", "maybe") and self._exits(frame) > start else "next"

    def _try(self, statement: ast.Try, frame: Frame) -> Flow:
        catches = any(not isinstance(handler.body[-1], ast.Raise) for handler in statement.handlers)
        with frame.under(guarded=catches):
            flow = self._block(statement.body, frame)
        after = dict(frame.values)
        if flow in ("next", "maybe"):
            end = self._block(statement.orelse, frame)
            flow = flow if end == "next" else end
        outcomes = [dict(frame.values)] if flow in ("next", "maybe") else []
        for handler in statement.handlers:
            frame.restore(dict(after))
            if handler.name:
                frame.values[handler.name] = OPAQUE
            with frame.under(SOMEHOW):
                end = self._block(handler.body, frame)
            if end in ("next", "maybe"):
                outcomes.append(dict(frame.values))
                flow = flow if flow in ("next", "maybe") else "maybe"
                frame.passed = SOMEHOW
        if outcomes:
            frame.restore(_merged(outcomes))
        final = self._block(statement.finalbody, frame)
        return final if final in ("left", "failed") else flow

    def _with(self, statement: ast.With | ast.AsyncWith, frame: Frame) -> Flow:
        outer = frame.context
        is_async = isinstance(statement, ast.AsyncWith)
        for item in statement.items:
            value = self.evaluate(item.context_expr, frame)
            if isinstance(value, Items) and not value.complete and value.items:
                entered: Value = value.items[0]
                manager: Value = value
            else:
                if is_async:
                    value = self.run_awaitable(value, frame.context) if isinstance(value, Coroutine) else value
                entered = manager = Entered(value, is_async, frame.anchor(item.context_expr))
            frame.context = replace(frame.context, withs=(*frame.context.withs, manager))
            if item.optional_vars is not None:
                self._assign(item.optional_vars, entered, frame)
        flow = self._block(statement.body, frame)
        frame.context = outer
        return flow

    def _match(self, statement: ast.Match, frame: Frame) -> Flow:
        self.evaluate(statement.subject, frame)
        cases = statement.cases
        for case in cases:
            for node in ast.walk(case.pattern):
                name = getattr(node, "name", None) or getattr(node, "rest", None)
                if isinstance(name, str):
                    frame.values[name] = OPAQUE
        total = any(isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None for case in cases)
        bodies: list[list[ast.stmt]] = [case.body for case in cases] + ([] if total else [[]])
        return self._branches([(body, SOMEHOW) for body in bodies], frame)

    def _assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        if type(target) is ast.Name:
            frame.assign(target.id, value)
            return
        match target:
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                values = stdlib.iterated(value)
                fits = values is not None and len(values) == len(elements)
                for index, element in enumerate(elements):
                    self._assign(element, values[index] if fits and values else OPAQUE, frame)
            case ast.Starred(value=inner):
                self._assign(inner, OPAQUE, frame)
            case ast.Attribute(value=owner, attr=name):
                for option in options(self.evaluate(owner, frame)):
                    if isinstance(option, (Call, Instance)):
                        option.attributes[name] = value
                    self._trace_assignment(option, name, value, target, frame)
            case ast.Subscript(value=owner, slice=key):
                entry = constant(self.evaluate(key, frame))
                for option in options(self.evaluate(owner, frame)):
                    match option:
                        case Mapping() if entry is OPAQUE:
                            option.complete = False
                        case Mapping() | Call():
                            option.items[entry] = value
                        case Items():
                            option.complete = False

    def _trace_assignment(self, owner: Value, name: str, value: Value, target: ast.expr, frame: Frame) -> None:
        """Assigning an attribute of a term is traced as a call of `__setattr__`."""
        if isinstance(owner, (Symbol, Attribute, Item, Entered)):
            node = ast.copy_location(ast.Call(func=target, args=[], keywords=[]), target)
            arguments = (Text((name,)), value)
            callee = Attribute(owner, "__setattr__")
            self.trace.calls.append(Call(callee, arguments, {}, frame.anchor(node), frame.context))

    def await_value(self, value: Value, frame: Frame) -> Value:
        return self.run_awaitable(value, frame.context)

    def stringify(self, value: Value, at: Anchor) -> Text | None:
        return self.vocabulary.stringified(value, at)

    def attribute_of(self, value: Value, name: str) -> Value | None:
        return self.vocabulary.attribute(value, name)


_STATEMENTS: dict[type[ast.stmt], Callable[..., Flow]] = {
    ast.Expr: Interpreter._expression,
    ast.Assign: Interpreter._assignment,
    ast.AnnAssign: Interpreter._annotated,
    ast.AugAssign: Interpreter._augmented,
    ast.FunctionDef: Interpreter._function,
    ast.AsyncFunctionDef: Interpreter._function,
    ast.ClassDef: Interpreter._class,
    ast.Import: Interpreter._import,
    ast.ImportFrom: Interpreter._import,
    ast.If: Interpreter._if,
    ast.For: Interpreter._for,
    ast.AsyncFor: Interpreter._for,
    ast.While: Interpreter._while,
    ast.Try: Interpreter._try,
    ast.With: Interpreter._with,
    ast.AsyncWith: Interpreter._with,
    ast.Return: Interpreter._return,
    ast.Raise: Interpreter._raise,
    ast.Break: Interpreter._break,
    ast.Continue: Interpreter._continue,
    ast.Global: Interpreter._global,
    ast.Assert: Interpreter._assert,
    ast.Delete: Interpreter._delete,
    ast.Match: Interpreter._match,
}

FunctionKey = tuple[int, int]


@lru_cache(maxsize=512)
def _parameters(spec: ast.arguments) -> tuple[list[str], dict[str, ast.expr | None]]:
    """The parameters that can be given by position; and all but `*args` and `**kwargs`, with their defaults."""
    positional = [parameter.arg for parameter in (*spec.posonlyargs, *spec.args)]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(spec.defaults))
    named = [parameter.arg for parameter in spec.kwonlyargs]
    return positional, dict(zip([*positional, *named], [*defaults, *spec.defaults, *spec.kw_defaults], strict=True))


def _loaded(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(id=name, ctx=ast.Load()), target)
        case ast.Attribute(value=value, attr=attr):
            return ast.copy_location(ast.Attribute(value=value, attr=attr, ctx=ast.Load()), target)
        case ast.Subscript(value=value, slice=index):
            return ast.copy_location(ast.Subscript(value=value, slice=index, ctx=ast.Load()), target)
    return target


def _merged(outcomes: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """Each name with what it can be after several branches."""
    if len(outcomes) == 1:
        return outcomes[0]
    merged = dict(outcomes[0])
    for outcome in outcomes[1:]:
        for name, value in outcome.items():
            if merged.setdefault(name, value) is not value:
                merged[name] = either(*(each[name] for each in outcomes if name in each))
    return merged
