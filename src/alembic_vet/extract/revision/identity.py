"""Who a revision is: read from the top of its file without following anything."""

from __future__ import annotations

import ast

from msgspec import Struct, field

from alembic_vet.findings import Location
from alembic_vet.source.file import SourceFile

_NAMES = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})
FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


class Identity(Struct):
    """`location` is where the identifier is written, `down_location` where `down_revision` is."""

    identifier: str
    location: Location
    down_revisions: tuple[str, ...] = ()
    down_location: Location | None = None
    branch_labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    functions: dict[str, FunctionDef] = field(default_factory=dict)


def read_identity(file: SourceFile) -> Identity | None:
    """The identity, annotated or not; None where no constant `revision` is assigned.

    Raises Unparsable.
    """
    written: dict[str, ast.expr] = {}
    plain: dict[str, ast.expr] = {}
    functions: dict[str, FunctionDef] = {}
    for statement in file.tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        plain[target.id] = value
                    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                        pairs = zip(target.elts, value.elts, strict=False)
                        plain |= {name.id: inner for name, inner in pairs if isinstance(name, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                plain[name] = value
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                functions[name] = statement
    written = {name: value for name, value in plain.items() if name in _NAMES}
    identifiers = _strings(written.get("revision"), plain)
    if len(identifiers) != 1:
        return None
    node = written["revision"]
    down = written.get("down_revision")
    return Identity(
        identifiers[0],
        file.location(node),
        _strings(down, plain),
        None if down is None else file.location(down),
        _strings(written.get("branch_labels"), plain),
        _strings(written.get("depends_on"), plain),
        functions,
    )


def _strings(node: ast.expr | None, names: dict[str, ast.expr], depth: int = 4) -> tuple[str, ...]:
    match node:
        case ast.Constant(value=str() as known):
            return (known,)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return tuple(known for element in elements for known in _strings(element, names, depth))
        case ast.Name(id=name) if depth and name in names:
            return _strings(names[name], names, depth - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if depth:
            first, second = _strings(left, names, depth - 1), _strings(right, names, depth - 1)
            is_text = len(first) == len(second) == 1 and not isinstance(left, ast.Tuple)
            return (first[0] + second[0],) if is_text else first + second
        case ast.IfExp(body=body, orelse=orelse) if depth:
            return _strings(body, names, depth - 1) or _strings(orelse, names, depth - 1)
        case ast.Call(func=ast.Name(id="tuple" | "list"), args=[inner]):
            return _strings(inner, names, depth)
        case _:
            return ()
