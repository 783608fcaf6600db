from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.findings import Span
from alembic_vet.source.file import SourceFile
from alembic_vet.source.suppressions import Suppressions, suppressions


def file(text: str, name: str = "env.py") -> SourceFile:
    return SourceFile(Path("/project") / name, text.encode())


def silenced(text: str, name: str = "env.py", rule: str = "a") -> list[int]:
    """The lines where a finding of a rule is silenced."""
    source = file(text, name)
    found = suppressions(source)
    return [line for line in range(1, len(source.lines) + 1) if found.match(rule, line)]


def only(text: str, name: str = "env.py") -> tuple[SourceFile, Suppressions]:
    source = file(text, name)
    found = suppressions(source)
    assert len(found.found) == 1
    return source, found


def without(text: str, span: Span, replacement: str = "") -> str:
    source = file(text)
    start, end = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
    return text[:start] + replacement + text[end:]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("x = 1\ny = 2  # alembic-vet: ignore[a]\nz = 3\n", [2], id="behind a statement"),
        pytest.param("x = 1\n# alembic-vet: ignore[a]\ny = 2\nz = 3\n", [2, 3], id="above a statement"),
        pytest.param("# alembic-vet: ignore[a]\n\nx = 1\n", [1], id="a blank line parts it from the statement"),
        pytest.param("# alembic-vet: ignore[b]\n# alembic-vet: ignore[a]\nx = 1\n", [2, 3], id="stacked, last"),
        pytest.param("# alembic-vet: ignore[a]\n# why\n# alembic-vet: ignore[b]\nx = 1\n", [1, 2, 3, 4], id="stacked"),
        pytest.param("x(  # alembic-vet: ignore[a]\n    1,\n)\ny\n", [1, 2, 3], id="first line of a statement"),
        pytest.param("w\nx(\n    1,\n)  # alembic-vet: ignore[a]\ny\n", [2, 3, 4], id="last line of a statement"),
        pytest.param("x(\n    1,  # alembic-vet: ignore[a]\n    2,\n)\n", [2], id="line inside a statement"),
        pytest.param("x(\n    # alembic-vet: ignore[a]\n    1,\n    2,\n)\n", [2, 3], id="above a line inside"),
        pytest.param("# alembic-vet: ignore[a]\nx(\n    1,\n)\ny\n", [1, 2, 3, 4], id="above a long statement"),
        pytest.param("def f(\n    x,\n):  # alembic-vet: ignore[a]\n    pass\n", [1, 2, 3], id="header, not body"),
        pytest.param("# alembic-vet: ignore[a]\n@b\n@c(\n1)\ndef f():\n    pass\n", [1, 2, 3, 4, 5], id="decorated"),
        pytest.param("if x:\n    # alembic-vet: ignore[a]\n    y\n    z\n", [2, 3], id="indented"),
        pytest.param("x = '''\n# alembic-vet: ignore[a]\n'''\ny = '# alembic-vet: ignore[a]'\n", [], id="in strings"),
        pytest.param("x = 1\n# alembic-vet: ignore-file[a] generated\n", [1, 2, 3], id="whole file"),
        pytest.param("x\n# alembic-vet: ignore\ny\n", [2, 3], id="no names"),
        pytest.param("x  # alembic-vet: ignore-file\ny\n", [1, 2, 3], id="whole file, no names"),
        pytest.param("x  # alembic-vet: ignore[b]\n", [], id="another rule"),
        pytest.param("x  #alembic-vet:ignore[ b ,a ]why\n", [], id="reason without a blank"),
        pytest.param("x  #alembic-vet:ignore[ b ,a ] why\n", [1], id="blanks do not matter"),
        pytest.param("x  # noqa: F401  # alembic-vet: ignore[a]\n", [1], id="behind another comment"),
        pytest.param("x  # alembic-vet: ignore[a]  # noqa: F401\n", [1], id="before another comment"),
        pytest.param("x  # see alembic-vet: ignore[a]\n", [], id="prose"),
        pytest.param("x  # alembic-vet: ignored[a]\n", [], id="other verb"),
        pytest.param("x  # alembic-vet: ignore[]\n", [], id="empty list"),
        pytest.param("x = (\n# alembic-vet: ignore-file[a]\n", [], id="does not tokenize"),
        pytest.param("  x\n y  # alembic-vet: ignore[a]\n", [], id="bad indentation"),
        pytest.param("é = 'ü'\t# alembic-vet: ignore[a]\r\ny\r\n", [1], id="tabs, Windows newlines"),
        pytest.param("x\n# alembic-vet: ignore[a]", [2], id="nothing below"),
        pytest.param("\n\n# alembic-vet: ignore[a]\n    \nx", [3], id="blanks below"),
    ],
)
def test_python(text: str, lines: list[int]) -> None:
    assert silenced(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("[alembic]\n# alembic-vet: ignore[a]\nurl = x\ny = z\n", [2, 3], id="hash"),
        pytest.param("[alembic]\n; alembic-vet: ignore[a] why\nurl = x\ny = z\n", [2, 3], id="semicolon"),
        pytest.param("[alembic]\n  # alembic-vet: ignore[a]\nurl =\n  x\n  y\nz = 1\n", [2, 3, 4, 5], id="long value"),
        pytest.param("[alembic]\nurl =\n  x\n  # alembic-vet: ignore[a]\n  y\n  z\n", [4, 5], id="in a long value"),
        pytest.param("url = x  # alembic-vet: ignore[a]\n", [], id="part of the value"),
        pytest.param("# alembic-vet: ignore-file[a]\n[alembic]\n", [1, 2, 3], id="whole file"),
        pytest.param("# alembic-vet: ignore[a]\n[alembic]\nx = 1\n", [1, 2], id="section"),
    ],
)
@pytest.mark.parametrize("name", ["alembic.ini", "setup.cfg"])
def test_ini(text: str, lines: list[int], name: str) -> None:
    assert silenced(text, name) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("a = 1\nb = 2  # alembic-vet: ignore[a]\n", [2], id="behind a value"),
        pytest.param("# alembic-vet: ignore[a]\nb = [\n  1,\n]\nc = 1\n", [1, 2, 3, 4], id="above an array"),
        pytest.param("b = [\n  1,\n]  # alembic-vet: ignore[a]\nc = 1\n", [1, 2, 3], id="behind an array"),
        pytest.param("b = [\n  1,  # alembic-vet: ignore[a]\n  2\n]\n", [2], id="in an array"),
        pytest.param("[t]  # alembic-vet: ignore[a]\nb = 1\n", [1], id="table"),
        pytest.param('b = "# alembic-vet: ignore[a]"\n', [], id="in a string"),
        pytest.param("b = '# alembic-vet: ignore[a]' \n", [], id="in a literal string"),
        pytest.param('b = """\n# alembic-vet: ignore[a]\n"""\nc = 1\n', [], id="in a long string"),
        pytest.param("b = '''\n[ # alembic-vet: ignore[a]\n'''\nc = 1 # alembic-vet: ignore[a]\n", [4], id="after one"),
        pytest.param('b = "\\"[" # alembic-vet: ignore[a]\nc = 1\n', [1], id="escapes"),
    ],
)
def test_toml(text: str, lines: list[int]) -> None:
    assert silenced(text, "pyproject.toml") == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("## alembic-vet: ignore[a]\n${imports}\n  x\n", [1, 2]),
        ("# alembic-vet: ignore[a]\n${imports}\n", []),
        ("## alembic-vet: ignore-file\n${imports}\n", [1, 2, 3]),
    ],
)
def test_mako(text: str, lines: list[int]) -> None:
    assert silenced(text, "script.py.mako") == lines


