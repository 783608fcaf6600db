"""`first-revision-not-from-empty`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.problems import Problem, TableMissing, TypeMissing
from alembic_vet.project.environment import Environment
from alembic_vet.project.revision_files import revision_files
from alembic_vet.rules.base import EnvironmentRule
from alembic_vet.rules.signs import UNFOUNDED, Signs

if TYPE_CHECKING:
    from alembic_vet.project.models import ModelIndex

# env.py makes what the first revision expects.
_MAKES_TABLES = (b"create_all(", b"CREATE TABLE")
# The application does, and tells Alembic: Alembic's own recipe for a new database.
_CREATES = b"create_all("
_STAMP, _STAMPS = b"stamp(", rb"(?<!def )\bstamp\("
_UPGRADES = b"command.upgrade("
# Flask-AppBuilder creates its tables when the application starts: `create_db` of security/sqla/manager.py.
_APP_BUILDER, _ITS_TABLES = b"flask_appbuilder", "ab_"
_TESTS = r"tests?|test_.*|.*_tests?\.py|conftest\.py"


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
        if not _is_made_elsewhere(missing, environment) and not _is_made_by_application(environment):
            yield self.finding(
                operation.location,
                f"{kind} `{missing}` is used here, but no revision before creates it: "
                "the upgrade of an empty database fails",
            )


def _is_made_by_application(environment: Environment) -> bool:
    """Whether the project's code creates tables from models and hands the database over to Alembic."""
    models = environment.models
    own = tuple(str(folder) for folder in environment.config.version_locations)
    start = len(str(environment.project_root)) + 1
    modules = [name for name in models.files if name.endswith(".py") and not name.startswith(own)]
    creates = False
    for name in (each for each in _holding(_CREATES, modules, models) if not _is_test(each[start:])):
        if _UPGRADES in models.data(name):
            return True
        creates = True
    stamping = (name for name in _holding(_STAMP, modules, models) if re.search(_STAMPS, models.data(name)))
    return creates and not all(_is_test(name[start:]) for name in stamping)


def _holding(word: bytes, modules: Iterable[str], models: ModelIndex) -> Iterator[str]:
    return (name for name in modules if word in models.data(name))


def _is_test(name: str) -> bool:
    return any(re.fullmatch(_TESTS, part) for part in name.split(os.sep))


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
