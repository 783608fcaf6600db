"""What an env.py commits together, and whether a revision can step out of it."""

from __future__ import annotations

from enum import Enum

from alembic_vet.model.env_script import Commit, Configure, Connection, Engine, EnvPath, EnvScript, Statement
from alembic_vet.source.values import constant


class Unit(Enum):
    """What is committed together."""

    RUN = "run"
    REVISION = "revision"
    STATEMENT = "statement"


def committed_together(script: EnvScript | None) -> Unit:
    """All revisions of a run, unless env.py says otherwise."""
    if script is None:
        return Unit.RUN
    configures = script.online.configures
    if any(_is_autocommit(configure, script.online) for configure in configures):
        return Unit.STATEMENT
    each = bool(configures) and all(_commits_each(configure, script.online) for configure in configures)
    return Unit.REVISION if each else Unit.RUN


def _is_autocommit(configure: Configure, path: EnvPath) -> bool:
    connection = configure.connection
    if connection is not None and connection.engine is not None:
        return connection.autocommit or connection.engine.autocommit
    return any(event.autocommit for event in path.events if isinstance(event, (Engine, Connection)))


def _commits_each(configure: Configure, path: EnvPath) -> bool:
    # Alembic ignores both options on a connection that is in somebody else's transaction.
    if _is_alembics(configure, path) is False:
        return False
    given = configure.call.keywords
    return any(
        name in given and constant(given[name]) is value
        for name, value in (("transaction_per_migration", True), ("transactional_ddl", False))
    )


def allows_autocommit_block(script: EnvScript | None) -> bool | None:
    """Whether `autocommit_block()` works: only where the transaction is Alembic's own. None where that is not known."""
    if script is None or not script.online.configures:
        return None
    answers = [_is_alembics(configure, script.online) for configure in script.online.configures]
    answers += [run.in_transaction for run in script.online.runs]
    return False if False in answers else None if None in answers else True


def _is_alembics(configure: Configure, path: EnvPath) -> bool | None:
    """Whether the transaction is Alembic's own: nobody has begun one on the connection before. None: perhaps."""
    connection = configure.connection
    if connection is None:
        return None
    if connection.begun:
        return False
    answer = True if connection.engine is not None else None
    for event in path.events[: path.events.index(configure)]:
        match event:
            case Statement() if event.connection is connection:
                answer = None if event.call.context.conditional or answer is None else False
            case Commit() if event.connection is connection:
                answer = True if connection.engine is not None else None
    return answer
