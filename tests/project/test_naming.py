"""Which naming convention holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.model.schema.names import DEFAULT_CONVENTION
from alembic_vet.project.naming import naming_convention
from tests.project_tree import BASE, env, index

ASSIGNED = 'def name_all(metadata):\n    metadata.naming_convention = {"uq": "unique_%(table_name)s"}\n'
PACKAGE = {"app/__init__.py": "", "app/base.py": BASE}


@pytest.mark.parametrize(
    ("at", "alembic", "counts"),
    [
        pytest.param("app/names.py", "alembic", True, id="in the application"),
        pytest.param("tests/conftest.py", "alembic", False, id="in tests"),
        pytest.param("app/test_names.py", "alembic", False, id="in a test"),
        pytest.param("tests/names.py", "tests/alembic", True, id="in the tests that have the environment"),
    ],
)
def test_where_a_convention_is_assigned(tmp_path: Path, at: str, alembic: str, counts: bool) -> None:
    files = {**PACKAGE, f"{alembic}/env.py": env("from app.base import Base"), at: ASSIGNED}
    found = naming_convention(index(tmp_path, files, alembic))
    assert found == ({"uq": "unique_%(table_name)s"} if counts else DEFAULT_CONVENTION)
