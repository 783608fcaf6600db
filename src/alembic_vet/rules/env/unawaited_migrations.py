"""`unawaited-migrations`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Location, Safety, Severity
from alembic_vet.model.env_script import EnvScript, Unawaited
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.values import Function


class UnawaitedMigrations(EnvScriptRule):
    """A coroutine that should run the migrations is never run.

    ## What it does
    Reports, on the way to `context.run_migrations()`: a call of an `async def` whose result nobody awaits,
    `run_sync` without `await`, an `async def` handed to `run_sync`, and a coroutine that is only scheduled
    (`create_task`, `ensure_future`) on a loop that never runs.

    ## Why is this bad?
    `alembic upgrade head` exits with 0 and nothing is applied. At most there is a line that is easily missed,
    `RuntimeWarning: coroutine 'run_async_migrations' was never awaited`.

    See https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines.

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
            connection.run_sync(do_run_migrations)
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
    Safe: the code does nothing today.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for unawaited in subject.online.unawaited:
            call = unawaited.call
            # Where another branch runs the migrations, this one is for a loop that runs already.
            if unawaited.kind in ("coroutine", "scheduled") and subject.online.runs:
                continue
            if call.at.file is not subject.file:
                continue
            if unawaited.function is not None and not _leads_to_migrations(unawaited.function, subject):
                continue
            yield self.finding(_location(unawaited), _message(unawaited), fix=_fix(subject, unawaited))


def _location(unawaited: Unawaited) -> Location:
    return unawaited.call.at.location


def _message(unawaited: Unawaited) -> str:
    name = f"`{unawaited.function.name}`" if unawaited.function else "it"
    match unawaited.kind:
        case "coroutine":
            return f"the coroutine {name} is never awaited: no migration runs, with exit code 0"
        case "scheduled":
            return f"the coroutine {name} is scheduled and never waited for: no migration runs, with exit code 0"
        case "async target":
            return f"{name} is an `async def`, which `run_sync` never awaits: no migration runs, with exit code 0"
        case "run_sync":
            return "`run_sync` is not awaited: no migration runs, with exit code 0"


def _leads_to_migrations(function: Function, subject: EnvScript) -> bool:
    """Whether a function of env.py runs migrations, itself or through others of the file."""
    defined = {
        node.name: node for node in subject.file.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    seen: set[str] = set()
    pending: list[ast.AST] = [function.node]
    while pending:
        for node in ast.walk(pending.pop()):
            if isinstance(node, ast.Attribute) and node.attr == "run_migrations":
                return True
            if isinstance(node, ast.Name) and node.id in defined and node.id not in seen:
                seen.add(node.id)
                pending.append(defined[node.id])
    return False


def _fix(subject: EnvScript, unawaited: Unawaited) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    node = unawaited.call.at.node
    rewrite = Rewrite(subject.file)
    function = next(
        (each for each in subject.file.around(node) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))), None
    )
    in_coroutine = isinstance(function, ast.AsyncFunctionDef)
    outer = next(iter(subject.file.around(node)), None)
    match unawaited.kind:
        case "run_sync" | "coroutine" if in_coroutine and isinstance(outer, ast.Expr):
            rewrite.await_(subject.file.span(node))
            return rewrite.fix("Await it", Safety.SAFE)
        case "coroutine" if not in_coroutine and isinstance(outer, ast.Expr):
            rewrite.surround(subject.file.span(node), f"{rewrite.name_for('asyncio.run')}(", ")")
            return rewrite.fix("Run it with `asyncio.run()`", Safety.SAFE)
        case "scheduled" if not in_coroutine and isinstance(outer, ast.Call):
            if isinstance(subject.file.statement(node), ast.Expr):
                rewrite.replace(subject.file.span(outer.func), rewrite.name_for("asyncio.run"))
                return rewrite.fix("Run it with `asyncio.run()`", Safety.SAFE)
        case "async target" if unawaited.function is not None:
            body = unawaited.function.node
            awaits = any(isinstance(each, (ast.Await, ast.AsyncWith, ast.AsyncFor)) for each in ast.walk(body))
            if unawaited.function.scope.file is subject.file and not awaits:
                rewrite.make_sync(subject.file.span(body))
                return rewrite.fix(f"Make `{unawaited.function.name}` a plain `def`", Safety.SAFE)
    return None
