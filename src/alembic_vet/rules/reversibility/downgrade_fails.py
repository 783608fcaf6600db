"""`downgrade-fails`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Failure, Replayed
from alembic_vet.model.operations import Operation
from alembic_vet.model.reversal import is_out_of_order
from alembic_vet.model.schema.problems import (
    CannotCast,
    ConstraintExists,
    ConstraintMissing,
    ConstraintUnnamed,
    IndexMissing,
    LabelUnsafe,
    Problem,
    TableMissing,
    TypeInUse,
)
from alembic_vet.project.application import makes_table
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import HistoryRule
from alembic_vet.rules.reversibility._wording import sentence
from alembic_vet.rules.signs import Signs, downgrade_fails

# Each has a rule of its own.
_ELSEWHERE = (ConstraintMissing, ConstraintUnnamed, IndexMissing, LabelUnsafe, TypeInUse)


class DowngradeFails(HistoryRule):
    """The downgrade does what PostgreSQL refuses.

    ## What it does
    Reports a step of `downgrade()` that fails on the schema that the upgrade leaves, as the replay of all revisions knows
    it: a table, column or type that is not there, or is there already, a cast that needs USING, something that
    others depend on. Names of constraints and indexes have their own rules, and so has the order of the steps.

    A downgrade that raises on purpose is not reported, nor anything after a step that cannot be followed, nor what
    goes with an earlier failure, nor that a table is not there which the application makes from its models at each start.

    ## Why is this bad?
    The downgrade fails and is rolled back, on the day when it is needed: `column "email" does not exist`. A string in
    double quotes is the name of a column too: `column "DIRECT" does not exist`.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_address.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.alter_column("users", "email", new_column_name="address")


    def downgrade() -> None:
        op.alter_column("users", "email", new_column_name="address")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_address.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.alter_column("users", "email", new_column_name="address")


    def downgrade() -> None:
        op.alter_column("users", "address", new_column_name="email")
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    signs: ClassVar[Signs] = downgrade_fails()

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        if subject.failures or subject.revision.downgrade.refuses:
            return
        failed: list[Failure] = []
        for operation, problem in subject.down_failures:
            follows = any(_follows(problem, operation, earlier) for earlier in failed)
            failed.append((operation, problem))
            if follows or (isinstance(problem, CannotCast) and problem.is_of_enum):
                continue
            if isinstance(problem, TableMissing) and makes_table(environment, problem.table):
                continue
            if not isinstance(problem, _ELSEWHERE) and not is_out_of_order(subject, problem):
                yield self.finding(operation.location, f"the downgrade fails: {sentence(problem)}")


def _follows(problem: Problem, operation: Operation, earlier: Failure) -> bool:
    """Whether a failure goes with an earlier one: what one call does is one thing, and what was not dropped is there."""
    if earlier[0].location == operation.location:
        return True
    match problem, earlier[1]:
        case ConstraintExists(table=table), ConstraintMissing(table=other) | ConstraintUnnamed(table=other):
            return table == other
    return False
