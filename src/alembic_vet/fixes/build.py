"""What a rule wants changed in one Python file, as intentions that become minimal edits."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from alembic_vet.findings import Edit, Fix, Safety, Span
from alembic_vet.fixes import expressions
from alembic_vet.fixes.bindings import Bindings, is_standard
from alembic_vet.fixes.blocks import Blocks, Wrap
from alembic_vet.fixes.calls import KeywordPlan, keyword_changes
from alembic_vet.fixes.changes import Change, FixImpossible, Order, applied, compose, to_edits
from alembic_vet.fixes.extraction import Extraction, extract
from alembic_vet.fixes.functions import BodyPlan, asynchrony_changes, body_changes, rename_changes
from alembic_vet.fixes.imports import NewImport, import_changes
from alembic_vet.fixes.remarks import remark_changes
from alembic_vet.fixes.syntax import Syntax, syntax_of
from alembic_vet.fixes.tokens import scan
from alembic_vet.fixes.verify import broken, names_used, parsed
from alembic_vet.source.file import SourceFile, Unparsable

__all__ = ["FixImpossible", "Rewrite"]


class Rewrite:
    """The intentions of one fix in one file.

    Every span is one that `SourceFile.span` gives for a node of the file as it stands;
    intentions may come in any order and do not see each other. Lines are written
    without the indentation of their place. Nothing is computed, and LibCST not loaded,
    before `edits`.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._bindings: Bindings | None = None
        self._imports: list[NewImport] = []
        self._unused: list[str] = []
        self._keywords: dict[Span, KeywordPlan] = {}
        self._appended: dict[Span, list[str]] = {}
        self._surrounded: list[tuple[Span, str, str]] = []
        self._awaited: list[Span] = []
        self._replaced: list[tuple[Span, str, bool]] = []
        self._before: list[tuple[Span, list[str]]] = []
        self._after: list[tuple[Span, list[str]]] = []
        self._deleted: list[Span] = []
        self._wraps: list[Wrap] = []
        self._extractions: list[Extraction] = []
        self._at_end: list[str] = []
        self._remarks: dict[int, list[str]] = {}
        self._bodies: dict[Span, BodyPlan] = {}
        self._async: dict[Span, bool] = {}
        self._renamed: dict[Span, str] = {}

    # Imports

    def name_for(self, qualified: str, *, prefer_module: bool = False) -> str:
        """How the file can say `sqlalchemy.pool.NullPool`: as it already does, else by a new import.

        `prefer_module` asks for `pool.NullPool` rather than `NullPool`; what the standard
        library defines is always reached through its module.
        """
        bindings = self._known()
        known = bindings.reach(qualified)
        if known is not None:
            return known
        module, _, name = qualified.rpartition(".")
        package, _, last = module.rpartition(".")
        if (prefer_module and bindings.is_free(last) and not is_standard(last)) or is_standard(module):
            alias = bindings.free_name(last)
            entry = NewImport(package or module, last if package else None, alias if alias != last else None)
            bindings.add(alias, module)
            self._imports.append(entry)
            return f"{alias}.{name}"
        alias = bindings.free_name(name)
        bindings.add(alias, qualified)
        self._imports.append(NewImport(module, name, alias if alias != name else None))
        return alias

    def add_import(self, statement: str, *, comment: str = "", before: Span | None = None) -> None:
        """Import statements as written; nothing happens where the file has the import already.

        It goes next to related imports, above the statement `before` in any case.
        A name that the file uses for something else is avoided by an alias.
        """
        bindings = self._known()
        for node in ast.parse(statement).body:
            assert isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names:
                self._imports += self._new_import(bindings, node, alias, comment, before)

    def remove_import_name(self, name: str) -> None:
        """Take a name out of the imports, if nothing uses it once everything else is done."""
        self._unused.append(name)

    # Expressions

    def add_keyword(self, call: Span, keyword: str) -> None:
        """Add `name=value` to a call that lacks the keyword."""
        name, _, value = keyword.partition("=")
        self._keyword_plan(call).added[name.strip()] = value.strip()

    def set_keyword(self, call: Span, keyword: str) -> None:
        """Give a keyword this value, adding it where it is not there."""
        name, _, value = keyword.partition("=")
        self._keyword_plan(call).replaced[name.strip()] = value.strip()

    def remove_keyword(self, call: Span, name: str) -> None:
        self._keyword_plan(call).removed.add(name)

    def replace(self, span: Span, text: str, *, drop_comments: bool = False) -> None:
        """Put another text into any range; comments inside it must survive unless dropped expressly."""
        self._replaced.append((span, text, drop_comments))

    def append(self, span: Span, text: str) -> None:
        """Continue an expression, as `.dispose()` does; it gets parentheses where it needs them."""
        self._appended.setdefault(span, []).append(text)

    def surround(self, span: Span, before: str, after: str) -> None:
        """Put an expression into a call, say."""
        self._surrounded.append((span, before, after))

    def await_(self, span: Span) -> None:
        """`await` an expression, unless it is awaited already."""
        self._awaited.append(span)

    # Statements

    def insert_before(self, statement: Span, lines: Sequence[str]) -> None:
        self._before.append((statement, list(lines)))

    def insert_after(self, statement: Span, lines: Sequence[str]) -> None:
        """Lines below a statement and its trailing comment."""
        self._after.append((statement, list(lines)))

    def delete_statement(self, statement: Span) -> None:
        """Its own lines go, with the comments on them; comments above stay."""
        self._deleted.append(statement)

    def wrap_in_with(self, first: Span, last: Span, header: str) -> None:
        """Make statements of one block the body of a `with`, or of any other header."""
        self._wraps.append(Wrap(first, last, header))

    def move_to_function(self, first: Span, last: Span, header: str, *, before: Span, leaving: Sequence[str]) -> None:
        """Make statements the body of a new function above `before`; `leaving` are the lines in their place."""
        self._extractions.append(Extraction(first, last, header, before, tuple(leaving)))

    def append_to_module(self, lines: Sequence[str]) -> None:
        """Lines at the end of the file, two blank lines below what is there."""
        self._at_end += lines

    def comment(self, line: int, text: str) -> None:
        """A trailing comment (`noqa: F401`), joined with one that is there."""
        self._remarks.setdefault(line, []).append(text)

    # Functions

    def replace_body(self, function: Span, lines: Sequence[str], *, drop_comments: bool = False) -> None:
        """All statements of a function but its docstring."""
        self._bodies[function] = BodyPlan(tuple(lines), drop_comments)

    def make_async(self, statement: Span) -> None:
        """`async def`, `async with` or `async for`."""
        self._async[statement] = True

    def make_sync(self, statement: Span) -> None:
        """The same without `async`; what the body awaits is not touched."""
        self._async[statement] = False

    def rename_function(self, function: Span, name: str) -> None:
        """Another name in the definition alone."""
        self._renamed[function] = name

    # Results

    def edits(self) -> tuple[Edit, ...]:
        """The edits that carry out all intentions.

        Raises FixImpossible where they contradict each other or the file's shape, or where
        the result would not compile, lose a comment or use an undefined name.
        """
        file = self._file
        try:
            tree = file.tree
        except Unparsable as error:
            raise FixImpossible("the file does not parse") from error
        syntax = syntax_of(file)
        changes, dropped = self._changes(syntax, tree, ())
        unused = [name for name in dict.fromkeys(self._unused) if name not in _used(applied(file.text, changes))]
        if unused:
            changes, dropped = self._changes(syntax, tree, unused)
        problem = broken(file.text, applied(file.text, changes), dropped)
        if problem is not None:
            raise FixImpossible(problem)
        return to_edits(file, changes)

    def fix(self, title: str, safety: Safety) -> Fix | None:
        """The fix, or None where it is impossible or changes nothing."""
        try:
            edits = self.edits()
        except FixImpossible:
            return None
        return Fix(title, safety, edits) if edits else None

    def _changes(self, syntax: Syntax, tree: ast.Module, unused: Sequence[str]) -> tuple[list[Change], list[str]]:
        blocks = Blocks(syntax)
        gone: list[tuple[int, int]] = []
        changes: list[Change] = []
        for span, text, drop_comments in self._replaced:
            start, end = syntax.offsets(span)
            changes.append(Change(start, end, text))
            if drop_comments:
                gone.append((start, end))
        changes += remark_changes(syntax.file, self._remarks, gone)
        for span, texts in self._appended.items():
            changes += expressions.append(syntax, span, texts)
        for span, before, after in self._surrounded:
            changes += expressions.surround(syntax, span, before, after)
        for span in self._awaited:
            changes += expressions.await_(syntax, span)
        for span, plan in self._keywords.items():
            changes += keyword_changes(syntax, span, plan, gone)
        for span, lines in self._before:
            blocks.plan(span).above += lines
        for span, lines in self._after:
            blocks.plan(span).after += lines
        for span in self._deleted:
            blocks.plan(span).deleted = True
        blocks.wraps = list(self._wraps)
        for span, body in self._bodies.items():
            changes += body_changes(syntax, span, body, gone)
        for span, is_async in self._async.items():
            changes += asynchrony_changes(syntax, span, is_async)
        for span, name in self._renamed.items():
            changes += rename_changes(syntax, span, name)
        if self._imports or unused:
            changes += import_changes(syntax, blocks, self._imports, unused)
        found, deeper = blocks.changes()
        changes += found
        for extraction in self._extractions:
            changes, deeper = extract(syntax, blocks, extraction, changes, deeper)
        if self._at_end:
            changes.append(_at_end(syntax.file.text, self._at_end))
        lost = [
            comment.text
            for comment in scan(syntax.file.text).comments
            for start, end in gone + blocks.gone
            if start <= syntax.file.offset(comment.line, comment.column) < end
        ]
        return compose(changes, deeper), lost

    def _known(self) -> Bindings:
        if self._bindings is None:
            self._bindings = Bindings(self._file.tree)
        return self._bindings

    def _keyword_plan(self, call: Span) -> KeywordPlan:
        return self._keywords.setdefault(call, KeywordPlan())

    def _new_import(
        self, bindings: Bindings, node: ast.Import | ast.ImportFrom, alias: ast.alias, comment: str, before: Span | None
    ) -> list[NewImport]:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        name = alias.name if isinstance(node, ast.ImportFrom) else None
        qualified = f"{module}.{name}" if name else module
        bound = alias.asname or (name or module.partition(".")[0])
        if bindings.has_import(bound, qualified):
            return []
        if name is None and alias.asname is None and "." in module and not bindings.may_bind(bound, bound):
            module, _, name = module.rpartition(".")
            bound = name
        if not bindings.may_bind(bound, qualified if name or alias.asname else bound):
            bound = bindings.free_name(bound)
        bindings.add(bound, qualified if name or alias.asname else bound)
        plain = name or module.partition(".")[0]
        return [NewImport(module, name, bound if alias.asname or bound != plain else None, comment, before)]


def _used(text: str) -> set[str]:
    tree = parsed(text)
    if tree is None:
        raise FixImpossible("the result is not valid Python")
    return names_used(tree)


def _at_end(text: str, lines: Sequence[str]) -> Change:
    body = "\n".join(lines).strip("\n")
    present = len(text) - len(text.rstrip("\n"))
    gap = "\n" * max(0, 3 - present) if text.strip() else ""
    return Change(len(text), len(text), f"{gap}{body}\n", Order.AFTER, 1, anchor=-1)
