"""The lines of a downgrade that give back what is not given back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from alembic_vet.fixes import constraint_texts, index_texts, table_texts
from alembic_vet.fixes.type_texts import enum_text, type_text
from alembic_vet.fixes.words import Lines, Words
from alembic_vet.model.column_type import ColumnType, EnumSpec
from alembic_vet.model.operations import Default
from alembic_vet.model.schema.casts import casts_automatically
from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.model.schema.objects import ColumnState, ConstraintState, IndexState, Key
from alembic_vet.model.schema.state import SchemaState

_CONSTRAINTS = frozenset({"primary key", "unique constraint", "foreign key", "check constraint", "exclude constraint"})
_COLUMN_PARTS = frozenset({"column nullability", "column default", "column type"})


def restoring(words: Words, differences: Iterable[ObjectDifference], before: SchemaState, now: SchemaState) -> Lines:
    """What makes `now` into `before`, as far as the differences go; None where a part of it cannot be written."""
    lines: list[str] = []
    altered: dict[str, list[ObjectDifference]] = {}
    for difference in differences:
        if difference.kind in _COLUMN_PARTS:
            altered.setdefault(difference.name, []).append(difference)
    for difference in differences:
        if difference.kind not in _COLUMN_PARTS:
            made = _restored(words, difference, before, now)
        elif altered.get(difference.name):
            made = _altered(words, altered.pop(difference.name), before, now)
        else:
            continue
        if made is None:
            return None
        lines += made
    return lines


def _restored(words: Words, difference: ObjectDifference, before: SchemaState, now: SchemaState) -> Lines:
    kind, table = difference.kind, difference.table
    match kind:
        case "index" | "index name":
            return _index(words, difference, _named(before.indexes, difference.name), now)
        case "enum type":
            return _enum(words, difference, before)
        case "table" if table is not None:
            return _table(words, difference, table, before)
        case "column" if table is not None:
            name = _own_name(difference, table)
            if difference.change == "left behind":
                return table_texts.drop_column(words, table, name)
            return table_texts.add_column(words, table, before.tables[table].columns[name])
        case "constraint name" if table is not None and difference.before and difference.after:
            return constraint_texts.rename_constraint(words, table, difference.after, difference.before)
        case _ if kind in _CONSTRAINTS and table is not None:
            name = _own_name(difference, table)
            mine, theirs = (state.tables[table].constraints.get(name) for state in (before, now))
            return _constraint(words, table, mine, theirs)
        case "sequence" | "view" | "materialized view" if difference.change == "left behind":
            return words.execute(f"DROP {kind.upper()} {difference.name}")
        case _:
            return None


def _index(words: Words, difference: ObjectDifference, old: IndexState | None, now: SchemaState) -> Lines:
    if difference.kind == "index name":
        new = _named(now.indexes, difference.after or "")
        return index_texts.rename_index(words, new.key, old.key) if old and new else None
    new = _named(now.indexes, difference.name)
    dropped = index_texts.drop_index(words, new) if new else []
    created = index_texts.create_index(words, old) if old else []
    return None if dropped is None or created is None else dropped + created


def _constraint(words: Words, table: Key, old: ConstraintState | None, new: ConstraintState | None) -> Lines:
    dropped = constraint_texts.drop_constraint(words, table, new) if new else []
    created = constraint_texts.create_constraint(words, table, old) if old else []
    return None if dropped is None or created is None else dropped + created


def _table(words: Words, difference: ObjectDifference, table: Key, before: SchemaState) -> Lines:
    if difference.change == "left behind":
        return table_texts.drop_table(words, table)
    indexes = [index for index in before.indexes_of(table) if index.constraint is None]
    if any(index.doubt for index in indexes) or any(each.table == table for each in before.others.values()):
        return None
    return table_texts.create_table(words, before.tables[table], indexes)


def _enum(words: Words, difference: ObjectDifference, before: SchemaState) -> Lines:
    bind = f"{words.op('get_bind')}()"
    if difference.change == "left behind":
        place, _, name = difference.name.rpartition(".")
        arguments = [f"name={words.string(name)}", *([f"schema={words.string(place)}"] if place else [])]
        return [f"{words.sqlalchemy('Enum')}({', '.join(arguments)}).drop({bind}, checkfirst=True)"]
    found = next((each for key, each in before.types.items() if str(key) == difference.name), None)
    if found is None or not isinstance(found.labels, tuple):
        return None
    schema = None if not words.schema(found.key) else found.key.schema
    text = enum_text(ColumnType(found.key.name, schema=schema, enum=EnumSpec(found.labels)), words, [])
    return [f"{text}.create({bind}, checkfirst=True)"] if text else None


def _altered(words: Words, differences: list[ObjectDifference], before: SchemaState, now: SchemaState) -> Lines:
    table = differences[0].table
    assert table is not None
    name = _own_name(differences[0], table)
    old, new = before.tables[table].columns[name], now.tables[table].columns[name]
    changes: list[str] = []
    for difference in differences:
        change = list(_change(words, difference, old, new))
        if not change:
            return None
        changes += change
    return table_texts.alter_column(words, table, name, changes)


def _change(words: Words, difference: ObjectDifference, old: ColumnState, new: ColumnState) -> Iterator[str]:
    match difference.kind:
        case "column nullability":
            yield f"nullable={old.nullable}"
        case "column default":
            if old.default is None:
                yield "server_default=None"
            elif isinstance(old.default, Default) and (text := table_texts.default_text(words, old.default)):
                yield f"server_default={text}"
        case "column type":
            text = type_text(old.type, words)
            if text is None:
                return
            yield f"type_={text}"
            if casts_automatically(new.type, old.type, known_types=True) is not True:
                through = "::text" if old.user_type or new.user_type else ""
                yield f"postgresql_using={words.string(f'{words.name(old.name)}{through}::{old.type}')}"


def _named(indexes: Mapping[Key, IndexState], name: str) -> IndexState | None:
    return next((each for key, each in indexes.items() if str(key) == name), None)


def _own_name(difference: ObjectDifference, table: Key) -> str:
    return difference.name[len(f"{table}.") :]
