"""Constraints: how they are named, added, renamed and dropped, and which indexes come and go with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alembic_vet.model.operations import (
    AnyConstraint,
    Check,
    Columns,
    Constraint,
    ConstraintKind,
    CreateConstraint,
    DropConstraint,
    Exclude,
    ForeignKey,
    IndexElement,
    PrimaryKey,
    QualifiedName,
    RenameConstraint,
    Unique,
    ValidateConstraint,
)
from alembic_vet.model.schema.casts import comparable
from alembic_vet.model.schema.expressions import names_in
from alembic_vet.model.schema.labels import unsafe_labels
from alembic_vet.model.schema.names import column_part, conventional_name, free_name
from alembic_vet.model.schema.objects import ConstraintState, IndexState, Key, TableState
from alembic_vet.model.schema.problems import (
    ColumnMissing,
    ConstraintExists,
    ConstraintMissing,
    ConstraintUnnamed,
    IncompatibleTypes,
    InUse,
    NameTooLong,
    Problem,
    RelationExists,
    SecondPrimaryKey,
    TableMissing,
    TargetNotUnique,
)
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque

_CONVENTION_KEYS: dict[ConstraintKind, str] = {"primary": "pk", "unique": "uq", "foreignkey": "fk", "check": "ck"}
_LABELS: dict[ConstraintKind, str] = {
    "primary": "pkey",
    "unique": "key",
    "foreignkey": "fkey",
    "check": "check",
    "exclude": "excl",
}
_KINDS: dict[type[Constraint], ConstraintKind] = {
    PrimaryKey: "primary",
    Unique: "unique",
    ForeignKey: "foreignkey",
    Check: "check",
    Exclude: "exclude",
}
_WITH_INDEX = frozenset({"primary", "unique", "exclude"})


def table_or_stub(state: SchemaState, name: QualifiedName) -> tuple[TableState | None, list[Problem]]:
    """The table that a step works on.

    None where its name is not known; then any may be meant. A table that is not there is put there, empty and in doubt, so that it is
    reported once.
    """
    key = state.key(name)
    if key is None:
        state.doubt_named(name)
        return None, []
    found = state.table(key)
    if isinstance(found, TableState):
        return found, []
    problems: list[Problem] = []
    if found is Lookup.MISSING:
        problems.append(TableMissing(key, state.similar_tables(key)))
        state.doubts += 1
    table = TableState(key, complete=False, doubt=max(state.doubts, 1))
    state.tables[key] = table
    return table, problems


def create_constraint(state: SchemaState, operation: CreateConstraint) -> Iterator[Problem]:
    table, problems = table_or_stub(state, operation.table)
    yield from problems
    if table is not None:
        yield from add_constraint(state, table.key, operation.constraint, operation.if_not_exists)


def add_constraint(
    state: SchemaState, key: Key, constraint: AnyConstraint, if_not_exists: bool = False
) -> Iterator[Problem]:
    """Add a constraint to a table that is there, with its index."""
    table = state.tables[key]
    found = _definition(state, table, constraint)
    name, known = _name(state, table, constraint, found)
    found = replace(found, name=name, name_known=known, generated=constraint.name is None)
    if known:
        if if_not_exists and table.constraints.get(name) is not None:
            return
        yield from _collisions(state, table, constraint, found)
    yield from _missing_columns(table, found)
    if isinstance(constraint, ForeignKey):
        yield from _target_problems(state, table, found)
    if isinstance(constraint, Check) and isinstance(constraint.sql, str):
        yield from unsafe_labels(state, key, constraint.sql)
    if found.kind == "primary" and isinstance(found.columns, tuple):
        columns = dict(table.columns)
        for column in found.columns:
            if column in columns:
                columns[column] = replace(columns[column], nullable=False)
        table = replace(table, columns=columns)
    state.tables[key] = replace(table, constraints={**table.constraints, name: found}, gone=table.gone - {name})
    if found.kind in _WITH_INDEX:
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


def _definition(state: SchemaState, table: TableState, constraint: AnyConstraint) -> ConstraintState:
    match constraint:
        case PrimaryKey(columns=columns, using_index=using):
            return ConstraintState("primary", "", _index_columns(state, table, columns, using))
        case Unique(columns=columns, using_index=using):
            return ConstraintState(
                "unique",
                "",
                _index_columns(state, table, columns, using),
                deferrable=constraint.deferrable,
                nulls_not_distinct=constraint.nulls_not_distinct,
            )
        case Check(sql=sql):
            mentioned = names_in(sql) if isinstance(sql, str) else frozenset[str]()
            columns = tuple(name for name in table.columns if name in mentioned)
            return ConstraintState("check", "", OPAQUE if sql is OPAQUE else columns, sql)
        case Exclude(sql=sql, columns=columns):
            return ConstraintState("exclude", "", columns, sql)
        case ForeignKey():
            target = None if constraint.target is OPAQUE else state.key(constraint.target)
            return ConstraintState(
                "foreignkey",
                "",
                constraint.columns,
                "",
                OPAQUE if target is None else target,
                _target_columns(state, table, target, constraint.target_columns),
                _action(constraint.on_delete),
                _action(constraint.on_update),
                constraint.deferrable,
                constraint.initially_deferred,
                via=_via(state, table, target, constraint.target_columns),
            )


def _action(action: str | Opaque | None) -> str | Opaque | None:
    if action is None or action is OPAQUE:
        return action
    folded = " ".join(action.upper().split())
    return None if folded == "NO ACTION" else folded


def _index_columns(state: SchemaState, table: TableState, columns: Columns, using: str | None) -> Columns:
    index = state.indexes.get(Key(table.key.schema, using)) if using else None
    if index is None or index.elements is OPAQUE:
        return columns
    return tuple(element.column or "" for element in index.elements)


def _via(state: SchemaState, table: TableState, target: Key | None, given: Columns) -> str | None:
    """The name of the index that a foreign key to these columns rests on."""
    referred = table if target == table.key else state.tables.get(target) if target else None
    if referred is None or given is OPAQUE:
        return None
    if not given:
        return referred.primary_key.name if referred.primary_key else None
    for index in state.indexes_of(referred.key):
        if index.unique is True and index.where is None and index.elements is not OPAQUE:
            columns = [element.column for element in index.elements]
            if set(columns) == set(given) and len(columns) == len(given):
                return index.key.name
    return None


def _target_columns(state: SchemaState, table: TableState, target: Key | None, given: Columns) -> Columns:
    if given is OPAQUE or given:
        return given
    referred = table if target == table.key else state.tables.get(target) if target else None
    primary = referred.primary_key if referred else None
    return primary.columns if primary else OPAQUE


def given_name(
    state: SchemaState, table: Key, constraint: AnyConstraint, found: ConstraintState | None = None
) -> str | Opaque | None:
    """The name that the author or the naming convention gives; None where PostgreSQL has the choice."""
    kind = _KINDS[type(constraint)]
    if kind not in _CONVENTION_KEYS or (constraint.final and constraint.name is None):
        return constraint.name
    columns: Columns = () if isinstance(constraint, Check) else constraint.columns
    return conventional_name(
        state.options.naming_convention,
        _CONVENTION_KEYS[kind],
        table=table.name,
        schema=None if table.schema == state.options.default_schema else table.schema,
        columns=found.columns if found else columns,
        given=constraint.name,
        final=constraint.final,
        target=found.target.name if found and isinstance(found.target, Key) else OPAQUE,
        target_columns=found.target_columns if found else OPAQUE,
    )


def _name(state: SchemaState, table: TableState, constraint: AnyConstraint, found: ConstraintState) -> tuple[str, bool]:
    """The constraint's name and whether it is known; one that is not gets a stand-in no SQL can have."""
    name = given_name(state, table.key, constraint, found)
    if isinstance(name, str):
        return name, True
    using = getattr(constraint, "using_index", None)
    if name is None and using is not None:
        return using, True
    if name is None and found.columns is not OPAQUE:
        return _free(state, table.key, found, found.columns), True
    return f"?{len(table.constraints)}", False


