"""Names that imports bring: found, added in place and style, taken away."""

from __future__ import annotations

import pytest

from tests.fixes.editing import Code, rewritten

NULL_POOL = "sqlalchemy.pool.NullPool"


@pytest.mark.parametrize(
    ("text", "qualified", "name"),
    [
        ("from sqlalchemy import pool\n", NULL_POOL, "pool.NullPool"),
        ("from sqlalchemy import pool as p\n", NULL_POOL, "p.NullPool"),
        ("from sqlalchemy.pool import NullPool\n", NULL_POOL, "NullPool"),
        ("from sqlalchemy.pool import NullPool as NP\n", NULL_POOL, "NP"),
        ("from sqlalchemy import NullPool\n", NULL_POOL, "NullPool"),
        ("import sqlalchemy as sa\n", NULL_POOL, "sa.pool.NullPool"),
        ("import sqlalchemy\n", NULL_POOL, "sqlalchemy.pool.NullPool"),
        ("import sqlalchemy.pool\n", NULL_POOL, "sqlalchemy.pool.NullPool"),
        ("import sqlalchemy.pool as sp\n", NULL_POOL, "sp.NullPool"),
        ("import sqlalchemy.ext.asyncio\n", "sqlalchemy.ext.asyncio.AsyncEngine", "sqlalchemy.ext.asyncio.AsyncEngine"),
        ("from sqlalchemy.ext import asyncio\n", "sqlalchemy.ext.asyncio.AsyncEngine", "asyncio.AsyncEngine"),
        ("import asyncio\n", "asyncio.run", "asyncio.run"),
        ("from asyncio import run\n", "asyncio.run", "run"),
        ("from alembic import context\n", "alembic.context", "context"),
        ("import alembic\n", "alembic.context", "alembic.context"),
    ],
)
def test_an_import_that_is_there_is_used(text: str, qualified: str, name: str) -> None:
    code = Code(text)
    assert code.rewrite.name_for(qualified) == name
    assert code.rewrite.edits() == ()


