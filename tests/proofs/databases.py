"""A database of its own for each proof, and the project's URLs pointed at it."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

Rows = list[list[Any]]

_SERVER_URL = re.compile(
    r"(?P<scheme>(?:postgresql|mysql|mariadb)(?:\+\w+)?://)"
    r"(?P<user>[^:@/\s\"']+)(?P<password>:[^@\s\"']*)?@(?P<host>[^/\s\"'?]+)/(?P<database>\w[\w-]*)"
)
_FILE_URL = re.compile(r"sqlite(?:\+\w+)?:///(?P<file>[\w./-]+)")


class QueryFailed(Exception):
    """The database refused a proof's SQL."""


class Database(Protocol):
    """What a proof runs on."""

    @property
    def placeholders(self) -> dict[str, str]:
        """`{name}` in a proof's commands, variables and replacements, and what it stands for."""

    def pointed(self, text: str) -> str:
        """A file's text with its URLs changed to reach this database, drivers and passwords kept."""

    def query(self, sql: str) -> Rows:
        """Run SQL, commit; the rows, if it gives any.

        Raises QueryFailed.
        """


@dataclass(frozen=True)
class ServerDatabase:
    """A database with an account of the same name that owns it."""

    url: str

    @property
    def placeholders(self) -> dict[str, str]:
        parts = urlsplit(self.url)
        return {
            "host": parts.hostname or "",
            "port": str(parts.port),
            "user": parts.username or "",
            "password": unquote(parts.password or ""),
            "quoted_password": parts.password or "",
            "database": parts.path.lstrip("/"),
        }

    def pointed(self, text: str) -> str:
        place = "{host}:{port}/{database}".format(**self.placeholders)
        user = self.placeholders["user"]
        return _SERVER_URL.sub(lambda url: f"{url['scheme']}{user}{url['password'] or ''}@{place}", text)

    def query(self, sql: str) -> Rows:
        try:
            return _execute(self.url, sql)
        except Exception as error:  # each driver has errors of its own
            raise QueryFailed(error) from error


@contextmanager
def on_postgresql(server: str, password: str) -> Iterator[ServerDatabase]:
    """A new database on a server, and its role, both dropped at the end."""
    name = _new_name()
    _execute(
        server,
        f"CREATE ROLE {name} LOGIN PASSWORD {_literal(password)}",
        f"CREATE DATABASE {name} OWNER {name}",
    )
    try:
        yield ServerDatabase(_own_url(server, name, password))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


@contextmanager
def on_mariadb(server: str, password: str) -> Iterator[ServerDatabase]:
    """The same on MariaDB."""
    name = _new_name()
    _execute(
        server,
        f"CREATE DATABASE {name}",
        f"CREATE USER {name}@'%' IDENTIFIED BY {_literal(password)}",
        f"GRANT ALL ON {name}.* TO {name}@'%'",
    )
    try:
        yield ServerDatabase(_own_url(server, name, password))
    finally:
        _execute(server, f"DROP DATABASE {name}", f"DROP USER {name}@'%'")


def version(server: str) -> str:
    """A server's version, such as `17.10`."""
    return str(_execute(server, "SELECT version()")[0][0]).removeprefix("PostgreSQL ").split()[0].split("-")[0]


def _new_name() -> str:
    return f"vet_{secrets.token_hex(4)}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _own_url(server: str, name: str, password: str) -> str:
    parts = urlsplit(server)
    port = parts.port or 5432
    return f"{parts.scheme}://{name}:{quote(password, safe='')}@{parts.hostname}:{port}/{name}"


def _execute(url: str, *statements: str) -> Rows:
    rows: Rows = []
    with _connected(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            if cursor.description:
                rows = [list(row) for row in cursor.fetchall()]
    return rows


def _connected(url: str) -> Any:
    if url.startswith("mysql"):
        pymysql = import_module("pymysql")  # not among the test requirements, since few machines have MariaDB
        parts = urlsplit(url)
        return pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username or "",
            password=unquote(parts.password or ""),
            database=parts.path.lstrip("/"),
            autocommit=True,
        )
    import psycopg

    return psycopg.connect(url, autocommit=True)


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
        connection = sqlite3.connect(self.folder / self._file())
        try:
            with connection:
                return [list(row) for row in connection.execute(sql).fetchall()]
        except sqlite3.Error as error:
            raise QueryFailed(error) from error
        finally:
            connection.close()

    def _file(self) -> str:
        names = {
            match["file"]
            for path in sorted(self.folder.rglob("*"))
            if path.suffix in {".ini", ".toml", ".py"}
            for match in _FILE_URL.finditer(path.read_text(encoding="utf-8"))
        }
        if len(names) != 1:
            raise ValueError(f"which SQLite file does the project use? Its URLs name {sorted(names)}")
        return names.pop()


def password_of(texts: Iterable[str]) -> str:
    """The password that a project's URLs hold, decoded; `vet` where none is written out."""
    written = {
        unquote(match["password"][1:])
        for text in texts
        for match in _SERVER_URL.finditer(text)
        if match["password"] and not set(match["password"]) & set("{*")
    }
    if len(written) > 1:
        raise ValueError(f"the project's URLs have several passwords {sorted(written)}: name one in proof.toml")
    return written.pop() if written else "vet"
