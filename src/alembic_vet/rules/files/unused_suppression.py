"""`unused-suppression`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from alembic_vet.findings import Edit, Finding, Fix, Location, Safety, Severity
from alembic_vet.project.environment import Environment
from alembic_vet.rules import catalog
from alembic_vet.rules.base import FixAvailability, Rule
from alembic_vet.rules.signs import ELSEWHERE, Signs
from alembic_vet.source.file import SourceFile

if TYPE_CHECKING:
    from alembic_vet.source.suppressions import Suppressions


class UnusedSuppression(Rule["Suppressions"]):
    """A comment silences a finding that is not there.

    ## What it does
    Reports `# alembic-vet: ignore[...]` and `ignore-file[...]` comments that silence nothing, rules named in them that
    do not exist, and comments that look like one and are none. A rule that is not selected in this run is not missed.

    ## Why is this bad?
    It says that something is wrong here which is not, and it will silence the next finding, which nobody has looked at.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    # alembic-vet: ignore[missing-nullpool] one connection is enough
    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe: a comment goes.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    unproven: ClassVar[str] = "it speaks of comments, which change nothing at run time"
    signs: ClassVar[Signs] = ELSEWHERE

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[Suppressions]:
        return []

    def check(self, subject: Suppressions, environment: Environment) -> Iterator[Finding]:
        return iter(())

    @classmethod
    def report(cls, file: SourceFile, comments: Suppressions, active: Collection[str]) -> Iterator[Finding]:
        """What is unused once all findings of a file have been matched; `active` are the rules that ran."""
        known = catalog.names()
        everything = all(rule.name() in active for rule in catalog.all_rules() if rule.default)
        for span in comments.malformed:
            yield cls.finding(
                Location(file.path, span), "not a suppression: it is `alembic-vet: ignore[rule-name] reason`"
            )
        for suppression, idle in comments.unused():
            # Its own name silences the finding that this would be.
            gone = [name for name in idle if name in active or name not in known]
            gone = [name for name in gone if name != cls.name()]
            if not gone and (suppression.names or not everything):
                continue
            unknown = [name for name in gone if name not in known]
            span, text = suppression.without(gone)
            yield cls.finding(
                Location(file.path, suppression.span),
                f"there is no rule {_listed(unknown)}" if unknown else f"nothing to silence {_for(gone)}here",
                fix=Fix("Take it out", Safety.SAFE, (Edit(file.path, span, text),)),
            )


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _for(names: Collection[str]) -> str:
    return f"of {_listed(names)} " if names else ""
