"""Edits of ini and TOML files."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from alembic_vet.fixes.changes import FixImpossible
from alembic_vet.fixes.config import TomlValue, add_toml_item, replace_value, set_ini_option, set_toml_value
from alembic_vet.source.file import SourceFile
from alembic_vet.source.ini import IniFile
from alembic_vet.source.toml import TomlFile
from tests.fixes.editing import applied

PROJECTS = Path(__file__).parents[2] / "fixtures" / "projects"


def ini(text: str) -> SourceFile:
    return SourceFile(Path("/project/alembic.ini"), text.encode())


def toml(text: str) -> SourceFile:
    return SourceFile(Path("/project/pyproject.toml"), text.encode())


@pytest.mark.parametrize(
    ("before", "raw", "after"),
    [
        ("url = a%b", "a%%b", "url = a%%b"),
        ("url=a", "b", "url=b"),
        ("url: a", "b", "url: b"),
        ("url =", "b", "url = b"),
        ("url=", "b", "url=b"),
        ("url = a\n  b", "c", "url = c"),
        ("url = a", "b\nc", "url = b\n    c"),
    ],
)
def test_replace_value(before: str, raw: str, after: str) -> None:
    file = ini(f"[alembic]\n# c\n{before}\n\n[other]\nurl = a\n")
    span = IniFile(file, {}).options("alembic")["url"].span
    assert applied(file, (replace_value(file, span, raw),)) == f"[alembic]\n# c\n{after}\n\n[other]\nurl = a\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("[alembic]\na = 1\n", "[alembic]\na = 1\nnew = 2\n", id="last"),
        pytest.param("[alembic]\n", "[alembic]\nnew = 2\n", id="empty section"),
        pytest.param("[alembic]", "[alembic]\nnew = 2", id="no newline"),
        pytest.param("[alembic]\na=1\nb=1\nc = 1\n", "[alembic]\na=1\nb=1\nc = 1\nnew=2\n", id="as most options"),
        pytest.param("[alembic]\na: 1\n", "[alembic]\na: 1\nnew: 2\n", id="colon"),
        pytest.param("[alembic]\na = 1\n  2\n\n[x]\n", "[alembic]\na = 1\n  2\nnew = 2\n\n[x]\n", id="several lines"),
        pytest.param("[alembic]\na = 1\nold = 1\n", "[alembic]\na = 1\nold = 1\nnew = 2\n", id="after"),
        pytest.param("[alembic]\nold = 1\na = 1\n", "[alembic]\nold = 1\nnew = 2\na = 1\n", id="after, not last"),
        pytest.param("[alembic]\n# new = x\n\na = 1\n", "[alembic]\n# new = x\nnew = 2\n\na = 1\n", id="commented out"),
        pytest.param("[alembic]\nnew = 1\n# new = x\n", "[alembic]\nnew = 2\n# new = x\n", id="there already"),
        pytest.param("[alembic]\nNEW = 1\n", "[alembic]\nNEW = 2\n", id="another case"),
        pytest.param("[x]\nnew = 1\n\n", "[x]\nnew = 1\n\n[alembic]\nnew = 2\n", id="no section"),
    ],
)
def test_set_ini_option(before: str, after: str) -> None:
    file = ini(before)
    result = applied(file, (set_ini_option(file, "alembic", "new", "2", after=["missing", "old"]),))
    assert result == after
    parser = configparser.RawConfigParser()
    parser.read_string(result)
    assert parser["alembic"]["new"] == "2"


def test_an_option_of_the_stock_file_goes_where_it_is_commented_out() -> None:
    text = (PROJECTS / "generic" / "alembic.ini").read_text("utf-8")
    file = ini(text)
    result = applied(file, (set_ini_option(file, "alembic", "timezone", "UTC"),))
    assert result == text.replace("# timezone =\n", "# timezone =\ntimezone = UTC\n")


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        pytest.param("a = 1\n", ".", 'a = 1\nnew = "."\n', id="last"),
        pytest.param("", True, "new = true\n", id="empty table"),
        pytest.param("new = 'x' # why\n", ["a", "b"], 'new = ["a", "b"] # why\n', id="there already"),
        pytest.param("a = [\n  1,\n]\n\n[b]\n", 1, "a = [\n  1,\n]\nnew = 1\n\n[b]\n", id="several lines"),
        pytest.param("old = 1\na = 1\n", 1, "old = 1\nnew = 1\na = 1\n", id="after"),
        pytest.param('# new = "x"\n\na = 1\n', 1, '# new = "x"\nnew = 1\n\na = 1\n', id="commented out"),
        pytest.param("# new = [\n#   1\n# ]\na = 1\n", 1, "# new = [\n#   1\n# ]\nnew = 1\na = 1\n", id="array, too"),
        pytest.param("", 'a"\\', 'new = "a\\"\\\\"\n', id="quotes"),
    ],
)
def test_set_toml_value(before: str, value: TomlValue, after: str) -> None:
    file = toml(f"[tool.alembic]\n{before}[tool.alembic.sub]\nnew = 9\n")
    edit = set_toml_value(file, ("tool", "alembic", "new"), value, after=["old"])
    assert applied(file, (edit,)) == f"[tool.alembic]\n{after}[tool.alembic.sub]\nnew = 9\n"
    table = TomlFile(toml(applied(file, (edit,)))).table("tool", "alembic")
    assert table is not None
    assert table["new"] == value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a"]', '["a", "n"]'),
        ('["a",]', '["a", "n",]'),
        ("[]", '["n"]'),
        ("[\n]", '["n"\n]'),
        ('"a"', '["a", "n"]'),
        ('[\n  "a"\n]', '[\n  "a",\n  "n"\n]'),
        ('[\n  "a",  # a\n  # b\n]', '[\n  "a",  # a\n  "n",\n  # b\n]'),
        ('[\n  "a"  # a\n]', '[\n  "a",  # a\n  "n"\n]'),
        ('[\n  "b", "a"\n]', '[\n  "b", "a", "n"\n]'),
    ],
)
def test_add_toml_item(before: str, after: str) -> None:
    file = toml(f"[t]\nx = {before}  # c\n")
    edit = add_toml_item(file, ("t", "x"), "n")
    assert applied(file, (edit,)) == f"[t]\nx = {after}  # c\n"
    table = TomlFile(toml(applied(file, (edit,)))).table("t")
    assert table is not None
    items = table["x"]
    assert isinstance(items, list)
    assert items[-1] == "n"


def test_what_cannot_be_edited_is_refused() -> None:
    with pytest.raises(FixImpossible):
        add_toml_item(toml("[t]\nx = 1\n"), ("t", "x"), "n")
    with pytest.raises(FixImpossible):
        set_toml_value(toml("t = {x = 1}\n"), ("t", "y"), "n")
    with pytest.raises(FixImpossible):
        set_toml_value(toml("t = \n"), ("t", "y"), "n")
    with pytest.raises(FixImpossible):
        set_ini_option(ini("a = 1\n"), "alembic", "a", "n")
