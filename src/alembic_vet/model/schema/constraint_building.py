"""Constraints as a schema keeps them: what they say, and the name they get."""

from __future__ import annotations

from alembic_vet.model.operations import (
    AnyConstraint,
    Check,
    Columns,
    Constraint,
    ConstraintKind,
    Exclude,
    ForeignKey,
    PrimaryKey,
    Unique,
)
from alembic_vet.model.schema.names import column_part, conventional_name, free_name, stand_in
from alembic_vet.model.schema.objects import ConstraintState, Key, TableState
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque

CONVENTION_KEYS: dict[ConstraintKind, str] = {"primary": "pk", "unique": "uq", "foreignkey": "fk", "check": "ck"}
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
WITH_INDEX = frozenset({"primary", "unique", "exclude"})


def kind_of(constraint: AnyConstraint) -> ConstraintKind:
    return _KINDS[type(constraint)]


def definition(state: SchemaState, table: TableState, constraint: AnyConstraint) -> ConstraintState:
    """What a constraint says, its name left open."""
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
            return ConstraintState("check", "", OPAQUE if sql is OPAQUE else _checked_columns(table, sql), sql)
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


def _checked_columns(table: TableState, sql: str) -> tuple[str, ...]:
    from alembic_vet.model.schema.expressions import names_in

    mentioned = names_in(sql)
    return tuple(name for name in table.columns if name in mentioned)


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
    kind = kind_of(constraint)
    if kind not in CONVENTION_KEYS or (constraint.final and constraint.name is None):
        return constraint.name
    columns: Columns = () if isinstance(constraint, Check) else constraint.columns
    return conventional_name(
        state.options.naming_convention,
        CONVENTION_KEYS[kind],
        table=table.name,
        schema=None if table.schema == state.options.default_schema else table.schema,
        columns=found.columns if found else columns,
        given=constraint.name,
        final=constraint.final,
        target=found.target.name if found and isinstance(found.target, Key) else OPAQUE,
        target_columns=found.target_columns if found else OPAQUE,
    )


def chosen_name(
    state: SchemaState, table: TableState, constraint: AnyConstraint, found: ConstraintState
) -> tuple[str, bool]:
    """The constraint's name and whether it is known; one that is not gets a stand-in no SQL can have."""
    name = given_name(state, table.key, constraint, found)
    if isinstance(name, str):
        return name, True
    using = getattr(constraint, "using_index", None)
    if name is None and using is not None:
        return using, True
    if name is None and found.columns is not OPAQUE:
        free, sure = _free(state, table.key, found, found.columns)
        if sure:
            return free, True
    return stand_in("", {*table.constraints, *table.gone}), False


def _free(state: SchemaState, key: Key, found: ConstraintState, columns: tuple[str, ...]) -> tuple[str, bool]:
    """The name that PostgreSQL chooses, and whether all that is in its way is really there."""
    if found.kind == "primary":
        middle = ""
    elif found.kind == "check":
        # Only a check on exactly one column has it in its name.
        middle = columns[0] if len(columns) == 1 else ""
    else:
        middle = column_part(columns)

    sure = True

    def taken(name: str) -> bool:
        nonlocal sure
        there = state.has_constraint(key.schema, name)
        if there is None:
            sure = False
        if there is not False:
            return True
        return found.kind in WITH_INDEX and state.has_relation(Key(key.schema, name))

    return free_name(key.name, middle, _LABELS[found.kind], taken), sure
