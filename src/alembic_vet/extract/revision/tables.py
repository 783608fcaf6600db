"""Tables that a revision defines for itself: `sa.Table`, `sa.table`, declarative classes."""

from __future__ import annotations

import ast

from msgspec.structs import replace

from alembic_vet.extract.revision.columns import Elements, column_call, table_elements
from alembic_vet.extract.revision.terms import name, short_name, string
from alembic_vet.extract.revision.types import TypeReader
from alembic_vet.findings import Location
from alembic_vet.model.operations import Column, CreateTable, QualifiedName
from alembic_vet.source.frame import Frame
from alembic_vet.source.interpreter import Interpreter
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import (
    Attribute,
    Call,
    Class,
    Context,
    Entered,
    Instance,
    Item,
    Mapping,
    Text,
    Value,
)

_TABLES = frozenset({"Table", "table", "create_table", "TableClause"})


class TableReader:
    """Tables as terms."""

    def __init__(self, run: Interpreter, types: TypeReader) -> None:
        self._run = run
        self._types = types

    def named(self, value: Value | None) -> QualifiedName | None:
        """The name of what a statement is about; None where the value is no table."""
        match value:
            case Text():
                return QualifiedName(name(value))
            case Call() if short_name(value) in _TABLES:
                return QualifiedName(
                    name(value.argument(0, "name", "table_name")), string(value.keywords.get("schema"))
                )
            case Call() if value.method in ("alias", "select_from", "tometadata", "to_metadata"):
                return self.named(value.receiver)
            case Call() if short_name(value) == "aliased":
                return self.named(value.argument(0, "element"))
            case Attribute(of=of, name="__table__"):
                return self.named(of)
            case Item(of=Attribute(name="tables"), key=key):
                return _dotted(string(key))
            case Class():
                return self._declared(value)
            case Instance(cls=cls):
                return self._declared(cls)
            case Entered(of=of):
                return self.named(of)
        return None

    def _declared(self, cls: Class) -> QualifiedName | None:
        table = self._run.class_attribute(cls, "__table__")
        if table is not None:
            return self.named(table)
        written = self._run.class_attribute(cls, "__tablename__")
        return None if written is None else QualifiedName(name(written), self._schema(cls))

    def _schema(self, cls: Class) -> str | None:
        arguments = self._run.class_attribute(cls, "__table_args__")
        candidates = getattr(arguments, "items", None)
        tables = [arguments] if isinstance(arguments, Mapping) else candidates if isinstance(candidates, list) else []
        for candidate in tables:
            if isinstance(candidate, Mapping) and "schema" in candidate.items:
                known = string(candidate.items["schema"])
                return known if isinstance(known, str) else None
        return None

    def create(self, value: Value, location: Location, *, if_not_exists: bool) -> CreateTable | None:
        """CREATE TABLE of a `sa.Table` or a declarative class; None where the value is neither."""
        if isinstance(value, Attribute) and value.name == "__table__":
            value = value.of
        table = self.named(value)
        if table is None:
            return None
        found: Elements | None = None
        comment = None
        if isinstance(value, Call) and short_name(value) == "Table":
            found = table_elements(value.args[2:], self._types)
            found.complete = found.complete and not value.open_ended and "autoload_with" not in value.keywords
            comment = string(value.keywords.get("comment"))
        elif isinstance(value, Class):
            found = self._attributes(value)
        if found is None:
            return None
        columns: tuple[Column, ...] | Opaque = (
            OPAQUE if not found.complete and not found.columns else tuple(found.columns)
        )
        return CreateTable(
            table,
            columns,
            tuple(found.constraints),
            tuple(found.indexes),
            if_not_exists,
            found.complete,
            comment,
            location=location,
        )

    def _attributes(self, cls: Class) -> Elements:
        """The columns of a declarative class; what its first-party bases add is left open."""
        values: list[Value] = []
        frame = Frame(cls.scope, {}, (cls.scope.values,), Context())
        for statement in cls.node.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign):
                continue
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            if not isinstance(target, ast.Name):
                continue
            call = column_call(self._run.evaluate(statement.value, frame)) if statement.value else None
            if call is None:
                continue
            if not call.args or not isinstance(call.args[0], Text):
                call = replace(call, keywords={"name": Text((target.id,)), **call.keywords})
            values.append(call)
        found = table_elements(values, self._types)
        arguments = self._run.class_attribute(cls, "__table_args__")
        found.complete = (
            found.complete
            and arguments is None
            and not any(isinstance(base, Class) and base.node.body and _adds(base) for base in self._run.bases(cls))
        )
        return found


def _adds(base: Class) -> bool:
    return any(isinstance(statement, ast.Assign | ast.AnnAssign) for statement in base.node.body)


def _dotted(known: object) -> QualifiedName:
    if not isinstance(known, str):
        return QualifiedName(OPAQUE)
    schema, _, plain = known.rpartition(".")
    return QualifiedName(plain, schema or None)
