"""Database URLs as far as they are known: backend, driver, and whether that driver is async."""

from __future__ import annotations

import re
from enum import Enum

from msgspec import Struct

from alembic_vet.source.values import Hole, Text

Version = tuple[int, ...]


class Flavour(Enum):
    """With which kind of engine a driver works."""

    SYNC = "sync"
    ASYNC = "async"
    BOTH = "both"


# Read off the dialects of SQLAlchemy 2.0.58 and 2.1.9 (`is_async`, `get_async_dialect_cls`):
# https://docs.sqlalchemy.org/en/21/dialects/
_ASYNC_ONLY = frozenset({"asyncpg", "psycopg_async", "aiosqlite", "aiomysql", "asyncmy", "oracledb_async", "aioodbc"})
_BOTH = frozenset({"psycopg", "oracledb"})
_SYNC_ONLY = frozenset(
    {
        "psycopg2", "psycopg2cffi", "pg8000", "pysqlite", "pysqlcipher", "mysqldb", "pymysql", "mysqlconnector",
        "mariadbconnector", "cymysql", "cx_oracle", "pyodbc", "pymssql", "mssqlpython",
    }
)  # fmt: skip
_DEFAULT_DRIVER = {
    "postgresql": "psycopg2", "sqlite": "pysqlite", "mysql": "mysqldb", "mariadb": "mysqldb",
    "oracle": "cx_oracle", "mssql": "pyodbc",
}  # fmt: skip
_DEFAULT_DRIVER_SINCE_2_1 = {"postgresql": "psycopg", "oracle": "oracledb"}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\+([A-Za-z0-9_]+))?://")


class DatabaseUrl(Struct, frozen=True):
    """A URL whose scheme is known. `driver` is None where the URL names none."""

    text: Text
    backend: str
    driver: str | None

    @classmethod
    def read(cls, text: Text) -> DatabaseUrl | None:
        """The URL in a text, holes filled with their defaults; None without a known scheme."""
        likely = text.likely
        head = likely.parts[0] if likely.parts else ""
        scheme = _SCHEME.match(head) if isinstance(head, str) else None
        return cls(likely, scheme[1].lower(), scheme[2].lower() if scheme[2] else None) if scheme else None

    @property
    def scheme(self) -> str:
        return f"{self.backend}+{self.driver}" if self.driver else self.backend

    def driver_in_use(self, sqlalchemy: Version) -> str | None:
        """The driver that this version of SQLAlchemy loads for the URL."""
        if self.driver:
            return self.driver
        if sqlalchemy >= (2, 1) and self.backend in _DEFAULT_DRIVER_SINCE_2_1:
            return _DEFAULT_DRIVER_SINCE_2_1[self.backend]
        return _DEFAULT_DRIVER.get(self.backend)

    def flavour(self, sqlalchemy: Version) -> Flavour | None:
        """Which engines the URL works with; None for a driver that is not known here."""
        driver = self.driver_in_use(sqlalchemy)
        if driver in _ASYNC_ONLY:
            return Flavour.ASYNC
        if driver in _BOTH:
            return Flavour.BOTH
        return Flavour.SYNC if driver in _SYNC_ONLY else None

    @property
    def falls_back_to_sync(self) -> bool:
        """Whether `?async_fallback=` may be in it, with which an async driver runs under a sync engine."""
        literal = "".join(part for part in self.text.parts if isinstance(part, str))
        trailing_hole = len(self.text.parts) > 1 and isinstance(self.text.parts[-1], Hole) and "?" in literal
        return "async_fallback" in literal or trailing_hole
