"""Dotted names and files: the same answers as Python's own import system gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alembic_vet.project.modules import ModuleResolver, RootKind, SourceRoot
from alembic_vet.source.file import Sources
from tests.project_tree import write

LAYOUTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "package and module": ({"app/__init__.py": "", "app/db.py": ""}, ["."]),
    "package wins over module of its name": ({"app.py": "", "app/__init__.py": "", "app/x.py": ""}, ["."]),
    "module wins over folder of its name": ({"app.py": "", "app/x.py": ""}, ["."]),
    "namespace package": ({"app/db.py": "", "app/models/user.py": ""}, ["."]),
    "namespace of two roots": ({"a/app/one.py": "", "b/app/two.py": ""}, ["a", "b"]),
    "first root wins": ({"a/app/__init__.py": "", "b/app/__init__.py": "", "b/app/two.py": ""}, ["a", "b"]),
    "package in a later root wins over a folder": ({"a/app/note.txt": "", "b/app/__init__.py": ""}, ["a", "b"]),
    "case": ({"App/__init__.py": "", "app/__init__.py": "", "App/Db.py": ""}, ["."]),
    "namespace inside a package": ({"app/__init__.py": "", "app/models/user.py": ""}, ["."]),
}
NAMES = ["app", "app.db", "app.x", "app.one", "app.two", "app.models", "app.models.user", "App", "App.Db", "App.db"]
ASK = """
import importlib.util, sys
for name in sys.argv[1:]:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        spec = None
    print(spec.origin if spec and spec.has_location else "")
"""


def resolver(root: Path, *roots: str, kind: RootKind = "prepend_sys_path") -> ModuleResolver:
    return ModuleResolver([SourceRoot(root / each, kind) for each in roots], Sources(), root)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_python_finds_the_same(tmp_path: Path, layout: str) -> None:
    files, roots = LAYOUTS[layout]
    write(tmp_path, files)
    paths = [str((tmp_path / root).resolve()) for root in roots]
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {paths!r}\n{ASK}", *NAMES],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [resolver(tmp_path, *roots).locate(name) for name in NAMES]
    assert [str(each.path.resolve()) if each and each.path else "" for each in found] == done.stdout.split("\n")[:-1]


def test_what_is_not_first_party(tmp_path: Path) -> None:
    write(tmp_path, {"alembic/__init__.py": "", "alembic/op.py": "", "logging/__init__.py": "", "app.py": ""})
    modules = resolver(tmp_path, ".")
    assert modules.locate("alembic.op") is None
    assert modules.locate("logging") is None
    assert modules.locate("fastapi") is None
    assert modules.locate("app") is not None


def test_files_for_the_evaluator(tmp_path: Path) -> None:
    write(tmp_path, {"app/settings.py": "URL = 1", "pkg/__init__.py": ""})
    modules = resolver(tmp_path, ".")
    found = modules.find("app.settings")
    assert found is not None
    assert found.text == "URL = 1"
    assert modules.find("app") is None
    assert modules.is_namespace("app")
    assert not modules.is_namespace("pkg")
    assert not modules.is_namespace("nothing")


def test_what_protoc_writes_is_not_for_the_evaluator(tmp_path: Path) -> None:
    write(tmp_path, {"app/__init__.py": "", "app/service_pb2.py": "x = 1\n", "app/service.py": "x = 1\n"})
    modules = resolver(tmp_path, ".")
    assert modules.find("app.service_pb2") is None
    assert modules.find("app.service") is not None
    assert modules.locate("app.service_pb2") is not None


def test_two_services_with_a_package_of_one_name(tmp_path: Path) -> None:
    """Each service means its own `app`, whichever comes first among the roots."""
    write(tmp_path, {f"{service}/app/{name}.py": "" for service in ("a", "b") for name in ("db", "models")})
    modules = resolver(tmp_path, "a", "b", kind="guess")
    for service in ("a", "b"):
        found = modules.locate("app.db", tmp_path / service / "app" / "models.py")
        assert found is not None
        assert found.path == tmp_path / service / "app" / "db.py"
    neutral = modules.locate("app.db")
    assert neutral is not None
    assert neutral.ambiguous


def test_the_name_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"src/app/__init__.py": "", "src/app/db/__init__.py": "", "src/app/db/user.py": ""})
    modules = resolver(tmp_path, ".", "src", "src/app", kind="guess")
    name = modules.module_of(tmp_path / "src/app/db/user.py")
    assert name is not None
    assert name.name == "app.db.user"
    assert name.package == "app.db"
    package = modules.module_of(tmp_path / "src/app/db/__init__.py")
    assert package is not None
    assert package.name == "app.db"
    assert package.package == "app.db"


def test_a_namespace_file_is_named_as_it_imports(tmp_path: Path) -> None:
    write(tmp_path, {"src/ai/backend/db.py": "from ai.backend import base\n", "src/ai/backend/base.py": ""})
    modules = resolver(tmp_path, "src/ai/backend", "src/ai", "src", ".", kind="guess")
    found = modules.module_of(tmp_path / "src/ai/backend/db.py")
    assert found is not None
    assert found.name == "ai.backend.db"


def test_the_inside_of_a_package_is_no_root_for_others(tmp_path: Path) -> None:
    write(tmp_path, {"hub/__init__.py": "", "hub/traitlets.py": "", "hub/orm.py": ""})
    modules = resolver(tmp_path, "hub", ".", kind="guess")
    assert not modules.is_first_party("traitlets.config", tmp_path / "hub/orm.py")
    assert modules.is_first_party("hub.nothing", tmp_path / "hub/orm.py")


def test_names_of_an_installed_distribution(tmp_path: Path) -> None:
    write(tmp_path, {"lib/core/__init__.py": "", "lib/setup_helper.py": ""})
    root = SourceRoot(tmp_path / "lib", "distribution", frozenset({"core"}))
    modules = ModuleResolver([root], Sources(), tmp_path)
    found = modules.locate("core")
    assert found is not None
    assert found.root.on_path
    assert modules.locate("setup_helper") is None
