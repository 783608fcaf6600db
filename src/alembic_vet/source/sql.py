"""SQL text as tokens and statements, the way PostgreSQL's own scanner cuts it.

sqlparse drives the scan. Its default rules are those of no dialect in particular (a backslash ends no string,
comments do not nest, `double precision` is one token), so PostgreSQL's replace them: section 4.1 of its manual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from sqlparse.lexer import Lexer

HOLE = "\ue000"
"""Stands for an unknown part of a text: one character, of Unicode's private use."""


TokenKind = Literal["word", "quoted", "string", "number", "operator", "punctuation", "parameter", "foreign"]


class Token(Struct, frozen=True):
    """`value` is folded (words), unescaped (strings, quoted names), or the text itself.

    `start` and `end` are offsets into the whole text, where a hole counts as one character. `foreign` is what
    PostgreSQL does not know: a backtick, a stray character, a string that does not end.
    """

    kind: TokenKind
    value: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def holed(self) -> bool:
        return HOLE in self.text

    @property
    def is_name(self) -> bool:
        return self.kind == "word" or self.kind == "quoted"

    @property
    def is_dollar_quoted(self) -> bool:
        return self.kind == "string" and self.text.startswith("$")

    def is_word(self, *words: str) -> bool:
        """Whether this is one of these keywords, given in lower case."""
        return self.kind == "word" and self.value in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind in ("punctuation", "operator") and self.value in symbols


class Statement(Struct, frozen=True):
    """One statement: its tokens, and where it stands in the whole text, without the semicolon."""

    tokens: tuple[Token, ...]
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def joined(parts: Sequence[object]) -> str:
    """One text of literal parts (`str`) and holes (anything else)."""
    return "".join(part if isinstance(part, str) else HOLE for part in parts)


@lru_cache(maxsize=1)
def _lexer() -> Lexer:
    from sqlparse import tokens
    from sqlparse.lexer import Lexer

    # A hole may hold white space: the one in `CREATE INDEX {maybe_concurrently}IF NOT EXISTS` is no part of a name.
    letter = rf"(?:[^\W\d]|{HOLE})"
    following = rf"(?:[\w$]|{HOLE})"
    lexer = Lexer()
    lexer.clear()  # type: ignore[no-untyped-call]
    lexer.set_SQL_REGEX(  # type: ignore[no-untyped-call]
        [
            (r"\s+", tokens.Whitespace),
            (r"--[^\r\n]*", tokens.Comment.Single),
            (r"/\*[\s\S]*?\*/", tokens.Comment.Multiline),
            (r"E'(?:[^'\\]|''|\\[\s\S])*'", tokens.String.Escape),
            (r"(?:U&|B|X|N)?'(?:[^']|'')*'", tokens.String.Single),
            (r'(?:U&)?"(?:[^"]|"")+"', tokens.String.Symbol),
            (r"(\$(?:[^\W\d]\w*)?\$)[\s\S]*?\1", tokens.Literal),
            (rf"{HOLE}(?=(?:IF|ONLY|CONCURRENTLY|CASCADE)\b)", tokens.Name),
            (rf"{letter}{following}*", tokens.Name),
            (r"\d+(?:\.\d+)?(?:E[+-]?\d+)?|\.\d+(?:E[+-]?\d+)?", tokens.Number),
            (r"\\?:\\?:|\\?:=", tokens.Operator),
            (r":[^\W\d]\w*|%\(\w+\)s|%s\b|\$\d+", tokens.Name.Placeholder),
            (r"(?=[+\-*/<>=]*[~!@#%^&|?])(?:(?!--|/\*)[+\-*/<>=~!@#%^&|?])+", tokens.Operator),
            (r"(?:(?!--|/\*)[*/<>=+\-])*(?!--|/\*)[*/<>=]|[+\-]", tokens.Operator),
            (r"[()\[\],;.:{}]", tokens.Punctuation),
            (r"\\(?=:)", tokens.Whitespace),
        ]
    )
    return lexer


def _nested_comment(text: str, start: int) -> int:
    """The end of the comment that starts at `start`, comments inside it counted."""
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def _scan(text: str) -> Iterator[tuple[object, str, int]]:
    start = 0
    while start < len(text):
        for kind, value in _lexer().get_tokens(text[start:]):  # type: ignore[no-untyped-call]
            if value.startswith("/*") and "/*" in value[2:]:
                start = _nested_comment(text, start)
                break
            yield kind, value, start
            start += len(value)


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, without white space and comments."""
    from sqlparse import tokens

    kinds: dict[object, TokenKind] = {
        tokens.Name: "word",
        tokens.String.Symbol: "quoted",
        tokens.String.Single: "string",
        tokens.String.Escape: "string",
        tokens.Literal: "string",
        tokens.Number: "number",
        tokens.Operator: "operator",
        tokens.Punctuation: "punctuation",
        tokens.Name.Placeholder: "parameter",
    }
    skipped = (tokens.Whitespace, tokens.Comment.Single, tokens.Comment.Multiline, tokens.Comment.Multiline.Hint)
    found: list[Token] = []
    for kind, value, start in _scan(text):
        if kind in skipped:
            continue
        known = kinds.get(kind, "foreign")
        found.append(Token(known, _meaning(known, value), value, start))
    return found


_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _meaning(kind: TokenKind, text: str) -> str:
    match kind:
        case "word":
            return text.lower()
        case "operator":
            return text.replace("\\", "")
        case "quoted":
            return text[text.index('"') + 1 : -1].replace('""', '"')
        case "string" if text.startswith("$"):
            mark = text.index("$", 1) + 1
            return text[mark:-mark]
        case "string":
            body = text[text.index("'") + 1 : -1].replace("''", "'")
            if text[0] in "eE":
                return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), body, flags=re.DOTALL)
            return body
        case _:
            return text


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text; a semicolon inside BEGIN ATOMIC ... END, or inside parentheses, ends none."""
    pending: list[Token] = []
    depth = 0
    atomic = False
    for token in tokenize(text):
        if token.is_symbol(";") and depth <= 0:
            if pending:
                yield _statement(text, pending)
            pending, depth, atomic = [], 0, False
            continue
        atomic = atomic or (token.is_word("atomic") and bool(pending) and pending[-1].is_word("begin"))
        if token.is_symbol("(") or (atomic and token.is_word("atomic", "case")):
            depth += 1
        elif token.is_symbol(")") or (atomic and token.is_word("end")):
            depth -= 1
        pending.append(token)
    if pending:
        yield _statement(text, pending)


def _statement(text: str, tokens: list[Token]) -> Statement:
    return Statement(tuple(tokens), text[tokens[0].start : tokens[-1].end], tokens[0].start)


def string_literals(text: str) -> frozenset[str]:
    """Every string constant in a text, those inside dollar-quoted bodies included."""
    found: set[str] = set()
    for token in tokenize(text):
        if token.kind != "string":
            continue
        if token.is_dollar_quoted:
            found |= string_literals(token.value)
        else:
            found.add(token.value)
    return frozenset(found)
