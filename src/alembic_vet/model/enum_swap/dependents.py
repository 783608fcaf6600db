"""What is dropped before a type is replaced, and made again: checks, indexes and views that are compiled for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.model.enum_swap.readers import refuse_others, views_on
from alembic_vet.model.enum_swap.users import InDoubt, Users, casts_in, known
from alembic_vet.model.operations import TEMPORARY, Computed, Default
from alembic_vet.model.schema.objects import ConstraintState, IndexState, Key, OtherState, TableState
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE, Opaque


class Dependents(Struct, frozen=True):
    """What is dropped before the types are replaced, and made again; views in an order in which they can be dropped."""

    checks: tuple[tuple[Key, ConstraintState], ...] = ()
    indexes: tuple[IndexState, ...] = ()
    views: tuple[OtherState, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        found = [check.name for _, check in self.checks]
        return frozenset([*found, *(index.key.name for index in self.indexes), *(view.key.name for view in self.views)])

    @property
    def texts(self) -> Iterator[str]:
        """The SQL that makes them again."""
        for _, check in self.checks:
            yield known(check.sql, f"check {check.name}")
        for index in self.indexes:
            yield from _index_texts(index)
        for view in self.views:
            yield known(view.definition, f"view {view.key}")


def dependents(state: SchemaState, before: SchemaState, users: Users) -> Dependents:
    """What has to be dropped and made again.

    `before` is the schema that is wanted back: a definition that names a label that goes is taken from there.
    Raises InDoubt where something cannot be dropped and made again just as it is.
    """
    checks: list[tuple[Key, ConstraintState]] = []
    indexes: list[IndexState] = []
    on_table: dict[Key, list[IndexState]] = {}
    for index in state.indexes.values():
        on_table.setdefault(index.table, []).append(index)
    for table in state.tables.values():
        if table.key.schema == TEMPORARY:
            continue
        _refuse_defaults(table, users)
        if table.key not in users.columns:
            _refuse_casts(table, on_table.get(table.key, ()), users)
            continue
        _refuse_constraints(table, users)
        old = before.tables.get(table.key)
        for check in _checks(table, users):
            checks.append((table.key, _check_wanted(check, old.constraints.get(check.name) if old else None, users)))
        for index in _indexes(table, on_table.get(table.key, ()), users):
            indexes.append(_index_wanted(index, before.indexes.get(index.key), users))
    views = views_on(state, users)
    refuse_others(state, users)
    return Dependents(tuple(checks), tuple(indexes), tuple(views))


# Checks and indexes


def _checks(table: TableState, users: Users) -> Iterator[ConstraintState]:
    for constraint in table.constraints.values():
        if constraint.kind != "check":
            continue
        if constraint.sql is OPAQUE:
            raise InDoubt(f"what a check of {table.key} says is not known")
        if users.concern(table.key, constraint.sql):
            if constraint.doubt or not constraint.name_known:
                raise InDoubt(f"the name of a check of {table.key} is not known")
            yield constraint


def _indexes(table: TableState, indexes: Iterable[IndexState], users: Users) -> Iterator[IndexState]:
    for index in indexes:
        expressions = list(_expressions(index))
        if index.elements is OPAQUE or OPAQUE in expressions or index.doubt:
            raise InDoubt(f"what index {index.key} is on is not known")
        if any(users.concern(table.key, sql) for sql in expressions if sql is not OPAQUE):
            if not index.name_known or index.unique is OPAQUE or index.method is OPAQUE or index.include is OPAQUE:
                raise InDoubt(f"what index {index.key} is like is not known")
            if any('"' in element.options for element in index.elements):
                raise InDoubt(f"index {index.key} has options with quoted names")
            yield index


def _expressions(index: IndexState) -> Iterator[str | Opaque]:
    for element in () if index.elements is OPAQUE else index.elements:
        if element.column is None and element.sql is not None:
            yield element.sql
    if index.where is not None:
        yield index.where


def _index_texts(index: IndexState) -> list[str]:
    return [known(sql, f"index {index.key}") for sql in _expressions(index)]


def _check_wanted(check: ConstraintState, old: ConstraintState | None, users: Users) -> ConstraintState:
    if not users.lose(known(check.sql, check.name)):
        return check
    if old is None or old.kind != "check" or old.doubt or users.lose(known(old.sql, old.name)):
        raise InDoubt(f"check {check.name} names a label that goes")
    return replace(check, sql=old.sql)


def _index_wanted(index: IndexState, old: IndexState | None, users: Users) -> IndexState:
    if not any(users.lose(sql) for sql in _index_texts(index)):
        return index
    if old is None or old.table != index.table or old.doubt or any(users.lose(each) for each in _index_texts(old)):
        raise InDoubt(f"index {index.key} names a label that goes")
    return old


# What cannot be dropped and made again


def _refuse_defaults(table: TableState, users: Users) -> None:
    columns = users.columns.get(table.key, frozenset())
    for column in table.columns.values():
        match column.default:
            case Computed(sql=sql):
                # It would come back as the last column of its table.
                if (sql is OPAQUE and columns) or (sql is not OPAQUE and users.concern(table.key, sql)):
                    raise InDoubt(f"{table.key}.{column.name} is generated from a column of the type")
            case Default(sql=sql):
                if column.name not in columns and sql is not OPAQUE and casts_in(sql) & users.type_names:
                    raise InDoubt(f"the default of {table.key}.{column.name} casts to the type")


def _refuse_casts(table: TableState, indexes: Iterable[IndexState], users: Users) -> None:
    """Expressions that cast to the type on a table that has no column of it."""
    checks = [constraint.sql for constraint in table.constraints.values()]
    filters = [sql for index in indexes for sql in _expressions(index)]
    if any(casts_in(sql) & users.type_names for sql in (*checks, *filters) if sql is not OPAQUE):
        raise InDoubt(f"an expression on {table.key} casts to the type")


def _refuse_constraints(table: TableState, users: Users) -> None:
    columns = users.columns[table.key]
    for constraint in table.constraints.values():
        own = columns if constraint.columns is OPAQUE else columns.intersection(constraint.columns)
        if constraint.kind == "foreignkey" and own:
            raise InDoubt(f"foreign key {constraint.name} of {table.key} may be on a column of the type")
        if constraint.kind == "exclude" and (constraint.sql is OPAQUE or users.concern(table.key, constraint.sql)):
            raise InDoubt(f"exclusion constraint {constraint.name} of {table.key} may be on a column of the type")
