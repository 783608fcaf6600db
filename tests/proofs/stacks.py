"""The oldest supported set of packages, in a virtual environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".stacks"

OLDEST = (
    "alembic==1.13.3",
    "sqlalchemy[asyncio]==2.0.30",
    "asyncpg==0.29.0",
    "aiosqlite==0.20.0",
    "psycopg[binary]==3.1.20",
    "psycopg2-binary==2.9.9",
)
PYTHONS = ((3, 12), (3, 11), (3, 10))


def run_oldest(arguments: list[str]) -> int:
    """Run the proofs there, with more arguments for pytest; its exit status."""
    folder = HOME / "oldest"
    python = folder / "bin" / "python"
    if not _is_current(folder):
        _create(folder, python)
    return subprocess.run([python, "-m", "pytest", "tests/proofs", *arguments], cwd=ROOT).returncode


def _is_current(folder: Path) -> bool:
    made_of = folder / "made-of.txt"
    return made_of.exists() and made_of.read_text() == _recipe()


def _recipe() -> str:
    return "\n".join([*OLDEST, (ROOT / "pyproject.toml").read_text(encoding="utf-8")])


def _create(folder: Path, python: Path) -> None:
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n")
    subprocess.run([_old_enough(), "-m", "venv", "--clear", folder], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--editable", f"{ROOT}[test]", *OLDEST], check=True)
    (folder / "made-of.txt").write_text(_recipe())


def _old_enough() -> str:
    """A Python that the oldest packages have wheels for."""
    if sys.version_info[:2] in PYTHONS:
        return sys.executable
    for major, minor in PYTHONS:
        if found := shutil.which(f"python{major}.{minor}"):
            return found
    raise SystemExit("the oldest stack needs Python 3.10, 3.11 or 3.12, and none is on PATH")
