"""The hooks, run by the real pre-commit from a copy of this repository; it installs them from the package index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_readme import ROOT, page, stock_project

pytestmark = pytest.mark.slow

BUILT_FROM = ("src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


@pytest.fixture(scope="module", autouse=True)
def _package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("download")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "hatchling"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the package index cannot be reached: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's git and pre-commit, and nothing of the commit that these tests may run in."""
    for name in os.environ:
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "test")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.org")


@pytest.fixture
def hooks(tmp_path: Path, outside: None) -> Path:
    """A repository with what this one is built from."""
    folder = tmp_path / "alembic-vet"
    folder.mkdir()
    for name in BUILT_FROM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=all")
    return folder


@pytest.fixture
def project(tmp_path: Path, outside: None) -> Path:
    """A stock project with an asyncpg URL, staged and not committed."""
    folder = stock_project(tmp_path / "project")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    return folder


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(folder, "git", *arguments)


def _run(folder: Path, *command: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def results(output: str) -> dict[str, str]:
    """What pre-commit says of each hook."""
    return dict(re.findall(r"^(\S.*?)\.{3,}(?:\(.*\))?(Passed|Failed|Skipped)$", output, re.MULTILINE))


def test_both_hooks_tried_from_the_repository(hooks: Path, project: Path) -> None:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "--all-files", "--color=never"]
    first = _run(project, *command, status=1).stdout
    assert results(first) == {"alembic-vet": "Failed", "alembic-vet --fix": "Failed"}
    assert "error[sync-engine-for-async-url]" in first
    assert "files were modified by this hook" in first
    assert "async_engine_from_config" in (project / "alembic" / "env.py").read_text()


def test_a_bad_commit_is_stopped_fixed_and_then_let_through(hooks: Path, project: Path) -> None:
    shown = page().split("```yaml\n")[1].split("```")[0]
    (project / ".pre-commit-config.yaml").write_text(shown)
    _run(project, sys.executable, "-m", "pre_commit", "install")
    git(project, "add", ".")

    first = _run(project, "git", "commit", "--message=first", status=1).stderr
    assert results(first) == {"alembic-vet --fix": "Failed", "alembic-vet": "Passed"}
    assert "Fixed 1 finding in 1 file: sync-engine-for-async-url." in first

    git(project, "add", ".")
    second = git(project, "commit", "--message=first").stderr
    assert results(second) == {"alembic-vet --fix": "Passed", "alembic-vet": "Passed"}

    (project / "alembic" / "env.py").write_text("def upgrade(:\n")
    git(project, "add", ".")
    third = _run(project, "git", "commit", "--message=broken", status=1).stderr
    assert results(third) == {"alembic-vet --fix": "Failed", "alembic-vet": "Failed"}
    assert "error[syntax-error]" in third
