"""The runner refutes what is not so: a proof that cannot fail proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixture_cases import Case
from tests.proofs.databases import SQLite, password_of
from tests.proofs.proof import Proof, Refuted, Run, Step, build, unmet

ENV = """\
from alembic import context
from sqlalchemy import create_engine

with create_engine("sqlite:///app.db").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    case = Case(tmp_path / "rules" / "missing-begin-transaction" / "nothing-wrong")
    (case.folder / "alembic").mkdir(parents=True)
    (case.folder / "alembic" / "env.py").write_text(ENV)
    proof = Proof(case=case, shows="nothing", fix="safe", database="sqlite")
    build(proof, tmp_path / "project")
    return Run(proof, tmp_path / "project", SQLite(tmp_path / "project"), {"python": "3.12"})


def test_what_is_so_holds(run: Run) -> None:
    run.steps(
        (
            Step(run="alembic upgrade head", quiet=True),
            Step(sql="SELECT version_num FROM alembic_version", rows=[["0001"]]),
            Step(file="alembic/versions/*.py", contains=("create_table",), lacks=("drop_column",)),
            Step(run="alembic upgrade head", exit=1, requires=("python<3",)),
        )
    )


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step(run="alembic upgrade head", exit=1), "expected exit 1, got 0"),
        (Step(run="alembic upgrade nowhere"), "expected exit 0, got 255"),
        (Step(run="alembic upgrade nowhere", exit=255, stderr=("no such thing",)), "expected on standard error"),
        (Step(run="alembic heads", stdout=("0002",)), "expected on standard output"),
        (Step(run="python -c 'import warnings; warnings.warn(str())'", quiet=True), "looks like trouble"),
        (Step(sql="SELECT 1", rows=[[2]]), r"expected rows \[\[2\]\], got \[\[1\]\]"),
        (Step(sql="SELECT * FROM nowhere"), "the query failed: no such table: nowhere"),
        (Step(file="alembic/versions/*.py", contains=("drop_column",)), "expected in the file: drop_column"),
        (Step(file="alembic/versions/*.py", lacks=("drop_table",)), "not expected in the file: drop_table"),
        (Step(file="alembic/nothing.py", lacks=("x",)), "there is no such file"),
    ],
    ids=["exit", "failure", "stderr", "stdout", "quiet", "rows", "query", "contains", "lacks", "file"],
)
def test_what_is_not_so_is_refuted(run: Run, step: Step, said: str) -> None:
    with pytest.raises(Refuted, match=said):
        run.steps((step,))


def test_a_fix_that_changes_nothing_is_refuted(run: Run) -> None:
    with pytest.raises(Refuted, match="the fix that is said to be safe changed nothing"):
        run.fix()


def test_a_rule_that_does_not_exist_is_refuted(run: Run, tmp_path: Path) -> None:
    other = Run(Proof(Case(tmp_path / "no-such-rule" / "x"), "", fix="safe"), run.folder, run.database, {})
    with pytest.raises(Refuted, match="alembic-vet failed"):
        other.fix()


def test_several_passwords_have_to_be_told_apart() -> None:
    assert password_of(iter(["postgresql://a:p%7Bx@h/d", "postgresql://a:***@h/d", "postgresql://a:{b}@h/d"])) == "p{x"
    with pytest.raises(ValueError, match="several passwords"):
        password_of(iter(["postgresql://a:b@h/d", "postgresql+asyncpg://a:c@h/d"]))


@pytest.mark.parametrize(
    ("requires", "lacking"),
    [
        (("python>=3.10", "postgresql<17"), ""),
        (("postgresql>=17",), "postgresql>=17"),
        (("pytest", "no-such-distribution"), "no-such-distribution"),
    ],
)
def test_requirements(requires: tuple[str, ...], lacking: str) -> None:
    assert unmet(requires, {"python": "3.11.7", "postgresql": "15"}) == lacking
