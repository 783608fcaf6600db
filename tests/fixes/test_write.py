"""Files replaced whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from alembic_vet.errors import UserError
from alembic_vet.fixes.write import write
from alembic_vet.source.file import SourceFile


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "env.py").write_bytes(b"old")
    (project / "other.py").write_bytes(b"old")
    return project


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_mode_is_kept_and_nothing_is_left_behind(project: Path) -> None:
    path = project / "env.py"
    path.chmod(0o750)
    write([SourceFile(path, b"new\r\n")], [project])
    assert content(project) == {"env.py": b"new\r\n", "other.py": b"old"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


def test_nothing_outside_of_the_roots(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(b"old")
    with pytest.raises(UserError, match=r"outside\.py is outside of the project"):
        write([SourceFile(project / "env.py", b"new"), SourceFile(outside, b"new")], [project])
    assert outside.read_bytes() == b"old"
    assert content(project) == {"env.py": b"old", "other.py": b"old"}


def test_nothing_through_a_link_that_leaves_the_roots(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "env.py").write_bytes(b"old")
    (project / "file.py").symlink_to(outside / "env.py")
    (project / "folder").symlink_to(outside)
    for path in (project / "file.py", project / "folder" / "env.py", project / ".." / "outside" / "env.py"):
        with pytest.raises(UserError, match="outside of the project"):
            write([SourceFile(path, b"new")], [project])
    assert content(outside) == {"env.py": b"old"}


def test_a_link_inside_the_roots_stays_a_link(project: Path) -> None:
    link = project / "link.py"
    link.symlink_to("env.py")
    write([SourceFile(link, b"new")], [project])
    assert link.is_symlink()
    assert (project / "env.py").read_bytes() == b"new"


def test_a_root_may_be_a_link_itself(project: Path, tmp_path: Path) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to(project)
    write([SourceFile(alias / "env.py", b"new")], [alias])
    assert (project / "env.py").read_bytes() == b"new"


def test_a_read_only_file_is_left_alone(project: Path) -> None:
    path = project / "other.py"
    path.chmod(0o444)
    with pytest.raises(UserError, match=r"^[^\n]*other\.py is read-only: not written$"):
        write([SourceFile(project / "env.py", b"new"), SourceFile(path, b"new")], [project])
    assert content(project) == {"env.py": b"old", "other.py": b"old"}


def test_a_missing_folder_is_one_line(project: Path) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*cannot be written: No such file or directory$"):
        write([SourceFile(project / "gone" / "env.py", b"new")], [project])


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_nothing_behind(project: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(UserError, match="No space left on device"):
        write([SourceFile(project / "env.py", b"new")], [project])
    assert content(project) == {"env.py": b"old", "other.py": b"old"}
