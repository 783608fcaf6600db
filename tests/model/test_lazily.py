"""Dictionaries that fetch their values late, and what differs between two of them."""

from __future__ import annotations

import pytest

from alembic_vet.model.lazily import Lazy, Place, are_same, changed_keys


def _lazy(cells: dict[str, str | Place]) -> Lazy[str, str]:
    def refuse(place: int) -> str:
        raise AssertionError(f"{place} was fetched")

    return Lazy(cells, refuse, lambda _: ())


@pytest.mark.parametrize("holding", [dict, _lazy])
def test_copies_are_compared_by_the_objects_that_they_hold(holding: type[dict[str, str]]) -> None:
    one = holding({"a": "first", "b": "second", "c": "third"})
    other = one.copy()
    assert are_same(one, other)
    assert changed_keys(one, other) == []
    other["b"] = "".join(["sec", "ond"])  # equal, and yet another one
    other["d"] = "fourth"
    del other["a"]
    assert not are_same(one, other)
    assert changed_keys(one, other) == ["a", "b", "d"]


def test_the_order_counts_for_what_is_the_same_but_not_for_what_has_changed() -> None:
    one, other = {"a": "first", "b": "second"}, {"b": "second", "a": "first"}
    assert changed_keys(one, other) == []
    assert not are_same(one, other)


def test_a_renamed_object_is_another_one() -> None:
    value = "the same"
    assert changed_keys({"old": value}, {"new": value}) == ["old", "new"]
    assert not are_same({"old": value}, {"new": value})


def test_values_that_are_where_they_were_are_the_same() -> None:
    here, there = Place(1000), Place(2000)
    one = _lazy({"a": here, "b": there})
    other = one.copy()
    other["b"] = "fetched and changed"
    assert changed_keys(one, other) == ["b"]
