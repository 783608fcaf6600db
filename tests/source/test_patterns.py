from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.source.patterns import matches

ROOT = Path("/project")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("env.py", "env.py", True),
        ("env.py", "db/alembic/env.py", True),
        ("versions", "db/versions/0001_a.py", True),
        ("versions/", "db/versions/0001_a.py", True),
        ("version", "db/versions/0001_a.py", False),
        ("*_old.py", "db/versions/0001_old.py", True),
        ("*.py", "db/versions/0001_old.pyc", False),
        ("db/versions", "db/versions/0001.py", True),
        ("./db/versions", "db/versions/0001.py", True),
        ("/db/versions", "db/versions/0001.py", True),
        ("db\\versions", "db/versions/0001.py", True),
        ("versions/0001.py", "db/versions/0001.py", False),
        ("**/versions/0001.py", "db/versions/0001.py", True),
        ("**/versions/0001.py", "versions/0001.py", True),
        ("db/*/0001.py", "db/versions/0001.py", True),
        ("db/*", "db/a/b/0001.py", True),
        ("db/*.py", "db/a/0001.py", False),
        ("db/**", "db/a/b/0001.py", True),
        ("db/**", "db", False),
        ("db/**/0001.py", "db/0001.py", True),
        ("000?.py", "0001.py", True),
        ("000?.py", "00011.py", False),
        ("000[1-3].py", "0002.py", True),
        ("000[!1-3].py", "0002.py", False),
        ("000[!1-3].py", "0004.py", True),
        ("a+(b).py", "a+(b).py", True),
        ("[z-a].py", "[z-a].py", True),
        ("[", "[", True),
        ("", "env.py", False),
    ],
)
def test_matches(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, ROOT / path, ROOT) is expected


def test_outside_of_the_root() -> None:
    assert matches("versions", Path("/elsewhere/versions/0001.py"), ROOT)
    assert not matches("project", Path("/elsewhere/versions/0001.py"), ROOT)
