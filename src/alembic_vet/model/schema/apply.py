"""One step of the replay: what an operation makes of a schema, and what PostgreSQL would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from alembic_vet.model import operations as op
from alembic_vet.model.lazily import changed_keys
from alembic_vet.model.schema.objects import (
    ColumnState,
    ConstraintState,
    IndexState,
    OtherState,
    SequenceState,
    TypeState,
)
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque

if TYPE_CHECKING:
    from alembic_vet.model.schema.problems import Problem


def apply(state: SchemaState, operation: op.Operation) -> list[Problem]:
    """Change `state` as the operation does; the answer is what would make it fail.

    A step that would fail is applied the way it was meant, so that the next one is judged on its own. A step whose
    guard is not met does nothing; one of which nobody knows whether it runs leaves doubt on what it touches.
    """
    met = _is_met(state, operation.guards) if operation.guards else True
    if met is False:
        return []
    if operation.autocommit:
        state.commit()
    if operation.conditional or met is None:
        if isinstance(operation, op.DataChange):
            state.doubts += 1  # as for any other step, but rows change nothing here
            return []
        before = state.snapshot()
        list(_step(state, operation))
        merge(state, before)
        return []
    return list(_step(state, operation))


def _is_met(state: SchemaState, guards: Iterable[op.Guard]) -> bool | None:
    from alembic_vet.model.schema.guards import answer

    answers = [answer(state, guard) for guard in guards]
    return False if False in answers else None if None in answers else True


def _step(state: SchemaState, operation: op.Operation) -> Iterable[Problem]:
    take = _taker(type(operation))
    if take is not None:
        return take(state, operation)
    match operation:
        case op.TransactionControl(action="commit"):
            state.commit()
        case op.OpaqueOperation(touches=touches):
            _doubt(state, touches)
        case op.ExecuteSQL(command=command, sql=sql) if command.startswith("SET "):
            _search_path(state, sql)
    return ()


@cache
def _taker(kind: type[op.Operation]) -> Callable[[SchemaState, Any], Iterable[Problem]] | None:
    """What takes a kind of step, imported with the first of them: most revisions are of one or two kinds."""
    if kind in (op.CreateTable, op.DropTable, op.RenameTable, op.SetComment):
        from alembic_vet.model.schema.tables import step_on_table

        return step_on_table
    if kind in (op.AddColumn, op.DropColumn):
        from alembic_vet.model.schema.column_changes import step_on_columns

        return step_on_columns
    if kind is op.AlterColumn:
        from alembic_vet.model.schema.alter import alter_column

        return alter_column
    if kind in (op.CreateConstraint, op.DropConstraint, op.RenameConstraint, op.ValidateConstraint):
        from alembic_vet.model.schema.constraints import step_on_constraint

        return step_on_constraint
    if kind in (op.CreateIndex, op.DropIndex, op.RenameIndex):
        from alembic_vet.model.schema.indexes import step_on_index

        return step_on_index
    if kind in (op.CreateEnum, op.DropType, op.AddEnumValue, op.RenameEnumValue, op.SyncEnumValues, op.RenameType):
        from alembic_vet.model.schema.types import step_on_type

        return step_on_type
    if kind in (op.CreateObject, op.DropObject, op.RenameObject, op.SetSchema, op.OwnSequence):
        from alembic_vet.model.schema.others import step_on_object

        return step_on_object
    if kind is op.DataChange:
        from alembic_vet.model.schema.rows import change_rows

        return change_rows
    return None


def _doubt(state: SchemaState, touches: tuple[op.QualifiedName, ...] | Opaque) -> None:
    if touches is OPAQUE:
        state.doubt_everything()
        return
    for name in touches:
        key = state.key(name)
        if key is None:
            state.doubt_named(name)
        else:
            state.doubt(key)


def _search_path(state: SchemaState, sql: str | Opaque) -> None:
    """SET search_path: from here on a name without a schema means another one."""
    if sql is OPAQUE:
        return
    from alembic_vet.source.sql import tokenize

    tokens = [token for token in tokenize(sql) if not token.is_word("set", "local", "session")]
    if tokens and tokens[0].is_word("search_path"):
        state.search_path = tokens[2].value if len(tokens) > 2 and not tokens[2].holed else OPAQUE


K = TypeVar("K")
V = TypeVar("V", ColumnState, ConstraintState, IndexState, TypeState, SequenceState, OtherState)


def merge(state: SchemaState, other: SchemaState) -> None:
    """Make `state` what is sure when it is not known which of the two is true: what differs is in doubt."""
    state.doubts = max(state.doubts, other.doubts) + 1
    now = state.doubts
    _merge_objects(state.indexes, other.indexes, now)
    _merge_objects(state.types, other.types, now)
    _merge_objects(state.sequences, other.sequences, now)
    _merge_objects(state.others, other.others, now)
    for key in changed_keys(state.tables, other.tables):
        mine_table, their_table = state.tables.get(key), other.tables.get(key)
        if mine_table is None or their_table is None:
            present = mine_table or their_table
            assert present is not None
            state.tables[key] = replace(present, doubt=now)
            continue
        columns = dict(mine_table.columns)
        _merge_objects(columns, their_table.columns, now)
        found = dict(mine_table.constraints)
        _merge_objects(found, their_table.constraints, now)
        state.tables[key] = replace(
            mine_table, columns=columns, constraints=found, gone=mine_table.gone & their_table.gone
        )
    state.gone &= other.gone
    for doubtful, since in other.doubtful.items():
        state.doubtful.setdefault(doubtful, since)
    state.open_since = max(state.open_since, other.open_since)


def _merge_objects(mine: MutableMapping[K, V], theirs: Mapping[K, V], now: int) -> None:
    for key in changed_keys(mine, theirs):
        one, two = mine.get(key), theirs.get(key)
        present = two if one is None else one
        if one != two and present is not None:
            mine[key] = replace(present, doubt=now)
