"""From the trace of an env.py to what happens in it."""

from __future__ import annotations

import ast

from alembic_vet.extract.env_vocabulary import BRIDGE, EnvVocabulary
from alembic_vet.extract.urls import ENGINE_FACTORIES, engine_option, engine_url, is_engine_factory, url_text
from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.env_script import (
    Commit,
    Configure,
    Connection,
    Engine,
    EnvPath,
    EnvScript,
    Event,
    MigrationRun,
    OptionWrite,
    Statement,
    Unawaited,
)
from alembic_vet.source.file import SourceFile
from alembic_vet.source.interpreter import Interpreter, Trace
from alembic_vet.source.names import undefined_names
from alembic_vet.source.scope import ModuleFinder, ModuleScope
from alembic_vet.source.values import (
    Attribute,
    Call,
    Entered,
    Symbol,
    Text,
    Value,
    constant,
    options,
)

_OPENING = frozenset({"connect", "begin", "acquire"})
_EXECUTING = frozenset({"execute", "scalar", "scalars", "exec_driver_sql", "stream", "stream_scalars"})
_ENV_MODULE = "env_py"


def read_env_script(file: SourceFile, config: AlembicConfig, finder: ModuleFinder | None) -> EnvScript:
    """Follow an env.py in both modes.

    Raises Unparsable and OSError where it cannot be read.
    """
    online, writes = _follow(file, config, finder, offline=False)
    offline, more = _follow(file, config, finder, offline=True)
    seen = {id(write.call.at.node) for write in writes}
    writes += [write for write in more if id(write.call.at.node) not in seen]
    undefined = tuple((name, file.location(node)) for name, node in undefined_names(file))
    return EnvScript(file, online, offline, tuple(writes), undefined)


def _follow(
    file: SourceFile, config: AlembicConfig, finder: ModuleFinder | None, *, offline: bool
) -> tuple[EnvPath, list[OptionWrite]]:
    vocabulary = EnvVocabulary(config, offline=offline)
    run = Interpreter(finder, vocabulary)
    run.run_module(ModuleScope(file, _ENV_MODULE))
    reader = _Reader(file)
    for call in run.trace.calls:
        reader.read(call)
    unawaited = tuple(_unawaited(run.trace, vocabulary))
    path = EnvPath(tuple(reader.events), tuple(run.trace.calls), unawaited, not run.trace.exhausted)
    return path, vocabulary.writes


