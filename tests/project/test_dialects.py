from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_vet.project.dialects import dialect_of_code, dialect_of_folders

ROOT = Path("/project")


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (["db/versions"], None),
        (["db/versions/sqlite"], "sqlite"),
        (["storage/postgres/versions"], "postgresql"),
        (["storage/sqlite_dos/versions", "storage/sqlite_dos"], "sqlite"),
        (["versions/mysql", "versions/postgresql"], None),
        (["db/sqlitebrowser/versions"], None),
    ],
)
def test_a_folder_may_name_the_database(folders: list[str], expected: str | None) -> None:
    assert dialect_of_folders([ROOT / each for each in folders], ROOT) == expected


def test_folders_above_the_project_say_nothing() -> None:
    root = Path("/home/mysql/project")
    assert dialect_of_folders([root / "versions"], root) is None


@pytest.mark.parametrize(
    ("drivers", "revisions", "expected"),
    [
        ([], [b"from alembic import op"], None),
        (["pymysql"], [b"from alembic import op"], "mysql"),
        (["pymysql", "aiosqlite"], [], "mysql"),
        (["aiosqlite"], [], "sqlite"),
        (["pymysql", "oracledb"], [], None),
        (["pymysql", "psycopg2-binary"], [b"from sqlalchemy.dialects import mysql"], None),
        (["pymysql"], [b"from sqlalchemy.dialects import postgresql"], None),
        (["pymysql"], [b"if name == 'PostgreSQL':"], None),
        (["pymysql"], [b"PG_TYPES = [Jsonb]"], None),
        ([], [b"from sqlalchemy.dialects import mysql"], "mysql"),
        ([], [b"op.create_table('a', mysql_engine='InnoDB')"], "mysql"),
        ([], [b"op.drop_constraint('PRIMARY', 'a', type_='primary')"], "mysql"),
        ([], [b"from sqlalchemy.dialects.mysql import LONGTEXT", b"import sqlalchemy.dialects.sqlite"], "mysql"),
        ([], [b"from sqlalchemy.dialects import mysql, oracle"], None),
        ([], [b"from sqlalchemy.dialects import mysql, sqlite"], "mysql"),
        ([], [b"from sqlalchemy.dialects import mssql\n"], "mssql"),
        ([], [b"my_mysql_engine = 'PRIMARY KEY'"], None),
        ([], [b"from sqlalchemy.dialects import mysql", b"if dialect == 'postgresql':"], None),
        ([], [b"# mysql is slow here"], None),
    ],
)
def test_drivers_and_revisions_may_show_the_database(
    drivers: list[str], revisions: list[bytes], expected: str | None
) -> None:
    def said(pattern: str) -> Iterator[bytes]:
        return (found for revision in revisions for found in re.findall(pattern.encode(), revision))

    assert dialect_of_code(drivers.__contains__, said) == expected
