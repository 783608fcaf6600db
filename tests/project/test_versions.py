from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.project.requirements import Requirement, parse_requirement
from alembic_vet.project.versions import has_dependency, project_version
from alembic_vet.settings import Version

UV = """version = 1
requires-python = ">=3.10"

[[package]]
name = "alembic"
version = "1.14.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "sqlalchemy" },
]

[[package]]
name = "sqlalchemy"
version = "2.0.36"
"""
POETRY = '[[package]]\nname = "SQLAlchemy"\nversion = "1.4.54"\ndescription = "x"\n'
PDM = (
    '[metadata]\ngroups = ["default"]\n\n[[package]]\nname = "sqlalchemy"\nversion = "2.1.0b1"\nextras = ["asyncio"]\n'
)
PYLOCK = 'lock-version = "1.0"\n\n[[packages]]\nname = "sqlalchemy"\nversion = "2.0.40"\n'
PIPFILE = (
    '{"_meta": {}, "default": {"sqlalchemy": {"hashes": [], "version": "==2.0.31"}, "a": {"git": "x"}}, "develop": {}}'
)


def project(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@pytest.mark.parametrize(
    ("files", "version"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"uv.lock": UV}, (2, 0, 36), id="uv"),
        pytest.param({"uv.lock": UV.replace("\n", "\r\n")}, (2, 0, 36), id="uv, Windows newlines"),
        pytest.param({"uv.lock": f'{UV}\n[[package]]\nname = "sqlalchemy"\nversion = "1.4.1"\n'}, (1, 4, 1), id="forks"),
        pytest.param({"poetry.lock": POETRY}, (1, 4, 54), id="poetry.lock"),
        pytest.param({"pdm.lock": PDM}, (2, 1, 0), id="pdm.lock"),
        pytest.param({"pylock.toml": PYLOCK}, (2, 0, 40), id="pylock.toml"),
        pytest.param({"Pipfile.lock": PIPFILE}, (2, 0, 31), id="Pipfile.lock"),
        pytest.param({"Pipfile.lock": "{"}, None, id="broken Pipfile.lock"),
        pytest.param({"Pipfile.lock": '{"default": [1]}'}, None, id="another Pipfile.lock"),
        pytest.param({"uv.lock": UV, "requirements.txt": "sqlalchemy==2.0.1"}, (2, 0, 36), id="lock file first"),
        pytest.param({"requirements.txt": "SQLAlchemy[asyncio]==2.0.30 ; python_version > '3'"}, (2, 0, 30), id="pin"),
        pytest.param({"requirements.txt": "sqlalchemy==2.0.30 \\\n    --hash=sha256:abc\n"}, (2, 0, 30), id="hashes"),
        pytest.param({"requirements.txt": "sqlalchemy~=2.0.3  # new\n"}, (2, 0, 3), id="compatible"),
        pytest.param({"requirements.txt": "sqlalchemy>=1.4,<3,>=2.0\n"}, (2, 0), id="the higher lower bound"),
        pytest.param({"requirements.txt": "sqlalchemy<2.1\n"}, None, id="upper bound only"),
        pytest.param({"requirements.txt": "sqlalchemy\n"}, None, id="any version"),
        pytest.param({"requirements.txt": "sqlalchemy @ file:///wheels/SQLAlchemy-2.0.1.whl\n"}, None, id="from a file"),
        pytest.param({"requirements.txt": "sqlalchemy-utils==0.41\n-e .\n--index-url x\n"}, None, id="other lines"),
        pytest.param({"requirements.txt": "SQLAlchemy==2.0.5\r\n".encode("utf-16")}, (2, 0, 5), id="UTF-16"),
        pytest.param({"requirements.txt": b"\xef\xbb\xbfSQLAlchemy==2.0.5\n"}, (2, 0, 5), id="byte order mark"),
        pytest.param({"requirements.txt": b"# caf\xe9\nSQLAlchemy==2.0.5\n"}, (2, 0, 5), id="Latin-1"),
        pytest.param({"requirements/base.txt": "sqlalchemy==2.0.5"}, (2, 0, 5), id="folder"),
        pytest.param({"requirements-dev.txt": "sqlalchemy==2.0.5"}, (2, 0, 5), id="another name"),
        pytest.param({"requirements.txt": "-r deps/a.txt", "deps/a.txt": "sqlalchemy==2.0.5"}, (2, 0, 5), id="included"),
        pytest.param({"requirements.txt": "-r requirements.txt\nsqlalchemy>=2"}, (2, 0), id="includes itself"),
        pytest.param({"requirements.txt": "sqlalchemy>=1.4", "constraints.txt": "sqlalchemy==2.0.5"}, (2, 0, 5), id="pins first"),
        pytest.param({"pyproject.toml": '[project]\ndependencies = ["sqlalchemy (>=2.0.4)"]'}, (2, 0, 4), id="PEP 621"),
        pytest.param({"pyproject.toml": '[project.optional-dependencies]\ndb = ["sqlalchemy>=2"]'}, (2, 0), id="extra"),
        pytest.param({"pyproject.toml": '[dependency-groups]\ndb = [{include-group = "sqlalchemy"}, "SQLAlchemy>=2"]'}, (2, 0), id="group"),
        pytest.param({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = "^2.0.1"'}, (2, 0, 1), id="poetry ^"),
        pytest.param({"pyproject.toml": '[tool.poetry.dependencies]\nSQLAlchemy = "2.0.1"'}, (2, 0, 1), id="poetry pin"),
        pytest.param({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = "*"'}, None, id="poetry *"),
        pytest.param({"pyproject.toml": '[tool.poetry.dependencies]\nsqlalchemy = {version = "~2.0", extras = ["asyncio"]}'}, (2, 0), id="poetry table"),
        pytest.param({"pyproject.toml": '[tool.poetry.group.db.dependencies]\nsqlalchemy = [{version = ">=2.0", python = ">3.9"}]'}, (2, 0), id="poetry group"),
        pytest.param({"pyproject.toml": "[project"}, None, id="broken pyproject"),
        pytest.param({"pyproject.toml": 'project = 1\n[tool]\npoetry = 2\nuv = "x"'}, None, id="odd pyproject"),
        pytest.param({"Pipfile": '[packages]\nsqlalchemy = ">=2.0.2"'}, (2, 0, 2), id="Pipfile"),
        pytest.param({"setup.cfg": "[options]\ninstall_requires =\n    alembic\n    sqlalchemy>=2.0.2\n"}, (2, 0, 2), id="setup.cfg"),
        pytest.param({"setup.cfg": "[options.extras_require]\ndb = sqlalchemy>=2.0.2\n"}, (2, 0, 2), id="setup.cfg extra"),
        pytest.param({"setup.cfg": "options"}, None, id="broken setup.cfg"),
        pytest.param({"setup.py": "from setuptools import setup\nsetup(install_requires=['sqlalchemy>=2.0.2'])"}, (2, 0, 2), id="setup.py"),
        pytest.param({"setup.py": "raise SystemExit('executed')\nREQUIRES = ['sqlalchemy>=2.0.2']"}, (2, 0, 2), id="setup.py is not executed"),
        pytest.param({"setup.py": "setup(name='sqlalchemy>=2.0.2'"}, None, id="broken setup.py"),
    ],
)  # fmt: skip
def test_sqlalchemy(tmp_path: Path, files: dict[str, str | bytes], version: Version | None) -> None:
    assert project_version("sqlalchemy", project(tmp_path, files)) == version


def test_dependencies(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "uv.lock": UV,
            "requirements.txt": "Flask_Migrate\n",
            "constraints.txt": "psycopg==3.2\n",
            "pyproject.toml": '[project]\ndependencies = ["asyncpg"]\n',
        },
    )
    assert [has_dependency(name, root) for name in ("alembic", "flask-migrate", "asyncpg")] == [True] * 3
    assert not has_dependency("psycopg", root), "a constraint asks for nothing"
    assert project_version("psycopg", root) == (3, 2)
    assert not has_dependency("flask", root)


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("a", Requirement("a")),
        (" A.b_C [x, y] >= 1.2 ", Requirement("a-b-c", (1, 2))),
        ("a==1.*", Requirement("a", (1, 0), pinned=True)),
        ("a===v1.2.3rc1", Requirement("a", (1, 2, 3), pinned=True)),
        ("a!=1.5,>1.4", Requirement("a", (1, 4))),
        ("a @ git+https://host/a@v1", Requirement("a")),
        ("git+https://host/a", None),
        ("./wheels/a.whl", None),
        ("a b", None),
        ("==1", None),
    ],
)
def test_requirement(text: str, requirement: Requirement | None) -> None:
    assert parse_requirement(text) == requirement
