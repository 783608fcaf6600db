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
# What revisions for another database hold: its types, or options of its tables.
_SIGNS = {
    # Every primary key of MySQL has that name.
    "mysql": r"""dialects(?:\.|\s+import\s[^\n]*)mysql|\bmysql_engine\b|[\"']PRIMARY[\"']""",
    "sqlite": r"dialects(?:\.|\s+import\s[^\n]*)sqlite",
    "oracle": r"dialects(?:\.|\s+import\s[^\n]*)oracle",
    "mssql": r"dialects(?:\.|\s+import\s[^\n]*)mssql",
}
# In any case, but the first letters are written out: `re` then skips all that begins otherwise.
_POSTGRES = r"[pPjJ](?:(?<=[pP])(?i:ostgres|sycopg|g_)|(?<=[jJ])(?i:sonb))"


def dialect_of_folders(folders: Iterable[Path], root: Path) -> str | None:
    """The one that the folders below a root are named after: `versions/sqlite`, `storage/sqlite_dos`."""
    found: set[str] = set()
    for folder in folders:
        parts = folder.relative_to(root).parts if folder.is_relative_to(root) else (folder.name,)
        found.update(_NAMES[part.partition("_")[0]] for part in parts if part.partition("_")[0] in _NAMES)
    return found.pop() if len(found) == 1 else None


def dialect_of_code(requires: Callable[[str], bool], is_said: Callable[[str], bool]) -> str | None:
    """The one that drivers and revisions speak of, where nothing speaks of PostgreSQL.

    `is_said`: whether a pattern is found in a revision.
    """
    if any(requires(driver) for driver in POSTGRES_DRIVERS) or is_said(_POSTGRES):
        return None
    driven = [name for name, drivers in _DRIVERS.items() if any(requires(driver) for driver in drivers)]
    signed = [name for name, sign in _SIGNS.items() if is_said(sign)]
    for found in (driven, signed):
        # SQLite beside another one is what the tests run on.
        wanted = [name for name in found if name != "sqlite"] or found
        if wanted:
            return wanted[0] if len(wanted) == 1 else None
    return None
