"""What only the tokens of a text tell: its comments, and which lines begin inside a string."""

from __future__ import annotations

import io
import tokenize
from functools import lru_cache

from msgspec import Struct

# From 3.12 on an f-string is several tokens, and a template string from 3.14 on.
_OPENING = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
_CLOSING = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}


class Comment(Struct, frozen=True):
    line: int
    column: int
    text: str


class Tokens(Struct, frozen=True):
    """`string_lines` are the numbers of lines whose beginning lies inside a string."""

    comments: tuple[Comment, ...]
    string_lines: frozenset[int]


@lru_cache(maxsize=32)
def scan(text: str) -> Tokens:
    """The tokens of a text, which may be a fragment: what follows an error is not seen."""
    comments: list[Comment] = []
    inside: set[int] = set()
    opened: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line, column = token.start
            if token.type == tokenize.COMMENT:
                comments.append(Comment(line, column + 1, token.string))
            elif token.type == tokenize.STRING:
                inside.update(range(line + 1, token.end[0] + 1))
            elif token.type in _OPENING:
                opened.append(line)
            elif token.type in _CLOSING:
                inside.update(range(opened.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        pass
    return Tokens(tuple(comments), frozenset(inside))
