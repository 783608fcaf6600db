"""What is executed: SQL text, SQLAlchemy's statements, sessions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from alembic_vet.extract.revision.data import ChangeReader, mentioned
from alembic_vet.extract.revision.expressions import FLUENT, TEXTS, sql_text
from alembic_vet.extract.revision.tables import TableReader
from alembic_vet.extract.revision.terms import flag, name, short_name, string, strings_in
from alembic_vet.findings import Location, Span
from alembic_vet.model.operations import (
    CreateObject,
    DataChange,
    DropObject,
    DropTable,
    ExecuteSQL,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
)
from alembic_vet.source.file import SourceFile
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import Anchor, Call, Either, Text, Value

_READS = frozenset({"select", "Select", "exists", "union", "union_all", "query", "table_valued", "func"})


class Executor:
    """Turns executed values into operations of one revision file."""

    def __init__(self, file: SourceFile, tables: TableReader) -> None:
        self._file = file
        self._tables = tables
        self.changes = ChangeReader(tables)

    def executed(self, value: Value, parameters: Iterable[Value], location: Location) -> Iterator[Operation]:
        """The operations of one executed statement."""
        given = list(parameters)
        if isinstance(value, Call) and value.args and isinstance(value.args[0], Either) and short_name(value) in TEXTS:
            given.append(value)
            value = value.args[0]
        if isinstance(value, Either):
            for option in value.options:
                for operation in self.executed(option, given, location):
                    yield replace(operation, conditional=True)
            return
        text = _text_of(value)
        if text is not None:
            from alembic_vet.extract.sql import Site, read_sql

            more = mentioned([*given, value]) - {text.exact}
            for operation in read_sql(text.likely.parts, Site(Locator(self._file, text, location))):
                if isinstance(operation, DataChange) and more:
                    operation = replace(operation, literals=operation.literals | more)
                yield operation
            return
        yield from self._statement(value, given, location)

    def _statement(self, value: Value, parameters: list[Value], location: Location) -> Iterator[Operation]:
        step = self.changes.statement(value, parameters, location) or self._ddl(value, location)
        if step is not None:
            yield step
        elif _reads(value):
            yield ExecuteSQL("SELECT", OPAQUE, frozenset(strings_in(value)), location=location)
        else:
            yield OpaqueOperation(OPAQUE, "the statement is not known before it runs", location=location)

    def _ddl(self, value: Value, location: Location) -> Operation | None:
        """`sa.schema.CreateTable(table)` and its kin."""
        if not isinstance(value, Call):
            return None
        first = value.argument(0, "element", "name")
        if first is None:
            return None
        if_not_exists = flag(value.keywords.get("if_not_exists")) is True
        if_exists = flag(value.keywords.get("if_exists")) is True
        cascade = flag(value.keywords.get("cascade")) is True
        match short_name(value):
            case "CreateTable":
                return self._tables.create(first, location, if_not_exists=if_not_exists)
            case "DropTable":
                table = self._tables.named(first)
                return None if table is None else DropTable(table, if_exists, location=location)
            case "CreateSchema":
                kind, named = ObjectKind.SCHEMA, QualifiedName(name(first))
                return CreateObject(kind, named, if_not_exists=if_not_exists, location=location)
            case "DropSchema":
                kind, named = ObjectKind.SCHEMA, QualifiedName(name(first))
                return DropObject(kind, named, if_exists=if_exists, cascade=cascade, location=location)
            case "CreateSequence":
                named = sequence_name(first)
                return CreateObject(ObjectKind.SEQUENCE, named, if_not_exists=if_not_exists, location=location)
            case "DropSequence":
                return DropObject(ObjectKind.SEQUENCE, sequence_name(first), if_exists=if_exists, location=location)
        return None


class Locator:
    """Where a statement inside a string stands; the whole call where the string holds only that."""

    def __init__(self, file: SourceFile, text: Text, location: Location) -> None:
        self._file = file
        self._text = text
        self._location = location

    def __call__(self, start: int, end: int) -> Location:
        written = self._text.exact
        origin = self._text.origin
        if written is None or len(written.strip().rstrip(";")) <= end - start + 1:
            return self._location
        if not isinstance(origin, Anchor) or origin.file is not self._file or not isinstance(origin.node, ast.Constant):
            return self._location
        span = self._file.span(origin.node)
        first = self._file.offset(span.line, span.column)
        source = self._file.slice(span)
        inside = source.find(written)
        if inside < 0 or origin.node.value != written:
            return self._location
        line, column = self._position(first + inside + start)
        end_line, end_column = self._position(first + inside + end)
        return Location(self._file.path, Span(line, column, end_line, end_column))

    def _position(self, offset: int) -> tuple[int, int]:
        before = self._file.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def sequence_name(value: Value) -> QualifiedName:
    """`sa.Sequence("name", schema=...)`."""
    if isinstance(value, Call) and short_name(value) == "Sequence":
        return QualifiedName(name(value.argument(0, "name")), string(value.keywords.get("schema")))
    return QualifiedName(name(value))


def _text_of(value: Value) -> Text | None:
    match value:
        case Text():
            return value
        case Call() if sql_text(value) is not None:
            inner = value.receiver if value.method in FLUENT else None
            return _text_of(inner if inner is not None else value.argument(0, "text", "statement") or OPAQUE)
        case _:
            return None


def _reads(value: Value) -> bool:
    """Whether a statement only selects: `sa.select(...)`, `table.select()`, `sa.func.setval(...)`."""
    step: Value | None = value
    while isinstance(step, Call):
        if short_name(step) in _READS or ".func." in step.name:
            return True
        step = step.receiver
    return False
