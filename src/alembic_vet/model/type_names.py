"""The many names of one type: PostgreSQL's aliases, SQLAlchemy's classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType, EnumSpec
from alembic_vet.source.unknown import OPAQUE, Opaque

_ALIASES = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "bool": "boolean",
    "varchar": "character varying",
    "char varying": "character varying",
    "national character varying": "character varying",
    "nchar varying": "character varying",
    "national char varying": "character varying",
    "char": "character",
    "nchar": "character",
    "national character": "character",
    "national char": "character",
    "float4": "real",
    "float8": "double precision",
    "decimal": "numeric",
    "dec": "numeric",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
    "varbit": "bit varying",
}
_SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
_MODIFIED = frozenset(
    {"character varying", "character", "numeric", "bit", "bit varying", "interval", "float"}
    | {f"{kind} {zone} time zone" for kind in ("time", "timestamp") for zone in ("with", "without")}
)
_PLAIN = """
    integer smallint bigint boolean text name bytea real date money uuid json jsonb jsonpath xml inet cidr macaddr macaddr8
    point line lseg box path polygon circle tsvector tsquery oid regclass regtype regproc regconfig regnamespace regrole
    pg_lsn txid_snapshot pg_snapshot int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange
    nummultirange tsmultirange tstzmultirange datemultirange xid cid tid
"""
BUILT_IN = frozenset(_PLAIN.split()) | {"double precision", '"char"', "bpchar"} | (_MODIFIED - {"float"})
"""Every type that is there without CREATE TYPE or CREATE EXTENSION, under its canonical name."""

_FOREIGN = """
    datetime datetime2 tinyint mediumint tinytext mediumtext longtext ntext nvarchar nvarchar2 varchar2 string number double
    blob tinyblob mediumblob longblob clob binary varbinary
"""
FOREIGN = frozenset(_FOREIGN.split())
"""Types of other databases; PostgreSQL has none of these names unless somebody creates them."""


def postgresql_type(
    name: str,
    arguments: tuple[int | str, ...] | Opaque = (),
    *,
    array: bool = False,
    schema: str | Opaque | None = None,
) -> ColumnType:
    """The type behind a name as SQL text spells it, in lower case: `int4`, `timestamp with time zone`."""
    if schema == "pg_catalog":
        schema = None
    name = " ".join(name.split())
    if name in _SERIALS and schema is None:
        return ColumnType(_SERIALS[name], serial=True)
    if name.startswith("_") and (name[1:] in _ALIASES or name[1:] in BUILT_IN):
        name, array = name[1:], True
    name = _ALIASES.get(name, name)
    if name == "float":
        double = arguments is OPAQUE or not arguments or not isinstance(arguments[0], int) or arguments[0] > 24
        name, arguments = ("double precision" if double else "real"), ()
    if name.startswith("interval "):
        return ColumnType(name, arguments, array)
    if name not in BUILT_IN:
        return ColumnType(name, arguments, array, schema)
    if arguments == () and name in {"character", "bit"}:
        arguments = (1,)
    if name == "numeric" and arguments is not OPAQUE and len(arguments) == 1:
        arguments = (arguments[0], 0)
    return ColumnType(name, arguments if name in _MODIFIED else (), array)


def enum_type(
    name: str,
    labels: tuple[str, ...] | Opaque | None,
    *,
    schema: str | Opaque | None = None,
    native: bool = True,
    length: int | Opaque | None = None,
    create_type: bool | Opaque = True,
    dialect_type: bool = False,
    inherit_schema: bool = False,
) -> ColumnType:
    """The type of `sa.Enum` or `postgresql.ENUM`; without `native` a VARCHAR as long as the longest label."""
    spec = EnumSpec(labels, create_type, dialect_type, native, inherit_schema)
    if native:
        return ColumnType(name, schema=schema, enum=spec)
    if length is None and isinstance(labels, tuple):
        length = max(map(len, labels), default=0)
    return ColumnType("character varying", OPAQUE if length is None or length is OPAQUE else (length,), enum=spec)


_SIGNATURES: dict[str, tuple[str, ...]] = {
    "INTERVAL": ("precision", "fields"),
    "Interval": ("native", "second_precision"),
    "BIT": ("length", "varying"),
    "ARRAY": ("item_type",),
    "Uuid": ("as_uuid", "native_uuid"),
    "NUMERIC": ("precision", "scale"),
    "FLOAT": ("precision",),
    "TIMESTAMP": ("timezone", "precision"),
    "STRING": ("length",),
}
_SAME_NAME = """
    REAL JSON JSONB UUID INET CIDR MACADDR MACADDR8 MONEY OID REGCLASS REGCONFIG TSVECTOR TSQUERY XML HSTORE CITEXT LTREE
    LQUERY LTXTQUERY JSONPATH INT4RANGE INT8RANGE NUMRANGE DATERANGE TSRANGE TSTZRANGE INT4MULTIRANGE INT8MULTIRANGE
    NUMMULTIRANGE DATEMULTIRANGE TSMULTIRANGE TSTZMULTIRANGE
