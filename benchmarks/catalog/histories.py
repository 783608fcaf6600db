"""The histories to compare: those of the repository, of packages, of checkouts."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from alembic_vet.model.config import AlembicConfig
from alembic_vet.project.discovered import Discovery
from alembic_vet.project.discovery import discover
from alembic_vet.project.environment import Environment
from alembic_vet.project.roots import project_roots
from alembic_vet.settings import Settings, Version, load
from alembic_vet.source.file import Sources
from tests.fixture_cases import FIXTURES, cases

_SKIPPED = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class History:
    """One environment of a folder."""

    name: str
    folder: Path
    config: AlembicConfig
    settings: Settings
    siblings: tuple[AlembicConfig, ...] = ()

    @property
    def project(self) -> Path:
        return project_roots(self.config.path.parent, self.folder)[0]

    def environment(self, sqlalchemy: Version | None) -> Environment:
        """The environment on PostgreSQL and that SQLAlchemy."""
        settings = replace(self.settings, dialect="postgresql", sqlalchemy_version=sqlalchemy)
        return Environment(self.config, settings, Sources(), self.project, self.siblings)

    @property
    def guessed_paths(self) -> list[str]:
        """Where revisions may import from besides what the configuration says: the folders above the scripts."""
        above = [folder for folder in self.config.script_location.parents if folder.is_relative_to(self.folder)]
        return [str(each) for each in reversed(above) if not (each / "__init__.py").exists()]


def _histories(name: str, folder: Path) -> Iterator[History]:
    settings = load(folder)
    found: Discovery = discover([folder], settings, Sources())
    for config in found.environments:
        if not any(path.suffix == ".py" for each in config.version_locations for path in each.rglob("*.py")):
            continue
        where = Path(os.path.relpath(config.script_location, folder)).as_posix()
        several = len(found.environments) > 1
        versions = [Path(os.path.relpath(each, config.script_location)).as_posix() for each in config.version_locations]
        shown = f"{name} {where}" if several else name
        if several and versions not in (["versions"], []) and len(versions) == 1:
            shown += f" {versions[0]}"
        yield History(shown, folder, config, settings, found.environments)


def of_fixtures(scratch: Path) -> Iterator[History]:
    """Every fixture that has revisions: cases built over their base project, whole repositories as they are."""
    for case in cases():
        if not any("versions" in path.parts and path.suffix == ".py" for path in case.files):
            continue
        folder = scratch / case.rule / case.name
        case.build(folder)
        yield from _histories(case.id, folder)
    for kind in ("repos", "seed"):
        for source in sorted((FIXTURES / kind).iterdir()):
            if not any(source.rglob("versions/**/*.py")):
                continue
            folder = scratch / kind / source.name
            shutil.copytree(source, folder, ignore=_SKIPPED)
            yield from _histories(f"{kind}/{source.name}", folder)


def of_folder(name: str, folder: Path) -> Iterator[History]:
    """Every environment of an unpacked package or a checkout."""
    yield from _histories(name, folder)


def of_chains(checkouts: Path, chains: Path, names: Sequence[str]) -> Iterator[History]:
    """The environments of a table with the columns `repo` and `script_dir`, in `<owner>+<name>` below a folder."""
    wanted: dict[str, set[str]] = {}
    with chains.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            wanted.setdefault(row["repo"], set()).add(row["script_dir"])
    for repo, scripts in wanted.items():
        folder = checkouts / repo.replace("/", "+")
        if not folder.is_dir() or (names and repo not in names):
            continue
        for history in _histories(repo, folder):
            if os.path.relpath(history.config.script_location, folder) in scripts:
                yield history
