from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alembic_vet.findings import Edit, Finding, Fix, Location, Related, Report, Safety, Severity, Span, Summary
from alembic_vet.report import render
from alembic_vet.report.context import RenderContext
from tests.report.project import CALL, NAME, REPORT, ROOT, URL, context, finding, location


def full(*findings: Finding, shown: RenderContext) -> str:
    """The findings without the closing lines."""
    return render("full", Report(findings=findings), replace(shown, verbosity="quiet"))


def marked(text: str, part: str, width: int = 100) -> list[str]:
    """What is drawn below the headline for a finding on a part of a file."""
    shown = full(finding(location("a.py", text, part)), shown=context({"a.py": text}, width=width))
    return shown.splitlines()[1:-1]


def test_the_whole_report() -> None:
    assert render("full", REPORT, context()) == (
        "alembic/env.py:4:19: error[sync-engine-for-async-url] the engine is synchronous, `asyncpg` is not: 100%\n"
        "3 |   def run():\n"
        "4 | /     connectable = engine_from_config(\n"
        '5 | |         config.get_section("alembic"),\n'
        '6 | |         prefix="sqlalchemy.",\n'
        "7 | |     )\n"
        "  | |_____^\n"
        "8 |       return connectable\n"
        " --> alembic.ini:3:18: the URL is set here\n"
        "3 | sqlalchemy.url = postgresql+asyncpg://localhost/app\n"
        "  |                  ------------------\n"
        "  = fix (unsafe): Make the engine async\n"
        "\n"
        "alembic/env.py:4:5: info[missing-null-pool] it keeps a pool\n"
        "3 | def run():\n"
        "4 |     connectable = engine_from_config(\n"
        "  |     ^^^^^^^^^^^\n"
        '5 |         config.get_section("alembic"),\n'
        "  = fix (safe): Double it\n"
        "\n"
        "alembic.ini:3:18: warning[url] odd\n"
        "2 | script_location = %(here)s/alembic\n"
        "3 | sqlalchemy.url = postgresql+asyncpg://localhost/app\n"
        "  |                  ^^^^^^^^^^^^^^^^^^\n"
        "  = fix (display): Think\n"
        "\n"
        "Found: 1 error, 1 warning, 1 info (1 fixable with --fix, 1 more with --unsafe-fixes).\n"
    )


def test_colours_change_nothing_else() -> None:
    colored = render("full", REPORT, context(color=True))
    assert re.sub(r"\x1b\[\d+m", "", colored) == render("full", REPORT, context())
    assert "\x1b[31m\x1b[1merror\x1b[0m\x1b[31m[sync-engine-for-async-url]\x1b[0m" in colored


def test_verbose_shows_what_a_fix_changes() -> None:
    safe = REPORT.findings[1]
    shown = render("full", Report(findings=(safe,)), context(verbosity="verbose"))
    assert "    --- a/alembic.ini\n" in shown
    assert "    -sqlalchemy.url = postgresql+asyncpg://localhost/app\n" in shown
    assert "    +sqlalchemy.url = xpostgresql+asyncpg://localhost/app\n" in shown
    assert "    --- a/alembic/env.py\n" in shown
    assert "    +     = engine_from_config(\n" in shown


def test_tabs_and_wide_characters_keep_the_mark_in_place() -> None:
    assert marked('\tx = "名前" + bad\n', "bad") == [
        '1 |     x = "名前" + bad',
        "  |                  ^^^",
    ]
    assert marked('x\ty = "名前"\n', '"名前"') == [
        '1 | x   y = "名前"',
        "  |         ^^^^^^",
    ]
    assert marked('x = "e\u0301" + bad\n', "bad")[1] == "  |           ^^^"


def test_a_point_is_one_mark_wide() -> None:
    shown = full(finding(Location(ROOT / "a.py", Span.empty(1, 4))), shown=context({"a.py": "abc"}))
    assert shown.splitlines()[1:-1] == ["1 | abc", "  |    ^"]


@pytest.mark.parametrize("column", [1, 150, 300])
def test_a_long_line_is_clipped_around_the_mark(column: int) -> None:
    text = "a" * (column - 1) + "bad" + "c" * (302 - column) + "\n"
    line, mark = marked(text, "bad", width=80)
    assert len(line) <= 80
    assert line[mark.index("^") : mark.index("^") + 3] == "bad"
    assert line.count("...") == (column > 1) + (column < 300)


def test_a_mark_longer_than_the_terminal_ends_with_it() -> None:
    line, mark = marked("x = " + "a" * 200 + "\n", "a" * 200, width=60)
    assert len(line) == len(mark) == 60


def test_clipping_does_not_cut_a_wide_character_in_half() -> None:
    for filler in ("", "x"):
        line, mark = marked(filler + "名" * 100 + "bad" + "前" * 100 + "\n", "bad", width=80)
        width = sum(2 if char in "名前" else 1 for char in line)
        assert width <= 80
        before = line[: line.index("bad")]
        assert sum(2 if char in "名前" else 1 for char in before) == mark.index("^")


def test_what_would_drive_the_terminal_is_replaced() -> None:
    place = location("a.py", "x = '\x1b[2J' + bad\n", "bad")
    shown = full(finding(place, "odd \x1b[2J\nmessage"), shown=context({"a.py": "x = '\x1b[2J' + bad\n"}))
    assert "\x1b" not in shown
    assert "error[some-rule] odd  [2J message\n1 | x = '\N{REPLACEMENT CHARACTER}[2J' + bad\n" in shown


