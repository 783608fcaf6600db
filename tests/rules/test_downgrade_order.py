"""Where a statement of a downgrade has to stand, in one that is long."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.findings import Safety
from alembic_vet.model.history import Replayed
from alembic_vet.runner import run
from alembic_vet.settings import Settings

TABLES = 60
HEAD = """\
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
"""


def test_the_place_is_found_without_doing_all_again_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = tmp_path / "alembic/versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = alembic\nsqlalchemy.url = postgresql+psycopg://localhost/app\n"
    )
    (tmp_path / "alembic/env.py").write_text("from alembic import context\n")
    first = '    op.create_table("t0", sa.Column("id", sa.Integer, primary_key=True))\n'
    rest = [
        f'    op.create_table("t{number}", sa.Column("id", sa.Integer, sa.ForeignKey("t0.id"), primary_key=True))\n'
        for number in range(1, TABLES)
    ]
    # The one that all others point at goes first, and has to go last.
    drops = [f'    op.drop_table("t{number}")\n' for number in range(TABLES)]
    revision = versions / "1.py"
    revision.write_text("".join([HEAD, first, *rest, "\n\ndef downgrade():\n", *drops]))
    replays: list[int] = []
    failures_of = Replayed.failures_of

    def counting(self: Replayed, operations: list[object]) -> object:
        replays.append(len(operations))
        return failures_of(self, operations)  # type: ignore[arg-type]

    monkeypatch.setattr(Replayed, "failures_of", counting)
    report = run([tmp_path], Settings(root=tmp_path, select=("downgrade-order",)), debug=True)
    (finding,) = report.findings
    assert finding.fix is not None
    assert finding.fix.safety is Safety.SAFE
    last = len(revision.read_text().splitlines())
    assert finding.fix.title == f"Do it after what is in line {last}"
    assert replays == [TABLES]