def test_a_finding_of_several_lines_is_silenced_at_its_first() -> None:
    found = suppressions(file("def f():\n    # alembic-vet: ignore[a]\n    x\n    y\n"))
    assert found.match("a", Span(3, 5, 4, 6))
    assert not found.match("a", Span(1, 1, 4, 6))


def test_the_most_precise_one_answers() -> None:
    text = "# alembic-vet: ignore-file\n# alembic-vet: ignore\nx(  # alembic-vet: ignore[a] why not\n)\n"
    found = suppressions(file(text))
    match = found.match("a", 3)
    assert match is not None
    assert (match.names, match.reason, match.lines) == (("a",), "why not", (3, 4))
    other = found.match("b", 3)
    assert other is not None
    assert other.lines == (2, 4)


def test_unused() -> None:
    text = "x  # alembic-vet: ignore[a, b, a]\ny  # alembic-vet: ignore\nz  # alembic-vet: ignore[c]\n"
    found = suppressions(file(text))
    first, bare, last = found.found
    assert list(found.unused()) == [(first, ("a", "b")), (bare, ()), (last, ("c",))]
    for rule, line in (("a", 1), ("q", 2), ("c", 3), ("d", 3)):
        found.match(rule, line)
    assert list(found.unused()) == [(first, ("b",))]


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("x  # alembic-vet: ignore[a, b,c] why\n", ["b"], "x  # alembic-vet: ignore[a, c] why\n"),
        ("x  # alembic-vet: ignore[ a,b,c ]\n", ["a", "b"], "x  # alembic-vet: ignore[c]\n"),
        ("x  # alembic-vet: ignore[a, b] why\ny\n", ["a", "b"], "x\ny\n"),
        ("w\n    # alembic-vet: ignore[a] why\ny\n", ["a"], "w\ny\n"),
        ("w\n# alembic-vet: ignore\ny\n", [], "w\ny\n"),
        ("w\n# alembic-vet: ignore[a]", ["a"], "w"),
        ("# alembic-vet: ignore[a]", ["a"], ""),
        ("x  # noqa: F401  # alembic-vet: ignore[a] why\n", ["a"], "x  # noqa: F401\n"),
        ("x  # alembic-vet: ignore[a] why # 2  # noqa: F401\n", ["a"], "x  # 2  # noqa: F401\n"),
        ("x  # alembic-vet: ignore[a] why #2  # noqa: F401\n", ["a"], "x  # noqa: F401\n"),
        ("# alembic-vet: ignore[a] # type: ignore\ny\n", ["a"], "# type: ignore\ny\n"),
    ],
)
def test_taking_names_out(text: str, names: list[str], left: str) -> None:
    _, found = only(text)
    assert without(text, *found.found[0].without(names)) == left


@pytest.mark.parametrize(
    "comment", ["alembic-vet: ignroe[a]", "alembic-vet: ignore[a", "alembic-vet: ignore[ ]", "alembic-vet:"]
)
def test_malformed(comment: str) -> None:
    source = file(f"x  # {comment}\n")
    found = suppressions(source)
    assert not found.found
    assert [source.slice(span) for span in found.malformed] == [f"# {comment}"]


def test_the_span_is_the_comment() -> None:
    source, found = only("é = 1  # noqa # alembic-vet: ignore[a] why  # type: ignore\n")
    assert source.slice(found.found[0].span) == "# alembic-vet: ignore[a] why"


def test_a_file_without_the_marker_is_not_read_further() -> None:
    source = SourceFile(Path("/project/env.py"), b"\xff\xfe not even text (")
    assert suppressions(source).found == ()
    assert "text" not in vars(source)
