"""Fixtures for all tests: database servers that the processes of one run share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proofs import server

_SESSION = "ALEMBIC_VET_TEST_SERVERS"


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder that servers live in; xdist's workers inherit the name from the environment."""
    if _SESSION not in os.environ:
        config.stash[_FOLDER] = folder = server.new_session()
        os.environ[_SESSION] = f"{folder}:{os.getpid()}"


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_FOLDER, None)
    if folder:
        del os.environ[_SESSION]
        server.stop_all(folder)


_FOLDER = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def server_url() -> Callable[[str], str]:
    """The superuser's URL of a server by its name (in `tests.proofs.server`), started when first asked for."""
    folder, _, owner = os.environ[_SESSION].rpartition(":")

    def url(name: str) -> str:
        try:
            return server.obtain(name, Path(folder), int(owner))
        except server.Unavailable as reason:
            pytest.skip(f"{name}: {reason}")

    return url
