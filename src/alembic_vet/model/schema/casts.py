"""Which types PostgreSQL turns into which without being told how."""

from __future__ import annotations

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.type_names import BUILT_IN
from alembic_vet.source.unknown import OPAQUE, Opaque

_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_STRINGS = frozenset({"text", "character varying", "character", "bpchar", "name"})
_STAMP, _STAMP_TZ = "timestamp without time zone", "timestamp with time zone"
_TIME, _TIME_TZ = "time without time zone", "time with time zone"
_PAIRS: dict[str, frozenset[str]] = {
    "date": frozenset({_STAMP, _STAMP_TZ}),
    _STAMP: frozenset({"date", _TIME, _STAMP_TZ}),
    _STAMP_TZ: frozenset({"date", _TIME, _TIME_TZ, _STAMP}),
    _TIME: frozenset({"interval", _TIME_TZ}),
    _TIME_TZ: frozenset({_TIME}),
    "interval": frozenset({_TIME}),
    "json": frozenset({"jsonb"}),
    "jsonb": frozenset({"json"}),
    "bit": frozenset({"bit varying"}),
    "bit varying": frozenset({"bit"}),
    "inet": frozenset({"cidr"}),
    "cidr": frozenset({"inet"}),
    "macaddr": frozenset({"macaddr8"}),
    "macaddr8": frozenset({"macaddr"}),
    "money": frozenset({"numeric"}),
    **{number: frozenset({"money"}) for number in ("integer", "bigint", "numeric")},
}


def casts_automatically(old: ColumnType | Opaque, new: ColumnType | Opaque, *, known_types: bool) -> bool | None:
    """Whether ALTER COLUMN ... TYPE works without USING; None where it is not known.

    The table is that of `pg_cast` (contexts `i` and `a`) on PostgreSQL 18. `known_types` says that a type that is
    not built in is an enum, which casts to text and to nothing else.
    """
    if old is OPAQUE or new is OPAQUE:
        return None
    if old.name == new.name and old.schema == new.schema:
        return old.array == new.array or (None if old.name in _STRINGS else False)
    if old.array != new.array:
        return new.name in _STRINGS and not new.array
    if new.name in _STRINGS:
        return True
    if not {old.name, new.name} <= BUILT_IN:
        return False if known_types else None
    if old.name in _NUMBERS and new.name in _NUMBERS:
        return True
    if {old.name, new.name} & {
        "oid",
        "regclass",
        "regtype",
        "regproc",
        "name",
        '"char"',
        "xml",
        "path",
        "polygon",
        "box",
    }:
        return None
    return new.name in _PAIRS.get(old.name, frozenset())


_COMPARED = (_NUMBERS, _STRINGS, frozenset({"uuid"}), frozenset({"boolean"}), frozenset({"jsonb"}))


def comparable(one: ColumnType | Opaque, two: ColumnType | Opaque) -> bool | None:
    """Whether a foreign key may join columns of these types; None where it is not known."""
    if one is OPAQUE or two is OPAQUE or one.array or two.array:
        return None
    families = [next((each for each in _COMPARED if type_.name in each), None) for type_ in (one, two)]
    return None if None in families else families[0] == families[1]
