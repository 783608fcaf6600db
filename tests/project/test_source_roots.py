"""What is on `sys.path` when plain `alembic` runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alembic_vet.project.modules import RootKind
from alembic_vet.project.source_roots import path_edits
from alembic_vet.source.file import SourceFile
from tests.project_tree import ENV, index, write

EDITS = [
    "import sys, os\nsys.path.insert(0, os.getcwd())",
    "import sys, os\nsys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))",
    "import sys\nfrom os.path import abspath, dirname\nsys.path.insert(0, dirname(dirname(abspath(__file__))))",
    "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), '..', 'src'))",
    "import os, sys\nsys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), '..')))",
    "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).resolve().parents[1]))",
    "import sys\nfrom pathlib import Path\nROOT = Path(__file__).parent.parent\nsys.path.append(str(ROOT / 'src'))",
    "import sys, pathlib\nsys.path.append(str(pathlib.Path(__file__).absolute().parent.parent.joinpath('src')))",
    "import sys\nfrom pathlib import Path\nsys.path.append(Path.cwd().as_posix())",
    "import os, sys\nparent = os.path.dirname(__file__) + '/..'\nsys.path.append(parent)",
    "import os, sys\nhere = os.path.dirname(__file__)\nsys.path.extend([here, os.path.join(here, os.pardir)])",
    "import os, sys\nsys.path += [os.path.abspath('src')]",
    "import os, sys\nsys.path = ['src', '.'] + sys.path",
    "import os, sys\nsys.path[:0] = [os.path.dirname(__file__)]",
    "from sys import path\npath.append('src')",
    "import sys\nfor each in ('src', '.'):\n    sys.path.append(each)",
    "import os, sys\nif os.getcwd() not in sys.path:\n    sys.path.insert(0, f'{os.getcwd()}/src')",
]


@pytest.mark.parametrize("text", EDITS)
def test_python_ends_up_with_the_same_path(tmp_path: Path, text: str) -> None:
    root = write(tmp_path.resolve(), {"alembic/env.py": text, "src/app.py": ""})
    ask = "import json, sys; before = list(sys.path); exec(compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'), " \
        "{'__file__': sys.argv[1]}); print(json.dumps([p for p in sys.path if p not in before]))"  # fmt: skip
    env_py = root / "alembic" / "env.py"
    done = subprocess.run(
        [sys.executable, "-I", "-c", ask, str(env_py)], cwd=root, capture_output=True, text=True, check=True
    )
    expected = {Path(os.path.normpath(root / each)) for each in json.loads(done.stdout)}
    found = path_edits(SourceFile(env_py), root)
    assert set(found.folders) == expected
    assert expected
    assert not found.unknown


@pytest.mark.parametrize(
    "text",
    [
        "import os, sys\nsys.path.append(os.environ['APP'])",
        "import sys\nfrom settings import ROOT\nsys.path.insert(0, ROOT)",
    ],
)
def test_a_path_that_is_not_known(text: str) -> None:
    found = path_edits(SourceFile(Path("/project/alembic/env.py"), text.encode()), Path("/project"))
    assert found.unknown
    assert not found.folders


def test_other_paths_are_not_python_s() -> None:
    text = "import os\nconfig.path.append('x')\nos.path.join('a')\n"
    assert path_edits(SourceFile(Path("/project/alembic/env.py"), text.encode()), Path("/project")).folders == ()


def roots(tmp_path: Path, files: dict[str, str], at: str = "alembic") -> dict[RootKind, list[str]]:
    found: dict[RootKind, list[str]] = {}
    for root in index(tmp_path, files, at).resolver.roots:
        if root.path.is_relative_to(tmp_path):
            found.setdefault(root.kind, []).append(root.path.relative_to(tmp_path).as_posix())
    return found


def test_prepend_sys_path_and_guesses(tmp_path: Path) -> None:
    ini = "[alembic]\nscript_location = %(here)s/alembic\nprepend_sys_path = src\n"
    found = roots(tmp_path, {"alembic.ini": ini, "alembic/env.py": ENV, "src/app.py": ""})
    assert found["prepend_sys_path"] == ["src"]
    assert "." in found["guess"]


def test_the_package_of_a_script_location_is_importable(tmp_path: Path) -> None:
    ini = "[alembic]\nscript_location = app.db:migrations\n"
    files = {"alembic.ini": ini, "app/__init__.py": "", "app/db/__init__.py": "", "app/db/migrations/env.py": ENV}
    found = roots(tmp_path, files, "app/db/migrations")
    assert found["script_location"] == ["."]


def test_a_sibling_service_s_package_is_not_ours(tmp_path: Path) -> None:
    project = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "{}"\n'
    wheel = '[tool.hatch.build.targets.wheel]\npackages = ["{}"]\n'
    files = {
        "a/alembic.ini": "[alembic]\nscript_location = %(here)s/alembic\n",
        "a/alembic/env.py": ENV,
        "a/app/__init__.py": "",
        "b/pyproject.toml": project.format("b") + wheel.format("app"),
        "b/app/__init__.py": "",
        "core/pyproject.toml": project.format("core") + wheel.format("shared"),
        "core/shared/__init__.py": "",
    }
    assert roots(tmp_path, files, "a/alembic")["distribution"] == ["core"]
