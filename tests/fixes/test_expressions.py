"""Expressions continued, surrounded, awaited and replaced."""

from __future__ import annotations

import pytest

from alembic_vet.findings import Safety
from alembic_vet.fixes.build import FixImpossible
from tests.fixes.editing import Code, rewritten


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a", "a.m()"),
        ("a.b", "a.b.m()"),
        ("a(b)", "a(b).m()"),
        ("a[b]", "a[b].m()"),
        ('"x"', '"x".m()'),
        ('f"{a}"', 'f"{a}".m()'),
        ("[a]", "[a].m()"),
        ("{a: b}", "{a: b}.m()"),
        ('"x" "y"', '("x" "y").m()'),
        ("1", "(1).m()"),
        ("a + b", "(a + b).m()"),
        ("-a", "(-a).m()"),
        ("not a", "(not a).m()"),
        ("a or b", "(a or b).m()"),
        ("a if b else 1", "(a if b else 1).m()"),
        ("lambda: a", "(lambda: a).m()"),
        ("(a, b)", "(a, b).m()"),
        ("a < b", "(a < b).m()"),
    ],
)
def test_append_adds_parentheses_where_they_are_needed(before: str, after: str) -> None:
    head = "a = b = 1\nx = "
    assert (
        rewritten(head + before + "\n", lambda code: code.rewrite.append(code.expression(before), ".m()"))
        == f"{head}{after}\n"
    )


@pytest.mark.parametrize(
    ("line", "expression", "after"),
    [
        pytest.param("x = (a + b)", "a + b", "x = (a + b).m()", id="its own parentheses"),
        pytest.param("x = f(a + b)", "a + b", "x = f((a + b).m())", id="those of a call are not its own"),
        pytest.param("x = ((a))", "a", "x = ((a)).m()", id="two pairs"),
        pytest.param(
            "x = (\n    a  # why\n    + b\n)", "a  # why\n    + b", "x = (\n    a  # why\n    + b\n).m()", id="lines"
        ),
        pytest.param("x = f'{a}'", "a", "x = f'{a.m()}'", id="in an f-string"),
    ],
)
def test_append_in_place(line: str, expression: str, after: str) -> None:
    head = "a = b = f = 1\n"
    assert (
        rewritten(f"{head}{line}\n", lambda code: code.rewrite.append(code.expression(expression), ".m()"))
        == f"{head}{after}\n"
    )


def test_append_of_awaited() -> None:
    text = "async def f(a):\n    x = await a\n"
    assert rewritten(text, lambda code: code.rewrite.append(code.expression("await a"), ".m()")) == (
        "async def f(a):\n    x = (await a).m()\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('f"{a}"', "f\"{a.replace('%', '%%')}\""),
        ("f'{a}'", 'f\'{a.replace("%", "%%")}\''),
        ('f"""{a}"""', 'f"""{a.replace(\'%\', \'%%\')}"""'),
    ],
)
def test_quotes_inside_an_f_string_are_those_that_it_leaves_free(before: str, after: str) -> None:
    text = f"a = 1\nx = {before}\n"

    def escape(code: Code) -> None:
        quote = "'" if before.startswith("f'") else '"'
        code.rewrite.append(code.expression("a"), f".replace({quote}%{quote}, {quote}%%{quote})")

    assert rewritten(text, escape) == f"a = 1\nx = {after}\n"


def test_an_f_string_without_free_quotes_is_refused() -> None:
    code = Code('a = 1\nx = f"{a}"\n')
    code.rewrite.append(code.expression("a"), """.m("'")""")
    with pytest.raises(FixImpossible):
        code.rewrite.edits()


def test_appended_twice_in_order_of_calls() -> None:
    code = Code("a = b = 1\nx = a + b\n")
    for text in (".m()", ".n()"):
        code.rewrite.append(code.expression("a + b"), text)
    assert code.result == "a = b = 1\nx = (a + b).m().n()\n"


def test_surround_and_append_nest() -> None:
    code = Code("a = b = f = 1\nx = a.b(b)\n")
    code.rewrite.surround(code.expression("a.b(b)"), "f(", ")")
    code.rewrite.append(code.expression("a.b"), ".c")
    code.rewrite.surround(code.expression("b"), "f(", ")")
    assert code.result == "a = b = f = 1\nx = f(a.b.c(f(b)))\n"


@pytest.mark.parametrize(
    ("line", "expression", "after"),
    [
        ("a.b()", "a.b()", "await a.b()"),
        ("x = a.b()", "a.b()", "x = await a.b()"),
        ("return a.b()", "a.b()", "return await a.b()"),
        ("x = a.b().c", "a.b()", "x = (await a.b()).c"),
        ("x = a.b()(1)", "a.b()", "x = (await a.b())(1)"),
        ("x = a.b()[0]", "a.b()", "x = (await a.b())[0]"),
        ("x = (a.b()).c", "a.b()", "x = (await a.b()).c"),
        ("x = a or b", "a or b", "x = await (a or b)"),
        ("x = (a or b).c", "a or b", "x = (await (a or b)).c"),
        ("x = f(a)", "a", "x = f(await a)"),
        ("x = await a", "a", "x = await a"),
        ("x = a + b", "b", "x = a + await b"),
    ],
)
def test_await(line: str, expression: str, after: str) -> None:
    text = f"async def g(a, b, f):\n    {line}\n"
    assert (
        rewritten(text, lambda code: code.rewrite.await_(code.expression(expression)))
        == f"async def g(a, b, f):\n    {after}\n"
    )


def test_await_outside_of_async_is_no_fix() -> None:
    code = Code("def f(a):\n    a.b()\n")
    code.rewrite.await_(code.expression("a.b()"))
    assert code.rewrite.fix("Await it", Safety.SAFE) is None


def test_replace_keeps_comments_unless_told_otherwise() -> None:
    text = "a = b = 1\nx = [\n    a,  # why\n]\n"
    code = Code(text)
    code.rewrite.replace(code.expression("[\n    a,  # why\n]"), "b")
    with pytest.raises(FixImpossible, match="# why"):
        code.rewrite.edits()
    code = Code(text)
    code.rewrite.replace(code.expression("[\n    a,  # why\n]"), "b", drop_comments=True)
    assert code.result == "a = b = 1\nx = b\n"


def test_two_texts_for_one_place_are_refused() -> None:
    code = Code("a = b = 1\nx = a\n")
    code.rewrite.replace(code.expression("a"), "b")
    code.rewrite.replace(code.expression("a"), "1")
    with pytest.raises(FixImpossible, match="overlap"):
        code.rewrite.edits()


def test_a_name_that_nothing_defines_is_refused() -> None:
    code = Code("a = 1\nx = a\n")
    code.rewrite.replace(code.expression("a"), "unknown")
    with pytest.raises(FixImpossible, match="unknown"):
        code.rewrite.edits()
