"""Every proof: the code as written does what the rule says, and the fixed code works."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.proofs.databases import SQLite, mariadb, postgresql
from tests.proofs.proof import Proof, Refuted, Run, build, password, proofs, unmet
from tests.proofs.server import Unavailable, server_names

pytestmark = pytest.mark.proof


def _parameters() -> list[object]:
    return list(_each())


def _each() -> Iterator[object]:
    for proof in proofs():
        if proof.database == "postgresql":
            servers = server_names() if proof.every_server else server_names()[:1]
        else:
            servers = [proof.database]
        for half in ["as-written", *(["fixed"] if proof.fixed else [])]:
            for server in servers:
                yield pytest.param(proof, server, half, id=f"{proof.case.id}-{server}-{half}")


@contextmanager
def _running(proof: Proof, server: str, folder: Path, postgres_url: Callable[[str], str]) -> Iterator[Run]:
    versions = {"python": platform.python_version()}
    build(proof, folder)
    with ExitStack() as stack:
        try:
            if proof.database == "sqlite":
                database = SQLite(folder)
            elif proof.database == "postgresql":
                database = stack.enter_context(postgresql(postgres_url(server), password(proof, folder)))
                versions["postgresql"] = database.major
            else:
                database = stack.enter_context(mariadb())
        except Unavailable as reason:
            pytest.skip(str(reason))
        if lacking := unmet(proof.requires, versions):
            pytest.skip(f"needs {lacking}")
        run = Run(proof, folder, database, versions)
        run.point()
        yield run


@pytest.mark.parametrize(("proof", "server", "half"), _parameters())
def test_proof(proof: Proof, server: str, half: str, tmp_path: Path, postgres_url: Callable[[str], str]) -> None:
    with _running(proof, server, tmp_path / "project", postgres_url) as run:
        refuted = _refutation(run, half)
    if refuted:
        pytest.fail(f"{proof.case.id}, {half}, on {server}: {refuted}", pytrace=False)


def _refutation(run: Run, half: str) -> Refuted | None:
    try:
        if half == "fixed":
            run.fix()
        run.steps(run.proof.prepare)
        run.steps(run.proof.fixed if half == "fixed" else run.proof.outcome)
    except Refuted as refuted:
        return refuted
    return None
