"""The packages that a build file puts into a distribution."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.project.distributions import distributions
from alembic_vet.source.file import Sources
from tests.project_tree import write

PROJECT = '[project]\nname = "my-shop"\nversion = "1"\n'


def build(backend: str) -> str:
    return f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'


CASES: dict[str, tuple[str, str, list[tuple[str, set[str]]]]] = {
    "no build system": ("pyproject.toml", PROJECT, []),
    "settings only": ("pyproject.toml", "[tool.ruff]\nline-length = 100\n", []),
    "setuptools list": (
        "pyproject.toml",
        PROJECT + build("setuptools.build_meta") + '[tool.setuptools]\npackages = ["shop", "shop.db"]\n',
        [(".", {"shop"})],
    ),
    "setuptools find": (
        "pyproject.toml",
        PROJECT + build("setuptools.build_meta") + '[tool.setuptools.packages.find]\nwhere = ["src"]\n',
        [("src", {"my_shop"})],
    ),
    "setuptools find, included": (
        "pyproject.toml",
        PROJECT + build("setuptools.build_meta") + '[tool.setuptools.packages.find]\ninclude = ["shop*"]\n',
        [(".", {"shop"})],
    ),
    "setuptools by itself": ("pyproject.toml", PROJECT + build("setuptools.build_meta"), [("src", {"my_shop"})]),
    "hatch packages": (
        "pyproject.toml",
        PROJECT + build("hatchling.build") + '[tool.hatch.build.targets.wheel]\npackages = ["lib/inner"]\n',
        [("lib", {"inner"})],
    ),
    "hatch moves a folder": (
        "pyproject.toml",
        PROJECT + build("hatchling.build") + '[tool.hatch.build.targets.wheel]\ninclude = ["src/my_shop"]\n'
        'sources = { "src/my_shop" = "my_shop" }\n',
        [("src", {"my_shop"})],
    ),
    "hatch drops a folder": (
        "pyproject.toml",
        PROJECT + build("hatchling.build") + '[tool.hatch.build.targets.wheel]\nonly-include = ["lib/inner"]\n'
        'sources = ["lib"]\n',
        [("lib", {"inner"})],
    ),
    "hatch includes": (
        "pyproject.toml",
        PROJECT + build("hatchling.build") + '[tool.hatch.build]\ninclude = ["shop/**/*.py", "*.md"]\n',
        [(".", {"shop"})],
    ),
    "hatch by name": ("pyproject.toml", PROJECT + build("hatchling.build"), [("src", {"my_shop"})]),
    "poetry packages": (
        "pyproject.toml",
        '[tool.poetry]\nname = "x"\npackages = [{ include = "inner", from = "lib" }]\n'
        + build("poetry.core.masonry.api"),
        [("lib", {"inner"})],
    ),
    "poetry by name": (
        "pyproject.toml",
        '[tool.poetry]\nname = "shop"\n' + build("poetry.core.masonry.api"),
        [(".", {"shop"})],
    ),
    "poetry without package": (
        "pyproject.toml",
        '[tool.poetry]\nname = "shop"\npackage-mode = false\n' + build("poetry.core.masonry.api"),
        [],
    ),
    "uv": ("pyproject.toml", PROJECT + build("uv_build"), [("src", {"my_shop"})]),
    "uv says no": ("pyproject.toml", PROJECT + build("uv_build") + "[tool.uv]\npackage = false\n", []),
    "setup.cfg": ("setup.cfg", "[metadata]\nname = x\n[options]\npackages = shop, other\n", [(".", {"shop", "other"})]),
    "setup.cfg find": (
        "setup.cfg",
        "[options]\npackage_dir =\n    = src\npackages = find:\n",
        [("src", {"my_shop"})],
    ),
    "setup.cfg of linters": ("setup.cfg", "[flake8]\nmax-line-length = 100\n", []),
    "setup.py": (
        "setup.py",
        "from setuptools import setup, find_packages\nsetup(packages=find_packages('src'), package_dir={'': 'src'})\n",
        [("src", {"my_shop"})],
    ),
    "setup.py list": ("setup.py", "import setuptools\nsetuptools.setup(packages=['shop.db'])\n", [(".", {"shop"})]),
    "broken": ("pyproject.toml", "[project\n", []),
}


@pytest.mark.parametrize("case", CASES)
def test_packages(tmp_path: Path, case: str) -> None:
    name, text, expected = CASES[case]
    packages = ("shop/__init__.py", "src/my_shop/__init__.py", "lib/inner/__init__.py", "tests/test_it.py")
    write(tmp_path, {name: text, **dict.fromkeys(packages, "x = 1\n")})
    found = distributions(tmp_path / name, Sources())
    assert [(each.root.relative_to(tmp_path).as_posix(), set(each.packages)) for each in found] == expected
