"""Constraints added, renamed and dropped, with the indexes that come and go with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from alembic_vet.model.operations import (
    AnyConstraint,
    Check,
    ConstraintKind,
    CreateConstraint,
    DropConstraint,
    ForeignKey,
    IndexElement,
    PrimaryKey,
    RenameConstraint,
    Unique,
    ValidateConstraint,
)
from alembic_vet.model.schema.constraint_building import (
    CONVENTION_KEYS,
    WITH_INDEX,
    chosen_name,
    definition,
    given_name,
)
from alembic_vet.model.schema.constraint_checks import collisions, missing_columns, target_problems
from alembic_vet.model.schema.labels import unsafe_labels
from alembic_vet.model.schema.names import STAND_IN, conventional_name, shortened
from alembic_vet.model.schema.objects import ConstraintState, IndexState, Key, TableState
from alembic_vet.model.schema.problems import (
    ConstraintExists,
    ConstraintMissing,
    ConstraintUnnamed,
    InUse,
    Problem,
    RelationExists,
)
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque


def step_on_constraint(
    state: SchemaState, operation: CreateConstraint | DropConstraint | RenameConstraint | ValidateConstraint
) -> Iterator[Problem]:
    match operation:
        case CreateConstraint():
            return create_constraint(state, operation)
        case DropConstraint():
            return drop_constraint(state, operation)
        case RenameConstraint():
            return rename_constraint(state, operation)
        case ValidateConstraint():
            return validate_constraint(state, operation)


def create_constraint(state: SchemaState, operation: CreateConstraint) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is not None:
        yield from add_constraint(state, table.key, operation.constraint, operation.if_not_exists)


def add_constraints(state: SchemaState, key: Key, given: Sequence[AnyConstraint]) -> Iterator[Problem]:
    """Add what comes with a table or column."""
    for constraint in _in_order(state, key, given):
        yield from add_constraint(state, key, constraint)


def _in_order(state: SchemaState, key: Key, given: Sequence[AnyConstraint]) -> list[AnyConstraint]:
    """The order in which PostgreSQL makes constraints: the primary key first, foreign keys last.

    Of the keys over the same columns only the first is made; unnamed, it takes over the name of a later one.
    """
    found: list[AnyConstraint] = []
    for each in sorted(given, key=lambda each: 0 if isinstance(each, PrimaryKey) else 1 + isinstance(each, ForeignKey)):
        place = next((place for place, earlier in enumerate(found) if _twins(earlier, each)), None)
        if place is None:
            found.append(each)
            continue
        if given_name(state, key, found[place]) is None:
            found[place] = replace(found[place], name=given_name(state, key, each), final=True)
    return found


def _twins(one: AnyConstraint, two: AnyConstraint) -> bool:
    if not isinstance(one, (PrimaryKey, Unique)) or not isinstance(two, Unique) or one.columns != two.columns:
        return False
    return one.columns is not OPAQUE and not two.deferrable and not two.nulls_not_distinct


def add_constraint(
    state: SchemaState, key: Key, constraint: AnyConstraint, if_not_exists: bool = False
) -> Iterator[Problem]:
    """Add a constraint to a table that is there, with its index."""
    table = state.tables[key]
    found = definition(state, table, constraint)
    name, known = chosen_name(state, table, constraint, found)
    found = replace(found, name=name, name_known=known, generated=constraint.name is None)
    if name in table.unseen:
        found = replace(found, doubt=max(state.doubts, 1))
    if known:
        if if_not_exists and table.constraints.get(name) is not None:
            return
        yield from collisions(state, table, constraint, found)
    yield from missing_columns(table, found)
    if isinstance(constraint, ForeignKey):
        yield from target_problems(state, table, constraint, found)
    if isinstance(constraint, Check) and isinstance(constraint.sql, str):
        yield from unsafe_labels(state, key, constraint.sql)
    if found.kind == "primary" and isinstance(found.columns, tuple):
        columns = dict(table.columns)
        for column in found.columns:
            if column in columns:
                columns[column] = replace(columns[column], nullable=False)
        table = replace(table, columns=columns)
    state.tables[key] = replace(table, constraints={**table.constraints, name: found}, gone=table.gone - {name})
    if found.kind in WITH_INDEX:
        index_key = Key(key.schema, name)
        using = getattr(constraint, "using_index", None)
        if using is not None:
            state.indexes.pop(Key(key.schema, using), None)
        elements: tuple[IndexElement, ...] | Opaque = OPAQUE
        if isinstance(found.columns, tuple):
            elements = tuple(IndexElement(column) for column in found.columns)
        state.indexes[index_key] = IndexState(
            index_key, key, elements, unique=found.kind != "exclude", constraint=name, name_known=known
        )


def drop_constraint(state: SchemaState, operation: DropConstraint) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None:
        return
    kind = None if operation.kind is OPAQUE else operation.kind
    name = operation.name
    if operation.final and isinstance(name, str):
        name = shortened(name)
    if kind == "check" and name is not None:
        name = conventional_name(
            state.options.naming_convention,
            "ck",
            table=table.key.name,
            columns=OPAQUE,
            given=name,
            final=operation.final,
        )
    if name is None and kind is not None and kind != "exclude":
        # A convention that needs no columns names it all the same: `pk_%(table_name)s`.
        name = conventional_name(
            state.options.naming_convention, CONVENTION_KEYS[kind], table=table.key.name, columns=OPAQUE
        )
        if name is OPAQUE:
            name = None if state.options.naming_convention is not OPAQUE else OPAQUE
    if name is OPAQUE:
        primary = table.primary_key
        if kind == "primary" and primary is not None and not primary.doubt:
            # A table has only one, however its name is found out.
            yield from remove_constraint(state, table.key, primary.name, cascade=operation.cascade)
            return
        _doubt_constraints(state, table, kind)
        return
    if name is None:
        yield ConstraintUnnamed(table.key, kind, tuple(_alike(table, kind, "")))
        return
    if name not in table.constraints:
        if table.names_are_known:
            if not operation.if_exists and table.lacks(name):
                yield ConstraintMissing(table.key, name, kind, tuple(_alike(table, kind, name)))
            state.tables[table.key] = table.without(name)
        else:
            # It is one of those, or one that a type of the application's own has made.
            _doubt_constraints(state, table, kind, only_unnamed=True)
            left = state.tables[table.key]
            state.tables[table.key] = replace(left, gone=left.gone | {name}, unseen=left.unseen | {name})
        return
    yield from remove_constraint(state, table.key, name, cascade=operation.cascade)


def _doubt_constraints(
    state: SchemaState, table: TableState, kind: ConstraintKind | None, *, only_unnamed: bool = False
) -> None:
    """Any constraint of that kind may be gone; columns are not touched."""
    state.doubts += 1
    concerned = {
        name
        for name, each in table.constraints.items()
        if (kind is None or each.kind == kind) and not (only_unnamed and each.name_known)
    }
    constraints = {
        name: replace(each, doubt=state.doubts) if name in concerned else each
        for name, each in table.constraints.items()
    }
    state.tables[table.key] = replace(table, constraints=constraints)
    for index in list(state.indexes_of(table.key)):
        if index.constraint in concerned:
            state.indexes[index.key] = replace(index, doubt=state.doubts)


def _alike(table: TableState, kind: ConstraintKind | None, name: str) -> list[ConstraintState]:
    """Constraints that may be meant, the likeliest first."""
    from difflib import SequenceMatcher

    found = [each for each in table.constraints.values() if kind is None or each.kind == kind]
    return sorted(found, key=lambda each: -SequenceMatcher(None, each.name, name).ratio())


def remove_constraint(state: SchemaState, key: Key, name: str, *, cascade: bool = False) -> Iterator[Problem]:
    """Take a constraint away with its index, and with `cascade` the foreign keys that need it."""
    table = state.tables[key]
    found = table.constraints[name]
    dependents = state.resting_on(Key(key.schema, name), key) if found.kind in ("primary", "unique") else []
    if dependents and not cascade:
        yield InUse("constraint", f"{name} on table {key}", foreign_keys(dependents))
    if cascade:
        for other, foreign in dependents:
            if foreign in state.tables[other].constraints:
                yield from remove_constraint(state, other, foreign)
    table = state.tables[key]
    rest = {each: value for each, value in table.constraints.items() if each != name}
    state.tables[key] = replace(table, constraints=rest, gone=table.gone | {name})
    index = state.indexes.get(Key(key.schema, name))
    if index is not None and index.constraint == name and index.table == key:
        del state.indexes[index.key]
        state.gone.add(index.key)


def foreign_keys(found: list[tuple[Key, str]]) -> tuple[str, ...]:
    return tuple(spoken_of(name, table) for table, name in found)


def spoken_of(name: str, table: Key) -> str:
    """A constraint as PostgreSQL's messages name it, as far as its name is known."""
    return f"a constraint on table {table}" if name.startswith(STAND_IN) else f"constraint {name} on table {table}"


