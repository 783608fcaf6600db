"""A place in the tokens of one statement, moved forward by what is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_vet.model.operations import Columns, Name, QualifiedName
from alembic_vet.model.schema.names import clipped
from alembic_vet.source.sql import HOLE, Token
from alembic_vet.source.unknown import OPAQUE


class Unreadable(Exception):
    """The statement is not one that this reader knows, or not PostgreSQL's."""


class Cursor:
    """Reads keywords, names and bracketed parts; `text` is what the tokens' offsets count in."""

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._next = 0

    @property
    def at_end(self) -> bool:
        return self._next >= len(self._tokens)

    @property
    def mark(self) -> int:
        return self._next

    def back(self, mark: int) -> None:
        self._next = mark

    def peek(self, ahead: int = 0) -> Token | None:
        place = self._next + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            raise Unreadable("the statement ends early")
        self._next += 1
        return token

    def sees(self, *words: str) -> bool:
        """Whether these keywords come next; a word with spaces stands for several."""
        for ahead, word in enumerate(word for phrase in words for word in phrase.split()):
            token = self.peek(ahead)
            if token is None or not token.is_word(word):
                return False
        return True

    def accept(self, *words: str) -> bool:
        """Read these keywords if they come next."""
        if not self.sees(*words):
            return False
        self._next += sum(len(phrase.split()) for phrase in words)
        return True

    def accept_any(self, *phrases: str) -> str | None:
        """Read the first of these phrases that comes next, and say which."""
        return next((phrase for phrase in phrases if self.accept(phrase)), None)

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise Unreadable(f"no {' '.join(words).upper()} where one belongs")

    def sees_symbol(self, symbol: str) -> bool:
        token = self.peek()
        return token is not None and token.is_symbol(symbol)

    def accept_symbol(self, symbol: str) -> bool:
        if not self.sees_symbol(symbol):
            return False
        self._next += 1
        return True

    def sees_hole(self) -> bool:
        """Whether a whole unknown part comes next: it may hold any number of tokens, or none."""
        token = self.peek()
        return token is not None and not token.text.strip(HOLE)

    def skip_hole(self) -> bool:
        """Pass an unknown part that stands before a keyword or name."""
        following = self.peek(1)
        if not self.sees_hole() or following is None or following.is_symbol("."):
            return False
        self._next += 1
        return True

    def name(self) -> Name:
        token = self.take()
        if not token.is_name:
            raise Unreadable(f"no name at `{token.text}`")
        return OPAQUE if token.holed else clipped(token.value)

    def known_name(self) -> str | None:
        name = self.name()
        return None if name is OPAQUE else name

    def qualified(self) -> QualifiedName:
        """A name with up to two qualifiers; an unknown part in front may hold the schema."""
        first = self.peek()
        open_ended = first is not None and first.text.startswith(HOLE)
        parts = [self.name()]
        while self.accept_symbol("."):
            parts.append(self.name())
        if len(parts) > 1:
            return QualifiedName(parts[-1], parts[-2])
        return QualifiedName(parts[0], OPAQUE if open_ended else None)

    def string(self) -> Name:
        """A string constant."""
        token = self.take()
        if token.kind != "string":
            if token.holed:
                return OPAQUE
            raise Unreadable(f"no string at `{token.text}`")
        return OPAQUE if token.holed else token.value

    def bracketed(self) -> Cursor:
        """What stands between the parentheses that come next."""
        if not self.accept_symbol("("):
            raise Unreadable("no parenthesis where one belongs")
        start = self._next
        depth = 1
        while depth:
            token = self.take()
            depth += token.is_symbol("(") - token.is_symbol(")")
        return Cursor(self._tokens[start : self._next - 1], self._text)

    def items(self) -> Iterator[Cursor]:
        """The parts of the rest between top-level commas."""
        start, depth = self._next, 0
        while not self.at_end:
            token = self.take()
            depth += token.is_symbol("(", "[") - token.is_symbol(")", "]")
            if token.is_symbol(",") and not depth:
                yield Cursor(self._tokens[start : self._next - 1], self._text)
                start = self._next
        if start < self._next:
            yield Cursor(self._tokens[start : self._next], self._text)

    def columns(self) -> Columns:
        """A bracketed list of names."""
        inner = self.bracketed()
        names = [item.known_name() for item in inner.items()]
        known = tuple(name for name in names if name is not None)
        return known if len(known) == len(names) else OPAQUE

    def until(self, *phrases: str) -> Cursor:
        """What stands before the first of these phrases outside brackets, or before the end."""
        start, depth = self._next, 0
        while not self.at_end:
            if not depth and self._next > start and any(self.sees(phrase) for phrase in phrases):
                break
            token = self.take()
            depth += token.is_symbol("(", "[") - token.is_symbol(")", "]")
        return Cursor(self._tokens[start : self._next], self._text)

    @property
    def rest(self) -> Sequence[Token]:
        return self._tokens[self._next :]

    def sql(self) -> Name:
        """The rest as text; OPAQUE with an unknown part in it."""
        rest = self.rest
        if not rest:
            raise Unreadable("an expression is missing")
        text = self._text[rest[0].start : rest[-1].end]
        self._next = len(self._tokens)
        return OPAQUE if HOLE in text else text

    def finish(self) -> None:
        """The end must be here; an unknown part may follow."""
        if not self.at_end and not self.sees_hole():
            raise Unreadable(f"`{self.take().text}` is not understood")

    def slice(self, tokens: Sequence[Token], count: int) -> Cursor:
        """The first of some tokens as a cursor of their own."""
        return Cursor(tokens[:count], self._text)
