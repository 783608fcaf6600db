"""What was read of a revision, and the schema that it leaves, as data that JSON can hold, and back."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from alembic_vet import findings
from alembic_vet.model import column_type, operations, revision
from alembic_vet.model.schema import objects, state
from alembic_vet.model.schema.objects import Key
from alembic_vet.source import unknown

# What `restored` raises for anything that `plain` has not written.
BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

_VOCABULARY = (operations, column_type, revision, objects, state, findings, unknown)


def plain(value: object, here: Path) -> Any:
    """None, booleans, numbers, strings, lists and objects of one key only; `here` is the file that is spoken of.

    Raises TypeError for what no class of the model is.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Key():
            return {"Key": list(value)}
        case tuple():
            return [plain(each, here) for each in value]
        case frozenset() | set():
            return {type(value).__name__: sorted((plain(each, here) for each in value), key=repr)}
        case dict():
            return {"dict": [[plain(key, here), plain(each, here)] for key, each in value.items()]}
        case Enum():
            return {type(value).__name__: value.name}
        case Path():
            return {"Path": None if value == here else str(value)}
    cls = type(value)
    names = _fields(cls)  # type: ignore[arg-type]
    return {cls.__name__: [plain(getattr(value, name), here) for name in names]}


def restored(data: Any, here: Path) -> Any:
    """What `plain` was given.

    Raises one of `BROKEN` for anything else.
    """
    if isinstance(data, list):
        return tuple([restored(each, here) for each in data])
    if not isinstance(data, dict):
        return data
    ((name, content),) = data.items()
    match name:
        case "Key":
            return Key(*content)
        case "frozenset":
            return frozenset(restored(each, here) for each in content)
        case "set":
            return {restored(each, here) for each in content}
        case "dict":
            return {restored(key, here): restored(each, here) for key, each in content}
        case "Path":
            return here if content is None else Path(content)
    cls = _classes()[name]
    if isinstance(content, str):
        return cls[content]  # type: ignore[index]
    values = [restored(each, here) for each in content]
    return _maker(cls)(values)


@cache
def _classes() -> dict[str, type]:
    found: dict[str, type] = {}
    for module in _VOCABULARY:
        for name, cls in vars(module).items():
            if isinstance(cls, type) and cls.__module__ == module.__name__:
                found[name] = cls
    return found


@cache
def _fields(cls: type) -> tuple[str, ...]:
    if _classes().get(cls.__name__) is not cls:
        raise TypeError(f"{cls.__name__} is not part of the model")
    return tuple(cls.__struct_fields__)  # type: ignore[attr-defined]


@cache
def _maker(cls: type) -> Callable[[list[object]], object]:
    names = _fields(cls)

    def make(values: list[object]) -> object:
        return cls(**dict(zip(names, values, strict=True)))

    return make
