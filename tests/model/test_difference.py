"""What a downgrade does not give back, object by object."""

from __future__ import annotations

import pytest

from alembic_vet.extract.sql import Site, read_sql
from alembic_vet.model.schema import ObjectDifference, culprits, diff
from tests.model.replaying import HERE, replayed, run

START = """
create type mood as enum ('a', 'b');
create table u (id int primary key);
create table t (
    id serial primary key,
    a varchar(50) not null default 'x',
    b int references u (id) on delete cascade,
    m mood,
    constraint positive check (b > 0),
    constraint uq unique (a)
);
create index ix on t (a, lower(a)) where b > 0;
comment on table t is 'things';
create view v as select id from u;
create extension citext;
"""


def differences(upgrade: str, downgrade: str, start: str = START) -> list[ObjectDifference]:
    before = replayed(start)
    after = before.snapshot()
    run(after, upgrade)
    run(after, downgrade)
    return diff(before, after)


def told(found: list[ObjectDifference]) -> list[str]:
    return [f"{'perhaps ' if each.unknown else ''}{each.change} {each.kind} {each.name}" for each in found]


@pytest.mark.parametrize(
    ("upgrade", "downgrade"),
    [
        ("", ""),
        ("create table n (a int)", "drop table n"),
        ("alter table t add c int unique", "alter table t drop c"),
        ("drop index ix", "create index ix on t (a, LOWER( a )) where (b > 0)"),
        ("alter table t drop constraint positive", "alter table t add constraint positive check ((b)::int > 0)"),
        ("alter table t alter a type text", "alter table t alter a type varchar(50)"),
        ("alter table t alter a drop default", "alter table t alter a set default 'x'::character varying"),
        ("alter table t rename a to c", "alter table t rename c to a"),
        ("alter table t rename to n", "alter table n rename to t"),
        ("alter table t drop b", "alter table t add b int references u (id) on delete cascade;"
         " alter table t add constraint positive check (b > 0); create index ix on t (a, lower(a)) where b > 0"),
        ("alter type mood rename to gone; create type mood as enum ('a', 'b', 'c');"
         " alter table t alter m type mood using m::text::mood; drop type gone",
         "alter type mood rename to gone; create type mood as enum ('a', 'b');"
         " alter table t alter m type mood using m::text::mood; drop type gone"),
        ("drop view v", "create view v as SELECT id FROM u"),
        ("alter table t add s serial", "alter table t drop s"),
    ],
)  # fmt: skip
def test_a_downgrade_that_gives_everything_back(upgrade: str, downgrade: str) -> None:
    assert differences(upgrade, downgrade) == []


@pytest.mark.parametrize(
    ("upgrade", "downgrade", "expected"),
    [
        pytest.param("create table n (a serial unique)", "", ["left behind table n"], id="table-without-its-parts"),
        pytest.param("drop table t", "", ["lost table t"], id="lost-table"),
        pytest.param("alter table t add c int", "", ["left behind column t.c"], id="column"),
        pytest.param(
            "alter table t drop a",
            "alter table t add a varchar(50) not null default 'x'",
            ["lost unique constraint t.uq", "lost index ix"],
            id="column-comes-back-without-what-named-it",
        ),
        pytest.param(
            "alter table t alter a drop not null, alter a drop default, alter a type text",
            "",
            ["changed column type t.a", "changed column nullability t.a", "changed column default t.a"],
            id="attributes",
        ),
        pytest.param(
            "alter table t drop constraint t_b_fkey",
            "alter table t add foreign key (b) references u (id)",
            ["changed foreign key t.t_b_fkey"],
            id="foreign-key-without-its-action",
        ),
        pytest.param(
            "alter table t drop constraint uq",
            "alter table t add unique (a)",
            ["changed constraint name t.uq"],
            id="constraint-under-another-name",
        ),
        pytest.param(
            "drop index ix",
            "create index iy on t (a, lower(a)) where b > 0",
            ["changed index name ix"],
            id="index-name",
        ),
        pytest.param("drop index ix", "create index ix on t (a)", ["changed index ix"], id="index-definition"),
        pytest.param("create index iy on t (b desc)", "", ["left behind index iy"], id="left-index"),
        pytest.param("alter type mood add value 'c'", "", ["left behind enum label mood"], id="label"),
        pytest.param(
            "drop table t; drop type mood; create type mood as enum ('b', 'a')",
            "",
            ["lost table t", "changed enum order mood"],
            id="label-order",
        ),
        pytest.param("create type n as enum ('a')", "", ["left behind enum type n"], id="type"),
        pytest.param("create sequence s", "", ["left behind sequence s"], id="sequence"),
        pytest.param(
            "create sequence s; alter table t add c int default nextval('s')",
            "alter table t drop c",
            ["left behind sequence s"],
            id="sequence-that-nobody-owns",
        ),
        pytest.param("comment on table t is null", "", ["lost comment t"], id="comment"),
        pytest.param("drop extension citext", "", ["lost extension citext"], id="extension"),
        pytest.param("create schema app", "", ["left behind schema app"], id="schema"),
        pytest.param("drop view v; create view v as select 1", "", ["changed view v"], id="view"),
        pytest.param(
            "create function f() returns int language sql as 'select 1'", "", ["left behind function f"], id="function"
        ),
        pytest.param("alter table t modify a text", "", [], id="nothing-is-claimed-of-what-cannot-be-read"),
        pytest.param(
            "alter table t modify a text; alter table t add c int", "", ["left behind column t.c"], id="done-after-it"
        ),
        pytest.param(
            "alter table t add c int",
            "alter table t drop what c",
            ["perhaps left behind column t.c"],
            id="done-before-it",
        ),
        pytest.param(
            "drop table t", "select restore_everything()", ["perhaps lost table t"], id="it-may-be-given-back"
        ),
        pytest.param(
            "select everything()",
            "alter table t drop a; drop index if exists ix; drop table u cascade",
            [
                "lost table u",
                "lost view v",
                "lost column t.a",
                "lost unique constraint t.uq",
                "lost foreign key t.t_b_fkey",
                "lost index ix",
            ],
            id="what-is-dropped-for-sure-is-lost",
        ),
    ],
)
def test_what_is_left_lost_or_changed(upgrade: str, downgrade: str, expected: list[str]) -> None:
    assert sorted(told(differences(upgrade, downgrade))) == sorted(expected)


