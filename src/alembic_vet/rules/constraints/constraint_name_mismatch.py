"""`constraint-name-mismatch`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.reversal import is_out_of_order
from alembic_vet.model.schema.problems import ConstraintMissing, IndexMissing
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.constraints._names import all_failures, meant, renamed
from alembic_vet.rules.signs import Signs, downgrade_fails, upgrade_fails


class ConstraintNameMismatch(HistoryRule):
    """A constraint or index is dropped under a name that it does not have.

    ## What it does
    Reports a constraint or an index that is dropped by a name which nothing on the table has, where the replay knows all
    names: those given, those that the naming convention of the metadata makes, and those that PostgreSQL
    chooses itself, such as `users_email_key`. Names of more than 63 bytes are cut as PostgreSQL and SQLAlchemy cut them.

    Silent where the table, or the naming convention, is not known completely.

    ## Why is this bad?
    It fails: `constraint "users_email_key" of relation "users" does not exist`, and the whole migration with it.

    See https://alembic.sqlalchemy.org/en/latest/naming.html.

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
    ```python title="alembic/versions/0002_unique.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_unique_constraint("uq_users_email", "users", ["email"])


    def downgrade() -> None:
        op.drop_constraint("users_email_key", "users", type_="unique")
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
    ```python title="alembic/versions/0002_unique.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_unique_constraint("uq_users_email", "users", ["email"])


    def downgrade() -> None:
        op.drop_constraint("uq_users_email", "users", type_="unique")
    ```

    ## Fix safety
    Safe: the call fails today. There is a fix where it is clear which one is meant.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(ConstraintMissing, IndexMissing) + downgrade_fails(
        ConstraintMissing, IndexMissing
    )

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        for failure in all_failures(subject):
            operation, problem = failure
            if not isinstance(problem, (ConstraintMissing, IndexMissing)) or is_out_of_order(subject, problem):
                continue
            name = meant(subject, failure)
            called = f"; there is `{name}`" if name else ""
            yield self.finding(
                operation.location,
                f"{_what(problem)}{called}",
                fix=renamed(subject, operation, name, f"Drop `{name}`", environment) if name else None,
            )


def _what(problem: ConstraintMissing | IndexMissing) -> str:
    if isinstance(problem, IndexMissing):
        return f"there is no index `{problem.index.name}`"
    return f"`{problem.table}` has no constraint `{problem.name}`"