@pytest.mark.parametrize(
    ("text", "qualified", "prefer_module", "name", "after"),
    [
        pytest.param(
            "import sqlalchemy\n",
            "sqlalchemy.ext.asyncio.AsyncEngine",
            False,
            "AsyncEngine",
            "import sqlalchemy\nfrom sqlalchemy.ext.asyncio import AsyncEngine\n",
            id="sqlalchemy does not load sqlalchemy.ext",
        ),
        pytest.param(
            "import sqlalchemy as sa\nfrom alembic import op\n",
            "sqlalchemy.dialects.postgresql.ENUM",
            True,
            "postgresql.ENUM",
            "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n",
            id="import statements stand above from statements",
        ),
        pytest.param(
            "from alembic import op\nimport sqlalchemy as sa\n",
            "sqlalchemy.dialects.postgresql.ENUM",
            True,
            "postgresql.ENUM",
            "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n",
            id="packages keep together where nothing is in order",
        ),
        pytest.param(
            "from sqlalchemy import pool\n\n\ndef f(pool):\n    pass\n",
            NULL_POOL,
            True,
            "NullPool",
            "from sqlalchemy import pool\nfrom sqlalchemy.pool import NullPool\n\n\ndef f(pool):\n    pass\n",
            id="a parameter hides the import",
        ),
        pytest.param(
            "if True:\n    from sqlalchemy import pool\n",
            NULL_POOL,
            False,
            "NullPool",
            "from sqlalchemy.pool import NullPool\n\nif True:\n    from sqlalchemy import pool\n",
            id="an import under a condition does not count",
        ),
        pytest.param(
            "from app import NullPool\n",
            NULL_POOL,
            False,
            "NullPool_",
            "from sqlalchemy.pool import NullPool as NullPool_\n\nfrom app import NullPool\n",
            id="the name is taken",
        ),
        pytest.param(
            "from sqlalchemy.ext import asyncio\n",
            "asyncio.run",
            False,
            "asyncio_.run",
            "import asyncio as asyncio_\n\nfrom sqlalchemy.ext import asyncio\n",
            id="the module's name is taken",
        ),
        pytest.param(
            "pool = 1\n",
            NULL_POOL,
            True,
            "NullPool",
            "from sqlalchemy.pool import NullPool\n\npool = 1\n",
            id="the preferred module's name is taken",
        ),
    ],
)
def test_otherwise_one_is_added(text: str, qualified: str, prefer_module: bool, name: str, after: str) -> None:
    code = Code(text)
    assert code.rewrite.name_for(qualified, prefer_module=prefer_module) == name
    assert code.result == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("from sqlalchemy import create_engine", "from sqlalchemy import create_engine, pool", id="last"),
        pytest.param("from sqlalchemy import text", "from sqlalchemy import pool, text", id="in order"),
        pytest.param("from sqlalchemy import text, and_", "from sqlalchemy import text, and_, pool", id="no order"),
        pytest.param("from sqlalchemy import (and_, text)", "from sqlalchemy import (and_, pool, text)", id="brackets"),
        pytest.param(
            "from sqlalchemy import (\n    and_,\n    text,\n)",
            "from sqlalchemy import (\n    and_,\n    pool,\n    text,\n)",
            id="lines",
        ),
        pytest.param(
            "from sqlalchemy import (\n    and_,\n    or_  # or\n)",
            "from sqlalchemy import (\n    and_,\n    or_,  # or\n    pool\n)",
            id="lines without a last comma",
        ),
        pytest.param(
            "from sqlalchemy import and_, \\\n    text",
            "from sqlalchemy import and_, pool, \\\n    text",
            id="backslash",
        ),
        pytest.param(
            "from sqlalchemy import text\nfrom sqlalchemy import and_",
            "from sqlalchemy import text\nfrom sqlalchemy import and_\nfrom sqlalchemy import pool",
            id="one name a line, no order",
        ),
        pytest.param(
            "from sqlalchemy import and_\nfrom sqlalchemy import text",
            "from sqlalchemy import and_\nfrom sqlalchemy import pool\nfrom sqlalchemy import text",
            id="one name a line, in order",
        ),
        pytest.param(
            "from sqlalchemy import text  # noqa: F401",
            "from sqlalchemy import pool\nfrom sqlalchemy import text  # noqa: F401",
            id="a statement with a comment is left alone",
        ),
        pytest.param(
            "from sqlalchemy import create_engine, engine_from_config, inspect, make_url, MetaData, not_",
            "from sqlalchemy import (\n    create_engine,\n    engine_from_config,\n    inspect,\n    make_url,\n"
            "    MetaData,\n    not_,\n    pool,\n)",
            id="too long for a line",
        ),
        pytest.param("from sqlalchemy import *", "from sqlalchemy import *\nfrom sqlalchemy import pool", id="star"),
    ],
)
def test_names_join_the_statement_of_their_module(before: str, after: str) -> None:
    assert rewritten(f"{before}\n", lambda code: code.rewrite.name_for(NULL_POOL, prefer_module=True)) == f"{after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('"""Doc."""\n', '"""Doc."""\n\nimport asyncio\n', id="only a docstring"),
        pytest.param('"""Doc."""\nx = 1\n', '"""Doc."""\n\nimport asyncio\n\nx = 1\n', id="docstring"),
        pytest.param('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nimport asyncio\n\nx = 1\n', id="docstring and blank line"),
        pytest.param("#!/bin/python\nx = 1\n", "#!/bin/python\nimport asyncio\n\nx = 1\n", id="comment"),
        pytest.param(
            "from __future__ import annotations\n\nx = 1\n",
            "from __future__ import annotations\n\nimport asyncio\n\nx = 1\n",
            id="future",
        ),
        pytest.param(
            "import os\nimport abc\n", "import os\nimport abc\nimport asyncio\n", id="standard library, no order"
        ),
        pytest.param("import abc\nimport os\n", "import abc\nimport asyncio\nimport os\n", id="standard library"),
        pytest.param(
            "from logging.config import fileConfig\n\nfrom alembic import context\n",
            "import asyncio\nfrom logging.config import fileConfig\n\nfrom alembic import context\n",
            id="plain imports first",
        ),
        pytest.param(
            "from alembic import context\n", "import asyncio\n\nfrom alembic import context\n", id="above third party"
        ),
        pytest.param("def f():\n    import os\n", "import asyncio\n\ndef f():\n    import os\n", id="none at the top"),
    ],
)
def test_a_new_import_of_the_standard_library(before: str, after: str) -> None:
    assert rewritten(before, lambda code: code.rewrite.name_for("asyncio.run")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "import os\n", "import os\n\nfrom sqlalchemy.pool import NullPool\n", id="below the standard library"
        ),
        pytest.param(
            "import os\nfrom app import x\n",
            "import os\n\nfrom sqlalchemy.pool import NullPool\n\nfrom app import x\n",
            id="above first party",
        ),
        pytest.param(
            "from alembic import context\nfrom app import x\n",
            "from alembic import context\nfrom sqlalchemy.pool import NullPool\nfrom app import x\n",
            id="beside third party",
        ),
        pytest.param(
            "from sqlalchemy.ext import a\nfrom sqlalchemy.sql import b\n\nfrom alembic import context\n",
            "from sqlalchemy.ext import a\nfrom sqlalchemy.pool import NullPool\nfrom sqlalchemy.sql import b\n\n"
            "from alembic import context\n",
            id="among its own package",
        ),
    ],
)
def test_a_new_import_of_sqlalchemy(before: str, after: str) -> None:
    assert rewritten(before, lambda code: code.rewrite.name_for(NULL_POOL)) == after


def test_new_names_are_known_to_each_other() -> None:
    code = Code("x = 1\n")
    for _ in range(2):
        assert code.rewrite.name_for(NULL_POOL, prefer_module=True) == "pool.NullPool"
    assert code.rewrite.name_for("sqlalchemy.pool.StaticPool") == "pool.StaticPool"
    assert code.rewrite.name_for("sqlalchemy.engine.Connection") == "Connection"
    assert code.rewrite.name_for("asyncio.run") == "asyncio.run"
    assert code.result == (
        "import asyncio\n\nfrom sqlalchemy import pool\nfrom sqlalchemy.engine import Connection\n\nx = 1\n"
    )


ENV = """\
import os
import sys