def _free(state: SchemaState, key: Key, found: ConstraintState, columns: tuple[str, ...]) -> str:
    if found.kind == "primary":
        middle = ""
    elif found.kind == "check":
        # Only a check on exactly one column has it in its name.
        middle = columns[0] if len(columns) == 1 else ""
    else:
        middle = column_part(columns)

    def taken(name: str) -> bool:
        if state.has_constraint(key.schema, name):
            return True
        return found.kind in _WITH_INDEX and state.has_relation(Key(key.schema, name))

    return free_name(key.name, middle, _LABELS[found.kind], taken)


def _collisions(
    state: SchemaState, table: TableState, constraint: AnyConstraint, found: ConstraintState
) -> Iterator[Problem]:
    if len(found.name) > 63 and not constraint.final:
        yield NameTooLong(found.name)
    if found.kind == "primary" and (primary := table.primary_key) is not None and not primary.doubt:
        yield SecondPrimaryKey(table.key, primary.name)
        return
    existing = table.constraints.get(found.name)
    if existing is not None and not existing.doubt:
        yield ConstraintExists(table.key, found.name)
        return
    key = Key(table.key.schema, found.name)
    if found.kind in _WITH_INDEX and getattr(constraint, "using_index", None) != found.name:
        kind = state.relation_kind(key)
        if kind is not None:
            yield RelationExists(key, kind)


