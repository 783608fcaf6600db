"""Every proof: the code as written does what the rule says, and the fixed code works."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.proofs import server
from tests.proofs.databases import Database, SQLite, on_mariadb, on_postgresql, version
from tests.proofs.proof import Proof, Refuted, Run, build, password, proofs, unmet

pytestmark = pytest.mark.proof


def _parameters() -> Iterator[object]:
    for proof in proofs():
        names = server.postgresql_names() if proof.database == "postgresql" else [proof.database]
        for half in ["as-written", *(["fixed"] if proof.fixed else [])]:
            for name in names if proof.every_server else names[:1]:
                yield pytest.param(proof, name, half, id=f"{proof.case.id}-{name}-{half}")


@contextmanager
def _running(proof: Proof, name: str, folder: Path, server_url: Callable[[str], str]) -> Iterator[Run]:
    build(proof, folder)
    versions = {"python": platform.python_version()}
    with ExitStack() as stack:
        database: Database = SQLite(folder)
        if proof.database != "sqlite":
            url = server_url(name)
            versions[proof.database] = version(url)
            create = on_mariadb if proof.database == "mariadb" else on_postgresql
            database = stack.enter_context(create(url, password(proof, folder)))
        if lacking := unmet(proof.requires, versions):
            pytest.skip(f"needs {lacking}")
        run = Run(proof, folder, database, versions)
        run.point()
        yield run


@pytest.mark.parametrize(("proof", "name", "half"), list(_parameters()))
def test_proof(proof: Proof, name: str, half: str, tmp_path: Path, server_url: Callable[[str], str]) -> None:
    with _running(proof, name, tmp_path / "project", server_url) as run:
        refuted = _refutation(run, half)
    if refuted:
        pytest.fail(f"{proof.case.id}, {half}, on {name}: {refuted}", pytrace=False)


def _refutation(run: Run, half: str) -> Refuted | None:
    try:
        if half == "fixed":
            run.fix()
        run.steps(run.proof.prepare)
        run.steps(run.proof.fixed if half == "fixed" else run.proof.outcome)
    except Refuted as refuted:
        return refuted
    return None
