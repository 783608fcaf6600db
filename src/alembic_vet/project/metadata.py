"""Which `MetaData` object an expression stands for."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod

from msgspec.structs import replace

from alembic_vet.model.models import MetadataId
from alembic_vet.project.model_syntax import executed
from alembic_vet.project.symbols import (
    External,
    Found,
    LoadedModule,
    Symbol,
    SymbolTable,
    assigned_value,
    dotted_name,
)
from alembic_vet.source.nodes import keyword

FACTORIES = {
    "sqlalchemy.orm.declarative_base",
    "sqlalchemy.ext.declarative.declarative_base",
    "sqlalchemy.ext.declarative.api.declarative_base",
    "sqlalchemy.orm.decl_api.declarative_base",
}
METADATA = {"sqlmodel.MetaData", "sqlalchemy.MetaData", "sqlalchemy.schema.MetaData", "sqlalchemy.sql.schema.MetaData"}
REGISTRY = {"sqlalchemy.orm.registry", "sqlalchemy.orm.decl_api.registry"}
FLASK = {"flask_sqlalchemy.SQLAlchemy", "flask_sqlalchemy_lite.SQLAlchemy"}
SQLMODEL = {"sqlmodel.SQLModel", "sqlmodel.main.SQLModel"}
SQLMODEL_METADATA = MetadataId("sqlmodel", "SQLModel", "metadata")

_MAX_DEPTH = 20


def only(known: frozenset[MetadataId] | None) -> MetadataId | None:
    """The one metadata of a set that holds one."""
    return next(iter(known)) if known is not None and len(known) == 1 else None


class MetadataReader(ABC):
    """Follows expressions to the metadata they stand for; what a class has is the subclass's business."""

    def __init__(self, symbols: SymbolTable) -> None:
        self.symbols = symbols
        self._depth = 0

    @abstractmethod
    def metadata_of_class(self, node: ast.ClassDef, module: LoadedModule) -> MetadataId | None:
        """The metadata of a declarative class."""

    @abstractmethod
    def metadata_of_base(self, base: ast.expr, module: LoadedModule) -> MetadataId | None:
        """The metadata of what an expression names as a base class."""

    def metadata(
        self, node: ast.expr, module: LoadedModule, function: str | None = None
    ) -> frozenset[MetadataId] | None:
        """The metadata that an expression stands for, several for a list; None where that is not known."""
        if self._depth > _MAX_DEPTH:
            return None
        self._depth += 1
        try:
            return self._metadata(node, module, function)
        finally:
            self._depth -= 1

    def _metadata(self, node: ast.expr, module: LoadedModule, function: str | None) -> frozenset[MetadataId] | None:
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                several = [self.metadata(element, module, function) for element in elements]
                known = [each for each in several if each is not None]
                return frozenset().union(*known) if known and len(known) == len(several) else None
            case ast.IfExp(body=body, orelse=other):
                return self.metadata(ast.List(elts=[body, other]), module, function)
            case ast.Call(func=func, args=[], keywords=[]):
                return self._returned(self.symbols.resolve(func, module, function))
            case ast.Name() | ast.Attribute():
                return self._of_symbol(self.symbols.resolve(node, module, function))
            case _:
                return None

    def _returned(self, found: Found) -> frozenset[MetadataId] | None:
        match found:
            case Symbol(module=module, node=ast.FunctionDef(name=name, body=body), rest=()):
                returns = [each for each in executed(body) if isinstance(each, ast.Return)]
                if len(returns) == 1 and returns[0].value is not None:
                    return self.metadata(returns[0].value, module, name)
        return None

    def _of_symbol(self, found: Found) -> frozenset[MetadataId] | None:
        match found:
            case External(name=name):
                owner, _, attribute = name.rpartition(".")
                if attribute == "metadata" and owner in SQLMODEL:
                    return frozenset({SQLMODEL_METADATA})
                return None
            case Symbol(module=module, node=ast.ClassDef() as node, rest=("metadata",)):
                own = self.metadata_of_class(node, module)
                return frozenset({own}) if own else None
            case Symbol(module=module, name=name, node=node, rest=rest):
                value = assigned_value(node)
                return self.metadata_of_value(value, rest, name, module) if value is not None else None
        return None

    def metadata_of_value(
        self, value: ast.expr, rest: tuple[str, ...], name: str, module: LoadedModule
    ) -> frozenset[MetadataId] | None:
        own = MetadataId(module.module.name, name, "metadata", module.path)
        match value, rest:
            case ((ast.List() | ast.Tuple() | ast.IfExp()), ()):
                return self.metadata(value, module)
            case ast.Call(func=func, keywords=keywords, args=args), _:
                called = self.called_name(func, module)
                given = keyword(keywords, "metadata")
                if called in METADATA:
                    return frozenset({replace(own, attribute="")}) if rest == () else None
                if rest == ("metadata",) and (called in FACTORIES | REGISTRY | FLASK or called == "?.automap_base"):
                    if called in FLASK:
                        model = keyword(keywords, "model_class")
                        base = self.metadata_of_base(model, module) if model is not None else None
                        if base:
                            return frozenset({base})
                    elif given is None and called in FACTORIES and len(args) > 1:
                        given = args[1]
                    return self.given_metadata(given, module, own)
                if rest == ("metadata",) and isinstance(func, ast.Attribute) and func.attr == "generate_base":
                    return self.metadata_of_owner(func.value, module)
                if rest == ("Model", "metadata") and called in FLASK:
                    return self.metadata_of_value(value, ("metadata",), name, module)
                if not args and not keywords and not rest:
                    return self._returned(self.symbols.resolve(func, module))
        return None

    def given_metadata(
        self, given: ast.expr | None, module: LoadedModule, own: MetadataId
    ) -> frozenset[MetadataId] | None:
        """The metadata handed to a factory, else the one it makes itself."""
        if given is None or (isinstance(given, ast.Call) and self.called_name(given.func, module) in METADATA):
            return frozenset({own})
        return self.metadata(given, module)

    def metadata_of_owner(self, node: ast.expr, module: LoadedModule) -> frozenset[MetadataId] | None:
        return self.metadata(ast.Attribute(value=node, attr="metadata"), module)

    def called_name(self, func: ast.expr, module: LoadedModule) -> str | None:
        found = self.symbols.resolve(func, module)
        match found:
            case External(name=name):
                return name
            case Symbol(module=home, node=ast.ClassDef(bases=[base, *_]), rest=()) if base is not func:
                # A project's own `class SQLAlchemy(flask_sqlalchemy.SQLAlchemy)`.
                inherited = self.symbols.resolve(base, home)
                return inherited.name if isinstance(inherited, External) and inherited.name in FLASK else None
            case None:
                name = dotted_name(func) or ""
                return f"?.{name.rpartition('.')[2]}" if name else None
            case _:
                return None
