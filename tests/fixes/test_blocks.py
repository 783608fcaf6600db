"""Lines around statements, statements wrapped and deleted."""

from __future__ import annotations

import textwrap

import pytest

from alembic_vet.fixes.build import FixImpossible
from tests.fixes.editing import Code, rewritten

FUNCTION = '''\
def f(a):
    """Doc."""
    # first
    x = a  # why

    # second
    y = """
  text
"""
    if x:
        y = x
        # inside
    return y
'''


def test_before_goes_above_the_comments_of_a_statement() -> None:
    assert rewritten(FUNCTION, lambda code: code.rewrite.insert_before(code.statement("x = a"), ["new = 1"])) == (
        FUNCTION.replace("    # first", "    new = 1\n    # first")
    )


def test_after_goes_below_a_trailing_comment() -> None:
    assert rewritten(FUNCTION, lambda code: code.rewrite.insert_after(code.statement("x = a"), ["new = 1"])) == (
        FUNCTION.replace("# why\n", "# why\n    new = 1\n")
    )


def test_after_goes_below_the_comments_inside_a_block() -> None:
    assert rewritten(FUNCTION, lambda code: code.rewrite.insert_after(code.statement("if x"), ["new = 1"])) == (
        FUNCTION.replace("# inside\n", "# inside\n    new = 1\n")
    )


def test_lines_are_indented_but_for_strings_and_blank_lines() -> None:
    lines = ["if a:", '    a("""', "  a", '""")', "", "    pass"]
    result = rewritten(FUNCTION, lambda code: code.rewrite.insert_after(code.statement("x = a"), lines))
    assert result == FUNCTION.replace("# why\n", '# why\n    if a:\n        a("""\n  a\n""")\n\n        pass\n')


def test_a_first_blank_line_is_blank() -> None:
    code = Code("def f():\n    a = 1\n    return a\n")
    code.rewrite.insert_before(code.statement("return"), ["", "b = 1"])
    assert code.result == "def f():\n    a = 1\n\n    b = 1\n    return a\n"


def test_before_a_decorated_function() -> None:
    text = "d = 1\n\n\n@d\ndef f():\n    pass\n"
    assert rewritten(text, lambda code: code.rewrite.insert_before(code.statement("def f"), ["x = 1", "", ""])) == (
        "d = 1\n\n\nx = 1\n\n\n@d\ndef f():\n    pass\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if 1: x()\n", "if 1:\n    a()\n    x()\n    b()\n"),
        ("if 1: x(); y()\n", "if 1:\n    a()\n    x()\n    b()\n    y()\n"),
        ("x(); y()  # c\n", "a()\nx()\nb()\ny()  # c\n"),
        ("y(); x()  # c\n", "y()\na()\nx()  # c\nb()\n"),
        ("if 1:\n\tx()\n", "if 1:\n\ta()\n\tx()\n\tb()\n"),
        ("x()", "a()\nx()\nb()"),
    ],
)
def test_lines_around_a_statement_that_shares_its_line(before: str, after: str) -> None:
    def both(code: Code) -> None:
        code.rewrite.insert_before(code.statement("x()"), ["a()"])
        code.rewrite.insert_after(code.statement("x()"), ["b()"])

    head = "a = b = x = y = print\n"
    assert rewritten(head + before, both) == head + after


def test_lines_after_one_statement_come_before_lines_of_the_next() -> None:
    code = Code("x = 1\ny = 1\n")
    code.rewrite.insert_before(code.statement("y"), ["b = 1"])
    code.rewrite.insert_after(code.statement("x"), ["a = 1"])
    assert code.result == "x = 1\na = 1\nb = 1\ny = 1\n"


def test_lines_after_an_inner_statement_come_before_lines_after_the_outer() -> None:
    code = Code("if 1:\n    x = 1\n")
    code.rewrite.insert_after(code.statement("if"), ["b = 1"])
    code.rewrite.insert_after(code.statement("x"), ["a = 1"])
    assert code.result == "if 1:\n    x = 1\n    a = 1\nb = 1\n"


def test_wrap_moves_comments_but_no_strings() -> None:
    def wrap(code: Code) -> None:
        code.rewrite.wrap_in_with(code.statement("x = a"), code.statement("if x"), "with a:")

    body, _, end = FUNCTION.partition("    # first\n")[2].partition("    return")
    moved = (
        textwrap.indent(f"    # first\n{body}", "    ").replace("      text", "  text").replace('    """\n', '"""\n')
    )
    assert rewritten(FUNCTION, wrap) == f'def f(a):\n    """Doc."""\n    with a:\n{moved}    return{end}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if 1:\n\tx()\n", "if 1:\n\twith x:\n\t\tx()\n"),
        ("if 1:\n  x()\n", "if 1:\n  with x:\n    x()\n"),
        ("if 1: x()\n", "if 1:\n    with x:\n        x()\n"),
        ("x(\n  1,\n)\n", "with x:\n    x(\n      1,\n    )\n"),
        ("x(1, \\\n  2)\n", "with x:\n    x(1, \\\n      2)\n"),
        ("x()", "with x:\n    x()"),
    ],
)
def test_wrap_follows_the_indentation_of_the_file(before: str, after: str) -> None:
    assert (
        rewritten(
            f"x = print\n{before}",
            lambda code: code.rewrite.wrap_in_with(code.statement("x("), code.statement("x("), "with x:"),
        )
        == f"x = print\n{after}"
    )


