"""What the quick commands may not load: a hook that is felt gets removed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fixture_cases import PROJECTS

HEAVY = {"libcst", "tomlkit", "configupdater", "sqlparse", "asyncio", "http", "email", "alembic", "sqlalchemy"}


def imported(*arguments: str) -> set[str]:
    """The top-level packages that a run of the command loads."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "alembic_vet", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")]
    return {name.partition(".")[0] for name in names}


def test_imports_are_seen() -> None:
    assert {"click", "alembic_vet"} <= imported("--help")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["rules"]], ids=" ".join)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    assert not imported(*arguments) & HEAVY


def test_a_check_without_findings_needs_no_libcst() -> None:
    loaded = imported("check", str(PROJECTS / "generic"))
    assert "alembic_vet" in loaded
    assert not loaded & {"libcst", "alembic", "sqlalchemy", "asyncio", "http", "email"}
