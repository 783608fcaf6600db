"""`enum-created-twice`."""

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


class EnumCreatedTwice(HistoryRule):
    """An enum type is created that is there already.

    ## What it does
    Reports a second `CREATE TYPE` of one enum: `.create()` and then `create_table` with the same Enum, which creates it
    again; `.create()` without `checkfirst` of a type of an earlier revision; `sa.Enum(..., create_type=False)` on
    SQLAlchemy before 2.1, which ignores that argument. `enum-reused-across-tables` has the case that only fails where
    revisions are run one by one.

    ## Why is this bad?
    The upgrade fails: `type "mood" already exists`. `checkfirst=True` on the first of the two does not help, for it is the
    second that fails.

    See https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#sqlalchemy.dialects.postgresql.ENUM.params.create_type.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        mood = sa.Enum("happy", "sad", name="mood")
        mood.create(op.get_bind(), checkfirst=True)
        op.create_table(
            "people",
            sa.Column(
                "mood",
                sa.Enum("happy", "sad", name="mood"),
            ),
        )


    def downgrade() -> None:
        op.drop_table("people")
        op.execute("DROP TYPE mood")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        mood = sa.Enum("happy", "sad", name="mood")
        mood.create(op.get_bind(), checkfirst=True)
        op.create_table(
            "people",
            sa.Column(
                "mood",
                postgresql.ENUM("happy", "sad", name="mood", create_type=False),
            ),
        )


    def downgrade() -> None:
        op.drop_table("people")
        op.execute("DROP TYPE mood")
    ```

    ## Fix safety
    Safe: the upgrade fails today. There is a fix where the Enum is written in the operation, with its labels as strings.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(TypeExists)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        for operation, problem in subject.failures:
            if isinstance(problem, TypeExists) and not problem.memoised:
                name = problem.type.name
                yield self.finding(
                    enum_place(subject.revision.file, operation.location, name),
                    f"enum type `{problem.type}` is created here, but it is there already",
                    fix=reusing(subject.revision.file, operation.location, name, environment),
                )
