"""Column types as a revision writes them."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_vet.fixes.words import Words
from alembic_vet.model.column_type import ColumnType
from alembic_vet.source.unknown import OPAQUE, Opaque

_SQLALCHEMY = {
    "integer": "Integer",
    "smallint": "SmallInteger",
    "bigint": "BigInteger",
    "boolean": "Boolean",
    "text": "Text",
    "bytea": "LargeBinary",
    "real": "REAL",
    "date": "Date",
    "json": "JSON",
    "interval": "Interval",
}
_POSTGRESQL_TYPES = """
    jsonb uuid inet cidr macaddr macaddr8 money oid tsvector tsquery int4range int8range numrange daterange tsrange tstzrange
    hstore citext
"""
_POSTGRESQL = frozenset(_POSTGRESQL_TYPES.split())
_TIMES = {"timestamp": ("DateTime", "TIMESTAMP"), "time": ("Time", "TIME")}


def type_text(kind: ColumnType | Opaque, words: Words) -> str | None:
    """An expression for a type; None where it is not known, or SQLAlchemy has no name for it."""
    if kind is OPAQUE or kind.arguments is OPAQUE or kind.schema is OPAQUE:
        return None
    if kind.array:
        inner = type_text(replace(kind, array=False), words)
        return None if inner is None else f"{words.postgresql('ARRAY')}({inner})"
    if kind.enum is not None and kind.enum.native:
        return enum_text(kind, words, ["create_type=False"])
    given = kind.arguments
    head, _, zone = kind.name.partition(" ")
    if head in _TIMES and zone:
        plain, precise = _TIMES[head]
        arguments = (["timezone=True"] if zone.startswith("with ") else []) + [f"precision={each}" for each in given]
        name = words.postgresql(precise) if given else words.sqlalchemy(plain)
        return f"{name}({', '.join(arguments)})"
    match kind.name:
        case "character varying" | "character":
            name = "String" if kind.name == "character varying" else "CHAR"
            return f"{words.sqlalchemy(name)}({', '.join(f'length={each}' for each in given)})"
        case "numeric":
            pairs = zip(("precision", "scale"), given, strict=False)
            return f"{words.sqlalchemy('Numeric')}({', '.join(f'{name}={each}' for name, each in pairs)})"
        case "double precision":
            return f"{words.sqlalchemy('Float')}(precision=53)"
    if given:
        return None
    if kind.name in _SQLALCHEMY:
        return f"{words.sqlalchemy(_SQLALCHEMY[kind.name])}()"
    return f"{words.postgresql(kind.name.upper())}()" if kind.name in _POSTGRESQL else None


def enum_text(kind: ColumnType, words: Words, more: list[str]) -> str | None:
    """`postgresql.ENUM("a", "b", name="mood")`."""
    if kind.enum is None or not isinstance(kind.enum.labels, tuple):
        return None
    schema = [f"schema={words.string(kind.schema)}"] if isinstance(kind.schema, str) else []
    labels = [words.string(label) for label in kind.enum.labels]
    arguments = [*labels, f"name={words.string(kind.name)}", *schema, *more]
    return f"{words.postgresql('ENUM')}({', '.join(arguments)})"
