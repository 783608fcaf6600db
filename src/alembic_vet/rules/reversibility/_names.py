"""Fixes that let a downgrade create a constraint or an index under the name that it had before."""

from __future__ import annotations

import ast

from alembic_vet.findings import Fix, Safety
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import CreateConstraint, CreateIndex, Operation
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


def named_as_before(subject: Replayed, difference: ObjectDifference, environment: Environment) -> Fix | None:
    """The call of the downgrade with the name that the upgrade found; None where another kind of call makes it."""
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.words import Words

    if difference.kind not in ("constraint name", "index name") or difference.before is None:
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
