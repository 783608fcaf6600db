"""Types, tables and sequences that create and drop themselves: `.create(bind)`, `.drop(bind)`."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.extract.revision.columns import read_column
from alembic_vet.extract.revision.execution import sequence_name
from alembic_vet.extract.revision.operations import unknown_call
from alembic_vet.extract.revision.receivers import takes_connection
from alembic_vet.extract.revision.tables import TableReader
from alembic_vet.extract.revision.terms import flag, short_name
from alembic_vet.extract.revision.types import ENUMS, TypeReader
from alembic_vet.findings import Location
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    CreateEnum,
    CreateObject,
    DropObject,
    DropTable,
    DropType,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
)
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import Attribute, Call, Items, Value


class CreationReader:
    """Reads `.create()`, `.drop()`, `.create_all()` and `.drop_all()`; enum types are PostgreSQL's alone."""

    def __init__(self, types: TypeReader, tables: TableReader, *, native_enums: bool) -> None:
        self._types = types
        self._tables = tables
        self._native_enums = native_enums

    def made(self, subject: Value, call: Call, location: Location) -> Iterator[Operation]:
        created = call.method == "create"
        given = call.argument(1, "checkfirst")
        short = short_name(subject)
        if short == "Sequence" and isinstance(subject, Call):
            checked = flag(given, default=True) is not False
            if created:
                yield CreateObject(
                    ObjectKind.SEQUENCE, sequence_name(subject), if_not_exists=checked, location=location
                )
            else:
                yield DropObject(ObjectKind.SEQUENCE, sequence_name(subject), if_exists=checked, location=location)
            return
        if _is_type(subject):
            checked = flag(given, default=short == "ENUM") is not False
            yield from self._enum(subject, location, created=created, checked=checked)
            return
        checked = flag(given) is not False
        made = self._tables.create(subject, location, if_not_exists=checked)
        if made is not None:
            yield made if created else DropTable(made.table, checked, location=location)
        elif takes_connection(call):
            yield unknown_call(call, f"`.{call.method}()` of something unknown", location)

    def _enum(self, subject: Value, location: Location, *, created: bool, checked: bool) -> Iterator[Operation]:
        column = read_column(subject.of, self._types) if isinstance(subject, Attribute) else None
        kind = self._types.read(subject) if column is None else column.type
        if not self._native_enums or (isinstance(kind, ColumnType) and (kind.enum is None or not kind.enum.native)):
            return
        if kind is OPAQUE or kind.enum is None:
            yield OpaqueOperation(OPAQUE, "the enum type is not known", location=location)
            return
        type_name = QualifiedName(kind.name, kind.schema)
        if created:
            labels = () if kind.enum.labels is None else kind.enum.labels
            yield CreateEnum(type_name, labels, checked, location=location)
        else:
            yield DropType(type_name, checked, location=location)

    def everything(self, metadata: Value, call: Call, known: list[Call], location: Location) -> Iterator[Operation]:
        """`metadata.create_all(bind)` of a MetaData that the revision itself fills."""
        tables = call.argument(1, "tables")
        chosen: list[Value]
        if isinstance(tables, Items) and tables.complete:
            chosen = list(tables.items)
        elif isinstance(metadata, Call) and short_name(metadata) == "MetaData":
            chosen = [
                table
                for table in known
                if short_name(table) == "Table" and len(table.args) > 1 and table.args[1] is metadata
            ]
        else:
            yield OpaqueOperation(OPAQUE, f"`{call.method}()` of the application's metadata", location=location)
            return
        checked = flag(call.argument(2, "checkfirst"), default=True) is not False
        for subject in chosen:
            made = self._tables.create(subject, location, if_not_exists=checked)
            if made is None:
                yield OpaqueOperation(OPAQUE, "a table that is not known", location=location)
            elif call.method == "create_all":
                yield made
            else:
                yield DropTable(made.table, checked, location=location)


def _is_type(subject: Value) -> bool:
    match subject:
        case Call():
            return short_name(subject) in ENUMS or (
                subject.method == "with_variant" and subject.receiver is not None and _is_type(subject.receiver)
            )
        case Attribute(of=of, name="type" | "impl"):
            return _is_type(of) or short_name(of) in ("Column", "column")
        case _:
            return False
