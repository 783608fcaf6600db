"""What an expression can evaluate to when nothing may be executed.

Known values are themselves; a string may have holes; what third-party code returns is
a `Call` term, told apart by identity; what cannot be known is `OPAQUE`.

None of these classes has subclasses. Where one is told from the others a hundred thousand times,
it says `type(value) is Call`: to find out that a struct is not of a class, `isinstance` takes a detour.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, Union

from msgspec import Struct, field

from alembic_vet.findings import Location
from alembic_vet.source.equality import EqualBut
from alembic_vet.source.file import SourceFile
from alembic_vet.source.unknown import OPAQUE as OPAQUE
from alembic_vet.source.unknown import Opaque

if TYPE_CHECKING:
    from alembic_vet.source.scope import ModuleScope

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]  # noqa: UP007


class Anchor(Struct, frozen=True):
    """A syntax node in its file; the position is computed when somebody asks."""

    file: SourceFile
    node: ast.AST

    @property
    def location(self) -> Location:
        return self.file.location(self.node)


class Const(Struct, frozen=True):
    """None, a number, a bool, bytes."""

    value: object


NONE = Const(None)


class Hole(Struct, frozen=True):
    """The unknown part of a string.

    `source` says where it comes from ("environment variable DATABASE_URL"), `default` what
    stands there where nothing overrides it. `encoded`: percent-encoded by construction, so
    that a `%` is expected; `escaped`: its `%` are doubled; `plain`: it cannot hold a `%`;
    `masked`: its password reads `***` since the expression named here made it a string.
    """

    source: str = ""
    default: Text | None = None
    encoded: bool = False
    escaped: bool = False
    plain: bool = False
    masked: Anchor | None = None


class Text(EqualBut, frozen=True):
    """A string: literal parts and holes. `origin` is where its literal start is written."""

    aside = frozenset({"origin"})

    parts: tuple[str | Hole, ...]
    origin: Anchor | Location | None = None

    @property
    def exact(self) -> str | None:
        """The string, where all of it is known."""
        return "".join(self.parts) if self.known else None  # type: ignore[arg-type]

    @property
    def known(self) -> bool:
        return Hole not in map(type, self.parts)

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def likely(self) -> Text:
        """The same with each hole's default in its place."""
        parts: list[str | Hole] = []
        origin = self.origin
        for part in self.parts:
            if isinstance(part, Hole) and part.default is not None:
                inner = part.default.likely
                if not parts:
                    origin = inner.origin or origin
                parts.extend(inner.parts)
            else:
                parts.append(part)
        return text(parts, origin)

    @property
    def location(self) -> Location | None:
        return self.origin.location if isinstance(self.origin, Anchor) else self.origin


def text(parts: list[str | Hole], origin: Anchor | Location | None = None) -> Text:
    """A Text with neighbouring literals joined and empty ones dropped."""
    merged: list[str | Hole] = []
    for part in parts:
        if part == "":
            continue
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return Text(tuple(merged), origin)


class Symbol(Struct, frozen=True):
    """Something that other people's code defines, by its dotted name: `sqlalchemy.create_engine`."""

    name: str


class Module(Struct, frozen=True):
    """A first-party module."""

    scope: ModuleScope


class Function(Struct, frozen=True, eq=False):
    """A first-party function, method or lambda; `this` is what a method is bound to."""

    node: FunctionNode
    scope: ModuleScope
    enclosing: tuple[dict[str, Value], ...] = ()
    this: Value | None = None

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def name(self) -> str:
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def at(self) -> Anchor:
        return Anchor(self.scope.file, self.node)


class Class(Struct, frozen=True, eq=False):
    """A first-party class."""

    node: ast.ClassDef
    scope: ModuleScope


class Instance(Struct, frozen=True, eq=False):
    """An instance of a first-party class, made by a call, or a member of a first-party enum."""

    cls: Class
    attributes: dict[str, Value] = field(default_factory=dict)
    made_by: Call | None = None


class Items(Struct, eq=False):
    """A list, tuple or set; `complete` is false where more may be in it."""

    items: list[Value]
    kind: Literal["list", "tuple", "set"] = "list"
    complete: bool = True


class Mapping(Struct, eq=False):
    """A dictionary with constant keys; `complete` is false where more may be in it."""

    items: dict[object, Value]
    complete: bool = True


class Invocation(Struct, frozen=True):
    """A first-party function being executed, the expression that called it, and under how many conditions."""

    function: Function
    at: Anchor
    conditions: int = 0


class Condition(Struct, frozen=True, eq=False):
    """What decides whether something happens: the value of a test, and the answer that lets it happen.

    `met` None: what decides is not one test (an exception, a loop, a way out further up).
    """

    value: Value
    met: bool | None


