"""`downgrade-not-null-without-default`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import AddColumn, AlterColumn, DataChange, OpaqueOperation, Operation
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import HistoryRule
from alembic_vet.rules.signs import Signs, downgrade_has
from alembic_vet.source.unknown import OPAQUE


class DowngradeNotNullWithoutDefault(HistoryRule):
    """The downgrade adds a NOT NULL column without a default.

    ## What it does
    Reports `add_column` with `nullable=False` and no `server_default` in `downgrade()`, on a table that was there before the
    revision and keeps its rows. Also, as a hint, a column that the upgrade makes nullable and the downgrade NOT NULL again
    without looking at the rows.

    Silent where the downgrade changes rows of the table first.

    ## Why is this bad?
    On an empty table it works, so tests pass. With a single row the downgrade fails:
    `column "email" of relation "users" contains null values`.

    See https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table(
            "users",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("email", sa.Text(), nullable=False),
        )


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_no_email.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.drop_column("users", "email")


    def downgrade() -> None:
        op.add_column("users", sa.Column("email", sa.Text(), nullable=False))
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table(
            "users",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("email", sa.Text(), nullable=False),
        )


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_no_email.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.drop_column("users", "email")


    def downgrade() -> None:
        op.add_column("users", sa.Column("email", sa.Text()))
        op.execute("UPDATE users SET email = id || '@example.org'")
        op.alter_column("users", "email", nullable=False)
    ```
    """

    severity: ClassVar[Severity] = Severity.WARNING
    signs: ClassVar[Signs] = downgrade_has(AddColumn, AlterColumn)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        downgrade = subject.revision.downgrade
        if subject.failures or downgrade.refuses:
            return
        handled: set[Key] = set()
        for operation in downgrade.operations:
            if isinstance(operation, OpaqueOperation):
                return
            key = _table(operation, subject.after)
            if key is None or operation.conditional or operation.guards:
                continue
            if isinstance(operation, DataChange):
                handled.add(key)
            elif key in subject.before.tables and key in subject.after.tables and key not in handled:
                yield from self._of(operation, key, subject)

    def _of(self, operation: Operation, key: Key, subject: Replayed) -> Iterator[Finding]:
        match operation:
            case AddColumn(column=column) if column.nullable is False and column.server_default is None:
                name = f"{key}.{column.name}"
                if column.primary_key is not False or _is_filled(subject.restored, key, str(column.name)):
                    return
                message = f"the downgrade adds `{name}` as NOT NULL without a default: it fails where there are rows"
                yield self.finding(operation.location, message)
            case AlterColumn(nullable=False, column=str() as column_name):
                before, after = (
                    state.tables[key].columns.get(column_name) for state in (subject.before, subject.after)
                )
                if before is None or after is None or after.nullable is not True or after.doubt:
                    return
                message = (
                    f"the downgrade makes `{key}.{column_name}` NOT NULL: it fails where the upgrade let in a NULL"
                )
                yield self.finding(operation.location, message, severity=Severity.INFO)


def _is_filled(state: SchemaState, key: Key, column: str) -> bool:
    """Whether PostgreSQL has a value for existing rows: SERIAL, IDENTITY, a generated column."""
    table = state.tables.get(key)
    found = table.columns.get(column) if table else None
    return found is None or found.default is not None or found.doubt > 0


def _table(operation: Operation, state: SchemaState) -> Key | None:
    if not isinstance(operation, (AddColumn, AlterColumn, DataChange)) or operation.table.name is OPAQUE:
        return None
    return state.key(operation.table)
