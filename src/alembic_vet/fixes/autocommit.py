"""Statements that add enum labels, moved into `autocommit_block()`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from alembic_vet.findings import Fix, Location, Safety, Span
from alembic_vet.fixes.build import Rewrite
from alembic_vet.fixes.definitions import definition, is_used_once
from alembic_vet.model.operations import AddEnumValue, Operation
from alembic_vet.model.revision import Direction
from alembic_vet.source.file import SourceFile
from alembic_vet.source.sql import HOLE, statements, tokenize

_ADD_VALUE = re.compile(r"\badd\s+value\b(?!\s+if\b)", re.IGNORECASE)
_Insertion = tuple[Span, str]
_TITLE = "Run it in `autocommit_block()`"
_REPEATABLE = "Run it in `autocommit_block()`, with `IF NOT EXISTS`"


def autocommit_fixes(
    file: SourceFile, direction: Direction, *, known_safe: bool = True, alone: bool = False
) -> Mapping[Location, Fix]:
    """A fix for each place that adds a label within the transaction, where there is one.

    Neighbouring statements share a block, and so a fix. It is safe where the functions hold nothing else and
    `known_safe`. `alone`: a statement must be sent by itself, as before PostgreSQL 12.
    """
    sites = list(_sites(file, direction.operations, alone=alone))
    blocks = list(_blocks(file, direction.operations, sites))
    only_labels = direction.complete and all(isinstance(operation, AddEnumValue) for operation in direction.operations)
    fixes: dict[Location, Fix] = {}
    for block in blocks:
        safe = known_safe and only_labels and _holds_nothing_else(file, direction, block, blocks)
        fix = _fix(file, block, Safety.SAFE if safe else Safety.UNSAFE)
        if fix is not None:
            fixes.update(dict.fromkeys((place for site in block.sites for place in site.places), fix))
    return fixes


class _Site(Struct, frozen=True):
    """A statement that adds labels and does nothing else, and where it lacks `IF NOT EXISTS`."""

    statement: ast.stmt
    places: tuple[Location, ...]
    insertions: tuple[_Insertion, ...]


class _Block(Struct, frozen=True):
    """Neighbouring statements of one block, which hold the sites."""

    first: ast.stmt
    last: ast.stmt
    sites: tuple[_Site, ...]


def _sites(file: SourceFile, operations: Sequence[Operation], *, alone: bool) -> Iterator[_Site]:
    grouped: dict[ast.stmt, tuple[ast.Call, list[AddEnumValue]]] = {}
    for operation in operations:
        if isinstance(operation, AddEnumValue) and not operation.autocommit and operation.location.path == file.path:
            call = _call_around(file, operation.location.span)
            statement = file.statement(call) if call is not None else None
            if call is not None and isinstance(statement, (ast.Expr, ast.Assign)):
                grouped.setdefault(statement, (call, []))[1].append(operation)
    for statement, (call, added) in grouped.items():
        if len(_within(file.span(statement), operations)) > len(added) or not _on_bind(file, call):
            continue
        texts = list(_texts(file, call))
        bare = [operation for operation in added if not _may_be_repeated(operation)]
        insertions = [insertion for text in texts for insertion in _insertions(file, text)]
        repeats = any(isinstance(each, (ast.For, ast.comprehension)) for each in file.around(call)) or len(
            {operation.location for operation in added}
        ) < len(added)
        if bare and (not insertions or (len(insertions) < len(bare) and not repeats)):
            continue
        if alone and not all(_is_alone(text) for text in texts):
            continue
        places = tuple(dict.fromkeys(operation.location for operation in added))
        is_tried = any(isinstance(each, ast.Try) for each in file.around(call))
        yield _Site(statement, places, tuple(insertions) if bare or is_tried else ())


def _call_around(file: SourceFile, span: Span) -> ast.Call | None:
    calls = [node for node in ast.walk(file.tree) if isinstance(node, ast.Call) and file.span(node).contains(span)]
    return min(calls, key=lambda node: len(file.slice(file.span(node))), default=None)


def _within(span: Span, operations: Iterable[Operation]) -> list[Operation]:
    return [operation for operation in operations if span.contains(operation.location.span)]


def _may_be_repeated(operation: AddEnumValue) -> bool:
    return operation.if_not_exists or any(guard.thing == "label" and not guard.exists for guard in operation.guards)


# Who executes it


def _on_bind(file: SourceFile, call: ast.Call) -> bool:
    """Whether Alembic's own connection executes it: a session or another connection has a transaction of its own."""
    outer = [each for each in file.around(call) if isinstance(each, ast.Call)]
    receiver = next(
        (
            each.func.value
            for each in (call, *outer)
            if isinstance(each.func, ast.Attribute) and each.func.attr.startswith(("exec", "scalar"))
        ),
        None,
    )
    if isinstance(receiver, ast.Name) and receiver.id != "op":
        receiver = definition(file, receiver)
    return receiver is not None and _is_bind(receiver)


def _is_bind(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="op") | ast.Call(func=ast.Attribute(attr="get_bind")):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Attribute(attr="get_context")), attr="bind" | "connection"):
            return True
        case ast.Attribute(value=ast.Name(id="alembic"), attr="op"):
            return True
        case _:
            return False


