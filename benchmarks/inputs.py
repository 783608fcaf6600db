"""What is checked: the environments of real packages, and generated histories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.generate import generate
from tests.ecosystem.lint import revision_files
from tests.ecosystem.packages import PACKAGES, obtain

REAL = ("apache-superset", "mlflow", "neutron", "prefect")
LENGTHS = (250, 500, 1_000, 2_000)

_IDENTIFIER = re.compile(r"^revision\b[^=\n]*=\s*['\"]([^'\"]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Input:
    """A project on disk; `newest` is what a hook is given. `can_run`: its env.py and revisions can be imported here."""

    name: str
    folder: Path
    versions: tuple[Path, ...]
    revisions: tuple[Path, ...]
    newest: Path
    newest_identifier: str
    can_run: bool

    def at(self, revision: Path) -> Input:
        """The same with another revision for the hook."""
        found = _IDENTIFIER.search(revision.read_text(encoding="utf-8"))
        return replace(self, newest=revision, newest_identifier=found[1] if found else "")


def inputs(names: Sequence[str], scratch: Path) -> Iterator[Input]:
    """The inputs of these names, downloaded or written as they are asked for."""
    packages = {package.name: package for package in PACKAGES}
    for name in names:
        if name in packages:
            unpacked = obtain(packages[name])
            yield _input(f"{name} {unpacked.version}", unpacked.folder, can_run=False)
        else:
            yield _input(f"generated {int(name):,}", generate(int(name), scratch / name), can_run=True)


def _input(name: str, folder: Path, *, can_run: bool) -> Input:
    found = tuple(sorted(path.parent / "versions" for path in folder.rglob("env.py") if "alembic" in path.read_text()))
    versions = tuple(path for path in found if path.is_dir())
    revisions = tuple(path for each in versions for path in revision_files(each))
    newest, identifier = _newest(revisions)
    return Input(name, folder, versions, revisions, newest, identifier, can_run)


def _newest(revisions: Sequence[Path]) -> tuple[Path, str]:
    """The revision that a commit would add: one that no other names, the last by name where there are several."""
    texts = {path: path.read_text(encoding="utf-8") for path in revisions}
    identifiers = {path: found[1] for path, text in texts.items() if (found := _IDENTIFIER.search(text))}
    named = {
        word for text in texts.values() for word in set(re.findall(r"['\"]([\w.-]+)['\"]", _assigned_parents(text)))
    }
    heads = [path for path, identifier in identifiers.items() if identifier not in named]
    return heads[-1], identifiers[heads[-1]]


def _assigned_parents(text: str) -> str:
    found = re.search(r"^down_revision\b[^=\n]*=\s*(\([^)]*\)|.*)", text, re.MULTILINE)
    return found[1] if found else ""