class Context(Struct, frozen=True):
    """Under what a call happens.

    `withs`: the context managers around it, outermost first. `stack`: the first-party
    functions it is in, outermost first. `conditions`: all that must be so for it to happen.
    `guarded`: an exception is caught around it.
    """

    withs: tuple[Value, ...] = ()
    stack: tuple[Invocation, ...] = ()
    conditions: tuple[Condition, ...] = ()
    guarded: bool = False

    @property
    def conditional(self) -> bool:
        """Whether it may not happen at all."""
        return bool(self.conditions)


class Call(Struct, eq=False):
    """A call of something that is not first-party code, and also what it returns.

    `name` is the dotted name of the callee; `?` stands for a term: `?.execute`. `method` is the last of it.
    `items` and `attributes` are what was assigned to the result afterwards.
    `open_ended`: there are `*args` or `**kwargs` whose content is not known.
    """

    callee: Value
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    at: Anchor
    context: Context
    open_ended: bool = False
    awaited: bool = False
    items: dict[object, Value] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)
    name: str = ""
    method: str | None = None

    def __post_init__(self) -> None:
        self.name = dotted(self.callee)
        self.method = self.name.rpartition(".")[2] or None

    @property
    def receiver(self) -> Value | None:
        """What a method is called on, where that is a term."""
        return self.callee.of if type(self.callee) is Attribute else None

    def argument(self, position: int, *names: str) -> Value | None:
        """The argument given by position or by one of the names."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.args[position] if 0 <= position < len(self.args) else None

    @property
    def node(self) -> ast.Call:
        assert isinstance(self.at.node, ast.Call)
        return self.at.node


class Attribute(Struct, frozen=True):
    """An attribute of a term: `engine.url`."""

    of: Value
    name: str


class Item(Struct, frozen=True):
    """A subscript of a term: `x["key"]`."""

    of: Value
    key: Value


class Expression(Struct, frozen=True):
    """An operation that cannot be decided, on what it is applied to.

    Operators: `not`, `and`, `or`; the comparisons by Python's name of them (`in`, `not in`, `==`,
    `is`, ...); `each`, the items of a comprehension (what one looks like, over what, under which tests);
    `one`, an item of something (over what).
    """

    operator: str
    operands: tuple[Value, ...]


class Entered(Struct, frozen=True, eq=False):
    """What `with of as name` binds."""

    of: Value
    is_async: bool
    at: Anchor


class Coroutine(Struct, eq=False):
    """A call of a first-party `async def`; its body runs when it is awaited.

    `handed_over`: it was given to other people's code, which may run it.
    """

    function: Function
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    at: Anchor
    context: Context
    awaited: bool = False
    handed_over: bool = False


class Either(Struct, frozen=True):
    """One of several values, depending on what cannot be known."""

    options: tuple[Value, ...]


Value = Union[  # noqa: UP007 - the members are defined around their own use
    Opaque, Const, Text, Symbol, Module, Function, Class, Instance, Items, Mapping,
    Call, Attribute, Item, Expression, Entered, Coroutine, Either,
]  # fmt: skip

SOMEHOW = Condition(OPAQUE, None)

_MOST_OPTIONS = 8


def either(*values: Value) -> Value:
    """One of `values`, without repetition."""
    if len(values) == 1:
        return values[0]
    options: list[Value] = []
    for value in values:
        for option in value.options if type(value) is Either else (value,):
            # A list looks for the same object first, then for an equal one.
            if option not in options:
                options.append(option)
    if len(options) > _MOST_OPTIONS:
        return OPAQUE
    return options[0] if len(options) == 1 else Either(tuple(options))


def options(value: Value) -> tuple[Value, ...]:
    """What a value can be: itself, or each of several."""
    return value.options if type(value) is Either else (value,)


def dotted(value: Value) -> str:
    """The dotted name of a value: `sqlalchemy.text`, `?.execute`, or `?`."""
    if type(value) is Symbol:
        return value.name
    return f"{dotted(value.of)}.{value.name}" if type(value) is Attribute else "?"


def constant(value: Value) -> object:
    """The Python value of a constant: str, number, None; `OPAQUE` for anything else."""
    if type(value) is Const:
        return value.value
    exact = value.exact if type(value) is Text else None
    return OPAQUE if exact is None else exact


def truth(value: Value) -> bool | None:
    """Whether a value is true; None where that is not known."""
    if type(value) is Const:
        return bool(value.value)
    if type(value) is Text:
        return True if str in map(type, value.parts) else None if value.parts else False
    if type(value) is Items or type(value) is Mapping:
        return True if value.items else False if value.complete else None
    if type(value) is Either:
        answers = {truth(option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    return True if type(value) in _ALWAYS_TRUE else None


_ALWAYS_TRUE = frozenset({Function, Class, Module, Symbol, Coroutine})
