"""Who a revision is: read from the top of its file without following anything."""

from __future__ import annotations

import ast

from alembic_vet.findings import Location
from alembic_vet.model.revision import RevisionIdentity
from alembic_vet.source.file import SourceFile

_NAMES = frozenset({"revision", "down_revision", "branch_labels", "depends_on"})
FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


def read_identity(file: SourceFile) -> tuple[RevisionIdentity, dict[str, FunctionDef]] | None:
    """The identity, annotated or not, and the functions by name; None where no constant `revision` is assigned.

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
    identity = RevisionIdentity(
        identifiers[0],
        file.span(node),
        _strings(down, plain),
        None if down is None else file.span(down),
        _strings(written.get("branch_labels"), plain),
        _strings(written.get("depends_on"), plain),
    )
    return identity, functions


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


def definition(file: SourceFile, node: ast.AST) -> Location:
    """The line on which a function's definition starts."""
    return Location(file.path, file.whole_line(file.span(node).line))
