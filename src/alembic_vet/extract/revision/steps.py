"""From the trace of a revision's function to the steps it takes, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alembic_vet.extract.revision.columns import read_column
from alembic_vet.extract.revision.data import SESSION_CHANGES
from alembic_vet.extract.revision.execution import EXECUTING, Executor, sequence_name
from alembic_vet.extract.revision.guards import guards_for
from alembic_vet.extract.revision.operations import OperationReader, unknown_call
from alembic_vet.extract.revision.tables import TableReader
from alembic_vet.extract.revision.terms import arguments, flag, short_name, string
from alembic_vet.extract.revision.types import ENUMS, TypeReader
from alembic_vet.findings import Location
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    CreateEnum,
    CreateObject,
    DropObject,
    DropTable,
    DropType,
    Guard,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
    Refuse,
    TransactionAction,
    TransactionControl,
)
from alembic_vet.source.file import SourceFile
from alembic_vet.source.interpreter import Interpreter, Raised
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import (
    Attribute,
    Call,
    Context,
    Entered,
    Item,
    Items,
    Symbol,
    Value,
    options,
)

_OPERATIONS = ("alembic.op.", "alembic.operations.")
_HARMLESS = ("alembic.", "sqlalchemy.", "logging.", "typing.", "contextlib.", "functools.")
_MAKING = ("sqlalchemy.", "sqlmodel.")
_CONTROL: dict[str, TransactionAction] = {"commit": "commit", "rollback": "rollback"}
_ENTITIES = {
    "PGFunction": ObjectKind.FUNCTION,
    "PGView": ObjectKind.VIEW,
    "PGMaterializedView": ObjectKind.MATERIALIZED_VIEW,
    "PGTrigger": ObjectKind.TRIGGER,
    "PGExtension": ObjectKind.EXTENSION,
    "PGPolicy": ObjectKind.POLICY,
}


class StepReader:
    """Reads the calls of one direction; a COMMIT among them leaves what follows outside the transaction."""

    def __init__(self, file: SourceFile, run: Interpreter, dialect: str) -> None:
        self._file = file
        self._run = run
        self._types = TypeReader(run, dialect)
        self._tables = TableReader(run, self._types)
        self._executor = Executor(file, self._tables)
        self._operations = OperationReader(self._types, self._executor)
        self._native_enums = dialect == "postgresql"
        self._committed = False

    def read(self, calls: list[Call], raised: list[Raised], earlier: list[Call]) -> Iterator[Operation]:
        """The operations; `earlier` are the calls of the module itself."""
        self._known = [*earlier, *calls]
        refusals = [one for one in raised if one.at.file is self._file or not one.context.conditions]
        for position, call in enumerate(calls):
            while refusals and refusals[0].after <= position:
                yield self._refusal(refusals.pop(0))
            if call.name.startswith(_MAKING):
                continue
            location = self._location(call.at.file, call, call.context)
            for operation in self._read(call, location):
                yield self._placed(operation, call.context)
        for refusal in refusals:
            yield self._refusal(refusal)

    def _refusal(self, raised: Raised) -> Operation:
        location = self._location(raised.at.file, raised, raised.context)
        message = string(raised.value.args[0]) if isinstance(raised.value, Call) and raised.value.args else None
        guards, conditional = _conditions(raised.context)
        return Refuse(
            message or OPAQUE, location=location, guards=guards, conditional=conditional or raised.context.guarded
        )

    def _location(self, file: SourceFile, what: Call | Raised, context: Context) -> Location:
        """The place in the revision itself: a helper in another module is placed where it is called."""
        anchors = [what.at, *(invocation.at for invocation in reversed(context.stack))]
        here = next((anchor for anchor in anchors if anchor.file is self._file), None)
        return (here or what.at).location

    def _placed(self, operation: Operation, context: Context) -> Operation:
        if isinstance(operation, TransactionControl) and not operation.on_connection:
            self._committed = operation.action == "commit"
        guards, conditional = _conditions(context)
        autocommit = operation.autocommit or self._committed or any(map(_is_autocommit, context.withs))
        if context.guarded:
            operation = _tolerant(operation)
        if not (guards or conditional or autocommit):
            return operation
        return replace(
            operation,
            autocommit=autocommit,
            conditional=operation.conditional or conditional,
            guards=guards + operation.guards,
        )

    # One call

    def _read(self, call: Call, location: Location) -> Iterator[Operation]:
        if call.open_ended and not call.args and call.method in EXECUTING:
            yield OpaqueOperation(OPAQUE, "the statement is not known before it runs", location=location)
            return
        method = call.method or ""
        if call.name.startswith(_OPERATIONS):
            if call.name.count(".") == 2:
                yield from self._entity(call, location) or self._operations.read(method, call, None, location)
            return
        receiver = call.receiver
        if receiver is None:
            if isinstance(call.callee, Item):
                yield OpaqueOperation(OPAQUE, "the function is looked up by a name", location=location)
            elif _is_handed_connection(call):
                yield unknown_call(call, f"`{call.name}()` is not this project's", location)
            return
        batch = _batch(receiver)
        if batch is not None:
            yield from self._operations.read(method, call, batch, location)
        elif _is_operations(receiver):
            yield from self._entity(call, location) or self._operations.read(method, call, None, location)
        elif method in EXECUTING and call.args:
            parameters = [*call.args[1:], *call.keywords.values()]
            yield from self._executor.executed(call.args[0], parameters, location)
        elif method in ("create", "drop"):
            for subject in options(receiver):
                yield from self._created(subject, call, location)
        elif method in ("create_all", "drop_all"):
            yield from self._all(receiver, call, location)
        elif method in ("update", "delete") and _is_query(receiver):
            yield from self._executor.executed(call, (), location)
        elif method in SESSION_CHANGES and _is_session(receiver):
            yield self._executor.changes.session(call, location)
        elif method in _CONTROL and _is_connection(receiver):
            yield TransactionControl(_CONTROL[method], on_connection=True, location=location)

    # `.create()` and `.drop()`

    def _created(self, subject: Value, call: Call, location: Location) -> Iterator[Operation]:
        created = call.method == "create"
        given = call.argument(1, "checkfirst")
        short = short_name(subject)
        if short == "Sequence" and isinstance(subject, Call):
            checked = flag(given, default=True) is not False
            if created:
                yield CreateObject(
                    ObjectKind.SEQUENCE, sequence_name(subject), if_not_exists=checked, location=location
                )
            else:
                yield DropObject(ObjectKind.SEQUENCE, sequence_name(subject), if_exists=checked, location=location)
            return
        if _is_type(subject):
            checked = flag(given, default=short == "ENUM") is not False
            yield from self._enum(subject, location, created=created, checked=checked)
            return
        checked = flag(given) is not False
        made = self._tables.create(subject, location, if_not_exists=checked)
        if made is not None:
            yield made if created else DropTable(made.table, checked, location=location)
        elif _takes_connection(call):
            yield unknown_call(call, f"`.{call.method}()` of something unknown", location)

    def _enum(self, subject: Value, location: Location, *, created: bool, checked: bool) -> Iterator[Operation]:
        column = read_column(subject.of, self._types) if isinstance(subject, Attribute) else None
        kind = self._types.read(subject) if column is None else column.type
        if not self._native_enums or (isinstance(kind, ColumnType) and (kind.enum is None or not kind.enum.native)):
            return
        if kind is OPAQUE or kind.enum is None:
            yield OpaqueOperation(OPAQUE, "the enum type is not known", location=location)
            return
        type_name = QualifiedName(kind.name, kind.schema)
        if created:
            labels = () if kind.enum.labels is None else kind.enum.labels
            yield CreateEnum(type_name, labels, checked, location=location)
        else:
            yield DropType(type_name, checked, location=location)

    def _all(self, metadata: Value, call: Call, location: Location) -> Iterator[Operation]:
        """`metadata.create_all(bind)` of a MetaData that the revision itself fills."""
        tables = call.argument(1, "tables")
        chosen: list[Value]
        if isinstance(tables, Items) and tables.complete:
            chosen = list(tables.items)
        elif isinstance(metadata, Call) and short_name(metadata) == "MetaData":
            chosen = [
                known
                for known in self._known
                if short_name(known) == "Table" and len(known.args) > 1 and known.args[1] is metadata
            ]
        else:
            yield OpaqueOperation(OPAQUE, f"`{call.method}()` of the application's metadata", location=location)
            return
        checked = flag(call.argument(2, "checkfirst"), default=True) is not False
        for subject in chosen:
            made = self._tables.create(subject, location, if_not_exists=checked)
            if made is None:
                yield OpaqueOperation(OPAQUE, "a table that is not known", location=location)
            elif call.method == "create_all":
                yield made
            else:
                yield DropTable(made.table, checked, location=location)

    # alembic_utils

    def _entity(self, call: Call, location: Location) -> list[Operation] | None:
        """`op.create_entity(PGFunction(...))` of alembic_utils."""
        if call.method not in ("create_entity", "drop_entity", "replace_entity") or not call.args:
            return None
        entity = call.args[0]
        if not isinstance(entity, Call):
            return None
        kind = _ENTITIES.get(short_name(entity), ObjectKind.OTHER)
        schema = string(entity.argument(0, "schema"))
        signature = string(entity.argument(1, "signature"))
        named = QualifiedName(OPAQUE, schema)
        if isinstance(signature, str):
            named = QualifiedName(signature.partition("(")[0].strip(), schema)
        if call.method == "drop_entity":
            return [DropObject(kind, named, location=location)]
        definition = string(entity.argument(2, "definition"))
        return [
            CreateObject(
                kind,
                named,
                or_replace=call.method == "replace_entity",
                definition=OPAQUE if definition is None else definition,
                location=location,
            )
        ]


def _conditions(context: Context) -> tuple[tuple[Guard, ...], bool]:
    """The guards of a step, and whether anything else decides too."""
    guards: list[Guard] = []
    conditional = False
    for condition in context.conditions:
        asked = guards_for(condition)
        if asked is None:
            conditional = True
        else:
            guards += [guard for guard in asked if guard not in guards]
    return tuple(guards), conditional


def _tolerant(operation: Operation) -> Operation:
    """A step whose failure is caught: it does nothing where it cannot be taken."""
    for permission in ("if_exists", "if_not_exists"):
        if hasattr(operation, permission):
            return replace(operation, **{permission: True})  # type: ignore[arg-type]
    return operation


def _is_autocommit(manager: Value) -> bool:
    managed = manager.of if isinstance(manager, Entered) else manager
    return any(isinstance(option, Call) and option.method == "autocommit_block" for option in options(managed))


def _batch(receiver: Value) -> Call | None:
    """The `batch_alter_table` call that a receiver was entered from."""
    for option in options(receiver):
        entered = option.of if isinstance(option, Entered) else option
        for call in options(entered):
            if isinstance(call, Call) and call.method == "batch_alter_table":
                return call
    return None


def _is_operations(receiver: Value) -> bool:
    """`Operations(context)`, `op` handed over as an argument."""
    return isinstance(receiver, Call) and short_name(receiver) == "Operations"


def _is_type(subject: Value) -> bool:
    match subject:
        case Call():
            return short_name(subject) in ENUMS or (
                subject.method == "with_variant" and subject.receiver is not None and _is_type(subject.receiver)
            )
        case Attribute(of=of, name="type" | "impl"):
            return _is_type(of) or short_name(of) in ("Column", "column")
        case _:
            return False


def _is_handed_connection(call: Call) -> bool:
    """Whether a function of somebody else may do anything: `sync_trigger(connection, "table", ...)`."""
    if not isinstance(call.callee, Symbol) or call.name.startswith(_HARMLESS) or "." not in call.name:
        return False
    if "session" in call.name.lower() or short_name(call) in ("Operations", "Inspector", "inspect"):
        return False
    return any(_is_connection(option) for argument in arguments(call) for option in options(argument))


def _takes_connection(call: Call) -> bool:
    first = call.argument(0, "bind")
    return first is not None and any(_is_connection(option) for option in options(first))


def _is_connection(value: Value) -> bool:
    """`op.get_bind()`, `op.get_context().bind`, and what is made of them."""
    match value:
        case Call():
            if value.method == "get_bind":
                return True
            return value.method in ("connect", "begin", "execution_options") and (
                value.receiver is not None and _is_connection(value.receiver)
            )
        case Attribute(name="bind" | "connection" | "engine"):
            return True
        case Entered(of=of):
            return _is_connection(of)
        case _:
            return False


def _is_session(value: Value) -> bool:
    """`Session(bind=...)`, what a `sessionmaker` makes, however it is called."""
    match value:
        case Call():
            short = short_name(value).lower()
            return "session" in short or (value.receiver is None and _is_session(value.callee))
        case Entered(of=of):
            return _is_session(of)
        case Attribute(name=attribute):
            return "session" in attribute.lower()
        case Symbol(name=known):
            return "session" in known.lower()
        case _:
            return False


def _is_query(value: Value) -> bool:
    while isinstance(value, Call) and value.receiver is not None:
        if value.method == "query":
            return True
        value = value.receiver
    return False