"""
_CLASSES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("String", "Unicode", "VARCHAR", "AutoString"),
        ("STRING", "character varying"),
    ),
    **dict.fromkeys(("CHAR", "NCHAR"), ("STRING", "character")),
    **dict.fromkeys(("Text", "UnicodeText", "TEXT"), ("", "text")),
    **dict.fromkeys(("Integer", "INTEGER", "INT"), ("", "integer")),
    **dict.fromkeys(("SmallInteger", "SMALLINT"), ("", "smallint")),
    **dict.fromkeys(("BigInteger", "BIGINT"), ("", "bigint")),
    **dict.fromkeys(("Boolean", "BOOLEAN"), ("", "boolean")),
    **dict.fromkeys(("Numeric", "NUMERIC", "DECIMAL"), ("NUMERIC", "numeric")),
    **dict.fromkeys(("Float", "FLOAT"), ("FLOAT", "float")),
    **dict.fromkeys(("Double", "DOUBLE_PRECISION"), ("", "double precision")),
    **dict.fromkeys(("DateTime", "TIMESTAMP"), ("TIMESTAMP", "timestamp")),
    **dict.fromkeys(("Time", "TIME"), ("TIMESTAMP", "time")),
    **dict.fromkeys(("Date", "DATE"), ("", "date")),
    **dict.fromkeys(("LargeBinary", "BYTEA", "PickleType"), ("", "bytea")),
    **{name: ("", name.lower()) for name in _SAME_NAME.split()},
    # SQLAlchemy writes these names down for any database, and PostgreSQL knows none of them.
    **{name: ("", name.lower()) for name in ("DATETIME", "BLOB", "CLOB", "BINARY", "VARBINARY", "NVARCHAR", "DOUBLE")},
    "TSVectorType": ("", "tsvector"),
    "EmailType": ("", "character varying(255)"),
    "URLType": ("", "text"),
    "JSONType": ("", "json"),
}
_OTHER_DIALECTS = frozenset({"mysql", "mariadb", "sqlite", "oracle", "mssql"})
# Of other dialects' types these are written as SQLAlchemy's own are; most cannot be written for PostgreSQL at all.
_SHARED = frozenset({"INTEGER", "BIGINT", "SMALLINT", "JSON", "TEXT", "DATETIME", "VARCHAR", "NUMERIC", "DECIMAL"})


def sqlalchemy_type(
    name: str, arguments: Sequence[object] = (), keywords: Mapping[str, object] | None = None
) -> ColumnType | Opaque:
    """The type PostgreSQL gets for a SQLAlchemy type: `sqlalchemy_type("sqlalchemy.String", (50,))`.

    Arguments are Python values, ColumnType for a nested type, OPAQUE where unknown. A name without parentheses
    (`sa.Integer`) has none. Enum types are for `enum_type`. OPAQUE for what PostgreSQL would not be given this way.
    """
    *modules, short = name.split(".")
    keywords = keywords or {}
    if _OTHER_DIALECTS.intersection(modules) and (short not in _SHARED or "collation" in keywords):
        return OPAQUE
    if short in {"ARRAY", "BIT", "INTERVAL", "Interval", "Uuid", "Vector", "VECTOR", "HALFVEC"}:
        return _special(short, arguments, keywords)
    if short not in _CLASSES:
        return OPAQUE
    signature, spelled = _CLASSES[short]
    if spelled.endswith(")"):
        return ColumnType("character varying", (255,))
    given = _bound(_SIGNATURES.get(signature, ()), arguments, keywords)
    match signature:
        case "TIMESTAMP":
            zone = given.get("timezone", False)
            if zone is OPAQUE:
                return OPAQUE
            return postgresql_type(
                f"{spelled} {'with' if zone else 'without'} time zone", _modifiers(given.get("precision"))
            )
        case "NUMERIC":
            precision = given.get("precision")
            return postgresql_type(spelled, () if precision is None else _modifiers(precision, given.get("scale")))
        case "FLOAT" | "STRING":
            return postgresql_type(spelled, _modifiers(given.get("precision") or given.get("length")))
        case _:
            return postgresql_type(spelled)


def _special(short: str, arguments: Sequence[object], keywords: Mapping[str, object]) -> ColumnType | Opaque:
    given = _bound(_SIGNATURES.get(short, ("dim",)), arguments, keywords)
    match short:
        case "ARRAY":
            item = given.get("item_type")
            return replace(item, array=True) if isinstance(item, ColumnType) else OPAQUE
        case "BIT":
            return postgresql_type("bit varying" if given.get("varying") else "bit", _modifiers(given.get("length")))
        case "INTERVAL":
            fields = given.get("fields")
            if fields is OPAQUE:
                return OPAQUE
            return postgresql_type(
                f"interval {fields}".lower() if fields else "interval", _modifiers(given.get("precision"))
            )
        case "Interval":
            native = given.get("native", True)
            if native is OPAQUE:
                return OPAQUE
            return postgresql_type("interval", _modifiers(given.get("second_precision"))) if native else _NAIVE
        case "Uuid":
            native = given.get("native_uuid", True)
            return OPAQUE if native is OPAQUE else postgresql_type("uuid") if native else ColumnType("character", (32,))
        case _:
            return ColumnType(short.lower(), _modifiers(given.get("dim")))


_NAIVE = ColumnType("timestamp without time zone")


def _bound(names: Sequence[str], arguments: Sequence[object], keywords: Mapping[str, object]) -> dict[str, object]:
    return {**dict(zip(names, arguments, strict=False)), **keywords}


def _modifiers(*values: object) -> tuple[int | str, ...] | Opaque:
    given = [value for value in values if value is not None]
    if any(value is OPAQUE or not isinstance(value, int) for value in given):
        return OPAQUE
    return tuple(value for value in given if isinstance(value, int))
