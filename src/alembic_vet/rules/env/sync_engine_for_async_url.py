"""`sync-engine-for-async-url`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Related, Safety, Severity
from alembic_vet.model.env_script import Configure, Connection, Engine, EnvScript
from alembic_vet.model.url import DatabaseUrl, Flavour
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.values import Hole


class SyncEngineForAsyncUrl(EnvScriptRule):
    """A synchronous engine gets the URL of an async driver.

    ## What it does
    Reports `engine_from_config` and `create_engine` on the online path of env.py whose URL names a driver that is
    only async (asyncpg, aiosqlite, aiomysql, asyncmy, psycopg_async, ...), wherever the URL comes from: the ini file,
    `set_main_option`, a section's dictionary, a settings class, the default of an environment variable.
    psycopg 3 is both and silent, and so are `?async_fallback=true` and an engine wrapped in `AsyncEngine`.

    ## Why is this bad?
    Alembic's default env.py is synchronous. The first connection raises `sqlalchemy.exc.MissingGreenlet:
    greenlet_spawn has not been called`, which says nothing of the cause. Making the engine works, so do
    `alembic history` and `alembic upgrade --sql`; `upgrade`, `current`, `check` and `--autogenerate` fail.

    See https://alembic.sqlalchemy.org/en/latest/cookbook.html#using-asyncio-with-alembic.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool


    def run_migrations_online():
        engine = create_engine("postgresql+asyncpg://app@localhost/app", poolclass=pool.NullPool)
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()


    run_migrations_online()
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
        engine = create_async_engine("postgresql+asyncpg://app@localhost/app", poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do_run_migrations)

        await engine.dispose()


    asyncio.run(run_migrations_online())
    ```

    ## Fix safety
    Safe where the URL is written down: the code raises today. Unsafe where it is the default of a setting or of
    an environment variable, which may name another driver elsewhere. An env.py whose way to the engine is of
    another shape than Alembic's template gets no fix.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for engine in subject.online.engines:
            url = DatabaseUrl.read(engine.url) if not engine.is_async and engine.url else None
            if url is None or url.flavour(environment.sqlalchemy) is not Flavour.ASYNC or url.falls_back_to_sync:
                continue
            if not _migrates(engine, subject):
                continue
            written = url.text.location
            yield self.finding(
                engine.location,
                f"`{engine.call.method}` makes a synchronous engine for a `{url.scheme}://` URL, "
                f"whose driver `{url.driver}` is only async",
                related=[Related(written, "the URL is written here")] if written else (),
                fix=_fix(subject, engine),
            )


def _migrates(engine: Engine, subject: EnvScript) -> bool:
    """Whether a connection of this engine is what Alembic gets."""
    return any(
        isinstance(event, Configure) and isinstance(event.connection, Connection) and event.connection.engine is engine
        for event in subject.online.events
    )


def _fix(subject: EnvScript, engine: Engine) -> Fix | None:
    from alembic_vet.fixes.bridge import bridge_to_async
    from alembic_vet.fixes.build import FixImpossible

    if not engine.created_in_env or engine.url is None:
        return None
    first = engine.url.parts[0] if engine.url.parts else ""
    safety = Safety.UNSAFE if isinstance(first, Hole) else Safety.SAFE
    try:
        return bridge_to_async(subject.file, engine.call.node).fix("Run the migrations through an async engine", safety)
    except FixImpossible:
        return None
