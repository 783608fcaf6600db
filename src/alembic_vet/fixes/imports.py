"""New imports in their place and style, and imports that nothing uses any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from alembic_vet.findings import Span
from alembic_vet.fixes import items
from alembic_vet.fixes.bindings import is_standard
from alembic_vet.fixes.blocks import Blocks
from alembic_vet.fixes.changes import Change
from alembic_vet.fixes.syntax import Syntax

Import = ast.Import | ast.ImportFrom

_COMMA = re.compile(r"(?:[\s\\]|#[^\n]*)*,")


class NewImport(Struct, frozen=True):
    """`import module` where `name` is None, else `from module import name`."""

    module: str
    name: str | None = None
    alias: str | None = None
    comment: str = ""
    before: Span | None = None

    @property
    def item(self) -> str:
        return f"{self.name or self.module}{f' as {self.alias}' if self.alias else ''}"

    @property
    def statement(self) -> str:
        text = f"import {self.item}" if self.name is None else f"from {self.module} import {self.item}"
        return f"{text}  # {self.comment}" if self.comment else text

    @property
    def section(self) -> int:
        return _section(self.module.partition(".")[0])

    @property
    def sort_key(self) -> tuple[int, bool, str, str]:
        return _sort_key(self.module, self.name)


def import_changes(
    syntax: Syntax, blocks: Blocks, new: Sequence[NewImport], removed: Iterable[str]
) -> Iterator[Change]:
    """Changes inside import statements; whole statements go into the plans of `blocks`."""
    tree = syntax.file.tree
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    singly = _one_name_a_line(imports)
    extended: dict[ast.ImportFrom, list[NewImport]] = {}
    for entry in sorted(set(new), key=lambda entry: entry.sort_key):
        host = None if singly or entry.comment or entry.name is None else _host(syntax, imports, entry.module)
        if host is not None and not entry.before:
            extended.setdefault(host, []).append(entry)
    separate = [entry for entry in dict.fromkeys(new) if not any(entry in group for group in extended.values())]
    _place(syntax, blocks, imports, separate)
    gone = set(removed)
    for statement in imports:
        added = extended.get(statement, []) if isinstance(statement, ast.ImportFrom) else []
        names = [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
        indexes = [index for index, name in enumerate(names) if name in gone]
        if added or indexes:
            yield from _edited(syntax, blocks, statement, [entry.item for entry in added], indexes)


def _edited(
    syntax: Syntax, blocks: Blocks, statement: Import, added: list[str], removed: list[int]
) -> Iterator[Change]:
    text = syntax.file.text
    span = syntax.file.span(statement)
    aliases = [_item(syntax, alias) for alias in statement.names]
    if len(removed) == len(aliases) and not added:
        blocks.plan(span).deleted = True
        return
    gone = bool(removed)
    while added and removed:
        old = aliases[removed.pop(0)]
        yield Change(old.start, old.end, added.pop(0))
    for index in removed:
        yield Change(*items.remove(syntax, aliases, index), "")
    if not added:
        return
    start, end = syntax.offsets(span)
    bracketed = text[end - 1] == ")"
    close = end - bracketed
    existing = [text[alias.start : alias.end] for alias in aliases]
    places: dict[int, list[str]] = {}
    for item in added:
        places.setdefault(_index(existing, item), []).append(item)
    if not gone and items.too_long(syntax, start, close, places):
        yield from items.spread(syntax, aliases, places, *(("", "") if bracketed else ("(", ")")))
    else:
        yield from items.insert(syntax, aliases, places, close, bracketed=bracketed)


def _item(syntax: Syntax, alias: ast.alias) -> items.Item:
    start, end = syntax.offsets(syntax.file.span(alias))
    comma = _COMMA.match(syntax.file.text, end)
    return items.Item(start, end, comma.end() if comma else None)


def _index(existing: list[str], item: str) -> int:
    """Where a name goes: in order if the others are, else last."""
    for key in (_by_kind, str.lower, str):
        if existing == sorted(existing, key=key):
            return sum(key(other) < key(item) for other in existing)
    return len(existing)


def _by_kind(name: str) -> str:
    """isort's order: constants, then classes, then the rest."""
    return f"{0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2}{name.lower()}"


