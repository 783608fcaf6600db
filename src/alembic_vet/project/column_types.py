"""What the columns of a model say of their types: in a `Column(...)`, or in an annotation alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec.structs import replace

from alembic_vet.extract.revision.terms import short_name
from alembic_vet.extract.revision.types import ENUMS
from alembic_vet.project.model_syntax import class_value
from alembic_vet.source.frame import Frame
from alembic_vet.source.interpreter import Interpreter
from alembic_vet.source.nodes import last_name
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import Anchor, Call, Class, Context, Symbol, Text, Value, constant

_TYPE_MAP = "type_annotation_map"

_COLUMNS = frozenset({"Column", "mapped_column"})
# What may stand first among the arguments of a column that does not say its type.
_ITEMS = frozenset({"Identity", "Sequence", "Computed", "CheckConstraint", "FetchedValue"})


def column_call(value: Value | None) -> Call | None:
    """The `Column(...)` that a value is, or that SQLModel's `Field(sa_column=...)` holds."""
    if not isinstance(value, Call):
        return None
    if short_name(value) in _COLUMNS:
        return value
    return column_call(value.keywords.get("sa_column")) if short_name(value) == "Field" else None


def column_name(column: Call, attribute: str) -> str | None:
    """The column's name in the database; None where it is not known."""
    given = column.keywords.get("name") or (column.args[0] if column.args else None)
    if isinstance(given, Text):
        return given.exact
    return attribute if "name" not in column.keywords and not column.open_ended else None


def column_type(column: Call) -> Value | None:
    """The type that a column is given; None where it is given none. A foreign key takes that of its target."""
    if "type_" in column.keywords:
        return column.keywords["type_"]
    if column.open_ended:
        return OPAQUE
    rest = column.args[1:] if column.args and isinstance(column.args[0], Text) else column.args
    first = rest[0] if rest else None
    return None if isinstance(first, Call) and short_name(first) in _ITEMS else first


def enum_call(written: Value | None) -> Call | None:
    """The `Enum(...)` that PostgreSQL gets, alone or in an array; a `TypeDecorator` may do anything and is none."""
    match written:
        case Call() if short_name(written) in ENUMS:
            return written
        case Call() if short_name(written) == "ARRAY":
            return enum_call(written.argument(0, "item_type"))
        case Call(method="as_mutable", args=[inner, *_]):
            return enum_call(inner)
        case Call(method="with_variant"):
            named = written.keywords.get("dialect_name")
            dialects = [constant(each) for each in (*written.args[1:], *([named] if named else ()))]
            if OPAQUE in dialects:
                return None
            return enum_call(written.argument(0, "type_") if "postgresql" in dialects else written.receiver)
    return None


def annotated_enum(node: ast.expr, frame: Frame, run: Interpreter, *, mapped: bool) -> Class | None:
    """The Python enum of an annotation that says nothing else but that it may be NULL: `Mapped[Mood | None]`.

    Without `mapped` that of a field of SQLModel: `Mood | None`.
    """
    inner = _unquoted(node)
    if mapped:
        if not (isinstance(inner, ast.Subscript) and last_name(inner.value) == "Mapped"):
            return None
        inner = inner.slice
    named = [each for each in _alternatives(inner) if not (isinstance(each, ast.Constant) and each.value is None)]
    if len(named) != 1 or not isinstance(named[0], (ast.Name, ast.Attribute)):
        return None
    found = run.evaluate(named[0], frame)
    return found if isinstance(found, Class) and run.is_enum(found) else None


def default_enum(python: Class) -> Call:
    """What SQLAlchemy and SQLModel make of the annotation alone: `Enum(Mood)`."""
    return Call(Symbol("sqlalchemy.Enum"), (python,), {}, Anchor(python.scope.file, python.node), Context())


def from_type_map(model: Class, python: Class, run: Interpreter) -> Call | Opaque | None:
    """What the `type_annotation_map` of a model's base makes of an annotation; None where the base has none.

    SQLAlchemy looks for the class itself, then for `enum.Enum`, whose `Enum(enum.Enum, ...)` serves for every enum.
    """
    found = _class_with(_TYPE_MAP, model, run, set())
    if found is None:
        return None
    owner, written = found
    if not isinstance(written, ast.Dict) or None in written.keys:
        return OPAQUE
    frame = Frame(owner.scope, {}, (owner.scope.values,), Context())
    general: Value | None = None
    for key, value in zip(written.keys, written.values, strict=True):
        meant = run.evaluate(key, frame) if key is not None else OPAQUE
        if isinstance(meant, Class):
            if meant.node is python.node:
                return enum_call(run.evaluate(value, frame)) or OPAQUE
            if _descends(python, meant, run):
                return OPAQUE
        elif short_name(meant) in ("StrEnum", "IntEnum"):
            return OPAQUE
        elif short_name(meant) == "Enum":
            general = run.evaluate(value, frame)
    if general is None:
        return default_enum(python)
    call = enum_call(general)
    if call is None or len(call.args) != 1 or short_name(call.args[0]) != "Enum":
        return OPAQUE
    return replace(call, args=(python,))


def _descends(cls: Class, from_: Class, run: Interpreter) -> bool:
    bases = [base for base in run.bases(cls) if isinstance(base, Class)]
    return any(base.node is from_.node or _descends(base, from_, run) for base in bases if base.node is not cls.node)


def _class_with(name: str, cls: Class, run: Interpreter, seen: set[int]) -> tuple[Class, ast.expr] | None:
    value = class_value(cls.node, name)
    if value is not None:
        return cls, value
    seen.add(id(cls.node))
    for base in run.bases(cls):
        if isinstance(base, Class) and id(base.node) not in seen:
            found = _class_with(name, base, run, seen)
            if found is not None:
                return found
    return None


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    node = _unquoted(node)
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _alternatives(left)
            yield from _alternatives(right)
        case ast.Subscript(value=value, slice=inner) if last_name(value) == "Optional":
            yield from _alternatives(inner)
        case ast.Subscript(value=value, slice=ast.Tuple(elts=elements)) if last_name(value) == "Union":
            for element in elements:
                yield from _alternatives(element)
        case _:
            yield node


def _unquoted(node: ast.expr) -> ast.expr:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return node
    try:
        return ast.parse(node.value, mode="eval").body
    except (SyntaxError, ValueError):
        return node
