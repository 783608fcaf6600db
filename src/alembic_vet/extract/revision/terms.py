"""Terms as plain values: strings, flags, names, lists of columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic_vet.model.operations import Columns, Name, QualifiedName
from alembic_vet.source.stdlib import iterated
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import (
    Attribute,
    Call,
    Class,
    Const,
    Either,
    Expression,
    Instance,
    Item,
    Items,
    Mapping,
    Text,
    Value,
    dotted,
    options,
)

_DEFINITIONS = frozenset({"Table", "table", "Column", "column", "create_table", "MetaData"})


def short_name(value: Value) -> str:
    """The last part of what a term is or calls: `Column` for `sa.Column(...)` and for `sa.Column`."""
    while type(value) is Call:
        value = value.callee
    if type(value) is Class:
        return value.node.name
    return value.name if type(value) is Attribute else dotted(value).rpartition(".")[2]


def only(value: Value | None) -> Value | None:
    """A value, unless it can be several."""
    return OPAQUE if isinstance(value, Either) else value


def string(value: Value | None) -> str | Opaque | None:
    """A string; None where the value is None or not given.

    What an environment variable or a setting overrides counts as its default: it is the same all over a history.
    """
    match value:
        case None | Const(value=None):
            return None
        case Text():
            exact = value.likely.exact
            return OPAQUE if exact is None else exact
        case Call() if short_name(value) in ("f", "conv", "quoted_name", "literal_column", "inline_literal"):
            return string(value.argument(0, "name", "value"))
        case Instance() if isinstance(value.attributes.get("value"), Text):
            # A member of a `str` enum is a string.
            return string(value.attributes["value"])
        case _:
            return OPAQUE


def name(value: Value | None) -> Name:
    """A name that has to be there."""
    found = string(value)
    return OPAQUE if found is None else found


def final_name(value: Value | None) -> tuple[str | Opaque | None, bool]:
    """The name of a constraint or index, and whether `op.f()` or `conv()` says that it is complete."""
    final = isinstance(value, Call) and short_name(value) in ("f", "conv")
    return string(value), final


def flag(value: Value | None, default: bool = False) -> bool | Opaque:
    """A boolean argument; None and absence are the default."""
    match value:
        case None | Const(value=None):
            return default
        case Const(value=known):
            return bool(known)
        case Text() | Items() | Mapping():
            return True
        case _:
            return OPAQUE


def certainly(value: Value | None) -> bool:
    """Whether a flag is known to be set."""
    return flag(value) is True


def names(value: Value | None) -> Columns:
    """A list of column names, given as strings, columns or `table.c.name`."""
    if value is None:
        return ()
    items = iterated(value) if not isinstance(value, Text) else [value]
    if items is None:
        return OPAQUE
    found = [column_name(item) for item in items]
    known = tuple(item for item in found if isinstance(item, str))
    return known if len(known) == len(found) else OPAQUE


def column_name(value: Value) -> Name:
    """The column that a string, `sa.Column("x")`, `sa.column("x")` or `table.c.x` names."""
    match value:
        case Attribute(of=Attribute(name="c" | "columns"), name=column):
            return column
        case Item(of=Attribute(name="c" | "columns"), key=key):
            return name(key)
        case Call() if short_name(value) in ("Column", "column", "literal_column"):
            return name(value.argument(0, "name", "text"))
        case _:
            return name(value)


def qualified(table: Value | None, schema: Value | None = None) -> QualifiedName:
    return QualifiedName(name(table), string(schema))


def arguments(call: Call) -> Iterator[Value]:
    yield from call.args
    yield from call.keywords.values()


def strings_in(value: Value, depth: int = 6) -> Iterator[str]:
    """Every known string inside a value, but for the names of tables and columns defined in it."""
    for option in options(value):
        if type(option) is Text:
            exact = option.exact
            if exact is not None:
                yield exact
            else:
                yield from (part for part in option.parts if isinstance(part, str))
        elif depth:
            for part in _parts(option):
                yield from strings_in(part, depth - 1)


def _parts(value: Value) -> Iterable[Value]:
    """What a value is made of; nothing where it defines a table or a column."""
    if type(value) is Call:
        if short_name(value) in _DEFINITIONS:
            return ()
        receiver = value.receiver
        return [*(() if receiver is None else (receiver,)), *value.args, *value.keywords.values()]
    if type(value) is Attribute or type(value) is Item:
        return (value.of,)
    if type(value) is Items:
        return value.items
    if type(value) is Expression:
        return value.operands
    if type(value) is Mapping:
        return value.items.values()
    return value.attributes.values() if type(value) is Instance else ()
