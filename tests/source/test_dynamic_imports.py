"""Imports by name: what each form covers."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.source.dynamic_imports import DynamicImport, dynamic_imports
from alembic_vet.source.file import SourceFile

HERE = Path("/project/app/loader.py")


def read(text: str) -> list[DynamicImport]:
    return list(dynamic_imports(SourceFile(HERE, text.encode()), "app.loader", "app"))


def covers(text: str) -> set[tuple[str, str]]:
    return {(each.covers, each.target) for each in read(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import importlib\nimportlib.import_module("a.b")', {("module", "a.b")}),
        ('from importlib import import_module as load\nload("a.b")', {("module", "a.b")}),
        ('__import__("a.b")', {("module", "a.b")}),
        ('import importlib\nimportlib.import_module(".b", "a")', {("module", "a.b")}),
        ('import importlib\nimportlib.import_module(".b", package=__package__)', {("module", "app.b")}),
        ('import importlib\nimportlib.import_module("..b", "a.c")', {("module", "a.b")}),
        ('import importlib\nimportlib.import_module(f"app.models.{x}")', {("package", "app.models")}),
        ('import importlib\nimportlib.import_module("app.models." + x)', {("package", "app.models")}),
        ('import importlib\nimportlib.import_module("app.{}".format(x))', {("package", "app")}),
        ('import importlib\nimportlib.import_module(f"{__name__}.{x}")', {("package", "app.loader")}),
        ("import importlib\nimportlib.import_module(x)", {("unknown", "")}),
        ('import importlib\nimportlib.import_module(f"{x}.models")', {("unknown", "")}),
        (
            'import importlib\nfor m in ("a", "b"):\n    importlib.import_module(f"app.{m}")',
            {("module", "app.a"), ("module", "app.b")},
        ),
        (
            'import importlib\nNAMES = ["a", "b"]\n[importlib.import_module(n) for n in NAMES]',
            {("module", "a"), ("module", "b")},
        ),
        (
            "import pkgutil, importlib\nimport app.models as models\n"
            "for m in pkgutil.iter_modules(models.__path__):\n    importlib.import_module(m.name)",
            {("package", "app.models")},
        ),
        ("import pkgutil\npkgutil.walk_packages(__path__)", {("package", "app")}),
        ('import pkgutil\npkgutil.walk_packages(p, prefix="app.db.")', {("package", "app.db")}),
        (
            'import os, pkgutil\npkgutil.iter_modules([os.path.join(os.path.dirname(__file__), "models")])',
            {("folder", "/project/app/models")},
        ),
        ("import pkgutil\npkgutil.iter_modules(p)", {("unknown", "")}),
        (
            "import importlib, pkgutil\n"
            "def load(name):\n"
            "    package = importlib.import_module(name)\n"
            '    for _, m, _ in pkgutil.walk_packages(package.__path__, package.__name__ + "."):\n'
            "        importlib.import_module(m)\n"
            'load("app.models")',
            {("module", "app.models"), ("package", "app.models")},
        ),
        ('exec(open("models.py").read())', {("unknown", "")}),
        ("from importlib.metadata import entry_points\nentry_points(group='x')", {("unknown", "")}),
        ("config.scan()", {("unknown", "")}),
        ("redis.scan(0)", set()),
        ("cursor.exec(x)", set()),
        ("import importlib.metadata\nimportlib.metadata.version('x')", set()),
    ],
)
def test_what_is_covered(text: str, expected: set[tuple[str, str]]) -> None:
    assert covers(text) == expected


def test_a_name_bound_twice_is_not_known() -> None:
    text = 'import importlib\ndef f():\n    name = "a"\ndef g(name):\n    importlib.import_module(name)\n'
    assert covers(text) == {("unknown", "")}


def test_the_function_around_it() -> None:
    text = "import importlib\nclass Loader:\n    def load(self, x):\n        importlib.import_module(x)\n"
    assert [each.function for each in read(text)] == ["Loader.load"]
