"""Trailing comments."""

from __future__ import annotations

import pytest

from alembic_vet.fixes.build import FixImpossible
from tests.fixes.editing import Code, rewritten


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import a", "import a  # noqa: F401"),
        ("import a   ", "import a  # noqa: F401"),
        ("import a  # noqa: E402", "import a  # noqa: E402, F401"),
        ("import a  # noqa:E402", "import a  # noqa:E402, F401"),
        ("import a  # noqa: E402, E501 because", "import a  # noqa: E402, E501, F401 because"),
        ("import a  # NOQA: F401", "import a  # NOQA: F401"),
        ("import a  # noqa", "import a  # noqa"),
        ("import a  # models", "import a  # models  # noqa: F401"),
        ("import a  # type: ignore", "import a  # type: ignore  # noqa: F401"),
        ("import a  # isort:skip  # noqa: E402", "import a  # isort:skip  # noqa: E402, F401"),
        ("import a; x = '#'", "import a; x = '#'  # noqa: F401"),
    ],
)
def test_noqa_joins_what_is_there(before: str, after: str) -> None:
    assert rewritten(f"{before}\n", lambda code: code.rewrite.comment(1, "noqa: F401")) == f"{after}\n"


def test_two_remarks_on_a_line() -> None:
    code = Code("import a\n")
    for each in ("noqa: F401", "# noqa: E402", "type: ignore"):
        code.rewrite.comment(1, each)
    assert code.result == "import a  # noqa: F401, E402  # type: ignore\n"


@pytest.mark.parametrize("text", ['x = """\n"""\n', "x = 1 + \\\n  1\n"])
def test_a_line_that_can_have_no_comment_is_refused(text: str) -> None:
    code = Code(text)
    code.rewrite.comment(1, "noqa")
    with pytest.raises(FixImpossible):
        code.rewrite.edits()


def test_other_changes_on_the_line_go_in_front() -> None:
    code = Code("f = print\nf(1)\n")
    code.rewrite.comment(2, "why")
    code.rewrite.append(code.expression("f(1)"), ".x")
    code.rewrite.insert_after(code.statement("f(1)"), ["f(2)"])
    assert code.result == "f = print\nf(1).x  # why\nf(2)\n"
