"""env.py in Alembic's words: what happens on its way, online and offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from alembic_vet.findings import Location
from alembic_vet.source.file import SourceFile

if TYPE_CHECKING:
    from alembic_vet.source.values import Call, Coroutine, Function, Text, Value


class Engine(Struct, eq=False):
    """An engine that is created on the way.

    `url` is what it is given, as far as known; `created_in_env` is false where another
    module makes it. `pool` is its `poolclass` argument. `escapes`: other people's code
    gets it and may dispose of it.
    """

    call: Call
    is_async: bool
    url: Text | None
    created_in_env: bool
    pool: Value | None
    wrapped: bool = False
    disposed: bool = False
    escapes: bool = False
    autocommit: bool = False

    @property
    def location(self) -> Location:
        return self.call.at.location


class Connection(Struct, eq=False):
    """A connection; `engine` is None where it comes from somewhere unknown.

    `is_async` is None where that is unknown. `begun`: it came from `engine.begin()`, or a
    `connection.begin()` was entered, so that leaving the block commits.
    """

    value: Value
    engine: Engine | None
    is_async: bool | None
    begun: bool = False
    autocommit: bool = False


class Statement(Struct, frozen=True, eq=False):
    """SQL that is executed on a connection, or an inspection of it."""

    call: Call
    connection: Connection
    sql: Text | None


class Commit(Struct, frozen=True, eq=False):
    """`connection.commit()`."""

    call: Call
    connection: Connection


class Configure(Struct, frozen=True, eq=False):
    """`context.configure(...)`. `bridged`: what it got came through `run_sync`."""

    call: Call
    connection: Connection | None
    bridged: bool

    @property
    def target_metadata(self) -> Value | None:
        return self.call.keywords.get("target_metadata")


class MigrationRun(Struct, frozen=True, eq=False):
    """`context.run_migrations()`. `in_transaction`: under `context.begin_transaction()`."""

    call: Call
    configure: Configure | None
    in_transaction: bool


Event = Engine | Connection | Statement | Commit | Configure | MigrationRun


class OptionWrite(Struct, frozen=True, eq=False):
    """`config.set_main_option(name, value)` or `config.set_section_option(...)`."""

    call: Call
    option: str | None
    value: Value
    position: int


class Unawaited(Struct, frozen=True, eq=False):
    """A coroutine on the way to the migrations that nothing runs.

    `kind` says how: the call's result is thrown away, `run_sync` is not awaited,
    an `async def` is handed to `run_sync`, or the loop that it is scheduled on never runs.
    """

    kind: Literal["coroutine", "run_sync", "async target", "scheduled"]
    call: Call | Coroutine
    function: Function | None


class EnvPath(Struct, frozen=True):
    """What happens in one mode, in order. `complete`: nothing was too much to follow."""

    events: tuple[Event, ...]
    calls: tuple[Call, ...]
    unawaited: tuple[Unawaited, ...]
    complete: bool

    @property
    def engines(self) -> list[Engine]:
        return [event for event in self.events if isinstance(event, Engine)]

    @property
    def configures(self) -> list[Configure]:
        return [event for event in self.events if isinstance(event, Configure)]

    @property
    def runs(self) -> list[MigrationRun]:
        return [event for event in self.events if isinstance(event, MigrationRun)]


class EnvScript(Struct, frozen=True):
    """An env.py, followed once as `alembic upgrade` runs it and once as `--sql` does."""

    file: SourceFile
    online: EnvPath
    offline: EnvPath
    option_writes: tuple[OptionWrite, ...] = ()
    undefined: tuple[tuple[str, Location], ...] = field(default=())
