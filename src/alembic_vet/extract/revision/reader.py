"""From a revision's file to its identity, and to what it does in each direction."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from alembic_vet.extract.revision.identity import FunctionDef, definition, read_identity, written
from alembic_vet.model.revision import Direction, DirectionName, Revision
from alembic_vet.source.file import SourceFile

if TYPE_CHECKING:
    from alembic_vet.extract.revision.directions import RevisionModule
    from alembic_vet.source.scope import ModuleFinder


def read_revision(file: SourceFile, finder: ModuleFinder | None, dialect: str) -> Revision | None:
    """The revision that a file is; None where it defines no `revision`.

    Raises Unparsable and OSError where the file cannot be read.
    """
    read = read_identity(file)
    if read is None:
        return None
    identity, functions = read
    return Revision(file.name, identity, lambda _: file, _reader(finder, dialect, functions), written)


def _reader(
    finder: ModuleFinder | None, dialect: str, functions: Mapping[str, FunctionDef]
) -> Callable[[SourceFile, DirectionName], Direction]:
    module: RevisionModule | None = None

    def read(file: SourceFile, name: DirectionName) -> Direction:
        nonlocal module
        node = functions.get(name)
        if node is not None and _does_nothing(node.body):
            is_async = isinstance(node, ast.AsyncFunctionDef)
            return Direction(name, definition(file, node), does_nothing=True, is_async=is_async)
        if module is None:
            from alembic_vet.extract.revision.directions import RevisionModule

            module = RevisionModule(file, finder, dialect)
        return module.direction(name)

    return read


def _does_nothing(body: list[ast.stmt]) -> bool:
    for statement in body:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Return(value=None) | ast.Return(value=ast.Constant(value=None)):
                continue
            case _:
                return False
    return True
