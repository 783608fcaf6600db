"""`engine-not-disposed`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Safety, Severity
from alembic_vet.model.env_script import Engine, EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.file import SourceFile


class EngineNotDisposed(EnvScriptRule):
    """An async engine in env.py is never disposed of.

    ## What it does
    Reports an async engine that env.py creates and never disposes of: as a warning where it keeps a
    connection pool, as information where its `NullPool` leaves nothing behind.

    ## Why is this bad?
    An async driver closes its connection only while its event loop runs. A pooled connection that outlives
    `asyncio.run` is closed by the garbage collector, or not at all: `ResourceWarning: unclosed connection`
    and an idle connection on the server, for as long as the process lives.

    See https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-core.

    ## Example
    ```python title="alembic/env.py"
    import asyncio

    from alembic import context
    from sqlalchemy.ext.asyncio import create_async_engine


    def do_run_migrations(connection):
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


    async def run_migrations_online():
        engine = create_async_engine("sqlite+aiosqlite:///app.db", poolclass=None)
        async with engine.connect() as connection:
            await connection.run_sync(do_run_migrations)


    asyncio.run(run_migrations_online())
    ```

    ## Use instead
    ```python title="alembic/env.py"
    import asyncio

    from alembic import context
    from sqlalchemy.ext.asyncio import create_async_engine


    def do_run_migrations(connection):
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


    async def run_migrations_online():
        engine = create_async_engine("sqlite+aiosqlite:///app.db", poolclass=None)
        async with engine.connect() as connection:
            await connection.run_sync(do_run_migrations)
        await engine.dispose()


    asyncio.run(run_migrations_online())
    ```

    ## Fix safety
    Safe: the engine is the function's own, and nothing in env.py uses it afterwards.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for engine in subject.online.engines:
            if not engine.is_async or not engine.created_in_env or engine.disposed or engine.escapes:
                continue
            yield self.finding(
                engine.location,
                f"the engine of `{engine.call.method}` is never disposed of",
                severity=Severity.INFO if _is_null_pool(engine) else Severity.WARNING,
                fix=_fix(engine, subject.file),
            )


def _is_null_pool(engine: Engine) -> bool:
    return engine.pool is not None and "NullPool" in str(engine.pool)


def _fix(engine: Engine, file: SourceFile) -> Fix | None:
    """Dispose after the one `async with` that opens a connection of an engine with a name."""
    from alembic_vet.fixes.build import Rewrite

    assignment = file.statement(engine.call.at.node)
    function = next((node for node in file.around(engine.call.at.node) if isinstance(node, ast.AsyncFunctionDef)), None)
    match assignment:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if function is not None:
            users = [statement for statement in function.body if _opens(statement, name)]
        case _:
            return None
    if len(users) != 1:
        return None
    rewrite = Rewrite(file)
    rewrite.insert_after(file.span(users[0]), [f"await {name}.dispose()"])
    return rewrite.fix(f"Add `await {name}.dispose()`", Safety.SAFE)


def _opens(statement: ast.stmt, name: str) -> bool:
    if not isinstance(statement, ast.AsyncWith) or any(isinstance(node, ast.Return) for node in ast.walk(statement)):
        return False
    opened = (node for item in statement.items for node in ast.walk(item.context_expr))
    return any(isinstance(node, ast.Name) and node.id == name for node in opened)
