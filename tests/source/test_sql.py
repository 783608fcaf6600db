"""SQL cut into tokens and statements the way PostgreSQL's scanner does it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_vet.source.sql import HOLE, TokenKind, joined, statements, string_literals, tokenize

WORD, QUOTED, STRING = "word", "quoted", "string"
NUMBER, OPERATOR, PARAMETER, FOREIGN = "number", "operator", "parameter", "foreign"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Users", [(WORD, "users")], id="unquoted-names-fold"),
        pytest.param('"Users"', [(QUOTED, "Users")], id="quoted-names-do-not"),
        pytest.param('"a""b"', [(QUOTED, 'a"b')], id="doubled-quote-in-a-name"),
        pytest.param("'it''s'", [(STRING, "it's")], id="doubled-quote-in-a-string"),
        pytest.param(r"'a\' b", [(STRING, "a\\"), (WORD, "b")], id="backslash-is-plain"),
        pytest.param(r"E'a\'b\n'", [(STRING, "a'b\n")], id="backslash-escapes-in-e-strings"),
        pytest.param("$$it's$$", [(STRING, "it's")], id="dollar-quotes"),
        pytest.param("$a$ $$ $b$ $a$ x", [(STRING, " $$ $b$ "), (WORD, "x")], id="tagged-dollar-quotes"),
        pytest.param("a$b", [(WORD, "a$b")], id="dollar-in-a-name"),
        pytest.param("/* a /* b */ c */ d", [(WORD, "d")], id="comments-nest"),
        pytest.param("a -- ; b\nc", [(WORD, "a"), (WORD, "c")], id="line-comment"),
        pytest.param("'-- no' /* '*/ x", [(STRING, "-- no"), (WORD, "x")], id="quotes-and-comments-hide-each-other"),
        pytest.param("a::text", [(WORD, "a"), (OPERATOR, "::"), (WORD, "text")], id="cast"),
        pytest.param(r"a\:\:text", [(WORD, "a"), (OPERATOR, "::"), (WORD, "text")], id="colons-escaped-for-text()"),
        pytest.param(":name %(x)s %s $1", [(PARAMETER, p) for p in (":name", "%(x)s", "%s", "$1")], id="parameters"),
        pytest.param(
            "a=-1", [(WORD, "a"), (OPERATOR, "="), (OPERATOR, "-"), (NUMBER, "1")], id="minus-ends-no-operator"
        ),
        pytest.param("a @> b", [(WORD, "a"), (OPERATOR, "@>"), (WORD, "b")], id="long-operator"),
        pytest.param("a</*x*/b", [(WORD, "a"), (OPERATOR, "<"), (WORD, "b")], id="comment-after-operator"),
        pytest.param("1.5e-3", [(NUMBER, "1.5e-3")], id="number"),
        pytest.param("a /* b", [(WORD, "a"), (FOREIGN, "/* b")], id="a-comment-that-does-not-end"),
        pytest.param("a /* b /* c */ d", [(WORD, "a"), (FOREIGN, "/* b /* c */ d")], id="nor-does-one-in-it-help"),
        pytest.param("`a`", [(FOREIGN, "`"), (WORD, "a"), (FOREIGN, "`")], id="backticks-are-foreign"),
        pytest.param("'open", [(FOREIGN, "'"), (WORD, "open")], id="string-without-end"),
        pytest.param("double precision", [(WORD, "double"), (WORD, "precision")], id="no-compound-tokens"),
        pytest.param("straße", [(WORD, "straße")], id="letters-beyond-ascii"),
    ],
)
def test_tokens(text: str, expected: list[tuple[TokenKind, str]]) -> None:
    assert [(token.kind, token.value) for token in tokenize(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a; b", ["a", "b"], id="two"),
        pytest.param(" ;; a ;; ", ["a"], id="empty-ones-are-none"),
        pytest.param("-- nothing", [], id="comment-only"),
        pytest.param("DO $$ BEGIN x; y; END $$; z", ["DO $$ BEGIN x; y; END $$", "z"], id="dollar-quoted-body"),
        pytest.param("'a;b'; c", ["'a;b'", "c"], id="string"),
        pytest.param(
            "CREATE FUNCTION f() BEGIN ATOMIC a; SELECT CASE b WHEN 1 THEN 2 END; END; c",
            ["CREATE FUNCTION f() BEGIN ATOMIC a; SELECT CASE b WHEN 1 THEN 2 END; END", "c"],
            id="sql-standard-body",
        ),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    found = list(statements(text))
    assert [statement.text for statement in found] == expected
    assert [text[statement.start : statement.end] for statement in found] == expected


def test_a_hole_is_part_of_what_it_touches() -> None:
    text = joined(["ALTER TABLE ", object(), ".users ADD c_", object(), " text DEFAULT '", object(), "'"])
    assert [token.text for token in tokenize(text) if token.holed] == [HOLE, f"c_{HOLE}", f"'{HOLE}'"]


def test_a_hole_before_a_keyword_is_a_token_of_its_own() -> None:
    text = joined(["CREATE INDEX ", object(), "IF NOT EXISTS ix"])
    assert [token.value for token in tokenize(text)] == ["create", "index", HOLE, "if", "not", "exists", "ix"]


def test_literals_inside_dollar_quotes_count() -> None:
    assert string_literals("SELECT 'a', $$ x = 'b' $$") == {"a", "b"}


@given(st.text(alphabet="aB '\"$;-/*\\:e1\n" + HOLE, max_size=40))
def test_tokens_tell_where_they_stand(text: str) -> None:
    found = tokenize(text)
    assert [text[token.start : token.end] for token in found] == [token.text for token in found]
    assert all(one.end <= two.start for one, two in pairwise(found))
