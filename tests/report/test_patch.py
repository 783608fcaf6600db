from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from alembic_vet.report.context import RenderContext
from alembic_vet.report.patch import patch

CHANGES = [
    pytest.param(b"a\nb\nc\n", b"a\nB\nc\n", id="a line"),
    pytest.param(b"a\nb", b"a\nb\n", id="newline at the end"),
    pytest.param(b"a\nb", b"a\nc", id="no newline at the end"),
    pytest.param(b"a\r\nb\r\n", b"a\r\nc\r\n", id="Windows newlines"),
    pytest.param(b"a\x0cb\nc\n", b"a\x0cb\nd\n", id="form feed"),
    pytest.param(b"a\n", b"a\n\n\nb\n", id="blank lines"),
    pytest.param("é\nb\n".encode(), "é\nü\n".encode(), id="UTF-8"),
    pytest.param(b"", b"a\n", id="empty before"),
]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_git_takes_the_patch(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "folder" / "env.py"
    path.parent.mkdir()
    path.write_bytes(before)
    text = patch([(path, before, after)], RenderContext(tmp_path))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=tmp_path, input=text.encode(), check=True)
    assert path.read_bytes() == after


def test_several_files(tmp_path: Path) -> None:
    text = patch([(tmp_path / "a", b"1\n", b"2\n"), (tmp_path / "b", b"1\n", b"2\n")], RenderContext(tmp_path))
    assert [line for line in text.splitlines() if line.startswith("+++")] == ["+++ b/a", "+++ b/b"]
