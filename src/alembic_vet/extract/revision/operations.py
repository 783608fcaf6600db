"""Alembic's operations, by their names and signatures, to what they do to a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from alembic_vet.extract.revision.columns import as_created, read_column, server_default, table_elements
from alembic_vet.extract.revision.terms import (
    arguments,
    certainly,
    final_name,
    flag,
    name,
    names,
    qualified,
    string,
    strings_in,
)
from alembic_vet.extract.revision.types import TypeReader
from alembic_vet.findings import Location
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    AddColumn,
    AddEnumValue,
    AlterColumn,
    Column,
    Columns,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    OpaqueOperation,
    Operation,
    QualifiedName,
    RenameTable,
    ServerDefault,
    SetComment,
    SyncEnumValues,
    TransactionControl,
)
from alembic_vet.source.unknown import OPAQUE, UNSET, Opaque, Unset
from alembic_vet.source.values import NONE, Call, Const, Value, constant

if TYPE_CHECKING:
    from alembic_vet.extract.revision.execution import Executor

# What stands in front of the keywords, and in front of what a batch leaves out: alembic/operations/ops.py.
_SIGNATURES: dict[str, tuple[str, ...]] = {
    "add_column": ("table_name", "column"),
    "alter_column": ("table_name", "column_name"),
    "bulk_insert": ("table", "rows"),
    "create_check_constraint": ("constraint_name", "table_name", "condition"),
    "create_exclude_constraint": ("constraint_name", "table_name"),
    "create_foreign_key": ("constraint_name", "source_table", "referent_table", "local_cols", "remote_cols"),
    "create_index": ("index_name", "table_name", "columns"),
    "create_primary_key": ("constraint_name", "table_name", "columns"),
    "create_table": ("table_name",),
    "create_table_comment": ("table_name", "comment"),
    "create_unique_constraint": ("constraint_name", "table_name", "columns"),
    "drop_column": ("table_name", "column_name"),
    "drop_constraint": ("constraint_name", "table_name", "type_"),
    "drop_index": ("index_name", "table_name"),
    "drop_table": ("table_name",),
    "drop_table_comment": ("table_name",),
    "execute": ("sqltext",),
    "rename_table": ("old_table_name", "new_table_name"),
    "sync_enum_values": ("enum_schema", "enum_name", "new_values", "affected_columns", "enum_values_to_rename"),
}
_SPATIAL = {
    "create_geospatial_table": "create_table",
    "drop_geospatial_table": "drop_table",
    "add_geospatial_column": "add_column",
    "drop_geospatial_column": "drop_column",
    "create_geospatial_index": "create_index",
    "drop_geospatial_index": "drop_index",
}
SILENT = frozenset(
    {
        "get_bind",
        "get_context",
        "f",
        "inline_literal",
        "get_impl",
        "batch_alter_table",
        "run_async",
        "implementation_for",
    }
    | {"register_operation", "autocommit_block", "configure", "begin_transaction"}
)
"""What an `op` offers that is no operation."""


class Given:
    """The arguments of an operation, by Alembic's names; the table of a batch stands for its own."""

    def __init__(self, method: str, call: Call, batch: Call | None) -> None:
        signature = _SIGNATURES.get(method, ())
        if batch is not None:
            signature = tuple(parameter for parameter in signature if parameter not in ("table_name", "source_table"))
        self.call = call
        self.batch = batch
        self._positions = {parameter: position for position, parameter in enumerate(signature)}
        self.rest = call.args[len(signature) :]

    def __getitem__(self, parameter: str) -> Value | None:
        if self.batch is not None and parameter in ("table_name", "source_table"):
            return self.batch.argument(0, "table_name")
        return self.call.argument(self._positions.get(parameter, -1), parameter)

    def has(self, parameter: str) -> bool:
        return self[parameter] is not None

    def table(self, parameter: str = "table_name", schema: str = "schema") -> QualifiedName:
        if self.batch is not None:
            return qualified(self.batch.argument(0, "table_name"), self.batch.argument(1, "schema"))
        return qualified(self[parameter], self[schema])


Reading = Callable[["OperationReader", Given, Location], Iterator[Operation]]