def test_many_lines_are_cut_in_the_middle() -> None:
    text = "".join(f"line_{number}\n" for number in range(1, 21))
    place = Location(ROOT / "a.py", Span(2, 1, 19, 8))
    assert full(finding(place), shown=context({"a.py": text})).splitlines()[1:-1] == [
        " 1 |   line_1",
        " 2 | / line_2",
        " 3 | | line_3",
        " 4 | | line_4",
        " 5 | | line_5",
        ".. | |",
        "19 | | line_19",
        "   | |_______^",
        "20 |   line_20",
    ]


def test_blank_lines_at_the_end_of_a_range_are_left_out() -> None:
    shown = context({"a.py": "x\n\n    \ny\n"})
    one = full(finding(Location(ROOT / "a.py", Span(1, 1, 4, 1))), shown=shown)
    assert one.splitlines()[1:-1] == ["1 | x", "  | ^"]


@pytest.mark.parametrize("span", [Span(9, 1, 9, 2), Span(1, 1, 9, 1)])
def test_lines_that_are_not_there_are_not_shown(span: Span) -> None:
    shown = full(finding(Location(ROOT / "a.py", span)), shown=context({"a.py": "x\n"}))
    assert shown == f"a.py:{span.line}:1: error[some-rule] it fails\n\n"


def test_a_file_that_cannot_be_read_shows_its_headline() -> None:
    fix = Fix("Do", Safety.SAFE, (Edit(ROOT / "gone.py", Span.empty(1, 1), "x"),))
    lost = replace(finding(Location(ROOT / "gone.py", Span(1, 1, 1, 2))), fix=fix)
    assert render("full", Report(findings=(lost,)), context(verbosity="verbose")).startswith(
        "gone.py:1:1: error[some-rule] it fails\n  = fix (safe): Do\n\n"
    )


def test_numbers_of_all_lines_of_a_finding_are_as_wide_as_the_widest() -> None:
    text = "x\n" * 120
    related = Related(Location(ROOT / "a.py", Span(110, 1, 110, 2)), "there")
    shown = full(
        replace(finding(Location(ROOT / "a.py", Span(2, 1, 2, 2))), related=(related,)), shown=context({"a.py": text})
    )
    assert shown.splitlines()[1:-1] == [
        "  1 | x",
        "  2 | x",
        "    | ^",
        "  3 | x",
        "   --> a.py:110:1: there",
        "110 | x",
        "    | -",
    ]


SAFE, UNSAFE, INFO = (
    Finding("a", "f", Severity.ERROR, "m", URL, fix=Fix("t", Safety.SAFE, ())),
    Finding("b", "f", Severity.WARNING, "m", NAME, fix=Fix("t", Safety.UNSAFE, ())),
    Finding("c", "f", Severity.INFO, "m", CALL),
)
SEEN = Summary(environments=1, files=1, revisions=2)


@pytest.mark.parametrize(
    ("report", "fixing", "dry", "lines"),
    [
        (Report(), None, False, []),
        (
            Report(summary=replace(SEEN, files=0, revisions=0)),
            None,
            False,
            ["Nothing checked: no file of 1 environment is in these paths."],
        ),
        (Report(summary=SEEN), None, False, ["Nothing found in 1 environment with 1 file, 2 revisions among them."]),
        (Report(findings=(INFO,)), None, False, ["Found: 1 info."]),
        (Report(findings=(INFO, INFO)), None, False, ["Found: 2 info."]),
        (Report(findings=(SAFE, SAFE)), None, False, ["Found: 2 errors (2 fixable with --fix)."]),
        (Report(findings=(UNSAFE,)), None, False, ["Found: 1 warning (1 fixable with --fix --unsafe-fixes)."]),
        (Report(findings=(SAFE, UNSAFE)), Safety.SAFE, False,
         ["Found: 1 error, 1 warning (1 fixable with --fix --unsafe-fixes)."]),
        (Report(findings=(SAFE, UNSAFE)), Safety.UNSAFE, False, ["Found: 1 error, 1 warning."]),
        (Report(fixed=(SAFE, UNSAFE, SAFE), summary=SEEN, changed=((ROOT, b"", b"x"),)), Safety.UNSAFE, False,
         ["Fixed 3 findings in 1 file: a (2), b.", "Nothing is left in 1 environment with 1 file, 2 revisions among them."]),
        (Report(fixed=(SAFE,), findings=(INFO,), changed=((ROOT, b"", b"x"),)), Safety.SAFE, True,
         ["Would fix 1 finding in 1 file: a.", "Left: 1 info."]),
    ],
)  # fmt: skip
def test_closing_lines(report: Report, fixing: Safety | None, dry: bool, lines: list[str]) -> None:
    shown = render("statistics", report, context(fixing=fixing, dry=dry)).splitlines()
    assert shown[len({finding.rule for finding in report.findings}) :] == lines


def test_verbose_closing_says_what_was_checked() -> None:
    shown = render("concise", Report(findings=(INFO,), summary=SEEN), context(verbosity="verbose"))
    assert shown.endswith("Found: 1 info.\nChecked 1 environment with 1 file, 2 revisions among them.\n")


@given(
    text=st.text(st.sampled_from("ab \t\n名\u0301\x1b"), max_size=300),
    start=st.integers(0, 300),
    length=st.integers(0, 300),
    width=st.integers(20, 120),
)
def test_any_range_of_any_text_is_drawn_within_the_terminal(text: str, start: int, length: int, width: int) -> None:
    start = min(start, len(text))
    place = location("a.py", text, "") if not text else location_of(text, start, min(start + length, len(text)))
    shown = full(finding(place), shown=context({"a.py": text}, width=width))
    for line in shown.splitlines()[1:]:
        cells = sum(0 if char == "\u0301" else 2 if char == "名" else 1 for char in line)
        assert cells <= max(width, 50)


def location_of(text: str, start: int, end: int) -> Location:
    def position(index: int) -> tuple[int, int]:
        return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)

    return Location(ROOT / "a.py", Span(*position(start), *position(end)))
