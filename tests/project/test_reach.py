"""The import graph: the same modules that Python loads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from alembic_vet.project.modules import ModuleResolver, SourceRoot
from alembic_vet.project.reach import ImportGraph
from alembic_vet.project.symbols import SymbolTable
from alembic_vet.source.file import Sources
from alembic_vet.source.imports import Import
from tests.project_tree import write

LAYOUTS: dict[str, dict[str, str]] = {
    "import": {"entry.py": "import app.db.user", "app/__init__.py": "", "app/db/user.py": "", "app/other.py": ""},
    "attribute": {"entry.py": "from app import x", "app/__init__.py": "from app.a import x", "app/a.py": "x = 1"},
    "submodule": {"entry.py": "from app import a", "app/__init__.py": "", "app/a.py": "", "app/b.py": ""},
    "submodules in the package": {
        "entry.py": "import app",
        "app/__init__.py": "from . import a\nfrom .b import x",
        "app/a.py": "from app import b",
        "app/b.py": "x = 1",
    },
    "star": {"entry.py": "from app import *", "app/__init__.py": "__all__ = ['a']", "app/a.py": "", "app/b.py": ""},
    "star of a star": {
        "entry.py": "from app import *",
        "app/__init__.py": "from .a import *",
        "app/a.py": "from app.b import *",
        "app/b.py": "x = 1",
    },
    "type checking": {
        "entry.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b",
        "a.py": "",
        "b.py": "",
    },
    "half of an import": {
        "entry.py": "try:\n    import app.gone.deeper\nexcept ImportError:\n    pass",
        "app/__init__.py": "import a",
        "a.py": "",
    },
    "try": {"entry.py": "try:\n    import missing\nexcept ImportError:\n    import a", "a.py": ""},
    "run as a script": {"entry.py": "import a", "a.py": "if __name__ == '__main__':\n    import b", "b.py": ""},
    "function called": {
        "entry.py": "from app import load\nload()",
        "app.py": "def load():\n    import a\ndef other():\n    import b",
        "a.py": "",
        "b.py": "",
    },
    "function called by a function": {
        "entry.py": "from app import load\nload()",
        "app.py": "def load():\n    inner()\ndef inner():\n    from a import late\n    late()",
        "a.py": "def late():\n    import b",
        "b.py": "",
    },
    "class body": {"entry.py": "class A:\n    import a", "a.py": ""},
    "cycle": {"entry.py": "import a", "a.py": "import b", "b.py": "import a"},
    "import_module": {"entry.py": "import importlib\nimportlib.import_module('app.a')", "app/a.py": "", "app/b.py": ""},
    "walk": {
        "entry.py": "import app.models",
        "app/__init__.py": "",
        "app/models/__init__.py": "import pkgutil, importlib\nfor m in pkgutil.iter_modules(__path__):\n"
        "    importlib.import_module(f'{__name__}.{m.name}')",
        "app/models/user.py": "",
        "app/models/post.py": "",
        "app/other.py": "",
    },
    "namespace": {
        "entry.py": "from app.models import user",
        "app/models/user.py": "import app.base",
        "app/base.py": "",
    },
    "byte order mark": {"entry.py": "import a", "a.py": "\ufeffimport b", "b.py": ""},
}
RUN = """
import json, runpy, sys
sys.path[:0] = [sys.argv[1]]
runpy.run_path(sys.argv[1] + "/entry.py", run_name="env_py")
files = (getattr(m, "__file__", None) for m in list(sys.modules.values()))
print(json.dumps(sorted(f for f in files if f and f.startswith(sys.argv[1]))))
"""


def graph(root: Path) -> ImportGraph:
    roots = [SourceRoot(root, "prepend_sys_path")]
    return ImportGraph(SymbolTable(ModuleResolver(roots, Sources(), root)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_python_loads_the_same(tmp_path: Path, layout: str) -> None:
    root = write(tmp_path.resolve(), LAYOUTS[layout])
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", RUN, str(root)], capture_output=True, text=True, check=True
    )
    reach = graph(root).reachable([root / "entry.py"])
    assert sorted(map(str, reach.modules - {root / "entry.py"})) == json.loads(done.stdout)
    assert reach.certain


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        pytest.param({"entry.py": "def f():\n    import a\nf()"}, {"a"}, id="called"),
        pytest.param({"entry.py": "def f():\n    import a"}, set(), id="never named"),
        pytest.param({"entry.py": "@hook\ndef f():\n    import a"}, {"a"}, id="decorated"),
        pytest.param({"entry.py": "class A:\n    def f(self):\n        import a"}, {"a"}, id="method"),
        pytest.param({"entry.py": "import b\nb.f()", "b.py": "def f():\n    import a"}, {"a", "b"}, id="elsewhere"),
        pytest.param({"entry.py": "def __getattr__(n):\n    import a"}, {"a"}, id="special"),
    ],
)
def test_functions_that_may_run(tmp_path: Path, files: dict[str, str], modules: set[str]) -> None:
    write(tmp_path, {"a.py": "", **files})
    found = graph(tmp_path).reachable([tmp_path / "entry.py"])
    assert {path.stem for path in found.modules} == modules | {"entry"}


@pytest.mark.parametrize(
    ("text", "unknown", "unresolved"),
    [
        ("import importlib\nimportlib.import_module(name)", 1, ()),
        ("def f(name):\n    __import__(name)", 0, ()),
        ("import app.gone", 0, ("app.gone",)),
        ("from .gone import x", 0, ("app.gone",)),
        ("from app._version import version", 0, ()),
        ("try:\n    import app.gone\nexcept ImportError:\n    pass", 0, ()),
        ("import fastapi.gone", 0, ()),
        ("def broken(", 1, ()),
    ],
)
def test_what_cannot_be_known(tmp_path: Path, text: str, unknown: int, unresolved: tuple[str, ...]) -> None:
    write(tmp_path, {"entry.py": "import app.a", "app/__init__.py": "", "app/a.py": text})
    found = graph(tmp_path).reachable([tmp_path / "entry.py"])
    assert (len(found.unknown), found.unresolved) == (unknown, unresolved)
    assert found.certain == (not unknown and not unresolved)


def test_the_search_ends_early(tmp_path: Path) -> None:
    write(tmp_path, {"entry.py": "import a\nimport z", "a.py": "import b", "b.py": "", "z.py": "import y", "y.py": ""})
    found = graph(tmp_path).reachable([tmp_path / "entry.py"], until=frozenset({tmp_path / "z.py"}))
    assert tmp_path / "z.py" in found.modules
    assert not found.certain


def test_imports_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"entry.py": "import a\nimport b", "a.py": "", "b.py": ""})

    def is_a(found: Import) -> bool:
        return found.module == "a"

    found = graph(tmp_path).reachable([tmp_path / "entry.py"], without=is_a)
    assert {path.name for path in found.modules} == {"entry.py", "b.py"}


def test_star_imports_of_each_other_end(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(12)]
    stars = "\n".join(f"from {name} import *" for name in names)
    write(tmp_path, {"entry.py": stars, **{f"{name}.py": stars for name in names}})
    table = SymbolTable(ModuleResolver([SourceRoot(tmp_path, "guess")], Sources(), tmp_path))
    module = table.load(tmp_path / "entry.py")
    assert module is not None
    assert table.lookup("nothing", module) is None
