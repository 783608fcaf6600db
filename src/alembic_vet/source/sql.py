"""SQL text as tokens and statements, the way PostgreSQL's own scanner cuts it.

Pygments drives the scan, by the rules of section 4.1 of PostgreSQL's manual. Its own lexer for PostgreSQL is for colours: it
cuts a string into several tokens, and does not know what SQLAlchemy and drivers put into a text, or a hole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from pygments.lexer import Lexer

HOLE = "\ue000"
"""Stands for an unknown part of a text: one character, of Unicode's private use."""


TokenKind = Literal["word", "quoted", "string", "number", "operator", "punctuation", "parameter", "foreign"]


class Token(Struct, frozen=True):
    """`value` is folded (words), unescaped (strings, quoted names), or the text itself.

    `start` and `end` are offsets into the whole text, where a hole counts as one character. `foreign` is what
    PostgreSQL does not know: a backtick, a stray character, a string or a comment that does not end.
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


@cache
def _lexer() -> Lexer:
    from pygments.lexer import RegexLexer
    from pygments.token import Comment, Literal, Name, Number, Operator, Punctuation, String, Whitespace

    # A hole may hold white space: the one in `CREATE INDEX {maybe_concurrently}IF NOT EXISTS` is no part of a name.
    letter = rf"(?:[^\W\d]|{HOLE})"
    following = rf"(?:[\w$]|{HOLE})"

    class PostgresScanner(RegexLexer):
        flags = re.IGNORECASE
        tokens: ClassVar = {
            "root": [
                (r"\s+", Whitespace),
                (r"--[^\r\n]*", Comment.Single),
                (r"/\*", Comment.Multiline, "comment"),
                (r"E'(?:[^'\\]|''|\\[\s\S])*'", String.Escape),
                (r"(?:U&|B|X|N)?'(?:[^']|'')*'", String.Single),
                (r'(?:U&)?"(?:[^"]|"")+"', String.Symbol),
                (r"(\$(?:[^\W\d]\w*)?\$)[\s\S]*?\1", Literal),
                (rf"{HOLE}(?=(?:IF|ONLY|CONCURRENTLY|CASCADE)\b)", Name),
                (rf"{letter}{following}*", Name),
                (r"\d+(?:\.\d+)?(?:E[+-]?\d+)?|\.\d+(?:E[+-]?\d+)?", Number),
                (r"\\?:\\?:|\\?:=", Operator),
                (r":[^\W\d]\w*|%\(\w+\)s|%s\b|\$\d+", Name.Placeholder),
                (r"(?=[+\-*/<>=]*[~!@#%^&|?])(?:(?!--|/\*)[+\-*/<>=~!@#%^&|?])+", Operator),
                (r"(?:(?!--|/\*)[*/<>=+\-])*(?!--|/\*)[*/<>=]|[+\-]", Operator),
                (r"[()\[\],;.:{}]", Punctuation),
                (r"\\(?=:)", Whitespace),
            ],
            # They nest.
            "comment": [
                (r"[^*/]+", Comment.Multiline),
                (r"/\*", Comment.Multiline, "#push"),
                (r"\*/", Comment.Multiline, "#pop"),
                (r"[*/]", Comment.Multiline),
            ],
        }  # fmt: skip

    return PostgresScanner()


@cache
def _kinds() -> dict[object, TokenKind | None]:
    """What each token of the lexer is; None for what says nothing."""
    from pygments.token import Comment, Literal, Name, Number, Operator, Punctuation, String, Whitespace

    return {
        Whitespace: None, Comment.Single: None, Comment.Multiline: None,
        Name: "word", Name.Placeholder: "parameter", Number: "number", Operator: "operator", Punctuation: "punctuation",
        String.Single: "string", String.Escape: "string", String.Symbol: "quoted", Literal: "string",
    }  # fmt: skip


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, without white space and comments."""
    found: list[Token] = []
    comments: list[int] = []
    for start, kind, value in _lexer().get_tokens_unprocessed(text):
        known = _kinds().get(kind, "foreign")
        if known is not None:
            found.append(Token(known, _meaning(known, value), value, start))
        elif value == "/*":
            comments.append(start)
        elif value == "*/":
            comments.pop()
    if comments:
        found.append(Token("foreign", text[comments[0] :], text[comments[0] :], comments[0]))
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
