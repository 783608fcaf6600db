"""`alembic-vet history` on a history written here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixture_cases import PROJECTS

REVISIONS = {
    "0001_users.py": """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mood", sa.Enum("sad", "ok", name="mood"), nullable=False, server_default="ok"),
    )


def downgrade():
    op.drop_table("users")
    op.execute("DROP TYPE mood")
""",
    "0002_happy.py": """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy' AFTER 'ok'")
    op.add_column("users", sa.Column("email", sa.String(80)))


def downgrade():
    op.drop_column("users", "email")
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(PROJECTS / "generic", tmp_path, dirs_exist_ok=True)
    for name, text in REVISIONS.items():
        (tmp_path / "alembic" / "versions" / name).write_text(text, encoding="utf-8")
    return tmp_path


def history(project: Path, *arguments: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "alembic_vet", "history", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def test_the_schema_at_the_head(project: Path) -> None:
    shown = history(project)
    assert "1 table, 1 enum after 2 revisions" in shown
    assert "  email character varying(80)\n" in shown
    assert "enum mood  'sad', 'ok', 'happy'\n  used by users.mood\n" in shown


def test_the_schema_at_a_revision(project: Path) -> None:
    shown = history(project, "--at", "0001")
    assert "email" not in shown
    assert "enum mood  'sad', 'ok'\n" in shown


def test_the_life_line_of_an_enum(project: Path) -> None:
    shown = history(project, "--enum", "mood").splitlines()
    assert shown[1].split()[0] == "0001"
    assert "  0002  label added: happy" in shown


def test_the_life_line_of_a_table(project: Path) -> None:
    assert "  0002  column email added: character varying(80)" in history(project, "--table", "users")


def test_json(project: Path) -> None:
    data = json.loads(history(project, "--output-format", "json"))
    assert data["version"] == 1
    (environment,) = data["environments"]
    assert environment["revisions"] == 2
    assert environment["enums"] == [
        {"name": "mood", "labels": ["sad", "ok", "happy"], "users": ["users.mood"], "sure": True}
    ]


def test_mermaid(project: Path) -> None:
    assert history(project, "--output-format", "mermaid").startswith("erDiagram\n")
    assert history(project, "--enum", "mood", "--output-format", "mermaid").startswith("timeline\n")


def test_what_nobody_has(project: Path) -> None:
    assert "no environment in . has `nonsense`" in history(project, "--table", "nonsense", status=2)
