"""`multiple-heads`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Related, Severity
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvironmentRule
from alembic_vet.rules.signs import SEVERAL_HEADS, Signs


class MultipleHeads(EnvironmentRule):
    """The revisions end in several heads, and nothing says that they should.

    ## What it does
    Reports an environment with more than one revision that no other follows, at the last of them. Lines that are kept
    apart on purpose are not reported: with branch labels, or in folders of their own.

    ## Why is this bad?
    `alembic upgrade head` refuses to run, and so does `alembic revision`: `Multiple head revisions are present for given
    argument 'head'`. It happens when two branches of the project, each with a revision, are merged.

    See https://alembic.sqlalchemy.org/en/latest/branches.html#merging-branches.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_name.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.add_column("users", sa.Column("name", sa.Text()))


    def downgrade() -> None:
        op.drop_column("users", "name")
    ```
    ```python title="alembic/versions/0003_age.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0003"
    down_revision = "0001"


    def upgrade() -> None:
        op.add_column("users", sa.Column("age", sa.Integer()))


    def downgrade() -> None:
        op.drop_column("users", "age")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    ```python title="alembic/versions/0002_name.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.add_column("users", sa.Column("name", sa.Text()))


    def downgrade() -> None:
        op.drop_column("users", "name")
    ```
    ```python title="alembic/versions/0003_age.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0003"
    down_revision = "0002"


    def upgrade() -> None:
        op.add_column("users", sa.Column("age", sa.Integer()))


    def downgrade() -> None:
        op.drop_column("users", "age")
    ```
    """

    severity: ClassVar[Severity] = Severity.WARNING
    elsewhere: ClassVar[bool] = False
    signs: ClassVar[Signs] = SEVERAL_HEADS

    def check(self, subject: Environment, environment: Environment) -> Iterator[Finding]:
        graph = subject.graph
        heads = [graph[name] for name in graph.heads]
        if len(heads) < 2 or graph.missing or graph.cycle:
            return
        lines = [graph.ancestors(each.identifier) | {each.identifier} for each in heads]
        labelled = any(graph[name].branch_labels for line in lines for name in line)
        if labelled or len({each.file.path.parent for each in heads}) > 1:
            return
        *others, last = sorted(heads, key=lambda each: str(each.file.path))
        names = ", ".join(f"`{each.identifier}`" for each in (*others, last))
        yield self.finding(
            last.location,
            f"the revisions end in {len(heads)} heads, {names}: `alembic upgrade head` refuses to run",
            related=[Related(each.location, "another head") for each in others],
        )
