"""`syntax-error`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvironmentRule
from alembic_vet.rules.signs import UNPARSABLE, Signs


class SyntaxErrorRule(EnvironmentRule):
    """A file of the environment is not valid Python.

    ## What it does
    Reports an env.py or a revision that does not parse. Nothing else is said about such a file; the others
    are checked as usual.

    ## Why is this bad?
    Alembic imports every revision for every command: one that does not parse ends them all with `SyntaxError`.

    ## Example
    ```python title="alembic/versions/0001_users.py"
    revision = "0001"
    down_revision = None


    def upgrade()
        pass


    def downgrade():
        pass
    ```

    ## Use instead
    ```python title="alembic/versions/0001_users.py"
    revision = "0001"
    down_revision = None


    def upgrade():
        pass


    def downgrade():
        pass
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    signs: ClassVar[Signs] = UNPARSABLE

    def check(self, subject: Environment, environment: Environment) -> Iterator[Finding]:
        for problem in subject.unparsable():
            yield self.finding(problem.location, f"not valid Python: {problem.message}")
