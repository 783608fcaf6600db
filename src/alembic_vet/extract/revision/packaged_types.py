"""Types of well-known packages, as PostgreSQL sees them."""

from __future__ import annotations

from alembic_vet.extract.revision.terms import short_name, string
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.type_names import postgresql_type
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import Call, Const, Value, constant

_PACKAGED = {
    "GUID": "uuid",
    "UUIDType": "uuid",
    "DateTimeUTC": "timestamp with time zone",
    "TIMESTAMPAware": "timestamp with time zone",
    "UtcDateTime": "timestamp with time zone",
    "UTCDateTime": "timestamp with time zone",
    "TZDateTime": "timestamp with time zone",
    "JsonB": "jsonb",
    "LtreeType": "ltree",
    "ArrowType": "timestamp without time zone",
    "ScalarListType": "text",
    "EncryptedType": "bytea",
    "StringEncryptedType": "character varying",
    "CIText": "citext",
}
_SIZED = {
    "PhoneNumberType": 20,
    "CurrencyType": 3,
    "CountryType": 2,
    "LocaleType": 10,
    "IPAddressType": 50,
    "TimezoneType": 50,
    "ColorType": 20,
    "ChoiceType": 255,
    "EmailType": 255,
}
_SPATIAL = frozenset({"Geometry", "Geography", "Raster"})


def packaged_type(written: Value) -> ColumnType | None:
    """The type behind a name or a call; None where no package here has it."""
    short = short_name(written)
    call = written if isinstance(written, Call) else None
    if short in _SPATIAL:
        return ColumnType(short.lower(), OPAQUE if call is None else _spatial(call))
    if short in _SIZED:
        length = call.argument(-1, "max_length", "length") if call else None
        size = constant(length) if length is not None else None
        return postgresql_type("character varying", (size if isinstance(size, int) else _SIZED[short],))
    return postgresql_type(_PACKAGED[short]) if short in _PACKAGED else None


def _spatial(call: Call) -> tuple[int | str, ...] | Opaque:
    """`geometry(Point,4326)` of GeoAlchemy2, whose default is any geometry."""
    kind = call.argument(0, "geometry_type")
    shape = string(kind) if kind is not None else "GEOMETRY"
    srid = constant(call.argument(1, "srid") or Const(-1))
    if not isinstance(shape, str) or not isinstance(srid, int):
        return OPAQUE
    return (shape.capitalize(), srid) if srid > 0 else (shape.capitalize(),)
