"""`revision-id-too-long`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.graph import VERSION_NUM_LENGTH
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvironmentRule
from alembic_vet.rules.signs import LONG_IDENTIFIER, Signs

# Whoever makes or alters the table has a word of these.
_OWN_TABLE = rb"\bversion_num\b|version_table_impl"


class RevisionIdTooLong(EnvironmentRule):
    """The identifier of a revision does not fit into Alembic's own table.

    ## What it does
    Reports a `revision` of more than 32 characters, once for each environment, at the first that would run. Silent where
    env.py or a revision speaks of `version_num` or `version_table_impl`: it may have made the column wider.

    ## Why is this bad?
    `alembic_version.version_num` is `VARCHAR(32)`. The upgrade does all its work, fails at the end when it notes the
    revision, and is rolled back: `value too long for type character varying(32)`. SQLite does not mind, so that tests pass.

    See https://alembic.sqlalchemy.org/en/latest/api/ddl.html#alembic.ddl.impl.DefaultImpl.version_table_impl.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001_users_with_their_email_addresses"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001_users"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    dialects: ClassVar[frozenset[str]] = frozenset({"postgresql"})
    elsewhere: ClassVar[bool] = False
    signs: ClassVar[Signs] = LONG_IDENTIFIER

    def check(self, subject: Environment, environment: Environment) -> Iterator[Finding]:
        graph = subject.graph
        too_long = set(graph.too_long)
        order = [*graph.order, *(graph[name] for name in graph.cycle)] if too_long else []
        long = [each for each in order if each.identifier in too_long]
        if not long:
            return
        files = [each.file for each in order] + ([subject.script.file] if subject.script else [])
        if any(re.search(_OWN_TABLE, file.data) for file in files):
            return
        first = long[0]
        more = f", and {len(long) - 1} more are longer too" if len(long) > 1 else ""
        yield self.finding(
            first.location,
            f"`{first.identifier}` has {len(first.identifier)} characters and `alembic_version` has room for {VERSION_NUM_LENGTH}: "
            f"the upgrade fails{more}",
        )
