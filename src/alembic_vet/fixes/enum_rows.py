"""Rows that hold a label which goes: what becomes of them before the type is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from alembic_vet.fixes.sql_text import sql_key, sql_name, sql_string
from alembic_vet.model.enum_swap import EnumColumn, EnumDowngrade, EnumSwap


class Refusal(Struct, frozen=True):
    """Rows that stop the downgrade: what to say of them, and the query that counts them."""

    message: str
    query: str


def refusals(downgrade: EnumDowngrade, setting: str) -> Iterator[Refusal]:
    """Where rows may still hold labels for which `enum-downgrade-rows` has no answer."""
    for swap, column in _columns(downgrade):
        decided = _decided(swap, column, setting)
        labels = [label for label in swap.removed if label not in decided]
        if labels:
            table, name = sql_key(column.table, downgrade.options.default_schema), sql_name(column.name)
            held = " or ".join(f"'{label}'" for label in labels)
            yield Refusal(
                f"{column.table}.{column.name} still holds {held}",
                f"SELECT count(*) FROM {table} WHERE {_holds(column, name, labels)}",
            )


def updates(downgrade: EnumDowngrade, setting: str) -> Iterator[str]:
    """The statements that move rows to another value."""
    for swap, column in _columns(downgrade):
        table, name = sql_key(column.table, downgrade.options.default_schema), sql_name(column.name)
        for label, target in _decided(swap, column, setting).items():
            value = "NULL" if target is None else sql_string(target)
            if column.is_array:
                value = f"array_replace({name}, {sql_string(label)}, {value})"
            yield f"UPDATE {table} SET {name} = {value} WHERE {_holds(column, name, [label])}"


def _columns(downgrade: EnumDowngrade) -> Iterator[tuple[EnumSwap, EnumColumn]]:
    return ((swap, column) for swap in downgrade.swaps for column in swap.columns if swap.removed)


def _decided(swap: EnumSwap, column: EnumColumn, setting: str) -> Mapping[str, str | None]:
    """The labels that go with what takes their place."""
    if setting == "null" and (column.nullable or column.is_array):
        return dict.fromkeys(swap.removed)
    if setting.startswith("map:"):
        pairs = dict(pair.split("=", 1) for pair in setting.removeprefix("map:").split(","))
        return {label: pairs[label] for label in swap.removed if pairs.get(label) in swap.labels}
    return {}


def _holds(column: EnumColumn, name: str, labels: list[str]) -> str:
    if column.is_array:
        return " OR ".join(f"{sql_string(label)} = ANY ({name})" for label in labels)
    if len(labels) > 1:
        return f"{name} IN ({', '.join(map(sql_string, labels))})"
    return f"{name} = {sql_string(labels[0])}"
