"""Models read from syntax: declarative classes, `Table(...)` calls, and the metadata that each belongs to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.model.models import MetadataId, TableDefinition
from alembic_vet.project.metadata import FACTORIES, FLASK, SQLMODEL, SQLMODEL_METADATA, MetadataReader, only
from alembic_vet.project.model_syntax import (
    calls_in,
    class_schema,
    class_value,
    executed,
    has_primary_key,
    is_true,
    names_tables,
)
from alembic_vet.project.symbols import (
    External,
    Found,
    LoadedModule,
    Symbol,
    SymbolTable,
    assigned_value,
    dotted_name,
)
from alembic_vet.source.file import SourceFile
from alembic_vet.source.nodes import keyword

# `re` runs to the letter that a pattern begins with, and only there looks around: a third of the time that words take.
_NAMES_TABLE = re.compile(rb"b(?:(?<=__tab)le(?:name)?__|(?<=Tab)le\(|(?<=tab)le ?= ?True)").search
_NAMES_COLUMN = re.compile(rb"C(?=olumn\()").search
_IS_MAPPED = re.compile(rb"M(?=apped\[)").search
# Models are asked for their `__table__` everywhere.
_GIVES_TABLE = re.compile(rb"b(?:(?<=__tab)(?<!\.__tab)le(?:name)?__|(?<=Tab)le\(|(?<=tab)le ?= ?True)").search
# What importing a module does not run; a signature over several lines ends in one that starts with its parenthesis.
_FUNCTION_BODY = re.compile(rb"(?m)^([ \t]*)((?:async[ \t]+)?def\b.*\n)(?:(?:\1[ \t]+.*|[ \t\r]*|\1\).*)\n)+")


# Each environment of a repository looks at all files.
@lru_cache(maxsize=4096)
def may_define_tables(file: SourceFile) -> bool:
    """Whether importing a file can define a table at all: a cheap look at its bytes, outside of functions.

    Raises OSError.
    """
    data = file.data
    if not (_NAMES_TABLE(data) or _names_columns(data)):
        return False
    run = _FUNCTION_BODY.sub(rb"\2", data)
    # A mixin's columns and table name may be methods.
    return _GIVES_TABLE(run) is not None or _names_columns(run) or b"declared_attr" in run


def _names_columns(data: bytes) -> bool:
    return _NAMES_COLUMN(data) is not None or _IS_MAPPED(data) is not None or b"mapped_column" in data


_BASES = {f"sqlalchemy.orm{part}.DeclarativeBase{kind}" for part in ("", ".decl_api") for kind in ("", "NoMeta")}
_DECORATORS = {
    "sqlalchemy.orm.as_declarative",
    "sqlalchemy.ext.declarative.as_declarative",
    "sqlalchemy.ext.declarative.api.as_declarative",
}
_CALLED = b"Table"
_TABLE = {"sqlmodel.Table", "sqlalchemy.Table", "sqlalchemy.schema.Table", "sqlalchemy.sql.schema.Table"}
# Mixins of fastapi-users: their classes carry the table's name.
_TABLE_MIXINS = r"fastapi_users(_db_sqlalchemy|\.db)\..*\bSQLAlchemyBase(UserTable|OAuthAccountTable|AccessTokenTable)"
_AUTO_NAMED = {"flask", "advanced_alchemy"}


class Mapped(Struct, frozen=True):
    """What a class has from its bases.

    `kind`: `declarative`, `sqlmodel` (a table only with `table=True`), `flask` and `advanced_alchemy` (a table
    name comes by itself), or `mixin` (no base among its ancestors). `named`: the
    ancestors give a table name; `has_table`: an ancestor has a table.
    """

    kind: str
    metadata: MetadataId | None = None
    named: bool = False
    has_table: bool = False


class Declarative(MetadataReader):
    """Reads the models of a project; every answer is remembered."""

    def __init__(self, symbols: SymbolTable) -> None:
        super().__init__(symbols)
        self._classes: dict[tuple[LoadedModule, int], Mapped] = {}
        self._values: dict[tuple[LoadedModule, int], Mapped] = {}

    def tables(self, module: LoadedModule) -> Iterator[TableDefinition]:
        """Every table that importing a module defines, as far as its metadata is known."""
        if not may_define_tables(module.file):
            return
        calls_tables = _CALLED in module.file.data
        for statement in executed(module.file.tree.body):
            if isinstance(statement, ast.ClassDef):
                found = self._class_table(statement, module)
                if found:
                    yield found
            for call in calls_in(statement) if calls_tables else ():
                table = self._table_call(call, module)
                if table:
                    yield table

    def metadata_of_class(self, node: ast.ClassDef, module: LoadedModule) -> MetadataId | None:
        return self.mapped(node, module).metadata

    def metadata_of_base(self, base: ast.expr, module: LoadedModule) -> MetadataId | None:
        return self._mapped_base(base, module).metadata

    def mapped(self, node: ast.ClassDef, module: LoadedModule) -> Mapped:
        """What a class is to SQLAlchemy."""
        key = (module, id(node))
        if key not in self._classes:
            self._classes[key] = Mapped("mixin")
            self._classes[key] = self._read(node, module)
        return self._classes[key]

    def _read(self, node: ast.ClassDef, module: LoadedModule) -> Mapped:
        own = MetadataId(module.module.name, node.name, "metadata", module.path)
        inherited = [self._mapped_base(base, module) for base in node.bases]
        bases = [base for base in inherited if base.kind != "mixin"]
        named = any(base.named for base in inherited) or names_tables(node)
        found = Mapped("mixin", named=named)
        if bases:
            first = bases[0]
            is_root = first.metadata is None
            found = replace(
                first,
                metadata=first.metadata or own,
                named=named or first.named,
                has_table=False if is_root else first.has_table,
            )
        else:
            made = self._made_declarative(node, module, own)
            found = Mapped("declarative", made, named) if made else found
        given = class_value(node, "metadata")
        if given is None and bases and bases[0].metadata is None:
            registry = class_value(node, "registry")
            given = (
                ast.Attribute(value=registry, attr="metadata")
                if isinstance(registry, (ast.Name, ast.Attribute))
                else None
            )
        if found.kind != "mixin" and given is not None:
            known = self.given_metadata(given, module, own)
            found = replace(found, metadata=only(known))
        if found.kind != "mixin" and found.metadata and self._own_table(node, found):
            found = replace(found, has_table=True)
        return found

    def _made_declarative(self, node: ast.ClassDef, module: LoadedModule, own: MetadataId) -> MetadataId | None:
        """The metadata of a class that a decorator or its metaclass makes declarative; None where none does."""
        for decorator in node.decorator_list:
            func = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.called_name(func, module) in _DECORATORS:
                keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                given = keyword(keywords, "metadata")
                return only(self.given_metadata(given, module, own))
            if isinstance(func, ast.Attribute) and func.attr in (
                "as_declarative_base",
                "mapped",
                "mapped_as_dataclass",
            ):
                known = only(self.metadata_of_owner(func.value, module))
                if known:
                    return known
        metaclasses = (keyword.value for keyword in node.keywords if keyword.arg == "metaclass")
        return own if any((dotted_name(each) or "").endswith("DeclarativeMeta") for each in metaclasses) else None

    def _mapped_base(self, base: ast.expr, module: LoadedModule) -> Mapped:
        if isinstance(base, ast.Subscript):
            base = base.value
        if isinstance(base, ast.Call):
            called = self.called_name(base.func, module)
            return Mapped("declarative") if called in FACTORIES else Mapped("mixin")
        return self._mapped_symbol(self.symbols.resolve(base, module))

    def _mapped_symbol(self, found: Found) -> Mapped:
        match found:
            case External(name=name):
                if name in _BASES:
                    return Mapped("declarative")
                if name in SQLMODEL:
                    return Mapped("sqlmodel", SQLMODEL_METADATA)
                if name.startswith("advanced_alchemy.base.") and name.endswith("Base"):
                    return Mapped("advanced_alchemy", MetadataId("advanced_alchemy.base", "orm_registry", "metadata"))
                if name.startswith("fastapi_users") and re.match(_TABLE_MIXINS, name):
                    return Mapped("mixin", named=True)
                return Mapped("mixin")
            case Symbol(module=module, node=ast.ClassDef() as node, rest=()):
                return self.mapped(node, module)
            case Symbol(module=module, name=name, node=node, rest=rest):
                value = assigned_value(node)
                if isinstance(value, ast.Call):
                    return self._mapped_value(value, rest, name, module)
        return Mapped("mixin")

    def _mapped_value(self, value: ast.Call, rest: tuple[str, ...], name: str, module: LoadedModule) -> Mapped:
        key = (module, id(value))
        if rest == () and key not in self._values:
            self._values[key] = Mapped("mixin")  # `Base = declarative_base(cls=Base)` asks for itself
            self._values[key] = self._read_value(value, rest, name, module)
        return self._values[key] if rest == () else self._read_value(value, rest, name, module)

    def _read_value(self, value: ast.Call, rest: tuple[str, ...], name: str, module: LoadedModule) -> Mapped:
        called = self.called_name(value.func, module)
        if rest == ("Model",) and called in FLASK:
            known = self.metadata_of_value(value, ("metadata",), name, module)
            return Mapped("flask", next(iter(known)) if known else None)
        generates = isinstance(value.func, ast.Attribute) and value.func.attr == "generate_base"
        if rest == () and (called in FACTORIES or generates):
            known = self.metadata_of_value(value, ("metadata",), name, module)
            cls = keyword(value.keywords, "cls")
            parent = self._mapped_base(cls, module) if cls is not None else Mapped("mixin")
            metadata = only(known)
            if metadata is None:
                return Mapped("mixin")
            return Mapped("declarative", metadata, named=parent.named)
        return Mapped("mixin")

    def _own_table(self, node: ast.ClassDef, found: Mapped) -> bool:
        if is_true(class_value(node, "__abstract__")):
            return False
        if found.kind == "sqlmodel":
            return any(keyword.arg == "table" and is_true(keyword.value) for keyword in node.keywords)
        if class_value(node, "__tablename__") is not None or class_value(node, "__table__") is not None:
            return True
        if found.metadata and found.metadata.owner == node.name and found.metadata.attribute:
            return False
        if found.kind in _AUTO_NAMED:
            return has_primary_key(node) or not found.has_table
        return found.named

    def _class_table(self, node: ast.ClassDef, module: LoadedModule) -> TableDefinition | None:
        found = self.mapped(node, module)
        if found.kind == "mixin" or found.metadata is None:
            return None
        parent_has_table = any(self._mapped_base(base, module).has_table for base in node.bases)
        if not self._own_table(node, replace(found, has_table=parent_has_table)):
            return None
        if isinstance(class_value(node, "__table__"), ast.Call):
            return None  # the `Table(...)` call itself is listed
        written = class_value(node, "__tablename__")
        table = written.value if isinstance(written, ast.Constant) and isinstance(written.value, str) else None
        if written is None and found.kind == "sqlmodel" and not found.named:
            table = node.name.lower()
        if written is None and found.kind == "flask" and not found.named:
            table = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", node.name).lower()
        return TableDefinition(
            module.module.name, found.metadata, module.file.location(node), table, class_schema(node), node.name
        )

    def _table_call(self, call: ast.Call, module: LoadedModule) -> TableDefinition | None:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "Table":
            owner = self.symbols.resolve(call.func.value, module)
            flask = self.metadata_of_owner(call.func.value, module) if isinstance(owner, Symbol) else None
            if flask is not None and len(flask) == 1:
                return _table(call, next(iter(flask)), module)
        if self.called_name(call.func, module) not in _TABLE or len(call.args) < 2:
            return None
        known = self.metadata(call.args[1], module)
        return _table(call, next(iter(known)), module) if known and len(known) == 1 else None


def _table(call: ast.Call, metadata: MetadataId, module: LoadedModule) -> TableDefinition:
    name = call.args[0] if call.args else None
    table = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
    schema = keyword(call.keywords, "schema")
    written = schema.value if isinstance(schema, ast.Constant) and isinstance(schema.value, str) else None
    return TableDefinition(module.module.name, metadata, module.file.location(call), table, written)
