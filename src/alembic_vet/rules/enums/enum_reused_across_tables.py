"""`enum-reused-across-tables`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.schema.problems import TypeExists
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.enums._places import enum_place
from alembic_vet.rules.enums._reuse import reusing
from alembic_vet.rules.signs import Signs, upgrade_fails


class EnumReusedAcrossTables(HistoryRule):
    """A table creates an enum type that a table of an earlier revision has created.

    ## What it does
    Reports `create_table` with an Enum of a name that `create_table` of an earlier revision has made a type of, unless it
    says `create_type=False` in a way that the project's SQLAlchemy honours.

    ## Why is this bad?
    It passes wherever both revisions run in one `alembic upgrade`, for SQLAlchemy remembers within one run which types it
    has created: on a new database, in CI. It fails where the first was deployed before: `type "mood" already exists`.

    See https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#sqlalchemy.dialects.postgresql.ENUM.params.create_type.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))


    def downgrade() -> None:
        op.drop_table("people")
        op.execute("DROP TYPE mood")
    ```
    ```python title="alembic/versions/0002_pets.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_table(
            "pets",
            sa.Column(
                "mood",
                sa.Enum("happy", "sad", name="mood"),
            ),
        )


    def downgrade() -> None:
        op.drop_table("pets")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))


    def downgrade() -> None:
        op.drop_table("people")
        op.execute("DROP TYPE mood")
    ```
    ```python title="alembic/versions/0002_pets.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_table(
            "pets",
            sa.Column(
                "mood",
                postgresql.ENUM("happy", "sad", name="mood", create_type=False),
            ),
        )


    def downgrade() -> None:
        op.drop_table("pets")
    ```

    ## Fix safety
    Safe: the table is the same. There is a fix where the Enum is written in the operation, with its labels as strings.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(TypeExists)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        for operation, problem in subject.failures:
            if isinstance(problem, TypeExists) and problem.memoised:
                name = problem.type.name
                yield self.finding(
                    enum_place(subject.revision.file, operation.location, name),
                    f"enum type `{problem.type}` of an earlier revision is created again: it works in one run "
                    "of both, and fails where they are run one by one",
                    fix=reusing(subject.revision.file, operation.location, name, environment),
                )
