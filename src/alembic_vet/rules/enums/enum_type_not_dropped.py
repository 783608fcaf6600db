"""`enum-type-not-dropped`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Safety, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import OpaqueOperation
from alembic_vet.model.reversal import undone
from alembic_vet.model.schema.problems import TypeExists
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.enums._places import enum_place
from alembic_vet.rules.reversibility._repair import repair
from alembic_vet.rules.signs import Signs, differs


class EnumTypeNotDropped(HistoryRule):
    """The downgrade leaves an enum type behind that the upgrade created.

    ## What it does
    Reports an enum type of PostgreSQL that `upgrade()` creates, with a table, with `.create()` or with SQL, and that
    `downgrade()` does not drop. Dropping the table or the column is not enough: a type lives on its own.

    An error where the next upgrade then fails, a warning where it creates the type only if it is not there. Silent where
    the downgrade does nothing at all or raises, and where it cannot be followed.

    ## Why is this bad?
    `alembic downgrade` exits with 0, and the next upgrade fails: `type "mood" already exists`. Where the type is created
    with `checkfirst=True`, the next upgrade takes it as it is: labels that the revision has got meanwhile are missing.

    See https://www.postgresql.org/docs/current/datatype-enum.html.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table(
            "people",
            sa.Column("name", sa.Text()),
            sa.Column("mood", sa.Enum("happy", "sad", name="mood")),
        )


    def downgrade() -> None:
        op.drop_table("people")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table(
            "people",
            sa.Column("name", sa.Text()),
            sa.Column("mood", sa.Enum("happy", "sad", name="mood")),
        )


    def downgrade() -> None:
        op.drop_table("people")
        sa.Enum(name="mood").drop(op.get_bind(), checkfirst=True)
    ```

    ## Fix safety
    Safe: the type is the revision's own, and PostgreSQL refuses to drop a type that something still uses. Unsafe where the
    downgrade runs code that cannot be followed.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = differs("enum type")

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        downgrade = subject.revision.downgrade
        if downgrade.does_nothing or downgrade.refuses or downgrade.location is None or subject.failures:
            return
        again = {str(problem.type) for _, problem in subject.again_failures if isinstance(problem, TypeExists)}
        for difference in subject.differences:
            if difference.kind != "enum type" or difference.change != "left behind" or difference.unknown:
                continue
            for found in undone(subject, [difference]):
                if not found.of_upgrade:
                    continue
                name = difference.name.rpartition(".")[2]
                known = not any(isinstance(each, OpaqueOperation) for each in downgrade.operations)
                fails = difference.name in again
                then = f', and the next upgrade fails: type "{name}" already exists' if fails else ""
                yield self.finding(
                    enum_place(subject.revision.file, found.operation.location, name),
                    f"the downgrade leaves enum type `{difference.name}` behind{then}",
                    severity=Severity.ERROR if fails else Severity.WARNING,
                    fix=repair(
                        subject,
                        found,
                        environment,
                        f"Drop `{difference.name}` in the downgrade",
                        Safety.SAFE if known else Safety.UNSAFE,
                    ),
                )
