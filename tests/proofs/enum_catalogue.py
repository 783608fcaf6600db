"""All that a downgrade of an enum could change, in PostgreSQL's own words."""

from __future__ import annotations

from tests.proofs.databases import Database, Rows

_OURS = "nspname IN ('public', 'app') AND relname <> 'alembic_version'"
_QUERIES = {
    "labels": """
        SELECT nspname, typname, ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
        FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE typtype = 'e' ORDER BY 1, 2""",
    "columns": f"""
        SELECT relname, relkind::text, rank() OVER (PARTITION BY c.oid ORDER BY attnum), attname, format_type(atttypid, atttypmod), attnotnull,
               pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE {_OURS} AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v', 'm') ORDER BY relname, attnum""",
    "indexes": f"""
        SELECT relname, pg_get_indexdef(indexrelid), indisvalid
        FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {_OURS} AND relname <> 'alembic_version_pkc' ORDER BY relname""",
    "constraints": f"""
        SELECT relname, conname, convalidated, pg_get_constraintdef(o.oid)
        FROM pg_constraint o JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {_OURS} ORDER BY relname, conname""",
    "views": f"""
        SELECT relname, relkind::text, reloptions, pg_get_viewdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {_OURS} AND relkind IN ('v', 'm') ORDER BY relname""",
}


def catalogue(database: Database) -> dict[str, Rows]:
    """Enum types with their labels in order, columns, indexes, constraints and views."""
    return {kind: database.query(query) for kind, query in _QUERIES.items()}
