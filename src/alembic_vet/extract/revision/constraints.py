"""Constraints and indexes as SQLAlchemy writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alembic_vet.extract.revision.expressions import condition, rendered
from alembic_vet.extract.revision.terms import (
    certainly,
    column_name,
    final_name,
    flag,
    name,
    names,
    short_name,
    string,
)
from alembic_vet.model.operations import (
    AnyConstraint,
    Check,
    Columns,
    Exclude,
    ForeignKey,
    PrimaryKey,
    QualifiedName,
    Unique,
)
from alembic_vet.source.stdlib import iterated
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import Attribute, Call, Item, Items, Text, Value


def read_constraint(value: Value) -> AnyConstraint | None:
    """A table constraint; None for anything else."""
    if not isinstance(value, Call):
        return None
    called, final = final_name(value.keywords.get("name"))
    match short_name(value):
        case "PrimaryKeyConstraint":
            return PrimaryKey(_columns(value), name=called, final=final)
        case "UniqueConstraint":
            return unique(_columns(value), value.keywords, value.keywords.get("name"))
        case "ForeignKeyConstraint":
            return _foreign_key_constraint(value)
        case "CheckConstraint":
            return inline_check(value)
        case "ExcludeConstraint":
            return exclude(value.args, value.keywords, value.keywords.get("name"))
        case _:
            return None


def unique(columns: Columns, keywords: Mapping[str, Value], named: Value | None) -> Unique:
    called, final = final_name(named)
    return Unique(
        columns,
        certainly(keywords.get("postgresql_nulls_not_distinct")),
        flag(keywords.get("deferrable")),
        name=called,
        final=final,
    )


def inline_check(call: Call) -> Check:
    called, final = final_name(call.argument(1, "name"))
    return Check(condition(call.argument(0, "sqltext")), name=called, final=final)


def foreign_key(call: Call, own: Columns) -> ForeignKey:
    """`sa.ForeignKey(...)` inside a column."""
    target, column = _referred(call.argument(0, "column"))
    columns: Columns = OPAQUE if column is OPAQUE else (column,) if column else ()
    return _actions(call.keywords, call.argument(3, "name"), own, target, columns)


def _foreign_key_constraint(call: Call) -> ForeignKey:
    referred = iterated(call.argument(1, "refcolumns") or OPAQUE)
    pairs = [_referred(item) for item in referred or ()]
    target = pairs[0][0] if pairs else OPAQUE
    known = tuple(column for _, column in pairs if isinstance(column, str))
    columns: Columns = known if pairs and len(known) == len(pairs) else OPAQUE
    return _actions(call.keywords, call.argument(2, "name"), names(call.argument(0, "columns")), target, columns)


def foreign_key_between(
    own: Columns, target: QualifiedName, columns: Columns, keywords: Mapping[str, Value], named: Value | None
) -> ForeignKey:
    """`op.create_foreign_key(...)`."""
    return _actions(keywords, named, own, target, columns)


def _actions(
    keywords: Mapping[str, Value], named: Value | None, own: Columns, target: QualifiedName | Opaque, columns: Columns
) -> ForeignKey:
    called, final = final_name(named)
    initially = string(keywords.get("initially"))
    return ForeignKey(
        own,
        target,
        columns,
        _action(keywords.get("ondelete")),
        _action(keywords.get("onupdate")),
        flag(keywords.get("deferrable")),
        initially if initially is OPAQUE else (initially or "").upper() == "DEFERRED",
        name=called,
        final=final,
    )


def _action(value: Value | None) -> str | Opaque | None:
    known = string(value)
    if not isinstance(known, str):
        return known
    return None if known.upper() == "NO ACTION" else known.upper()


def _referred(value: Value | None) -> tuple[QualifiedName | Opaque, str | Opaque]:
    """The table and column behind `"schema.table.column"` or `table.c.column`."""
    match value:
        case Attribute(of=Attribute(of=Call() as table, name="c" | "columns"), name=column):
            return QualifiedName(name(table.argument(0, "name")), string(table.keywords.get("schema"))), column
        case Item(of=Attribute(of=Call() as table, name="c" | "columns")):
            schema = string(table.keywords.get("schema"))
            return QualifiedName(name(table.argument(0, "name")), schema), column_name(value)
    known = string(value)
    if not isinstance(known, str):
        return OPAQUE, OPAQUE
    table_name, dot, column = known.rpartition(".")
    if not dot:
        return QualifiedName(known), ""
    schema_name, _, plain = table_name.rpartition(".")
    return QualifiedName(plain, schema_name or None), column


def _columns(call: Call) -> Columns:
    if call.open_ended:
        return OPAQUE
    return names(Items([argument for argument in call.args if short_name(argument) != "conv"]))


def exclude(elements: Iterable[Value], keywords: Mapping[str, Value], named: Value | None) -> Exclude:
    """`ExcludeConstraint(("room", "="), ("during", "&&"), using="gist")`."""
    called, final = final_name(named)
    parts: list[str] = []
    columns: list[str] = []
    known = True
    for element in elements:
        pair = iterated(element)
        if pair is None or len(pair) < 2:
            continue
        sql = string(pair[0]) if isinstance(pair[0], Text) else rendered(pair[0])
        operator = string(pair[1])
        if not isinstance(sql, str) or not isinstance(operator, str):
            known = False
            continue
        if isinstance(pair[0], Text) or short_name(pair[0]) in ("column", "Column"):
            columns.append(sql)
        parts.append(f"{sql} WITH {operator}")
    using = string(keywords.get("using")) or "gist"
    where = condition(keywords["where"]) if "where" in keywords else ""
    if not known or not parts or not isinstance(using, str) or not isinstance(where, str):
        return Exclude(OPAQUE, tuple(columns), name=called, final=final)
    body = f"USING {using} ({', '.join(parts)})" + (f" WHERE ({where})" if where else "")
    return Exclude(body, tuple(columns), name=called, final=final)
