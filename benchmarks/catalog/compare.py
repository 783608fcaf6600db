"""Object by object: does the catalog hold what the replay says?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from msgspec.structs import replace

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import Computed, Default, Identity, ObjectKind
from alembic_vet.model.schema.definitions import constraint_sql, default_sql, index_sql
from alembic_vet.model.schema.expressions import canonical, canonical_default
from alembic_vet.model.schema.objects import (
    ColumnState,
    ConstraintState,
    IndexState,
    Key,
    SequenceDefault,
    TableState,
)
from alembic_vet.model.schema.state import TEMPORARY, Lookup, SchemaState
from alembic_vet.source.unknown import OPAQUE
from benchmarks.catalog.server import (
    Catalog,
    CatalogColumn,
    CatalogConstraint,
    CatalogTable,
    Server,
    listed,
    plain,
    quoted,
)

Judgement = Literal["agree", "unknown", "missing", "extra", "different"]

_KINDS = {"primary": "p", "unique": "u", "foreignkey": "f", "check": "c", "exclude": "x"}
_ACTIONS = {None: "a", "NO ACTION": "a", "CASCADE": "c", "SET NULL": "n", "RESTRICT": "r", "SET DEFAULT": "d"}
_OTHERS = {
    kind.value: kind
    for kind in (
        *(ObjectKind.EXTENSION, ObjectKind.SCHEMA, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW),
        *(ObjectKind.FUNCTION, ObjectKind.TRIGGER),
    )
}
_NEXTVAL = re.compile(r"nextval\('(.+)'::regclass\)")


@dataclass(frozen=True)
class Verdict:
    """One object. `replayed` and `real` are for reading, None where there is nothing."""

    kind: str
    name: str
    judgement: Judgement
    replayed: str | None = None
    real: str | None = None

    @property
    def wrong(self) -> bool:
        return self.judgement not in ("agree", "unknown")


class _Fields:
    """The parts of one object: any that differs makes it different, else any that is not known unknown."""

    def __init__(self, doubt: int = 0) -> None:
        self.unknown = doubt > 0
        self.different = False

    def add(self, replayed: object, real: object) -> None:
        if replayed is OPAQUE:
            self.unknown = True
        elif replayed != real:
            self.different = True

    def judgement(self, doubt: int) -> Judgement:
        if doubt:
            return "unknown"
        return "different" if self.different else "unknown" if self.unknown else "agree"


class Comparison:
    """The replayed state and one server's catalog."""

    def __init__(self, state: SchemaState, catalog: Catalog, server: Server) -> None:
        self._state = state
        self._catalog = catalog
        self._server = server

    def verdicts(self) -> Iterator[Verdict]:
        state, catalog = self._state, self._catalog
        replayed = {key: table for key, table in state.tables.items() if key.schema != TEMPORARY}
        for key, real in catalog.tables.items():
            table = replayed.get(key)
            if table is None:
                yield self._absent("table", key, "TABLE")
            else:
                yield Verdict("table", str(key), "unknown" if table.doubt else "agree")
            yield from self._columns(table, real)
            yield from self._constraints(table, real)
            yield from self._indexes(table, real)
        for key, table in replayed.items():
            if key not in catalog.tables:
                yield Verdict("table", str(key), "unknown" if table.doubt else "extra", "TABLE")
        yield from self._types()
        yield from self._sequences()
        yield from self._others()

    def _absent(self, kind: str, key: Key, real: str) -> Verdict:
        unknown = self._state.absence(key) is Lookup.UNKNOWN
        return Verdict(kind, str(key), "unknown" if unknown else "missing", None, real)

    def _part_absent(self, table: TableState | None, key: Key, kind: str, name: str, real: str) -> Verdict:
        unknown = self._state.absence(key) is Lookup.UNKNOWN if table is None else not table.lacks(name)
        return Verdict(kind, f"{key}.{name}", "unknown" if unknown else "missing", None, real)

    # Columns

    def _columns(self, table: TableState | None, real: CatalogTable) -> Iterator[Verdict]:
        columns = table.columns if table else {}
        for name, column in real.columns.items():
            mine = columns.get(name)
            if mine is None:
                yield self._part_absent(table, real.key, "column", name, _column_sql(column))
            else:
                yield self._column(real.key, mine, column)
        for name, mine in columns.items():
            if name not in real.columns:
                doubt = mine.doubt or (table.doubt if table else 0)
                yield Verdict("column", f"{real.key}.{name}", "unknown" if doubt else "extra", _replayed_column(mine))

    def _column(self, table: Key, mine: ColumnState, real: CatalogColumn) -> Verdict:
        fields = _Fields()
        spelled = _type(mine)
        fields.add(OPAQUE if spelled is OPAQUE or "..." in spelled else spelled, real.type)
        fields.add(OPAQUE if mine.nullable is OPAQUE else not mine.nullable, real.required)
        fields.add(self._default(table, mine, real), True)
        judgement = fields.judgement(mine.doubt)
        return Verdict("column", f"{table}.{mine.name}", judgement, _replayed_column(mine), _column_sql(real))

    def _default(self, table: Key, mine: ColumnState, real: CatalogColumn) -> object:
        name = real.type.partition("(")[0]
        match mine.default:
            case None:
                return not real.identity and (real.default is None or canonical(real.default).lower() == "null")
            case Identity(always=always):
                if always is OPAQUE:
                    return OPAQUE
                return real.identity == ("a" if always else "d")
            case SequenceDefault(sequence=key):
                found = _NEXTVAL.fullmatch(real.default or "")
                return found is not None and plain(found[1].replace("''", "'")) == str(key)
            case Default(sql=str(sql)) if not real.generated and not real.identity:
                if real.default is None:
                    return canonical(sql).lower() == "null"
                if canonical_default(sql, name) == canonical_default(real.default, name):
                    return True
                return self._same(lambda: self._server.default(table, mine.name, sql), real.default)
            case Computed(sql=str(sql)) if real.generated:
                if real.default is not None and canonical(sql) == canonical(real.default):
                    return True
                return self._same(lambda: self._server.default(table, mine.name, sql, real.type), real.default)
            case Default(sql=str()) | Computed(sql=str()):
                return False
            case _:
                return OPAQUE

    def _same(self, probe: Callable[[], str], real: str | None) -> bool:
        try:
            mine = probe()
        except Exception:  # the server refuses what the replay says: it cannot be what is there
            return False
        # A column that changed its type leaves other casts than the same words give on the new one.
        return mine == real or (real is not None and canonical(mine) == canonical(real))

    # Constraints

    def _constraints(self, table: TableState | None, real: CatalogTable) -> Iterator[Verdict]:
        constraints = dict(table.constraints) if table else {}
        nameless = [each for each in constraints.values() if not each.name_known]
        for name, constraint in real.constraints.items():
            mine = constraints.get(name)
            sure = mine is not None and mine.name_known and not mine.doubt
            like = None if sure else next((each for each in nameless if self._alike(real.key, each, constraint)), None)
            if like is not None:
                nameless.remove(like)
            if mine is not None and mine.name_known:
                yield self._constraint(real.key, mine, constraint)
                continue
            if like is not None:
                sql = constraint_sql(like)
                yield Verdict("constraint", f"{real.key}.{name}", "unknown", sql, constraint.definition)
                continue
            yield self._part_absent(table, real.key, "constraint", name, constraint.definition)
        for name, mine in constraints.items():
            if (mine.name_known and name not in real.constraints) or any(mine is each for each in nameless):
                doubt = mine.doubt or (table.doubt if table else 0)
                judgement: Judgement = "unknown" if doubt else "extra"
                yield Verdict("constraint", f"{real.key}.{name}", judgement, constraint_sql(mine))

    def _alike(self, table: Key, mine: ConstraintState, real: CatalogConstraint) -> bool:
        return self._constraint(table, mine, real).judgement in ("agree", "unknown") and (
            _KINDS[mine.kind] == real.kind
        )

    def _constraint(self, table: Key, mine: ConstraintState, real: CatalogConstraint) -> Verdict:
        fields = _Fields()
        fields.add(_KINDS[mine.kind], real.kind)
        if mine.kind == "check":
            fields.add(self._check(table, mine, real), True)
        elif mine.kind == "exclude":
            fields.unknown = mine.sql is OPAQUE
        else:
            fields.add(mine.columns, real.columns)
            fields.add(mine.deferrable, real.deferrable)
            fields.add(mine.deferred, real.deferred)
        if mine.kind == "foreignkey":
            fields.add(mine.target, real.target)
            fields.add(mine.target_columns, real.target_columns)
            for action, letter in ((mine.on_delete, real.on_delete), (mine.on_update, real.on_update)):
                fields.add(OPAQUE if action is OPAQUE else _ACTIONS.get(action), letter)
        name = f"{table}.{mine.name}"
        return Verdict("constraint", name, fields.judgement(mine.doubt), constraint_sql(mine), real.definition)

    def _check(self, table: Key, mine: ConstraintState, real: CatalogConstraint) -> object:
        sql = mine.sql
        if not isinstance(sql, str):
            return OPAQUE
        if canonical(sql) == canonical(real.definition.removeprefix("CHECK ")):
            return True
        stored = real.definition.removesuffix(" NOT VALID")
        return self._same(lambda: self._server.check(table, sql), stored)

    # Indexes

    def _indexes(self, table: TableState | None, real: CatalogTable) -> Iterator[Verdict]:
        schema = real.key.schema
        replayed = {
            key.name: index
            for key, index in self._state.indexes.items()
            if index.table == real.key and index.constraint is None
        }
        nameless = [each for each in replayed.values() if not each.name_known]
        for name, sql in real.indexes.items():
            mine = replayed.get(name)
            if mine is not None and mine.name_known:
                yield self._index(mine, sql)
            elif nameless:
                mine = nameless.pop(0)
                yield Verdict("index", f"{real.key}.{name}", "unknown", index_sql(mine), sql)
            elif (table is not None and not table.complete) or self._state.absence(Key(schema, name)) is Lookup.UNKNOWN:
                yield Verdict("index", f"{real.key}.{name}", "unknown", None, sql)
            else:
                yield Verdict("index", f"{real.key}.{name}", "missing", None, sql)
        for name, mine in replayed.items():
            if (mine.name_known and name not in real.indexes) or any(mine is each for each in nameless):
                yield Verdict("index", f"{real.key}.{name}", "unknown" if mine.doubt else "extra", index_sql(mine))

    def _index(self, mine: IndexState, real: str) -> Verdict:
        fields = _Fields()
        if (
            mine.elements is OPAQUE
            or OPAQUE in (mine.unique, mine.where, mine.method, mine.include)
            or any(each.column is None and each.sql is OPAQUE for each in mine.elements)
        ):
            fields.unknown = True
        else:
            rest = _index_rest(mine)
            fields.add(self._same(lambda: self._server.index(mine.table, mine.unique is True, rest), real), True)
        name = f"{mine.table}.{mine.key.name}"
        return Verdict("index", name, fields.judgement(mine.doubt), index_sql(mine), real)

    # The rest

    def _types(self) -> Iterator[Verdict]:
        for key, labels in self._catalog.types.items():
            mine = self._state.types.get(key)
            real = f"ENUM ({listed(labels)})" if labels is not None else "TYPE"
            if mine is None:
                yield self._absent("type", key, real)
                continue
            fields = _Fields()
            fields.add(mine.labels, labels)
            shown = f"ENUM ({listed(mine.labels)})" if isinstance(mine.labels, tuple) else "TYPE"
            yield Verdict("type", str(key), fields.judgement(mine.doubt), shown, real)
        for key, mine in self._state.types.items():
            if key not in self._catalog.types:
                shown = f"ENUM ({listed(mine.labels)})" if isinstance(mine.labels, tuple) else "TYPE"
                yield Verdict("type", str(key), "unknown" if mine.doubt else "extra", shown)

    def _sequences(self) -> Iterator[Verdict]:
        for key, owner in self._catalog.sequences.items():
            real = "SEQUENCE" if owner is None else f"SEQUENCE OWNED BY {owner[0]}.{owner[1]}"
            mine = self._state.sequences.get(key)
            table = self._state.tables.get(owner[0]) if owner else None
            if mine is None and table is not None and not table.complete:
                yield Verdict("sequence", str(key), "unknown", None, real)
            elif mine is None:
                yield self._absent("sequence", key, real)
            else:
                shown = "SEQUENCE" if mine.owner is None else f"SEQUENCE OWNED BY {mine.owner[0]}.{mine.owner[1]}"
                fields = _Fields()
                fields.add(mine.owner, owner)
                yield Verdict("sequence", str(key), fields.judgement(mine.doubt), shown, real)
        for key, mine in self._state.sequences.items():
            if key not in self._catalog.sequences:
                yield Verdict("sequence", str(key), "unknown" if mine.doubt else "extra", "SEQUENCE")

    def _others(self) -> Iterator[Verdict]:
        replayed = {
            (kind.value, key, table.name if table else None): other
            for (kind, key, table), other in self._state.others.items()
            if kind.value in _OTHERS and key.name != "plpgsql"  # every database has it
        }
        for kind, key, table in sorted(self._catalog.others, key=str):
            mine = replayed.get((kind, key, table))
            if mine is None:
                yield self._absent(kind, key, kind.upper())
            else:
                yield Verdict(kind, str(key), "unknown" if mine.doubt else "agree")
        for name, other in replayed.items():
            if name not in self._catalog.others:
                yield Verdict(name[0], str(name[1]), "unknown" if other.doubt else "extra", name[0].upper())


