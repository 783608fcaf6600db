"""A rule written by `python -m tools.new_rule` is one: found, shown, and held against its cases."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixture_cases import FIXTURES
from tools.new_rule import KINDS, main

ROOT = FIXTURES.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository with its rules, without their cases."""
    for name in ("src", "tests", "tools", "fixtures/projects"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "NO_COLOR": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_rules_are_found_and_ask_for_their_findings(copy: Path) -> None:
    for about in KINDS:
        done = run(copy, "tools.new_rule", "brand-new", f"some-{about}", "--about", about)
        assert (done.returncode, done.stderr) == (0, "")
    listed = re.findall(r"^  some-(\w+) +warning", run(copy, "alembic_vet", "rules").stdout, re.MULTILINE)
    assert listed == sorted(KINDS)
    assert "What is reported" in run(copy, "alembic_vet", "rule", "some-revision").stdout

    tests = ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/test_fixtures.py", "-k", "some-")
    output = run(copy, *tests).stdout
    assert sorted(re.findall(r"^FAILED (\S+)", output, re.MULTILINE)) == [
        f"tests/test_fixtures.py::test_findings_are_the_markers[some-{about}/flagged]" for about in sorted(KINDS)
    ]
    assert "3 failed, 9 passed" in output


def test_what_is_written_passes_the_checkers(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for about in KINDS:
        assert main(["env", f"some-{about}", "--about", about], copy) == 0
    written = [str(copy / line) for line in capsys.readouterr().out.splitlines() if line.startswith("src/")]
    assert len(written) == len(KINDS)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        pytest.importorskip(command[0], reason="not installed")
        done = run(copy, *command, *written)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["env", "missing-null-pool"], "`missing-null-pool` exists: src/alembic_vet/rules/env/missing_null_pool.py"),
        (["config", "missing-null-pool"], "`missing-null-pool` exists: src/alembic_vet/rules/env/missing_null_pool.py"),
        (["config", "env"], "`env` exists: src/alembic_vet/rules/env/__init__.py"),
        (["env", "Missing_Pool"], "`Missing_Pool`: small letters, digits and dashes, please"),
    ],
)
def test_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {said}\n"
