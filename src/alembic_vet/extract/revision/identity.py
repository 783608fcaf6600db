"""Who a revision is: read from the top of its file without following anything."""

from __future__ import annotations

import ast

from alembic_vet.findings import Location
from alembic_vet.model.revision import RevisionIdentity, Written
from alembic_vet.source.file import SourceFile

_LINKS = ("down_revision", "branch_labels", "depends_on")
FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


def read_identity(file: SourceFile) -> tuple[RevisionIdentity, dict[str, FunctionDef]] | None:
    """The identity, annotated or not, and the functions by name; None where no constant `revision` is assigned.

    Raises Unparsable.
    """
    assigned, functions = _defined(file)
    identifiers = _strings(assigned.get("revision"), assigned)
    if len(identifiers) != 1:
        return None
    parents, labels, needed = (_strings(assigned.get(name), assigned) for name in _LINKS)
    return RevisionIdentity(identifiers[0], parents, labels, needed), functions


def written(file: SourceFile) -> Written:
    """Where the file of a revision says who it is.

    Raises Unparsable.
    """
    assigned, _ = _defined(file)
    down = assigned.get("down_revision")
    return Written(file.span(assigned["revision"]), file.span(down) if down else None)


def _defined(file: SourceFile) -> tuple[dict[str, ast.expr], dict[str, FunctionDef]]:
    """What the names at the top of a module stand for: values, and functions."""
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
    return plain, functions


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
