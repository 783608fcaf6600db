"""Column types as a revision writes them: SQLAlchemy's, those of well-known packages, the project's own."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_vet.extract.revision.packaged_types import packaged_type
from alembic_vet.extract.revision.terms import certainly, flag, short_name, string
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.type_names import enum_type, postgresql_type, sqlalchemy_type
from alembic_vet.source.interpreter import Interpreter
from alembic_vet.source.stdlib import iterated
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import (
    NONE,
    Anchor,
    Attribute,
    Call,
    Class,
    Const,
    Context,
    Either,
    Function,
    Instance,
    Items,
    Symbol,
    Text,
    Value,
    constant,
)

ENUMS = frozenset({"Enum", "ENUM"})
_MOST_DEPTH = 8


class TypeReader:
    """Reads the types of one revision; the project's own are followed by the interpreter that read it."""

    def __init__(self, run: Interpreter, dialect: str) -> None:
        self._run = run
        self._dialect = dialect
        self._depth = 0

    def read(self, value: Value | None) -> ColumnType | Opaque:
        """The type that PostgreSQL gets."""
        if value is None or self._depth >= _MOST_DEPTH:
            return OPAQUE
        self._depth += 1
        try:
            return self._read(value)
        finally:
            self._depth -= 1

    def _read(self, value: Value) -> ColumnType | Opaque:
        match value:
            case Either(options=several):
                kinds = [self.read(option) for option in several]
                return kinds[0] if all(kind == kinds[0] for kind in kinds) else OPAQUE
            case Symbol() | Attribute():
                return self._named(value)
            case Call() if value.method == "with_variant" and value.receiver is not None:
                return self._variant(value, value.receiver)
            case Call() if value.method in ("type_descriptor", "adapt", "copy", "evaluates_none") or (
                value.method == "as_mutable"
            ):
                return self.read(value.args[0] if value.args else value.receiver)
            case Call() if short_name(value) in ENUMS:
                return self.enum(value)
            case Call():
                return self._called(value)
            case Class():
                return self._own(value, Instance(value))
            case Instance(cls=cls):
                return self._own(cls, value)
            case _:
                return OPAQUE

    def _named(self, written: Symbol | Attribute) -> ColumnType | Opaque:
        if short_name(written) in ENUMS:
            return OPAQUE
        known = packaged_type(written)
        return sqlalchemy_type(written.name) if known is None else known

    def _called(self, call: Call) -> ColumnType | Opaque:
        known = packaged_type(call)
        if known is not None:
            return known
        keywords = {name: self._plain(value) for name, value in call.keywords.items()}
        if call.open_ended and not call.args and not keywords:
            return _unsized(sqlalchemy_type(call.name))
        return sqlalchemy_type(call.name, [self._plain(value) for value in call.args], keywords)

    def _plain(self, value: Value) -> object:
        match value:
            case Const() | Text():
                return constant(value)
            case Symbol() | Call() | Class() | Instance() | Attribute():
                return self.read(value)
            case _:
                return OPAQUE

    def _variant(self, call: Call, base: Value) -> ColumnType | Opaque:
        dialects = [constant(argument) for argument in call.args[1:]]
        dialects += [constant(call.keywords["dialect_name"])] if "dialect_name" in call.keywords else []
        if OPAQUE in dialects:
            return OPAQUE
        return self.read(call.argument(0, "type_") if self._dialect in dialects else base)

    # Enums

    def enum(self, call: Call) -> ColumnType | Opaque:
        """The type of an Enum object; OPAQUE for one without a name, which PostgreSQL refuses."""
        if "mysql" in call.name or "mariadb" in call.name:
            return OPAQUE
        labels = self._labels(call)
        type_name = string(call.keywords.get("name"))
        if type_name is None and call.args and isinstance(call.args[0], Class):
            type_name = call.args[0].node.name.lower()
        native = flag(call.keywords.get("native_enum"), default=True)
        if native is OPAQUE or (native and not isinstance(type_name, str)):
            return OPAQUE
        dialect_type = short_name(call) == "ENUM"
        length = constant(call.keywords["length"]) if "length" in call.keywords else None
        created = call.attributes.get("create_type", call.keywords.get("create_type"))
        return enum_type(
            type_name if isinstance(type_name, str) else "",
            labels,
            schema=string(call.keywords.get("schema")),
            native=native or dialect_type,
            length=length if isinstance(length, int) or length is None else OPAQUE,
            create_type=flag(created, default=True),
            dialect_type=dialect_type,
            inherit_schema=certainly(call.keywords.get("inherit_schema")),
        )

    def _labels(self, call: Call) -> tuple[str, ...] | Opaque | None:
        if call.open_ended:
            return OPAQUE
        match call.args:
            case ():
                return None
            case (Class() as cls,):
                return self._labels_of(cls, call.keywords.get("values_callable"))
            case (Items() as labels,):
                return _strings(labels)
        return _strings(Items(list(call.args)))

    def _labels_of(self, cls: Class, values_callable: Value | None) -> tuple[str, ...] | Opaque:
        """The names of a Python enum's members, without aliases, or what `values_callable` makes of them."""
        members = self._run.iterate(cls)
        if members is None:
            return OPAQUE
        if values_callable is None or values_callable == NONE:
            return _strings(Items([self._run.attribute(member, "name") for member in members]))
        if isinstance(values_callable, Function):
            at = Anchor(cls.scope.file, cls.node)
            made = self._run.call_function(values_callable, (cls,), {}, Context(), at)
            return _strings(made)
        return OPAQUE

    # The project's own

    def _own(self, cls: Class, instance: Instance) -> ColumnType | Opaque:
        """A `TypeDecorator`: what `load_dialect_impl` returns for the dialect, else its `impl`."""
        load = self._run.class_attribute(cls, "load_dialect_impl")
        if isinstance(load, Function):
            bound = replace(load, this=instance)
            made = self._run.call_function(
                bound, (Attribute(Symbol("alembic.op"), "dialect"),), {}, Context(), Anchor(cls.scope.file, cls.node)
            )
            if not (isinstance(made, Call) and made.method == "load_dialect_impl"):
                return self.read(made)
        impl = instance.attributes.get("impl") or self._run.class_attribute(cls, "impl")
        if impl is None:
            return self._inherited(cls, instance)
        if (
            isinstance(impl, (Symbol, Attribute))
            and instance.made_by is not None
            and (instance.made_by.args or instance.made_by.keywords)
        ):
            if self._run.class_attribute(cls, "__init__") is not None:
                return _unsized(self.read(impl))
            return self.read(replace(instance.made_by, callee=impl))
        return self.read(impl)

    def _inherited(self, cls: Class, instance: Instance) -> ColumnType | Opaque:
        spec = self._run.class_attribute(cls, "get_col_spec")
        if isinstance(spec, Function):
            bound = replace(spec, this=instance)
            made = self._run.call_function(bound, (), {}, Context(), Anchor(cls.scope.file, cls.node))
            spelled = string(made)
            return postgresql_type(spelled.lower()) if isinstance(spelled, str) and spelled.isidentifier() else OPAQUE
        for base in self._run.bases(cls):
            if isinstance(base, Symbol) and short_name(base) not in ENUMS:
                known = self._named(base)
                if known is not OPAQUE:
                    return _unsized(known) if instance.made_by is not None and instance.made_by.args else known
        return OPAQUE


def _unsized(kind: ColumnType | Opaque) -> ColumnType | Opaque:
    """A type whose length a constructor that was not followed decides."""
    if isinstance(kind, ColumnType) and kind.name in ("character varying", "character", "numeric"):
        return replace(kind, arguments=OPAQUE)
    return kind


def _strings(value: Value) -> tuple[str, ...] | Opaque:
    items = iterated(value)
    if items is None:
        return OPAQUE
    found = [string(item) for item in items]
    known = tuple(item for item in found if isinstance(item, str))
    return known if len(known) == len(found) else OPAQUE
