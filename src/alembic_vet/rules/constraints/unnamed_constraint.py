"""`unnamed-constraint`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import CreateConstraint, Operation
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.constraint_building import CONVENTION_KEYS, kind_of
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.constraints._names import name_argument, renamed
from alembic_vet.rules.signs import Signs, upgrade_has

_WORDS = {
    "primary": "a primary key",
    "unique": "a unique constraint",
    "foreignkey": "a foreign key",
    "check": "a check constraint",
    "exclude": "an exclusion constraint",
}


class UnnamedConstraint(HistoryRule):
    """A constraint is created without a name.

    ## What it does
    Reports `create_foreign_key(None, ...)` and the like, as autogenerate writes it for a constraint that the models do not
    name, where no naming convention of the metadata gives it a name. Constraints inside `create_table` and of columns
    are left alone: nearly every project has some.

    ## Why is this bad?
    PostgreSQL chooses the name, and a revision that drops the constraint has to know it: the downgrade that autogenerate writes
    beside it, `drop_constraint(None, ...)`, fails. The name depends on what there is (`users_team_id_fkey`, or
    `users_team_id_fkey1` where that is taken) and on the database, and it stays when the table or the column is
    renamed.

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
        op.create_foreign_key(None, "users", "teams", ["team_id"], ["id"])


    def downgrade() -> None:
        op.drop_constraint("users_team_id_fkey", "users", type_="foreignkey")
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
        op.create_foreign_key("users_team_id_fkey", "users", "teams", ["team_id"], ["id"])


    def downgrade() -> None:
        op.drop_constraint("users_team_id_fkey", "users", type_="foreignkey")
    ```

    ## Fix safety
    Safe: it writes the name that PostgreSQL chooses, so the schema stays the same. There is a fix where the replay knows the
    table completely.
    """

    severity: ClassVar[Severity] = Severity.INFO
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    default: ClassVar[bool] = False
    signs: ClassVar[Signs] = upgrade_has(CreateConstraint)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        unnamed = {id(each) for each in subject.revision.upgrade.operations if _is_unnamed(each, environment)}
        if not unnamed:
            return
        state = subject.before.snapshot()
        state.begin_revision()
        for operation in subject.revision.upgrade.operations:
            before = state.snapshot()
            apply(state, operation)
            if id(operation) not in unnamed or not isinstance(operation, CreateConstraint):
                continue
            argument = name_argument(subject.revision.file, operation)
            if not isinstance(argument, ast.Constant) or argument.value is not None:
                continue
            kind, table = kind_of(operation.constraint), before.key(operation.table)
            name = _chosen(operation, before, state)
            yield self.finding(
                operation.location,
                f"{_WORDS[kind]} {f'of `{table}` ' if table else ''}is created without a name"
                + (f"; PostgreSQL calls it `{name}`" if name else ""),
                fix=renamed(subject, operation, name, f"Call it `{name}`", environment) if name else None,
            )


def _is_unnamed(operation: Operation, environment: Environment) -> bool:
    """Whether Alembic is asked for a constraint that nobody names; SQL text counts as it stands."""
    if (
        not isinstance(operation, CreateConstraint)
        or operation.constraint.final
        or operation.constraint.name is not None
    ):
        return False
    key = CONVENTION_KEYS.get(kind_of(operation.constraint))
    return key is None or environment.replay_options.leaves_unnamed(key)


def _chosen(operation: CreateConstraint, before: SchemaState, after: SchemaState) -> str | None:
    """The name that PostgreSQL chooses, where nothing can be in its way that is not known."""
    key = before.key(operation.table)
    old, new = (before.tables.get(key), after.tables.get(key)) if key else (None, None)
    if old is None or new is None or old.doubt or not old.complete or operation.conditional or operation.guards:
        return None
    made = [each for name, each in new.constraints.items() if name not in old.constraints]
    return made[0].name if len(made) == 1 and made[0].name_known and not made[0].doubt else None
