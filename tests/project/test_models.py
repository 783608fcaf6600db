"""Which tables env.py never loads, and when that cannot be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project_tree import BASE, INI, env, index, model

PACKAGE = {"app/__init__.py": "", "app/base.py": BASE}
BASE_ONLY = {**PACKAGE, "alembic/env.py": env("from app.base import Base")}


def unreached(root: Path, files: dict[str, str], at: str = "alembic") -> list[str]:
    return [each.module for each in index(root, files, at).unreached]


def test_a_module_nobody_imports(tmp_path: Path) -> None:
    models = index(tmp_path, {**BASE_ONLY, "app/user.py": model("User"), "app/helper.py": "x = 1\n"})
    (found,) = models.unreached
    assert (found.module, found.path) == ("app.user", tmp_path / "app" / "user.py")
    (table,) = found.tables
    assert (table.class_name, table.table, table.metadata.expression) == ("User", "user", "Base.metadata")
    assert (table.location.path, table.location.span.line) == (found.path, 4)
    assert found.importable


@pytest.mark.parametrize(
    "imports",
    [
        pytest.param("import app.user", id="module"),
        pytest.param("from app import user", id="submodule"),
        pytest.param("from app.user import User", id="class"),
        pytest.param("from app.user import *", id="star"),
        pytest.param("import app.routes", id="through another module"),
        pytest.param("import app.aggregate", id="through a package"),
        pytest.param("def load():\n    import app.user\nload()", id="in a function"),
        pytest.param("try:\n    import app.user\nexcept ImportError:\n    pass", id="in a try"),
        pytest.param("import importlib\nimportlib.import_module('app.user')", id="by name"),
        pytest.param("import pkgutil, app\nlist(pkgutil.walk_packages(app.__path__, 'app.'))", id="by a walk"),
    ],
)
def test_ways_to_import_it(tmp_path: Path, imports: str) -> None:
    files = {
        **PACKAGE,
        "app/user.py": model("User"),
        "app/routes.py": "def endpoint():\n    from .user import User\nendpoint()\n",
        "app/aggregate/__init__.py": "from app import user as user\n",
        "alembic/env.py": env(f"from app.base import Base\n{imports}"),
    }
    assert unreached(tmp_path, files) == []


@pytest.mark.parametrize(
    "imports",
    [
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.user", id="type checkers only"
        ),
        pytest.param("from app.routes import router", id="in a function nobody names"),
        pytest.param("import fastapi", id="something else"),
    ],
)
def test_imports_that_do_not_count(tmp_path: Path, imports: str) -> None:
    files = {
        **PACKAGE,
        "app/user.py": model("User"),
        "app/routes.py": "router = 1\ndef endpoint():\n    from .user import User\n",
        "alembic/env.py": env(f"from app.base import Base\n{imports}"),
    }
    assert unreached(tmp_path, files) == ["app.user"]


def test_sqlmodel(tmp_path: Path) -> None:
    hero = "from sqlmodel import SQLModel\nclass {0}(SQLModel, table=True):\n    id: int\n"
    files = {
        "app/__init__.py": "",
        "app/hero.py": hero.format("Hero"),
        "app/team.py": hero.format("Team"),
        "app/schema.py": "from sqlmodel import SQLModel\nclass Read(SQLModel):\n    id: int  # Mapped[int]\n",
        "alembic/env.py": env("from sqlmodel import SQLModel\nimport app.hero", "SQLModel.metadata"),
    }
    assert unreached(tmp_path, files) == ["app.team"]


def test_src_layout_that_nothing_puts_on_the_path(tmp_path: Path) -> None:
    files = {f"src/{name}": text for name, text in {**PACKAGE, "app/user.py": model("User")}.items()}
    ini = "[alembic]\nscript_location = %(here)s/alembic\n"
    models = index(tmp_path, {**files, "alembic.ini": ini, "alembic/env.py": env("from app.base import Base")})
    (found,) = models.unreached
    # As importable as env.py's own imports.
    assert found.module == "app.user"
    assert found.importable


def test_a_namespace_package(tmp_path: Path) -> None:
    files = {"app/base.py": BASE, "app/user.py": model("User"), "alembic/env.py": env("from app.base import Base")}
    assert unreached(tmp_path, files) == ["app.user"]


def test_a_module_that_imports_by_other_names_is_not_importable(tmp_path: Path) -> None:
    """Run from inside `app`, its own imports say `core`; an import of `app.core.user` in env.py would fail."""
    base = {"app/__init__.py": "", "app/core/__init__.py": "", "app/core/base.py": BASE}
    user = model("User").replace("app.base", "core.base")
    files = {**base, "app/core/user.py": user, "alembic/env.py": env("from app.core.base import Base")}
    (found,) = index(tmp_path, files).unreached
    assert not found.importable


@pytest.mark.parametrize(
    "path",
    ["tests/models.py", "app/tests/user.py", "docs/user.py", "examples/user.py", "scripts/user.py", "app/conftest.py",
     "alembic/user.py", "vendor/app/user.py"],
)  # fmt: skip
def test_code_that_is_apart(tmp_path: Path, path: str) -> None:
    assert unreached(tmp_path, {**BASE_ONLY, path: model("User")}) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(model("User").replace("app.base", "vendor.base"), id="a base that is not known"),
        pytest.param(model("User").replace("__tablename__", "# __tablename__"), id="no table"),
        pytest.param(model("User").replace("__tablename__", "__abstract__ = True\n    x"), id="abstract"),
        pytest.param(BASE + model("User").replace("from app.base import Base\n", ""), id="a metadata of its own"),
        pytest.param("def broken(:  # __tablename__\n", id="no Python"),
    ],
)
def test_modules_without_a_table_on_this_metadata(tmp_path: Path, text: str) -> None:
    assert unreached(tmp_path, {**BASE_ONLY, "app/user.py": text}) == []


def test_a_copy_of_a_loaded_table(tmp_path: Path) -> None:
    imports = "from app.base import Base\nimport app.user"
    files = {**PACKAGE, "app/user.py": model("User"), "app/user2.py": model("User"), "alembic/env.py": env(imports)}
    assert unreached(tmp_path, files) == []


def test_an_import_commented_out(tmp_path: Path) -> None:
    imports = "from app.base import Base\n# from app.user import User"
    assert unreached(tmp_path, {**PACKAGE, "app/user.py": model("User"), "alembic/env.py": env(imports)}) == []


def test_two_services_with_a_package_of_one_name(tmp_path: Path) -> None:
    files: dict[str, str] = {}
    for service in ("a", "b"):
        files[f"{service}/alembic.ini"] = INI
        files[f"{service}/alembic/env.py"] = env("from app.base import Base\nimport app.user")
        files[f"{service}/app/base.py"] = BASE
        files[f"{service}/app/user.py"] = model("User")
    files["b/app/post.py"] = model("Post")
    assert unreached(tmp_path, files, "a/alembic") == []
    assert unreached(tmp_path, files, "b/alembic") == ["app.post"]


def test_what_a_second_environment_loads_is_not_missing(tmp_path: Path) -> None:
    """Two services with one SQLModel: the metadata is one by its name only, they never run in one process."""
    hero = "from sqlmodel import SQLModel\nclass {0}(SQLModel, table=True):\n    id: int\n"
    files: dict[str, str] = {}
    for service, name in (("first", "Hero"), ("second", "Team")):
        files[f"{service}.ini"] = INI.replace("%(here)s/alembic", f"%(here)s/{service}/alembic")
        files[f"{service}/__init__.py"] = ""
        files[f"{service}/models.py"] = hero.format(name)
        imports = f"from sqlmodel import SQLModel\nimport {service}.models"
        files[f"{service}/alembic/env.py"] = env(imports, "SQLModel.metadata")
    assert unreached(tmp_path, files, "first/alembic") == []
    assert unreached(tmp_path, {**files, "first/late.py": hero.format("Late")}, "first/alembic") == ["first.late"]


def test_a_plugin_with_a_build_of_its_own(tmp_path: Path) -> None:
    plugin = {
        "plugins/x/setup.py": "from setuptools import setup\nsetup(packages=['x'])\n",
        "plugins/x/x.py": model("X"),
    }
    files = {**BASE_ONLY, **plugin, "app/user.py": model("User"), "alembic.ini": INI}
    assert unreached(tmp_path, files) == ["app.user"]


DOUBTS: dict[str, dict[str, str]] = {
    "dynamic": {"alembic/env.py": env("from app.base import Base\nimport importlib\nimportlib.import_module(name)")},
    "lost": {"alembic/env.py": env("from app.base import Base\nfrom app.gone import x")},
    "generated by code": {"app/cli.py": "from alembic import command\ncommand.revision(cfg, autogenerate=True)\n"},
    "another environment": {
        "second/alembic.ini": INI.replace("%(here)s/alembic", "%(here)s/migrations"),
        "second/migrations/env.py": env("from app.base import Base"),
    },
    "not parsed": {"app/__init__.py": "def broken(:\n"},
}


@pytest.mark.parametrize("case", DOUBTS)
def test_doubt(tmp_path: Path, case: str) -> None:
    models = index(tmp_path, {**BASE_ONLY, "app/user.py": model("User"), "alembic.ini": INI, **DOUBTS[case]})
    assert models.doubt
    assert [each.module for each in models.missing] == ["app.user"]
    assert models.unreached == ()


def test_no_configuration_at_all(tmp_path: Path) -> None:
    models = index(tmp_path, {**BASE_ONLY, "app/user.py": model("User"), "setup.cfg": "", "pyproject.toml": ""})
    assert models.config.format == "none"
    assert models.doubt
    assert models.unreached == ()


@pytest.mark.parametrize(
    ("metadata", "kind", "expressions"),
    [
        ("Base.metadata", "known", {"Base.metadata"}),
        ("[Base.metadata, Other.metadata]", "known", {"Base.metadata", "Other.metadata"}),
        ("target_metadata", "known", {"Base.metadata"}),
        ("get()", "known", {"Base.metadata"}),
        ("None", "none", set()),
        ("current_app.extensions['migrate'].db.metadata", "unknown", set()),
        ("merge(Base.metadata)", "unknown", set()),
        ("forever()", "unknown", set()),
    ],
)
def test_target(tmp_path: Path, metadata: str, kind: str, expressions: set[str]) -> None:
    other = "class Other(DeclarativeBase):\n    pass\n"
    imports = (
        "from app.base import Base, Other\ntarget_metadata = None\ntarget_metadata = Base.metadata\n"
        "def get():\n    from app import base\n    return base.Base.metadata\n"
        "def forever():\n    return forever()"
    )
    files = {"app/__init__.py": "", "app/base.py": BASE + other, "alembic/env.py": env(imports, metadata)}
    target = index(tmp_path, files).target
    assert (target.kind, {each.expression for each in target.metadata}) == (kind, expressions)
    assert target.location is not None


def test_target_in_options_that_are_not_known(tmp_path: Path) -> None:
    text = env("").replace("target_metadata=Base.metadata", "**options")
    assert index(tmp_path, {**PACKAGE, "alembic/env.py": text}).target.kind == "unknown"


def test_target_that_is_not_given(tmp_path: Path) -> None:
    text = env("").replace(", target_metadata=Base.metadata", "")
    target = index(tmp_path, {**PACKAGE, "alembic/env.py": text}).target
    assert target.kind == "none"
    assert target.location is not None
    assert target.location.span.line == 5


def test_tables_of_the_whole_project(tmp_path: Path) -> None:
    models = index(tmp_path, {**BASE_ONLY, "app/user.py": model("User"), "app/post.py": model("Post")})
    assert sorted(each.label for each in models.tables) == ["Post", "User"]
    assert models.reached_tables == ()


def test_a_large_project_is_not_parsed_whole(tmp_path: Path) -> None:
    modules = {f"app/m{number}.py": "import this_is_never_parsed\n" for number in range(50)}
    models = index(tmp_path, {**PACKAGE, **modules, "app/user.py": model("User"),
                              "alembic/env.py": env("from app.base import Base\nimport app.user")})  # fmt: skip
    assert models.unreached == ()
    parsed = [number for number in range(50) if "_parsed" in vars(models.sources.file(tmp_path / f"app/m{number}.py"))]
    assert parsed == []
