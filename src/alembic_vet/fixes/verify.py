"""Whether a rewritten Python text can stand for the original."""

from __future__ import annotations

import ast
import builtins
import configparser
import warnings
from collections import Counter
from collections.abc import Collection

from alembic_vet.fixes.bindings import bound_names, naming_nodes
from alembic_vet.fixes.tokens import scan
from alembic_vet.source.file import SourceFile, syntax_tree


def broken(before: SourceFile, after: str, may_lose: Collection[str] = ()) -> str | None:
    """What is wrong with `after`, or None: it compiles, names are bound, and comments survive.

    What is wrong with the file already is not its fault.
    """
    tree = parsed(after, before)
    if tree is None:
        return "the result is not valid Python"
    if not compiles(tree) and compiles(before.tree):
        return "the result does not compile"
    unbound = unbound_names(tree)
    names = unbound and unbound - unbound_names(before.tree)
    if names:
        return f"nothing defines {', '.join(sorted(names))}"
    lost = _lost_comments(before.text, after) - Counter(may_lose)
    return f"the comment {min(lost)!r} would be lost" if lost else None


def parsed(text: str, file: SourceFile) -> ast.Module | None:
    """The syntax tree of another text of a file; None where there is none."""
    try:
        return syntax_tree(text, file.name)
    except (SyntaxError, ValueError, RecursionError):
        return None


def compiles(tree: ast.Module) -> bool:
    """Whether the compiler takes the tree: it knows of more errors than the parser (`await` outside of async)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<fix>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True


def unbound_names(tree: ast.Module) -> set[str]:
    """Names that are read and that nothing in the file binds; none where a star import may bind any."""
    naming = naming_nodes(tree)
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in naming):
        return set()
    read = {node.id for node in naming if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return read - set(bound_names(naming)) - set(dir(builtins)) - {"__file__"}


def names_used(tree: ast.Module) -> set[str]:
    """Names that are read, those inside strings (annotations, `__all__`) included."""
    used: set[str] = set()
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load() | ast.Del()):
                used.add(name)
            case ast.Constant(value=str(text)) if node not in texts:
                used.update(text.replace("[", " ").replace("]", " ").replace(".", " ").replace(",", " ").split())
    return used


def _lost_comments(before: str, after: str) -> Counter[str]:
    # A line that stays as it is has its comment still, and most fixes leave all of them: no need for tokens.
    return _comments(before) - _comments(after) if _marked_lines(before) - _marked_lines(after) else Counter()


def _marked_lines(text: str) -> Counter[str]:
    return Counter(line for line in text.split("\n") if "#" in line)


def _comments(text: str) -> Counter[str]:
    return Counter(comment.text for comment in scan(text).comments) if "#" in text else Counter()


def damaged(before: SourceFile, after: SourceFile) -> str | None:
    """Why a file with fixes applied is worse than it was, or None."""
    match before.path.suffix:
        case ".py" if before.unparsable is None:
            tree = parsed(after.text, before)
            if tree is None or (compiles(before.tree) and not compiles(tree)):
                return "the result is not valid Python"
            names = unbound_names(tree) - unbound_names(before.tree)
            return f"nothing would define {', '.join(sorted(names))}" if names else None
        case ".toml" if _is_toml(before.text) and not _is_toml(after.text):
            return "the result is not valid TOML"
        case ".ini" | ".cfg" if _is_ini(before.text) and not _is_ini(after.text):
            return "the result is not a valid ini file"
    return None


def _is_toml(text: str) -> bool:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        tomlkit.parse(text)
    except TOMLKitError:
        return False
    return True


def _is_ini(text: str) -> bool:
    try:
        configparser.RawConfigParser().read_string(text)
    except configparser.Error:
        return False
    return True
