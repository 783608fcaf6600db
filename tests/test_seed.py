"""The pitfalls of asynchronous Alembic, each a small project, and the project that avoids them all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_vet.runner import run
from alembic_vet.settings import load
from tests.fixture_cases import FIXTURES, Case
from tests.proofs import server
from tests.proofs.databases import on_postgresql
from tests.proofs.proof import Proof, Run, Step
from tests.test_fixtures import describe, found

SEED = FIXTURES / "seed"
CURE = SEED / "cure"
FLAGGED = sorted(path for path in (SEED / "flagged").iterdir() if path.is_dir())
PASSWORD = "{p@ss/w#rd[ 100%"

PITFALLS = {
    "default-pool": {"missing-null-pool"},
    "enum-value": {"enum-value-added-in-transaction", "noop-enum-downgrade"},
    "models-forgotten": {"models-not-imported"},
    "models-unprotected": {"unprotected-model-import"},
    "no-run-sync": {"missing-run-sync"},
    "percent-in-ini": {"unescaped-percent-in-ini"},
    "percent-in-password": {"unescaped-percent"},
    "recipe-as-printed": {"missing-prepend-sys-path", "migrations-never-run", "undefined-config"},
    "sync-env": {"sync-engine-for-async-url"},
}

LABELS = "SELECT enumlabel FROM pg_enum ORDER BY enumsortorder"
NOTES = "SELECT body, status::text FROM notes ORDER BY id"


def findings(project: Path, folder: Path) -> tuple[set[tuple[str, int, str]], list[str]]:
    """What all rules find in a copy of the project: as markers, and in words."""
    shutil.copytree(project, folder)
    report = run([folder], replace(load(folder), select=("ALL",)), debug=True)
    assert not report.problems
    assert report.summary.environments == 1
    return found(report, folder), [describe(finding) for finding in report.findings]


@pytest.mark.parametrize("project", FLAGGED, ids=lambda path: path.name)
def test_every_pitfall_is_flagged_where_it_stands(project: Path, tmp_path: Path) -> None:
    markers = Case(project).markers
    assert findings(project, tmp_path / "project")[0] == markers
    assert {rule for _, _, rule in markers} == PITFALLS[project.name]


def test_the_cure_is_clean_under_all_rules(tmp_path: Path) -> None:
    assert findings(CURE, tmp_path / "project")[1] == []


@pytest.mark.proof
@pytest.mark.parametrize("name", server.postgresql_names()[:1])
def test_the_cure_runs(name: str, tmp_path: Path, server_url: Callable[[str], str]) -> None:
    """Up, down and up again from nothing but the environment, with a password that URLs and ini files stumble over."""
    shutil.copytree(CURE, tmp_path / "project")
    variables = {key: f"{{{key}}}" for key in ("user", "password", "host", "port", "database")}
    proof = Proof(
        case=Case(CURE),
        shows="the cure runs",
        env=tuple((f"NOTES_{key.upper()}", value) for key, value in variables.items()),
    )
    with on_postgresql(server_url(name), PASSWORD) as database:
        Run(proof, tmp_path / "project", database, {}).steps(
            (
                Step(run="alembic upgrade head --sql", stdout=("ADD VALUE IF NOT EXISTS 'archived'",)),
                Step(run="alembic upgrade 0001", quiet=True),
                Step(sql="INSERT INTO users (email) VALUES ('a@example.org')"),
                Step(sql="INSERT INTO notes (author_id, body) VALUES (1, 'hello'), (1, '')"),
                Step(run="alembic upgrade head", quiet=True),
                Step(sql=NOTES, rows=[["hello", "draft"], ["", "archived"]]),
                Step(run="alembic check", stdout=("No new upgrade operations detected.",)),
                Step(sql="UPDATE notes SET status = 'archived'"),
                Step(run="alembic downgrade 0001", quiet=True),
                Step(sql=LABELS, rows=[["draft"], ["published"]]),
                Step(sql=NOTES, rows=[["hello", "published"], ["", "draft"]]),
                Step(run="alembic downgrade base", quiet=True),
                Step(sql=LABELS, rows=[]),
                Step(run="alembic upgrade head", quiet=True),
                Step(sql=LABELS, rows=[["draft"], ["published"], ["archived"]]),
                Step(sql="SELECT version_num FROM alembic_version", rows=[["0003"]]),
            )
        )
