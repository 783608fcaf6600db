"""`enum-alter-without-using`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Severity
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import AlterColumn, Operation
from alembic_vet.model.revision import Direction
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.problems import CannotCast
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.signs import Signs, downgrade_fails, upgrade_fails


class EnumAlterWithoutUsing(HistoryRule):
    """A column becomes an enum, or an enum another type, and nothing says how to cast it.

    ## What it does
    Reports a change of a column's type to or from an enum, in either direction, that PostgreSQL does not make by
    itself: there is no `postgresql_using`, or the column has a default, which USING does not reach. An enum that
    becomes text needs neither.

    ## Why is this bad?
    The revision fails, on an empty table as well: `column "mood" cannot be cast automatically to type mood`, or
    `default for column "mood" cannot be cast automatically to type mood`. Autogenerate writes such a line, above all
    in the downgrade. The hint `You might need to specify "USING mood::mood"` is wrong between two enums, where only
    the way through text works: `cannot cast type mood_old to mood`.

    See https://www.postgresql.org/docs/current/sql-altertable.html.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("mood", sa.Text()))


    def downgrade() -> None:
        op.drop_table("people")
    ```

    ```python title="alembic/versions/0002_moods.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        moods = postgresql.ENUM("happy", "sad", name="mood")
        moods.create(op.get_bind())
        op.alter_column("people", "mood", type_=moods)


    def downgrade() -> None:
        op.alter_column("people", "mood", type_=sa.Text())
        op.execute("DROP TYPE mood")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("mood", sa.Text()))


    def downgrade() -> None:
        op.drop_table("people")
    ```

    ```python title="alembic/versions/0002_moods.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        moods = postgresql.ENUM("happy", "sad", name="mood")
        moods.create(op.get_bind())
        op.alter_column("people", "mood", type_=moods, postgresql_using="mood::mood")


    def downgrade() -> None:
        op.alter_column("people", "mood", type_=sa.Text())
        op.execute("DROP TYPE mood")
    ```

    ## Fix safety
    Safe: as it is the statement always fails. A default that is a plain string is dropped before and set again.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(CannotCast) + downgrade_fails(CannotCast)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        revision = subject.revision
        found = [(revision.upgrade, subject.before, each) for each in subject.failures if _is_of_enum(each)]
        if not subject.failures:
            found += [(revision.downgrade, subject.after, each) for each in subject.down_failures if _is_of_enum(each)]
        for direction, state, (operation, problem) in found:
            assert isinstance(problem, CannotCast)
            column = f"`{problem.table.name}.{problem.column}`"
            what = f"the default of {column}" if problem.default else f"{column}, which is {problem.old},"
            yield self.finding(
                operation.location,
                f"{what} cannot be cast automatically to {problem.new}",
                fix=_fix(subject, direction, state, operation, problem),
            )


def _is_of_enum(failure: tuple[Operation, object]) -> bool:
    return isinstance(failure[1], CannotCast) and failure[1].is_of_enum


def _fix(
    subject: Replayed, direction: Direction, start: SchemaState, operation: Operation, problem: CannotCast
) -> Fix | None:
    from alembic_vet.fixes.casts import cast_fix

    same_place = [each for each in direction.operations if each.location == operation.location]
    if not isinstance(operation, AlterColumn) or not isinstance(operation.type, ColumnType) or len(same_place) > 1:
        return None
    state = start.snapshot()
    state.begin_revision()
    for each in direction.operations[: direction.operations.index(operation)]:
        apply(state, each)
    table = state.tables.get(problem.table)
    column = table.columns.get(problem.column) if table else None
    if column is None or operation.location.path != subject.revision.file.path:
        return None
    file = subject.revision.file
    return cast_fix(file, operation.location, problem.table, column, operation.type, state.options)
