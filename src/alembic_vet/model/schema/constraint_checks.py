"""What keeps a constraint from being added."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.model.operations import AnyConstraint, ForeignKey
from alembic_vet.model.schema.casts import comparable
from alembic_vet.model.schema.constraint_building import WITH_INDEX
from alembic_vet.model.schema.objects import ConstraintState, Key, TableState
from alembic_vet.model.schema.problems import (
    ColumnMissing,
    ConstraintExists,
    IncompatibleTypes,
    NameTooLong,
    Problem,
    RelationExists,
    SecondPrimaryKey,
    TableMissing,
    TargetNotUnique,
)
from alembic_vet.model.schema.state import Lookup, SchemaState
from alembic_vet.source.unknown import OPAQUE


def collisions(
    state: SchemaState, table: TableState, constraint: AnyConstraint, found: ConstraintState
) -> Iterator[Problem]:
    """Names and keys that are taken."""
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
    if found.kind in WITH_INDEX and getattr(constraint, "using_index", None) != found.name:
        kind = state.relation_kind(key)
        if kind is not None:
            yield RelationExists(key, kind)


def missing_columns(table: TableState, found: ConstraintState) -> Iterator[Problem]:
    """Columns that the table does not have."""
    if found.columns is OPAQUE or found.kind not in ("primary", "unique", "foreignkey"):
        return
    for column in found.columns:
        if column and column not in table.columns and table.lacks(column):
            yield ColumnMissing(table.key, column)


def target_problems(
    state: SchemaState, table: TableState, constraint: ForeignKey, found: ConstraintState
) -> Iterator[Problem]:
    """What a foreign key points at must be there, unique, and of a type to compare with."""
    if not isinstance(found.target, Key):
        return
    target = state.table(found.target)
    if target is Lookup.MISSING:
        yield TableMissing(found.target, state.similar_tables(found.target))
    if isinstance(target, Lookup):
        return
    if not constraint.target_columns and target.complete and not target.doubt and target.primary_key is None:
        yield TargetNotUnique(table.key, target.key, ())
    if found.target_columns is OPAQUE:
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
