"""What calls of builtins and of the standard library return, where that can be said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath

from alembic_vet.source.strings import as_value, concatenate, literal, method, transformed
from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    Attribute,
    Call,
    Class,
    Const,
    Expression,
    Hole,
    Instance,
    Items,
    Mapping,
    Module,
    Symbol,
    Text,
    Value,
    constant,
    dotted,
    options,
    text,
    truth,
)


def returned(call: Call) -> Value | None:
    """The value of a call; None where this module does not know it."""
    if type(call.callee) is Attribute:
        receiver, name = call.callee.of, call.callee.name
        known_method = _METHODS.get(type(receiver))
        return known_method(receiver, name, call) if known_method else _replaced(receiver, call)
    known = _FUNCTIONS.get(call.name)
    return known(call) if known else None


def _replaced(receiver: Value, call: Call) -> Value | None:
    """`x.replace("%", "%%")`: whatever `x` is, it is a string."""
    if call.method == "replace" and len(call.args) == 2 and all(isinstance(one, Text) for one in call.args):
        return method(Text((Hole(dotted(receiver)),)), "replace", call)
    return None


def environment_variable(name: Value, default: Value | None) -> Value:
    """The text of an environment variable: unknown, but for its default."""
    label = constant(name)
    source = f"environment variable {label}" if isinstance(label, str) else "an environment variable"
    fallback = next((option for option in options(default) if isinstance(option, Text)), None) if default else None
    return Text((Hole(source, fallback),), fallback.origin if fallback else None)


def _getenv(call: Call) -> Value:
    return environment_variable(call.argument(0, "key") or OPAQUE, call.argument(1, "default"))


def _str(call: Call) -> Value | None:
    match call.args:
        case (Text() | Const() as value,):
            return concatenate([value], call.at)
        case ():
            return literal("")
    return None


def _quote(call: Call) -> Value:
    return Text((Hole("a quoted value", encoded=True),))


def _number(call: Call) -> Value:
    known = constant(call.args[0]) if call.args else 0
    if isinstance(known, (int, str, float)):
        try:
            return Const(int(known) if call.name == "int" else float(known))
        except ValueError:
            return OPAQUE
    if call.args and isinstance(call.args[0], Text):
        return Text((Hole(plain=True),))
    return OPAQUE


def _sequence(call: Call) -> Value:
    kind = call.name if call.name in ("list", "tuple", "set") else "list"
    if not call.args:
        return Items([], kind)  # type: ignore[arg-type]
    items = iterated(call.args[0])
    if items is None:
        return call.args[0] if isinstance(call.args[0], (Expression, Call)) else OPAQUE
    if call.name == "sorted":
        keys = [constant(item) for item in items]
        if call.keywords or not all(isinstance(key, str) for key in keys):
            return OPAQUE
        items = sorted(items, key=lambda item: str(constant(item)))
    if call.name == "reversed":
        items = list(reversed(items))
    return Items(list(items), kind)  # type: ignore[arg-type]


def _enumerate(call: Call) -> Value:
    items = iterated(call.args[0]) if call.args else None
    start = constant(call.argument(1, "start") or Const(0))
    if items is None or not isinstance(start, int):
        return OPAQUE
    return Items([Items([Const(index), item], "tuple") for index, item in enumerate(items, start)])


def _zip(call: Call) -> Value:
    columns = [iterated(argument) for argument in call.args]
    if any(column is None for column in columns):
        return OPAQUE
    return Items([Items(list(row), "tuple") for row in zip(*(column or [] for column in columns), strict=False)])


def _range(call: Call) -> Value:
    bounds = [constant(argument) for argument in call.args]
    whole = [bound for bound in bounds if isinstance(bound, int)]
    if len(whole) != len(bounds) or not 1 <= len(whole) <= 3 or (len(whole) == 3 and whole[2] == 0):
        return OPAQUE
    numbers = range(*whole)
    return Items([Const(number) for number in numbers[:1000]], complete=len(numbers) <= 1000)


def _dict(call: Call) -> Value:
    entries: dict[object, Value] = {}
    match call.args:
        case ():
            pass
        case (Mapping() as other,):
            entries.update(other.items)
            entries.update(call.keywords)
            return Mapping(entries, other.complete and not call.open_ended)
        case (Items(items=pairs),) if all(isinstance(pair, Items) and len(pair.items) == 2 for pair in pairs):
            for pair in pairs:
                assert isinstance(pair, Items)
                entries[constant(pair.items[0])] = pair.items[1]
        case _:
            entries.update(call.keywords)
            return Mapping(entries, complete=False)
    entries.update(call.keywords)
    return Mapping(entries, not call.open_ended)


def _len(call: Call) -> Value | None:
    items = iterated(call.args[0]) if call.args else None
    return Const(len(items)) if items is not None else None


def _every(call: Call) -> Value | None:
    """`all()` and `any()` of known items."""
    items = iterated(call.args[0]) if call.args else None
    if items is None:
        return None
    deciding = call.name == "any"
    answers = [truth(item) for item in items]
    if deciding in answers:
        return Const(deciding)
    return None if None in answers else Const(not deciding)


def _bool(call: Call) -> Value:
    asked = call.args[0] if call.args else Const(False)
    answer = truth(asked)
    return asked if answer is None else Const(answer)


def _path(operation: Callable[[str], str]) -> Callable[[Call], Value]:
    def apply(call: Call) -> Value:
        match call.args:
            case (Text() as path,) if path.known:
                return literal(operation(path.exact or ""), call.at)
        return OPAQUE

    return apply


def _join_path(call: Call) -> Value:
    known = [constant(argument) for argument in call.args]
    if known and all(isinstance(part, str) for part in known):
        return literal(str(PurePath(*(str(part) for part in known))), call.at)
    return concatenate([part for argument in call.args for part in (argument, literal("/"))][:-1])


def _dedent(call: Call) -> Value | None:
    import textwrap

    return transformed(call.args[0], textwrap.dedent) if call.args and isinstance(call.args[0], Text) else None


def iterated(value: Value) -> Sequence[Value] | None:
    """What a `for` over a value would see; None where that is not known."""
    match value:
        case Items(items=items, complete=True):
            return list(items)
        case Mapping(items=entries, complete=True):
            return [as_value(key) for key in entries]
        case Text() if value.known:
            return [literal(character) for character in value.exact or ""]
        case _:
            return None


def _items_method(subject: Items, name: str, call: Call) -> Value:
    match name, call.args:
        case "append", (item,):
            subject.items.append(item)
            return NONE
        case "extend" | "update", (more,):
            items = iterated(more)
            subject.items.extend(items or [])
            subject.complete = subject.complete and items is not None
            return NONE
        case "add", (item,):
            subject.items.append(item)
            return NONE
        case "copy", ():
            return Items(list(subject.items), subject.kind, subject.complete)
        case "pop", () if subject.items and subject.complete:
            return subject.items.pop()
    if name in ("remove", "insert", "clear", "sort", "reverse", "discard", "pop"):
        subject.complete = False
    return OPAQUE


def _mapping_method(subject: Mapping, name: str, call: Call) -> Value:
    match name, [constant(argument) for argument in call.args]:
        case "get", [key, *_] if key is not OPAQUE:
            if key in subject.items:
                return subject.items[key]
            return (call.argument(1, "default") or NONE) if subject.complete else OPAQUE
        case "items", []:
            rows: list[Value] = [Items([as_value(key), value], "tuple") for key, value in subject.items.items()]
            return Items(rows, complete=subject.complete)
        case "keys", []:
            return Items([as_value(key) for key in subject.items], complete=subject.complete)
        case "values", []:
            return Items(list(subject.items.values()), complete=subject.complete)
        case "copy", []:
            return Mapping(dict(subject.items), subject.complete)
        case "update", _:
            match call.args:
                case (Mapping(items=entries, complete=complete),):
                    subject.items.update(entries)
                    subject.complete = subject.complete and complete
                case ():
                    pass
                case _:
                    subject.complete = False
            subject.items.update(call.keywords)
            return NONE
        case "setdefault", [key, *_] if key is not OPAQUE:
            return subject.items.setdefault(key, call.argument(1, "default") or NONE)
        case "pop", [key, *_] if key is not OPAQUE:
            return subject.items.pop(key, call.argument(1) or OPAQUE)
    return OPAQUE


_METHODS: dict[type, Callable[..., Value]] = {Text: method, Items: _items_method, Mapping: _mapping_method}


def _isinstance(call: Call) -> Value | None:
    match call.args:
        case (Attribute() | Call(), _):
            return None
        case (Text(), Symbol(name="str")):
            return Const(True)
        case (Instance(cls=mine), Class() as asked) if mine is asked:
            return Const(True)
    return OPAQUE


def _getattr(call: Call) -> Value | None:
    match call.args:
        case (Module() | Instance() | Symbol() | Class(), Text(), *_):
            return None
    return OPAQUE


_FUNCTIONS: dict[str, Callable[[Call], Value | None]] = {
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "str": _str,
    "int": _number,
    "float": _number,
    "bool": _bool,
    "all": _every,
    "any": _every,
    "len": _len,
    "list": _sequence,
    "tuple": _sequence,
    "set": _sequence,
    "frozenset": _sequence,
    "sorted": _sequence,
    "reversed": _sequence,
    "enumerate": _enumerate,
    "zip": _zip,
    "range": _range,
    "dict": _dict,
    "isinstance": _isinstance,
    "getattr": _getattr,
    "textwrap.dedent": _dedent,
    "inspect.cleandoc": _dedent,
    "urllib.parse.quote": _quote,
    "urllib.parse.quote_plus": _quote,
    "urllib.parse.urlencode": _quote,
    "os.path.join": _join_path,
    "os.path.dirname": _path(lambda path: str(PurePath(path).parent)),
    "os.path.basename": _path(lambda path: PurePath(path).name),
    "os.path.abspath": _path(str),
    "os.path.realpath": _path(str),
    "copy.copy": lambda call: call.args[0] if call.args else None,
    "copy.deepcopy": lambda call: call.args[0] if call.args else None,
    "typing.cast": lambda call: call.args[1] if len(call.args) > 1 else None,
    "uuid.uuid4": lambda call: text([Hole(plain=True)]),
}
