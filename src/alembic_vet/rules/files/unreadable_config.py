"""`unreadable-config`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
from alembic_vet.project.discovered import BrokenConfig
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import Rule
from alembic_vet.rules.signs import ELSEWHERE, Signs


class UnreadableConfig(Rule[BrokenConfig]):
    """An Alembic configuration cannot be read.

    ## What it does
    Reports an ini file, `setup.cfg` or pyproject.toml that configures Alembic and that its parser refuses:
    a line that is no option, an option given twice, a script location that does not exist.

    ## Why is this bad?
    Every `alembic` command ends before it begins, for instance with `configparser.DuplicateOptionError`,
    `FAILED: No 'script_location' key found in configuration` or
    `FAILED: Path doesn't exist: ... Please use the 'init' command to create a new scripts folder.`

    ## Example
    ```ini title="alembic.ini"
    [alembic]
    script_location = alembic
    script_location = alembic
    ```

    ## Use instead
    ```ini title="alembic.ini"
    [alembic]
    script_location = alembic
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    unproven: ClassVar[str] = "what a parser refuses is the parser's own claim"
    signs: ClassVar[Signs] = ELSEWHERE

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[BrokenConfig]:
        return []

    def check(self, subject: BrokenConfig, environment: Environment) -> Iterator[Finding]:
        yield from self.report([subject])

    @classmethod
    def report(cls, broken: Iterable[BrokenConfig]) -> Iterator[Finding]:
        """A finding for each; there is no environment yet where these are found."""
        for config in broken:
            yield cls.finding(config.location, config.message)
