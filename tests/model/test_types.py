"""One type has many names; all of them come out as PostgreSQL's own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine

from alembic_vet.extract.sql.columns import column_type
from alembic_vet.extract.sql.cursor import Cursor
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.type_names import enum_type, sqlalchemy_type
from alembic_vet.source.sql import tokenize
from alembic_vet.source.unknown import OPAQUE, Opaque


def from_sql(text: str) -> ColumnType | Opaque:
    return column_type(Cursor(tokenize(text), text))


# The right side is what format_type() of PostgreSQL 18 answered.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", "integer"),
        ("INT4", "integer"),
        ("int8", "bigint"),
        ("serial", "integer"),
        ("bigserial", "bigint"),
        ("bool", "boolean"),
        ("varchar(50)", "character varying(50)"),
        ("character varying (50)", "character varying(50)"),
        ("char", "character(1)"),
        ('"char"', '"char"'),
        ("national character varying(7)", "character varying(7)"),
        ("float", "double precision"),
        ("float(24)", "real"),
        ("float(25)", "double precision"),
        ("decimal(5)", "numeric(5,0)"),
        ("dec(4, 1)", "numeric(4,1)"),
        ("timestamp", "timestamp without time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp (3) with time zone", "timestamp(3) with time zone"),
        ("time(2)", "time(2) without time zone"),
        ("timetz", "time with time zone"),
        ("interval day to second (3)", "interval day to second(3)"),
        ("bit", "bit(1)"),
        ("varbit(8)", "bit varying(8)"),
        ("_int4", "integer[]"),
        ("int[3][]", "integer[]"),
        ("text array", "text[]"),
        ("timestamp with time zone[]", "timestamp with time zone[]"),
        ("pg_catalog.int4", "integer"),
        ("app.mood[]", "app.mood[]"),
    ],
)
def test_spellings_of_sql(text: str, expected: str) -> None:
    assert str(from_sql(text)) == expected


@pytest.mark.parametrize(
    ("class_", "arguments"),
    [
        (sa.String, ()),
        (sa.String, (50,)),
        (sa.Unicode, (5,)),
        (sa.Text, ()),
        (sa.CHAR, (3,)),
        (sa.Integer, ()),
        (sa.SmallInteger, ()),
        (sa.BigInteger, ()),
        (sa.Boolean, ()),
        (sa.Numeric, ()),
        (sa.Numeric, (10,)),
        (sa.Numeric, (10, 2)),
        (sa.DECIMAL, (4, 1)),
        (sa.Float, ()),
        (sa.Float, (24,)),
        (sa.Float, (53,)),
        (sa.Double, ()),
        (sa.DateTime, ()),
        (sa.DateTime, (True,)),
        (sa.Time, (True,)),
        (sa.Date, ()),
        (sa.LargeBinary, ()),
        (sa.JSON, ()),
        (sa.Uuid, ()),
        (sa.Uuid, (True, False)),
        (sa.Interval, ()),
        (sa.Interval, (True, 3)),
        (sa.DATETIME, ()),
        (sa.NVARCHAR, ()),
        (sa.DOUBLE, ()),
        (sa.BLOB, ()),
        (mysql.DATETIME, ()),
        (mysql.INTEGER, (11,)),
        (mysql.VARCHAR, (5,)),
        (postgresql.TIMESTAMP, (True, 3)),
        (postgresql.TIME, (False, 2)),
        (postgresql.INTERVAL, (3, "DAY TO SECOND")),
        (postgresql.BIT, (4,)),
        (postgresql.BIT, (4, True)),
        (postgresql.JSONB, ()),
        (postgresql.INET, ()),
        (postgresql.HSTORE, ()),
        (postgresql.TSTZRANGE, ()),
        (postgresql.DOUBLE_PRECISION, ()),
    ],
)
def test_sqlalchemy_s_types_are_what_its_ddl_says(
    class_: type[TypeEngine[object]], arguments: tuple[object, ...]
) -> None:
    type_ = class_(*arguments)
    known = sqlalchemy_type(f"{class_.__module__}.{class_.__name__}", arguments)
    assert known == from_sql(type_.compile(dialect=postgresql.dialect()))
    array = sqlalchemy_type("sqlalchemy.ARRAY", (known,))
    assert array == from_sql(sa.ARRAY(type_).compile(dialect=postgresql.dialect()))


@pytest.mark.parametrize(
    ("name", "arguments", "keywords"),
    [
        pytest.param("sqlalchemy.String", (OPAQUE,), {}, id="unknown-length-is-no-length"),
        pytest.param("sqlalchemy.dialects.mysql.TINYINT", (), {}, id="another-dialect"),
        pytest.param("app.types.Money", (), {}, id="a-class-of-the-project"),
        pytest.param("sqlalchemy.DateTime", (), {"timezone": OPAQUE}, id="unknown-timezone"),
    ],
)
def test_what_is_not_known_is_opaque(name: str, arguments: tuple[object, ...], keywords: dict[str, object]) -> None:
    known = sqlalchemy_type(name, arguments, keywords)
    assert known is OPAQUE or known.arguments is OPAQUE


def test_an_enum_object_is_the_type_that_sql_names() -> None:
    assert enum_type("mood", ("a",)) == from_sql("mood")
    assert enum_type("mood", ("a", "bcd"), native=False) == from_sql("varchar(3)")
    assert enum_type("mood", ("a",), native=False, length=20) == from_sql("varchar(20)")


@pytest.mark.parametrize(
    ("text", "aware"), [("timestamptz", True), ("timestamp", False), ("timetz", True), ("date", None), ("text", None)]
)
def test_time_zones(text: str, aware: bool | None) -> None:
    known = from_sql(text)
    assert isinstance(known, ColumnType)
    assert known.timezone is aware