class OperationReader:
    """Reads one call of `op.<something>` or `batch_op.<something>`."""

    def __init__(self, types: TypeReader, executor: Callable[[], Executor]) -> None:
        self._types = types
        self._executor = executor

    def read(self, method: str, call: Call, batch: Call | None, location: Location) -> Iterator[Operation]:
        method = _SPATIAL.get(method, method)
        if method in SILENT:
            return
        reading = _READINGS.get(method)
        if reading is not None:
            yield from reading(self, Given(method, call, batch), location)
        elif method in _SIGNATURES:
            from alembic_vet.extract.revision.constraint_operations import READINGS

            yield from READINGS[method](Given(method, call, batch), location)
        else:
            from alembic_vet.extract.revision.entities import entity

            yield entity(call, location) or unknown_call(call, f"`{method}` is no operation of Alembic", location)

    # Tables

    def create_table(self, given: Given, location: Location) -> Iterator[Operation]:
        written = [*given.rest, *_keyword_columns(given.call)]
        found = table_elements([as_created(each) for each in written], self._types)
        complete = found.complete and not given.call.open_ended
        yield CreateTable(
            given.table(),
            tuple(found.columns) if found.columns or complete else OPAQUE,
            tuple(found.constraints),
            tuple(found.indexes),
            certainly(given["if_not_exists"]),
            complete,
            string(given["comment"]),
            location=location,
        )

    def drop_table(self, given: Given, location: Location) -> Iterator[Operation]:
        yield DropTable(given.table(), certainly(given["if_exists"]), location=location)

    def rename_table(self, given: Given, location: Location) -> Iterator[Operation]:
        yield RenameTable(given.table("old_table_name"), name(given["new_table_name"]), location=location)

    def create_table_comment(self, given: Given, location: Location) -> Iterator[Operation]:
        yield SetComment(given.table(), None, string(given["comment"]), location=location)

    def drop_table_comment(self, given: Given, location: Location) -> Iterator[Operation]:
        yield SetComment(given.table(), None, None, location=location)

    # Columns

    def add_column(self, given: Given, location: Location) -> Iterator[Operation]:
        column = read_column(given["column"], self._types) or Column(OPAQUE, OPAQUE)
        yield AddColumn(given.table(), column, certainly(given["if_not_exists"]), location=location)

    def drop_column(self, given: Given, location: Location) -> Iterator[Operation]:
        if_exists = certainly(given["if_exists"])
        yield DropColumn(given.table(), name(given["column_name"]), if_exists, location=location)

    def alter_column(self, given: Given, location: Location) -> Iterator[Operation]:
        new_name = string(given["new_column_name"])
        comment = given["comment"]
        using = given["postgresql_using"]
        yield AlterColumn(
            given.table(),
            name(given["column_name"]),
            UNSET if new_name is None else new_name,
            self._type(given["type_"]),
            _flag(given["nullable"]),
            _default(given["server_default"]),
            UNSET if comment is None or constant(comment) is False else string(comment),
            None if using is None else _condition(using),
            self._type(given["existing_type"]),
            _flag(given["existing_nullable"]),
            _default(given["existing_server_default"]),
            location=location,
        )

    def _type(self, value: Value | None) -> ColumnType | Opaque | Unset:
        return UNSET if value is None or value == NONE else self._types.read(value)

    # Indexes

    def create_index(self, given: Given, location: Location) -> Iterator[Operation]:
        from alembic_vet.extract.revision.indexes import index

        made = index(given["index_name"], given["columns"], given.call.keywords)
        yield CreateIndex(
            given.table(),
            made,
            flag(given["postgresql_concurrently"]),
            certainly(given["if_not_exists"]),
            location=location,
        )

    def drop_index(self, given: Given, location: Location) -> Iterator[Operation]:
        table = given.table() if given.has("table_name") and given["table_name"] != NONE else None
        schema = table.schema if table is not None else string(given["schema"])
        _, final = final_name(given["index_name"])
        yield DropIndex(
            QualifiedName(name(given["index_name"]), schema),
            table,
            flag(given["postgresql_concurrently"]),
            certainly(given["if_exists"]),
            final=final,
            location=location,
        )

    # Rows and text

    def bulk_insert(self, given: Given, location: Location) -> Iterator[Operation]:
        yield self._executor().changes.rows(given["table"], given["rows"], location)

    def execute(self, given: Given, location: Location) -> Iterator[Operation]:
        parameters = [value for key, value in given.call.keywords.items() if key != "sqltext"]
        statement = given["sqltext"]
        if statement is not None:
            yield from self._executor().executed(statement, [*given.rest, *parameters], location)

    def sync_enum_values(self, given: Given, location: Location) -> Iterator[Operation]:
        """That of alembic-postgresql-enum, or the one that alembic-autogenerate-enums gives the same name."""
        older = _adding_sync(given.call)
        if older is None:
            kind = qualified(given["enum_name"], given["enum_schema"])
            yield SyncEnumValues(kind, names(given["new_values"]), location=location)
            return
        kind = qualified(given.call.argument(1, "name"), given.call.argument(0, "schema"))
        before, after = older
        replaced = flag(given.call.argument(5, "should_reverse"))
        if before is OPAQUE or after is OPAQUE or replaced is not False:
            known = after if replaced is True and isinstance(after, tuple) else None
            yield SyncEnumValues(kind, OPAQUE if known is None else tuple(sorted(set(known))), location=location)
            return
        yield TransactionControl("commit", location=location)
        for label in after:
            if label not in before:
                yield AddEnumValue(kind, label, autocommit=True, location=location)


_READINGS: dict[str, Reading] = {
    method: getattr(OperationReader, method) for method in _SIGNATURES if hasattr(OperationReader, method)
}


def _adding_sync(call: Call) -> tuple[Columns, Columns] | None:
    """The labels before and after where alembic-autogenerate-enums is meant: two lists of them.

    Its `sync_enum_values(schema, name, old_values, new_values)` commits, and adds what is new; it takes nothing away.
    """
    second = names(call.argument(3, "new_values"))
    if "old_values" in call.keywords or (len(call.args) > 3 and second and second is not OPAQUE):
        return names(call.argument(2, "old_values")), second
    return None


def unknown_call(call: Call, reason: str, location: Location) -> OpaqueOperation:
    """What a call may do that nothing here knows: anything to what it names, to anything where it names nothing."""
    named = {text for argument in arguments(call) for text in strings_in(argument) if text.isidentifier()}
    touches = tuple(QualifiedName(text) for text in sorted(named))
    return OpaqueOperation(touches or OPAQUE, reason, location=location)


def _keyword_columns(call: Call) -> Iterator[Value]:
    """`op.create_table("t", columns=[...])` is what the operation object takes, and some write it."""
    if "columns" in call.keywords:
        yield call.keywords["columns"]


def _condition(value: Value) -> str | Opaque:
    from alembic_vet.extract.revision.expressions import condition

    return condition(value)


def _flag(value: Value | None) -> bool | Opaque | Unset:
    return UNSET if value is None or value == NONE else flag(value)


def _default(value: Value | None) -> ServerDefault | Opaque | Unset | None:
    return UNSET if value is None or value == Const(False) else server_default(value)
