"""Names that a module uses and nothing defines."""

from __future__ import annotations

import ast
import builtins
import symtable

from alembic_vet.source.file import SourceFile

_IMPLICIT = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__package__", "__spec__", "__loader__", "__builtins__", "__path__",
    "__annotations__", "__dict__", "__class__", "__module__", "__qualname__", "WindowsError", "__debug__",
}  # fmt: skip


def undefined_names(file: SourceFile) -> list[tuple[str, ast.Name]]:
    """Each such name with its first use; empty where a star import may define anything.

    Raises Unparsable.
    """
    tree = file.tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            return []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("exec", "globals"):
            return []
    try:
        table = symtable.symtable(file.text, str(file.path), "exec")
    except (SyntaxError, ValueError):
        return []
    defined = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    defined |= {child.get_name() for child in table.get_children()} | _declared_globals(table) | _IMPLICIT
    used = _free_globals(table) - defined
    if not used:
        return []
    first: dict[str, ast.Name] = {}
    guarded = _guarded_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in used - guarded:
            known = first.get(node.id)
            if known is None or (node.lineno, node.col_offset) < (known.lineno, known.col_offset):
                first[node.id] = node
    return sorted(first.items(), key=lambda item: (item[1].lineno, item[1].col_offset))


def _free_globals(table: symtable.SymbolTable) -> set[str]:
    """Names that are looked up in the module from any scope of it."""
    names: set[str] = set()
    for symbol in table.get_symbols():
        at_module = table.get_type() == "module" and not symbol.is_assigned() and not symbol.is_imported()
        if symbol.is_referenced() and (symbol.is_global() or at_module):
            names.add(symbol.get_name())
    for child in table.get_children():
        if _kind(child) != "annotation":
            names |= _free_globals(child)
    return names


def _declared_globals(table: symtable.SymbolTable) -> set[str]:
    names = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_declared_global()}
    for child in table.get_children():
        names |= _declared_globals(child)
    return names


def _kind(table: symtable.SymbolTable) -> str:
    kind = table.get_type()
    return str(getattr(kind, "value", kind))


def _guarded_names(tree: ast.Module) -> set[str]:
    """Names used where their absence is expected: under `except NameError`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any("NameError" in ast.dump(handler.type) for handler in node.handlers
                                             if handler.type):  # fmt: skip
            names |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names
