"""One step of the replay: what an operation makes of a schema, and what PostgreSQL would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from alembic_vet.model import operations as op
from alembic_vet.model.schema import alter, column_changes, constraints, indexes, others, tables, types
from alembic_vet.model.schema.comparison import keys_of
from alembic_vet.model.schema.guards import answer
from alembic_vet.model.schema.labels import unsafe_among
from alembic_vet.model.schema.objects import (
    ColumnState,
    ConstraintState,
    IndexState,
    Key,
    OtherState,
    SequenceState,
    TypeState,
)
from alembic_vet.model.schema.problems import ColumnMissing, Problem, TableMissing
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.source.sql import tokenize
from alembic_vet.source.unknown import OPAQUE, Opaque


def apply(state: SchemaState, operation: op.Operation) -> list[Problem]:
    """Change `state` as the operation does; the answer is what would make it fail.

    A step that would fail is applied the way it was meant, so that the next one is judged on its own. A step whose
    guard is not met does nothing; one of which nobody knows whether it runs leaves doubt on what it touches.
    """
    answers = [answer(state, guard) for guard in operation.guards]
    if False in answers:
        return []
    if operation.autocommit:
        state.commit()
    if operation.conditional or None in answers:
        if isinstance(operation, op.DataChange):
            state.doubts += 1  # as for any other step, but rows change nothing here
            return []
        before = state.snapshot()
        list(_step(state, operation))
        merge(state, before)
        return []
    return list(_step(state, operation))


def _step(state: SchemaState, operation: op.Operation) -> Iterator[Problem]:
    match operation:
        case op.CreateTable():
            yield from tables.create_table(state, operation)
        case op.DropTable():
            yield from tables.drop_table(state, operation)
        case op.RenameTable():
            yield from tables.rename_table(state, operation)
        case op.AddColumn():
            yield from column_changes.add_column(state, operation)
        case op.DropColumn():
            yield from column_changes.drop_column(state, operation)
        case op.SetComment():
            yield from tables.set_comment(state, operation)
        case op.AlterColumn():
            yield from alter.alter_column(state, operation)
        case op.CreateConstraint():
            yield from constraints.create_constraint(state, operation)
        case op.DropConstraint():
            yield from constraints.drop_constraint(state, operation)
        case op.RenameConstraint():
            yield from constraints.rename_constraint(state, operation)
        case op.ValidateConstraint():
            yield from constraints.validate_constraint(state, operation)
        case op.CreateIndex():
            yield from indexes.create_index(state, operation)
        case op.DropIndex():
            yield from indexes.drop_index(state, operation)
        case op.RenameIndex():
            yield from indexes.rename_index(state, operation)
        case op.CreateEnum():
            yield from types.create_enum(state, operation)
        case op.DropType():
            yield from types.drop_type(state, operation)
        case op.AddEnumValue():
            yield from types.add_enum_value(state, operation)
        case op.RenameEnumValue():
            yield from types.rename_enum_value(state, operation)
        case op.SyncEnumValues():
            yield from types.sync_enum_values(state, operation)
        case op.RenameType():
            yield from types.rename_type(state, operation)
        case op.CreateObject():
            yield from others.create_object(state, operation)
        case op.DropObject():
            yield from others.drop_object(state, operation)
        case op.RenameObject():
            yield from others.rename_object(state, operation)
        case op.SetSchema():
            yield from others.set_schema(state, operation)
        case op.OwnSequence():
            yield from others.own_sequence(state, operation)
        case op.DataChange():
            yield from _rows(state, operation)
        case op.TransactionControl(action="commit"):
            state.commit()
        case op.OpaqueOperation(touches=touches):
            _doubt(state, touches)
        case op.ExecuteSQL(command=command, sql=sql) if command.startswith("SET "):
            _search_path(state, sql)


def _rows(state: SchemaState, operation: op.DataChange) -> Iterator[Problem]:
    key = state.key(operation.table)
    if key is None or _is_of_the_system(key):
        return
    if state.table(key) is Lookup.MISSING and not state.has_relation(key):
        yield TableMissing(key, state.similar_tables(key))
    table = state.tables.get(key)
    for column in (*operation.columns, *operation.quoted) if table else ():
        if table and column not in table.columns and table.lacks(column):
            yield ColumnMissing(key, column, read=column in operation.quoted)
    yield from unsafe_among(state, key, operation.literals)


def _is_of_the_system(key: Key) -> bool:
    """Whether PostgreSQL made it: `pg_catalog` is in every search path, and the prefix is reserved in practice."""
    return key.schema in ("pg_catalog", "information_schema") or key.name.startswith("pg_")


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
    for key in keys_of(state.tables, other.tables):
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


def _merge_objects(mine: dict[K, V], theirs: Mapping[K, V], now: int) -> None:
    for key in keys_of(mine, theirs):
        one, two = mine.get(key), theirs.get(key)
        present = two if one is None else one
        if one != two and present is not None:
            mine[key] = replace(present, doubt=now)
