"""What the quick commands may not load: a hook that is felt gets removed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alembic_vet.cli.check import check
from alembic_vet.cli.checking import Options
from tests.fixture_cases import PROJECTS

HEAVY = {"libcst", "tomlkit", "configupdater", "pygments", "asyncio", "http", "email", "alembic", "sqlalchemy"}
FOR_OTHERS = {
    *("click", "dataclasses", "difflib", "pickle", "shutil", "tomllib", "traceback"),
    *("alembic_vet.extract.sql", "alembic_vet.fixes", "alembic_vet.project.declarative", "alembic_vet.rules.base"),
}

REVISION = """\
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
"""
CREATE = 'op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True))'


def imported(*arguments: str, cwd: Path | None = None) -> set[str]:
    """The modules that a run of the command loads, and the packages that they are in."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "alembic_vet", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    assert result.returncode in (0, 1), result.stderr
    names = [line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")]
    return {".".join(name.split(".")[: count + 1]) for name in names for count in range(name.count(".") + 1)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One revision with nothing to report."""
    folder = tmp_path / "project"
    shutil.copytree(PROJECTS / "generic", folder)
    ini = folder / "alembic.ini"
    ini.write_text(ini.read_text().replace("driver://", "postgresql://"))
    write(folder, CREATE, 'op.drop_table("people")')
    return folder


def write(project: Path, upgrade: str, downgrade: str) -> None:
    (project / "alembic/versions/0001.py").write_text(REVISION.format(upgrade=upgrade, downgrade=downgrade))


def test_imports_are_seen() -> None:
    assert {"click", "alembic_vet.cli.commands"} <= imported("--help")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["rules"]], ids=" ".join)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    assert sorted(imported(*arguments) & HEAVY) == []


def test_a_changed_revision_without_findings_needs_no_more_than_its_reading(project: Path) -> None:
    imported("check", "alembic/versions/0001.py", cwd=project)
    write(project, CREATE, 'op.drop_table("people", if_exists=True)')
    loaded = imported("check", "alembic/versions/0001.py", cwd=project)
    assert "alembic_vet.model.history" in loaded
    assert sorted(loaded & (HEAVY | FOR_OTHERS)) == []


def test_a_finding_needs_what_fixes_it(project: Path) -> None:
    write(project, CREATE, "pass")
    assert "alembic_vet.fixes" in imported("check", "alembic/versions/0001.py", cwd=project)


def test_sql_text_needs_a_tokenizer(project: Path) -> None:
    write(project, """op.execute("create table people (id int)")""", 'op.drop_table("people")')
    assert "pygments" in imported("check", "alembic/versions/0001.py", cwd=project)


def test_what_was_said_before_needs_no_reading(project: Path) -> None:
    imported("check", cwd=project)
    assert not {name for name in imported("check", cwd=project) if name.startswith("alembic_vet.model")}


def test_options_that_are_not_given_are_the_same_with_and_without_click() -> None:
    context = check.make_context("check", ["some/path"])
    assert Options(**context.params) == Options(paths=(Path("some/path"),))
    assert set(context.params) == set(Options.__struct_fields__)
