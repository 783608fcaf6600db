"""`drop-constraint-none`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.schema.problems import ConstraintUnnamed
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.constraints._names import all_failures, meant, renamed
from alembic_vet.rules.signs import Signs, downgrade_fails, upgrade_fails


class DropConstraintNone(HistoryRule):
    """A constraint is dropped without its name.

    ## What it does
    Reports `drop_constraint(None, ...)`, as autogenerate writes it for a constraint that the models do not name, where no
    naming convention of the metadata gives it a name.

    ## Why is this bad?
    Alembic refuses: `Can't emit DROP CONSTRAINT for constraint`, and the whole downgrade with it. PostgreSQL has
    given the constraint a name, which the replay knows.

    See https://alembic.sqlalchemy.org/en/latest/naming.html.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("teams", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("users", sa.Column("team_id", sa.Integer()))


    def downgrade() -> None:
        op.drop_table("users")
        op.drop_table("teams")
    ```
    ```python title="alembic/versions/0002_teams.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_foreign_key("users_team", "users", "teams", ["team_id"], ["id"])


    def downgrade() -> None:
        op.drop_constraint(None, "users", type_="foreignkey")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("teams", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("users", sa.Column("team_id", sa.Integer()))


    def downgrade() -> None:
        op.drop_table("users")
        op.drop_table("teams")
    ```
    ```python title="alembic/versions/0002_teams.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_foreign_key("users_team", "users", "teams", ["team_id"], ["id"])


    def downgrade() -> None:
        op.drop_constraint("users_team", "users", type_="foreignkey")
    ```

    ## Fix safety
    Safe: the call fails today. There is a fix where it is clear which constraint is meant.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(ConstraintUnnamed) + downgrade_fails(ConstraintUnnamed)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        for failure in all_failures(subject):
            operation, problem = failure
            if isinstance(problem, ConstraintUnnamed):
                name = meant(subject, failure)
                called = f"; it is called `{name}`" if name else ""
                yield self.finding(
                    operation.location,
                    f"a constraint of `{problem.table}` is dropped without a name, which Alembic refuses{called}",
                    fix=renamed(subject, operation, name, f"Drop `{name}`", environment) if name else None,
                )
