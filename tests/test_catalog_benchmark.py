"""The replay of the fixtures agrees with a real server's catalog, and the comparison sees what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks.catalog.compare import Comparison
from benchmarks.catalog.histories import of_fixtures
from benchmarks.catalog.run import Outcome, compare
from benchmarks.catalog.server import Server
from benchmarks.catalog.table import render
from tests.model.replaying import replayed
from tests.proofs.databases import on_postgresql
from tests.proofs.server import postgresql_names

pytestmark = pytest.mark.proof

HISTORIES = {
    "seed/cure": 15,
    "enum-value-added-in-transaction/other-operations": 5,
    "noop-enum-downgrade/replaced": 3,
    "noop-enum-downgrade/undone": 2,
    "missing-prepend-sys-path/path-set-in-env": 4,
}
BASE = """
create type mood as enum ('sad', 'ok');
create table t (id serial primary key, a int not null, b varchar(20) default 'x', c mood,
    constraint positive check (a > 0), constraint t_a_b unique (a, b));
create table u (id int references t (id) on delete cascade);
create index i on t (lower(b), a desc) where a > 1;
create view v as select a from t;
"""
KINDS = {"table", "column", "constraint", "index", "type", "sequence", "view"}


@pytest.fixture(scope="module")
def connection(server_url: Callable[[str], str]) -> Iterator[psycopg.Connection]:
    with (
        on_postgresql(server_url(postgresql_names()[0]), "secret") as database,
        psycopg.connect(database.url, autocommit=True) as opened,
    ):
        opened.execute(BASE)
        opened.autocommit = False
        yield opened


def test_fixture_histories(server_url: Callable[[str], str], tmp_path: Path) -> None:
    chosen = [history for history in of_fixtures(tmp_path) if history.name in HISTORIES]
    outcomes = [compare(history, server_url(postgresql_names()[0])) for history in chosen]
    assert {each.name: each.count("agree") for each in outcomes} == HISTORIES, render(outcomes, unknown=True)
    assert all(len(each.verdicts) == HISTORIES[each.name] and not each.false_alarms for each in outcomes)


def test_the_same_schema_agrees(connection: psycopg.Connection) -> None:
    assert wrong(connection, BASE) == {}
    verdicts = list(comparison(connection, BASE).verdicts())
    assert {each.kind for each in verdicts} == KINDS
    assert {each.judgement for each in verdicts} == {"agree"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("alter table t add d int", {"column t.d": "extra"}),
        ("alter table t drop c", {"column t.c": "missing"}),
        ("alter table t alter b type varchar(30)", {"column t.b": "different"}),
        ("alter table t alter b set default 'y'", {"column t.b": "different"}),
        ("alter table t alter b set default 'x'::varchar", {}),
        ("alter table t alter a drop not null", {"column t.a": "different"}),
        ("alter table t drop constraint positive", {"constraint t.positive": "missing"}),
        (
            "alter table t drop constraint positive; alter table t add constraint positive check (a > 1)",
            {"constraint t.positive": "different"},
        ),
        (
            "alter table t drop constraint t_a_b; alter table t add constraint t_a_b unique (b, a)",
            {"constraint t.t_a_b": "different"},
        ),
        (
            "alter table u drop constraint u_id_fkey; alter table u add foreign key (id) references t (id)",
            {"constraint u.u_id_fkey": "different"},
        ),
        (
            "drop index i; create index i on t (lower(b), a) where a > 1",
            {"index t.i": "different"},
        ),
        ("drop index i; create index i on t (LOWER(b), a DESC) where (a > 1)", {}),
        ("alter index i rename to j", {"index t.i": "missing", "index t.j": "extra"}),
        ("alter type mood add value 'glad' before 'ok'", {"type mood": "different"}),
        ("create type other as enum ('a')", {"type other": "extra"}),
        ("create sequence s", {"sequence s": "extra"}),
        ("drop view v", {"view v": "missing"}),
        (
            "drop table u",
            {"table u": "missing", "column u.id": "missing", "constraint u.u_id_fkey": "missing"},
        ),
    ],
)
def test_what_is_wrong(connection: psycopg.Connection, change: str, expected: dict[str, str]) -> None:
    assert wrong(connection, BASE + change) == expected


def test_what_the_replay_does_not_know_is_not_wrong(connection: psycopg.Connection) -> None:
    verdicts = comparison(connection, BASE + "alter table t modify a text; alter table t drop b").verdicts()
    found = {f"{each.kind} {each.name}": each.judgement for each in verdicts}
    assert found["table t"] == found["column t.a"] == found["constraint t.positive"] == "unknown"
    assert found["table u"] == found["type mood"] == "agree"
    # Said for sure after the doubt arose.
    assert found["column t.b"] == "missing"


def test_the_table() -> None:
    outcome = Outcome("shop", 3, 2, stopped="0003.py: RuntimeError")
    text = render([outcome, Outcome("empty", stopped="no")])
    assert "| shop | 3 | 2 | 0 |" in text
    assert "- empty: no" in text
    assert "Stopped after 2 revisions: 0003.py: RuntimeError" in text


def comparison(connection: psycopg.Connection, sql: str) -> Comparison:
    server = Server(connection)
    return Comparison(replayed(sql), server.catalog(frozenset()), server)


def wrong(connection: psycopg.Connection, sql: str) -> dict[str, str]:
    verdicts = comparison(connection, sql).verdicts()
    return {f"{each.kind} {each.name}": each.judgement for each in verdicts if each.wrong}
