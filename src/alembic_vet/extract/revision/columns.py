"""`sa.Column`, its defaults, and what else stands in a table: constraints, indexes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_vet.extract.revision.terms import certainly, flag, name, short_name, string
from alembic_vet.extract.revision.types import TypeReader
from alembic_vet.model.operations import (
    AnyConstraint,
    Column,
    Columns,
    Computed,
    Default,
    Identity,
    Index,
    ServerDefault,
)
from alembic_vet.source.stdlib import iterated
from alembic_vet.source.unknown import OPAQUE, UNSET, Opaque, Unset
from alembic_vet.source.values import NONE, Call, Const, Either, Instance, Text, Value, constant

_COLUMNS = frozenset({"Column", "mapped_column"})
_INSIDE = frozenset(
    {"ForeignKey", "CheckConstraint", "Computed", "Identity", "Sequence", "FetchedValue", "DefaultClause"}
    | {"ColumnDefault", "UniqueConstraint", "PrimaryKeyConstraint", "Index", "Constraint"}
)


class Elements(Struct):
    """What stands in a table; `complete` is false where there is more."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[AnyConstraint] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    complete: bool = True


def table_elements(values: Iterable[Value], types: TypeReader) -> Elements:
    """The columns, constraints and indexes among the arguments of `create_table` or `sa.Table`."""
    found = Elements()
    for value in values:
        if value == NONE:
            continue
        items = iterated(value) if not isinstance(value, Text) else None
        if items is not None:
            inner = table_elements(items, types)
            found.columns += inner.columns
            found.constraints += inner.constraints
            found.indexes += inner.indexes
            found.complete = found.complete and inner.complete
            continue
        column = read_column(value, types)
        if column is not None:
            found.columns.append(column)
        else:
            _add_other(found, value)
    return found


def _add_other(found: Elements, value: Value) -> None:
    from alembic_vet.extract.revision.constraints import read_constraint
    from alembic_vet.extract.revision.indexes import read_index

    constraint = read_constraint(value)
    index = read_index(value) if constraint is None else None
    if constraint is not None:
        found.constraints.append(constraint)
    elif index is not None:
        found.indexes.append(index)
    else:
        found.complete = False


def as_created(value: Value) -> Value:
    """An argument of `create_table` as CREATE TABLE takes it: `use_alter` leaves a foreign key out, and nothing adds it.

    SQLAlchemy, `DDLCompiler.create_table_constraints`.
    """
    if not isinstance(value, Call):
        return value
    if _is_left_out(value):
        return NONE
    if short_name(value) == "Column" and any(_is_left_out(each) for each in value.args):
        return replace(value, args=tuple(each for each in value.args if not _is_left_out(each)))
    return value


def _is_left_out(value: Value) -> bool:
    return (
        isinstance(value, Call)
        and short_name(value) in ("ForeignKey", "ForeignKeyConstraint")
        and certainly(value.keywords.get("use_alter"))
    )


def column_call(value: Value) -> Call | None:
    """The `sa.Column(...)` that a value is, or a copy of."""
    while isinstance(value, Call) and value.method in ("copy", "_copy") and value.receiver is not None:
        value = value.receiver
    return value if isinstance(value, Call) and short_name(value) in _COLUMNS else None


def read_column(value: Value | None, types: TypeReader) -> Column | None:
    """A column; None for anything else."""
    call = column_call(value) if value is not None else None
    if call is None:
        return None
    rest = list(call.args)
    named = call.keywords.get("name")
    if named is None and rest and (_is_name(rest[0]) or (len(rest) > 1 and not _is_inside(rest[1]))):
        named = rest.pop(0)
    written = call.keywords.get("type_")
    if written is None and rest and not _is_inside(rest[0]):
        written = rest.pop(0)
    default = call.keywords.get("server_default")
    column = Column(
        name=name(named),
        type=types.read(written),
        nullable=_nullable(call),
        server_default=server_default(default),
        primary_key=flag(call.keywords.get("primary_key")),
        unique=flag(call.keywords.get("unique")),
        index=flag(call.keywords.get("index")),
        autoincrement=_autoincrement(call.keywords.get("autoincrement")),
        client_default=call.keywords.get("default", NONE) != NONE,
        comment=string(call.keywords.get("comment")),
        collation=_collation(written),
    )
    return _with_inside(column, rest) if rest else column


def _with_inside(column: Column, values: Iterable[Value]) -> Column:
    from alembic_vet.extract.revision.constraints import foreign_key, inline_check

    constraints: list[AnyConstraint] = []
    own: Columns = OPAQUE if column.name is OPAQUE else (column.name,)
    for value in values:
        match short_name(value):
            case "ForeignKey" if isinstance(value, Call):
                constraints.append(foreign_key(value, own))
            case "CheckConstraint" if isinstance(value, Call):
                constraints.append(inline_check(value))
            case "Computed" | "Identity" | "FetchedValue" | "DefaultClause":
                column = replace(column, server_default=server_default(value))
            case "Sequence" | "ColumnDefault":
                column = replace(column, client_default=True)
    return replace(column, constraints=tuple(constraints))


def server_default(value: Value | None) -> ServerDefault | Opaque | None:
    """What `server_default=` says; a plain string is a string literal, whatever the column's type."""
    if value is None or value == NONE:
        return None
    from alembic_vet.extract.revision.expressions import condition, rendered

    match value:
        case Either():
            return OPAQUE
        case Text() | Instance():
            known = string(value)
            return Default.literal(known) if isinstance(known, str) else OPAQUE
        case Call() if short_name(value) == "Computed":
            return Computed(condition(value.argument(0, "sqltext")))
        case Call() if short_name(value) == "Identity":
            return Identity(flag(value.argument(-1, "always") or (value.args[0] if value.args else None)))
        case Call() if short_name(value) == "FetchedValue":
            return None
        case Call() if short_name(value) == "DefaultClause":
            return server_default(value.argument(0, "arg"))
        case Const():
            return OPAQUE
        case _:
            sql = rendered(value)
            if sql is OPAQUE:
                return OPAQUE
            return None if sql.upper() == "NULL" else Default(sql)


def _nullable(call: Call) -> bool | Opaque | Unset:
    given = call.keywords.get("nullable")
    return UNSET if given is None else flag(given)


def _is_name(value: Value) -> bool:
    if isinstance(value, Call):
        return short_name(value) in ("quoted_name", "f", "conv")
    if isinstance(value, Instance):
        return isinstance(value.attributes.get("value"), Text)
    return (
        isinstance(value, Text) or value is OPAQUE or (isinstance(value, Either) and isinstance(value.options[0], Text))
    )


def _is_inside(value: Value) -> bool:
    return isinstance(value, Call) and short_name(value) in _INSIDE


def _autoincrement(value: Value | None) -> bool | Opaque:
    if value is None or constant(value) in ("auto", "ignore_fk"):
        return "auto"  # type: ignore[return-value]
    return flag(value)


def _collation(written: Value | None) -> str | Opaque | None:
    return string(written.keywords.get("collation")) if isinstance(written, Call) else None