def test_what_is_inside_a_wrap_moves_along() -> None:
    text = "c = print\nif c:\n    c.run(\n        1,\n    )\n"
    code = Code(text)
    call = code.statement("c.run")
    code.rewrite.add_keyword(call, "k=2")
    code.rewrite.wrap_in_with(call, call, "with c.begin():")
    code.rewrite.wrap_in_with(code.statement("if c"), code.statement("if c"), "with c:")
    code.rewrite.insert_before(call, ["above()".replace("above", "c")])
    code.rewrite.insert_after(call, ["if c:", "    c(2)"])
    assert code.result == textwrap.dedent(
        """\
        c = print
        with c:
            if c:
                c()
                with c.begin():
                    c.run(
                        1,
                        k=2,
                    )
                if c:
                    c(2)
        """
    )


def test_statements_of_two_blocks_cannot_be_wrapped() -> None:
    code = Code("if 1:\n    x = 1\ny = 1\n")
    code.rewrite.wrap_in_with(code.statement("x"), code.statement("y"), "with x:")
    with pytest.raises(FixImpossible):
        code.rewrite.edits()


def test_wraps_that_cross_are_refused() -> None:
    code = Code("x = 1\ny = 1\nz = 1\n")
    code.rewrite.wrap_in_with(code.statement("x"), code.statement("y"), "with x:")
    code.rewrite.wrap_in_with(code.statement("y"), code.statement("z"), "with x:")
    with pytest.raises(FixImpossible):
        code.rewrite.edits()


BODY = "import os\n\n\ndef f():\n    a = 1\n\n    b = 1  # b\n\n    # about c\n    c = 1\n    return 1\n\n\nx = 1\n"


@pytest.mark.parametrize(
    ("gone", "after"),
    [
        (["a ="], BODY.replace("    a = 1\n\n", "")),
        (["b ="], BODY.replace("    b = 1  # b\n\n", "")),
        (["a =", "b ="], BODY.replace("    a = 1\n\n    b = 1  # b\n\n", "")),
        (["c ="], BODY.replace("    c = 1\n", "")),
        (["return"], BODY.replace("    return 1\n", "")),
        (["import"], BODY.replace("import os\n\n\n", "")),
        (["def f"], "import os\n\n\nx = 1\n"),
        (["x ="], BODY.replace("\n\n\nx = 1", "")),
        (["a =", "b =", "c =", "return"], "import os\n\n\ndef f():\n\n    # about c\n    pass\n\n\nx = 1\n"),
    ],
)
def test_delete(gone: list[str], after: str) -> None:
    code = Code(BODY)
    for each in gone:
        code.rewrite.delete_statement(code.statement(each))
    assert code.result == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1; y = 2\n", "y = 2\n"),
        ("y = 2; x = 1  # why\n", "y = 2  # why\n"),
        ("if 1: x = 1\n", "if 1: pass\n"),
        ("if 1: x = 1; y = 2\n", "if 1: y = 2\n"),
        ("x = 1", ""),
    ],
)
def test_delete_on_a_shared_line(before: str, after: str) -> None:
    assert rewritten(before, lambda code: code.rewrite.delete_statement(code.statement("x = 1"))) == after


def test_a_statement_that_goes_leaves_the_lines_put_around_it() -> None:
    code = Code("if 1:\n    x = 1\n")
    code.rewrite.delete_statement(code.statement("x"))
    code.rewrite.insert_before(code.statement("x"), ["a = 1"])
    code.rewrite.insert_after(code.statement("x"), ["b = 1"])
    assert code.result == "if 1:\n    a = 1\n    b = 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "call()\n"),
        ("x = 1\n", "x = 1\n\n\ncall()\n"),
        ("x = 1", "x = 1\n\n\ncall()\n"),
        ("x = 1\n\n\n\n", "x = 1\n\n\n\ncall()\n"),
        ("x = 1\n# end\n", "x = 1\n# end\n\n\ncall()\n"),
    ],
)
def test_append_to_module(before: str, after: str) -> None:
    head = "from os import *\n" if before else ""
    after = after.replace("call", "print")
    assert rewritten(head + before, lambda code: code.rewrite.append_to_module(["print()"])) == head + after
