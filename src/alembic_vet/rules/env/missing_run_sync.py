"""`missing-run-sync`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Related, Safety, Severity
from alembic_vet.model.env_script import Configure, EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.values import Invocation


class MissingRunSync(EnvScriptRule):
    """An async connection is handed to Alembic, which is synchronous.

    ## What it does
    Reports `context.configure()` that gets the connection of an async engine as it is, directly or through a
    function, instead of what `connection.run_sync()` passes on.

    ## Why is this bad?
    Alembic calls the connection like a synchronous one. The last line of the error names neither cause nor
    cure: `AttributeError: 'AsyncTransaction' object has no attribute '__exit__'`.

    See https://alembic.sqlalchemy.org/en/latest/cookbook.html#using-asyncio-with-alembic.

    ## Example
    ```python title="alembic/env.py"
    import asyncio

    from alembic import context
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine


    def do_run_migrations(connection):
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


    async def run_migrations_online():
        engine = create_async_engine("sqlite+aiosqlite:///app.db", poolclass=pool.NullPool)
        async with engine.connect() as connection:
            do_run_migrations(connection)
        await engine.dispose()


    asyncio.run(run_migrations_online())
    ```

    ## Use instead
    ```python title="alembic/env.py"
    import asyncio

    from alembic import context
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine


    def do_run_migrations(connection):
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


    async def run_migrations_online():
        engine = create_async_engine("sqlite+aiosqlite:///app.db", poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do_run_migrations)
        await engine.dispose()


    asyncio.run(run_migrations_online())
    ```

    ## Fix safety
    Safe: the code raises today.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for configure in subject.online.configures:
            connection = configure.connection
            if connection is None or not connection.is_async or configure.bridged:
                continue
            handed = _handed_over(configure, subject)
            location = handed.at.location if handed else configure.call.at.location
            related = [Related(configure.call.at.location, "Alembic gets it here")] if handed else []
            if connection.engine:
                related.append(Related(connection.engine.location, "the engine is async"))
            yield self.finding(
                location,
                "an async connection is handed to Alembic without `run_sync`",
                related=related,
                fix=_fix(subject, handed) if handed else None,
            )


def _handed_over(configure: Configure, subject: EnvScript) -> Invocation | None:
    """The call in a coroutine of a synchronous function that then configures."""
    for invocation in configure.call.context.stack:
        node = invocation.at.node
        in_coroutine = any(isinstance(each, ast.AsyncFunctionDef) for each in _functions_around(subject, invocation))
        if invocation.at.file is subject.file and isinstance(node, ast.Call) and in_coroutine:
            return None if invocation.function.is_async else invocation
    return None


def _functions_around(subject: EnvScript, invocation: Invocation) -> list[ast.AST]:
    return list(subject.file.around(invocation.at.node))


def _fix(subject: EnvScript, handed: Invocation) -> Fix | None:
    """`f(connection, x)` becomes `await connection.run_sync(f, x)`, also inside `run_sync(...)`."""
    from alembic_vet.fixes.build import Rewrite

    call = handed.at.node
    assert isinstance(call, ast.Call)
    rewrite = Rewrite(subject.file)
    outer = next(iter(subject.file.around(call)), None)
    match call.args:
        case [ast.Name(id=connection), *rest] if not call.keywords:
            arguments = ", ".join(ast.unparse(node) for node in [call.func, *rest])
        case _:
            return None
    match outer:
        case ast.Call(func=ast.Attribute(attr="run_sync"), args=[inner]) if inner is call:
            rewrite.replace(subject.file.span(call), arguments)
        case ast.Expr():
            rewrite.replace(subject.file.span(call), f"await {connection}.run_sync({arguments})")
        case _:
            return None
    return rewrite.fix(f"Run it through `{connection}.run_sync()`", Safety.SAFE)