def test_an_old_doubt_is_no_new_one() -> None:
    """What could not be followed before the upgrade is the same before and after it."""
    before = replayed(START)
    run(before, "alter table t modify a text")
    after = before.snapshot()
    run(after, "alter table t add c int; alter table t drop b")
    assert set(told(diff(before, after))) == {
        "lost column t.b",
        "left behind column t.c",
        "lost foreign key t.t_b_fkey",
        "lost check constraint t.positive",
        "lost index ix",
    }


def test_definitions_are_told_as_sql() -> None:
    found = {(each.kind, each.name): (each.before, each.after) for each in differences("drop table u cascade", "")}
    assert found[("foreign key", "t.t_b_fkey")] == ("FOREIGN KEY (b) REFERENCES u (id) ON DELETE CASCADE", None)
    found = {(each.kind, each.name): (each.before, each.after) for each in differences("drop index ix", "")}
    assert found[("index", "ix")] == ("INDEX ON t (a, (lower(a))) WHERE b > 0", None)
    found = {(each.kind, each.name): (each.before, each.after) for each in differences("alter table t drop a", "")}
    assert found[("column", "t.a")] == ("character varying(50) NOT NULL DEFAULT 'x'", None)


def test_the_culprit_is_the_last_step_that_changes_an_object() -> None:
    before = replayed(START)
    text = "alter table t add c int; alter table t alter c set not null; drop index ix"
    steps = list(read_sql([text], Site(lambda start, end: HERE)))
    found = culprits(before, steps)
    assert found[("column", "t.c")] is steps[0]
    assert found[("column nullability", "t.c")] is steps[1]
    assert found[("index", "ix")] is steps[2]
    assert list(before.tables[next(key for key in before.tables if key.name == "t")].columns) == ["id", "a", "b", "m"]


TEMPORARY = """
create temporary table scratch (id serial primary key, a text);
create index ix_scratch on scratch (a);
create temp sequence numbers;
create local temporary view recent as select a from scratch;
create function pg_temp.f() returns int language sql as 'select 1';
create type pg_temp.kind as enum ('a');
"""


def test_what_is_temporary_is_nothing_that_is_left_behind() -> None:
    assert differences(TEMPORARY, "") == []


def test_what_is_temporary_can_be_dropped_by_its_name() -> None:
    state = replayed(f"{TEMPORARY} drop view recent; drop sequence numbers; drop table scratch")
    state.end_session()
    assert state.others == {}
    assert not {*state.tables, *state.sequences, *state.indexes, *state.types}


def test_another_session_may_make_it_again() -> None:
    state = replayed(f"{START} {TEMPORARY}")
    state.end_session()
    assert diff(replayed(START), state) == []
    assert run(state, TEMPORARY) == []


def test_what_changes_of_a_temporary_table_is_no_difference() -> None:
    change = """
    alter table scratch add b int constraint positive check (b > 0);
    alter table scratch alter a set not null;
    alter table scratch add unique (a);
    alter index ix_scratch rename to ix_other;
    drop type pg_temp.kind;
    """
    assert differences(change, "", START + TEMPORARY) == []
