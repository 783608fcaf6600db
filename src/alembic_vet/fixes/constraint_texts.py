"""Constraints as operations of a revision."""

from __future__ import annotations

from alembic_vet.fixes.sql_text import sql_name
from alembic_vet.fixes.words import Lines, Words
from alembic_vet.model.schema.objects import ConstraintState, Key
from alembic_vet.source.unknown import OPAQUE

_KINDS = {
    "primary": ("pk", "primary"),
    "unique": ("uq", "unique"),
    "foreignkey": ("fk", "foreignkey"),
    "check": ("ck", "check"),
    "exclude": ("", "exclude"),
}


def constraint_name(words: Words, constraint: ConstraintState) -> str:
    """A name that the convention would work into another one is marked as final."""
    convention = words.options.naming_convention
    pattern = OPAQUE if convention is OPAQUE else convention.get(_KINDS[constraint.kind][0], "")
    text = words.string(constraint.name)
    taken = pattern is OPAQUE or "constraint_name" in pattern or len(constraint.name) > 63
    return f"{words.op('f')}({text})" if taken else text


def drop_constraint(words: Words, table: Key, constraint: ConstraintState) -> Lines:
    kind = None if constraint.kind == "exclude" else f"type_={words.string(_KINDS[constraint.kind][1])}"
    name = constraint_name(words, constraint)
    return words.call(words.op("drop_constraint"), [name, words.string(table.name), kind, *words.schema(table)])


def create_constraint(words: Words, table: Key, constraint: ConstraintState) -> Lines:
    name, owner = constraint_name(words, constraint), words.string(table.name)
    deferred = _deferrable(words, constraint)
    if constraint.kind == "exclude":
        if not isinstance(constraint.sql, str):
            return None
        place = words.qualified(table)
        return words.execute(f"ALTER TABLE {place} ADD CONSTRAINT {sql_name(constraint.name)} EXCLUDE {constraint.sql}")
    if constraint.kind == "check":
        if not isinstance(constraint.sql, str):
            return None
        return words.call(
            words.op("create_check_constraint"), [name, owner, words.sql(constraint.sql), *words.schema(table)]
        )
    if constraint.columns is OPAQUE or deferred is None:
        return None
    columns = words.strings(constraint.columns)
    if constraint.kind == "primary":
        return words.call(words.op("create_primary_key"), [name, owner, columns, *words.schema(table)])
    if constraint.kind == "unique":
        nulls = "postgresql_nulls_not_distinct=True" if constraint.nulls_not_distinct else None
        return words.call(
            words.op("create_unique_constraint"), [name, owner, columns, *words.schema(table), *deferred, nulls]
        )
    target = _target(words, constraint)
    if target is None:
        return None
    key, targets, actions = target
    return words.call(
        words.op("create_foreign_key"),
        [
            name,
            owner,
            words.string(key.name),
            columns,
            words.strings(targets),
            *words.schema(table, "source_schema"),
            *words.schema(key, "referent_schema"),
            *actions,
            *deferred,
        ],
    )


def _deferrable(words: Words, constraint: ConstraintState) -> list[str] | None:
    if OPAQUE in (constraint.deferrable, constraint.deferred):
        return None
    found = ["deferrable=True"] if constraint.deferrable else []
    return [*found, f"initially={words.string('DEFERRED')}"] if constraint.deferred else found


def _target(words: Words, constraint: ConstraintState) -> tuple[Key, tuple[str, ...], list[str]] | None:
    if not isinstance(constraint.target, Key) or not isinstance(constraint.target_columns, tuple):
        return None
    actions: list[str] = []
    for keyword, action in (("ondelete", constraint.on_delete), ("onupdate", constraint.on_update)):
        if action is OPAQUE:
            return None
        if action is not None:
            actions.append(f"{keyword}={words.string(action)}")
    return constraint.target, constraint.target_columns, actions


def rename_constraint(words: Words, table: Key, old: str, new: str) -> Lines:
    owner = words.qualified(table)
    return words.execute(f"ALTER TABLE {owner} RENAME CONSTRAINT {sql_name(old)} TO {sql_name(new)}")


def inside(words: Words, constraint: ConstraintState) -> str | None:
    """A constraint within `create_table`."""
    name = f"name={constraint_name(words, constraint)}"
    deferred = _deferrable(words, constraint)
    if deferred is None or constraint.kind == "exclude":
        return None
    if constraint.kind == "check":
        sql = constraint.sql
        return f"{words.sqlalchemy('CheckConstraint')}({words.sql(sql)}, {name})" if isinstance(sql, str) else None
    if constraint.columns is OPAQUE or constraint.nulls_not_distinct:
        return None
    columns = list(map(words.string, constraint.columns))
    if constraint.kind != "foreignkey":
        kind = "PrimaryKeyConstraint" if constraint.kind == "primary" else "UniqueConstraint"
        return f"{words.sqlalchemy(kind)}({', '.join([*columns, name, *deferred])})"
    target = _target(words, constraint)
    if target is None:
        return None
    key, targets, actions = target
    place = key.name if key.schema == words.options.default_schema else f"{key.schema}.{key.name}"
    references = [words.string(f"{place}.{column}") for column in targets]
    local, remote = f"[{', '.join(columns)}]", f"[{', '.join(references)}]"
    return f"{words.sqlalchemy('ForeignKeyConstraint')}({', '.join([local, remote, name, *actions, *deferred])})"
