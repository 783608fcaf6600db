"""Operations on strings of which only parts are known."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from alembic_vet.source.values import (
    OPAQUE,
    Anchor,
    Call,
    Const,
    Either,
    Hole,
    Items,
    Mapping,
    Text,
    Value,
    constant,
    dotted,
    either,
    text,
)

_MOST_COMBINATIONS = 16


def lift(operation: Callable[..., Value], *values: Value) -> Value:
    """Apply an operation to each combination of what the values can be."""
    if Either not in map(type, values):
        return operation(*values)
    choices = [value.options if isinstance(value, Either) else (value,) for value in values]
    combinations = list(itertools.islice(itertools.product(*choices), _MOST_COMBINATIONS + 1))
    if len(combinations) > _MOST_COMBINATIONS:
        return OPAQUE
    return either(*(operation(*combination) for combination in combinations))


def literal(value: str, at: Anchor | None = None) -> Text:
    return Text((value,) if value else (), at)


def parts_of(value: Value) -> list[str | Hole]:
    """A value as it would stand inside a longer string."""
    if type(value) is Text:
        return list(value.parts)
    match value:
        case Const(value=known):
            return [str(known)]
        case Either(options=several):
            default = next((option for option in several if isinstance(option, Text)), None)
            return [Hole(default=default)]
        case Call():
            return [Hole(source=f"{value.name}()")]
        case _:
            return [Hole(source=dotted(value))]


def concatenate(values: Sequence[Value], at: Anchor | None = None) -> Text:
    parts = [part for value in values for part in parts_of(value)]
    first = values[0] if values else None
    origin = first.origin if isinstance(first, Text) and first.origin else at
    return text(parts, origin)


def replaced(subject: Text, old: str, new: str) -> Text:
    """`subject.replace(old, new)`."""
    parts: list[str | Hole] = []
    for part in subject.parts:
        if isinstance(part, str):
            parts.append(part.replace(old, new))
            continue
        default = replaced(part.default, old, new) if part.default else None
        parts.append(replace(part, default=default, escaped=part.escaped or (old, new) == ("%", "%%")))
    return text(parts, subject.origin)


def transformed(subject: Text, transform: Callable[[str], str]) -> Text:
    """A string method that works on each part alone, such as `lower`."""
    parts: list[str | Hole] = []
    for part in subject.parts:
        if isinstance(part, str):
            parts.append(transform(part))
        else:
            default = transformed(part.default, transform) if part.default else None
            parts.append(replace(part, default=default))
    return text(parts, subject.origin)


def percent_formatted(template: str, arguments: Value, at: Anchor | None) -> Value:
    """`template % arguments`, for `%s`, `%r`, `%d` and `%(name)s`."""
    parts: list[str | Hole] = []
    positional = iter(arguments.items if isinstance(arguments, Items) else [arguments])
    position = 0
    for field in re.finditer(r"%(?:\((\w+)\))?([-#0 +]*\d*(?:\.\d+)?)([a-zA-Z%])", template):
        parts.append(template[position : field.start()])
        position = field.end()
        key, _, conversion = field.groups()
        if conversion == "%":
            parts.append("%")
        elif key is not None:
            found = arguments.items.get(key, OPAQUE) if isinstance(arguments, Mapping) else OPAQUE
            parts.extend(parts_of(found))
        else:
            parts.extend(parts_of(next(positional, OPAQUE)))
    parts.append(template[position:])
    return text(parts, at)


def brace_formatted(template: str, arguments: Sequence[Value], keywords: dict[str, Value], at: Anchor | None) -> Value:
    """`template.format(*arguments, **keywords)`."""
    parts: list[str | Hole] = []
    counter = itertools.count()
    try:
        from string import Formatter

        fields = list(Formatter().parse(template))
    except ValueError:
        return OPAQUE
    for before, name, _, _ in fields:
        parts.append(before)
        if name is None:
            continue
        key = name if name else str(next(counter))
        if key.isdigit():
            found = arguments[int(key)] if int(key) < len(arguments) else OPAQUE
        else:
            found = keywords.get(key, OPAQUE)
        parts.extend(parts_of(found))
    return text(parts, at)


def joined(separator: Text, items: Sequence[Value]) -> Text:
    """`separator.join(items)`."""
    values: list[Value] = []
    for item in items:
        if values:
            values.append(separator)
        values.append(item)
    return concatenate(values)


_PLAIN_METHODS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
}
_WHOLE_METHODS: dict[str, Callable[..., object]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "split": str.split,
    "rsplit": str.rsplit,
    "splitlines": str.splitlines,
    "count": str.count,
    "find": str.find,
    "isdigit": str.isdigit,
    "zfill": str.zfill,
    "partition": str.partition,
    "rpartition": str.rpartition,
}


def method(subject: Text, name: str, call: Call) -> Value:
    """A string method, as far as the parts allow."""
    arguments = [constant(argument) for argument in call.args]
    match name, arguments:
        case "replace", [str() as old, str() as new, *_]:
            return replaced(subject, old, new)
        case "format", _:
            return (
                brace_formatted(subject.exact or "", call.args, call.keywords, call.at)
                if subject.known and not call.open_ended
                else OPAQUE
            )
        case "join", _:
            match call.args:
                case (Items(items=items, complete=True),) if len(subject.holes) == 0:
                    return joined(subject, items)
            return OPAQUE
        case _, [] if name in _PLAIN_METHODS:
            return transformed(subject, _PLAIN_METHODS[name])
    if name in ("strip", "lstrip", "rstrip", "encode", "decode") and not subject.known:
        return subject
    if name in ("startswith",) and subject.parts and isinstance(subject.parts[0], str) and len(arguments) == 1:
        prefix = arguments[0]
        if isinstance(prefix, str) and (len(subject.parts[0]) >= len(prefix)):
            return Const(subject.parts[0].startswith(prefix))
    known = subject.exact
    if known is None or name not in _WHOLE_METHODS or OPAQUE in arguments or call.keywords:
        return OPAQUE
    try:
        return as_value(_WHOLE_METHODS[name](known, *arguments), call.at)
    except (TypeError, ValueError):
        return OPAQUE


def as_value(result: object, at: Anchor | None = None) -> Value:
    """A plain Python object as a Value."""
    match result:
        case str():
            return literal(result, at)
        case list():
            return Items([as_value(item, at) for item in result])
        case tuple():
            return Items([as_value(item, at) for item in result], "tuple")
        case _:
            return Const(result)
