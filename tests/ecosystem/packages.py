"""The packages, and how each comes from the package index into a cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.ecosystem.unpack import unpack

CACHE_VARIABLE = "ALEMBIC_VET_ECOSYSTEM"
_ARCHIVES = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True)
class Package:
    """A distribution that ships its Alembic environment."""

    name: str
    requirement: str = ""
    sdist: bool = False


PACKAGES = (
    Package("prefect"),
    Package("mlflow"),
    Package("apache-superset"),
    Package("open-webui"),
    # Later releases are another program, and wheels never had the migrations.
    Package("letta", "letta<0.30", sdist=True),
    Package("optuna"),
    Package("zenml"),
    Package("neutron"),
)


@dataclass(frozen=True)
class Unpacked:
    """A package on disk."""

    package: Package
    version: str
    folder: Path


class UnavailableError(Exception):
    """The package is not in the cache and could not be downloaded; the text says why."""


def cache_folder() -> Path:
    """Where archives are kept: the variable's folder, else this platform's place for caches."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser().absolute()
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "alembic-vet" / "ecosystem"


def obtain(package: Package, cache: Path | None = None) -> Unpacked:
    """The package from the cache, downloaded and unpacked when it is not there yet."""
    folder = (cache or cache_folder()) / package.name
    archive = _archive(folder) or _downloaded(package, folder)
    unpacked = folder / "unpacked" / archive.name
    if not unpacked.exists():
        _at_once(unpacked, archive)
    return Unpacked(package, _version(archive), unpacked)


def _archive(folder: Path) -> Path | None:
    return next((path for path in sorted(folder.glob("*")) if path.name.endswith(_ARCHIVES)), None)


def _downloaded(package: Package, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
                # Nothing is installed or run, so any Python will do.
                *("--ignore-requires-python", "--dest", scratch),
                *(("--no-binary", package.name) if package.sdist else ("--only-binary", package.name)),
                package.requirement or package.name,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        archive = _archive(Path(scratch))
        if done.returncode or archive is None:
            reason = (done.stderr.strip() or "nothing was downloaded").splitlines()[-1]
            raise UnavailableError(f"{package.name}: {reason}")
        os.replace(archive, folder / archive.name)
        return folder / archive.name


def _at_once(unpacked: Path, archive: Path) -> None:
    """Unpack beside and rename, so that an interrupted run leaves no half of a package behind."""
    unpacked.parent.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=unpacked.parent))
    try:
        unpack(archive, scratch / "package")
        os.rename(scratch / "package", unpacked)
    except OSError:
        if not unpacked.exists():  # else another process was faster
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _version(archive: Path) -> str:
    if archive.name.endswith(".whl"):
        return archive.name.split("-")[1]
    return archive.name.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]