def _host(syntax: Syntax, imports: Sequence[Import], module: str) -> ast.ImportFrom | None:
    """The statement that already imports names from a module and can take one more."""
    for node in imports:
        if not isinstance(node, ast.ImportFrom) or node.module != module or node.level:
            continue
        last_line = syntax.file.lines[(node.end_lineno or node.lineno) - 1]
        if node.names[0].name != "*" and "#" not in last_line and "#" not in syntax.file.lines[node.lineno - 1]:
            return node
    return None


def _one_name_a_line(imports: Sequence[Import]) -> bool:
    """Whether the file writes `from m import a` and `from m import b` on two lines."""
    modules = [node.module for node in imports if isinstance(node, ast.ImportFrom) and len(node.names) == 1]
    return len(set(modules)) < len(modules)


def _place(syntax: Syntax, blocks: Blocks, imports: Sequence[Import], new: Sequence[NewImport]) -> None:
    """Whole statements into the plans of the statements beside which they go."""
    after: dict[Span, list[NewImport]] = {}
    before: dict[Span, list[NewImport]] = {}
    for entry in new:
        anchor, behind = _anchor(syntax, imports, entry)
        (after if behind else before).setdefault(anchor, []).append(entry)
    sections = {syntax.file.span(node): _section(_top(node)) for node in imports}
    for span, entries in after.items():
        lines = [line for group in _groups(entries) for line in ("", *group)]
        if sections.get(span) == min(entry.section for entry in entries):
            del lines[0]
        rest = syntax.file.lines[span.end_line : span.end_line + 1]
        if rest and rest[0].strip() and sections.get(span) != entries[-1].section:
            lines.append("")
        blocks.plan(span).after[:0] = lines
    for span, entries in before.items():
        lines = [line for group in _groups(entries) for line in (*group, "")]
        if sections.get(span) == max(entry.section for entry in entries) or any(entry.before for entry in entries):
            del lines[-1]
        blocks.plan(span).before[:0] = lines


def _anchor(syntax: Syntax, imports: Sequence[Import], entry: NewImport) -> tuple[Span, bool]:
    """The statement that a new import stands beside, and whether it stands behind it."""
    file = syntax.file
    if entry.before is not None:
        known = [node for node in imports if file.span(node) < entry.before]
    else:
        known = _leading(file.tree, imports)
    package = entry.module.partition(".")[0]
    near = [node for node in known if _top(node) == package]
    if not near and entry.before is not None:
        return entry.before, False
    section = [node for node in known if _section(_top(node)) == entry.section]
    keys = [_key(node) for node in section]
    # Where `import a` stands above all `from b`, the package does not keep together.
    if not near or (keys == sorted(keys) and entry.name is not None):
        near = section
    if near:
        keys = [_key(node) for node in near]
        smaller = [node for node, key in zip(near, keys, strict=True) if key <= entry.sort_key]
        if keys != sorted(keys):
            return file.span(near[-1]), True
        return (file.span(smaller[-1]), True) if smaller else (file.span(near[0]), False)
    earlier = [node for node in known if _section(_top(node)) < entry.section]
    if earlier:
        return file.span(earlier[-1]), True
    if known:
        return file.span(known[0]), False
    body = file.tree.body
    if ast.get_docstring(file.tree, clean=False) is not None:
        return file.span(body[0]), True
    return file.span(body[0]), False


def _groups(entries: Sequence[NewImport]) -> list[list[str]]:
    """Import lines in order, by section."""
    groups: dict[int, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.section, entry.sort_key)):
        groups.setdefault(entry.section, []).append(entry.statement)
    return list(groups.values())


def _leading(tree: ast.Module, imports: Sequence[Import]) -> list[Import]:
    """The imports above the first function or class."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    end = next((node.lineno for node in tree.body if isinstance(node, definitions)), None)
    return [node for node in imports if end is None or node.lineno < end]


def _section(package: str) -> int:
    if package == "__future__":
        return 0
    if is_standard(package):
        return 1
    return 2 if package in ("sqlalchemy", "alembic") else 3


def _top(node: Import) -> str:
    name = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    return "." if isinstance(node, ast.ImportFrom) and node.level else name.partition(".")[0]


def _key(node: Import) -> tuple[int, bool, str, str]:
    if isinstance(node, ast.ImportFrom):
        return _sort_key(node.module or "", node.names[0].name)
    return _sort_key(node.names[0].name, None)


def _sort_key(module: str, name: str | None) -> tuple[int, bool, str, str]:
    return (0, name is not None, module.lower(), _by_kind(name or ""))