class _Reader:
    """Turns calls into events, one by one."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.events: list[Event] = []
        self._engines: dict[int, Engine] = {}
        self._connections: dict[int, Connection] = {}
        self._configure: Configure | None = None
        self._entered_transactions: list[Call] = []

    def read(self, call: Call) -> None:
        if is_engine_factory(call):
            self._engine(call)
        elif call.name.endswith("AsyncEngine") and call.args:
            self._wrap(call)
        elif call.name == "alembic.context.configure":
            self._configured(call)
        elif call.name == "alembic.context.run_migrations":
            self.events.append(MigrationRun(call, self._configure, self._in_transaction(call)))
        elif call.name == "alembic.context.begin_transaction":
            self._entered_transactions.append(call)
        elif call.receiver is not None:
            self._method(call, call.receiver)
        else:
            self._function(call)

    def _engine(self, call: Call) -> None:
        engine = Engine(
            call=call,
            is_async=ENGINE_FACTORIES[call.method or ""],
            url=_one_url(engine_url(call)),
            created_in_env=call.at.file is self.file,
            pool=call.argument(-1, "poolclass"),
            escapes=call.open_ended,
            autocommit=constant(engine_option(call, "isolation_level") or Symbol("")) == "AUTOCOMMIT",
        )
        self._engines[id(call)] = engine
        self.events.append(engine)

    def _wrap(self, call: Call) -> None:
        for option in options(call.args[0]):
            engine = self._engines.get(id(option))
            if engine is not None:
                engine.is_async = engine.wrapped = True
                self._engines[id(call)] = engine

    def _configured(self, call: Call) -> None:
        given = call.keywords.get("connection")
        connection, bridged = self._connection(given) if given is not None else (None, False)
        self._configure = Configure(call, connection, bridged)
        self.events.append(self._configure)

    def _in_transaction(self, call: Call) -> bool:
        """Under the `with`, or after an `enter_context` or `__enter__` of one."""
        around = {id(option) for manager in call.context.withs for option in _managers(manager)}
        if any(id(transaction) in around for transaction in self._entered_transactions):
            return True
        return any(not _is_with_item(transaction) for transaction in self._entered_transactions)

    def _method(self, call: Call, receiver: Value) -> None:
        engine = self._engine_of(receiver)
        if engine is not None:
            if call.method == "dispose":
                engine.disposed = True
            if _autocommits(call):
                engine.autocommit = True
            return
        connection, _ = self._connection(receiver)
        if connection is None and self._configure and _is_bind(receiver):
            connection = self._configure.connection
        if connection is None:
            inspected = _inspected(receiver)
            connection = self._connection(inspected)[0] if inspected is not None else None
            if connection is not None and call.method != "clear_cache":
                self.events.append(Statement(call, connection, None))
            return
        if call.method in _EXECUTING:
            sql = _sql(call.args[0]) if call.args else None
            self.events.append(Statement(call, connection, sql))
        elif call.method == "commit":
            self.events.append(Commit(call, connection))
        elif call.method == "begin":
            connection.begun = True
        elif _autocommits(call):
            connection.autocommit = True

    def _function(self, call: Call) -> None:
        for argument in [*call.args, *call.keywords.values()]:
            for option in options(argument):
                engine = self._engine_of(option)
                if engine is not None and engine.call.at.node is not call.at.node:
                    engine.escapes = True

    def _engine_of(self, value: Value) -> Engine | None:
        for option in options(value):
            if isinstance(option, Attribute) and option.name == "sync_engine":
                option = option.of
            if id(option) in self._engines:
                return self._engines[id(option)]
            if isinstance(option, Entered):
                return self._engines.get(id(option.of))
        return None

    def _connection(self, value: Value | None) -> tuple[Connection | None, bool]:
        """The connection that a value is, and whether it came through `run_sync`."""
        for option in options(value) if value is not None else ():
            bridged = False
            while isinstance(option, Attribute) and option.name in (BRIDGE, "connection"):
                bridged = bridged or option.name == BRIDGE
                option = option.of
            opening = _opening(option)
            if opening is None:
                continue
            known = self._connections.get(id(opening))
            if known is None:
                known = self._connections[id(opening)] = self._opened(option, opening)
            return known, bridged
        return None, False

    def _opened(self, value: Value, opening: Call) -> Connection:
        engine = self._engine_of(opening.receiver) if opening.receiver is not None else None
        is_async: bool | None = engine.is_async if engine else None
        if is_async is None and isinstance(value, Entered):
            is_async = value.is_async
        connection = Connection(value, engine, is_async, begun=opening.method == "begin")
        connection.autocommit = engine.autocommit if engine else False
        self.events.append(connection)
        return connection


def _opening(value: Value) -> Call | None:
    """The `engine.connect()` or `engine.begin()` behind a connection."""
    of = value.of if isinstance(value, Entered) else value
    for option in options(of):
        if isinstance(option, Call) and option.method in _OPENING and option.receiver is not None:
            inner = _opening(option.receiver) if option.method == "begin" else None
            return inner or option
        if isinstance(option, Entered):
            return _opening(option)
    return None


def _managers(manager: Value) -> list[Value]:
    of = manager.of if isinstance(manager, Entered) else manager
    return list(options(of))


def _is_with_item(call: Call) -> bool:
    """Whether a call is the expression of a `with`; then its block says what is in the transaction."""
    return any(
        isinstance(node, (ast.With, ast.AsyncWith)) and any(item.context_expr is call.at.node for item in node.items)
        for node in ast.walk(call.at.file.tree)
    )


def _inspected(receiver: Value) -> Value | None:
    for option in options(receiver):
        if isinstance(option, Call) and option.name in ("sqlalchemy.inspect", "sqlalchemy.inspection.inspect"):
            return option.args[0] if option.args else None
    return None


def _is_bind(value: Value) -> bool:
    """Whether a value is `context.get_bind()`: the connection that was configured."""
    return any(isinstance(option, Call) and option.name.endswith("get_bind") for option in options(value))


def _autocommits(call: Call) -> bool:
    level = call.keywords.get("isolation_level")
    return call.method == "execution_options" and level is not None and constant(level) == "AUTOCOMMIT"


def _sql(value: Value) -> Text | None:
    match value:
        case Text():
            return value
        case Call() if value.method in ("text", "DDL") and value.args:
            return _sql(value.args[0])
    return None


def _one_url(value: Value | None) -> Text | None:
    """The URL, where all that it can be agree on being a text with the same scheme."""
    if value is None:
        return None
    found = [url_text(option) for option in options(value)]
    known = [url for url in found if url is not None]
    if not known or len(known) != len(found):
        return None
    schemes = {_scheme(url) for url in known}
    return known[0] if len(schemes) == 1 else None


def _scheme(url: Text) -> str:
    likely = url.likely
    head = likely.parts[0] if likely.parts else ""
    return head.partition("://")[0] if isinstance(head, str) else ""


def _unawaited(trace: Trace, vocabulary: EnvVocabulary) -> list[Unawaited]:
    found = [Unawaited("async target", call, function) for call, function in vocabulary.async_targets]
    runs_on = any(call.method == "run_forever" for call in trace.calls)
    for coroutine in trace.coroutines:
        if not coroutine.awaited and not coroutine.handed_over:
            scheduled = any(coroutine in call.args for call in trace.calls)
            if scheduled and runs_on:
                continue
            found.append(Unawaited("scheduled" if scheduled else "coroutine", coroutine, coroutine.function))
    thrown_away = {id(option) for item in trace.discarded for option in options(item.value)}
    for call in trace.calls:
        if call.method == "run_sync" and not call.awaited and id(call) in thrown_away:
            found.append(Unawaited("run_sync", call, None))
    return found
