"""The names that PostgreSQL and SQLAlchemy choose for what was not named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count

from alembic_vet.model.operations import Columns, IndexElement
from alembic_vet.source.unknown import OPAQUE, Opaque

MAX_BYTES = 63
"""PostgreSQL's NAMEDATALEN less one."""

NamingConvention = Mapping[str, str | Opaque]

DEFAULT_CONVENTION: NamingConvention = {"ix": "ix_%(column_0_label)s"}
"""SQLAlchemy's own, where MetaData is given none; a given one replaces all of it."""


def clipped(name: str, size: int = MAX_BYTES) -> str:
    """A name cut to what PostgreSQL keeps, whole characters only."""
    return name.encode()[:size].decode(errors="ignore")


def shortened(name: str) -> str:
    """A name as SQLAlchemy shortens the ones it makes itself, and those of `op.f()`."""
    if len(name) <= MAX_BYTES:
        return name
    import hashlib

    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: MAX_BYTES - 8]}_{digest[-4:]}"


def object_name(first: str, second: str, label: str) -> str:
    """`<first>_<second>_<label>` within the limit: the longer of the first two gives way (`makeObjectName`)."""
    room = MAX_BYTES - len(label) - 1 - (1 if second else 0)
    sizes = [len(first.encode()), len(second.encode())]
    while sum(sizes) > room:
        sizes[0 if sizes[0] > sizes[1] else 1] -= 1
    parts = [clipped(first, sizes[0]), clipped(second, sizes[1]) if second else "", label]
    return "_".join(part for part in parts if part)


def free_name(first: str, second: str, label: str, taken: Callable[[str], bool]) -> str:
    """The first such name that is free: `_key`, `_key1`, `_key2`, ..."""
    number = 0
    while True:
        name = object_name(first, second, f"{label}{number or ''}")
        if not taken(name):
            return name
        number += 1


STAND_IN = "?"


def stand_in(first: str, taken: Collection[str]) -> str:
    """The first such name that is free, for an object whose own is not known: no object of a database is called so."""
    return next(name for number in count(1) if (name := f"{STAND_IN}{first}{number}") not in taken)


def column_part(columns: Sequence[str]) -> str:
    """The middle of a default name: columns joined until 64 bytes are passed."""
    text = ""
    for column in columns:
        text += f"_{column}" if text else column
        if len(text.encode()) >= MAX_BYTES + 1:
            break
    return text


def index_part(elements: Sequence[IndexElement]) -> str:
    """The same for an index: `lower(email)` counts as `lower`, any other expression as `expr`."""
    found: list[str] = []
    for element in elements:
        name = element.column or "expr"
        if element.column is None and isinstance(element.sql, str):
            called = re.match(r'\s*(?:\w+\.)?"?(\w+)"?\s*\(', element.sql)
            name = called[1].lower() if called else "expr"
        base, number = name, 0
        while name in found:
            number += 1
            name = f"{base}{number}"
        found.append(name)
    return column_part(found)


_TOKEN = r"%\((\w+)\)s"


def conventional_name(
    convention: NamingConvention | Opaque,
    kind: str,
    *,
    table: str,
    schema: str | None = None,
    columns: Columns = (),
    given: str | Opaque | None = None,
    final: bool = False,
    target: str | Opaque = OPAQUE,
    target_columns: Columns = (),
) -> str | Opaque | None:
    """The name SQLAlchemy gives a constraint (`pk`, `uq`, `fk`, `ck`) or index (`ix`).

    None: it leaves the choice to PostgreSQL. A given name stays, unless the convention asks for
    `%(constraint_name)s` and the name is not `final`.
    """
    if final and given is not None:
        return given if given is OPAQUE else shortened(given)
    if convention is OPAQUE:
        return OPAQUE if given is None or kind == "ck" else given
    pattern = convention.get(kind)
    if pattern is None:
        return given
    if pattern is OPAQUE:
        return OPAQUE if given is None else given
    if given is not None and "constraint_name" not in pattern:
        return given
    known = {
        "table_name": table,
        "referred_table_name": target,
        "constraint_name": OPAQUE if given is None else given,
        **_column_tokens(pattern, columns, table, schema),
        **_column_tokens(pattern, target_columns, table, schema, "referred_"),
    }
    filled = re.sub(_TOKEN, lambda found: _text(known.get(found[1], OPAQUE)), pattern)
    return OPAQUE if "\0" in filled else shortened(filled)


def _text(value: str | Opaque) -> str:
    return "\0" if value is OPAQUE else value


def _column_tokens(
    pattern: str, columns: Columns, table: str, schema: str | None, prefix: str = ""
) -> dict[str, str | Opaque]:
    found: dict[str, str | Opaque] = {}
    for token in re.findall(_TOKEN, pattern):
        match = re.fullmatch(prefix + r"column_(\d+)(_?N)?_(name|key|label)", token)
        if match is None:
            continue
        if columns is OPAQUE:
            found[token] = OPAQUE
            continue
        wanted = columns if match[2] else columns[int(match[1]) : int(match[1]) + 1]
        if match[3] == "label":
            head = "_".join(part for part in (schema and schema.replace(".", "_"), table) if part)
            wanted = tuple(f"{head}_{column}" for column in wanted)
        found[token] = ("_" if match[2] == "_N" else "").join(wanted)
    return found
