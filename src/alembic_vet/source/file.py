"""Files as bytes, text and syntax tree, each read once."""

from __future__ import annotations

import ast
import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from alembic_vet import disk
from alembic_vet.findings import Location, Span

_NEWLINE = re.compile(r"\r\n|\r|\n")


# A fix is looked at, and then the revision that it makes is read.
@lru_cache(maxsize=2)
def syntax_tree(text: str, name: str) -> ast.Module:
    """The syntax tree of what a file says, or would say; nobody changes it.

    Raises SyntaxError, ValueError or RecursionError where there is none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, filename=name)


class Unparsable(Exception):
    """A Python file that does not parse; `location` says where."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(message)
        self.message = message
        self.location = location


class SourceFile:
    """One file: its bytes, its text with `\\n` newlines, and its syntax tree.

    `name` is its path as text. Positions handed out count characters of `text`, from 1. `newline` and `bom`
    are what `encode` puts back, so that an edited file keeps them.
    """

    def __init__(self, path: disk.AnyPath, data: bytes | None = None) -> None:
        self.name = os.fspath(path)
        self._data = data

    @cached_property
    def path(self) -> Path:
        return Path(self.name)

    @property
    def is_given(self) -> bool:
        """Whether its bytes were given, not read from disk."""
        return self._data is not None

    @cached_property
    def _read(self) -> tuple[bytes, disk.Stamp]:
        return disk.read_stamped(self.name) if self._data is None else (self._data, None)

    @property
    def data(self) -> bytes:
        return self._read[0]

    def matches(self, pattern: str) -> list[bytes]:
        """The different things that a pattern finds in its bytes; asking for no more than that is remembered longer.

        Raises OSError.
        """
        if self._data is None:
            return disk.matches(self.name, pattern)
        return list(dict.fromkeys(re.findall(pattern.encode(), self._data)))

    @property
    def is_readable(self) -> bool:
        """Whether its bytes can be had: a link may lead nowhere, a permission be missing."""
        try:
            self.data  # noqa: B018
        except OSError:
            return False
        return True

    @cached_property
    def digest(self) -> str:
        return disk.digest(self.data)

    @property
    def stamped(self) -> disk.Stamped:
        """What tells another time whether it is as it is now."""
        return [self._read[1], self.digest]

    def is_still(self, known: disk.Stamped) -> disk.Stamped | None:
        """The same again where it is as it was then; it is not read for that if its stamp says so."""
        now = disk.changed({self.name: known}).get(self.name, known) if self._data is None else self.stamped
        return now if now is not None and now[1] == known[1] else None

    @cached_property
    def bom(self) -> bool:
        return self.data.startswith(b"\xef\xbb\xbf")

    @cached_property
    def encoding(self) -> str:
        """The declared encoding of a Python file (PEP 263), else UTF-8."""
        if not self.name.endswith(".py"):
            return "utf-8"
        if not any(b"coding" in line for line in self.data.split(b"\n", 2)[:2]):
            return "utf-8"
        from tokenize import detect_encoding

        try:
            name, _ = detect_encoding(io.BytesIO(self.data).readline)
        except SyntaxError:
            return "utf-8"
        return "utf-8" if name == "utf-8-sig" else name

    @cached_property
    def _decoded(self) -> str:
        return self.data[3 if self.bom else 0 :].decode(self.encoding, errors="replace")

    @cached_property
    def newline(self) -> str:
        """The file's first newline; `\\n` where it has none."""
        found = _NEWLINE.search(self._decoded)
        return found.group() if found else "\n"

    @cached_property
    def text(self) -> str:
        return _NEWLINE.sub("\n", self._decoded) if "\r" in self._decoded else self._decoded

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their newlines; line 1 is `lines[0]`."""
        return self.text.split("\n")

    def encode(self, text: str) -> bytes:
        """The bytes that store `text` the way this file is stored.

        Raises UnicodeEncodeError where the file's encoding cannot say it.
        """
        data = text.replace("\n", self.newline).encode(self.encoding)
        return b"\xef\xbb\xbf" + data if self.bom else data

    def edited(self, text: str) -> SourceFile:
        """The same file with another text, not yet written; all its newlines become the first one's."""
        return SourceFile(self.path, self.encode(text))

    @cached_property
    def is_exact(self) -> bool:
        """Whether the bytes are valid in the file's encoding, so that the text stands for all of them."""
        return self._decoded.encode(self.encoding, errors="replace") == self.data[3 if self.bom else 0 :]

    def with_edits(self, edits: Iterable[tuple[Span, str]]) -> SourceFile:
        """The same file with ranges replaced, in order and not overlapping; not yet written.

        Lines that no edit touches keep their own newlines, if the file mixes them.

        Raises UnicodeEncodeError where the file's encoding cannot say the result.
        """
        parts: list[str] = []
        done = 0
        for span, text in edits:
            parts.append(self._decoded[done : self._raw_offset(span.line, span.column)])
            parts.append(text.replace("\n", self.newline))
            done = self._raw_offset(span.end_line, span.end_column)
        data = "".join([*parts, self._decoded[done:]]).encode(self.encoding)
        return SourceFile(self.path, b"\xef\xbb\xbf" + data if self.bom else data)

    def _raw_offset(self, line: int, column: int) -> int:
        return self._raw_line_starts[line - 1] + column - 1

    @cached_property
    def _raw_line_starts(self) -> list[int]:
        return [0, *(newline.end() for newline in _NEWLINE.finditer(self._decoded))]

    @cached_property
    def _parsed(self) -> ast.Module | Unparsable:
        try:
            return syntax_tree(self.text, self.name)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None) or 1
            column = getattr(error, "offset", None) or 1
            line = min(max(line, 1), len(self.lines))
            column = min(max(column, 1), len(self.lines[line - 1]) + 1)
            message = getattr(error, "msg", None) or str(error) or type(error).__name__
            return Unparsable(message, Location(self.path, Span.empty(line, column)))

    @property
    def tree(self) -> ast.Module:
        """The syntax tree.

        Raises Unparsable where there is none.
        """
        if isinstance(self._parsed, Unparsable):
            raise self._parsed
        return self._parsed

    @property
    def unparsable(self) -> Unparsable | None:
        return self._parsed if isinstance(self._parsed, Unparsable) else None

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node of the tree stands in, innermost first."""
        above = self._parents.get(node)
        while above is not None:
            yield above
            above = self._parents.get(above)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that a node is, or stands in."""
        return next((each for each in (node, *self.around(node)) if isinstance(each, ast.stmt)), None)

    def span(self, node: ast.AST) -> Span:
        """The range of an expression or statement (a decorated function starts at `def`)."""
        line, column = self.position(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        end_line, end_column = self.position(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return Span(line, column, end_line, end_column)

    def location(self, node: ast.AST) -> Location:
        return Location(self.path, self.span(node))

    def position(self, line: int, byte_offset: int) -> tuple[int, int]:
        """A position of the `ast` module (UTF-8 bytes from 0) in characters from 1."""
        text = self.lines[line - 1]
        if text.isascii():
            return line, byte_offset + 1
        return line, len(text.encode()[:byte_offset].decode(errors="replace")) + 1

    def slice(self, span: Span) -> str:
        """The text of a range."""
        return self.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def offset(self, line: int, column: int) -> int:
        """The index into `text` of a position."""
        return self._line_starts[line - 1] + column - 1

    def whole_line(self, line: int) -> Span:
        """The range of one line's text, without its indentation."""
        text = self.lines[line - 1]
        return Span(line, len(text) - len(text.lstrip()) + 1, line, len(text) + 1)


class Sources:
    """The files of one run, each opened and parsed once.

    `overlay` holds texts that stand for what is on disk: an editor's buffer, or a
    fix not yet written.
    """

    def __init__(self, overlay: dict[Path, bytes] | None = None) -> None:
        self._files = {os.fspath(path): SourceFile(path, data) for path, data in (overlay or {}).items()}

    def file(self, path: disk.AnyPath) -> SourceFile:
        """The file at an absolute path, opened lazily: reading may raise OSError."""
        name = os.fspath(path)
        known = self._files.get(name)
        if known is None:
            known = self._files[name] = SourceFile(name)
        return known

    @property
    def given(self) -> Iterator[SourceFile]:
        """The files whose bytes were given."""
        return (file for file in self._files.values() if file.is_given)

    def unread(self) -> Sources:
        """The same, of which nothing was read yet."""
        return Sources({file.path: file.data for file in self.given})

    def exists(self, path: disk.AnyPath) -> bool:
        known = self._files.get(os.fspath(path))
        return (known is not None and known.is_given) or disk.is_file(path)

    def with_files(self, changed: Iterable[SourceFile]) -> Sources:
        """The same with some files in another state."""
        other = Sources()
        other._files = {**self._files, **{file.name: file for file in changed}}
        return other
