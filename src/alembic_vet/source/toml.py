"""TOML files with the position of every key, which neither `tomllib` nor `tomlkit` gives."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Mapping

from msgspec import Struct

from alembic_vet.findings import Location, Span
from alembic_vet.source.file import SourceFile

_ERROR_POSITION = r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$"
_TOKEN = r"""(?sx)(?P<skip>[ \t]+|\#[^\n]*)
    |(?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<mark>[\[\]{},=.\n])
    |(?P<bare>[^\s\#\[\]{},=."']+)"""


class TomlError(Exception):
    """A file that is no TOML; `location` says where."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(message)
        self.message = message
        self.location = location


def loads(text: str) -> dict[str, object]:
    """Raises ValueError for what is no TOML."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    return tomllib.loads(text)


class TomlKey(Struct, frozen=True):
    """Where a key is written, and where its value."""

    name: Span
    value: Span


class TomlFile:
    """A TOML file as `tomllib` reads it."""

    def __init__(self, file: SourceFile) -> None:
        """Raises TomlError where `tomllib` would fail, and OSError where the file cannot be read."""
        self.file = file
        try:
            self.document: Mapping[str, object] = loads(file.data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = file.data.count(b"\n", 0, error.start) + 1
            raise TomlError("the file is not UTF-8", Location(file.path, Span.empty(line, 1))) from error
        except (ValueError, RecursionError) as error:
            raise _located(error, file) from error
        self._keys = _Scanner(file.text).keys()

    def key(self, *path: str) -> TomlKey | None:
        """Where a key is: `key("tool", "alembic", "script_location")`.

        An element of an array is named by its index, "0" being the first. Both ranges of a
        table are those of its header. None where nothing by that name is written.
        """
        return self._keys.get(path)

    def table(self, *path: str) -> Mapping[str, object] | None:
        """A table of the document; None where there is none or it is something else."""
        found: object = self.document
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else None


def _located(error: Exception, file: SourceFile) -> TomlError:
    found = re.search(_ERROR_POSITION, str(error))
    line, column = len(file.lines), len(file.lines[-1]) + 1
    if found and found[1]:
        line, column = int(found[1]), int(found[2])
    what = re.sub(_ERROR_POSITION, "", str(error))
    return TomlError(
        f"the file is not TOML: {what[:1].lower()}{what[1:]}", Location(file.path, Span.empty(line, column))
    )


_Path = tuple[str, ...]


class _Scanner:
    """Finds the keys of a text that is known to be TOML."""

    def __init__(self, text: str) -> None:
        self._tokens = [token for token in re.finditer(_TOKEN, text) if token.lastgroup != "skip"]
        self._next = 0
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._found: dict[_Path, TomlKey] = {}
        self._array_lengths: dict[_Path, int] = {}

    def keys(self) -> dict[_Path, TomlKey]:
        table: _Path = ()
        while self._next < len(self._tokens):
            match self._peek():
                case "\n":
                    self._next += 1
                case "[":
                    table = self._header()
                case _:
                    self._pair(table)
        return self._found

    def _peek(self) -> str:
        return self._tokens[self._next].group() if self._next < len(self._tokens) else "\n"

    def _take(self, text: str) -> bool:
        taken = self._peek() == text
        self._next += taken
        return taken

    def _header(self) -> _Path:
        first = self._next
        self._next += 1
        is_array = self._take("[")
        names = self._names()
        self._next += 2 if is_array else 1
        path = self._inside_arrays(names[:-1]) + names[-1:]
        if is_array:
            self._array_lengths[path] = self._array_lengths.get(path, 0) + 1
        path = self._inside_arrays(names)
        span = self._span(first, self._next)
        self._found.setdefault(path, TomlKey(span, span))
        return path

    def _inside_arrays(self, names: _Path) -> _Path:
        """The path that a header names, with the index of the last table of every array on the way."""
        path: _Path = ()
        for name in names:
            path += (name,)
            if path in self._array_lengths:
                path += (str(self._array_lengths[path] - 1),)
        return path

    def _names(self) -> _Path:
        names = []
        while True:
            token = self._tokens[self._next]
            self._next += 1
            text = token.group()
            names.append(str(loads(f"name = {text}")["name"]) if token.lastgroup == "string" else text)
            if not self._take("."):
                return tuple(names)

    def _pair(self, table: _Path) -> None:
        first = self._next
        path = table + self._names()
        name = self._span(first, self._next)
        self._next += 1
        self._found[path] = TomlKey(name, self._value(path))

    def _value(self, path: _Path) -> Span:
        first = self._next
        if self._take("["):
            self._items(path)
        elif self._take("{"):
            while not self._take("}"):
                if not (self._take(",") or self._take("\n")):
                    self._pair(path)
        else:
            while self._next == first or self._peek() == "." or self._is_bare():
                self._next += 1
        return self._span(first, self._next)

    def _items(self, path: _Path) -> None:
        index = 0
        while not self._take("]"):
            if self._take(",") or self._take("\n"):
                continue
            item = (*path, str(index))
            span = self._value(item)
            self._found[item] = TomlKey(span, span)
            index += 1

    def _is_bare(self) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next].lastgroup == "bare"

    def _span(self, first: int, after: int) -> Span:
        start, end = self._tokens[first].start(), self._tokens[after - 1].end()
        return Span(*self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1
