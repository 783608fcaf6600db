"""Alembic's operations on constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from alembic_vet.extract.revision.constraints import exclude, foreign_key_between, unique
from alembic_vet.extract.revision.expressions import condition
from alembic_vet.extract.revision.terms import certainly, final_name, flag, names, qualified, string
from alembic_vet.findings import Location
from alembic_vet.model.operations import (
    Check,
    ConstraintKind,
    CreateConstraint,
    DropConstraint,
    Operation,
    PrimaryKey,
)
from alembic_vet.source.unknown import OPAQUE

if TYPE_CHECKING:
    from alembic_vet.extract.revision.operations import Given

_KINDS: dict[str, ConstraintKind] = {
    "primary": "primary",
    "unique": "unique",
    "foreignkey": "foreignkey",
    "check": "check",
    "exclude": "exclude",
}


def create_primary_key(given: Given, location: Location) -> Iterator[Operation]:
    called, final = final_name(given["constraint_name"])
    key = PrimaryKey(names(given["columns"]), name=called, final=final)
    yield CreateConstraint(given.table(), key, location=location)


def create_unique_constraint(given: Given, location: Location) -> Iterator[Operation]:
    made = unique(names(given["columns"]), given.call.keywords, given["constraint_name"])
    yield CreateConstraint(given.table(), made, location=location)


def create_check_constraint(given: Given, location: Location) -> Iterator[Operation]:
    called, final = final_name(given["constraint_name"])
    made = Check(condition(given["condition"]), name=called, final=final)
    yield CreateConstraint(given.table(), made, flag(given["postgresql_not_valid"]), location=location)


def create_exclude_constraint(given: Given, location: Location) -> Iterator[Operation]:
    made = exclude(given.rest, given.call.keywords, given["constraint_name"])
    yield CreateConstraint(given.table(), made, location=location)


def create_foreign_key(given: Given, location: Location) -> Iterator[Operation]:
    made = foreign_key_between(
        names(given["local_cols"]),
        qualified(given["referent_table"], given["referent_schema"]),
        names(given["remote_cols"]),
        given.call.keywords,
        given["constraint_name"],
    )
    table = given.table("source_table", "source_schema")
    yield CreateConstraint(table, made, flag(given["postgresql_not_valid"]), location=location)


def drop_constraint(given: Given, location: Location) -> Iterator[Operation]:
    called, final = final_name(given["constraint_name"])
    kind = string(given["type_"])
    yield DropConstraint(
        given.table(),
        called,
        _KINDS.get(kind, OPAQUE) if isinstance(kind, str) else kind,
        certainly(given["if_exists"]),
        final=final,
        location=location,
    )


READINGS: dict[str, Callable[[Given, Location], Iterator[Operation]]] = {
    "create_primary_key": create_primary_key,
    "create_unique_constraint": create_unique_constraint,
    "create_check_constraint": create_check_constraint,
    "create_exclude_constraint": create_exclude_constraint,
    "create_foreign_key": create_foreign_key,
    "drop_constraint": drop_constraint,
}
