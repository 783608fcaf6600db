"""SQL expressions in one spelling, so that the same one written twice compares equal."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise

from alembic_vet.source.sql import Token, tokenize

_PLAIN = r"[a-z_][a-z0-9_$]*"
_GROUPING = frozenset(
    {
        *("and", "or", "not", "in", "when", "then", "else", "any", "all", "case", "between", "is", "like", "ilike"),
        *("check", "where", "default", "as", "from", "exists", "some", "distinct", "on", "values", "select", "null"),
    }
)
_TYPE_WORDS = frozenset({"varying", "precision", "with", "without", "time", "zone"})
_OPERATORS = {"!=": "<>", "like": "~~", "ilike": "~~*"}
_NOW = (["now", "(", ")"], ["transaction_timestamp", "(", ")"], ["statement_timestamp", "(", ")"])


@lru_cache(maxsize=4096)
def canonical(sql: str) -> str:
    """An expression without what PostgreSQL adds or drops: casts, redundant parentheses, case, spelling of IN.

    Two texts that differ here may still mean the same; two that agree do, as far as migrations go.
    """
    words = _without_grouping(_without_casts(tokenize(sql)))
    return " ".join(_time_zone(_now(_negative(_membership(words)))))


def _spelled(token: Token) -> str:
    if token.kind == "string":
        return "'" + token.value.replace("'", "''") + "'"
    if token.kind == "quoted":
        return token.value if re.fullmatch(_PLAIN, token.value) else f'"{token.value}"'
    return _OPERATORS.get(token.value, token.value)


def _without_casts(tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if not token.is_symbol("::"):
            found.append(token)
            continue
        place += 1
        while place < len(tokens):
            following = tokens[place]
            if following.is_symbol("."):
                place += 2
            elif following.is_word(*_TYPE_WORDS) or following.is_symbol("[", "]"):
                place += 1
            elif following.is_symbol("(") and place + 2 < len(tokens) and tokens[place + 1].kind == "number":
                while not tokens[place].is_symbol(")") and place < len(tokens) - 1:
                    place += 1
                place += 1
            else:
                break
    return found


def _without_grouping(tokens: list[Token]) -> list[str]:
    """Only the brackets of calls stay."""
    found: list[str] = []
    stack: list[bool] = []
    for place, token in enumerate(tokens):
        if token.is_symbol("("):
            before = tokens[place - 1] if place else None
            call = before is not None and before.is_name and before.value not in _GROUPING
            listed = before is not None and before.is_word("in")
            stack.append(call or listed)
            if stack[-1]:
                found.append("(")
        elif token.is_symbol(")"):
            if not stack or stack.pop():
                found.append(")")
        else:
            found.append(_spelled(token))
    return found


def _membership(words: list[str]) -> list[str]:
    """`x IN (...)` as `x = ANY (ARRAY[...])`, which is what PostgreSQL stores."""
    found: list[str] = []
    place = 0
    while place < len(words):
        if (
            words[place] == "in"
            and words[place + 1 : place + 2] == ["("]
            and words[place + 2 : place + 3] != ["select"]
        ):
            end = words.index(")", place) if ")" in words[place:] else len(words)
            negated = bool(found) and found[-1] == "not"
            if negated:
                found.pop()
            found += ["<>", "all"] if negated else ["=", "any"]
            found += ["array", "[", *words[place + 2 : end], "]"]
            place = end + 1
            continue
        found.append(words[place])
        place += 1
    return found


def _negative(words: list[str]) -> list[str]:
    """`- 1` and `'-1'` as `-1`."""
    found: list[str] = []
    for word in words:
        if word[:1].isdigit() and found[-1:] == ["-"] and (len(found) == 1 or not found[-2][-1:].isalnum()):
            found[-1] = f"-{word}"
        elif re.fullmatch(r"'-\d+(\.\d+)?'", word):
            found.append(word[1:-1])
        else:
            found.append(word)
    return found


def _now(words: list[str]) -> list[str]:
    found = list(words)
    for call in _NOW:
        for place in range(len(found) - 2):
            if found[place : place + 3] == call:
                found[place : place + 3] = ["current_timestamp"]
    return found


def _time_zone(words: list[str]) -> list[str]:
    """`x AT TIME ZONE z` as `timezone(z, x)`."""
    for place in range(1, len(words) - 3):
        if words[place : place + 3] == ["at", "time", "zone"]:
            before, zone, after = words[place - 1], words[place + 3], words[place + 4 :]
            return [*words[: place - 1], "timezone", "(", zone, ",", before, ")", *_time_zone(after)]
    return words


_NUMERIC = frozenset({"integer", "smallint", "bigint", "numeric", "real", "double precision", "money"})
_TRUE = frozenset({"'t'", "'true'", "'y'", "'yes'", "'on'", "'1'", "true"})
_FALSE = frozenset({"'f'", "'false'", "'n'", "'no'", "'off'", "'0'", "false"})


def canonical_default(sql: str, type_name: str | None) -> str:
    """The expression of a DEFAULT for a column of that type: `'0'` is `0` for an integer, `'t'` is true for a boolean."""
    text = canonical(sql)
    if type_name == "boolean":
        folded = text.lower()
        return "true" if folded in _TRUE else "false" if folded in _FALSE else text
    if type_name in _NUMERIC:
        try:
            return str(Decimal(text.strip("'")).normalize())
        except InvalidOperation:
            return text
    return text


def canonical_routine(sql: str) -> str:
    """A function's definition without what its body may be written in: white space and comments say nothing to two languages."""
    tokens = tokenize(sql)
    language = next((after.value for each, after in pairwise(tokens) if each.is_word("language")), "")
    words = [_spelled(token) for token in tokens]
    if language.lower() in ("sql", "plpgsql"):
        for place, (before, token) in enumerate(pairwise(tokens), 1):
            if before.is_word("as") and token.kind == "string":
                words[place] = " ".join(map(_spelled, tokenize(token.value)))
    return " ".join(words)


def renamed(sql: str, rename: Callable[[str], str]) -> str:
    """The expression with its names passed through `rename`."""
    pieces: list[str] = []
    last = 0
    for token in tokenize(sql):
        if not token.is_name or (new := rename(token.value)) == token.value:
            continue
        pieces += [sql[last : token.start], new if re.fullmatch(_PLAIN, new) else '"' + new.replace('"', '""') + '"']
        last = token.end
    return "".join([*pieces, sql[last:]])


def names_in(sql: str) -> frozenset[str]:
    """Every name or keyword in an expression, folded; those in dollar-quoted bodies too."""
    found: set[str] = set()
    for token in tokenize(sql):
        if token.is_name:
            found.add(token.value)
        elif token.is_dollar_quoted:
            found |= names_in(token.value)
    return frozenset(found)
