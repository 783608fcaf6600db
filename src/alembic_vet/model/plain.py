"""What was read of a revision, and the schema that it leaves, as data that JSON can hold, and back.

The data is a list of nodes, parts before what they are parts of: a scalar stands for itself, a list names its kind and
then the places of its parts. What was one object becomes one object again, and equal values share a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

Node = str | int | float | bool | list[Any] | None


def plain(value: object, here: Path) -> list[Node]:
    """The nodes of a value, which is the last; `here` is the file that is spoken of.

    Raises TypeError for what no class of the model is.
    """
    writer = _Writer(here)
    writer.place(value)
    return writer.nodes


def restored(nodes: Sequence[Node], here: Path) -> Any:
    """What `plain` was given.

    Raises one of `BROKEN` for anything else.
    """
    found: list[Any] = []
    add, part = found.append, found.__getitem__
    makers: dict[str, _Maker] = {_PATH: lambda parts: Path(*parts) if parts else here}
    for node in nodes:
        if type(node) is list:
            kind, *places = node
            make = makers.get(kind) or makers.setdefault(kind, _maker(kind))
            add(make(list(map(part, places))))
        else:
            add(node)
    return found[-1]


_PATH = "Path"


class _Writer:
    def __init__(self, here: Path) -> None:
        self._here = here
        self.nodes: list[Node] = []
        self._objects: dict[int, int] = {}
        self._values: dict[object, int] = {}

    def place(self, value: object) -> int:
        """Where the node of a value is."""
        if value is None or isinstance(value, (str, int, float)):
            return self._known((type(value), value), value)
        place = self._objects.get(id(value))
        if place is None:
            place = self._objects[id(value)] = self._new(value)
        return place

    def _new(self, value: object) -> int:
        match value:
            case Key():
                return self._shared("Key", value)
            case tuple():
                return self._shared("tuple", value)
            case frozenset():
                return self._shared("frozenset", sorted(value, key=repr))
            case set():
                return self._own("set", sorted(value, key=repr))
            case dict():
                return self._own("dict", (part for item in value.items() for part in item))
            case Enum():
                return self._shared(f"{type(value).__name__}.{value.name}", ())
            case Path():
                return self._shared(_PATH, () if value == self._here else (str(value),))
        cls: type = type(value)
        parts = [getattr(value, name) for name in _fields(cls)]
        frozen = cls.__struct_config__.frozen  # type: ignore[attr-defined]
        return (self._shared if frozen else self._own)(cls.__name__, parts)

    def _shared(self, kind: str, parts: Iterable[object]) -> int:
        node = [kind, *map(self.place, parts)]
        return self._known(tuple(node), node)

    def _known(self, value: object, node: Node) -> int:
        place = self._values.get(value)
        if place is None:
            place = self._values[value] = self._add(node)
        return place

    def _own(self, kind: str, parts: Iterable[object]) -> int:
        """Something that can change is not to change with another that happens to be equal."""
        return self._add([kind, *map(self.place, parts)])

    def _add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1


_Maker = Callable[[list[Any]], object]


@cache
def _maker(kind: str) -> _Maker:
    match kind:
        case "Key":
            return lambda parts: Key(*parts)
        case "tuple":
            return tuple
        case "frozenset":
            return frozenset
        case "set":
            return set
        case "dict":
            return lambda parts: dict(zip(parts[::2], parts[1::2], strict=True))
    name, _, member = kind.partition(".")
    cls = _classes()[name]
    if member:
        constant = cls[member]  # type: ignore[index]
        return lambda _: constant
    fields = _fields(cls)
    if cls.__match_args__ == fields:  # type: ignore[attr-defined]
        return lambda parts: cls(*parts)
    return lambda parts: cls(**dict(zip(fields, parts, strict=True)))


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
