"""Changes of rows by SQLAlchemy's statements and sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from alembic_vet.extract.revision.receivers import SESSION_CHANGES
from alembic_vet.extract.revision.tables import TableReader
from alembic_vet.extract.revision.terms import arguments, short_name, strings_in
from alembic_vet.findings import Location
from alembic_vet.model.operations import DataChange, DataKind, QualifiedName, Row
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import (
    Attribute,
    Call,
    Const,
    Either,
    Expression,
    Hole,
    Instance,
    Items,
    Mapping,
    Symbol,
    Text,
    Value,
    options,
)

_CHANGES: dict[str, DataKind] = {"insert": "insert", "update": "update", "delete": "delete"}
_SUBJECTS = frozenset({"query", "select_from", "with_entities"})
_PLAIN = frozenset({"insert", "values", "returning"})
_MOST_DEPTH = 6


class ChangeReader:
    """Tells which rows a statement changes, what it writes, and which strings it mentions."""

    def __init__(self, tables: TableReader) -> None:
        self._tables = tables

    def statement(self, value: Value, parameters: list[Value], location: Location) -> DataChange | None:
        """`table.insert().values(...)`, `sa.update(table)`, `session.query(Model).delete()`; None for anything else."""
        step: Value | None = value
        # With a bindparam() in it, the keys of the parameters are its names.
        bound = _binds(value)
        rows: list[Value] = [] if bound else list(parameters)
        plain = not bound
        while isinstance(step, Call):
            short = short_name(step)
            plain = plain and short in _PLAIN
            if short == "values":
                entries: dict[object, Value] = {}
                entries.update(step.keywords)
                rows += [Mapping(entries), *step.args]
            if short in _CHANGES:
                if step.receiver is not None:
                    rows += step.args
                kind = _CHANGES[short]
                written = () if kind == "delete" else tuple(dict.fromkeys(_columns(rows)))
                change = self._change(kind, self._table(step), [value, *parameters], written, location)
                return replace(change, rows=tuple(_rows(rows))) if kind == "insert" and plain else change
            step = step.receiver
        return None

    def rows(self, subject: Value | None, rows: Value | None, location: Location) -> DataChange:
        """`op.bulk_insert(table, rows)`."""
        table = self._tables.named(subject) or QualifiedName(OPAQUE)
        given = [] if rows is None else [rows]
        change = self._change("insert", table, given, tuple(dict.fromkeys(_columns(given))), location)
        return replace(change, rows=tuple(_rows(given)))

    def session(self, call: Call, location: Location) -> DataChange:
        """`session.add(User(...))` and its kin."""
        subjects: list[Value] = list(call.args[:1])
        while subjects and isinstance(subjects[0], Items):
            subjects = subjects[0].items[:1]
        table = self._tables.named(subjects[0]) if subjects else None
        literals = frozenset(_strings(call.args))
        kind = SESSION_CHANGES[call.method or ""]
        return DataChange(kind, table or QualifiedName(OPAQUE), literals, complete=False, location=location)

    def _change(
        self,
        kind: DataKind,
        table: QualifiedName,
        values: list[Value],
        written: tuple[str, ...],
        location: Location,
    ) -> DataChange:
        complete = all(_is_known(value) for value in values)
        return DataChange(kind, table, frozenset(_strings(values)), complete, written, location=location)

    def _table(self, call: Call) -> QualifiedName:
        subject = call.receiver
        if subject is None or isinstance(subject, Symbol):
            subject = call.args[0] if call.args else None
        while isinstance(subject, Call):
            if short_name(subject) in _SUBJECTS and subject.args:
                subject = subject.args[0]
                break
            if self._tables.named(subject) is not None or subject.receiver is None:
                break
            subject = subject.receiver
        return self._tables.named(subject) or QualifiedName(OPAQUE)


def mentioned(values: Iterable[Value]) -> frozenset[str]:
    """Every string in some values, whatever they can be."""
    return frozenset(_strings(values))


def _strings(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        for option in options(value):
            yield from strings_in(option)


def _columns(rows: Iterable[Value]) -> Iterator[str]:
    for row in rows:
        match row:
            case Mapping(items=entries):
                yield from (key for key in entries if isinstance(key, str))
            case Items(items=items):
                yield from _columns(items)


def _binds(value: Value, depth: int = 2 * _MOST_DEPTH) -> bool:
    """Whether a statement has parameters of its own, or may have."""
    if not depth:
        return True
    match value:
        case Call():
            receiver = [] if value.receiver is None else [value.receiver]
            return short_name(value) == "bindparam" or any(
                _binds(each, depth - 1) for each in [*receiver, *arguments(value)]
            )
        case Expression(operands=parts) | Items(items=parts) | Either(options=parts):
            return any(_binds(part, depth - 1) for part in parts)
        case Mapping(items=entries):
            return any(_binds(entry, depth - 1) for entry in entries.values())
        case Attribute(of=of):
            return _binds(of, depth - 1)
        case _:
            return False


def _rows(given: Iterable[Value]) -> Iterator[Row]:
    for value in given:
        match value:
            case Mapping(items=entries, complete=True):
                constants = ((key, _constant(entry)) for key, entry in entries.items() if isinstance(key, str))
                yield tuple((key, constant) for key, constant in constants if constant is not None)
            case Items(items=items):
                yield from _rows(items)


def _constant(value: Value) -> str | int | None:
    match value:
        case Text():
            return value.exact
        case Const(value=int() as number):
            return int(number)
        case _:
            return None


def _is_known(value: Value, depth: int = _MOST_DEPTH) -> bool:
    """Whether all that a value mentions is known, so that its strings are all there are."""
    match value:
        case Text(parts=parts):
            return not any(isinstance(part, Hole) for part in parts)
        case Items(items=items, complete=complete):
            return complete and all(_is_known(item, depth) for item in items)
        case Mapping(items=entries, complete=complete):
            return complete and all(_is_known(entry, depth) for entry in entries.values())
        case Call() if depth:
            if value.open_ended or value.callee is OPAQUE:
                return False
            receiver = value.receiver
            return (receiver is None or _is_known(receiver, depth - 1)) and all(
                _is_known(argument, depth - 1) for argument in arguments(value)
            )
        case Expression(operands=operands) if depth:
            return all(_is_known(operand, depth - 1) for operand in operands)
        case Attribute(of=of) if depth:
            return _is_known(of, depth - 1)
        case Instance() | Either():
            return False
        case _:
            return value is not OPAQUE