def rename_constraint(state: SchemaState, operation: RenameConstraint) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None:
        return
    if operation.name is OPAQUE or operation.new_name is OPAQUE:
        state.doubt(table.key)
        return
    found = table.constraints.get(operation.name)
    if found is None:
        if table.lacks(operation.name) and table.names_are_known:
            alike = _alike(table, None, operation.name)
            yield ConstraintMissing(table.key, operation.name, None, tuple(alike))
        return
    if operation.new_name in table.constraints:
        yield ConstraintExists(table.key, operation.new_name)
        return
    index = Key(table.key.schema, operation.new_name)
    taken = state.relation_kind(index) if found.kind in WITH_INDEX else None
    if taken is not None:
        yield RelationExists(index, taken)
    rename_in_table(state, table.key, operation.name, operation.new_name)


def rename_in_table(state: SchemaState, key: Key, old: str, new: str) -> None:
    """A constraint and its index have one name."""
    table = state.tables[key]
    constraints = {
        (new if name == old else name): (replace(each, name=new, generated=False) if name == old else each)
        for name, each in table.constraints.items()
    }
    state.tables[key] = replace(table, constraints=constraints, gone=(table.gone | {old}) - {new})
    index = state.indexes.get(Key(key.schema, old))
    if index is not None and index.constraint == old and index.table == key:
        state.move_index(index.key, replace(index, key=Key(key.schema, new), constraint=new))


def validate_constraint(state: SchemaState, operation: ValidateConstraint) -> Iterator[Problem]:
    table, problems = state.table_or_stub(operation.table)
    yield from problems
    if table is None or operation.name is OPAQUE or operation.name in table.constraints:
        return
    if table.lacks(operation.name) and table.names_are_known:
        yield ConstraintMissing(table.key, operation.name, None, tuple(_alike(table, None, operation.name)))
