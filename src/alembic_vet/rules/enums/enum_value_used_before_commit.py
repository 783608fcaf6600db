"""`enum-value-used-before-commit`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Related, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import CreateEnum, Operation
from alembic_vet.model.revision import Revision
from alembic_vet.model.schema.problems import LabelUnsafe
from alembic_vet.model.transactions import Unit, allows_autocommit_block, committed_together
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.enums._isolation import sets_autocommit
from alembic_vet.rules.signs import Signs, upgrade_fails


class EnumValueUsedBeforeCommit(HistoryRule):
    """A new enum label is used in the transaction that adds it.

    ## What it does
    Reports a statement that names a label of an enum column which was added in the same transaction: by the same
    revision, or by an earlier one, since Alembic runs all revisions of one `alembic upgrade` in one transaction.
    `transaction_per_migration`, `autocommit_block()`, AUTOCOMMIT and COMMIT are known.

    ## Why is this bad?
    PostgreSQL refuses it: `unsafe use of new value "calm" of enum type mood`, in rows, defaults, checks and the
    conditions of indexes alike. Two revisions that were deployed one after the other have worked, and fail together:
    on a new database, in CI, after a restore. From PostgreSQL 17 on only a label of a type that is itself new in the
    transaction can be used.

    See https://www.postgresql.org/docs/current/sql-altertype.html.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))


    def downgrade() -> None:
        op.drop_table("people")
        op.execute("DROP TYPE mood")
    ```

    ```python title="alembic/versions/0002_calm.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.execute("ALTER TYPE mood ADD VALUE 'calm'")
        op.execute("UPDATE people SET mood = 'calm' WHERE mood = 'sad'")


    def downgrade() -> None:
        op.execute("UPDATE people SET mood = 'sad' WHERE mood = 'calm'")
        op.execute("ALTER TYPE mood RENAME TO mood_old")
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::text::mood")
        op.execute("DROP TYPE mood_old")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))


    def downgrade() -> None:
        op.drop_table("people")
        op.execute("DROP TYPE mood")
    ```

    ```python title="alembic/versions/0002_calm.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'")
        op.execute("UPDATE people SET mood = 'calm' WHERE mood = 'sad'")


    def downgrade() -> None:
        op.execute("UPDATE people SET mood = 'sad' WHERE mood = 'calm'")
        op.execute("ALTER TYPE mood RENAME TO mood_old")
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::text::mood")
        op.execute("DROP TYPE mood_old")
    ```

    ## Fix safety
    It is made where the label is added: safe where that function does nothing else, unsafe otherwise, since
    everything above the block is committed with it.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(LabelUnsafe)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        unsafe = [(operation, each) for operation, each in subject.failures if isinstance(each, LabelUnsafe)]
        unit = committed_together(environment.script) if unsafe else Unit.STATEMENT
        if unit is Unit.STATEMENT:
            return
        revision = subject.revision
        for operation, problem in unsafe:
            origin = _origin(problem, environment)
            if origin is None or sets_autocommit(origin) or _is_caught(operation, revision):
                continue
            is_same = origin is revision
            if not is_same and (
                unit is Unit.REVISION or origin.identifier not in environment.graph.ancestors(revision.identifier)
            ):
                continue
            target = environment.settings.target_postgres
            if is_same and target is not None and target >= (17,) and _creates(revision, problem):
                continue
            label = f"`{problem.label}` of enum `{problem.type.name}`"
            if is_same:
                message = f"{label} is used in the transaction that adds it: PostgreSQL refuses that"
            else:
                message = (
                    f"{label} is added by revision {origin.identifier} and used here: "
                    "run together, as on a new database, they fail"
                )
            certain = not operation.conditional and (is_same or (target is not None and target < (17,)))
            yield self.finding(
                operation.location,
                message,
                severity=Severity.ERROR if certain else Severity.WARNING,
                related=[Related(problem.added, "the label is added here")],
                fix=_fix(problem, origin, environment),
            )


def _origin(problem: LabelUnsafe, environment: Environment) -> Revision | None:
    return next((each for each in environment.revisions if each.file.path == problem.added.path), None)


def _creates(revision: Revision, problem: LabelUnsafe) -> bool:
    """Whether the revision creates the type too, which PostgreSQL 17 allows for."""
    return problem.fresh_type and any(
        isinstance(operation, CreateEnum) and operation.type.name == problem.type.name
        for operation in revision.upgrade.operations
    )


def _is_caught(operation: Operation, revision: Revision) -> bool:
    """Whether the failure is expected: the statement stands under `try`."""
    span = operation.location.span
    return operation.location.path == revision.file.path and any(
        isinstance(node, ast.Try) and node.handlers and revision.file.span(node).contains(span)
        for node in ast.walk(revision.file.tree)
    )


def _fix(problem: LabelUnsafe, origin: Revision, environment: Environment) -> Fix | None:
    from alembic_vet.fixes.autocommit import autocommit_fixes

    possible = allows_autocommit_block(environment.script)
    target = environment.settings.target_postgres
    if possible is False:
        return None
    fixes = autocommit_fixes(
        origin.file, origin.upgrade, known_safe=possible is True, alone=target is not None and target < (12,)
    )
    return fixes.get(problem.added)
