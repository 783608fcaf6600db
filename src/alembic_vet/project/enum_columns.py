"""The enum columns of models, read from their classes and `Table(...)` calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from typing import Literal

from msgspec.structs import replace

from alembic_vet.extract.revision.terms import short_name
from alembic_vet.extract.revision.types import TypeReader
from alembic_vet.findings import Location
from alembic_vet.model.enum_columns import EnumColumn, EnumMember, PythonEnum
from alembic_vet.model.models import TableDefinition
from alembic_vet.project.column_types import (
    annotated_enum,
    column_call,
    column_name,
    column_type,
    default_enum,
    enum_call,
    from_type_map,
)
from alembic_vet.project.models import ModelIndex
from alembic_vet.source.frame import Frame
from alembic_vet.source.interpreter import Interpreter
from alembic_vet.source.scope import ModuleScope, bound_names
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import Anchor, Call, Class, Const, Context, Function, Instance, Text, Value, constant

_TYPE_MAP = "type_annotation_map"


class EnumColumnReader:
    """Reads the models of one environment."""

    def __init__(self, models: ModelIndex) -> None:
        self._models = models
        self._has_type_map: bool | None = None

    def table_name(self, table: TableDefinition) -> str | None:
        """The name of a table, also where a constant or a `declared_attr` of a base computes it."""
        if table.table is not None:
            return table.table
        match self._open(table):
            case (ast.ClassDef() as node, scope, run):
                cls = Class(node, scope)
                found = run.class_attribute(cls, "__tablename__")
                if isinstance(found, Function):
                    at = Anchor(scope.file, node)
                    found = run.call_function(replace(found, this=None), (cls,), {}, Context(), at)
                return found.exact if isinstance(found, Text) else None
        return None

    def read(self, table: TableDefinition, wanted: Collection[str]) -> Iterator[EnumColumn]:
        """Those of the wanted columns whose type and labels are known."""
        match self._open(table):
            case (ast.ClassDef() as node, scope, run):
                kind = self._kind(table, node)
                plain = self._annotations_are_plain
                found = _TableReader(table, run).of_class(Class(node, scope), wanted, kind == "sqlmodel", plain)
            case (ast.Call() as node, scope, run):
                found = _TableReader(table, run).of_call(node, scope)
            case _:
                return
        yield from (column for column in found if column.column in wanted)

    def _open(self, table: TableDefinition) -> tuple[ast.ClassDef | ast.Call, ModuleScope, Interpreter] | None:
        """Where a table is defined, and what follows names there."""
        module = self._models.symbols.load(table.path)
        node = _definition(module.file.tree, table.location, module.file.location) if module else None
        if module is None or node is None:
            return None
        run = Interpreter(self._models.resolver)
        scope = run.module(module.module.name)
        return (node, scope, run) if scope is not None and scope.file.path == module.path else None

    def _kind(self, table: TableDefinition, node: ast.ClassDef) -> str:
        module = self._models.symbols.load(table.path)
        return self._models.declarative.mapped(node, module).kind if module else ""

    def _annotations_are_plain(self) -> bool:
        """Whether no module of the models sets what annotations mean."""
        if self._has_type_map is None:
            paths = {*self._models.reach.modules, *self._models.candidates}
            self._has_type_map = any(_TYPE_MAP.encode() in self._models.data(path) for path in paths)
        return not self._has_type_map


class _TableReader:
    """Reads the columns of one table."""

    def __init__(self, table: TableDefinition, run: Interpreter) -> None:
        self._table = table
        self._run = run
        self._types = TypeReader(run, "postgresql")

    def of_call(self, node: ast.Call, scope: ModuleScope) -> Iterator[EnumColumn]:
        """The columns of a `Table(...)`."""
        frame = Frame(scope, scope.values, (), Context())
        for argument in node.args[2:]:
            column = column_call(self._run.evaluate(argument, frame))
            name = column_name(column, "") if column else None
            if column and name:
                yield from self._of_type(enum_call(column_type(column)), name, scope.file.location(argument))

    def of_class(
        self, cls: Class, wanted: Collection[str], is_sqlmodel: bool, annotations_are_plain: Callable[[], bool]
    ) -> Iterator[EnumColumn]:
        """The columns of a mapped class, those of its first-party bases included."""
        for owner, attribute, statement in self._attributes(cls, set(), set()):
            if attribute not in wanted and not _mentions(statement, wanted):
                continue
            frame = self._inside(owner, statement)
            place = owner.scope.file.location(statement)
            value = self._run.evaluate(statement.value, frame) if statement.value else None
            column = column_call(value)
            name = column_name(column, attribute) if column else attribute
            written = column_type(column) if column else _type_in_field(value)
            if name is None or name not in wanted:
                continue
            if written is not None:
                yield from self._of_type(enum_call(written), name, place)
                continue
            if not isinstance(statement, ast.AnnAssign) or not _leaves_type_open(value, is_sqlmodel):
                continue
            python = annotated_enum(statement.annotation, frame, self._run, mapped=not is_sqlmodel)
            if python is None:
                continue
            made = None if is_sqlmodel else from_type_map(cls, python, self._run)
            if made is None and (is_sqlmodel or annotations_are_plain()):
                made = default_enum(python)
            if isinstance(made, Call):
                yield from self._of_type(made, name, place, is_written=False)

    def _inside(self, owner: Class, statement: ast.stmt) -> Frame:
        """What a statement of a class body sees: also what the class defined before it."""
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        bound = {name for each in owner.node.body for name in bound_names(each)}
        own = {name: self._run.class_attribute(owner, name) for name in used & bound}
        known = {name: value for name, value in own.items() if value is not None}
        return Frame(owner.scope, known, (owner.scope.values,), Context())

    def _attributes(
        self, cls: Class, seen: set[str], visited: set[int]
    ) -> Iterator[tuple[Class, str, ast.Assign | ast.AnnAssign]]:
        """What a class and its bases assign or annotate; a name counts where it comes first."""
        visited.add(id(cls.node))
        for statement in cls.node.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                for name in _assigned_names(statement):
                    if name not in seen:
                        seen.add(name)
                        yield cls, name, statement
        for base in self._run.bases(cls):
            if isinstance(base, Class) and id(base.node) not in visited:
                yield from self._attributes(base, seen, visited)

    def _of_type(
        self, call: Call | None, name: str, place: Location, *, is_written: bool = True
    ) -> Iterator[EnumColumn]:
        kind = self._types.enum(call) if call is not None else OPAQUE
        if call is None or kind is OPAQUE or kind.enum is None or not kind.enum.native:
            return
        labels = kind.enum.labels
        if not isinstance(labels, tuple):
            return
        given = call.args[0] if call.args else None
        python = python_enum(given, self._run) if isinstance(given, Class) else None
        written = call.at.location if is_written and not call.context.stack else None
        stored = _stored(labels, python) if isinstance(given, Class) else "other"
        yield EnumColumn(self._table, name, kind.name, kind.schema, labels, written or place, written, python, stored)


def _stored(labels: tuple[str, ...], python: PythonEnum | None) -> Literal["names", "values", "other"]:
    if python is None:
        return "other"
    return "names" if labels == python.names else "values" if labels == python.values else "other"


def python_enum(cls: Class, run: Interpreter) -> PythonEnum | None:
    """The enum that a class is; None where its members are not all known."""
    members = run.iterate(cls) if run.is_enum(cls) else None
    if members is None:
        return None
    file = cls.scope.file
    places = {name: each for each in cls.node.body for name in _assigned_names(each)}
    known: list[EnumMember] = []
    for member in members:
        name = constant(run.attribute(member, "name"))
        value = constant(run.attribute(member, "value"))
        if not isinstance(name, str) or name not in places:
            return None
        known.append(EnumMember(name, value if isinstance(value, str) else OPAQUE, file.location(places[name])))
    line = file.whole_line(file.span(cls.node).line)
    return PythonEnum(cls.node.name, Location(file.path, line), tuple(known))


def _assigned_names(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _type_in_field(value: Value | None) -> Value | None:
    """The type that SQLModel's `Field(...)` is given, OPAQUE where it has a column that cannot be read."""
    if not isinstance(value, Call) or short_name(value) != "Field":
        return None
    return OPAQUE if "sa_column" in value.keywords else value.keywords.get("sa_type")


def _leaves_type_open(value: Value | None, is_sqlmodel: bool) -> bool:
    """Whether what an attribute is set to leaves the type of its column to the annotation."""
    match value:
        case None:
            return True
        case Call():
            return column_call(value) is not None or (short_name(value) == "Field" and not value.open_ended)
        case Const() | Instance():
            return is_sqlmodel
    return False


def _mentions(statement: ast.stmt, names: Collection[str]) -> bool:
    return any(isinstance(node, ast.Constant) and node.value in names for node in ast.walk(statement))


def _definition(
    tree: ast.Module, place: Location, located: Callable[[ast.AST], Location]
) -> ast.ClassDef | ast.Call | None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.Call)) and node.lineno == place.span.line and located(node) == place:
            return node
    return None
