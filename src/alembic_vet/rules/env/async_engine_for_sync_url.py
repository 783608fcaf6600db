"""`async-engine-for-sync-url`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Edit, Finding, Fix, Related, Safety, Severity, Span
from alembic_vet.model.env_script import EnvScript
from alembic_vet.model.url import DatabaseUrl, Flavour
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability

# The first that the project depends on, else the first.
_ASYNC_DRIVERS = {
    "postgresql": ("asyncpg", "psycopg"),
    "sqlite": ("aiosqlite",),
    "mysql": ("asyncmy", "aiomysql"),
    "mariadb": ("asyncmy", "aiomysql"),
    "oracle": ("oracledb",),
    "mssql": ("aioodbc",),
}


class AsyncEngineForSyncUrl(EnvScriptRule):
    """An async engine gets the URL of a synchronous driver.

    ## What it does
    Reports an async engine on the online path of env.py whose URL names a driver that cannot be used
    asynchronously, or names none where SQLAlchemy then takes such a one: `postgresql://` means psycopg2 before
    SQLAlchemy 2.1, and psycopg 3, which is both, since.

    ## Why is this bad?
    The engine is refused: `sqlalchemy.exc.InvalidRequestError: The asyncio extension requires an async driver to be
    used. The loaded 'psycopg2' is not async.`

    See https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html.

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
        engine = create_async_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do_run_migrations)
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
        engine = create_async_engine("postgresql+asyncpg://app@localhost/app", poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do_run_migrations)
        await engine.dispose()


    asyncio.run(run_migrations_online())
    ```

    ## Fix safety
    Unsafe: the driver that the URL is given must be installed.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for engine in subject.online.engines:
            url = DatabaseUrl.read(engine.url) if engine.is_async and engine.url else None
            if url is None or url.flavour(environment.sqlalchemy) is not Flavour.SYNC:
                continue
            assumed = url.driver is None and environment.known_sqlalchemy is None
            written = url.text.location
            yield self.finding(
                engine.location,
                f"an async engine gets a `{url.scheme}://` URL, whose driver "
                f"`{url.driver_in_use(environment.sqlalchemy)}` is not async",
                severity=Severity.WARNING if assumed else Severity.ERROR,
                related=[Related(written, "the URL is written here")] if written else (),
                fix=_fix(url, environment),
            )


def _fix(url: DatabaseUrl, environment: Environment) -> Fix | None:
    drivers = _ASYNC_DRIVERS.get(url.backend, ())
    place = url.text.location
    if not drivers or place is None:
        return None
    driver = next((name for name in drivers if environment.requires(name)), drivers[0])
    line = environment.sources.file(place.path).lines[place.span.line - 1]
    start = line.find(f"{url.scheme}://", place.span.column - 1)
    if start < 0:
        return None
    span = Span(place.span.line, start + 1, place.span.line, start + 1 + len(url.scheme))
    edit = Edit(place.path, span, f"{url.backend}+{driver}")
    return Fix(f"Name the async driver: `{url.backend}+{driver}`", Safety.UNSAFE, (edit,))
