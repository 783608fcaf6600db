"""Comments of every kind of file, and the lines that each of them speaks of."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from msgspec import Struct

from alembic_vet.source.file import SourceFile

_INSIGNIFICANT = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}

# What TOML has that can hide a `#` or go over several lines; an unclosed string ends with its line.
_TOML = r'(?s)"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?|#[^\n]*|[\[{]|[\]}]|\n'


class Comment(Struct, frozen=True):
    """A comment from its first mark to the end of its line.

    `covers` are the lines it speaks of, first and last: those of the statement that it starts
    or ends, or that it stands directly above; inside a statement one line only.
    """

    line: int
    column: int
    text: str
    covers: tuple[int, int]


def comments(file: SourceFile) -> Iterator[Comment]:
    """The comments of a Python, TOML, ini or Mako file; none where the file cannot be read as what it is."""
    match file.path.suffix:
        case ".py":
            return _python(file)
        case ".toml":
            return _toml(file)
        case ".mako":
            return _whole_lines(file, ("##",))
        case _:
            return _whole_lines(file, ("#", ";"))


def _python(file: SourceFile) -> Iterator[Comment]:
    found: list[tuple[int, int, str]] = []
    statements: list[tuple[int, int]] = []
    start = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
            if token.type == tokenize.COMMENT:
                found.append((*token.start, token.string))
            elif token.type == tokenize.NEWLINE:
                statements.append((start, token.start[0]))
                start = 0
            elif token.type not in _INSIGNIFICANT and not start:
                start = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        return iter(())
    return _placed(file, found, statements)


def _toml(file: SourceFile) -> Iterator[Comment]:
    found: list[tuple[int, int, str]] = []
    statements: list[tuple[int, int]] = []
    line, depth, start, line_start = 1, 0, 1, 0
    for match in re.finditer(_TOML, file.text):
        token = match.group()
        if token.startswith("#"):
            found.append((line, match.start() - line_start, token))
        elif token in "[{":
            depth += 1
        elif token in "]}":
            depth = max(depth - 1, 0)
        elif "\n" in token:
            if token == "\n" and not depth:
                statements.append((start, line))
                start = line + 1
            line += token.count("\n")
            line_start = match.start() + token.rindex("\n") + 1
    return _placed(file, found, [*statements, (start, line)])


def _whole_lines(file: SourceFile, marks: tuple[str, ...]) -> Iterator[Comment]:
    """An ini file has no comments behind a value; indented lines continue the one above."""
    found: list[tuple[int, int, str]] = []
    statements: list[tuple[int, int]] = []
    for number, text in enumerate(file.lines, start=1):
        stripped = text.strip()
        if stripped.startswith(marks):
            found.append((number, len(text) - len(text.lstrip()), stripped))
        elif stripped and text[0].isspace() and statements and marks != ("##",):
            statements[-1] = (statements[-1][0], number)
        elif stripped:
            statements.append((number, number))
    return _placed(file, found, statements)


def _placed(
    file: SourceFile, found: Iterable[tuple[int, int, str]], statements: list[tuple[int, int]]
) -> Iterator[Comment]:
    comment_lines = {line for line, column, _ in found if not file.lines[line - 1][:column].strip()}
    for line, column, text in found:
        target = line
        while target in comment_lines:
            target += 1
        nothing_below = target > len(file.lines) or not file.lines[target - 1].strip()
        covers = (line, line) if nothing_below else _covered(file, target, statements, alone=target != line)
        yield Comment(line, column + 1, text, (min(line, covers[0]), covers[1]))


def _covered(file: SourceFile, line: int, statements: list[tuple[int, int]], *, alone: bool) -> tuple[int, int]:
    """The lines of what starts or, for a comment behind code, ends on a line; else that line."""
    index = bisect_right(statements, (line, len(file.lines) + 1)) - 1
    if index < 0:
        return line, line
    first, last = statements[index]
    if line != first and (alone or line != last):
        return line, line
    # A comment above a decorator speaks of what is decorated.
    while alone and file.lines[statements[index][0] - 1].lstrip().startswith("@") and index + 1 < len(statements):
        index += 1
        last = statements[index][1]
    return first, last
