"""Random DDL that mostly makes sense: it knows what is there, and is sometimes wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from alembic_vet.model.schema import SchemaState
from alembic_vet.model.schema.objects import Key

_TABLES = ("t", "u", '"Up"', "app.t", "a_long_table_name_" * 3)
_COLUMNS = ("a", "b", "c", '"D"', "id", "a_long_column_name_" * 3)
_NAMES = ("n1", "n2", "t_a_key", "t_pkey", "t_a_fkey", "t_a_check", "ix1", "ix2", "mood")
_TYPES = ("int", "text", "varchar(10)", "bigint", "boolean", "numeric(5,2)", "timestamptz", "date", "mood", "mood[]")
_ENUMS = ("mood", "color", "app.mood")
_LABELS = ("x", "y", "z", "w")
_DEFAULTS = {
    "int": ("0", "'1'", "-1"),
    "bigint": ("0", "'1'"),
    "text": ("'x'", "'it''s'"),
    "boolean": ("true", "'f'"),
    "mood": ("'x'",),
    "timestamptz": ("now()",),
}

PREPARATION = (
    "create schema app",
    "create type mood as enum ('x', 'y')",
    "create type app.mood as enum ('x')",
    "create table t (id serial primary key, a int unique, b text, c mood default 'x')",
    "create table u (id int primary key, a int references t, b int references t (a))",
    "create table app.t (id bigint generated always as identity, a mood[], b app.mood)",
)


class Author:
    """Writes statements about what a schema holds."""

    def __init__(self, seed: int, state: SchemaState) -> None:
        self.random = Random(seed)
        self.state = state
        self.table = "t"
        self.columns: tuple[str, ...] = _COLUMNS
        self.names: tuple[str, ...] = _NAMES

    def statement(self) -> str:
        known = list(self.state.tables)
        if known and self._perhaps(0.85):
            key = self.random.choice(known)
            table = self.state.tables[key]
            self.table = _quoted(key)
            self.columns = (*_COLUMNS, *(f'"{name}"' for name in table.columns for _ in range(2)))
            own = [*table.constraints, *(index.key.name for index in self.state.indexes_of(key))]
            self.names = (*_NAMES, *(f'"{name}"' for name in own for _ in range(2)))
        else:
            self.table, self.columns, self.names = self._one(*_TABLES), _COLUMNS, _NAMES
        kinds: tuple[Callable[[], str], ...] = (self._about_table, self._about_column, self._about_rest)
        return self.random.choices(kinds, (4, 4, 3))[0]()

    def _one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def _perhaps(self, share: float) -> bool:
        return self.random.random() < share

    def _maybe(self, text: str, share: float = 0.4) -> str:
        return text if self._perhaps(share) else ""

    def _column(self) -> str:
        return self._one(*self.columns)

    def _definition(self) -> str:
        type_ = self._one(*_TYPES, "serial")
        parts = [self._one(*_COLUMNS), type_]
        if type_ in _DEFAULTS and self._perhaps(0.3):
            parts += ["default", self._one(*_DEFAULTS[type_])]
        parts += [self._maybe("not null", 0.3), self._maybe("unique", 0.1), self._maybe("primary key", 0.1)]
        if type_ in ("int", "bigint") and self._perhaps(0.15):
            parts += ["references", self._one(*_TABLES), self._one("", "(id)", "(a) on delete cascade")]
        return " ".join(parts)

    def _constraint(self) -> str:
        one, two, target = self._column(), self._column(), self._one(*_TABLES)
        return self._maybe(f"constraint {self._one(*self.names)} ") + self._one(
            f"unique ({one})",
            f"unique ({one}, {two})",
            f"primary key ({one})",
            f"foreign key ({one}) references {target}" + self._one("", " (id)", " (a) on delete set null"),
            f"check ({one} is not null)",
            f"check ({one} is not null or {two} is null)",
            "check (1 > 0)",
        )

    def _about_table(self) -> str:
        table, column = self.table, self._column()
        parts = [self._definition() for _ in range(self.random.randint(1, 4))]
        parts += [self._constraint() for _ in range(self.random.randint(0, 2))]
        name, cascade = self._one(*self.names), self._maybe(" cascade")
        keys = self._one(column, f"{column}, {self._column()}", f"({column} is null)")
        return self._one(
            f"create table {self._maybe('if not exists ')}{self._one(*_TABLES)} ({', '.join(parts)})",
            f"create table {self._one(*_TABLES)} ({', '.join(parts)})",
            f"drop table {self._maybe('if exists ')}{table}{cascade}",
            f"alter table {table} rename to {self._one(*_TABLES).partition('.')[0]}",
            f"alter table {table} add {self._constraint()}",
            f"alter table {table} add {self._constraint()}",
            f"alter table {table} drop constraint {self._maybe('if exists ')}{name}{cascade}",
            f"alter table {table} rename constraint {name} to {self._one(*self.names)}",
            f"create {self._maybe('unique ')}index {self._maybe(name)} on {table} ({keys})"
            + self._maybe(f" where {self._column()} is not null"),
            f"drop index {self._maybe('if exists ')}{name}",
        )

    def _about_column(self) -> str:
        table, column = self.table, self._column()
        target = self._one("int", "text", "mood", "boolean")
        return f"alter table {table} " + self._one(
            f"add column {self._maybe('if not exists ')}{self._definition()}",
            f"add column {self._definition()}",
            f"drop column {self._maybe('if exists ')}{column}{self._maybe(' cascade')}",
            f"rename column {column} to {self._column()}",
            f"alter column {column} type {self._one(*_TYPES)}",
            f"alter column {column} type {target} using {column}::text::{target}",
            f"alter column {column} {self._one('set not null', 'drop not null', 'drop default')}",
        )

    def _about_rest(self) -> str:
        enum, label, other = self._one(*_ENUMS), self._one(*_LABELS), self._one(*_LABELS)
        labels = ", ".join(f"'{each}'" for each in self.random.sample(_LABELS, 2))
        return self._one(
            f"create type {enum} as enum ({labels})",
            f"drop type {self._maybe('if exists ')}{enum}",
            f"alter type {enum} add value {self._maybe('if not exists ')}'{label}'" + self._maybe(f" before '{other}'"),
            f"alter type {enum} rename value '{label}' to '{other}'",
            f"alter type {enum} rename to {self._one(*_ENUMS).partition('.')[0]}",
            f"create view vv as select {self._column()} from {self.table}",
            "drop view vv",
            f"create sequence {self._one('s1', 't_id_seq')}",
            f"alter table {self.table} set schema {self._one('app', 'public')}",
            f"alter index {self._one(*self.names)} rename to {self._one(*self.names)}",
        )


def _quoted(key: Key) -> str:
    return f'"{key.schema}"."{key.name}"'
