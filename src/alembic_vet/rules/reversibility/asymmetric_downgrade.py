"""`asymmetric-downgrade`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Safety, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import DropColumn, DropTable, Operation, QualifiedName
from alembic_vet.model.reversal import proven_lost, undone
from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.model.schema.objects import Key
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.reversibility._repair import repair
from alembic_vet.rules.reversibility._said import said_right
from alembic_vet.rules.reversibility._wording import listed
from alembic_vet.rules.signs import Signs, differs, upgrade_has

# What others report, what nobody takes back, and what changes nothing.
_SILENT = frozenset({"enum type", "type", "extension", "schema", "comment"})


class AsymmetricDowngrade(HistoryRule):
    """The downgrade does not give back the schema that the upgrade found.

    ## What it does
    Replays every revision: the schema before it, after its upgrade, and after its downgrade. What differs then is
    reported at the operation that is not undone: tables, columns with type, nullability and default, constraints and
    indexes with their names and definitions, labels, views, triggers and functions that stay, are lost or come back changed.

    Silent where the downgrade does nothing at all or raises, on comments, extensions and schemas, and wherever a
    part of the revision cannot be followed. Enum types left behind have their own rule, `enum-type-not-dropped`.

    ## Why is this bad?
    `alembic downgrade` exits with 0 and leaves a schema that the older code does not know. What stays makes the next
    upgrade fail, `relation "ix_users_email" already exists`, and so does what is lost, `table "notes" does not exist`, or
    it is missed when the older version is slow, or lets in rows that a constraint kept out.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text(), nullable=False))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_names.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_index("ix_users_email", "users", ["email"])
        op.add_column("users", sa.Column("name", sa.Text()))


    def downgrade() -> None:
        op.drop_column("users", "name")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text(), nullable=False))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_names.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_index("ix_users_email", "users", ["email"])
        op.add_column("users", sa.Column("name", sa.Text()))


    def downgrade() -> None:
        op.drop_column("users", "name")
        op.drop_index("ix_users_email", table_name="users")
    ```

    ## Fix safety
    Unsafe: the downgrade then does more than before, which is tried out on the replay and not on your rows. There is
    a fix where all that is missing can be written, and would not set NOT NULL on a column that comes back empty. What the
    downgrade says itself is not contradicted, and a step too many is taken out only where nothing around it asks what
    is there.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_has(DropTable, DropColumn) + differs()

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        downgrade = subject.revision.downgrade
        if downgrade.does_nothing or downgrade.refuses or downgrade.location is None or subject.failures:
            return
        failing = {table for operation, _ in subject.down_failures for table in _tables(operation, subject)}
        differences = [each for each in subject.differences if _counts(each, subject) and each.table not in failing]
        for found in proven_lost(subject):
            if found.differences[0].table not in failing:
                yield self.finding(found.operation.location, f"the downgrade {listed(found.differences)}")
        for found in undone(subject, differences):
            title = "Undo it in the downgrade" if found.of_upgrade else "Leave it out of the downgrade"
            only = found.differences[0] if len(found.differences) == 1 else None
            corrected = said_right(subject, only, environment) if only and found.of_upgrade else None
            yield self.finding(
                found.operation.location,
                f"the downgrade {listed(found.differences)}",
                fix=corrected or repair(subject, found, environment, title, Safety.UNSAFE),
            )


def _counts(difference: ObjectDifference, replayed: Replayed) -> bool:
    if difference.unknown or (difference.kind in _SILENT and difference.change == "left behind"):
        return False
    if difference.kind == "comment":
        return False
    if difference.kind in ("enum label", "enum order"):
        return any(_is_about(operation, difference.name) for operation in replayed.revision.downgrade.operations)
    return True


def _tables(operation: Operation, subject: Replayed) -> Iterator[Key | None]:
    """The table of a step that fails: what stays as it is there is the failure's fault."""
    named = getattr(operation, "table", None)
    if isinstance(named, QualifiedName):
        yield subject.after.key(named)


def _is_about(operation: Operation, name: str) -> bool:
    named = getattr(operation, "type", None)
    return isinstance(named, QualifiedName) and str(named).rpartition(".")[2] == name.rpartition(".")[2]
