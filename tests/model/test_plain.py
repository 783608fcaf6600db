"""A schema as data, and back: all at once, or what is asked for."""

from __future__ import annotations

from pathlib import Path

from msgspec.json import decode, encode

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.lazily import Lazy, Place
from alembic_vet.model.operations import ObjectKind
from alembic_vet.model.plain import OF_REVISIONS
from alembic_vet.model.schema.objects import ColumnState, IndexState, Key, OtherState, TableState
from alembic_vet.model.schema.state import SchemaState

HERE = Path()
USERS, TEAMS = Key("public", "users"), Key("app", "teams")


def schema() -> SchemaState:
    column = ColumnState("id", ColumnType("integer"))
    index = IndexState(Key("public", "users_id"), USERS, ())
    tables = {key: TableState(key, {"id": column}) for key in (USERS, TEAMS)}
    view = OtherState(ObjectKind.VIEW, Key("public", "active"))
    others = {(view.kind, view.key, None): view}
    return SchemaState(tables=tables, indexes={index.key: index}, others=others, memo={USERS: 3}, gone={TEAMS})


def opened(state: SchemaState) -> SchemaState:
    nodes = OF_REVISIONS.plain(state, HERE)
    assert OF_REVISIONS.restored(decode(encode(nodes)), HERE) == state
    found = OF_REVISIONS.opened(list(map(encode, nodes)), len(nodes) - 1, HERE)
    assert isinstance(found, SchemaState)
    return found


def test_what_is_opened_is_what_was_written() -> None:
    assert opened(schema()) == schema()


def test_values_are_fetched_when_they_are_asked_for() -> None:
    fetched: list[int] = []

    def at(place: int) -> int:
        fetched.append(place)
        return place * 10

    values: Lazy[str, int] = Lazy({"a": Place(1), "b": Place(2)}, at)
    copy = values.copy()
    copy["c"] = 5
    del copy["b"]
    assert ("b" in values, list(copy), len(values), fetched) == (True, ["a", "c"], 2, [])
    assert (copy["a"], {**copy}, values["b"]) == (10, {"a": 10, "c": 5}, 20)
    assert fetched == [1, 1, 2]


def test_a_change_of_a_copy_is_no_change_of_the_other() -> None:
    before = opened(schema())
    after = before.snapshot()
    assert after.tables is not before.tables
    after.share(before)
    assert after.tables is before.tables
    later = before.snapshot()
    del later.tables[TEAMS]
    assert (TEAMS in before.tables, later.tables[USERS] is before.tables[USERS]) == (True, True)
