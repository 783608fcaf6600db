"""TOML files: every key at the position where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.source.file import SourceFile
from alembic_vet.source.toml import TomlError, TomlFile, loads

ROOT = Path(__file__).parents[2]


def toml(text: str | bytes) -> TomlFile:
    return TomlFile(SourceFile(Path("/project/pyproject.toml"), text if isinstance(text, bytes) else text.encode()))


def written(file: TomlFile, *path: str) -> tuple[str, str]:
    key = file.key(*path)
    assert key is not None, path
    return file.file.slice(key.name), file.file.slice(key.value)


LOCATION = ("tool", "alembic", "script_location")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('[tool.alembic]\nscript_location = "a"\n', ("script_location", '"a"'), id="plain"),
        pytest.param("[ tool . 'alembic' ] # c\nscript_location='a'#b", ("script_location", "'a'"), id="odd-spaces"),
        pytest.param('[tool]\nalembic.script_location = "a"', ("alembic.script_location", '"a"'), id="dotted"),
        pytest.param('tool = {alembic = {script_location = "a"}}', ("script_location", '"a"'), id="inline"),
        pytest.param(
            'tool."alembic" . script_location = "a"', ('tool."alembic" . script_location', '"a"'), id="quoted"
        ),
        pytest.param(
            '[tool.alembic]\r\nx = """\r\n[y]"""\r\nscript_location = "ä"', ("script_location", '"ä"'), id="crlf"
        ),
        pytest.param(
            '[tool.alembic]\nscript_location = """a"""""', ("script_location", '"""a"""""'), id="quotes-at-the-end"
        ),
        pytest.param('[tool.alembic]\nx = "\\"["\nscript_location = ""', ("script_location", '""'), id="escaped-quote"),
    ],
)
def test_positions(text: str, expected: tuple[str, str]) -> None:
    assert written(toml(text), *LOCATION) == expected


def test_what_is_not_written_has_no_position() -> None:
    file = toml('[tool.alembic]\nx = "script_location"\n[tool.other]\nscript_location = 1\n')
    assert file.key(*LOCATION) is None
    assert file.table("tool", "alembic") == {"x": "script_location"}
    assert file.table("tool", "alembic", "x") is None
    assert file.table("tool", "nothing", "x") is None


EVERYTHING = '''\
title = "x" # c = 1
numbers = [1, +1.5e3, 0x1f, inf, -nan, 1979-05-27 07:32:00.5+01:00, 07:32:00, true,]
nested = [[1, [2]], [], ["]", '}', """
"]""", \'\'\'
\\\'\'\'], { a.b = 1, "c d" = { e = "=" } }]
a."b.c" = { x = 1.5, y = [ {z = 1979-05-27} ] }
"" = "empty name"
"é\\u00e9" = "𝄞"
-1_ = false

[tool.alembic]
script_location = "%(here)s/alembic"
prepend_sys_path = [ # c ]
    ".", # "not this",

    'src',
]

[[tool.alembic.post_write_hooks]]
name = "ruff"
[tool.alembic.post_write_hooks.sub]
k = """a ""\\""" """
[[tool.alembic.post_write_hooks.deep]]
k = 1
[[tool.alembic.post_write_hooks.deep]]
k = 2
[[tool.alembic.post_write_hooks]]
name = """\\
   b\\"lack"""

[tool]
other = 1
'''


def at(document: object, path: tuple[str, ...]) -> object:
    for name in path:
        match document:
            case list():
                document = document[int(name)]
            case dict():
                document = document[name]
    return document


def leaves(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    match value:
        case dict():
            return [leaf for name, item in value.items() for leaf in leaves(item, (*path, name))]
        case list():
            return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, str(index)))]
        case _:
            return [path]


TOMLS = [ROOT / "pyproject.toml", *sorted((ROOT / "fixtures").glob("*/*/pyproject.toml"))]


@pytest.mark.parametrize(
    "text",
    [EVERYTHING, EVERYTHING.replace("\n", "\r\n"), *(path.read_text(encoding="utf-8") for path in TOMLS)],
    ids=["everything", "crlf", *(str(path.relative_to(ROOT)) for path in TOMLS)],
)
def test_every_value_is_where_its_key_says(text: str) -> None:
    file = toml(text)
    for path in leaves(file.document):
        name, value = written(file, *path)
        assert repr(loads(f"value = {value}")["value"]) == repr(at(file.document, path))
        if not path[-1].isdecimal():
            (named,) = leaves(loads(f"{name} = 1"))
            assert path[-len(named) :] == named


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        pytest.param(b"[tool\nx = 1\n", 1, 6, "not TOML: expected", id="header"),
        pytest.param(b'x = "', 1, 6, "not TOML: unterminated string", id="end-of-file"),
        pytest.param(b"x = 1\nx = 2\n", 2, 6, "not TOML: cannot overwrite a value", id="twice"),
        pytest.param(b"x = 1\r\ny = '\xe9'\r\n", 2, 1, "not UTF-8", id="latin-1"),
        pytest.param(b"\xef\xbb\xbfx = 1\n", 1, 1, "not TOML: invalid statement", id="bom"),
        pytest.param(b"x = " + b"[" * 10_000, 1, 10_005, "not TOML", id="too-deep"),
    ],
)
def test_broken(data: bytes, line: int, column: int, message: str) -> None:
    with pytest.raises(TomlError, match=message) as caught:
        toml(data)
    assert (caught.value.location.span.line, caught.value.location.span.column) == (line, column)
