"""CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.extract.sql.columns import column, column_type, default, generated, sees_constraint, table_constraint
from alembic_vet.extract.sql.cursor import Cursor, Unreadable
from alembic_vet.findings import Location
from alembic_vet.model.operations import (
    AddColumn,
    AlterColumn,
    AnyConstraint,
    Column,
    CreateConstraint,
    CreateTable,
    DropColumn,
    DropConstraint,
    ExecuteSQL,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
    RenameConstraint,
    RenameTable,
    SetSchema,
    ValidateConstraint,
)
from alembic_vet.source.unknown import OPAQUE, UNSET


def create_table(cursor: Cursor, location: Location, *, temporary: bool = False) -> Iterator[Operation]:
    """Everything after CREATE ... TABLE."""
    if_not_exists = cursor.accept("if not exists")
    table = cursor.qualified()
    columns: list[Column] = []
    constraints: list[AnyConstraint] = []
    if not cursor.sees_symbol("(") or _holds_query(cursor):
        yield CreateTable(table, OPAQUE, (), (), if_not_exists, False, None, temporary, location=location)
        return
    complete = True
    for element in cursor.bracketed().items():
        if element.sees_hole() or element.sees("like"):
            complete = False
        elif sees_constraint(element):
            constraints.append(table_constraint(element))
        else:
            columns.append(column(element))
    if cursor.sees("inherits"):
        complete = False
    yield CreateTable(
        table, tuple(columns), tuple(constraints), (), if_not_exists, complete, None, temporary, location=location
    )


def _holds_query(cursor: Cursor) -> bool:
    """CREATE TABLE name (a, b) AS SELECT: the columns have no types."""
    mark = cursor.mark
    cursor.bracketed()
    found = cursor.sees("as")
    cursor.back(mark)
    return found


def alter_table(cursor: Cursor, location: Location) -> Iterator[Operation]:
    """Everything after ALTER TABLE."""
    if_exists = cursor.accept("if exists")
    cursor.accept("only")
    table = cursor.qualified()
    cursor.accept_symbol("*")
    found: list[Operation] = []
    for action in cursor.items():
        try:
            found.extend(_action(action, table, if_exists, location))
        except Unreadable as why:
            found.append(OpaqueOperation((table,), str(why), location=location))
    yield from sorted(found, key=_turn)


def _turn(operation: Operation) -> int:
    """PostgreSQL drops first, then changes types, then adds columns, then the rest (`AlterTablePass` in its source)."""
    match operation:
        case DropColumn() | DropConstraint() | AlterColumn(server_default=None) | AlterColumn(nullable=True):
            return 0
        case AlterColumn(type=type_) if type_ is not UNSET:
            return 1
        case AddColumn():
            return 2
        case _:
            return 3


def _action(cursor: Cursor, table: QualifiedName, if_exists: bool, location: Location) -> Iterator[Operation]:
    first = cursor.mark
    if cursor.accept("rename constraint"):
        old = cursor.name()
        cursor.expect("to")
        yield RenameConstraint(table, old, cursor.name(), location=location)
    elif cursor.accept("rename to"):
        yield RenameTable(table, cursor.name(), if_exists, location=location)
    elif cursor.accept("rename"):
        cursor.accept("column")
        old = cursor.name()
        cursor.expect("to")
        yield AlterColumn(table, old, new_name=cursor.name(), location=location)
    elif cursor.accept("set schema"):
        yield SetSchema(ObjectKind.TABLE, table, cursor.name(), location=location)
    elif cursor.accept("add"):
        yield from _add(cursor, table, location)
    elif cursor.accept("drop constraint"):
        optional = cursor.accept("if exists")
        name = cursor.name()
        yield DropConstraint(table, name, None, optional, _cascade(cursor), True, location=location)
    elif cursor.accept("drop"):
        cursor.accept("column")
        optional = cursor.accept("if exists")
        name = cursor.name()
        yield DropColumn(table, name, optional, _cascade(cursor), location=location)
    elif cursor.accept("alter column") or cursor.accept("alter constraint") or cursor.accept("alter"):
        yield from _alter_column(cursor, table, location)
    elif cursor.accept("validate constraint"):
        yield ValidateConstraint(table, cursor.name(), location=location)
    elif cursor.accept("attach partition") or cursor.accept("detach partition"):
        part = cursor.qualified()
        yield OpaqueOperation((table, part), "a partition is attached or detached", location=location)
    elif cursor.accept_any(*_NOT_TRACKED):
        cursor.back(first)
        command = " ".join(token.text.upper() for token in cursor.rest[:3] if token.is_name)
        yield ExecuteSQL(f"ALTER TABLE {command}", cursor.sql(), location=location)
    else:
        raise Unreadable(f"`{cursor.take().text}` is no action of ALTER TABLE")


_NOT_TRACKED = (
    "owner",
    "enable",
    "disable",
    "force",
    "no force",
    "set",
    "reset",
    "cluster on",
    "replica identity",
    "inherit",
    "no inherit",
    "of",
    "not of",
)


def _cascade(cursor: Cursor) -> bool:
    cascade = cursor.accept("cascade")
    cursor.accept("restrict")
    cursor.finish()
    return cascade


def _add(cursor: Cursor, table: QualifiedName, location: Location) -> Iterator[Operation]:
    if sees_constraint(cursor):
        constraint = table_constraint(cursor)
        not_valid = cursor.accept("not valid")
        cursor.finish()
        yield CreateConstraint(table, constraint, not_valid, location=location)
        return
    cursor.accept("column")
    optional = cursor.accept("if not exists")
    added = column(cursor)
    yield AddColumn(table, added, optional, location=location)


def _alter_column(cursor: Cursor, table: QualifiedName, location: Location) -> Iterator[Operation]:
    name = cursor.name()
    if cursor.accept("set data type") or cursor.accept("type"):
        type_ = column_type(cursor)
        if cursor.accept("collate"):
            cursor.qualified()
        using = cursor.sql() if cursor.accept("using") else None
        cursor.finish()
        yield AlterColumn(table, name, type=type_, using=using, location=location)
    elif cursor.accept("set default"):
        yield AlterColumn(table, name, server_default=default(cursor), location=location)
    elif cursor.accept_any("drop default", "drop identity", "drop expression"):
        yield AlterColumn(table, name, server_default=None, location=location)
    elif cursor.accept("set not null"):
        yield AlterColumn(table, name, nullable=False, location=location)
    elif cursor.accept("drop not null"):
        yield AlterColumn(table, name, nullable=True, location=location)
    elif cursor.accept("add generated"):
        yield AlterColumn(table, name, server_default=generated(cursor), location=location)
    elif cursor.accept_any("set", "reset", "restart", "deferrable", "not deferrable", "initially"):
        yield ExecuteSQL("ALTER TABLE ALTER COLUMN SET", OPAQUE, location=location)
    else:
        raise Unreadable("an unknown change of a column")
