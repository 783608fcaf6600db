"""Import statements: what they load, what they bind, and which comments keep the unused ones."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alembic_vet.source.file import SourceFile
from alembic_vet.source.imports import Import, absolute_name, import_statements, unused_import_markers


def read(text: str, package: str = "pkg") -> list[Import]:
    return list(import_statements(ast.parse(text), package))


@pytest.mark.parametrize(
    ("text", "module", "name", "binding", "target"),
    [
        ("import a", "a", None, "a", "a"),
        ("import a.b.c", "a.b.c", None, "a", "a"),
        ("import a.b.c as x", "a.b.c", None, "x", "a.b.c"),
        ("from a.b import c", "a.b", "c", "c", "a.b.c"),
        ("from a.b import c as d", "a.b", "c", "d", "a.b.c"),
        ("from a import *", "a", "*", None, "a"),
        ("from . import c", "pkg", "c", "c", "pkg.c"),
        ("from .b import c", "pkg.b", "c", "c", "pkg.b.c"),
    ],
)
def test_names(text: str, module: str, name: str | None, binding: str | None, target: str) -> None:
    (found,) = read(text)
    assert (found.module, found.name, found.binding, found.target) == (module, name, binding, target)


@pytest.mark.parametrize(
    ("module", "level", "package", "absolute"),
    [
        ("b", 0, "p.q", "b"),
        ("b", 1, "p.q", "p.q.b"),
        ("b", 2, "p.q", "p.b"),
        (None, 2, "p.q", "p"),
        ("b", 3, "p.q", ""),
        (None, 1, "", ""),
    ],
)
def test_relative_names(module: str | None, level: int, package: str, absolute: str) -> None:
    assert absolute_name(module, level, package) == absolute


def test_place() -> None:
    text = """
try:
    import a
except ImportError:
    import b
if TYPE_CHECKING:
    import c
else:
    import d
if not typing.TYPE_CHECKING:
    import e
else:
    import f
if __name__ == "__main__":
    import g
def outer():
    import h
    def inner():
        import i
class Thing:
    import j
    def method(self):
        import k
match x:
    case 1:
        import l
"""
    found = {each.module: each for each in read(text)}
    assert [name for name, each in found.items() if each.in_try] == ["a", "b"]
    assert [name for name, each in found.items() if each.type_checking] == ["c", "f"]
    assert [name for name, each in found.items() if not each.executed] == ["c", "f", "g"]
    functions = {name: each.function for name, each in found.items() if each.function}
    assert functions == {"h": "outer", "i": "outer.inner", "k": "Thing.method"}
    assert {"j", "l"} <= set(found)


def markers(text: str, index: int = 0) -> set[str]:
    file = SourceFile(Path("env.py"), text.encode())
    return set(unused_import_markers(file, read(text)[index]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a\n", set()),
        ("import a  # noqa\n", {"comment", "noqa"}),
        ("import a  #noqa:F401\n", {"comment", "noqa"}),
        ("import a  # NOQA: E402, F401 because\n", {"comment", "noqa"}),
        ("import a  # noqa: E402,F401\n", {"comment", "noqa"}),
        ("import a  # noqa: E402\n", {"comment"}),
        ("import a  # models\n", {"comment"}),
        ("import a  # pylint: disable=unused-import\n", {"comment", "pylint"}),
        ("import a  # pylint: disable=line-too-long\n", {"comment"}),
        ("import a  # nopycln: import\n", {"comment", "nopycln"}),
        ("# ruff: noqa\nimport a\n", {"ruff"}),
        ("# ruff: noqa: E501\nimport a\n", set()),
        ("# flake8: noqa: F401\nimport a\n", {"flake8"}),
        ("# autoflake: skip_file\nimport a\n", {"autoflake"}),
        ("from a import (  # noqa: F401\n    b,\n)\n", {"comment", "noqa"}),
        ("from a import (\n    b,  # noqa: F401\n)\n", {"comment", "noqa"}),
        ("from a import (\n    b,\n)  # noqa: F401\n", set()),
        ("from a import \\\n    b  # noqa: F401\n", {"comment", "noqa"}),
    ],
)
def test_comments_that_keep(text: str, expected: set[str]) -> None:
    assert markers(text) == expected


def test_comment_on_another_alias() -> None:
    text = "from a import (\n    b,  # noqa: F401\n    c,\n)\n"
    assert markers(text, 0) == {"comment", "noqa"}
    assert markers(text, 1) == set()
