"""Structures as data that JSON can hold, and back.

The data is a list of nodes, parts before what they are parts of: a scalar stands for itself, two names in a list for a
`Key`, a list of such lists for a tuple of them, any other list names its kind and then the places of its parts. What was
one object becomes one object again, and equal values share a node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import Enum
from functools import cache
from itertools import starmap
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from msgspec.json import decode

from alembic_vet import findings
from alembic_vet.model import column_type, operations, revision
from alembic_vet.model.lazily import Holders, Lazy, Place
from alembic_vet.model.schema import objects, state
from alembic_vet.model.schema.objects import Key
from alembic_vet.source import unknown

_Maker = Callable[[list[Any]], object]

# What `restored` raises for anything that `plain` has not written.
BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

Node = str | int | float | bool | list[Any] | None


class Vocabulary:
    """The classes of what is written: structures and enumerations, by their names."""

    def __init__(self, classes: Iterable[type]) -> None:
        self._classes = {cls.__name__: cls for cls in classes}
        self._makers: dict[str, _Maker] = {
            "tuple": tuple,
            "frozenset": frozenset,
            "set": set,
            "dict": lambda parts: dict(zip(parts[::2], parts[1::2], strict=True)),
            _KEYED: lambda parts: dict(zip(parts[0], parts[1:], strict=True)),
        }

    def plain(self, value: object, here: Path) -> list[Node]:
        """The nodes of a value, which is the last; `here` is the file that is spoken of.

        Raises TypeError for what is of no class of the vocabulary.
        """
        writer = _Writer(self, here)
        writer.place(value)
        return writer.nodes

    def restored(self, nodes: Sequence[Node], here: Path) -> Any:
        """What `plain` was given.

        Raises one of `BROKEN` for anything else.
        """
        found: list[Any] = []
        add, part, maker = found.append, found.__getitem__, self.makers(here)
        for node in nodes:
            if type(node) is not list:
                add(node)
            elif _is_plain(node):
                add(_plain(node))
            else:
                kind, *places = node
                add(maker(kind)(list(map(part, places))))
        return found[-1]

    def opened(self, nodes: Sequence[bytes], place: int, here: Path, holders: Holders) -> Any:
        """The structure at a place, the nodes being JSON: what its dictionaries hold is restored when asked for.

        `holders` gives what `parts_held` has found of a part.

        Raises one of `BROKEN` as far as it is restored now.
        """
        return _Reader(self, nodes, here, holders).opened(place)

    def makers(self, here: Path) -> Callable[[str], _Maker]:
        """What tells how an object of a kind is made from its parts."""
        return cache(
            lambda kind: (lambda parts: Path(*parts) if parts else here) if kind == _PATH else self._maker(kind)
        )

    def fields(self, cls: type) -> tuple[str, ...]:
        """The names of a structure's fields.

        Raises TypeError for what is no class of the vocabulary.
        """
        if self._classes.get(cls.__name__) is not cls:
            raise TypeError(f"{cls.__name__} is not part of the vocabulary")
        return tuple(cls.__struct_fields__)  # type: ignore[attr-defined]

    def _maker(self, kind: str) -> _Maker:
        if kind not in self._makers:
            self._makers[kind] = self._made(*kind.split("."))
        return self._makers[kind]

    def _made(self, name: str, member: str = "") -> _Maker:
        cls = self._classes[name]
        if member:
            constant = cls[member]  # type: ignore[index]
            return lambda _: constant
        fields = self.fields(cls)
        if cls.__match_args__ == fields:  # type: ignore[attr-defined]
            return lambda parts: cls(*parts)
        return lambda parts: cls(**dict(zip(fields, parts, strict=True)))


_PATH = "Path"
# A dictionary whose keys are instances of `Key`: the tuple of them, and each value.
_KEYED = "keyed"


def _is_of(node: Node, kind: str) -> TypeGuard[list[Any]]:
    return type(node) is list and not _is_plain(node) and bool(node[0] == kind)


def _is_plain(node: list[Any]) -> bool:
    """Whether a node is a `Key`, or a tuple of them: it has no parts elsewhere."""
    return type(node[0]) is list or (type(node[-1]) is str and len(node) > 1)


def _plain(node: list[Any]) -> Key | tuple[Key, ...]:
    return tuple(starmap(Key, node)) if type(node[0]) is list else Key(*node)


class _Reader:
    """Restores nodes one by one, each once."""

    def __init__(self, vocabulary: Vocabulary, nodes: Sequence[bytes], here: Path, holders: Holders) -> None:
        self._maker = vocabulary.makers(here)
        self._nodes = nodes
        self._holders = holders
        self._found: dict[int, Any] = {}

    def at(self, place: int) -> Any:
        """The object of the node there."""
        found = self._found
        if place not in found:
            node = decode(self._nodes[place])
            found[place] = self._made(node, self._all) if type(node) is list else node
        return found[place]

    def opened(self, place: int) -> Any:
        return self._made(decode(self._nodes[place]), self._unfilled)

    def _made(self, node: list[Any], parts: Callable[[list[int]], list[Any]]) -> Any:
        if _is_plain(node):
            return _plain(node)
        kind, *places = node
        return self._maker(kind)(parts(places))

    def _all(self, places: list[int]) -> list[Any]:
        found = self._found
        for place in places:
            if place not in found:
                self.at(place)
        return list(map(found.__getitem__, places))

    def _unfilled(self, places: list[int]) -> list[Any]:
        """The same, with dictionaries whose values are left where they are."""
        return list(map(self._part_unfilled, places))

    def _part_unfilled(self, place: int) -> Any:
        node = decode(self._nodes[place])
        if type(node) is list and node[0] == "dict":
            return Lazy(dict(zip(self._all(node[1::2]), map(Place, node[2::2]), strict=True)), self.at)
        if type(node) is list and node[0] == _KEYED:
            keys = decode(self._nodes[node[1]], type=list[Key])
            return Lazy(dict(zip(keys, map(Place, node[2:]), strict=True)), self.at, self._holders)
        return self.at(place)


# What values are looked for by: an object's key, or the name of a constraint.
Part = Key | str
_NAMED = objects.ConstraintState.__name__


def parts_held(nodes: Sequence[Node]) -> dict[Part, list[int]]:
    """Of the values in dictionaries with a `Key` for each, the places of those that hold a part, at any depth."""

    @cache
    def parts(place: int) -> frozenset[Part]:
        node = nodes[place]
        if type(node) is not list:
            return frozenset()
        if _is_plain(node):
            keys = _plain(node)
            return frozenset([keys] if isinstance(keys, Key) else keys)
        kind, *places = node
        items = zip(places[::2], places[1::2], strict=True) if kind == "dict" else ()
        names = frozenset(nodes[name] for name, value in items if _is_of(nodes[value], _NAMED))
        return names.union(*map(parts, places))

    values: dict[int, None] = {}
    for node in nodes:
        if _is_of(node, _KEYED):
            values.update(dict.fromkeys(node[2:]))
    found: dict[Part, list[int]] = {}
    for place in values:
        for part in parts(place):
            found.setdefault(part, []).append(place)
    return found


def _are_keys(values: Collection[object]) -> bool:
    return bool(values) and all(type(each) is Key for each in values)


class _Writer:
    def __init__(self, vocabulary: Vocabulary, here: Path) -> None:
        self._vocabulary = vocabulary
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
                return self._known(value, list(value))
            case tuple() if _are_keys(value):
                return self._known((_KEYED, value), list(map(list, value)))
            case tuple():
                return self._shared("tuple", value)
            case frozenset():
                return self._shared("frozenset", sorted(value, key=repr))
            case set():
                return self._own("set", sorted(value, key=repr))
            case dict():
                if _are_keys(value):
                    return self._add([_KEYED, self._new(tuple(value)), *map(self.place, value.values())])
                return self._own("dict", (part for item in value.items() for part in item))
            case Enum():
                return self._shared(f"{type(value).__name__}.{value.name}", ())
            case Path():
                return self._shared(_PATH, () if value == self._here else (str(value),))
        cls: type = type(value)
        parts = [getattr(value, name) for name in self._vocabulary.fields(cls)]
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


def defined_in(module: ModuleType) -> Iterator[type]:
    """The classes that a module defines itself."""
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield value


# What was read of a revision, and the schema that it leaves.
_MODULES = (operations, column_type, revision, objects, state, findings, unknown)
OF_REVISIONS = Vocabulary(cls for module in _MODULES for cls in defined_in(module))