def _missing_columns(table: TableState, found: ConstraintState) -> Iterator[Problem]:
    if found.columns is OPAQUE or found.kind not in ("primary", "unique", "foreignkey"):
        return
    for column in found.columns:
        if column and column not in table.columns and table.lacks(column):
            yield ColumnMissing(table.key, column)


def _target_problems(state: SchemaState, table: TableState, found: ConstraintState) -> Iterator[Problem]:
    if not isinstance(found.target, Key):
        return
    target = state.table(found.target)
    if target is Lookup.MISSING:
        yield TableMissing(found.target, state.similar_tables(found.target))
    if isinstance(target, Lookup) or found.target_columns is OPAQUE:
        return
    wanted = set(found.target_columns)
    missing = [name for name in found.target_columns if name not in target.columns and target.lacks(name)]
    for own, other in zip(found.columns, found.target_columns, strict=False) if found.columns is not OPAQUE else ():
        one, two = table.columns.get(own), target.columns.get(other)
        if one and two and not one.doubt and not two.doubt and comparable(one.type, two.type) is False:
            yield IncompatibleTypes(table.key, found.name, own, str(one.type), str(two.type))
            return
    for column in missing:
        yield ColumnMissing(target.key, column)
    sure = target.complete and not target.doubt
    if missing or not sure:
        return
    keys: list[set[str]] = []
    for each in target.constraints.values():
        if each.kind not in ("primary", "unique"):
            continue
        if each.columns is OPAQUE:
            return
        keys.append(set(each.columns))
    for index in state.indexes_of(target.key):
        if index.unique is not False and index.where is None:
            if index.elements is OPAQUE or index.doubt:
                return
            keys.append({element.column or "" for element in index.elements})
    if wanted not in keys:
        yield TargetNotUnique(table.key, target.key, tuple(found.target_columns))


def drop_constraint(state: SchemaState, operation: DropConstraint) -> Iterator[Problem]:
    table, problems = table_or_stub(state, operation.table)
    yield from problems
    if table is None:
        return
    kind = None if operation.kind is OPAQUE else operation.kind
    name = operation.name
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
            state.options.naming_convention, _CONVENTION_KEYS[kind], table=table.key.name, columns=OPAQUE
        )
        if name is OPAQUE:
            name = None if state.options.naming_convention is not OPAQUE else OPAQUE
    if name is OPAQUE:
        state.doubt(table.key)
        return
    if name is None:
        yield ConstraintUnnamed(table.key, kind, tuple(_alike(table, kind, "")))
        return
    found = table.constraints.get(name)
    if found is None:
        named = all(each.name_known for each in table.constraints.values())
        if not operation.if_exists and table.lacks(name) and named:
            yield ConstraintMissing(table.key, name, kind, tuple(_alike(table, kind, name)))
        return
    yield from remove_constraint(state, table.key, name, cascade=operation.cascade)


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
    return tuple(f"constraint {name} on table {table}" for table, name in found)


def rename_constraint(state: SchemaState, operation: RenameConstraint) -> Iterator[Problem]:
    table, problems = table_or_stub(state, operation.table)
    yield from problems
    if table is None:
        return
    if operation.name is OPAQUE or operation.new_name is OPAQUE:
        state.doubt(table.key)
        return
    found = table.constraints.get(operation.name)
    if found is None:
        if table.lacks(operation.name) and all(each.name_known for each in table.constraints.values()):
            alike = _alike(table, None, operation.name)
            yield ConstraintMissing(table.key, operation.name, None, tuple(alike))
        return
    if operation.new_name in table.constraints:
        yield ConstraintExists(table.key, operation.new_name)
        return
    index = Key(table.key.schema, operation.new_name)
    taken = state.relation_kind(index) if found.kind in _WITH_INDEX else None
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
    table, problems = table_or_stub(state, operation.table)
    yield from problems
    if table is None or operation.name is OPAQUE or operation.name in table.constraints:
        return
    if table.lacks(operation.name) and all(each.name_known for each in table.constraints.values()):
        yield ConstraintMissing(table.key, operation.name, None, tuple(_alike(table, None, operation.name)))
