"""Definitions as SQL, and whether two are the same."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import Computed, Default, Identity, IndexElement
from alembic_vet.model.schema.objects import ColumnDefault, ConstraintState, IndexState, Key, SequenceDefault
from alembic_vet.source.unknown import OPAQUE, Opaque


def spelled(value: str | Opaque | None) -> str | None:
    """Something that may not be known, for reading."""
    return "?" if value is OPAQUE else value


def default_sql(default: ColumnDefault | Opaque | None) -> str | None:
    """A default as SQL; None where there is none, `?` where it is not known."""
    match default:
        case Default(sql=sql):
            return spelled(sql)
        case Computed(sql=sql):
            return f"GENERATED ALWAYS AS ({spelled(sql)}) STORED"
        case Identity(always=always):
            return f"GENERATED {'ALWAYS' if always is True else 'BY DEFAULT'} AS IDENTITY"
        case SequenceDefault(sequence=key):
            return f"nextval('{key}')"
        case None:
            return None
        case _:
            return "?"


def constraint_sql(constraint: ConstraintState) -> str:
    """A constraint's definition as SQL, without its name."""
    columns = "?" if constraint.columns is OPAQUE else ", ".join(constraint.columns)
    match constraint.kind:
        case "primary":
            return f"PRIMARY KEY ({columns})"
        case "unique":
            return f"UNIQUE ({columns})"
        case "check":
            return f"CHECK ({spelled(constraint.sql)})"
        case "exclude":
            return f"EXCLUDE {spelled(constraint.sql)}"
    target = constraint.target if isinstance(constraint.target, Key) else "?"
    targets = "?" if constraint.target_columns is OPAQUE else ", ".join(constraint.target_columns)
    words = f"FOREIGN KEY ({columns}) REFERENCES {target} ({targets})"
    for event, action in (("DELETE", constraint.on_delete), ("UPDATE", constraint.on_update)):
        if action is not None:
            words += f" ON {event} {spelled(action)}"
    return words


def index_sql(index: IndexState) -> str:
    """An index's definition as SQL, without its name."""
    elements = "?"
    if index.elements is not OPAQUE:
        elements = ", ".join(
            " ".join(part for part in (each.column or f"({spelled(each.sql)})", each.options) if part)
            for each in index.elements
        )
    method = "" if index.method == "btree" else f"USING {spelled(index.method)} "
    where = f" WHERE {spelled(index.where)}" if index.where is not None else ""
    return f"{'UNIQUE ' if index.unique is True else ''}INDEX ON {index.table} {method}({elements}){where}"


def same_default(
    old: ColumnDefault | Opaque | None, new: ColumnDefault | Opaque | None, type_: ColumnType | Opaque
) -> bool | None:
    """Whether two defaults of a column are the same; None where it is not known."""
    if old is OPAQUE or new is OPAQUE:
        return None if old is not new else True
    match old, new:
        case (Default(sql=mine), Default(sql=theirs)) | (Computed(sql=mine), Computed(sql=theirs)):
            if mine is OPAQUE or theirs is OPAQUE:
                return None
            from alembic_vet.model.schema.expressions import canonical_default

            name = type_.name if isinstance(type_, ColumnType) and not type_.array else None
            return canonical_default(mine, name) == canonical_default(theirs, name)
        case Identity(always=mine_always), Identity(always=theirs_always):
            return None if OPAQUE in (mine_always, theirs_always) else mine_always == theirs_always
        case _:
            return old == new


def same_sql(old: str | Opaque | None, new: str | Opaque | None) -> bool | None:
    """Whether two expressions are the same in PostgreSQL's eyes."""
    if old is OPAQUE or new is OPAQUE:
        return None
    if old is None or new is None:
        return old is new
    if old == new:
        return True
    from alembic_vet.model.schema.expressions import canonical

    return canonical(old) == canonical(new)


def same_routine(old: str | Opaque, new: str | Opaque) -> bool | None:
    """Whether two functions are defined alike."""
    same = same_sql(old, new)
    if same is not False or old is OPAQUE or new is OPAQUE:
        return same
    from alembic_vet.model.schema.expressions import canonical_routine

    return canonical_routine(old) == canonical_routine(new)


def same_constraint(old: ConstraintState, new: ConstraintState) -> bool | None:
    """Whether two constraints are defined alike, whatever their names."""
    if old.kind != new.kind:
        return False
    plain = ConstraintState(old.kind, "")
    if old.kind in ("check", "exclude"):
        return same_sql(old.sql, new.sql)
    one = replace(old, name="", name_known=True, sql=plain.sql)
    two = replace(new, name="", name_known=True, sql=plain.sql)
    if one == two:
        return True
    fields = ("columns", "target", "target_columns", "on_delete", "on_update", "deferrable", "deferred")
    sure = [name for name in fields if OPAQUE not in (getattr(one, name), getattr(two, name))]
    if (
        any(getattr(one, name) != getattr(two, name) for name in sure)
        or one.nulls_not_distinct != two.nulls_not_distinct
    ):
        return False
    return None


def same_index(old: IndexState, new: IndexState) -> bool | None:
    """Whether two indexes are defined alike, whatever their names."""
    if old.table != new.table:
        return False
    certain = same_sql(old.where, new.where)
    if certain is False:
        return False
    for mine, theirs in ((old.unique, new.unique), (old.method, new.method), (old.include, new.include)):
        if OPAQUE in (mine, theirs):
            certain = None
        elif mine != theirs:
            return False
    if old.elements is OPAQUE or new.elements is OPAQUE:
        return None
    if len(old.elements) != len(new.elements):
        return False
    for one, two in zip(old.elements, new.elements, strict=True):
        same = _same_element(one, two)
        if same is False:
            return False
        certain = certain if same else None
    return certain


def _same_element(one: IndexElement, two: IndexElement) -> bool | None:
    if (one.column is None) != (two.column is None):
        return None if OPAQUE in (one.sql, two.sql) else False
    if one.column != two.column or _options(one) != _options(two):
        return False
    return True if one.column is not None else same_sql(one.sql, two.sql)


def _options(element: IndexElement) -> str:
    """ASC is the default, and NULLS FIRST that of DESC."""
    text = f" {element.options.upper()} "
    for default in (" ASC NULLS LAST ", " ASC "):
        text = text.replace(default, " ")
    text = text.replace(" DESC NULLS FIRST ", " DESC ")
    return text.replace(" NULLS LAST ", " ").strip() if " DESC " not in text else text.strip()
