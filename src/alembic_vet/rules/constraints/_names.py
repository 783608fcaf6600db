"""Names that drop a constraint or an index, and those that it has."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from alembic_vet.findings import Fix, Safety
from alembic_vet.model.history import Failure, Replayed
from alembic_vet.model.operations import Operation
from alembic_vet.model.schema.objects import ConstraintState, Key
from alembic_vet.model.schema.problems import ConstraintMissing, ConstraintUnnamed, IndexMissing
from alembic_vet.project.environment import Environment
from alembic_vet.source.file import SourceFile
from alembic_vet.source.nodes import keyword

_METHODS = {
    "drop_constraint": "constraint_name",
    "drop_index": "index_name",
    **dict.fromkeys(
        (
            "create_check_constraint",
            "create_exclude_constraint",
            "create_foreign_key",
            "create_primary_key",
            "create_unique_constraint",
        ),
        "constraint_name",
    ),
}


def all_failures(subject: Replayed) -> list[Failure]:
    """What fails on the way up; where nothing does, what fails on the way down."""
    return subject.failures if subject.failures or subject.revision.downgrade.refuses else subject.down_failures


def meant(subject: Replayed, failure: Failure) -> str | None:
    """The name of what is surely meant: the one candidate, or one of as many as are dropped."""
    candidates = _candidates(subject, failure)
    place = [each for each in all_failures(subject) if _alike(each, failure)].index(failure)
    others = sum(_alike(each, failure) for each in all_failures(subject))
    return candidates[place] if len(candidates) == others else None


def _alike(one: Failure, two: Failure) -> bool:
    """Whether two failures drop things of the same kind from the same table."""
    mine, theirs = one[1], two[1]
    if isinstance(mine, (ConstraintMissing, ConstraintUnnamed)):
        return type(mine) is type(theirs) and (mine.table, mine.kind) == (theirs.table, theirs.kind)
    return isinstance(mine, IndexMissing) and isinstance(theirs, IndexMissing) and _table(one[0]) == _table(two[0])


def _table(operation: Operation) -> str:
    return str(getattr(operation, "table", None))


def _candidates(subject: Replayed, failure: Failure) -> list[str]:
    """What the upgrade made and the downgrade leaves, else what there is at all."""
    problem = failure[1]
    if isinstance(problem, IndexMissing):
        made = [key for key in problem.similar if key not in subject.before.indexes]
        return [key.name for key in made if key in subject.restored.indexes]
    if not isinstance(problem, (ConstraintMissing, ConstraintUnnamed)):
        return []
    similar = problem.similar if isinstance(problem, ConstraintMissing) else problem.candidates
    known = [each for each in similar if each.name_known and not each.doubt]
    upward = failure in subject.failures
    if len(known) != len(similar) or upward:
        return [each.name for each in known] if len(known) == len(similar) else []
    before = _constraints(subject, problem.table)
    return [each.name for each in known if before.get(each.name) is not each]


def _constraints(subject: Replayed, table: Key) -> Mapping[str, ConstraintState]:
    found = subject.before.tables.get(table)
    return found.constraints if found else {}


def renamed(subject: Replayed, operation: Operation, name: str, title: str, environment: Environment) -> Fix | None:
    """The call with another name; None where it is not written there, or one name does not do for all that it does."""
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.words import Words

    file = subject.revision.file
    directions = (subject.revision.upgrade, subject.revision.downgrade)
    alike = (each for direction in directions for each in direction.operations if each.location == operation.location)
    argument = name_argument(file, operation)
    if argument is None or sum(1 for _ in alike) > 1:
        return None
    rewrite = Rewrite(file)
    words = Words(file, rewrite, environment.replay_options)
    rewrite.replace(file.span(argument), words.string(name))
    return rewrite.fix(title, Safety.SAFE)


def name_argument(file: SourceFile, operation: Operation) -> ast.expr | None:
    """The name as the call has it, where it is written there: None, a string, `op.f("...")`."""
    span = operation.location.span
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or file.span(node) != span:
            continue
        name = _METHODS.get(node.func.attr)
        if name is None:
            continue
        given = keyword(node.keywords, name)
        given = given or (node.args[0] if node.args else None)
        match given:
            case ast.Constant():
                return given
            case ast.Call(func=ast.Attribute(attr="f"), args=[ast.Constant()]):
                return given
    return None
