"""A downgrade that gives enum types the labels back that they had before their revision."""

from __future__ import annotations

import ast

from alembic_vet.findings import Fix, Safety
from alembic_vet.fixes.build import FixImpossible, Rewrite
from alembic_vet.fixes.enum_downgrade_body import DowngradeBody
from alembic_vet.fixes.python_code import INDENT
from alembic_vet.fixes.tokens import scan
from alembic_vet.fixes.words import Words
from alembic_vet.model.enum_swap import EnumDowngrade, InDoubt, enum_downgrade
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.history import SchemaHistory
from alembic_vet.model.revision import Revision
from alembic_vet.source.file import SourceFile


def enum_downgrade_fix(history: SchemaHistory, graph: RevisionGraph, revision: Revision, rows: str) -> Fix | None:
    """What takes the labels of a revision away again, or gives them their old names.

    It takes the place of a body that does nothing or only refuses, and follows one that does something else.
    `rows` is the setting `enum-downgrade-rows`. None where the replay does not know all that the types are used
    by, or where the function has a shape that nothing can be added to.
    """
    function = _function(revision)
    if function is None:
        return None
    rewrite = Rewrite(revision.file)
    try:
        downgrade = enum_downgrade(history, graph, revision)
        words = Words(revision.file, rewrite, downgrade.options)
        lines = DowngradeBody(rewrite, words, downgrade, rows, _names(revision.file)).lines()
    except (InDoubt, FixImpossible):
        return None
    _place(rewrite, revision, function, lines)
    return rewrite.fix(_title(downgrade), Safety.UNSAFE)


def _title(downgrade: EnumDowngrade) -> str:
    names = " and ".join(f"`{swap.key}`" for swap in downgrade.swaps)
    return f"Write a downgrade that restores the values of {names}"


def _function(revision: Revision) -> ast.FunctionDef | None:
    """`downgrade()`, where it is a plain function of the file itself whose end is reached, or that only refuses."""
    direction = revision.downgrade
    if direction.location is None or direction.location.path != revision.file.path or direction.is_async:
        return None
    found = [node for node in revision.file.tree.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"]
    if len(found) != 1:
        return None
    if direction.does_nothing or _only_refuses(found[0]):
        return found[0]
    leaves = any(isinstance(node, (ast.Return, ast.Raise, ast.Yield)) for node in ast.walk(found[0]))
    return None if leaves or direction.refuses or not direction.complete else found[0]


def _only_refuses(function: ast.FunctionDef) -> bool:
    """Whether somebody has left the downgrade for later; another exception says that there is not to be one."""
    match _statements(function):
        case [ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return True
    return False


def _statements(function: ast.FunctionDef) -> list[ast.stmt]:
    """The body without its docstring."""
    return function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body


def _place(rewrite: Rewrite, revision: Revision, function: ast.FunctionDef, lines: list[str]) -> None:
    file = revision.file
    unit = _unit(file, function)
    lines = [_indented(line, unit) for line in lines]
    if revision.downgrade.does_nothing or _only_refuses(function):
        comments = _comments(file, function)
        rewrite.replace_body(file.span(function), [*comments, *([""] if comments else []), *lines], drop_comments=True)
    else:
        rewrite.insert_after(file.span(function.body[-1]), ["", *lines])


def _comments(file: SourceFile, function: ast.FunctionDef) -> list[str]:
    """The comments of a body that is replaced, those on its lines and those above and between them."""
    has_docstring = len(_statements(function)) < len(function.body)
    before = (function.body[0].end_lineno or 0) if has_docstring else _header_end(function)
    on_one_line = function.body[-1].lineno == function.lineno
    end = function.body[-1].end_lineno or before
    return [each.text for each in scan(file.text).comments if before - on_one_line < each.line <= end]


def _header_end(function: ast.FunctionDef) -> int:
    arguments = [node for node in ast.walk(function.args) if isinstance(node, (ast.expr, ast.arg))]
    ends = [node.end_lineno or 0 for node in (*arguments, *filter(None, [function.returns]))]
    return max([function.lineno, *ends])


def _unit(file: SourceFile, function: ast.FunctionDef) -> str:
    first = function.body[0]
    return INDENT if first.lineno == function.lineno else file.lines[first.lineno - 1][: first.col_offset]


def _indented(line: str, unit: str) -> str:
    depth = (len(line) - len(line.lstrip(" "))) // len(INDENT)
    return unit * depth + line[depth * len(INDENT) :]


def _names(file: SourceFile) -> set[str]:
    """Every name that the file uses for something."""
    found = {node.id for node in ast.walk(file.tree) if isinstance(node, ast.Name)}
    found |= {node.name for node in ast.walk(file.tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in ast.walk(file.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found | {"op", "sa", "context", "text", "postgresql"}
