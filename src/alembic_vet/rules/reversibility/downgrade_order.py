"""`downgrade-order`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.reversal import is_out_of_order
from alembic_vet.model.schema.problems import InUse, TypeInUse
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.reversibility._moves import moved
from alembic_vet.rules.reversibility._wording import sentence
from alembic_vet.rules.signs import Signs, downgrade_fails


class DowngradeOrder(HistoryRule):
    """A step of the downgrade stands where it fails, and would work elsewhere.

    ## What it does
    Reports a step of `downgrade()` that fails only because of its place: it drops a type, table, column or constraint that
    something needs which the downgrade drops later, or it drops what went before, an index together with its table say.
    Both are found by replaying the downgrade on the schema that the upgrade leaves.

    ## Why is this bad?
    The downgrade fails and is rolled back: `cannot drop type mood because other objects depend on it`, or
    `index "ix_users_mood" does not exist`. A downgrade undoes the last step of the upgrade first.

    See https://www.postgresql.org/docs/current/ddl-depend.html.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))
        op.create_index("ix_users_mood", "users", ["mood"])


    def downgrade() -> None:
        op.execute("DROP TYPE mood")
        op.drop_index("ix_users_mood")
        op.drop_table("users")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))
        op.create_index("ix_users_mood", "users", ["mood"])


    def downgrade() -> None:
        op.drop_index("ix_users_mood")
        op.drop_table("users")
        op.execute("DROP TYPE mood")
    ```

    ## Fix safety
    Safe: the downgrade fails today. There is a fix where moving the one statement is enough.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = downgrade_fails()

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        if subject.failures or subject.revision.downgrade.refuses:
            return
        for operation, problem in subject.down_failures:
            if not is_out_of_order(subject, problem):
                continue
            later = isinstance(problem, (InUse, TypeInUse))
            when = "too early" if later else "too late"
            yield self.finding(
                operation.location,
                f"the downgrade does this {when} and fails: {sentence(problem)}",
                fix=moved(subject, operation, environment, later=later),
            )
