"""What a method is called on: a batch, a connection, a session, a query."""

from __future__ import annotations

from alembic_vet.extract.revision.terms import arguments, short_name
from alembic_vet.model.operations import DataKind
from alembic_vet.source.values import Attribute, Call, Entered, Symbol, Value, options

EXECUTING = frozenset(
    {"execute", "exec_driver_sql", "scalar", "scalars", "executemany", "stream", "exec", "copy_expert"}
)
"""Methods that execute a statement."""
SESSION_CHANGES: dict[str, DataKind] = {
    "add": "insert",
    "add_all": "insert",
    "bulk_save_objects": "insert",
    "bulk_insert_mappings": "insert",
    "bulk_update_mappings": "update",
    "merge": "insert",
    "delete": "delete",
}
"""Methods of a session that change rows, and how."""
_HARMLESS = ("alembic.", "sqlalchemy.", "logging.", "typing.", "contextlib.", "functools.")
_VERBS = (
    "create_", "drop_", "add_", "alter_", "rename_", "restore_", "remove_", "change_", "convert_", "migrate_"
)  # fmt: skip
_THINGS = (
    "table", "column", "index", "constraint", "key", "fk", "enum", "type", "view", "trigger", "schema", "sequence",
    "function"
)  # fmt: skip


def is_autocommit(manager: Value) -> bool:
    managed = manager.of if isinstance(manager, Entered) else manager
    return any(isinstance(option, Call) and option.method == "autocommit_block" for option in options(managed))


def batch_of(receiver: Value) -> Call | None:
    """The `batch_alter_table` call that a receiver was entered from."""
    for option in options(receiver):
        entered = option.of if isinstance(option, Entered) else option
        for call in options(entered):
            if isinstance(call, Call) and call.method == "batch_alter_table":
                return call
    return None


def is_operations(receiver: Value) -> bool:
    """`Operations(context)`, `op` handed over as an argument."""
    return isinstance(receiver, Call) and short_name(receiver) == "Operations"


def is_handed_connection(call: Call) -> bool:
    """Whether a function of somebody else may do anything: `sync_trigger(connection, "table", ...)`."""
    if not isinstance(call.callee, Symbol) or call.name.startswith(_HARMLESS) or "." not in call.name:
        return False
    if "session" in call.name.lower() or short_name(call) in ("Operations", "Inspector", "inspect"):
        return False
    return any(is_connection(option) for argument in arguments(call) for option in options(argument))


def is_named_like_an_operation(call: Call) -> bool:
    """Whether a function whose code is not there says that it changes the schema: `create_table_safely("t", ...)`."""
    if not isinstance(call.callee, Symbol) or call.name.startswith(_HARMLESS) or "." not in call.name:
        return False
    name = short_name(call)
    objects = [name.index(verb) + len(verb) for verb in _VERBS if verb in name]
    return bool(objects) and any(thing in name[min(objects) :] for thing in _THINGS)


def takes_connection(call: Call) -> bool:
    first = call.argument(0, "bind")
    return first is not None and any(is_connection(option) for option in options(first))


def is_connection(value: Value) -> bool:
    """`op.get_bind()`, `op.get_context().bind`, and what is made of them."""
    match value:
        case Call():
            if value.method == "get_bind":
                return True
            return value.method in ("connect", "begin", "execution_options") and (
                value.receiver is not None and is_connection(value.receiver)
            )
        case Attribute(name="bind" | "connection" | "engine"):
            return True
        case Entered(of=of):
            return is_connection(of)
        case _:
            return False


def is_session(value: Value) -> bool:
    """`Session(bind=...)`, what a `sessionmaker` makes, however it is called."""
    match value:
        case Call():
            short = short_name(value).lower()
            return "session" in short or (value.receiver is None and is_session(value.callee))
        case Entered(of=of):
            return is_session(of)
        case Attribute(name=attribute):
            return "session" in attribute.lower()
        case Symbol(name=known):
            return "session" in known.lower()
        case _:
            return False


def is_query(value: Value) -> bool:
    while isinstance(value, Call) and value.receiver is not None:
        if value.method == "query":
            return True
        value = value.receiver
    return False
