"""`missing-null-pool`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.values import Text

# With NullPool the first four raise TypeError: whoever gives them wants a pool.
_DECIDED = {"pool_size", "max_overflow", "pool_timeout", "pool_use_lifo", "pool", "creator"}


class MissingNullPool(EnvScriptRule):
    """An engine in env.py keeps a connection pool.

    ## What it does
    Reports an engine that env.py creates without `poolclass=NullPool`: as a warning where nothing disposes
    of the engine either, else as information. An engine for a database in memory needs its pool, an
    explicit `poolclass` or `pool_size` is a decision, and what another module creates is not env.py's: these are silent.

    ## Why is this bad?
    A migration run opens one connection, once. A pool keeps it open after the run, which shows where
    migrations run inside a longer process: in tests, or when an application upgrades its database as it
    starts. Each run leaves an idle connection behind, and `DROP DATABASE` waits for it; an async engine is
    reported as `ResourceWarning: unclosed connection`. On SQLAlchemy 2.0.38 to 2.0.45 with aiosqlite 0.22 the
    process never ends. From the command line nothing is leaked: the process ends.

    See https://docs.sqlalchemy.org/en/20/core/pooling.html#switching-pool-implementations.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine

    connectable = create_engine("postgresql://app@localhost/app")

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    connectable = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe: a pool of one connection that is used once does nothing that a connection without a pool does not.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.ALWAYS

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for engine in subject.online.engines:
            call = engine.call
            if not engine.created_in_env or engine.pool is not None or call.open_ended or _in_memory(engine.url):
                continue
            if call.keywords.keys() & _DECIDED:
                continue
            from alembic_vet.fixes.build import Rewrite

            rewrite = Rewrite(subject.file)
            pool = rewrite.name_for("sqlalchemy.pool.NullPool", prefer_module=True)
            rewrite.add_keyword(engine.location.span, f"poolclass={pool}")
            yield self.finding(
                engine.location,
                f"`{call.method}` in env.py makes a connection pool that one migration run has no use for",
                severity=Severity.INFO if engine.disposed or engine.escapes else Severity.WARNING,
                fix=rewrite.fix("Add `poolclass=NullPool`", Safety.SAFE),
            )


def _in_memory(url: Text | None) -> bool:
    known = (url.likely.exact if url else None) or ""
    return known.startswith("sqlite") and (known.endswith("://") or ":memory:" in known)
