"""Which database an environment is for, by the traces that a project bears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from alembic_vet.settings import KNOWN_DIALECTS

_NAMES = {name: name for name in KNOWN_DIALECTS} | {"postgres": "postgresql", "psql": "postgresql"}
POSTGRES_DRIVERS = ("psycopg2", "psycopg2-binary", "psycopg", "asyncpg", "pg8000")
_DRIVERS = {
    "mysql": ("pymysql", "mysqlclient", "aiomysql", "asyncmy", "mysql-connector-python"),
    "oracle": ("oracledb", "cx-oracle"),
    "mssql": ("pyodbc", "pymssql", "aioodbc"),
    "sqlite": ("aiosqlite",),
}
# Where only few letters can begin a pattern and are written out first, `re` skips all that begins otherwise.
_POSTGRES = r"[pPjJ](?:(?<=[pP])(?i:ostgres|sycopg|g_)|(?<=[jJ])(?i:sonb))"
# What revisions for another database hold: its types, or options of its tables.
_OTHERS = (
    r"[dm\"'](?:(?<=d)ialects(?:\.|\s+import\s[^\n]*)(?:mysql|sqlite|oracle|mssql)"
    r"|(?<=\bm)ysql_engine\b|(?<=[\"'])PRIMARY[\"'])"
)
# Every primary key of MySQL has that name.
_SIGNS = {"mysql": (b"mysql", b"PRIMARY"), "sqlite": (b"sqlite",), "oracle": (b"oracle",), "mssql": (b"mssql",)}


def dialect_of_folders(folders: Iterable[Path], root: Path) -> str | None:
    """The one that the folders below a root are named after: `versions/sqlite`, `storage/sqlite_dos`."""
    found: set[str] = set()
    for folder in folders:
        parts = folder.relative_to(root).parts if folder.is_relative_to(root) else (folder.name,)
        found.update(_NAMES[part.partition("_")[0]] for part in parts if part.partition("_")[0] in _NAMES)
    return found.pop() if len(found) == 1 else None


def dialect_of_code(requires: Callable[[str], bool], said: Callable[[str], Iterable[bytes]]) -> str | None:
    """The one that drivers and revisions speak of, where nothing speaks of PostgreSQL.

    `said`: what a pattern finds in the revisions.
    """
    if any(requires(driver) for driver in POSTGRES_DRIVERS) or any(said(_POSTGRES)):
        return None
    driven = {name for name, drivers in _DRIVERS.items() if any(requires(driver) for driver in drivers)}
    found = driven or {
        name for text in said(_OTHERS) for name, signs in _SIGNS.items() if any(sign in text for sign in signs)
    }
    # SQLite beside another one is what the tests run on.
    wanted = found - {"sqlite"} or found
    return wanted.pop() if len(wanted) == 1 else None
