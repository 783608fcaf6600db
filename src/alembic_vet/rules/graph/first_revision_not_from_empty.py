"""`first-revision-not-from-empty`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.problems import Problem, TableMissing, TypeMissing
from alembic_vet.project.application import makes_tables
from alembic_vet.project.environment import Environment
from alembic_vet.project.revision_files import revision_files
from alembic_vet.rules.base import EnvironmentRule
from alembic_vet.rules.signs import UNFOUNDED, Signs

# env.py makes what the first revision expects.
_MAKES_TABLES = (b"create_all(", b"CREATE TABLE")
# Flask-AppBuilder creates its tables when the application starts: `create_db` of security/sqla/manager.py.
_APP_BUILDER, _ITS_TABLES = b"flask_appbuilder", "ab_"


class FirstRevisionNotFromEmpty(EnvironmentRule):
    """The revisions start from tables that none of them creates.

    ## What it does
    Reports the first operation on a table, or on an enum type, that no revision before it creates, once for each environment.
    Silent where env.py creates tables itself, where the application makes a new database from its models and stamps it,
    where another environment of the repository creates the table, and where something before cannot be followed.

    ## Why is this bad?
    `alembic upgrade head` works where the tables are, and fails on a new database, for the next developer and in CI:
    `relation "users" does not exist`. A first revision that creates what was there when Alembic came, marked as done
    on the old databases with `alembic stamp`, makes the history whole.

    See https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-an-up-to-date-database-from-scratch.

    ## Example
    ```python title="alembic/versions/0001_email.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.add_column("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_column("users", "email")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0000"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0001_email.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = "0000"


    def upgrade() -> None:
        op.add_column("users", sa.Column("address", sa.Text()))


    def downgrade() -> None:
        op.drop_column("users", "address")
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    dialects: ClassVar[frozenset[str]] = frozenset({"postgresql"})
    elsewhere: ClassVar[bool] = False
    signs: ClassVar[Signs] = UNFOUNDED

    def check(self, subject: Environment, environment: Environment) -> Iterator[Finding]:
        expected = environment.expected
        if expected is None:
            return
        script = environment.script
        if script is not None and any(sign in script.file.data for sign in _MAKES_TABLES):
            return
        operation, problem = expected
        missing, kind = _missing(problem)
        if not _is_made_elsewhere(missing, environment) and not makes_tables(environment):
            yield self.finding(
                operation.location,
                f"{kind} `{missing}` is used here, but no revision before creates it: "
                "the upgrade of an empty database fails",
            )


def _is_made_elsewhere(missing: Key, environment: Environment) -> bool:
    """Whether another environment of the repository, or a package, creates it: they share a database."""
    models = environment.models
    if missing.name.startswith(_ITS_TABLES) and any(
        _APP_BUILDER in models.data(name) for name in models.files if name.endswith(".py")
    ):
        return True
    quoted = re.compile(rb"""create_table\(\s*["']%s["']""" % re.escape(missing.name).encode())
    others = {name for config in environment.siblings for name in revision_files(config)}
    return any(quoted.search(models.data(name)) for name in others.difference(environment.revision_files))


def _missing(problem: Problem) -> tuple[Key, str]:
    if isinstance(problem, TableMissing):
        return problem.table, "table"
    assert isinstance(problem, TypeMissing)
    return problem.type, "type"
