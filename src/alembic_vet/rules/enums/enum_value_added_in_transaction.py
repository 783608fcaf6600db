"""`enum-value-added-in-transaction`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Location, Severity
from alembic_vet.model.operations import (
    AddEnumValue,
    CreateEnum,
    DataChange,
    ExecuteSQL,
    OpaqueOperation,
    Operation,
    TransactionControl,
)
from alembic_vet.model.revision import Direction, Revision
from alembic_vet.model.transactions import Unit, allows_autocommit_block, committed_together
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, RevisionRule
from alembic_vet.rules.enums._isolation import sets_autocommit
from alembic_vet.rules.signs import Signs, downgrade_has, upgrade_has


class EnumValueAddedInTransaction(RevisionRule):
    """`ALTER TYPE ... ADD VALUE` runs inside the transaction of the migrations.

    ## What it does
    Reports a statement that adds a label to an enum type outside of `autocommit_block()`, unless env.py uses an
    AUTOCOMMIT engine or the revision commits afterwards. SQL is found in strings, `text()`, f-strings, loops, variables, helper functions and DO blocks.

    An error where `target-postgres` is below 12, a warning otherwise. With `transaction_per_migration=True`, and
    nothing else in the revision that could use the label, it is only a hint.

    ## Why is this bad?
    Before PostgreSQL 12 the statement fails: `ALTER TYPE ... ADD cannot run inside a transaction block`. From 12 on
    it runs, but the label cannot be used before it is committed: `unsafe use of new value "calm" of enum type
    mood`. Alembic runs all revisions of one `alembic upgrade` in one transaction, so a later revision that uses the
    label works where revisions are deployed one at a time, and fails on a new database. Only
    `transaction_per_migration=True` commits each revision.

    `autocommit_block()` commits what came before it, but not the version of its own revision. Where a later revision
    of the run fails, the statement is repeated, and without `IF NOT EXISTS` it fails from then on: `enum label "calm"
    already exists`.

    See https://www.postgresql.org/docs/current/sql-altertype.html and
    https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.migration.MigrationContext.autocommit_block.

    ## Example
    ```python title="alembic/versions/0001_moods.py"
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("CREATE TABLE people (mood mood)")


    def downgrade() -> None:
        op.execute("DROP TABLE people")
        op.execute("DROP TYPE mood")
    ```

    ```python title="alembic/versions/0002_calm.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.execute("ALTER TYPE mood ADD VALUE 'calm'")


    def downgrade() -> None:
        op.execute("ALTER TYPE mood RENAME TO mood_old")
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::text::mood")
        op.execute("DROP TYPE mood_old")
    ```

    ## Use instead
    ```python title="alembic/versions/0001_moods.py"
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("CREATE TABLE people (mood mood)")


    def downgrade() -> None:
        op.execute("DROP TABLE people")
        op.execute("DROP TYPE mood")
    ```

    ```python title="alembic/versions/0002_calm.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'")


    def downgrade() -> None:
        op.execute("ALTER TYPE mood RENAME TO mood_old")
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::text::mood")
        op.execute("DROP TYPE mood_old")
    ```

    ## Fix safety
    Safe where the function does nothing else, unsafe otherwise, since everything above the block is committed with
    it. There is no fix where other SQL stands in the same string, or where the transaction is not Alembic's own:
    there `autocommit_block()` fails.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    dialects: ClassVar[frozenset[str]] = frozenset({"postgresql"})
    signs: ClassVar[Signs] = upgrade_has(AddEnumValue) + downgrade_has(AddEnumValue)

    def check(self, subject: Revision, environment: Environment) -> Iterator[Finding]:
        if sets_autocommit(subject):
            return
        for direction in (subject.upgrade, subject.downgrade):
            added = _added(direction, environment)
            if not added:
                continue
            unit = committed_together(environment.script)
            if unit is Unit.STATEMENT:
                continue
            target = environment.settings.target_postgres
            possible = allows_autocommit_block(environment.script)
            from alembic_vet.fixes.autocommit import autocommit_fixes

            fixes = autocommit_fixes(
                subject.file,
                direction,
                known_safe=possible is True,
                alone=target is not None and target < (12,),
            )
            for location, operations in added.items():
                what = f"`{_statement(operations)}`"
                severity = Severity.WARNING
                if target is not None and target < (12,):
                    severity = Severity.ERROR
                    message = f"{what} runs inside a transaction: it fails on PostgreSQL {'.'.join(map(str, target))}"
                elif unit is Unit.REVISION:
                    severity = Severity.WARNING if _may_be_used(direction) else Severity.INFO
                    message = f"{what} runs inside a transaction: this revision cannot use the value"
                else:
                    message = (
                        f"{what} runs inside a transaction: "
                        "neither this revision nor a later one of the same run can use the value"
                    )
                fix = fixes.get(location) if possible is not False else None
                yield self.finding(location, message, severity=severity, fix=fix)


def _added(direction: Direction, environment: Environment) -> dict[Location, list[AddEnumValue]]:
    """What adds labels that nothing later in the revision commits, by place."""
    found: dict[Location, list[AddEnumValue]] = {}
    fresh = set()
    target = environment.settings.target_postgres or (12,)
    for operation in direction.operations:
        # From PostgreSQL 17 on, labels added to a type of the same transaction can be used at once.
        if isinstance(operation, CreateEnum) and target >= (17,):
            fresh.add(operation.type)
        elif isinstance(operation, AddEnumValue) and not operation.autocommit and operation.type not in fresh:
            found.setdefault(operation.location, []).append(operation)
        elif target >= (12,) and _commits(operation):
            found.clear()
    return found


def _commits(operation: Operation) -> bool:
    """Whether an operation, or the block it is in, commits what came before it."""
    return operation.autocommit or (isinstance(operation, TransactionControl) and operation.action == "commit")


def _may_be_used(direction: Direction) -> bool:
    """Whether anything in the revision may name a label; schema changes seldom do, data changes often."""
    return not direction.complete or any(
        isinstance(operation, (DataChange, OpaqueOperation))
        or (isinstance(operation, ExecuteSQL) and bool(operation.literals))
        for operation in direction.operations
    )


def _statement(operations: list[AddEnumValue]) -> str:
    """The statement in short; several, of a loop say, by the first."""
    first = operations[0]
    kind = str(first.type) if "?" not in str(first.type) else "..."
    label = f" '{first.label}'" if isinstance(first.label, str) else ""
    more = f" (and {len(operations) - 1} more)" if len(operations) > 1 else ""
    return f"ALTER TYPE {kind} ADD VALUE{label}{more}"
