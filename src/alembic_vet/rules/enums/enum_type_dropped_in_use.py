"""`enum-type-dropped-in-use`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.reversal import is_out_of_order
from alembic_vet.model.schema.problems import TypeInUse
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import HistoryRule
from alembic_vet.rules.signs import Signs, downgrade_fails, upgrade_fails


class EnumTypeDroppedInUse(HistoryRule):
    """An enum type is dropped that a column still has.

    ## What it does
    Reports `DROP TYPE`, or `.drop()` of an Enum, where the replay knows a column of that type, an array of it included,
    that the revision has neither dropped nor given another type. Where the downgrade does that later, it is
    `downgrade-order`. `CASCADE` is not reported here: it takes the columns along, and what is lost is
    `asymmetric-downgrade`'s.

    ## Why is this bad?
    It fails: `cannot drop type mood because other objects depend on it`. Nothing is changed, since PostgreSQL rolls back
    the whole migration. `DROP TYPE ... CASCADE` is no way out: it drops every column of the type, with its data.

    See https://www.postgresql.org/docs/current/sql-droptype.html.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("CREATE TABLE people (mood mood)")
        op.execute("CREATE TABLE pets (mood mood)")


    def downgrade() -> None:
        op.execute("DROP TABLE pets")
        op.execute("DROP TABLE people")
        op.execute("DROP TYPE mood")
    ```
    ```python title="alembic/versions/0002_text.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE text")
        op.execute("DROP TYPE mood")


    def downgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::mood")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("CREATE TABLE people (mood mood)")
        op.execute("CREATE TABLE pets (mood mood)")


    def downgrade() -> None:
        op.execute("DROP TABLE pets")
        op.execute("DROP TABLE people")
        op.execute("DROP TYPE mood")
    ```
    ```python title="alembic/versions/0002_text.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE text")
        op.execute("ALTER TABLE pets ALTER COLUMN mood TYPE text")
        op.execute("DROP TYPE mood")


    def downgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::mood")
        op.execute("ALTER TABLE pets ALTER COLUMN mood TYPE mood USING mood::mood")
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    signs: ClassVar[Signs] = upgrade_fails(TypeInUse) + downgrade_fails(TypeInUse)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        upward = bool(subject.failures)
        for operation, problem in subject.failures or subject.down_failures:
            if not isinstance(problem, TypeInUse) or (not upward and is_out_of_order(subject, problem)):
                continue
            users = ", ".join(f"`{table}.{column}`" for table, column in problem.columns[:3])
            more = f" and {len(problem.columns) - 3} more" if len(problem.columns) > 3 else ""
            yield self.finding(
                operation.location, f"enum type `{problem.type}` is dropped while {users}{more} still has it"
            )