# What the statement says, and where that is written


def _texts(file: SourceFile, node: ast.AST, depth: int = 4) -> Iterator[ast.expr]:
    """The strings that make up what is executed and that say ADD VALUE, followed through names used once."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            if "value" in _content(node).lower():
                yield node
        case ast.Name() if depth:
            value = definition(file, node)
            if value is not None and is_used_once(file, node):
                yield from _texts(file, value, depth - 1)
        case ast.Call(func=func, args=args, keywords=keywords):
            for each in (func, *args, *keywords):
                yield from _texts(file, each, depth)
        case _:
            for each in ast.iter_child_nodes(node):
                yield from _texts(file, each, depth)


def _content(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_content(value) for value in values)
        case _:
            return HOLE


def _insertions(file: SourceFile, text: ast.expr) -> list[_Insertion]:
    """Where `IF NOT EXISTS` goes in a string; nowhere unless the source shows the statements as they are."""
    span = file.span(text)
    start = file.offset(span.line, span.column)
    found = list(_ADD_VALUE.finditer(file.slice(span)))
    if len(found) != _bare(_content(text)):
        return []
    return [
        (_at(file, start + match.end()), " if not exists" if match[0].islower() else " IF NOT EXISTS")
        for match in found
    ]


def _bare(sql: str) -> int:
    """How many ADD VALUE without IF NOT EXISTS there are, in blocks too."""
    tokens = tokenize(sql)
    inside = sum(_bare(token.value) for token in tokens if token.is_dollar_quoted)
    return inside + sum(
        first.is_word("add") and second.is_word("value") and not third.is_word("if")
        for first, second, third in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


def _at(file: SourceFile, offset: int) -> Span:
    before = file.text[:offset]
    return Span.empty(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _is_alone(text: ast.expr) -> bool:
    found = list(statements(_content(text)))
    return len(found) == 1 and found[0].tokens[0].is_word("alter")


# What to wrap


def _blocks(file: SourceFile, operations: Sequence[Operation], sites: Sequence[_Site]) -> Iterator[_Block]:
    held: dict[ast.stmt, list[_Site]] = {}
    for site in sites:
        if not any(isinstance(each, (ast.With, ast.AsyncWith)) for each in file.around(site.statement)):
            held.setdefault(_unit(file, site, operations, sites), []).append(site)
    for row in _rows(file.tree):
        places = [place for place, statement in enumerate(row) if statement in held]
        for start in places:
            if start - 1 in places:
                continue
            end = start
            while end + 1 in places:
                end += 1
            found = tuple(site for statement in row[start : end + 1] for site in held[statement])
            yield _Block(row[start], row[end], found)


def _unit(file: SourceFile, site: _Site, operations: Sequence[Operation], sites: Sequence[_Site]) -> ast.stmt:
    """The statement, or the outermost loop around it that does nothing but what such statements do."""
    unit = site.statement
    covered = {place for each in sites for place in each.places}
    for each in file.around(site.statement):
        if not isinstance(each, (ast.For, ast.If)):
            break
        within = _within(file.span(each), operations)
        if isinstance(each, ast.For) and all(operation.location in covered for operation in within):
            unit = each
    return unit


def _rows(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            row = getattr(node, name, None)
            if isinstance(row, list) and row:
                yield row


def _holds_nothing_else(file: SourceFile, direction: Direction, block: _Block, blocks: Sequence[_Block]) -> bool:
    wrapped = {statement for each in blocks for statement in _wrapped(file, each)}
    functions = [each for each in file.around(block.first) if isinstance(each, ast.FunctionDef)]
    functions += [each for each in file.tree.body if isinstance(each, ast.FunctionDef) and each.name == direction.name]
    local = {each.name for each in file.tree.body if isinstance(each, ast.FunctionDef)}
    return all(_is_quiet(statement, wrapped, local) for function in functions for statement in function.body)


def _wrapped(file: SourceFile, block: _Block) -> list[ast.stmt]:
    row = next(row for row in _rows(file.tree) if block.first in row)
    return row[row.index(block.first) : row.index(block.last) + 1]


def _is_quiet(statement: ast.stmt, wrapped: set[ast.stmt], local: set[str]) -> bool:
    """Whether a statement leaves the database alone, but for what is wrapped in it."""
    if statement in wrapped:
        return True
    match statement:
        case ast.Pass() | ast.Return() | ast.Assign() | ast.AnnAssign() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()) | ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in local
        case ast.If(body=body, orelse=orelse) | ast.For(body=body, orelse=orelse):
            return all(_is_quiet(each, wrapped, local) for each in (*body, *orelse))
        case _:
            return False


def _fix(file: SourceFile, block: _Block, safety: Safety) -> Fix | None:
    rewrite = Rewrite(file)
    op = rewrite.name_for("alembic.op")
    rewrite.wrap_in_with(file.span(block.first), file.span(block.last), f"with {op}.get_context().autocommit_block():")
    insertions = dict(insertion for site in block.sites for insertion in site.insertions)
    for span, text in insertions.items():
        rewrite.replace(span, text)
    return rewrite.fix(_REPEATABLE if insertions else _TITLE, safety)
