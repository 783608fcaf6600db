"""Where a project ends that says so with none of the usual files."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.project.roots import project_roots


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param(["one/requirements.txt"], "one", id="project-among-others"),
        pytest.param(["one/.gitignore", "one/backend/requirements.txt"], "one", id="the-highest"),
        pytest.param([".gitignore", "one/requirements.txt"], "", id="working-folder-is-a-project"),
        pytest.param(["one/requirements.txt", "one/backend/pyproject.toml"], "one/backend", id="declared"),
    ],
)
def test_root_below_the_working_folder(tmp_path: Path, files: list[str], expected: str) -> None:
    folder = tmp_path / "one" / "backend" / "alembic"
    folder.mkdir(parents=True)
    for name in files:
        (tmp_path / name).touch()
    assert project_roots(folder, tmp_path) == (tmp_path / expected,)
