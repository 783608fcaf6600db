"""A schema as data, and back: all at once, or what is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.json import decode, encode

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.lazily import Lazy, Place, values_that_may_hold
from alembic_vet.model.operations import ObjectKind
from alembic_vet.model.plain import OF_REVISIONS, Part, parts_held
from alembic_vet.model.schema.objects import (
    ColumnState,
    ConstraintState,
    IndexState,
    Key,
    OtherState,
    SequenceDefault,
    SequenceState,
    TableState,
)
from alembic_vet.model.schema.state import SchemaState

HERE = Path()
USERS, TEAMS = Key("public", "users"), Key("app", "teams")


def schema() -> SchemaState:
    column = ColumnState("id", ColumnType("integer"))
    index = IndexState(Key("public", "users_id"), USERS, ())
    key = ConstraintState("primary", "users_pkey", ("id",))
    tables = {USERS: TableState(USERS, {"id": column}, {"users_pkey": key}), TEAMS: TableState(TEAMS, {"id": column})}
    view = OtherState(ObjectKind.VIEW, Key("public", "active"))
    others = {(view.kind, view.key, None): view}
    return SchemaState(tables=tables, indexes={index.key: index}, others=others, memo={USERS: 3}, gone={TEAMS})


def opened(state: SchemaState) -> SchemaState:
    nodes = OF_REVISIONS.plain(state, HERE)
    assert OF_REVISIONS.restored(decode(encode(nodes)), HERE) == state
    holders = parts_held(nodes)
    found = OF_REVISIONS.opened(list(map(encode, nodes)), len(nodes) - 1, HERE, lambda part: holders.get(part, ()))
    assert isinstance(found, SchemaState)
    return found


def test_what_is_opened_is_what_was_written() -> None:
    assert opened(schema()) == schema()


def test_values_are_fetched_when_they_are_asked_for() -> None:
    fetched: list[int] = []

    def at(place: int) -> int:
        fetched.append(place)
        return place * 10

    values: Lazy[str, int] = Lazy({"a": Place(1), "b": Place(2)}, at, lambda _: ())
    copy = values.copy()
    copy["c"] = 5
    del copy["b"]
    assert ("b" in values, list(copy), len(values), fetched) == (True, ["a", "c"], 2, [])
    assert (copy["a"], {**copy}, values["b"]) == (10, {"a": 10, "c": 5}, 20)
    assert fetched == [1, 1, 2]


def test_only_what_may_hold_something_is_fetched_to_look_for_it() -> None:
    fetched: list[int] = []

    def at(place: int) -> int:
        fetched.append(place)
        return place * 10

    values: Lazy[str, int] = Lazy({"a": Place(1), "b": Place(2)}, at, lambda part: [2] if part == "x" else [])
    values["c"] = 5
    assert list(values_that_may_hold("x", values)) == [20, 5]
    assert list(values_that_may_hold("y", values)) == [5]
    assert fetched == [2]
    assert list(values_that_may_hold("x", {"a": 1, "b": 2})) == [1, 2]


def test_what_a_schema_is_asked_for_it_finds_in_what_was_opened() -> None:
    kind, number = Key("public", "mood"), Key("public", "users_id_seq")
    mood = ColumnState("mood", ColumnType("mood"), user_type=kind)
    counted = ColumnState("id", ColumnType("integer"), default=SequenceDefault(number))
    points = ConstraintState("foreign", "teams_user_fkey", ("user_id",), target=USERS, target_columns=("id",))
    one = schema()
    one.tables[USERS] = TableState(USERS, {"id": counted, "mood": mood})
    one.tables[TEAMS] = TableState(TEAMS, {}, {"teams_user_fkey": points})
    one.sequences[number] = SequenceState(number, (USERS, "id"))
    for state in (one, opened(one)):
        assert [table.key for table, _ in state.columns_of_type(kind)] == [USERS]
        assert [(table.key, name) for table, name in state.references_to(USERS)] == [(TEAMS, "teams_user_fkey")]
        assert [index.key.name for index in state.indexes_of(USERS)] == ["users_id"]
        assert [sequence.key for sequence in state.sequences_of(USERS)] == [number]
        assert not list(state.sequences_of(USERS, "mood"))
        assert not list(state.references_to(TEAMS))
        assert (state.has_constraint("app", "teams_user_fkey"), state.has_constraint("app", "other")) == (True, False)
        state.forget_sequence(number)
        assert state.tables[USERS].columns["id"].default is None


@pytest.mark.parametrize("part", [USERS, TEAMS, "users_pkey", "id"])
def test_the_parts_of_a_value_are_those_at_any_depth(part: Part) -> None:
    nodes = OF_REVISIONS.plain(schema(), HERE)
    found = parts_held(nodes).get(part, [])
    values = [OF_REVISIONS.restored(nodes[: place + 1], HERE) for place in found]
    assert {str(each.key) for each in values} == {
        USERS: {"users", "users_id"}, TEAMS: {"app.teams"}, "users_pkey": {"users"}, "id": set(),
    }[part]  # fmt: skip


def test_a_change_of_a_copy_is_no_change_of_the_other() -> None:
    before = opened(schema())
    after = before.snapshot()
    assert after.tables is not before.tables
    after.share(before)
    assert after.tables is before.tables
    later = before.snapshot()
    del later.tables[TEAMS]
    assert (TEAMS in before.tables, later.tables[USERS] is before.tables[USERS]) == (True, True)
