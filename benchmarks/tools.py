"""What is run: this tool, and what a user would pick instead."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inputs import Input

ROOT = Path(__file__).parent.parent
OURS = "alembic-vet"
BASE = "alembic-guard"
# The command of each, and what has to be installed.
_RIVALS = {
    "alembic-guard": "alembic-guard",
    "zdm": "zdm",
    "alembic-lint": "alembic-migration-linter",
    "fixit": "fixit",
}

Commands = Mapping[str, Path]

_PARSE = "import ast, pathlib, sys\nfor name in sys.argv[1:]: ast.parse(pathlib.Path(name).read_bytes())"
_FIXIT = ("fixit", "--rules", "fixit.rules:UseFstring", "lint")
_ZDM_READS = ("alembic", "migrations")
_LINTER = ("alembic-lint", "--no-cache", "--quiet", "--dialect", "postgresql")

Arguments = Callable[[Input], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A column of the table: its command for a project, and the exit codes that mean that it did its work.

    `edits`: the revision is changed before each run, for this tool and those after it.
    """

    name: str
    arguments: Arguments
    passing: tuple[int, ...] = (0, 1)
    reads: Callable[[Input], bool] = lambda given: True
    edits: bool = False


def _ours(*options: str) -> Arguments:
    return lambda _: (OURS, "check", "--output-format", "concise", *options, ".")


def _paths(*command: str) -> Arguments:
    return lambda given: (*command, *map(str, given.versions))


def _newest(*command: str) -> Arguments:
    return lambda given: (*command, str(given.newest))


def _imported(given: Input) -> bool:
    return given.can_run


def _in_known_folders(given: Input) -> bool:
    """zdm passes over any other file without a word, and nothing is done fast."""
    return all(path.parent.name == "versions" and path.parts[-3] in _ZDM_READS for path in given.revisions)


# Rivals are given the versions folders, this tool the whole project, where it has to find them.
COLD = (
    Tool(OURS, _ours("--no-cache")),
    Tool(f"{OURS}, all rules", _ours("--no-cache", "--select", "ALL")),
    Tool(f"{OURS}, warm", _ours()),
    Tool("alembic-guard", _paths("alembic-guard")),
    Tool("zdm", _paths("zdm"), reads=_in_known_folders),
    Tool("alembic-migration-linter", lambda _: _LINTER, reads=_imported),
    Tool("fixit, one rule", _paths(*_FIXIT)),
    Tool("ast.parse", lambda given: ("python", "-c", _PARSE, *map(str, given.revisions)), (0,)),
)
# As the hook of `.pre-commit-hooks.yaml` runs it.
_CHECK = (OURS, "check")
HOOK = (
    Tool(f"{OURS}, warm", _newest(*_CHECK), edits=True),
    Tool(f"{OURS}, seen before", _newest(*_CHECK)),
    Tool(f"{OURS}, no cache", _newest(*_CHECK, "--no-cache")),
    Tool("alembic-guard", _newest("alembic-guard")),
    Tool("zdm", _newest("zdm"), reads=_in_known_folders),
    Tool("alembic-migration-linter", lambda given: (*_LINTER, "-r", given.newest_identifier), reads=_imported),
    Tool("fixit, one rule", _newest(*_FIXIT)),
    Tool("python -c pass", lambda _: ("python", "-c", "pass"), (0,)),
    Tool("import libcst", lambda _: ("python", "-c", "import libcst"), (0,)),
)


def install(folder: Path) -> Commands:
    """A virtual environment for each of them, as pre-commit makes them; where their commands are.

    Everything is compiled before it is measured: pip does so.
    """
    with tempfile.TemporaryDirectory() as wheels:
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--wheel-dir", wheels, ROOT], check=True)
        ours = _virtual_environment(folder / OURS, str(next(Path(wheels).glob("*.whl"))))
    found = {OURS: ours / OURS, "python": ours / "python"}
    for command, requirement in _RIVALS.items():
        found[command] = _virtual_environment(folder / requirement, requirement) / command
    return found


def _virtual_environment(folder: Path, requirement: str) -> Path:
    """The folder of its commands."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, requirement], check=True)
    return folder / "bin"