sys.path.append(".")

from app.db import Base

config = 1

# the metadata
target_metadata = Base.metadata
"""


def test_models_go_beside_other_imports_of_their_package() -> None:
    code = Code(ENV)
    before = code.statement("target_metadata")
    for module in ("app.models.user", "app.models.note"):
        code.rewrite.add_import(f"import {module}", comment="noqa: F401", before=before)
    added = "import app.models.note  # noqa: F401\nimport app.models.user  # noqa: F401\n"
    assert code.result == ENV.replace("from app.db", f"{added}from app.db")


def test_models_of_another_package_go_where_they_are_needed() -> None:
    code = Code(ENV)
    code.rewrite.add_import("import models", comment="noqa: F401", before=code.statement("target_metadata"))
    assert code.result == ENV.replace("target_metadata =", "import models  # noqa: F401\ntarget_metadata =")


@pytest.mark.parametrize(
    ("text", "statement", "after"),
    [
        pytest.param("import app.models\n", "import app.models", "import app.models\n", id="there already"),
        pytest.param("from a import b\n", "from a import b", "from a import b\n", id="there already, from"),
        pytest.param(
            "from app.main import app\n",
            "import app.models.user",
            "from app.main import app\nfrom app.models import user\n",
            id="`app` is something else",
        ),
        pytest.param(
            "from app.main import app, user\n",
            "import app.models.user",
            "from app.main import app, user\nfrom app.models import user as user_\n",
            id="so is `user`",
        ),
        pytest.param(
            "user = 1\n",
            "from app.models import user",
            "from app.models import user as user_\n\nuser = 1\n",
            id="alias",
        ),
        pytest.param("import app.db\n", "import app.models", "import app.db\nimport app.models\n", id="same package"),
    ],
)
def test_an_import_hides_nothing(text: str, statement: str, after: str) -> None:
    assert rewritten(text, lambda code: code.rewrite.add_import(statement)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("from s import a\n\nx = 1\n", "x = 1\n", id="the whole statement"),
        pytest.param("import o\nfrom s import a\n\nx = o\n", "import o\n\nx = o\n", id="one of two statements"),
        pytest.param("from s import a, b\n\nx = b\n", "from s import b\n\nx = b\n", id="first name"),
        pytest.param("from s import b, a\n\nx = b\n", "from s import b\n\nx = b\n", id="last name"),
        pytest.param("from s import (\n    a,\n    b,\n)\nb\n", "from s import (\n    b,\n)\nb\n", id="its line"),
        pytest.param("from s import z as a, b\nb\n", "from s import b\nb\n", id="alias"),
        pytest.param("import a.c\nx = 1\n", "x = 1\n", id="module"),
        pytest.param("from s import a\nx = a\n", "from s import a\nx = a\n", id="still used"),
        pytest.param("from s import a\nx: 'list[a]'\n", "from s import a\nx: 'list[a]'\n", id="used in a string"),
        pytest.param("from s import a\n__all__ = ['a']\n", "from s import a\n__all__ = ['a']\n", id="exported"),
        pytest.param("from s import a  # noqa\nx = 1\n", "x = 1\n", id="with its comment"),
        pytest.param("from s import b\nb\n", "from s import b\nb\n", id="not imported"),
    ],
)
def test_an_import_that_is_not_used_goes(before: str, after: str) -> None:
    assert rewritten(before, lambda code: code.rewrite.remove_import_name("a")) == after


def test_a_name_that_the_rewrite_leaves_unused_makes_room_for_another() -> None:
    code = Code("from sqlalchemy import engine_from_config, text\n\ntext\nengine_from_config()\n")
    code.rewrite.replace(code.expression("engine_from_config"), code.rewrite.name_for("sqlalchemy.create_engine"))
    code.rewrite.remove_import_name("engine_from_config")
    assert code.result == "from sqlalchemy import create_engine, text\n\ntext\ncreate_engine()\n"
