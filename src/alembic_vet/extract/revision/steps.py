"""From the trace of a revision's function to the steps it takes, in order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alembic_vet.extract.revision.operations import OperationReader, unknown_call
from alembic_vet.extract.revision.receivers import (
    EXECUTING,
    SESSION_CHANGES,
    batch_of,
    is_autocommit,
    is_connection,
    is_handed_connection,
    is_named_like_an_operation,
    is_operations,
    is_query,
    is_session,
)
from alembic_vet.extract.revision.terms import string
from alembic_vet.extract.revision.types import TypeReader
from alembic_vet.findings import Location
from alembic_vet.model.operations import (
    CreateObject,
    Guard,
    ObjectKind,
    OpaqueOperation,
    Operation,
    Refuse,
    TransactionAction,
    TransactionControl,
)
from alembic_vet.source.file import SourceFile
from alembic_vet.source.interpreter import Interpreter, Raised
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import (
    Call,
    Context,
    Item,
    Value,
    options,
)

if TYPE_CHECKING:
    from alembic_vet.extract.revision.creation import CreationReader
    from alembic_vet.extract.revision.execution import Executor
    from alembic_vet.extract.revision.tables import TableReader

_OPERATIONS = ("alembic.op.", "alembic.operations.")
_MAKING = ("sqlalchemy.", "sqlmodel.")
_CONTROL: dict[str, TransactionAction] = {"commit": "commit", "rollback": "rollback"}
_TELLING = frozenset(
    {*EXECUTING, "create", "drop", "create_all", "drop_all", "update", "delete", *SESSION_CHANGES, *_CONTROL}
)


class StepReader:
    """Reads the calls of one direction; a COMMIT among them leaves what follows outside the transaction."""

    def __init__(self, file: SourceFile, run: Interpreter, dialect: str) -> None:
        self._file = file
        self._run = run
        self._dialect = dialect
        self._types = TypeReader(run, dialect)
        self._operations = OperationReader(self._types, lambda: self._executor)
        self._committed = False

    def read(self, calls: list[Call], raised: list[Raised], earlier: list[Call]) -> Iterator[Operation]:
        """The operations; `earlier` are the calls of the module itself."""
        self._known = [*earlier, *calls]
        refusals = [one for one in raised if one.at.file is self._file or not one.context.conditions]
        for position, call in enumerate(calls):
            while refusals and refusals[0].after <= position:
                yield self._refusal(refusals.pop(0))
            if not call.name.startswith(_MAKING):
                for operation in self._read(call):
                    yield self._placed(operation, call.context)
        for refusal in refusals:
            yield self._refusal(refusal)

    def _refusal(self, raised: Raised) -> Operation:
        location = self._location(raised)
        message = string(raised.value.args[0]) if isinstance(raised.value, Call) and raised.value.args else None
        guards, conditional = _conditions(raised.context)
        return Refuse(
            message or OPAQUE, location=location, guards=guards, conditional=conditional or raised.context.guarded
        )

    def _location(self, what: Call | Raised) -> Location:
        """The place in the revision itself: a helper in another module is placed where it is called."""
        if what.at.file is self._file:
            return what.at.location
        anchors = (invocation.at for invocation in reversed(what.context.stack))
        return next((anchor for anchor in anchors if anchor.file is self._file), what.at).location

    def _placed(self, operation: Operation, context: Context) -> Operation:
        if isinstance(operation, TransactionControl) and not operation.on_connection:
            self._committed = operation.action == "commit"
        guards, conditional = _conditions(context)
        autocommit = operation.autocommit or self._committed or any(map(is_autocommit, context.withs))
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

    def _read(self, call: Call) -> Iterator[Operation]:
        method = call.method or ""
        if call.open_ended and not call.args and method in EXECUTING:
            yield OpaqueOperation(OPAQUE, "the statement is not known before it runs", location=self._location(call))
            return
        if call.name.startswith(_OPERATIONS):
            if call.name.count(".") == 2:
                yield from self._operations.read(method, call, None, self._location(call))
            return
        receiver = call.receiver
        if receiver is None:
            if isinstance(call.callee, Item):
                yield OpaqueOperation(OPAQUE, "the function is looked up by a name", location=self._location(call))
            elif is_handed_connection(call) or is_named_like_an_operation(call):
                yield unknown_call(call, f"`{call.name}()` is not this project's", self._location(call))
            return
        batch = batch_of(receiver)
        if batch is not None:
            yield from self._operations.read(method, call, batch, self._location(call))
        elif is_operations(receiver):
            yield from self._operations.read(method, call, None, self._location(call))
        elif method in _TELLING:
            yield from self._told(method, receiver, call, self._location(call))

    def _told(self, method: str, receiver: Value, call: Call, location: Location) -> Iterator[Operation]:
        """What a method does whose name tells, whatever it is called on."""
        if method in EXECUTING and call.args:
            parameters = [*call.args[1:], *call.keywords.values()]
            yield from self._executor.executed(call.args[0], parameters, location)
        elif method in ("create", "drop"):
            for subject in options(receiver):
                yield from self._creations.made(subject, call, location)
        elif method in ("create_all", "drop_all"):
            yield from self._creations.everything(receiver, call, self._known, location)
        elif method in ("update", "delete") and is_query(receiver):
            yield from self._executor.executed(call, (), location)
        elif method in SESSION_CHANGES and is_session(receiver):
            yield self._executor.changes.session(call, location)
        elif method in _CONTROL and is_connection(receiver):
            yield TransactionControl(_CONTROL[method], on_connection=True, location=location)

    # What only some revisions need

    @cached_property
    def _tables(self) -> TableReader:
        from alembic_vet.extract.revision.tables import TableReader

        return TableReader(self._run, self._types)

    @cached_property
    def _executor(self) -> Executor:
        from alembic_vet.extract.revision.execution import Executor

        return Executor(self._file, self._tables)

    @cached_property
    def _creations(self) -> CreationReader:
        from alembic_vet.extract.revision.creation import CreationReader

        return CreationReader(self._types, self._tables, native_enums=self._dialect == "postgresql")


def _conditions(context: Context) -> tuple[tuple[Guard, ...], bool]:
    """The guards of a step, and whether anything else decides too."""
    if not context.conditions:
        return (), False
    from alembic_vet.extract.revision.guards import guards_for

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
    """A step whose failure is caught: it does nothing where it cannot be taken, an extension say that is not installed."""
    if isinstance(operation, CreateObject) and operation.kind is ObjectKind.EXTENSION:
        return replace(operation, conditional=True)
    for permission in ("if_exists", "if_not_exists"):
        if hasattr(operation, permission):
            return replace(operation, **{permission: True})
    return operation
