"""Fixes that change what a downgrade says: the name of what it creates, or whether a column takes NULL."""

from __future__ import annotations

import ast

from alembic_vet.findings import Fix, Safety
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import AlterColumn, CreateConstraint, CreateIndex, Operation
from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.project.environment import Environment
from alembic_vet.rules.reversibility._repair import holds
from alembic_vet.source.file import SourceFile

_KEYWORDS = {
    "create_foreign_key": "constraint_name",
    "create_unique_constraint": "constraint_name",
    "create_check_constraint": "constraint_name",
    "create_primary_key": "constraint_name",
    "create_index": "index_name",
}


def said_right(subject: Replayed, difference: ObjectDifference, environment: Environment) -> Fix | None:
    """The call of the downgrade as it would have to be; None where no single call says it wrong."""
    match difference.kind:
        case "constraint name" | "index name":
            return _named_as_before(subject, difference, environment)
        case "column nullability":
            return _nullable_as_before(subject, difference, environment)
        case _:
            return None


def _nullable_as_before(subject: Replayed, difference: ObjectDifference, environment: Environment) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    said = {True: "NULL", False: "NOT NULL"}
    calls = [
        operation
        for operation in subject.revision.downgrade.operations
        if isinstance(operation, AlterColumn)
        and f"{subject.after.key(operation.table)}.{operation.column}" == difference.name
        and isinstance(operation.nullable, bool)
    ]
    if len(calls) != 1 or said[calls[0].nullable is True] != difference.after:
        return None
    file = subject.revision.file
    for node in ast.walk(file.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="alter_column")) if file.span(node) == calls[0].location.span:
                for keyword in node.keywords:
                    if keyword.arg == "nullable" and isinstance(keyword.value, ast.Constant):
                        rewrite = Rewrite(file)
                        rewrite.replace(file.span(keyword.value), str(difference.before == "NULL"))
                        fix = rewrite.fix(f"Make it {difference.before}", Safety.UNSAFE)
                        return fix if fix is not None and holds(fix, subject, environment, [difference]) else None
    return None


def _named_as_before(subject: Replayed, difference: ObjectDifference, environment: Environment) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.words import Words

    if difference.before is None:
        return None
    made = {f"{difference.table}.{difference.after}", str(difference.after)}
    calls = [
        operation
        for (_, name), operation in subject.down_culprits.items()
        if name in made and isinstance(operation, (CreateConstraint, CreateIndex))
    ]
    file = subject.revision.file
    argument = _argument(file, calls[0]) if len(calls) == 1 else None
    if argument is None:
        return None
    rewrite = Rewrite(file)
    name = difference.before.rpartition(".")[2]
    rewrite.replace(file.span(argument), Words(file, rewrite, environment.history.options).string(name))
    fix = rewrite.fix(f"Call it `{name}`", Safety.UNSAFE)
    return fix if fix is not None and holds(fix, subject, environment, [difference]) else None


def _argument(file: SourceFile, operation: Operation) -> ast.expr | None:
    """The name as the call has it, where it is written there: None, a string, `op.f("...")`."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=method)) if method in _KEYWORDS:
                if file.span(node) != operation.location.span:
                    continue
                given = next((each.value for each in node.keywords if each.arg == _KEYWORDS[method]), None)
                match given or (node.args[0] if node.args else None):
                    case ast.Constant() as written:
                        return written
                    case ast.Call(func=ast.Attribute(attr="f"), args=[ast.Constant()]) as written:
                        return written
    return None
