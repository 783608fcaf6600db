"""`uncommitted-connection`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Related, Safety, Severity
from alembic_vet.model.env_script import Commit, Configure, EnvPath, EnvScript, Statement
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability


class UncommittedConnection(EnvScriptRule):
    """A statement before `context.configure()` makes every migration be rolled back.

    ## What it does
    Reports a statement, or an inspection, that env.py executes on the connection before it hands it to
    `context.configure()`, where nothing commits it: no `commit()` in between or after the migrations, no
    `begin()` around them, no AUTOCOMMIT. The connection is followed through `run_sync` and through functions.

    ## Why is this bad?
    The statement begins a transaction, so Alembic finds one that is not its own and leaves it to its owner to
    commit. There is no owner: `alembic upgrade head` prints `Running upgrade  -> 0001`, exits with 0, and closing
    the connection rolls everything back, `alembic_version` included. On SQLite the tables stay and the version
    is lost; the next run fails with `table ... already exists`.

    See https://alembic.sqlalchemy.org/en/latest/cookbook.html#rudimental-schema-level-multi-tenancy-for-postgresql-databases.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool, text

    engine = create_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        connection.execute(text("SET search_path TO app"))
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool, text

    engine = create_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        connection.execute(text("SET search_path TO app"))
        connection.commit()
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe for a statement that outlives its transaction or is meant to (`SET`, `CREATE SCHEMA`, a session's advisory
    lock, a `SELECT`, an inspection), unsafe for others. `SET LOCAL` and `pg_advisory_xact_lock` end with a
    commit: for them there is no fix.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        if environment.sqlalchemy < (2, 0):
            return
        for configure in subject.online.configures:
            early = _uncommitted(configure, subject.online)
            if not early:
                continue
            last = early[-1]
            yield self.finding(
                last.call.at.location,
                "a statement before `context.configure()` is never committed: "
                "all migrations are rolled back, with exit code 0",
                related=[Related(configure.call.at.location, "the connection is configured here")],
                fix=_fix(subject, last),
            )


def _uncommitted(configure: Configure, path: EnvPath) -> list[Statement]:
    """The statements that leave the connection in a transaction which nobody commits."""
    connection = configure.connection
    if connection is None or connection.begun or connection.autocommit:
        return []
    place = path.events.index(configure)
    early: list[Statement] = []
    for event in path.events[:place]:
        if isinstance(event, Statement) and event.connection is connection:
            early.append(event)
        elif isinstance(event, Commit) and event.connection is connection:
            early.clear()
    after = path.events[place:]
    if any(isinstance(event, Commit) and event.connection is connection for event in after):
        return []
    return early


_ENDS_WITH_COMMIT = ("set local", "set transaction", "pg_advisory_xact_lock", "pg_try_advisory_xact_lock", "set_config")
_SAFE_TO_COMMIT = ("set ", "create schema", "select", "show ", "pragma", "create extension")


def _fix(subject: EnvScript, statement: Statement) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    node = statement.call.at.node
    if statement.call.at.file is not subject.file or not isinstance(node, ast.Call):
        return None
    sql = " ".join("".join(part for part in statement.sql.parts if isinstance(part, str)).lower().split()) if (
        statement.sql
    ) else ""  # fmt: skip
    if any(word in sql for word in _ENDS_WITH_COMMIT):
        return None
    inspection = statement.call.method not in ("execute", "scalar", "scalars", "exec_driver_sql")
    safe = inspection or sql.startswith(_SAFE_TO_COMMIT)
    name = _connection_name(node)
    around = subject.file.statement(node)
    if name is None or not isinstance(around, (ast.Expr, ast.Assign, ast.AnnAssign)):
        return None
    is_awaited = any(isinstance(each, ast.Await) for each in subject.file.around(node))
    rewrite = Rewrite(subject.file)
    rewrite.insert_after(subject.file.span(around), [f"{'await ' if is_awaited else ''}{name}.commit()"])
    return rewrite.fix("Commit it", Safety.SAFE if safe else Safety.UNSAFE)


def _connection_name(node: ast.Call) -> str | None:
    """What the connection is called where the statement is executed."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=name), attr="execute" | "scalar" | "scalars" | "exec_driver_sql"):
            return name
        case ast.Attribute(value=ast.Call(args=[ast.Name(id=name), *_])):
            return name
    return None