def _type(column: ColumnState) -> Any:
    if not isinstance(column.type, ColumnType):
        return OPAQUE
    type_ = column.type
    if column.user_type is not None:
        schema = None if column.user_type.schema == "public" else column.user_type.schema
        type_ = replace(type_, name=column.user_type.name, schema=schema)
    return plain(str(type_))


def _replayed_column(column: ColumnState) -> str:
    spelled = _type(column)
    default = default_sql(column.default)
    required = "NULL?" if column.nullable is OPAQUE else "" if column.nullable else "NOT NULL"
    words = ("?" if spelled is OPAQUE else spelled, required, f"DEFAULT {default}" if default else "")
    return " ".join(word for word in words if word)


def _column_sql(column: CatalogColumn) -> str:
    default = f"DEFAULT {column.default}" if column.default else ""
    if column.identity:
        default = f"DEFAULT GENERATED {'ALWAYS' if column.identity == 'a' else 'BY DEFAULT'} AS IDENTITY"
    elif column.generated:
        default = f"DEFAULT GENERATED ALWAYS AS ({column.default})"
    return " ".join(word for word in (column.type, "NOT NULL" if column.required else "", default) if word)


def _index_rest(index: IndexState) -> str:
    elements = index.elements if isinstance(index.elements, tuple) else ()
    keys = listed(
        [" ".join(word for word in (quoted(each.column) if each.column else f"({each.sql})", each.options) if word)
         for each in elements]
    )  # fmt: skip
    include = f" INCLUDE ({listed([quoted(name) for name in index.include])})" if index.include else ""  # type: ignore[union-attr]
    distinct = " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    where = f" WHERE {index.where}" if index.where is not None else ""
    return f"USING {index.method} ({keys}){include}{distinct}{where}"
