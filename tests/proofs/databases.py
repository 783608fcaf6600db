"""A database of its own for each proof, and the project's URLs pointed at it."""

from __future__ import annotations

import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from tests.proofs.server import Unavailable

Rows = list[list[Any]]

_SERVER_URL = re.compile(
    r"(?P<scheme>postgresql(?:\+\w+)?://)"
    r"(?P<user>[^:@/\s\"']+)(?P<password>:[^@\s\"']*)?@(?P<host>[^/\s\"'?]+)/(?P<database>\w[\w-]*)"
)
_FILE_URL = re.compile(r"sqlite(?:\+\w+)?:///(?P<file>[\w./-]+)")


class Database(Protocol):
    """What a proof runs on."""

    @property
    def placeholders(self) -> dict[str, str]:
        """`{name}` in a proof's commands, variables and replacements, and what it stands for."""

    def pointed(self, text: str) -> str:
        """A file's text with its URLs changed to reach this database, drivers and passwords kept."""

    def query(self, sql: str) -> Rows:
        """Run SQL, commit; the rows, if it gives any."""


@dataclass(frozen=True)
class PostgreSQL:
    """A database with a role of the same name that owns it."""

    server: str
    name: str
    password: str

    @property
    def placeholders(self) -> dict[str, str]:
        parts = urlsplit(self.server)
        return {
            "host": parts.hostname or "",
            "port": str(parts.port or 5432),
            "user": self.name,
            "password": self.password,
            "quoted_password": quote(self.password, safe=""),
            "database": self.name,
        }

    def pointed(self, text: str) -> str:
        where = self.placeholders
        return _SERVER_URL.sub(
            lambda url: (
                f"{url['scheme']}{self.name}{url['password'] or ''}@{where['host']}:{where['port']}/{self.name}"
            ),
            text,
        )

    def query(self, sql: str) -> Rows:
        return _execute(self._own_url, sql)

    @property
    def _own_url(self) -> str:
        where = self.placeholders
        return "postgresql://{user}:{quoted_password}@{host}:{port}/{database}".format(**where)

    @property
    def major(self) -> str:
        return str(_execute(self.server, "SHOW server_version_num")[0][0])[:-4]


@contextmanager
def postgresql(server: str, password: str) -> Iterator[PostgreSQL]:
    """A new database on a server, and its role, both dropped at the end."""
    name = f"vet_{secrets.token_hex(4)}"
    literal = "'" + password.replace("'", "''") + "'"
    _execute(server, f"CREATE ROLE {name} LOGIN PASSWORD {literal}", f"CREATE DATABASE {name} OWNER {name}")
    try:
        yield PostgreSQL(server, name, password)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


def _execute(url: str, *statements: str) -> Rows:
    import psycopg

    rows: Rows = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            while True:
                if cursor.description:
                    rows = [list(row) for row in cursor.fetchall()]
                if not cursor.nextset():
                    break
    return rows


@dataclass(frozen=True)
class SQLite:
    """A file in the project's folder; its URLs are relative already."""

    folder: Path

    @property
    def placeholders(self) -> dict[str, str]:
        return {}

    def pointed(self, text: str) -> str:
        return text

    def query(self, sql: str) -> Rows:
        names = {
            match["file"]
            for path in sorted(self.folder.rglob("*"))
            if path.suffix in {".ini", ".toml", ".py"}
            for match in _FILE_URL.finditer(path.read_text(encoding="utf-8"))
        }
        if len(names) != 1:
            raise ValueError(f"which SQLite file does the project use? Its URLs name {sorted(names)}")
        with sqlite3.connect(self.folder / names.pop()) as connection:
            rows = [list(row) for row in connection.execute(sql).fetchall()]
        connection.close()
        return rows


@contextmanager
def mariadb() -> Iterator[Database]:
    """No server of this kind is started yet: a proof that asks for one says why it is skipped."""
    if not shutil.which("mariadbd"):
        raise Unavailable("this machine has no MariaDB (no mariadbd on PATH)")
    raise Unavailable("proofs do not start MariaDB yet")
    yield


def password_of(texts: Iterator[str]) -> str:
    """The password that a project's PostgreSQL URLs hold, decoded; `vet` where none is written out."""
    written = {
        unquote(match["password"][1:])
        for text in texts
        for match in _SERVER_URL.finditer(text)
        if match["password"] and not set(match["password"]) & set("{*")
    }
    if len(written) > 1:
        raise ValueError(f"the project's URLs have several passwords {sorted(written)}: name one in proof.toml")
    return written.pop() if written else "vet"
