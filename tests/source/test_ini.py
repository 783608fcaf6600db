"""Ini files: values as `configparser` has them, every option at the position where it is written."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_vet.source.file import SourceFile
from alembic_vet.source.ini import IniError, IniFile

ROOT = Path(__file__).parents[2]


def ini(text: str | bytes, **defaults: str) -> IniFile:
    data = text if isinstance(text, bytes) else text.encode()
    return IniFile(SourceFile(Path("/project/alembic.ini"), data), defaults)


def written(file: IniFile, section: str, name: str) -> tuple[str, str]:
    option = file.options(section)[name]
    return file.file.slice(option.name_span), file.file.slice(option.span)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[alembic]\nurl = sqlite://\n", ("url", "sqlite://"), id="plain"),
        pytest.param("[alembic]\nurl=sqlite://", ("url", "sqlite://"), id="no-spaces-no-newline"),
        pytest.param("[alembic]\nurl : sqlite://\n", ("url", "sqlite://"), id="colon"),
        pytest.param("[alembic]\n  url = a \t\n", ("url", "a"), id="indented-with-trailing-space"),
        pytest.param("[alembic]\nURL = a\n", ("URL", "a"), id="upper-case-name"),
        pytest.param("[alembic]\nurl = a = b : c # d\n", ("url", "a = b : c # d"), id="no-inline-comment"),
        pytest.param("[alembic]\nurl =\n", ("url", ""), id="empty"),
        pytest.param("[alembic]\nurl =\n  a\n\n  b\n\n[x]\n", ("url", "\n  a\n\n  b"), id="several-lines"),
        pytest.param("[alembic]\nurl = a\n  # no\n  b\nx = 1\n", ("url", "a\n  # no\n  b"), id="comment-between"),
        pytest.param("[alembic]\nurl = a\n  # no\nx = 1\n", ("url", "a"), id="indented-comment-after"),
        pytest.param("[alembic]\r\nurl = a\r\n  b\r\n", ("url", "a\n  b"), id="crlf"),
        pytest.param("[alembic]\nürl = ä\nurl = ö€𝄞\n", ("url", "ö€𝄞"), id="columns-count-characters"),
        pytest.param("[DEFAULT]\nurl = a\n[alembic]\nx = 1\n", ("url", "a"), id="inherited"),
        pytest.param("[DEFAULT]\nurl = a\n[alembic]\nurl = b\n", ("url", "b"), id="own-before-inherited"),
        pytest.param("[alembic]\nx = 1\n[other]\nurl = a\n[b]\n", None, id="of-another-section"),
    ],
)
def test_positions(text: str, expected: tuple[str, str] | None) -> None:
    file = ini(text)
    if expected is None:
        assert "url" not in file.options("alembic")
    else:
        assert written(file, "alembic", "url") == expected


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("%(here)s/alembic", "/project/alembic"),
        ("a%%b", "a%b"),
        ("100%", None),
        ("%(nothing)s", None),
        ("%(HERE)s", "/project"),
        ("%(loop)s", None),
        ("%(here)d", None),
    ],
)
def test_interpolation(raw: str, value: str | None) -> None:
    option = ini(f"[alembic]\nx = {raw}\nloop = %(loop)s\n", here="/project").options("alembic")["x"]
    assert (option.raw, option.value) == (raw, value)


def test_what_is_not_written_is_no_option() -> None:
    assert set(ini("[alembic]\nx = 1\n", here="/project").options("alembic")) == {"x"}


def test_sections() -> None:
    file = ini("[DEFAULT]\na = 1\n; c\n[alembic] tail\nb = 1\n  [not a section]\n[loggers]\n")
    assert [(name, file.file.slice(span)) for name, span in file.sections.items()] == [
        ("alembic", "[alembic] tail"),
        ("loggers", "[loggers]"),
    ]
    assert file.own("DEFAULT") == {"a"}
    assert file.own("alembic") == {"b"}
    assert file.options("missing") == {}


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        pytest.param(b"\xef\xbb\xbf[alembic]\nx = 1\n", 1, 1, "byte order mark", id="bom"),
        pytest.param(b"# ok\nx = 1\n[alembic]\n", 2, 1, "in front of the first section", id="no-section"),
        pytest.param(b"[alembic]\nx = 1\n  key\nno value\n", 4, 1, "neither a section", id="no-value"),
        pytest.param(b"[alembic]\nx = 1\nX = 2\n", 3, 1, "`x` exists twice in section `alembic`", id="option-twice"),
        pytest.param(b"[alembic]\n[b]\n  [alembic]\n", 3, 3, "section `alembic` exists twice", id="section-twice"),
        pytest.param(b"[alembic]\r\n= 1\r\n", 2, 1, "neither a section", id="no-name"),
        pytest.param("[alembic]\n# é\r\nä = ".encode() + b"x\xe9\n", 3, 6, "not UTF-8", id="latin-1"),
        pytest.param(b"\xff\xfe[\x00", 1, 1, "not UTF-8", id="utf-16"),
    ],
)
def test_broken(data: bytes, line: int, column: int, message: str) -> None:
    with pytest.raises(IniError, match=message) as caught:
        ini(data)
    assert (caught.value.location.span.line, caught.value.location.span.column) == (line, column)


LINES = st.sampled_from(
    [
        "", "  ", "# c", "  ; c", "[alembic]", "[b]", "[DEFAULT]", " [alembic] x", "a = 1", "A: %(b)s", "b =", "  b = 2",
        "    deep = 3", "\tc", "d", "e = %%", "= x", "x[y] = [z]", "f = 1 ; no", "   - g", "h == 1", "é\u00a0= ü",
        "i = \x0c1", "k\x0b= 1",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_agrees_with_configparser(text: str) -> None:
    parser = configparser.ConfigParser({"here": "/project"})
    try:
        parser.read_string(text)
    except configparser.Error:
        with pytest.raises(IniError):
            ini(text, here="/project")
        return
    file = ini(text, here="/project")
    assert list(file.sections) == parser.sections()
    for section in parser.sections():
        options = file.options(section)
        assert set(options) == set(parser.options(section)) - {"here"}
        for name, option in options.items():
            assert option.raw == parser.get(section, name, raw=True)
            assert file.file.slice(option.name_span).lower() == name
            assert _joined(file.file.slice(option.span)) == option.raw


def _joined(text: str) -> str:
    first, *lines = (line.strip() for line in text.split("\n"))
    return "\n".join((first, *(line for line in lines if not line.startswith(("#", ";")))))


INIS = sorted(path for folder in ("projects", "repos") for path in (ROOT / "fixtures" / folder).rglob("*.ini"))


@pytest.mark.parametrize("path", INIS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_option_of_the_fixtures_is_found(path: Path) -> None:
    file = IniFile(SourceFile(path), {"here": path.parent.as_posix()})
    for section in file.sections:
        for option in file.options(section).values():
            assert _joined(file.file.slice(option.span)) == option.raw
