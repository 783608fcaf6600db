"""A replayed schema and PostgreSQL's catalogue in the same words."""

from __future__ import annotations

from typing import Any

from alembic_vet.model.operations import Computed, Default, Identity, ObjectKind
from alembic_vet.model.schema import SchemaState
from alembic_vet.model.schema.expressions import canonical, canonical_default
from alembic_vet.model.schema.objects import ColumnState, ConstraintState, SequenceDefault

Facts = dict[tuple[str, ...], Any]

_KINDS = {"primary": "p", "unique": "u", "foreignkey": "f", "check": "c", "exclude": "x"}
_ACTIONS = {None: "a", "CASCADE": "c", "SET NULL": "n", "RESTRICT": "r", "SET DEFAULT": "d"}

_COLUMNS = """
SELECT n.nspname, c.relname, attname, format_type(atttypid, atttypmod), attnotnull,
       pg_get_expr(adbin, adrelid), attidentity::text, attgenerated::text
FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND nspname IN ('public', 'app')
"""
_CONSTRAINTS = """
SELECT n.nspname, c.relname, conname, contype::text,
       ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
             JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
       (SELECT fn.nspname || '.' || f.relname FROM pg_class f JOIN pg_namespace fn ON fn.oid = relnamespace
        WHERE f.oid = confrelid),
       ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
             JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place),
       confdeltype::text, pg_get_constraintdef(o.oid)
FROM pg_constraint o JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
WHERE contype IN ('p', 'u', 'f', 'c', 'x') AND nspname IN ('public', 'app')
"""
_INDEXES = """
SELECT nspname, c.relname, t.relname, indisunique, pg_get_expr(indpred, indrelid),
       ARRAY(SELECT pg_get_indexdef(indexrelid, place, true) FROM generate_series(1, indnkeyatts) place)
FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_class t ON t.oid = indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE nspname IN ('public', 'app')
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
"""
_ENUMS = """
SELECT nspname, typname, ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE typtype = 'e' AND nspname IN ('public', 'app')
"""
_RELATIONS = """
SELECT nspname, relname, relkind::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('S', 'v') AND nspname IN ('public', 'app')
"""


def _plain(text: str) -> str:
    return text.replace("public.", "").replace('"', "")


def catalogued(cursor: Any) -> Facts:
    """What the catalogue of a server holds."""
    facts: Facts = {}
    for schema, table, column, type_, required, sql, identity, generated in _rows(cursor, _COLUMNS):
        default = None if sql is None or sql.startswith("NULL::") else canonical_default(sql, type_.partition("(")[0])
        if identity.strip():
            default = "identity"
        elif generated.strip():
            default = f"generated {canonical(sql)}"
        facts["column", schema, table, column] = (_plain(type_), required, default and _plain(default))
    for schema, table, name, kind, columns, target, targets, action, sql in _rows(cursor, _CONSTRAINTS):
        check = canonical(sql[sql.index("(") :]) if kind == "c" else None
        columns = None if kind == "c" else tuple(columns)
        facts["constraint", schema, table, name] = (kind, columns, target, tuple(targets), action.strip(), check)
    for schema, name, table, unique, where, keys in _rows(cursor, _INDEXES):
        where = canonical(where) if where else None
        facts["index", schema, name] = (table, unique, where, tuple(_plain(canonical(key)) for key in keys))
    for schema, name, labels in _rows(cursor, _ENUMS):
        facts["enum", schema, name] = tuple(labels)
    for schema, name, kind in _rows(cursor, _RELATIONS):
        facts["sequence" if kind == "S" else "view", schema, name] = True
    return facts


def _rows(cursor: Any, sql: str) -> list[Any]:
    cursor.execute(sql)
    found: list[Any] = cursor.fetchall()
    return found


def replayed_facts(state: SchemaState) -> Facts:
    """What the replay holds."""
    facts: Facts = {}
    for key, table in state.tables.items():
        for column in table.columns.values():
            facts[("column", *key, column.name)] = _column(column)
        for constraint in table.constraints.values():
            facts[("constraint", *key, constraint.name)] = _constraint(constraint)
    for key, index in state.indexes.items():
        if index.constraint is None:
            where = canonical(str(index.where)) if index.where else None
            elements = index.elements if isinstance(index.elements, tuple) else ()
            keys = tuple(element.column or _plain(canonical(str(element.sql))) for element in elements)
            facts[("index", *key)] = (index.table.name, index.unique, where, keys)
    for key, type_ in state.types.items():
        facts[("enum", *key)] = type_.labels
    for key in state.sequences:
        facts[("sequence", *key)] = True
    for kind, key, _ in state.others:
        if kind is ObjectKind.VIEW:
            facts[("view", *key)] = True
    return facts


def _column(column: ColumnState) -> tuple[str, bool, str | None]:
    type_ = str(column.type)
    if column.user_type is not None:
        type_ = f"{column.user_type}{'[]' if type_.endswith('[]') else ''}"
    match column.default:
        case Identity():
            default: str | None = "identity"
        case Computed(sql=sql):
            default = f"generated {canonical(str(sql))}"
        case SequenceDefault(sequence=key):
            default = f"nextval ( '{key}' )"
        case Default(sql=sql):
            default = _plain(canonical_default(str(sql), type_.partition("(")[0]))
        case _:
            default = None
    return _plain(type_), column.nullable is False, default


def _constraint(constraint: ConstraintState) -> tuple[object, ...]:
    kind = _KINDS[constraint.kind]
    target = constraint.target
    return (
        kind,
        None if kind == "c" else constraint.columns,
        f"{target.schema}.{target.name}" if isinstance(target, tuple) else None,
        constraint.target_columns if kind == "f" else (),
        _ACTIONS[constraint.on_delete] if kind == "f" else "",  # type: ignore[index]
        canonical(str(constraint.sql)) if kind == "c" else None,
    )
