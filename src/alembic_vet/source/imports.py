"""The import statements of a module, and the comments that keep unused ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.source.file import SourceFile

STAR = "*"


class Import(Struct, frozen=True):
    """One alias of an import statement.

    `module` is the absolute dotted module that is loaded, `name` what is taken from it (None for
    `import x`, `*` for a star). `binding` is the name bound, None for a star. `function` is the dotted
    name of the function around it (`Class.method`), None where it runs with the module. `type_checking`: a type checker alone sees
    it; `main_only`: it runs only where the file is run as a script.
    """

    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    module: str
    name: str | None
    binding: str | None
    level: int = 0
    function: str | None = None
    in_try: bool = False
    type_checking: bool = False
    main_only: bool = False

    @property
    def star(self) -> bool:
        return self.name == STAR

    @property
    def executed(self) -> bool:
        """Whether importing the module, or calling what it holds, runs the import."""
        return not (self.type_checking or self.main_only)

    @property
    def target(self) -> str:
        """The dotted name that the binding stands for."""
        if self.name is None:
            return self.module if self.alias.asname else self.module.partition(".")[0]
        return self.module if self.star else f"{self.module}.{self.name}"


class _Place(Struct, frozen=True):
    scope: str = ""
    function: str | None = None
    in_try: bool = False
    type_checking: bool = False
    main_only: bool = False


def import_statements(tree: ast.Module, package: str) -> Iterator[Import]:
    """Every import statement, wherever it stands; `package` is what relative ones start from."""
    yield from _imports(tree.body, package, _Place())


def _imports(body: Sequence[ast.stmt], package: str, place: _Place) -> Iterator[Import]:
    for statement in body:
        if isinstance(statement, _PLAIN):
            continue
        match statement:
            case ast.Import(names=aliases):
                for alias in aliases:
                    bound = alias.asname or alias.name.partition(".")[0]
                    yield _import(statement, alias, alias.name, None, bound, 0, place)
            case ast.ImportFrom(names=aliases, level=level):
                module = absolute_name(statement.module, level, package)
                for alias in aliases:
                    binding = None if alias.name == STAR else alias.asname or alias.name
                    yield _import(statement, alias, module, alias.name, binding, level, place)
            case ast.If(test=test, body=then, orelse=other):
                yield from _imports(then, package, _under(test, place))
                refused = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
                yield from _imports(other, package, _under(refused, place) if refused else place)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                inside = f"{place.scope}{name}"
                yield from _imports(statement.body, package, replace(place, scope=f"{inside}.", function=inside))
            case ast.ClassDef(name=name, body=inner):
                yield from _imports(inner, package, replace(place, scope=f"{place.scope}{name}."))
            case _:
                around = replace(place, in_try=True) if isinstance(statement, ast.Try) else place
                for block in blocks(statement):
                    yield from _imports(block, package, around)


# What most statements are, and what holds no other statement.
_PLAIN = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.Assert, ast.Pass)


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statement lists directly inside a statement."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list):
            yield block
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _under(test: ast.expr, place: _Place) -> _Place:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING") | ast.Constant(value=False):
            return replace(place, type_checking=True)
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return replace(place, main_only=True)
        case _:
            return place


def _import(
    statement: ast.Import | ast.ImportFrom,
    alias: ast.alias,
    module: str,
    name: str | None,
    binding: str | None,
    level: int,
    place: _Place,
) -> Import:
    return Import(
        statement,
        alias,
        module,
        name,
        binding,
        level,
        place.function,
        place.in_try,
        place.type_checking,
        place.main_only,
    )


def absolute_name(module: str | None, level: int, package: str) -> str:
    """The absolute dotted name of a relative import; empty where it leaves the topmost package."""
    if not level:
        return module or ""
    parents = package.split(".") if package else []
    if level - 1 >= len(parents):
        return ""
    kept = parents[: len(parents) - (level - 1)]
    return ".".join([*kept, *([module] if module else [])])


_NOQA = r"(?i)#\s*noqa(?P<codes>\s*:\s*[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?"
_FILE_NOQA = r"(?i)^\s*#\s*(?P<tool>ruff|flake8)\s*:\s*noqa(?P<codes>\s*:\s*[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?\s*$"
_PYLINT = r"#\s*pylint\s*:\s*disable\s*=[^#]*\b(unused-import|unused-wildcard-import|W0611|all)\b"

Marker = Literal["noqa", "comment", "ruff", "flake8", "pylint", "nopycln", "autoflake"]
"""A comment that keeps an unused import: `noqa` (bare or for F401), any other `comment` (autoflake leaves
such lines alone), `ruff` and `flake8` (`noqa` for the file), `pylint`, `nopycln`, `autoflake` (`skip_file`)."""


def unused_import_markers(file: SourceFile, found: Import) -> frozenset[Marker]:
    """The comments that speak about one unused import.

    As ruff 0.17 and autoflake 2.3 read them: on the statement's first line or on the alias's own; on the
    closing parenthesis they count for nothing, after a backslash the last line counts.
    """
    first, last = found.statement.lineno, found.statement.end_lineno or found.statement.lineno
    numbers = {first, found.alias.lineno}
    if file.lines[first - 1].endswith("\\"):
        numbers.add(last)
    markers = file_markers(file)
    for number in numbers:
        comment = file.lines[number - 1].partition("#")
        if comment[1]:
            markers |= _line_markers("#" + comment[2])
    return frozenset(markers)


def _line_markers(comment: str) -> set[Marker]:
    markers: set[Marker] = {"comment"}
    noqa = re.search(_NOQA, comment)
    if noqa and (noqa["codes"] is None or _names_unused_import(noqa["codes"])):
        markers.add("noqa")
    if re.search(_PYLINT, comment):
        markers.add("pylint")
    if "nopycln: import" in comment:
        markers.add("nopycln")
    return markers


def file_markers(file: SourceFile) -> set[Marker]:
    """The comments that keep every unused import of a file."""
    markers: set[Marker] = set()
    if "nopycln: file" in file.text:
        markers.add("nopycln")
    if "autoflake: skip_file" in file.text:
        markers.add("autoflake")
    for line in file.lines:
        if "noqa" not in line:
            continue
        match = re.match(_FILE_NOQA, line)
        if match and (match["codes"] is None or _names_unused_import(match["codes"])):
            markers.add("ruff" if match["tool"].lower() == "ruff" else "flake8")
    return markers


def _names_unused_import(codes: str) -> bool:
    return any(code in ("F401", "F403", "F") or code == "F4" for code in re.findall(r"[A-Z]+[0-9]*", codes.upper()))
