"""Columns of SQL text: types, clauses, constraints."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.extract.sql.cursor import Cursor, Unreadable
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    AnyConstraint,
    Check,
    Column,
    Columns,
    Computed,
    Default,
    Exclude,
    ForeignKey,
    Identity,
    Name,
    PrimaryKey,
    ServerDefault,
    Unique,
)
from alembic_vet.model.type_names import postgresql_type
from alembic_vet.source.unknown import OPAQUE, Opaque

_CLAUSES = (
    "constraint",
    "not null",
    "null",
    "default",
    "unique",
    "primary key",
    "check",
    "references",
    "generated",
    "collate",
    "deferrable",
    "not deferrable",
    "initially",
    "compression",
    "storage",
)
_TWO_WORD_TYPES = ("double precision", "character varying", "char varying", "nchar varying", "bit varying")
_NATIONAL = ("national character varying", "national char varying", "national character", "national char")
_FIELDS = ("year to month", "day to hour", "day to minute", "day to second", "hour to minute", "hour to second")
_MORE_FIELDS = ("minute to second", "year", "month", "day", "hour", "minute", "second")
_CONSTRAINTS = ("constraint", "primary key", "unique", "foreign key", "check", "exclude")


def column(cursor: Cursor) -> Column:
    """A column with its type and clauses."""
    name = cursor.name()
    type_ = column_type(cursor)
    return _clauses(cursor, Column(name, type_, autoincrement=False))


class _Deferral(Struct):
    deferrable: bool = False
    deferred: bool = False


def _clauses(cursor: Cursor, found: Column) -> Column:
    own: Columns = OPAQUE if found.name is OPAQUE else (found.name,)
    constraints: list[AnyConstraint] = []
    name: Name | None = None
    while not cursor.at_end and not cursor.sees_hole():
        if cursor.accept("constraint"):
            name = cursor.name()
            continue
        if cursor.accept("not null"):
            cursor.accept("no inherit")
            found = replace(found, nullable=False)
        elif cursor.accept("null"):
            found = replace(found, nullable=True)
        elif cursor.accept("default"):
            found = replace(found, server_default=default(cursor.until(*_CLAUSES)))
        elif cursor.accept("collate"):
            found = replace(found, collation=cursor.qualified().name)
        elif cursor.accept_any("compression", "storage"):
            cursor.name()
        elif cursor.accept("generated"):
            found = replace(found, server_default=generated(cursor))
        else:
            constraints.append(_column_constraint(cursor, name, own))
        name = None
    return replace(found, constraints=tuple(constraints))


def _column_constraint(cursor: Cursor, name: Name | None, own: Columns) -> AnyConstraint:
    if cursor.accept("primary key"):
        _index_parameters(cursor)
        return PrimaryKey(own, name=name, final=True)
    if cursor.accept("unique"):
        distinct = _nulls_not_distinct(cursor)
        _index_parameters(cursor)
        return Unique(own, distinct, _deferral(cursor).deferrable, name=name, final=True)
    if cursor.accept("check"):
        sql = cursor.bracketed().sql()
        cursor.accept("no inherit")
        return Check(sql, name=name, final=True)
    if cursor.accept("references"):
        return _references(cursor, own, name)
    raise Unreadable(f"`{cursor.take().text}` is no clause of a column")


def sees_constraint(cursor: Cursor) -> bool:
    """Whether a constraint of the table comes next, and no column."""
    return any(cursor.sees(word) for word in _CONSTRAINTS)


def table_constraint(cursor: Cursor) -> AnyConstraint:
    """A constraint of CREATE TABLE, or what follows ALTER TABLE ... ADD."""
    name = cursor.name() if cursor.accept("constraint") else None
    if cursor.accept("primary key using index"):
        key = PrimaryKey(OPAQUE, cursor.known_name(), name=name, final=True)
        _deferral(cursor)
        return key
    if cursor.accept("unique using index"):
        index = cursor.known_name()
        deferrable = _deferral(cursor).deferrable
        return Unique(OPAQUE, deferrable=deferrable, using_index=index, name=name, final=True)
    if cursor.accept("primary key"):
        key = PrimaryKey(cursor.columns(), name=name, final=True)
        _index_parameters(cursor)
        _deferral(cursor)
        return key
    if cursor.accept("unique"):
        distinct = _nulls_not_distinct(cursor)
        columns = cursor.columns()
        _index_parameters(cursor)
        return Unique(columns, distinct, _deferral(cursor).deferrable, name=name, final=True)
    if cursor.accept("foreign key"):
        columns = cursor.columns()
        cursor.expect("references")
        return _references(cursor, columns, name)
    if cursor.accept("check"):
        sql = cursor.bracketed().sql()
        cursor.accept("no inherit")
        return Check(sql, name=name, final=True)
    if cursor.accept("exclude"):
        return _exclude(cursor, name)
    raise Unreadable("an unknown kind of constraint")


def _exclude(cursor: Cursor, name: Name | None) -> Exclude:
    mark = cursor.mark
    columns: list[str] = []
    if cursor.accept("using"):
        cursor.name()
    for element in cursor.bracketed().items():
        token = element.peek()
        if token is not None and token.is_name and not token.holed:
            columns.append(token.value)
    cursor.back(mark)
    return Exclude(cursor.sql(), tuple(columns), name=name, final=True)


def _index_parameters(cursor: Cursor) -> None:
    if cursor.accept("include"):
        cursor.bracketed()
    if cursor.accept("with"):
        cursor.bracketed()
    if cursor.accept("using index tablespace"):
        cursor.name()


def _nulls_not_distinct(cursor: Cursor) -> bool:
    cursor.accept("nulls distinct")
    return cursor.accept("nulls not distinct")


def _references(cursor: Cursor, columns: Columns, name: Name | None) -> ForeignKey:
    target = cursor.qualified()
    targets: Columns = cursor.columns() if cursor.sees_symbol("(") else ()
    if cursor.accept("match"):
        cursor.name()
    actions: dict[str, str | Opaque | None] = {}
    while cursor.accept("on"):
        event = cursor.accept_any("delete", "update")
        if event is not None and cursor.sees_hole():
            cursor.take()
            actions[event] = OPAQUE
            continue
        action = cursor.accept_any("cascade", "restrict", "no action", "set null", "set default")
        if event is None or action is None:
            raise Unreadable("an unknown referential action")
        if cursor.sees_symbol("("):
            cursor.bracketed()
        actions[event] = None if action == "no action" else action.upper()
    deferral = _deferral(cursor)
    return ForeignKey(
        columns,
        target,
        targets,
        actions.get("delete"),
        actions.get("update"),
        deferral.deferrable,
        deferral.deferred,
        name=name,
        final=True,
    )


def _deferral(cursor: Cursor) -> _Deferral:
    found = _Deferral()
    while True:
        if cursor.accept("deferrable"):
            found.deferrable = True
        elif cursor.accept("initially deferred"):
            found.deferrable = found.deferred = True
        elif not cursor.accept_any("not deferrable", "initially immediate", "enforced"):
            return found


def default(cursor: Cursor) -> ServerDefault | Opaque | None:
    """What follows DEFAULT."""
    if cursor.sees("null") and cursor.peek(1) is None:
        return None
    sql = cursor.sql()
    return OPAQUE if sql is OPAQUE else Default(sql)


def generated(cursor: Cursor) -> ServerDefault:
    """What follows GENERATED."""
    always = cursor.accept("always")
    if not always:
        cursor.expect("by default")
    cursor.expect("as")
    if cursor.accept("identity"):
        if cursor.sees_symbol("("):
            cursor.bracketed()
        return Identity(always)
    computed = Computed(cursor.bracketed().sql())
    cursor.accept_any("stored", "virtual")
    return computed


def column_type(cursor: Cursor) -> ColumnType | Opaque:
    """A type with its arguments and array brackets."""
    if cursor.sees_hole():
        cursor.take()
        return OPAQUE
    fields = ""
    name = cursor.accept_any(*_TWO_WORD_TYPES, *_NATIONAL)
    schema: Name | None = None
    if name is None:
        quoted = (token := cursor.peek()) is not None and token.kind == "quoted"
        qualified = cursor.qualified()
        if qualified.name is OPAQUE:
            return OPAQUE
        name, schema = qualified.name, qualified.schema
        if quoted and name == "char":
            name = '"char"'
    if name == "interval":
        fields = cursor.accept_any(*_FIELDS, *_MORE_FIELDS) or ""
    arguments = _type_arguments(cursor.bracketed()) if cursor.sees_symbol("(") else ()
    if name in {"time", "timestamp"}:
        zone = cursor.accept_any("with time zone", "without time zone")
        name = f"{name} {zone or 'without time zone'}"
    array = cursor.accept("array")
    while cursor.accept_symbol("["):
        array = True
        while not cursor.accept_symbol("]"):
            cursor.take()
    return postgresql_type(f"{name} {fields}".rstrip(), arguments, array=array, schema=schema)


def _type_arguments(cursor: Cursor) -> tuple[int | str, ...] | Opaque:
    found: list[int | str] = []
    for item in cursor.items():
        token = item.take()
        if token.holed or not item.at_end:
            return OPAQUE
        found.append(int(token.value) if token.value.isdigit() else token.value)
    return tuple(found)
