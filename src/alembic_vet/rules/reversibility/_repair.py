"""Fixes that write the missing part of a downgrade, each tried out on the replay before it is offered."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from alembic_vet.extract.revision import read_revision
from alembic_vet.findings import Fix, Safety, Span
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import (
    AddColumn,
    AlterColumn,
    CreateConstraint,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Operation,
    RenameConstraint,
    RenameIndex,
)
from alembic_vet.model.reversal import Undone
from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.project.environment import Environment
from alembic_vet.rules.reversibility._places import places
from alembic_vet.source.file import SourceFile
from alembic_vet.source.unknown import UNSET

if TYPE_CHECKING:
    from alembic_vet.fixes.words import Lines, Words

_MOST_PLACES = 12
# What brings an object into the form that it then has.
_SAYING = (AlterColumn, CreateConstraint, CreateIndex, CreateTable, RenameConstraint, RenameIndex)
_MAKING = (AddColumn, CreateConstraint, CreateIndex, CreateTable, DropColumn, DropConstraint, DropIndex, DropTable)


def repair(subject: Replayed, found: Undone, environment: Environment, title: str, safety: Safety) -> Fix | None:
    """The fix that gives back what one operation changed; None where none can be written, or none holds."""
    from alembic_vet.fixes.restore import restoring

    body = downgrade_body(subject.revision.file)
    # A downgrade that only logs says that there is none.
    if body is None or not subject.revision.downgrade.operations or _loses_rows(subject, found.differences):
        return None

    def written(words: Words) -> Lines:
        return restoring(words, found.differences, subject.before, subject.restored)

    if not found.of_upgrade:
        return _without(subject, found, environment, body, title, safety)
    if any(_is_said(subject, difference) for difference in found.differences):
        return None
    return inserted(subject, environment, written, places(subject, found, body), title, safety,
                    gone=found.differences)  # fmt: skip


def inserted(
    subject: Replayed,
    environment: Environment,
    written: Callable[[Words], Lines],
    places: Sequence[int],
    title: str,
    safety: Safety,
    *,
    gone: Sequence[ObjectDifference],
) -> Fix | None:
    """Lines put into the downgrade at the first of the places, counted in statements, that makes `gone` go."""
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.words import Words

    file = subject.revision.file
    body = downgrade_body(file)
    if body is None:
        return None
    for place in places[:_MOST_PLACES]:
        rewrite = Rewrite(file)
        lines = written(Words(file, rewrite, subject.before.options))
        if not lines:
            return None
        if place:
            rewrite.insert_after(file.span(body[place - 1]), lines)
        else:
            rewrite.insert_before(file.span(body[0]), lines)
        fix = rewrite.fix(title, safety)
        if fix is not None and holds(fix, subject, environment, gone):
            return fix
    return None


def holds(
    fix: Fix,
    subject: Replayed,
    environment: Environment,
    gone: Sequence[ObjectDifference],
    *,
    fewer_failures: bool = False,
) -> bool:
    """Whether the fixed revision loses these differences, and gets no new one and no new failure."""
    file = subject.revision.file
    edits = sorted((edit.span, edit.text) for edit in fix.edits if edit.path == file.path)
    edited = file.with_edits(edits)
    changed = read_revision(edited, environment.modules, environment.dialect)
    if changed is None:
        return False
    is_rest_same = _beside_downgrade(edited) == _beside_downgrade(file)
    again = subject.with_downgrade(changed.downgrade) if is_rest_same else Replayed(changed, subject.before)
    left = {difference for difference in again.differences if not difference.unknown}
    return (
        left <= {difference for difference in subject.differences if not difference.unknown} - set(gone)
        and len(again.failures) <= len(subject.failures)
        and len(again.down_failures) <= len(subject.down_failures) - fewer_failures
        and len(again.again_failures) <= len(subject.again_failures)
    )


def _beside_downgrade(file: SourceFile) -> list[str]:
    """The statements of a revision but its downgrade and imports, as they are written."""
    return [
        file.slice(file.span(node))
        for node in file.tree.body
        if not isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "name", "") != "downgrade"
    ]


def downgrade_body(file: SourceFile) -> list[ast.stmt] | None:
    """The statements of `downgrade()`, without its docstring."""
    found = [
        node
        for node in file.tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "downgrade"
    ]
    if len(found) != 1:
        return None
    body = found[0].body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
        body = body[1:]
    return body


def _loses_rows(subject: Replayed, differences: Sequence[ObjectDifference]) -> bool:
    """Whether NOT NULL would be set on a column that the downgrade adds without a default: it fails on any row."""
    for difference in differences:
        if difference.kind != "column nullability" or difference.after != "NULL" or difference.table is None:
            continue
        column = difference.name[len(f"{difference.table}.") :]
        table, now = subject.after.tables.get(difference.table), subject.restored.tables.get(difference.table)
        if (table is None or column not in table.columns) and (now is None or now.columns[column].default is None):
            return True
    return False


def _is_said(subject: Replayed, difference: ObjectDifference) -> bool:
    """Whether the downgrade itself makes it so: what it says must be changed then, not taken back a line below."""
    if difference.change == "lost":
        return False
    downgrade = subject.revision.downgrade.operations
    if any(_states(operation, difference, subject) for operation in downgrade):
        return True
    names = {difference.name, f"{difference.table}.{difference.after}", str(difference.after), str(difference.table)}
    return any(
        isinstance(operation, _SAYING) and name in names
        for (kind, name), operation in subject.down_culprits.items()
        if kind in (difference.kind, "table") or difference.kind in ("constraint name", "index name")
    )


def _states(operation: Operation, difference: ObjectDifference, subject: Replayed) -> bool:
    """Whether a step gives the property that differs, `alter_column` even the one that the column has already."""
    if isinstance(operation, AddColumn) and difference.kind == "column type":
        return f"{subject.after.key(operation.table)}.{operation.column.name}" == difference.name
    if not isinstance(operation, AlterColumn):
        return False
    given = {
        "column nullability": operation.nullable,
        "column type": operation.type,
        "column default": operation.server_default,
    }
    name = f"{subject.after.key(operation.table)}.{operation.column}"
    return name == difference.name and given.get(difference.kind, UNSET) is not UNSET


def _without(
    subject: Replayed, found: Undone, environment: Environment, body: Sequence[ast.stmt], title: str, safety: Safety
) -> Fix | None:
    """The statement of the downgrade taken away that undoes what nobody has done."""
    from alembic_vet.fixes.build import Rewrite

    file = subject.revision.file
    spans: list[Span] = [file.span(statement) for statement in body]
    own = found.operation.location.span
    if len(spans) < 2 or own not in spans or has_comment(file, own) or not _is_plain(found.operation):
        return None
    # Somebody who asks first knows of databases that are not as the revisions leave them.
    table = getattr(found.operation, "table", None)
    if any(
        getattr(each, "table", None) == table and not _asks_nothing(each)
        for each in subject.revision.upgrade.operations
    ):
        return None
    rewrite = Rewrite(file)
    rewrite.delete_statement(own)
    fix = rewrite.fix(title, safety)
    return fix if fix is not None and holds(fix, subject, environment, found.differences) else None


def _is_plain(operation: Operation) -> bool:
    """Whether an operation makes or drops one thing, whatever is there."""
    return isinstance(operation, _MAKING) and _asks_nothing(operation)


def _asks_nothing(operation: Operation) -> bool:
    tolerant = (getattr(operation, name, False) is not False for name in ("if_exists", "if_not_exists"))
    return not (operation.guards or operation.conditional or any(tolerant))


def has_comment(file: SourceFile, span: Span) -> bool:
    """Whether a comment stands on the lines of a statement, or right above it."""
    above = file.lines[span.line - 2] if span.line > 1 else ""
    return above.lstrip().startswith("#") or any("#" in line for line in file.lines[span.line - 1 : span.end_line])
