"""What a rule wants changed in one Python file, as intentions that become minimal edits."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_vet.findings import Edit, Fix, Safety, Span
from alembic_vet.fixes.blocks import Wrap
from alembic_vet.fixes.calls import KeywordPlan
from alembic_vet.fixes.changes import FixImpossible, applied, to_edits
from alembic_vet.fixes.extraction import Extraction
from alembic_vet.fixes.functions import BodyPlan
from alembic_vet.fixes.naming import Names
from alembic_vet.fixes.plan import Plan
from alembic_vet.fixes.syntax import syntax_of
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
        self._plan = Plan()
        self._names: Names | None = None
        self._unused: list[str] = []

    # Imports

    def name_for(self, qualified: str, *, prefer_module: bool = False) -> str:
        """How the file can say `sqlalchemy.pool.NullPool`: as it already does, else by a new import.

        `prefer_module` asks for `pool.NullPool` rather than `NullPool`; what the standard
        library defines is always reached through its module.
        """
        return self._known().name_for(qualified, prefer_module=prefer_module)

    def add_import(self, statement: str, *, comment: str = "", before: Span | None = None) -> None:
        """Import statements as written; nothing happens where the file has the import already.

        It goes next to related imports, above the statement `before` in any case.
        A name that the file uses for something else is avoided by an alias.
        """
        self._known().import_(statement, comment, before)

    def remove_import_name(self, name: str) -> None:
        """Take a name out of the imports, if nothing uses it once everything else is done."""
        self._unused.append(name)

    # Expressions

    def add_keyword(self, call: Span, keyword: str) -> None:
        """Add `name=value` to a call that lacks the keyword."""
        name, _, value = keyword.partition("=")
        self._keywords(call).added[name.strip()] = value.strip()

    def set_keyword(self, call: Span, keyword: str) -> None:
        """Give a keyword this value, adding it where it is not there."""
        name, _, value = keyword.partition("=")
        self._keywords(call).replaced[name.strip()] = value.strip()

    def remove_keyword(self, call: Span, name: str) -> None:
        """Take a keyword out, with the comment on its line."""
        self._keywords(call).removed.add(name)

    def replace(self, span: Span, text: str, *, drop_comments: bool = False) -> None:
        """Put another text into any range; comments inside it must survive unless dropped expressly."""
        self._plan.replaced.append((span, text, drop_comments))

    def append(self, span: Span, text: str) -> None:
        """Continue an expression, as `.dispose()` does; it gets parentheses where it needs them."""
        self._plan.appended.setdefault(span, []).append(text)

    def surround(self, span: Span, before: str, after: str) -> None:
        """Put an expression into a call, say."""
        self._plan.surrounded.append((span, before, after))

    def await_(self, span: Span) -> None:
        """`await` an expression, unless it is awaited already."""
        self._plan.awaited.append(span)

    # Statements

    def insert_before(self, statement: Span, lines: Sequence[str]) -> None:
        """Lines above a statement and the comments that touch it from above."""
        self._plan.before.append((statement, tuple(lines)))

    def insert_after(self, statement: Span, lines: Sequence[str]) -> None:
        """Lines below a statement and its trailing comment."""
        self._plan.after.append((statement, tuple(lines)))

    def delete_statement(self, statement: Span) -> None:
        """Its own lines go, with the comments on them; comments above stay."""
        self._plan.deleted.append(statement)

    def wrap_in_with(self, first: Span, last: Span, header: str) -> None:
        """Make statements of one block the body of a `with`, or of any other header."""
        self._plan.wraps.append(Wrap(first, last, header))

    def move_to_function(self, first: Span, last: Span, header: str, *, before: Span, leaving: Sequence[str]) -> None:
        """Make statements the body of a new function above `before`; `leaving` are the lines in their place.

        What else is intended inside them is done on the way.
        """
        self._plan.extractions.append(Extraction(first, last, header, before, tuple(leaving)))

    def append_to_module(self, lines: Sequence[str]) -> None:
        """Lines at the end of the file, two blank lines below what is there."""
        self._plan.at_end += lines

    def comment(self, line: int, text: str) -> None:
        """A trailing comment (`noqa: F401`), joined with one that is there."""
        self._plan.remarks.setdefault(line, []).append(text)

    # Functions

    def replace_body(self, function: Span, lines: Sequence[str], *, drop_comments: bool = False) -> None:
        """Other statements for a function, below its docstring."""
        self._plan.bodies[function] = BodyPlan(tuple(lines), drop_comments)

    def make_async(self, statement: Span) -> None:
        """`async def`, `async with` or `async for`."""
        self._plan.asynchrony[statement] = True

    def make_sync(self, statement: Span) -> None:
        """The same without `async`; what the body awaits is not touched."""
        self._plan.asynchrony[statement] = False

    def rename_function(self, function: Span, name: str) -> None:
        """Another name in the definition alone."""
        self._plan.renamed[function] = name

    # Results

    def edits(self) -> tuple[Edit, ...]:
        """The edits that carry out all intentions.

        Raises FixImpossible where they contradict each other or the file's shape, or where
        the result would not compile, lose a comment or use an undefined name.
        """
        file = self._file
        if file.unparsable is not None:
            raise FixImpossible("the file does not parse")
        syntax = syntax_of(file)
        imports = self._names.new if self._names else []
        changes, dropped = self._plan.changes(syntax, imports, ())
        used = _used(applied(file.text, changes), file) if self._unused else set()
        unused = [name for name in dict.fromkeys(self._unused) if name not in used]
        if unused:
            changes, dropped = self._plan.changes(syntax, imports, unused)
        problem = broken(file, applied(file.text, changes), dropped)
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

    def _known(self) -> Names:
        if self._names is None:
            try:
                self._names = Names(self._file.tree)
            except Unparsable as error:
                raise FixImpossible("the file does not parse") from error
        return self._names

    def _keywords(self, call: Span) -> KeywordPlan:
        return self._plan.keywords.setdefault(call, KeywordPlan())


def _used(text: str, file: SourceFile) -> set[str]:
    tree = parsed(text, file)
    if tree is None:
        raise FixImpossible("the result is not valid Python")
    return names_used(tree)
