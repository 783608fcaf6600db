"""`missing-begin-transaction`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Safety, Severity
from alembic_vet.model.env_script import Commit, EnvPath, EnvScript, MigrationRun
from alembic_vet.model.url import DatabaseUrl
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability

# `transactional_ddl` in alembic.ddl: where it is false, each revision has a transaction of its own
_COMMITTED_EACH = frozenset({"sqlite", "mysql", "mariadb", "oracle"})
_DECIDES_ITSELF = frozenset({"transaction_per_migration", "transactional_ddl"})


class MissingBeginTransaction(EnvScriptRule):
    """Migrations run outside of `context.begin_transaction()`.

    ## What it does
    Reports `context.run_migrations()` on the online path of env.py that no `context.begin_transaction()`
    surrounds. Where the connection is committed anyway (`engine.begin()`, a `commit()` afterwards, AUTOCOMMIT,
    `transaction_per_migration`) it is silent, and on SQLite, MySQL, MariaDB and Oracle, whose DDL is not
    transactional: there Alembic commits each revision itself.

    ## Why is this bad?
    SQLAlchemy 2 begins a transaction with the first statement; without `begin_transaction()` nobody commits it.
    `alembic upgrade head` prints `Running upgrade  -> 0001`, exits with 0, and closing the connection rolls
    everything back: no table, no `alembic_version`. Nothing says so.

    See https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.environment.EnvironmentContext.begin_transaction.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection)
        context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe: what the code does today is thrown away.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        reported: set[int] = set()
        for run in subject.online.runs:
            node = run.call.node
            if run.in_transaction or id(node) in reported or run.call.at.file is not subject.file:
                continue
            if _is_committed(run, subject.online, environment):
                continue
            reported.add(id(node))
            yield self.finding(
                run.call.at.location,
                "migrations run outside of `context.begin_transaction()`: they are rolled back, with exit code 0",
                fix=_fix(subject, node),
            )


def _is_committed(run: MigrationRun, path: EnvPath, environment: Environment) -> bool:
    if environment.sqlalchemy < (2, 0) or environment.settings.dialect in _COMMITTED_EACH:
        return True
    connection = run.configure.connection if run.configure else None
    if run.configure is None or connection is None:
        return True
    if run.configure.call.open_ended or run.configure.call.keywords.keys() & _DECIDES_ITSELF:
        return True
    engine = connection.engine
    url = DatabaseUrl.read(engine.url) if engine and engine.url else None
    if connection.begun or connection.autocommit or (url and url.backend in _COMMITTED_EACH):
        return True
    later = path.events[path.events.index(run) :]
    return any(isinstance(event, Commit) and event.connection is connection for event in later)


def _fix(subject: EnvScript, node: ast.Call) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    statement = subject.file.statement(node)
    if not isinstance(statement, ast.Expr) or not isinstance(node.func, ast.Attribute) or statement.value is not node:
        return None
    context = ast.unparse(node.func.value)
    rewrite = Rewrite(subject.file)
    span = subject.file.span(statement)
    rewrite.wrap_in_with(span, span, f"with {context}.begin_transaction():")
    return rewrite.fix(f"Run them under `{context}.begin_transaction()`", Safety.SAFE)
