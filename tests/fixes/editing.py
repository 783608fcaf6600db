"""Rewriting a text in a test, with nodes named by their code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from alembic_vet.findings import Edit, Span
from alembic_vet.fixes.build import Rewrite
from alembic_vet.source.file import SourceFile

PATH = Path("/project/alembic/env.py")


class Code:
    """A file and its rewrite."""

    def __init__(self, text: str, path: Path = PATH) -> None:
        self.file = SourceFile(path, text.encode())
        self.rewrite = Rewrite(self.file)

    def node(self, code: str, *kinds: type[ast.AST]) -> ast.AST:
        """The first node that begins with this code (statements), or is just that (expressions)."""
        for node in ast.walk(self.file.tree):
            if not isinstance(node, kinds or (ast.stmt, ast.expr)):
                continue
            text = self.file.slice(self.file.span(node))
            if text == code or (isinstance(node, ast.stmt) and text.startswith(code)):
                return node
        raise LookupError(code)

    def span(self, code: str, *kinds: type[ast.AST]) -> Span:
        return self.file.span(self.node(code, *kinds))

    def statement(self, code: str) -> Span:
        return self.span(code, ast.stmt)

    def expression(self, code: str) -> Span:
        return self.span(code, ast.expr)

    @property
    def result(self) -> str:
        return applied(self.file, self.rewrite.edits())


def applied(file: SourceFile, edits: tuple[Edit, ...]) -> str:
    return file.with_edits((edit.span, edit.text) for edit in edits).text


def rewritten(text: str, intend: Callable[[Code], object]) -> str:
    """The text after what `intend` asks of `code.rewrite`."""
    code = Code(text)
    intend(code)
    return code.result
