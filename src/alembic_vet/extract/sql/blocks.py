"""DO blocks: the statements inside, and under which conditions each of them runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_vet.extract.sql.conditions import guards_of
from alembic_vet.model.operations import Guard, Operation
from alembic_vet.source.sql import HOLE, Token


class Step(Struct):
    """One statement of a block. `dynamic` is the text of EXECUTE, with holes; `handles` the errors caught around it."""

    tokens: Sequence[Token]
    guards: tuple[Guard, ...] = ()
    conditional: bool = False
    dynamic: str | None = None
    handles: frozenset[str] = frozenset()

    def guarded(self, operation: Operation) -> Operation:
        """The operation under the conditions of its block."""
        exists = self.handles & {"duplicate_object", "duplicate_table", "duplicate_column", "others"}
        missing = self.handles & {"undefined_object", "undefined_table", "undefined_column", "others"}
        if exists and hasattr(operation, "if_not_exists"):
            operation = replace(operation, if_not_exists=True)
        if missing and hasattr(operation, "if_exists"):
            operation = replace(operation, if_exists=True)
        return replace(
            operation,
            conditional=operation.conditional or self.conditional,
            guards=self.guards + operation.guards,
        )


class _Frame(Struct):
    """An open IF, LOOP, CASE, BEGIN or handler.

    `tests` are the conditions of an IF so far; `first` and `last` bound the steps that a handler guards.
    """

    kind: str
    guards: tuple[Guard, ...] = ()
    conditional: bool = False
    first: int = 0
    last: int = 0
    tests: list[Sequence[Token]] = field(default_factory=list)


def steps(tokens: Sequence[Token]) -> list[Step]:
    """The statements of a PL/pgSQL block, in order."""
    found: list[Step] = []
    frames: list[_Frame] = []
    returned = declaring = False
    for statement in _pieces(tokens):
        rest: Sequence[Token] = statement
        while rest:
            if declaring or rest[0].is_word("declare"):
                rest = _after(rest, "begin", keep=True)
                declaring = not rest
            elif rest[0].is_symbol("<<"):
                rest = rest[3:]
            elif rest[0].is_word("begin"):
                frames.append(_Frame("begin", first=len(found)))
                rest = rest[1:]
            elif rest[0].is_word("exception"):
                opened = frames.pop() if frames else _Frame("begin")
                frames.append(_Frame("handler", opened.guards, True, opened.first, len(found)))
                rest = rest[1:]
            elif rest[0].is_word("when") and frames:
                frames[-1].conditional = True
                if frames[-1].kind == "handler":
                    _catch(found[frames[-1].first : frames[-1].last], rest)
                rest = _after(rest, "then")
            elif rest[0].is_word("if", "elsif", "elseif", "else"):
                rest = _branch(rest, frames)
            elif rest[0].is_word("for", "foreach", "while", "loop"):
                frames.append(_Frame("loop", conditional=True))
                rest = _after(rest, "loop")
            elif rest[0].is_word("case"):
                frames.append(_Frame("case", conditional=True))
                rest = _after(rest, "when", keep=True)
            elif rest[0].is_word("end"):
                if frames:
                    frames.pop()
                rest = []
            else:
                break
        if not rest or rest[0].is_word("null", "raise"):
            continue
        if rest[0].is_word("return", "exit", "continue"):
            returned = True
            continue
        if len(rest) > 1 and rest[1].is_symbol(":=", "="):
            continue
        found.append(
            Step(
                rest,
                tuple(guard for frame in frames for guard in frame.guards),
                returned or any(frame.conditional for frame in frames),
                _dynamic(rest) if rest[0].is_word("execute") else None,
            )
        )
    return found


def _pieces(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    start = 0
    for place, token in enumerate(tokens):
        if token.is_symbol(";"):
            if place > start:
                yield tokens[start:place]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]


def _after(tokens: Sequence[Token], word: str, *, keep: bool = False) -> Sequence[Token]:
    for place, token in enumerate(tokens):
        if token.is_word(word):
            return tokens[place:] if keep else tokens[place + 1 :]
    return []


def _branch(rest: Sequence[Token], frames: list[_Frame]) -> Sequence[Token]:
    if rest[0].is_word("if"):
        frames.append(_Frame("if"))
    frame = frames[-1] if frames else _Frame("if")
    earlier = list(frame.tests)
    if rest[0].is_word("else"):
        after = rest[1:]
    else:
        after = _after(rest, "then")
        test = rest[1 : len(rest) - len(after) - 1]
        frame.tests.append(test)
        earlier.append(test)
    guards: list[Guard] = []
    frame.conditional = False
    for place, test in enumerate(earlier):
        met = place == len(earlier) - 1 and not rest[0].is_word("else")
        known = guards_of(test, met=met)
        if known is None:
            frame.conditional = True
        else:
            guards.extend(known)
    frame.guards = tuple(guards)
    return after


def _catch(caught: list[Step], rest: Sequence[Token]) -> None:
    names = frozenset(token.value for token in rest[1:] if token.is_name and not token.is_word("or", "then"))
    for step in caught:
        step.handles |= names


def _dynamic(tokens: Sequence[Token]) -> str:
    """The text that EXECUTE runs: constants joined, everything else a hole."""
    parts = [token for token in tokens[1:] if not token.is_symbol("||")]
    if parts and parts[0].is_word("format") and len(parts) > 2 and parts[2].kind == "string":
        text = parts[2].value
        for mark in ("%I", "%L", "%s"):
            text = text.replace(mark, f"'{HOLE}'" if mark == "%L" else HOLE)
        return text
    text, depth = "", 0
    for token in parts:
        if token.is_word("using", "into") and not depth:
            break
        depth += token.is_symbol("(") - token.is_symbol(")")
        if token.kind == "string" and not depth:
            text += token.value
        elif not text.endswith(HOLE):
            text += HOLE
    return text
