"""Tables created, dropped, renamed and moved."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alembic_vet.model.lazily import values_that_may_hold
from alembic_vet.model.operations import (
    TEMPORARY,
    Column,
    CreateTable,
    DropTable,
    ForeignKey,
    PrimaryKey,
    RenameTable,
    SetComment,
)
from alembic_vet.model.schema.columns import close_columns, column_state, enum_types, flagged_unique, serial_columns
from alembic_vet.model.schema.constraints import add_constraints, remove_constraint, spoken_of
from alembic_vet.model.schema.indexes import add_index, flagged_index
from alembic_vet.model.schema.objects import ColumnState, Key, OtherState, TableState
from alembic_vet.model.schema.problems import (
    ColumnMissing,
    InUse,
    Problem,
    RelationExists,
    SchemaMissing,
    TableMissing,
)
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque


def step_on_table(
    state: SchemaState, operation: CreateTable | DropTable | RenameTable | SetComment
) -> Iterator[Problem]:
    match operation:
        case CreateTable():
            return create_table(state, operation)
        case DropTable():
            return drop_table(state, operation)
        case RenameTable():
            return rename_table(state, operation)
        case SetComment():
            return set_comment(state, operation)


def create_table(state: SchemaState, operation: CreateTable) -> Iterator[Problem]:
    key = state.key(operation.table)
    if key is None:
        state.loosen()
        return
    if operation.temporary:
        key = Key(TEMPORARY, key.name)
    columns = [] if operation.columns is OPAQUE else list(operation.columns)
    kind = state.relation_kind(key)
    if kind is not None:
        if operation.if_not_exists:
            return
        yield RelationExists(key, kind)
    doubt = state.doubt_of_new(key, operation.if_not_exists)
    if operation.if_not_exists and state.has_relation(key):
        doubt = max(state.doubts, 1)
    elif key in state.tables:
        # It was in doubt, and is not there after all: nor are its indexes and sequences, whose names are free.
        remove_table(state, key)
    if Key("", key.schema) in state.gone:
        yield SchemaMissing(key.schema)
    yield from enum_types(state, key, columns)
    primary = _primary_columns(operation, columns)
    foreign = frozenset(
        name
        for each in operation.constraints
        if isinstance(each, ForeignKey) and each.columns is not OPAQUE
        for name in each.columns
    )
    serial = serial_columns(columns, primary, foreign)
    complete = (
        operation.complete and operation.columns is not OPAQUE and all(each.name is not OPAQUE for each in columns)
    )
    found: dict[str, ColumnState] = {}
    for column in columns:
        if column.name is OPAQUE:
            continue
        found[column.name] = column_state(
            state, key, column, serial=column.name in serial, primary=column.name in primary
        )
    state.tables[key] = TableState(key, found, {}, operation.comment, complete, doubt=doubt)
    state.gone.discard(key)
    state.doubtful.pop(key, None)
    yield from _table_constraints(state, key, operation, columns, primary)


def _primary_columns(operation: CreateTable, columns: list[Column]) -> tuple[str, ...]:
    for constraint in (*operation.constraints, *(each for column in columns for each in column.constraints)):
        if isinstance(constraint, PrimaryKey):
            return () if constraint.columns is OPAQUE else constraint.columns
    return tuple(column.name for column in columns if column.primary_key is True and column.name is not OPAQUE)


def _table_constraints(
    state: SchemaState, key: Key, operation: CreateTable, columns: list[Column], primary: tuple[str, ...]
) -> Iterator[Problem]:
    """PostgreSQL makes the primary key first, and no second index over the same columns."""
    given = [each for column in columns for each in column.constraints]
    given += operation.constraints
    given += [unique for column in columns if (unique := flagged_unique(column)) is not None]
    if primary and not any(isinstance(each, PrimaryKey) for each in given):
        given.append(PrimaryKey(primary))
    yield from add_constraints(state, key, given)
    for column in columns:
        yield from flagged_index(state, key, column)
    for index in operation.indexes:
        yield from add_index(state, key, index)


def drop_table(state: SchemaState, operation: DropTable) -> Iterator[Problem]:
    key = state.key(operation.table)
    if key is None:
        state.doubt_everything()
        return
    table = state.tables.get(key)
    if table is None:
        if not operation.if_exists and state.absence(key) is Lookup.MISSING:
            yield TableMissing(key, state.similar_tables(key))
        state.drop_unseen(key)
        return
    together = {state.key(name) for name in operation.together}
    dependents: list[str] = []
    for other, name in list(state.references_to(key)):
        if other.key == key or other.key in together:
            continue
        if operation.cascade:
            yield from remove_constraint(state, other.key, name)
        elif not other.constraints[name].doubt and not table.doubt:
            dependents.append(spoken_of(name, other.key))
    for view in list(state.views_on(key)):
        if operation.cascade:
            del state.others[(view.kind, view.key, view.table)]
            state.gone.add(view.key)
        elif not view.doubt:
            dependents.append(f"{view.kind.value} {view.key}")
    if dependents:
        yield InUse("table", str(key), tuple(dependents))
    remove_table(state, key)


def remove_table(state: SchemaState, key: Key) -> None:
    """Take a table away with what belongs to it; enum types stay."""
    state.tables.pop(key, None)
    for index in list(state.indexes_of(key)):
        state.remove_index(index.key)
    for sequence in list(state.sequences_of(key)):
        del state.sequences[sequence.key]
        state.gone.add(sequence.key)
    for other_key in [each for each in state.others if each[2] == key]:
        del state.others[other_key]
    state.gone.add(key)
    state.doubtful.pop(key, None)


def rename_table(state: SchemaState, operation: RenameTable) -> Iterator[Problem]:
    key = state.key(operation.table)
    if key is None or operation.new_name is OPAQUE:
        if key is None:
            state.doubt_everything()
        else:
            state.doubt(key)
            state.loosen()
        return
    if operation.if_exists and state.table(key) is Lookup.MISSING:
        return
    if state.table(key) is Lookup.UNKNOWN:
        state.unseen.add(key)
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None:
        return
    new = Key(key.schema, operation.new_name)
    kind = state.relation_kind(new)
    if kind is not None:
        yield RelationExists(new, kind)
    move_table(state, key, new)


def move_table(state: SchemaState, old: Key, new: Key) -> None:
    """Give a table another name or schema. Constraints, indexes and sequences keep theirs, but follow the schema."""
    table = state.tables.pop(old)
    state.tables[new] = replace(table, key=new)
    state.gone.add(old)
    state.gone.discard(new)
    state.doubtful.pop(new, None)
    for other in list(values_that_may_hold(old, state.tables)):
        if any(each.target == old for each in other.constraints.values()):
            constraints = {
                name: replace(each, target=new) if each.target == old else each
                for name, each in other.constraints.items()
            }
            state.tables[other.key] = replace(other, constraints=constraints)
    for index in list(state.indexes_of(old)):
        state.move_index(index.key, replace(index, key=Key(new.schema, index.key.name), table=new))
    for sequence in list(state.sequences_of(old)):
        assert sequence.owner is not None
        del state.sequences[sequence.key]
        moved = Key(new.schema, sequence.key.name)
        state.sequences[moved] = replace(sequence, key=moved, owner=(new, sequence.owner[1]))
        if moved != sequence.key:
            state.follow_sequence(sequence.key, moved)
    state.rename_in_views(old, new)
    for other_key, each in list(state.others.items()):
        if each.table == old:
            del state.others[other_key]
            state.others[(each.kind, each.key, new)] = replace(each, table=new, definition=_renamed(each, old, new))


def _renamed(trigger: OtherState, old: Key, new: Key) -> str | Opaque:
    """How a trigger, a policy or a rule reads once its table has another name."""
    from alembic_vet.model.schema.expressions import renamed

    if trigger.definition is OPAQUE:
        return OPAQUE
    return renamed(trigger.definition, lambda name: new.name if name == old.name else name)


def set_comment(state: SchemaState, operation: SetComment) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None or operation.column is OPAQUE:
        return
    if operation.column is None:
        state.tables[table.key] = replace(table, comment=operation.comment)
        return
    column = table.columns.get(operation.column)
    if column is None:
        if table.lacks(operation.column):
            yield ColumnMissing(table.key, operation.column, close_columns(operation.column, table))
        return
    columns = {**table.columns, operation.column: replace(column, comment=operation.comment)}
    state.tables[table.key] = replace(table, columns=columns)
