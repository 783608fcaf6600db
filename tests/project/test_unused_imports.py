"""Imports that exist for their side effect: which of them the project's own tools would delete."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from alembic_vet.model.models import UnusedImportTool
from alembic_vet.project.lint_config import unused_import_tools
from alembic_vet.source.file import Sources
from tests.project_tree import BASE, env, index, model, write

MODELS = {"app/__init__.py": "", "app/base.py": BASE, "app/user.py": model("User"), "app/post.py": model("Post"),
          "app/models/__init__.py": "from app.user import User\nfrom app.post import Post\n"}  # fmt: skip

IMPORTS = [
    "import app.user",
    "import app.user as user",
    "import app.user  # noqa: F401",
    "import app.user  # noqa: E501",
    "from app import user",
    "from app import user as user",
    "from app.user import User",
    "from app.user import User\nprint(User)",
    "from app.models import *",
    "from app.models import (\n    Post,  # noqa: F401\n    User,\n)",
    "from app.models import (  # noqa: F401\n    Post,\n    User,\n)",
    "from app.models import Post, User\nprint(Post)",
    "import app.user\nimport app.post\nprint(app.post)",
    "try:\n    import app.user\nexcept ImportError:\n    pass",
    "def load():\n    import app.user\nload()",
    "from app.user import User\n__all__ = ['User']",
    "# ruff: noqa\nimport app.user",
]


@pytest.mark.parametrize("imports", IMPORTS)
def test_ruff_deletes_the_same(tmp_path: Path, imports: str) -> None:
    pytest.importorskip("ruff")
    text = env(f"from app.base import Base\n{imports}")
    models = index(tmp_path, {**MODELS, "alembic/env.py": text})
    doomed = {each.location.span for each in models.unused_imports() if not each.is_kept_by("ruff")}
    path = tmp_path / "alembic" / "env.py"
    before = _aliases(path)
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F401", "--fix", "--quiet", str(path)],
        check=False, capture_output=True,
    )  # fmt: skip
    deleted = before - _aliases(path)
    assert len(doomed) == len(deleted)
    assert all(any(name in imports for name in (each.target, each.binding)) for each in models.unused_imports())


def _aliases(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {
        f"{getattr(statement, 'module', '')} {alias.name}"
        for statement in ast.walk(tree)
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for alias in statement.names
    }


def lost(root: Path, imports: str, tool: str = "ruff") -> dict[str, list[str]]:
    models = index(root, {**MODELS, "alembic/env.py": env(f"from app.base import Base\n{imports}")})
    return {each.target: sorted(table.label for table in each.loses) for each in models.unused_imports(tool)}


def test_what_is_lost(tmp_path: Path) -> None:
    assert lost(tmp_path, "import app.user\nimport app.post") == {"app.user": ["User"], "app.post": ["Post"]}


def test_nothing_is_lost_where_another_import_keeps_the_module(tmp_path: Path) -> None:
    assert lost(tmp_path, "from app.models import Post, User\nprint(Post)") == {"app.models.User": []}
    assert lost(tmp_path, "import app.user\nimport app.models  # noqa") == {"app.user": [], "app.models": []}


def test_each_tool_has_its_comments(tmp_path: Path) -> None:
    imports = "import app.user  # the models"
    assert lost(tmp_path, imports, "ruff") == {"app.user": ["User"]}
    assert lost(tmp_path, imports, "autoflake") == {"app.user": []}


def test_imports_without_tables_are_not_listed(tmp_path: Path) -> None:
    assert lost(tmp_path, "import os\nimport fastapi\nimport app") == {}


def tools(root: Path, files: dict[str, str]) -> list[tuple[str, str, str]]:
    write(root, {"alembic/env.py": "", ".git/HEAD": "", **files})
    names = [str(root / name) for name in files]
    found = unused_import_tools(root / "alembic" / "env.py", Sources(), names)
    return [(each.name, each.verdict, each.reason) for each in found]


RUFF: dict[str, str] = {
    "": "reports",
    "[lint]\nselect = ['E']\n": "off",
    "[lint]\nselect = ['ALL']\n": "reports",
    "[lint]\nselect = ['ALL']\nignore = ['F']\n": "off",
    "[lint]\nselect = ['F401']\nignore = ['F']\n": "reports",
    "[lint]\nselect = ['E']\nextend-select = ['F401']\n": "reports",
    "[lint]\nextend-ignore = ['F401']\n": "off",
    "select = ['E', 'W']\n": "off",
    "extend-exclude = ['alembic']\n": "off",
    "exclude = ['alembic/*']\n": "off",
    "exclude = ['tests']\n": "reports",
    "[lint]\nexclude = ['alembic/env.py']\n": "off",
    "[lint.per-file-ignores]\n'env.py' = ['F401']\n": "off",
    "[lint.per-file-ignores]\n'alembic/*' = ['F']\n": "off",
    "[lint.per-file-ignores]\n'**/alembic/**' = ['ALL']\n": "off",
    "[lint.per-file-ignores]\n'alembic/**/*.py' = ['F401']\n": "off",
    "[lint.per-file-ignores]\n'__init__.py' = ['F401']\n": "reports",
    "[lint.per-file-ignores]\n'alembic/*' = ['E501']\n": "reports",
}


@pytest.mark.parametrize("settings", RUFF)
def test_ruff_says_the_same(tmp_path: Path, settings: str) -> None:
    pytest.importorskip("ruff")
    found = tools(tmp_path, {"ruff.toml": settings})
    assert [(name, verdict) for name, verdict, _ in found] == [("ruff", RUFF[settings])]
    (tmp_path / "alembic" / "env.py").write_text("import os\n")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ("F401" in done.stdout) == (RUFF[settings] == "reports"), done.stdout + done.stderr


HOOK = "repos:\n- repo: https://github.com/astral-sh/ruff-pre-commit\n  hooks:\n  - id: ruff-check\n{}  - id: ruff-format\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, []),
        ({"pyproject.toml": "[tool.ruff]\nfix = true\n"}, [("ruff", "deletes", "fix")]),
        ({"pyproject.toml": "[tool.ruff]\nfix = true\n[tool.ruff.lint]\nunfixable = ['F401']\n"},
         [("ruff", "reports", "unfixable")]),
        ({"ruff.toml": "", ".pre-commit-config.yaml": HOOK.format("    args: [--fix]\n")},
         [("ruff", "deletes", "`--fix` in .pre-commit-config.yaml")]),
        ({".pre-commit-config.yaml": HOOK.format("    args: [--fix]\n    exclude: ^alembic/\n")}, []),
        ({".pre-commit-config.yaml": HOOK.format("")}, [("ruff", "reports", "ruff's default rules hold F401")]),
        ({"ruff.toml": "", "Makefile": "lint:\n\truff check .\n\teslint --fix\n"}, [("ruff", "reports", "select")]),
        ({"ruff.toml": "", "Makefile": "fmt:\n\truff check --fix .\n"}, [("ruff", "deletes", "`--fix` in Makefile")]),
        ({"ruff.toml": "extend = 'base.toml'\n", "base.toml": "[lint]\nignore = ['F401']\n"}, [("ruff", "off", "ignore")]),
        ({".flake8": "[flake8]\nmax-line-length = 100\n"}, [("flake8", "reports", "select")]),
        ({"setup.cfg": "[flake8]\nexclude = .git,alembic\n"}, [("flake8", "off", "exclude")]),
        ({"tox.ini": "[flake8]\nper-file-ignores =\n    x.py:E501\n    alembic/env.py:F401,E402\n"},
         [("flake8", "off", "per-file-ignores")]),
        ({"pyproject.toml": "[tool.autoflake]\nremove-all-unused-imports = true\n"},
         [("autoflake", "deletes", "remove-all-unused-imports")]),
        ({"pyproject.toml": "[tool.autoflake]\nremove-all-unused-imports = true\nexclude = 'alembic'\n"},
         [("autoflake", "off", "exclude")]),
        ({"scripts/format.sh": "autoflake -r --in-place --remove-all-unused-imports app alembic\n"},
         [("autoflake", "deletes", "--remove-all-unused-imports")]),
        ({"pyproject.toml": "[tool.pycln]\nall = true\n"}, [("pycln", "deletes", "all")]),
    ],
)  # fmt: skip
def test_tools(tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    assert tools(tmp_path, files) == expected


def test_the_index_gives_the_tools(tmp_path: Path) -> None:
    models = index(tmp_path, {**MODELS, "alembic/env.py": env(), "alembic.ini": "[alembic]\nscript_location = alembic\n",
                              "ruff.toml": "[lint]\nselect = ['E']\n"})  # fmt: skip
    assert models.unused_import_tools == (UnusedImportTool("ruff", tmp_path / "ruff.toml", "off", "select"),)
