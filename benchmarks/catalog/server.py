"""What a server's catalog holds after an upgrade, and how it spells what the replay holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from alembic_vet.model.schema.objects import Key

_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_OF_EXTENSION = "EXISTS (SELECT FROM pg_depend d WHERE d.objid = {0}.oid AND d.deptype = 'e')"
_NAMES = """ARRAY(SELECT attname::text FROM unnest({1}) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute ON attrelid = {0} AND attnum = number ORDER BY place)"""

_TABLES = f"""
SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p') AND {_OURS} AND NOT {_OF_EXTENSION.format("c")}"""
_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity::text,
       attgenerated::text
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
_CONSTRAINTS = f"""
SELECT conname, contype::text, {_NAMES.format("conrelid", "conkey")}, fn.nspname, f.relname,
       {_NAMES.format("confrelid", "confkey")}, confdeltype::text, confupdtype::text, condeferrable, condeferred,
       pg_get_constraintdef(o.oid)
FROM pg_constraint o LEFT JOIN pg_class f ON f.oid = confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE conrelid = %s AND contype IN ('p', 'u', 'f', 'c', 'x') ORDER BY conname"""
_INDEXES = """
SELECT c.relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
WHERE indrelid = %s AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY c.relname"""
_TYPES = f"""
SELECT n.nspname, typname, typtype::text,
       ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace LEFT JOIN pg_class c ON c.oid = typrelid
WHERE (typtype IN ('e', 'd') OR typtype = 'c' AND c.relkind = 'c') AND {_OURS} AND NOT {_OF_EXTENSION.format("t")}"""
_SEQUENCES = f"""
SELECT n.nspname, c.relname, tn.nspname, t.relname, a.attname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend p ON p.objid = c.oid AND p.deptype IN ('a', 'i') AND p.refclassid = 'pg_class'::regclass
     AND p.refobjsubid > 0
LEFT JOIN pg_class t ON t.oid = p.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = p.refobjsubid
WHERE c.relkind = 'S' AND {_OURS} AND NOT {_OF_EXTENSION.format("c")}"""
_OTHERS = f"""
SELECT 'extension', '', extname, NULL FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL SELECT 'schema', '', nspname, NULL FROM pg_namespace n WHERE {_OURS} AND nspname <> 'public'
    AND NOT {_OF_EXTENSION.format("n")}
UNION ALL SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, n.nspname, relname, NULL
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('v', 'm') AND {_OURS} AND NOT {_OF_EXTENSION.format("c")}
UNION ALL SELECT DISTINCT 'function', n.nspname, proname, NULL FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
    WHERE {_OURS} AND NOT {_OF_EXTENSION.format("p")}
UNION ALL SELECT 'trigger', n.nspname, tgname, c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT tgisinternal AND {_OURS}"""


@dataclass(frozen=True)
class CatalogColumn:
    type: str
    required: bool
    default: str | None
    identity: str
    generated: str


@dataclass(frozen=True)
class CatalogConstraint:
    """`definition` is PostgreSQL's own; `kind` and the actions are its letters."""

    kind: str
    columns: tuple[str, ...]
    target: Key | None
    target_columns: tuple[str, ...]
    on_delete: str
    on_update: str
    deferrable: bool
    deferred: bool
    definition: str


@dataclass(frozen=True)
class CatalogTable:
    key: Key
    columns: dict[str, CatalogColumn]
    constraints: dict[str, CatalogConstraint]
    indexes: dict[str, str]


@dataclass
class Catalog:
    """Everything that revisions made, but for Alembic's own table. `types` holds None for what is no enum."""

    tables: dict[Key, CatalogTable] = field(default_factory=dict)
    types: dict[Key, tuple[str, ...] | None] = field(default_factory=dict)
    sequences: dict[Key, tuple[Key, str] | None] = field(default_factory=dict)
    others: set[tuple[str, Key, str | None]] = field(default_factory=set)


