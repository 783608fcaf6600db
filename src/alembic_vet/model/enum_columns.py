"""Columns of the models that hold an enum type of PostgreSQL, and the Python enums behind them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from alembic_vet.findings import Location
from alembic_vet.model.models import TableDefinition
from alembic_vet.source.unknown import Opaque


class EnumMember(Struct, frozen=True):
    """A member that is no alias; `value` is OPAQUE where it is not known, or no string."""

    name: str
    value: str | Opaque
    location: Location


class PythonEnum(Struct, frozen=True):
    """A first-party `enum.Enum`; `location` is its `class` line."""

    name: str
    location: Location
    members: tuple[EnumMember, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.members)

    @property
    def values(self) -> tuple[str | Opaque, ...]:
        return tuple(member.value for member in self.members)


class EnumColumn(Struct, frozen=True):
    """A column of a model whose type is a native enum.

    `type_name` and `schema` are those that the model says, `labels` what it stores. `stored`: they are the names of
    `python`, or what a `values_callable` gives: the values, or something else. `call` is the `Enum(...)` itself, None
    where there is none or a function makes it; `place` is where the type is written, at worst the whole column.
    """

    table: TableDefinition
    column: str
    type_name: str
    schema: str | Opaque | None
    labels: tuple[str, ...]
    place: Location
    call: Location | None = None
    python: PythonEnum | None = None
    stored: Literal["names", "values", "other"] = "other"

    @property
    def label(self) -> str:
        """How a message names it."""
        return f"{self.table.label}.{self.column}"
