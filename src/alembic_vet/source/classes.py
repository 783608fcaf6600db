"""Attributes: of first-party classes, their instances and members, of modules and of terms."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec.structs import replace

from alembic_vet.source import strings
from alembic_vet.source.frame import Frame
from alembic_vet.source.lookup import Lookup
from alembic_vet.source.values import (
    OPAQUE,
    Anchor,
    Attribute,
    Call,
    Class,
    Const,
    Context,
    Function,
    Hole,
    Instance,
    Mapping,
    Module,
    Symbol,
    Text,
    Value,
    constant,
    dotted,
    options,
)

_LOWERCASED = frozenset({"enum.StrEnum", "backports.strenum.StrEnum"})
_NO_MEMBERS = frozenset({"property", "staticmethod", "classmethod", "nonmember", "cached_property"})


class Classes(Lookup):
    """Knows what an attribute is; calling it is the subclass's."""

    # What the subclass adds

    def call_value(self, call: Call) -> Value:
        return call

    def await_value(self, value: Value, frame: Frame) -> Value:
        return value

    def stringify(self, value: Value, at: Anchor) -> Text | None:
        return None

    def attribute_of(self, value: Value, name: str) -> Value | None:
        return None

    # Attributes

    def class_attribute(self, cls: Class, name: str, seen: frozenset[int] = frozenset()) -> Value | None:
        """An attribute that a class or a first-party base of it defines."""
        frame = Frame(cls.scope, {}, (cls.scope.values,), Context())
        own = _defined(cls.node).get(name)
        if isinstance(own, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.decorated(own, frame)
        if isinstance(own, ast.ClassDef):
            return Class(own, cls.scope)
        if own is not None:
            return self._field(cls, name, self.evaluate(own.value, frame) if own.value else None)
        for base in self.bases(cls):
            if isinstance(base, Class) and id(base.node) not in seen:
                found = self.class_attribute(base, name, seen | {id(cls.node)})
                if found is not None:
                    return found
        return None

    def inherited(self, owner: ast.Call, name: str, frame: Frame) -> Value | None:
        """`super().name`, where the base that has it is known."""
        this = frame.values.get("self")
        if (
            not isinstance(owner.func, ast.Name)
            or owner.func.id != "super"
            or owner.args
            or not isinstance(this, Instance)
        ):
            return None
        around = self._class_around(this.cls, owner, frame)
        for base in self.bases(around) if around else []:
            found = self.class_attribute(base, name) if isinstance(base, Class) else None
            if found is not None:
                return self._bound(found, this)
        return None

    def _class_around(self, cls: Class, node: ast.expr, frame: Frame) -> Class | None:
        """The class, or base of it, in whose body a node stands."""
        if cls.scope.file is frame.scope.file and cls.node.lineno <= node.lineno <= (cls.node.end_lineno or 0):
            return cls
        inner = (self._class_around(base, node, frame) for base in self.bases(cls) if isinstance(base, Class))
        return next((each for each in inner if each is not None), None)

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

    def attribute(self, owner: Value, name: str) -> Value:
        """`owner.name`."""
        if type(owner) is Module:
            found = self.member(owner.scope, name)
            if found is not None:
                return found
            submodule = self.module(f"{owner.scope.name}.{name}")
            return Module(submodule) if submodule else OPAQUE
        if type(owner) is Instance:
            if name in owner.attributes:
                return owner.attributes[name]
            return self._bound(self.class_attribute(owner.cls, name), owner)
        if type(owner) is Class:
            return self._member_of_class(owner, name)
        if type(owner) is Call and name in owner.attributes:
            return owner.attributes[name]
        known = self.attribute_of(owner, name)
        if known is not None:
            return known
        return Symbol(f"{owner.name}.{name}") if type(owner) is Symbol else Attribute(owner, name)

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
            members = self.enum_instances(cls)
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
        """The members of an enum in order, name to value; None where some cannot be known.

        What `auto()` gives is known for a `StrEnum` and where `_generate_next_value_` can be followed. A value that
        `__new__` or a property of the class decides is OPAQUE.
        """
        members: dict[str, Value] = {}
        frame = Frame(cls.scope, {}, (cls.scope.values,), Context())
        rewritten = any(self.class_attribute(cls, name) is not None for name in ("__new__", "value"))
        for statement in cls.node.body:
            match statement:
                case ast.Assign(targets=targets, value=value):
                    named = [target.id for target in targets if isinstance(target, ast.Name)]
                    if len(named) < len(targets) or "_ignore_" in named:
                        return None
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    named = [name]
                case ast.For() | ast.While() | ast.If() | ast.Try() | ast.With() | ast.AugAssign() | ast.Delete():
                    return None
                case _:
                    continue
            found = self.evaluate(value, frame)
            for name in named:
                frame.values[name] = found
                if _is_private(name) or _is_descriptor(found):
                    continue
                if isinstance(found, Call) and found.method == "auto":
                    found = frame.values[name] = self._generated(cls, name, len(members))
                members[name] = OPAQUE if rewritten else found
        return members

    def _generated(self, cls: Class, name: str, count: int) -> Value:
        """What `auto()` stands for."""
        generate = self.class_attribute(cls, "_generate_next_value_")
        if isinstance(generate, Function):
            at = Anchor(cls.scope.file, cls.node)
            arguments: tuple[Value, ...] = (strings.literal(name), Const(1), Const(count), OPAQUE)
            return self.call_value(Call(generate, arguments, {}, at, Context()))
        return strings.literal(name.lower()) if generate is None and self._is_lowercased(cls) else OPAQUE

    def _is_lowercased(self, cls: Class) -> bool:
        """Whether `auto()` is the name in lower case; in other packages' `StrEnum` it is not."""
        bases = self.bases(cls)
        return bool(bases) and all(
            self._is_lowercased(base) if isinstance(base, Class) else dotted(base) in _LOWERCASED for base in bases
        )

    def enum_instances(self, cls: Class) -> list[Instance] | None:
        members = self.enum_members(cls)
        if members is None:
            return None
        return [Instance(cls, {"name": strings.literal(name), "value": value}) for name, value in members.items()]


_Definition: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign"


# Classes of a module that many revisions import are asked for their attributes by each of them.
@lru_cache(maxsize=512)
def _defined(node: ast.ClassDef) -> dict[str, _Definition]:
    """The statement that a class has each of its own attributes from."""
    found: dict[str, _Definition] = {}
    for statement in node.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = statement
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = statement
            case ast.Assign(targets=targets):
                found |= {target.id: statement for target in targets if isinstance(target, ast.Name)}
    return found


def without_aliases(members: Sequence[Instance]) -> list[Value]:
    """The members that iterating over an enum gives: of those with one value the first."""
    seen: list[object] = []
    kept: list[Value] = []
    for member in members:
        known = constant(member.attributes["value"])
        if known is OPAQUE or known not in seen:
            kept.append(member)
            seen.append(known)
    return kept


def _is_private(name: str) -> bool:
    """Whether an enum takes a name for its own: `_sunder_`, `__dunder__`, `__private`."""
    return name.startswith("__") or (name.startswith("_") and name.endswith("_"))


def _is_descriptor(value: Value) -> bool:
    return isinstance(value, Function) or (isinstance(value, Call) and value.method in _NO_MEMBERS)


def _decorator(node: ast.expr) -> str:
    match node:
        case ast.Call(func=func):
            return _decorator(func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
