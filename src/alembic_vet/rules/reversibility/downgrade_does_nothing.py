"""`downgrade-does-nothing`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Related, Safety, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.reversal import Undone, undone
from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.reversibility._repair import downgrade_body, holds
from alembic_vet.rules.reversibility._wording import listed
from alembic_vet.rules.signs import EMPTY_DOWNGRADE, Signs
from alembic_vet.source.unknown import OPAQUE

# Nobody takes an extension or a schema back, and enum labels have a rule of their own.
_ELSEWHERE = frozenset({"extension", "schema", "comment", "enum label", "enum order"})


class DowngradeDoesNothing(HistoryRule):
    """The upgrade changes the schema, and the downgrade is empty.

    ## What it does
    Reports a `downgrade()` of `pass`, a docstring or a bare `return` where the upgrade leaves another schema than it
    found. Merges, revisions that change rows only, and a downgrade that raises are none of it.

    An error where the next upgrade fails on what was left behind, a warning otherwise.

    ## Why is this bad?
    `alembic downgrade` exits with 0 and `alembic_version` says that the revision is undone, while the schema is
    still the newer one. Code that is rolled back with it meets columns it does not know, and the next upgrade fails:
    `relation "people" already exists`, or `table "people" does not exist` where it was dropped.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
        op.create_index("ix_people_name", "people", ["name"])


    def downgrade() -> None:
        pass
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
        op.create_index("ix_people_name", "people", ["name"])


    def downgrade() -> None:
        op.drop_table("people")
    ```

    ## Fix safety
    Unsafe: a downgrade that drops what the upgrade made drops the rows in it. It is offered where all of it can be
    written from the revisions, and has been replayed.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = EMPTY_DOWNGRADE

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        downgrade = subject.revision.downgrade
        if not downgrade.does_nothing or downgrade.location is None:
            return
        left = [each for each in subject.differences if not each.unknown and each.kind not in _ELSEWHERE]
        if not left:
            return
        changes = undone(subject, left)
        again = subject.again_failures
        then = f", and the next upgrade fails: `{again[0][1]}`" if again else ""
        yield self.finding(
            downgrade.location,
            f"the downgrade does nothing: it {listed(left)}{then}",
            severity=Severity.ERROR if again else Severity.WARNING,
            related=[Related(change.operation.location, "the upgrade changes it here") for change in changes[:3]],
            fix=_fix(subject, environment, left, changes),
        )


def _fix(
    subject: Replayed, environment: Environment, left: list[ObjectDifference], changes: list[Undone]
) -> Fix | None:
    """What undoes each operation of the upgrade, the last one first."""
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.restore import restoring
    from alembic_vet.fixes.words import Words

    file = subject.revision.file
    body = downgrade_body(file)
    everything = [difference for change in changes for difference in change.differences]
    if body is None or len(body) != 1 or subject.failures or len(everything) != len(left) or _needs_rows(subject, left):
        return None
    order = {id(operation): place for place, operation in enumerate(subject.revision.upgrade.operations)}
    rewrite = Rewrite(file)
    words = Words(file, rewrite, subject.before.options)
    lines: list[str] = []
    for change in sorted(changes, key=lambda change: order.get(id(change.operation), 0), reverse=True):
        own = [each for each in change.differences if not _goes_with_column(subject, each, left)]
        written = restoring(words, own, subject.before, subject.restored)
        if written is None:
            return None
        lines += written
    if not lines:
        return None
    only = file.span(body[0])
    if isinstance(body[0], ast.Expr) and isinstance(getattr(body[0].value, "value", None), str):
        rewrite.insert_after(only, lines)
    else:
        rewrite.insert_before(only, lines)
        rewrite.delete_statement(only)
    fix = rewrite.fix("Undo it in the downgrade", Safety.UNSAFE)
    return fix if fix is not None and holds(fix, subject, environment, left) else None


def _goes_with_column(subject: Replayed, difference: ObjectDifference, left: list[ObjectDifference]) -> bool:
    """Whether a constraint or an index is over a column that will be dropped."""
    table = subject.after.tables.get(difference.table) if difference.table else None
    if table is None or difference.change != "left behind" or difference.kind == "column":
        return False
    prefix = f"{table.key}."
    dropped = {
        each.name.removeprefix(prefix)
        for each in left
        if each.kind == "column" and each.change == "left behind" and each.table == table.key
    }
    constraint = table.constraints.get(difference.name.removeprefix(prefix))
    if constraint is not None:
        return constraint.columns is not OPAQUE and not dropped.isdisjoint(constraint.columns)
    index = next((each for key, each in subject.after.indexes.items() if str(key) == difference.name), None)
    if index is None or index.elements is OPAQUE:
        return False
    return any(element.column in dropped for element in index.elements)


def _needs_rows(subject: Replayed, left: list[ObjectDifference]) -> bool:
    """Whether a column comes back that no row can do without: adding it fails on a table with rows."""
    for difference in left:
        if difference.kind != "column" or difference.change == "left behind" or difference.table is None:
            continue
        column = subject.before.tables[difference.table].columns[difference.name[len(f"{difference.table}.") :]]
        if column.nullable is not True and column.default is None:
            return True
    return False
