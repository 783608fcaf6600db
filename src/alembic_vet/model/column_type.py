"""Column types, spelled the way PostgreSQL's `format_type()` spells them."""

from __future__ import annotations

from msgspec import Struct

from alembic_vet.source.equality import EqualBut
from alembic_vet.source.unknown import OPAQUE, Opaque


class EnumSpec(Struct, frozen=True):
    """What an `Enum` / `ENUM` object says of its type besides the name.

    `labels` is OPAQUE where they could not be read, None where the object only refers to a type by name.
    `create_type` is what was written (`create_type=False`, else True); `dialect_type` is True for
    `postgresql.ENUM`, which honours it on every SQLAlchemy (`sa.Enum` only from 2.1).
    `native` is False for `native_enum=False`: a VARCHAR, no type.
    """

    labels: tuple[str, ...] | Opaque | None
    create_type: bool | Opaque = True
    dialect_type: bool = False
    native: bool = True
    inherit_schema: bool = False


class ColumnType(EqualBut, frozen=True):
    """A type; two that PostgreSQL stores alike compare equal, however they were written.

    `name` is the name without arguments (`character varying`, `timestamp with time zone`), for a type that is not
    built in the name of the type in the catalogue. `schema` is given for those only. PostgreSQL does not store
    the number of array dimensions, so `array` is a flag. `enum` is there where the type was written as an
    Enum object; SQL text names an enum like any other type. `serial` marks SERIAL and the integer types that
    SQLAlchemy turns into it.
    """

    aside = frozenset({"enum", "serial"})

    name: str
    arguments: tuple[int | str, ...] | Opaque = ()
    array: bool = False
    schema: str | Opaque | None = None
    enum: EnumSpec | None = None
    serial: bool = False

    @property
    def timezone(self) -> bool | None:
        """Whether the type is aware of time zones; None where the question makes no sense."""
        if not self.name.startswith(("timestamp", "time ")):
            return None
        return self.name.endswith("with time zone")

    def __str__(self) -> str:
        """The spelling of `format_type()`."""
        arguments = "..." if self.arguments is OPAQUE else ",".join(map(str, self.arguments))
        head, blank, tail = self.name.partition(" ")
        if not arguments:
            text = self.name
        elif head in {"timestamp", "time"}:
            text = f"{head}({arguments}){blank}{tail}"
        else:
            text = f"{self.name}({arguments})"
        if isinstance(self.schema, str):
            text = f"{self.schema}.{text}"
        return text + ("[]" if self.array else "")
