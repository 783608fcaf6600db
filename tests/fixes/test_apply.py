"""Which fixes are applied, and what becomes of the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.findings import Edit, Finding, Fix, Location, Safety, Severity, Span
from alembic_vet.fixes.apply import Applied, apply
from alembic_vet.source.file import Sources
from tests.fixes.editing import PATH, Code

INI = PATH.with_name("alembic.ini")
TOML = PATH.with_name("pyproject.toml")


def finding(fix: Fix | None, line: int = 1, rule: str = "rule") -> Finding:
    return Finding(rule, "env", Severity.ERROR, "message", Location(PATH, Span(line, 1, line, 2)), (), fix)


def edit(line: int, column: int, end_line: int, end_column: int, text: str, path: Path = PATH) -> Edit:
    return Edit(path, Span(line, column, end_line, end_column), text)


def fix(*edits: Edit, safety: Safety = Safety.SAFE) -> Fix:
    return Fix("Do it", safety, edits)


def run(findings: list[Finding], files: dict[Path, bytes], allow: Safety = Safety.SAFE) -> Applied:
    return apply(findings, Sources(files), allow=allow)


@pytest.mark.parametrize(
    ("allow", "after"),
    [(Safety.SAFE, "A = 1\nb = 2\nc = 3\n"), (Safety.UNSAFE, "A = 1\nB = 2\nc = 3\n")],
)
def test_fixes_are_picked_by_safety(allow: Safety, after: str) -> None:
    findings = [
        finding(fix(edit(1, 1, 1, 2, "A")), 1),
        finding(fix(edit(2, 1, 2, 2, "B"), safety=Safety.UNSAFE), 2),
        finding(fix(edit(3, 1, 3, 2, "C"), safety=Safety.DISPLAY), 3),
        finding(None, 1),
    ]
    applied = run(findings, {PATH: b"a = 1\nb = 2\nc = 3\n"}, allow)
    assert [file.text for file in applied.files] == [after]
    assert list(applied.fixed) == findings[: 1 if allow is Safety.SAFE else 2]
    assert applied.dropped == ()


def test_overlapping_fixes_are_dropped_whole() -> None:
    one = finding(fix(edit(1, 1, 1, 6, "x = 9")), 1)
    two = finding(fix(edit(1, 5, 1, 6, "8"), edit(2, 1, 2, 2, "B")), 2)
    three = finding(fix(edit(3, 1, 3, 2, "C")), 3)
    applied = run([three, two, one], {PATH: b"a = 1\nb = 2\nc = 3\n"})
    assert applied.files[0].text == "x = 9\nb = 2\nC = 3\n"
    assert applied.fixed == (one, three)
    assert [(each.finding, each.reason) for each in applied.dropped] == [(two, "it overlaps another fix")]


def test_fixes_that_touch_are_a_conflict() -> None:
    one, two = finding(fix(edit(1, 1, 1, 1, "x")), 1), finding(fix(edit(1, 1, 1, 1, "y")), 2)
    applied = run([one, two], {PATH: b"a = 1\n"})
    assert (applied.fixed, applied.files[0].text) == ((one,), "xa = 1\n")


def test_the_same_fix_of_two_findings_is_applied_once() -> None:
    both = [finding(fix(edit(1, 1, 1, 1, "x")), line) for line in (1, 2)]
    applied = run(both, {PATH: b"a = 1\n"})
    assert (list(applied.fixed), applied.files[0].text) == (both, "xa = 1\n")


def test_fixes_share_the_import_that_both_need() -> None:
    text = "from sqlalchemy import create_engine\n\na = create_engine()\nb = create_engine()\n"
    findings = []
    for line in (3, 4):
        code = Code(text)
        call = Span(line, 5, line, 20)
        code.rewrite.add_keyword(call, f"poolclass={code.rewrite.name_for('sqlalchemy.pool.NullPool')}")
        findings.append(finding(code.rewrite.fix("Add it", Safety.SAFE), line))
    applied = run(findings, {PATH: text.encode()})
    assert applied.fixed == tuple(findings)
    assert applied.files[0].text == (
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\n"
        "a = create_engine(poolclass=NullPool)\nb = create_engine(poolclass=NullPool)\n"
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "from sqlalchemy import Index\n\nx = Index\n",
            "from sqlalchemy import Index, MetaData, Table\n\nx = Index\n",
        ),
        (
            "from sqlalchemy import text\nfrom sqlalchemy import and_\n",
            "from sqlalchemy import text\nfrom sqlalchemy import and_\n"
            "from sqlalchemy import MetaData\nfrom sqlalchemy import Table\n",
        ),
    ],
)
def test_fixes_add_different_imports_in_one_place(text: str, after: str) -> None:
    findings = []
    for line, name in enumerate(("Table", "MetaData"), 1):
        code = Code(text)
        code.rewrite.name_for(f"sqlalchemy.{name}")
        findings.append(finding(code.rewrite.fix("Add it", Safety.SAFE), line))
    for order in (findings, findings[::-1]):
        applied = run(order, {PATH: text.encode()})
        assert (applied.files[0].text, applied.dropped) == (after, ())


def test_an_import_and_another_line_in_one_place_are_a_conflict() -> None:
    """The line may well use what the import brings, and must not come before it."""
    text = "from alembic import op\n\nx = 1\n"
    first, second = Code(text), Code(text)
    first.rewrite.add_import("from alembic.op import execute")
    second.rewrite.insert_after(second.statement("from"), ["config = 1"])
    findings = [finding(each.rewrite.fix("Add it", Safety.SAFE), line) for line, each in enumerate((first, second), 1)]
    applied = run(findings, {PATH: text.encode()})
    assert [each.finding for each in applied.dropped] == [findings[1]]


def test_two_wraps_of_one_statement_are_a_conflict() -> None:
    text = "x = print\nx(\n    1,\n)\n"
    findings = []
    for line in (1, 2):
        code = Code(text)
        code.rewrite.wrap_in_with(code.statement("x("), code.statement("x("), f"with x({line}):")
        findings.append(finding(code.rewrite.fix("Wrap it", Safety.SAFE), line))
    applied = run(findings, {PATH: text.encode()})
    assert applied.files[0].text == "x = print\nwith x(1):\n    x(\n        1,\n    )\n"
    assert [each.finding for each in applied.dropped] == [findings[1]]


@pytest.mark.parametrize("wrap_first", [True, False])
def test_a_line_put_among_lines_that_are_indented_is_a_conflict(wrap_first: bool) -> None:
    """It would keep its old indentation, and so end a block too early without a syntax error."""
    text = "x = print\nif x:\n    x(1)\nx(2)\n"
    wrap, insert = Code(text), Code(text)
    wrap.rewrite.wrap_in_with(wrap.statement("if"), wrap.statement("x(2)"), "with x:")
    insert.rewrite.insert_after(insert.statement("x(1)"), ["x(3)"])
    pair = [each.rewrite.fix("Do it", Safety.SAFE) for each in (wrap, insert)]
    findings = [finding(each, line) for line, each in enumerate(pair if wrap_first else pair[::-1], 1)]
    applied = run(findings, {PATH: text.encode()})
    assert applied.fixed == (findings[0],)
    assert [each.finding for each in applied.dropped] == [findings[1]]


@pytest.mark.parametrize(
    ("path", "data", "bad", "reason"),
    [
        (PATH, b"a = 1\nb = 2\n", edit(1, 1, 1, 2, "("), "the result is not valid Python"),
        (PATH, b"a = 1\nb = 2\n", edit(1, 5, 1, 6, "unknown"), "nothing would define unknown"),
        (PATH, b"a = 1\nb = 2\n", edit(1, 1, 1, 6, "return"), "the result is not valid Python"),
        (TOML, b"a = 1\nb = 2\n", edit(1, 1, 1, 2, "["), "the result is not valid TOML"),
        (INI, b"[a]\nb = 2\n", edit(1, 1, 1, 2, ""), "the result is not a valid ini file"),
        (
            PATH,
            b"# coding: latin-1\nb = 2\n",
            edit(1, 1, 1, 1, "# \u20ac\n"),
            "its encoding, iso-8859-1, cannot hold the result",
        ),
        (PATH, b"b = 1\nb = 2\n", edit(9, 1, 9, 1, "x"), "env.py is not the file that the fix was made for"),
        (PATH, b"b = 1 # \xff\nb = 2\n", edit(2, 1, 2, 2, "x"), "env.py is not valid utf-8"),
    ],
)
def test_a_fix_that_breaks_the_file_is_dropped_alone(path: Path, data: bytes, bad: Edit, reason: str) -> None:
    bad = Edit(path, bad.span, bad.text)
    good = finding(fix(edit(2, 5, 2, 6, "3", path)), 2)
    broken = finding(fix(bad), 1)
    applied = run([broken, good], {path: data})
    assert (applied.dropped[0].finding, applied.dropped[0].reason) == (broken, reason)
    if "not valid utf-8" not in reason:
        assert applied.fixed == (good,)
        assert [file.data for file in applied.files] == [data.replace(b"2", b"3")]


def test_two_fixes_that_break_the_file_together() -> None:
    """Each is fine alone: one takes an import away, the other begins to use it."""
    text = b"import os\nx = 1\ny = 2\n"
    one = finding(fix(edit(1, 1, 2, 1, "")), 1)
    two = finding(fix(edit(3, 5, 3, 6, "os.sep")), 3)
    applied = run([one, two], {PATH: text})
    assert applied.fixed == (one,)
    assert applied.files[0].text == "x = 1\ny = 2\n"
    assert applied.dropped[0].reason == "nothing would define os"


def test_a_file_that_never_parsed_can_be_fixed() -> None:
    applied = run([finding(fix(edit(1, 5, 1, 5, "1")))], {PATH: b"a = \n"})
    assert applied.files[0].text == "a = 1\n"


def test_a_fix_of_several_files_is_applied_whole() -> None:
    both = finding(fix(edit(1, 1, 1, 2, "A"), edit(1, 1, 1, 2, "", INI)))
    applied = run([both], {PATH: b"a = 1\n", INI: b"[a]\n"})
    assert (applied.files, applied.fixed) == ((), ())


def test_a_missing_file_drops_the_fix(tmp_path: Path) -> None:
    gone = tmp_path / "env.py"
    applied = run([finding(fix(edit(1, 1, 1, 1, "x", gone)))], {})
    assert applied.dropped[0].reason == "env.py cannot be read: No such file or directory"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_newlines_and_byte_order_mark_stay(newline: bytes, mark: bytes) -> None:
    text = mark + newline.join([b"import os", b"x = 1", b"y = 2"])
    applied = run([finding(fix(edit(2, 1, 2, 2, "z = 0\nx")))], {PATH: text})
    assert applied.files[0].data == mark + newline.join([b"import os", b"z = 0", b"x = 1", b"y = 2"])


def test_a_fix_that_changes_nothing_changes_no_file() -> None:
    applied = run([finding(fix(edit(1, 1, 1, 2, "a")))], {PATH: b"a = 1\n"})
    assert applied.files == ()
