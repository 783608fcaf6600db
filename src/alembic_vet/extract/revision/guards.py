"""Conditions that only ask the schema whether something is there."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_vet.extract.revision.catalogue import Guards, among_rows, asked_of_catalogue, executed_text
from alembic_vet.extract.revision.terms import name, string
from alembic_vet.model.operations import Guard, QualifiedName, Thing
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import (
    Attribute,
    Call,
    Condition,
    Const,
    Expression,
    Item,
    Value,
    constant,
)

_LISTS: dict[str, Thing] = {
    "get_columns": "column",
    "get_indexes": "index",
    "get_foreign_keys": "constraint",
    "get_unique_constraints": "constraint",
    "get_check_constraints": "constraint",
    "get_enums": "type",
}
_NAMES: dict[str, Thing] = {
    "get_table_names": "relation",
    "get_view_names": "relation",
    "get_materialized_view_names": "relation",
    "get_sequence_names": "relation",
    "get_schema_names": "schema",
}


def guards_for(condition: Condition) -> Guards | None:
    """What must be there, or not, for the condition to be met; None for any other condition."""
    if condition.met is None:
        return None
    return _guards(condition.value, condition.met)


def _guards(value: Value, met: bool) -> Guards | None:
    match value:
        case Expression(operator="not", operands=(inner,)):
            return _guards(inner, not met)
        case Expression(operator="and" | "or" as operator, operands=parts):
            return _together([_guards(part, operator == "and") for part in parts], (operator == "and") is met)
        case Expression(operator="in", operands=(sought, among)):
            return _membership(sought, among, met)
        case Expression(operator="not in", operands=(sought, among)):
            return _membership(sought, among, not met)
        case Expression(operator="is" | "==", operands=(inner, Const(value=None | 0 | False))):
            return _guards(inner, not met)
        case Expression(operator="is not" | "!=", operands=(inner, Const(value=None | 0 | False))):
            return _guards(inner, met)
        case Expression(operator=">" | ">=" | "==" | "is", operands=(inner, Const(value=0 | 1 | True))):
            return _guards(inner, met)
        case Expression(operator="each", operands=operands):
            return _any_of(operands, met)
        case Attribute(of=inner, name="rowcount") | Item(of=inner, key=Const(value=0)):
            return _guards(inner, met)
        case Call():
            return _answer(value, met)
        case _:
            return None


def _together(parts: list[Guards | None], met: bool) -> Guards | None:
    """All of some questions; where they are not met together, there can be only one to blame."""
    if None in parts:
        return None
    asked = tuple(guard for guards in parts for guard in guards or ())
    if met:
        return asked
    # What is on a table is not there without the table.
    told = [one for one in asked if not any(other.of == one.name and other.exists is one.exists for other in asked)]
    return (replace(told[0], exists=not told[0].exists),) if len(told) == 1 else None


def _answer(call: Call, met: bool) -> Guards | None:
    schema = string(call.keywords.get("schema"))
    match call.method:
        case "any" | "len" | "list" | "next" | "set" if call.args:
            return _guards(call.args[0], met)
        case "has_table":
            of_dialect = isinstance(call.callee, Attribute) and _is_dialect(call.callee.of)
            position = 1 if of_dialect else 0
            asked = name(call.argument(position, "table_name", "tablename"))
            schema = string(call.argument(position + 1, "schema"))
            return _guard("relation", asked, schema, met)
        case "has_type":
            return _guard("type", name(call.argument(1, "type_name")), schema, met)
        case "has_schema":
            return _guard("schema", name(call.argument(0, "schema_name")), None, met)
        case "has_sequence":
            return _guard("relation", name(call.argument(0, "sequence_name")), schema, met)
        case "has_index":
            table, asked = name(call.argument(0, "table_name")), name(call.argument(1, "index_name"))
            return _guard("index", asked, schema, met, table)
        case "get_pk_constraint":
            return None
    statement = executed_text(call)
    return None if statement is None else asked_of_catalogue(statement, met)


def _any_of(operands: tuple[Value, ...], met: bool) -> Guards | None:
    """`any(c["name"] == "x" for c in columns)`, `[c for c in columns if c["name"] == "x"]`."""
    element, over, *tests = operands
    asked = [test for test in (element, *tests) if isinstance(test, Expression) and test.operator == "=="]
    if len(asked) != 1 or len(tests) > 1:
        return None
    left, right = asked[0].operands
    if _key(left) is None:
        left, right = right, left
    return _membership(right, Expression("each", (left, over)), met)


def _key(element: Value) -> object:
    """The key that an item of a listing is asked for: `column["name"]`, `column.get("name")`, `row[0]`."""
    match element:
        case Item(of=Expression(operator="one"), key=key):
            return constant(key)
        case Call(method="get", receiver=Expression(operator="one"), args=(key, *_)):
            return constant(key)
        case Attribute(of=Expression(operator="one"), name=name):
            return name
        case _:
            return None


def _membership(sought: Value, among: Value, met: bool) -> Guards | None:
    """`"name" in [column["name"] for column in inspector.get_columns("table")]` and its kin."""
    asked = string(sought)
    match among:
        case Call(method=method) if method in _NAMES:
            schema = string(among.argument(0, "schema"))
            return _guard(_NAMES[method or ""], name(sought), schema, met)
        case Expression(operator="each", operands=(element, Call() as listing)) if (key := _key(element)) is not None:
            if listing.method not in _LISTS:
                rows = executed_text(listing)
                return None if rows is None or not isinstance(asked, str) else among_rows(rows, asked, met)
            if key != "name":
                return None
            if listing.method == "get_enums":
                return _guard("type", name(sought), string(listing.argument(0, "schema")), met)
            table = name(listing.argument(0, "table_name"))
            schema = string(listing.argument(1, "schema"))
            return _guard(_LISTS[listing.method], name(sought), schema, met, table)
        case Attribute(name="tables"):
            return _guard("relation", name(sought), None, met)
        case Expression(operator="and", operands=(*conditions, last)):
            return _together([*(_guards(part, True) for part in conditions), _membership(sought, last, True)], met)
        case Call(method="keys") if among.receiver is not None:
            return _membership(sought, among.receiver, met)
    if isinstance(among, Call) and isinstance(asked, str):
        rows = executed_text(among)
        return None if rows is None else among_rows(rows, asked, met)
    return None


def _guard(thing: Thing, asked: object, schema: object, exists: bool, table: object = None) -> Guards | None:
    if not isinstance(asked, str) or schema is OPAQUE or table is OPAQUE:
        return None
    of = QualifiedName(table, schema if isinstance(schema, str) else None) if isinstance(table, str) else None
    return (Guard(thing, QualifiedName(asked, schema if isinstance(schema, str) else None), exists, of),)


def _is_dialect(value: Value) -> bool:
    return isinstance(value, Attribute) and value.name == "dialect"
