"""Keywords of calls, in the style of each call."""

from __future__ import annotations

import pytest

from alembic_vet.fixes.build import FixImpossible
from tests.fixes.editing import Code, rewritten

NAMES = "f = a = b = kw = args = 1\n"
LONG = "connection_of_the_environment, the_target_metadata_of_it"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("f()", "f(k=1, l=2)", id="no arguments"),
        pytest.param("f(\n)", "f(\n    k=1,\n    l=2,\n)", id="no arguments, two lines"),
        pytest.param("f(\n    # why\n)", "f(\n    # why\n    k=1,\n    l=2,\n)", id="only a comment"),
        pytest.param("f(a)", "f(a, k=1, l=2)", id="one line"),
        pytest.param("f(a, )", "f(a, k=1, l=2, )", id="one line, last comma"),
        pytest.param("f(\n    a,\n    b=1,\n)", "f(\n    a,\n    b=1,\n    k=1,\n    l=2,\n)", id="black"),
        pytest.param("f(\n    a,\n    b=1\n)", "f(\n    a,\n    b=1,\n    k=1,\n    l=2\n)", id="no last comma"),
        pytest.param("f(\n    a, b\n)", "f(\n    a, b, k=1, l=2\n)", id="several on a line"),
        pytest.param("f(\n    a, b,\n)", "f(\n    a, b, k=1, l=2,\n)", id="several on a line, last comma"),
        pytest.param("f(a,\n  b)", "f(a,\n  b,\n  k=1,\n  l=2)", id="hanging"),
        pytest.param("f(\n    a)", "f(\n    a, k=1, l=2)", id="one argument below"),
        pytest.param("f(\n    a,  # why\n)", "f(\n    a,  # why\n    k=1,\n    l=2,\n)", id="comment after comma"),
        pytest.param("f(\n    a  # why\n)", "f(\n    a,  # why\n    k=1,\n    l=2\n)", id="comment, no comma"),
        pytest.param("f(**kw)", "f(k=1, l=2, **kw)", id="only double star"),
        pytest.param("f(a, **kw)", "f(a, k=1, l=2, **kw)", id="double star"),
        pytest.param("f(*args)", "f(*args, k=1, l=2)", id="star"),
        pytest.param(
            "f(\n    a,\n    # more\n    **kw,\n)",
            "f(\n    a,\n    k=1,\n    l=2,\n    # more\n    **kw,\n)",
            id="double star with a comment of its own",
        ),
        pytest.param("f((a), (b))", "f((a), (b), k=1, l=2)", id="parentheses"),
        pytest.param("f(c for c in a)", "f((c for c in a), k=1, l=2)", id="generator"),
        pytest.param("f((c for c in a))", "f((c for c in a), k=1, l=2)", id="generator in parentheses"),
        pytest.param("f([\n    1,\n])", "f([\n    1,\n], k=1, l=2)", id="hugging"),
        pytest.param(
            f"f({LONG}, b=1234567)",
            "f(\n    connection_of_the_environment,\n    the_target_metadata_of_it,\n    b=1234567,\n    k=1,\n    l=2,\n)",
            id="too long for a line",
        ),
        pytest.param(
            f"f({LONG}, b=1234567, **kw)",
            "f(\n    connection_of_the_environment,\n    the_target_metadata_of_it,\n    b=1234567,\n"
            "    k=1,\n    l=2,\n    **kw,\n)",
            id="too long for a line, double star",
        ),
    ],
)
def test_add(before: str, after: str) -> None:
    names = f"{NAMES}{LONG.replace(', ', ' = ')} = 1\n" if LONG in before else NAMES
    code = Code(f"{names}x = {before}  # end\n")
    span = code.expression(before)
    code.rewrite.add_keyword(span, "k=1")
    code.rewrite.add_keyword(span, "l=2")
    assert code.result == f"{names}x = {after}  # end\n"


def test_a_comment_for_a_checker_stays_on_the_line_of_the_call() -> None:
    code = Code(f"f = 1\nf({'1, ' * 28})  # alembic-vet: ignore[rule]\n")
    code.rewrite.add_keyword(code.expression(f"f({'1, ' * 28})"), "k=1")
    assert code.result == f"f = 1\nf({'1, ' * 28}k=1, )  # alembic-vet: ignore[rule]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("f(k=1)", "f()", id="only one"),
        pytest.param("f(k=1, b=2)", "f(b=2)", id="first"),
        pytest.param("f(a, k=1)", "f(a)", id="last"),
        pytest.param("f(a, k=1,)", "f(a,)", id="last, with comma"),
        pytest.param("f(a, k=1, b=2)", "f(a, b=2)", id="middle"),
        pytest.param(
            "f(\n    a,\n    k=1,  # why\n    b=2,\n)", "f(\n    a,\n    b=2,\n)", id="own line with its comment"
        ),
        pytest.param("f(\n    a,\n    k=1\n)", "f(\n    a,\n)", id="last line without comma"),
    ],
)
def test_remove(before: str, after: str) -> None:
    assert (
        rewritten(f"{NAMES}x = {before}\n", lambda code: code.rewrite.remove_keyword(code.expression(before), "k"))
        == f"{NAMES}x = {after}\n"
    )


def test_set() -> None:
    text = f"{NAMES}f(a, k=(b), c=1)\nf(\n    a,\n)\n"
    code = Code(text)
    code.rewrite.set_keyword(code.expression("f(a, k=(b), c=1)"), "k=None")
    code.rewrite.set_keyword(code.expression("f(\n    a,\n)"), "k = None")
    assert code.result == f"{NAMES}f(a, k=None, c=1)\nf(\n    a,\n    k=None,\n)\n"


def test_one_removed_and_one_added_is_a_replacement() -> None:
    code = Code(f"{NAMES}f(\n    a,\n    k=1,  # why\n)\n")
    span = code.expression("f(\n    a,\n    k=1,  # why\n)")
    code.rewrite.remove_keyword(span, "k")
    code.rewrite.add_keyword(span, "new=2")
    assert code.result == f"{NAMES}f(\n    a,\n    new=2,  # why\n)\n"


def test_a_keyword_that_is_there_is_left_alone() -> None:
    code = Code("f = 1\nf(k=2)\n")
    code.rewrite.add_keyword(code.expression("f(k=2)"), "k=1")
    assert code.rewrite.edits() == ()


def test_nested_calls_change_together() -> None:
    code = Code("f = g = 1\nf(g(1), 2)\n")
    for each in ("g(1)", "f(g(1), 2)"):
        code.rewrite.add_keyword(code.expression(each), "k=3")
    assert code.result == "f = g = 1\nf(g(1, k=3), 2, k=3)\n"


def test_what_is_no_call_is_refused() -> None:
    code = Code("f = 1\nf\n")
    code.rewrite.add_keyword(code.expression("f"), "k=1")
    with pytest.raises(FixImpossible):
        code.rewrite.edits()
