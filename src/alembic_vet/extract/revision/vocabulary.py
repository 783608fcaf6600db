"""What the calls in a revision mean while it is followed."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_vet.source.interpreter import Interpreter, Vocabulary
from alembic_vet.source.strings import literal
from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    Anchor,
    Attribute,
    Call,
    Const,
    Coroutine,
    Function,
    Hole,
    Mapping,
    Symbol,
    Text,
    Value,
    options,
)

OP = "alembic.op"
_DIALECT_CLASSES = {
    "postgresql": ("PGDialect", "PostgresqlImpl"),
    "mysql": ("MySQLDialect", "MySQLImpl"),
    "sqlite": ("SQLiteDialect", "SQLiteImpl"),
    "mssql": ("MSDialect", "MSSQLImpl"),
    "oracle": ("OracleDialect", "OracleImpl"),
}
_FLUENT = frozenset({"execution_options"})


class RevisionVocabulary(Vocabulary):
    """Alembic's `op` and `context` in an online run against one dialect."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect

    def called(self, call: Call, run: Interpreter) -> Value | None:
        match call.name:
            case "alembic.op.run_async" | "?.run_async":
                return self._run_async(call, run)
            case "alembic.context.is_offline_mode":
                return Const(False)
            case "alembic.context.get_x_argument":
                return Mapping({}, complete=False) if "as_dictionary" in call.keywords else OPAQUE
            case "isinstance" if len(call.args) == 2:
                return self._is_instance(call)
        if call.method == "get_backend_name":
            return literal(self.dialect)
        if call.method == "run_sync" and call.receiver is not None:
            return self._run_sync(call, run)
        if call.method in _FLUENT and call.receiver is not None:
            return call.receiver
        return None

    def stringified(self, value: Value, at: Anchor) -> Text | None:
        """`str(engine.url)` starts with the dialect, whatever the URL is."""
        if isinstance(value, Attribute) and value.name == "url":
            return Text((self.dialect, Hole("the database URL")), at)
        return None

    def attribute(self, of: Value, name: str) -> Value | None:
        match name:
            case "name" | "__dialect__" if _is_dialect(of):
                return literal(self.dialect)
            case "drivername" if isinstance(of, Attribute) and of.name == "url":
                return Text((self.dialect, Hole("the driver")))
            case "dialect_name" | "dialect_description":
                return literal(self.dialect)
            case "name" if isinstance(of, Attribute) and of.name == "engine":
                return literal(self.dialect)
            case "as_sql" | "offline":
                return Const(False)
        return None

    def _is_instance(self, call: Call) -> Value | None:
        subject, asked = call.args
        if not _is_dialect(subject) and not (isinstance(subject, Attribute) and subject.name == "impl"):
            return None
        paths = [str(getattr(option, "name", "")).split(".") for option in options(asked)]
        if any(path[-1] == "dialect" and self.dialect in path for path in paths):
            return Const(True)
        names = [str(getattr(option, "name", "")).rpartition(".")[2] for option in options(asked)]
        mine = any(name.startswith(_DIALECT_CLASSES.get(self.dialect, ("?",))) for name in names)
        others = {
            prefix for known, prefixes in _DIALECT_CLASSES.items() if known != self.dialect for prefix in prefixes
        }
        if mine:
            return Const(True)
        return Const(False) if names and all(name.startswith(tuple(others)) for name in names) else None

    def _run_async(self, call: Call, run: Interpreter) -> Value | None:
        """`op.run_async(function, *args)` calls `function(connection, *args)`."""
        return self._bridge(call, run, call.receiver or Symbol(OP))

    def _run_sync(self, call: Call, run: Interpreter) -> Value | None:
        assert call.receiver is not None
        return self._bridge(call, run, call.receiver)

    def _bridge(self, call: Call, run: Interpreter, of: Value) -> Value | None:
        if not call.args:
            return None
        target, *rest = call.args
        connection = replace(call, callee=Symbol(f"{OP}.get_bind"), args=(), keywords={})
        for option in options(target):
            match option:
                case Function():
                    returned = run.call_function(option, (connection, *rest), call.keywords, call.context, call.at)
                    run.run_awaitable(returned, call.context)
                case Coroutine():
                    run.run_awaitable(option, call.context)
                case Attribute():
                    # `connection.run_sync(table.create)`
                    run.call_value(replace(call, callee=option, args=(connection, *rest)))
        return NONE


def _is_dialect(value: Value) -> bool:
    """`op.get_bind().dialect`, `context.dialect`, `op.get_context().impl`."""
    return (
        (isinstance(value, Attribute) and value.name in ("dialect", "impl"))
        or (isinstance(value, Symbol) and value.name.endswith(".dialect"))
        or (isinstance(value, Call) and value.method == "get_impl")
    )
