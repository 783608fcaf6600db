"""The reader of fixture cases: overlay, removal, markers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import fixture_cases
from tests.fixture_cases import Case


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    projects = tmp_path / "projects"
    (projects / "generic" / "alembic" / "versions").mkdir(parents=True)
    (projects / "generic" / "alembic" / "env.py").write_text("stock\n")
    (projects / "generic" / "alembic" / "versions" / ".gitkeep").touch()
    (projects / "generic" / "alembic.ini").write_text("[alembic]\nsqlalchemy.url = driver://\n")
    monkeypatch.setattr(fixture_cases, "PROJECTS", projects)
    folder = tmp_path / "rules" / "some-rule" / "shown"
    folder.mkdir(parents=True)
    return Case(folder)


def test_overlay_replaces_and_removes(case: Case, tmp_path: Path) -> None:
    (case.folder / "alembic").mkdir()
    (case.folder / "alembic" / "env.py").write_bytes(b"own\r\n")
    (case.folder / "case.toml").write_text('remove = ["alembic.ini"]\n[settings]\nselect = ["some-rule"]\n')
    case.build(tmp_path / "built")
    built = {
        path.relative_to(tmp_path / "built").as_posix() for path in (tmp_path / "built").rglob("*") if path.is_file()
    }
    assert built == {"alembic/env.py", "alembic/versions/.gitkeep", "alembic-vet.toml"}
    assert (tmp_path / "built" / "alembic" / "env.py").read_bytes() == b"own\r\n"
    assert (tmp_path / "built" / "alembic-vet.toml").read_text() == 'select = ["some-rule"]\n'


def test_markers(case: Case) -> None:
    (case.folder / "env.py").write_bytes(
        b"import os\r\nrun()  # why not  # flags: some-rule, other-rule\r\n# flags are fine\r\n"
    )
    (case.folder / "alembic.ini").write_text("[alembic]\n# flags-next: some-rule\nsqlalchemy.url = x\n")
    (case.folder / "fixes.diff").write_text("+run()  # flags: some-rule\n")
    assert case.markers == {("env.py", 2, "some-rule"), ("env.py", 2, "other-rule"), ("alembic.ini", 3, "some-rule")}


def test_removing_what_is_not_there_is_an_error(case: Case, tmp_path: Path) -> None:
    (case.folder / "case.toml").write_text('remove = ["setup.cfg"]\n')
    with pytest.raises(ValueError, match=r"setup\.cfg"):
        case.build(tmp_path / "built")


def test_an_unknown_key_is_an_error(case: Case) -> None:
    (case.folder / "case.toml").write_text('bases = "generic"\n')
    with pytest.raises(ValueError, match="bases"):
        _ = case.base


def test_url_of_the_base(case: Case, tmp_path: Path) -> None:
    (case.folder / "case.toml").write_text('url = "sqlite:///app.db"\n')
    case.build(tmp_path / "built")
    assert (tmp_path / "built" / "alembic.ini").read_text() == "[alembic]\nsqlalchemy.url = sqlite:///app.db\n"