class Server:
    """One database, asked through one connection that never commits."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor()

    def _rows(self, sql: str, *arguments: object) -> list[Any]:
        self._cursor.execute(sql, arguments or None)
        return list(self._cursor.fetchall())

    def catalog(self, own: frozenset[str]) -> Catalog:
        """`own` are the tables that Alembic keeps its place in."""
        found = Catalog()
        for schema, name, oid in self._rows(_TABLES):
            if name not in own:
                found.tables[Key(schema, name)] = self._table(Key(schema, name), oid)
        for schema, name, kind, labels in self._rows(_TYPES):
            found.types[Key(schema, name)] = tuple(labels) if kind == "e" else None
        for schema, name, owner_schema, table, column in self._rows(_SEQUENCES):
            found.sequences[Key(schema, name)] = (Key(owner_schema, table), column) if table else None
        for kind, schema, name, table in self._rows(_OTHERS):
            found.others.add((kind, Key(schema, name), table))
        return found

    def _table(self, key: Key, oid: int) -> CatalogTable:
        columns = {
            name: CatalogColumn(plain(type_), required, default, identity.strip(), generated.strip())
            for name, type_, required, default, identity, generated in self._rows(_COLUMNS, oid)
        }
        constraints = {}
        for name, kind, names, schema, target, targets, delete, update, able, deferred, sql in self._rows(
            _CONSTRAINTS, oid
        ):
            to = Key(schema, target) if target else None
            actions = (delete.strip(), update.strip())
            constraints[name] = CatalogConstraint(kind, tuple(names), to, tuple(targets), *actions, able, deferred, sql)
        indexes = {name: _without_storage(sql) for name, sql in self._rows(_INDEXES, oid)}
        return CatalogTable(key, columns, constraints, indexes)

    # What PostgreSQL makes of SQL of the replay, on an empty copy of the table

    @contextmanager
    def _copy(self, table: Key) -> Iterator[str]:
        name = quoted(table.name)
        self._cursor.execute("SAVEPOINT vet")
        try:
            self._cursor.execute(f"CREATE TEMP TABLE {name} (LIKE {quoted(table.schema)}.{name})")
            yield f"pg_temp.{name}"
        finally:
            self._cursor.execute("ROLLBACK TO vet")

    def _one(self, sql: str) -> str:
        return str(self._rows(sql)[0][0])

    def check(self, table: Key, sql: str) -> str:
        with self._copy(table) as copy:
            self._cursor.execute(f"ALTER TABLE {copy} ADD CONSTRAINT vet_check CHECK ({sql})")
            return self._one("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'vet_check'")

    def default(self, table: Key, column: str, sql: str, type_: str | None = None) -> str:
        """The expression of a default, of a generated column where `type_` is given."""
        name = quoted(column)
        with self._copy(table) as copy:
            if type_ is None:
                self._cursor.execute(f"ALTER TABLE {copy} ALTER {name} SET DEFAULT {sql}")
            else:
                generated = f"ADD {name} {type_} GENERATED ALWAYS AS ({sql}) STORED"
                self._cursor.execute(f"ALTER TABLE {copy} DROP {name}, {generated}")
            return self._one(f"SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = '{copy}'::regclass")

    def index(self, table: Key, unique: bool, rest: str) -> str:
        """The definition of an index from USING on."""
        with self._copy(table) as copy:
            self._cursor.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX vet_index ON {copy} {rest}")
            return _without_storage(self._one("SELECT pg_get_indexdef('vet_index'::regclass)"))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def plain(text: str) -> str:
    return text.replace('"', "")


def _without_storage(sql: str) -> str:
    """`UNIQUE USING btree (...) WHERE ...`, without what no migration compares."""
    unique = "UNIQUE " if sql.startswith("CREATE UNIQUE") else ""
    sql = re.sub(r"^CREATE .*? USING ", f"{unique}USING ", sql, count=1)
    return re.sub(r" WITH \([^()]*\)", "", sql)


def listed(values: Sequence[str]) -> str:
    return ", ".join(values)
