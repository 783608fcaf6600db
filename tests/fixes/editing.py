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

    def node(self, code: str, kind: type[ast.AST]) -> ast.AST:
        """The last expression that is just this code, or the first statement that begins with it."""
        found = {
            self.file.span(node): node
            for node in ast.walk(self.file.tree)
            if isinstance(node, kind) and self.file.slice(self.file.span(node)).startswith(code)
        }
        if kind is ast.stmt:
            return found[min(found)]
        return found[max(span for span in found if self.file.slice(span) == code)]

    def span(self, code: str, kind: type[ast.AST]) -> Span:
        return self.file.span(self.node(code, kind))

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
