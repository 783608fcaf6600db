"""SQL text to operations."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alembic_vet.extract.sql import Site, read_sql
from alembic_vet.extract.sql.indexes import index_elements
from alembic_vet.findings import Location, Span
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    AddColumn,
    AddEnumValue,
    AlterColumn,
    Check,
    Column,
    Computed,
    CreateConstraint,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    DataChange,
    Default,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropObject,
    DropTable,
    DropType,
    Exclude,
    ExecuteSQL,
    ForeignKey,
    Guard,
    Identity,
    Index,
    IndexElement,
    ObjectKind,
    OpaqueOperation,
    Operation,
    OwnSequence,
    PrimaryKey,
    QualifiedName,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
    SetComment,
    SetSchema,
    Thing,
    TransactionControl,
    Unique,
    ValidateConstraint,
)
from alembic_vet.model.type_names import postgresql_type
from alembic_vet.source.unknown import OPAQUE

HERE = Location(Path("/revision.py"), Span(1, 1, 1, 2))
T = QualifiedName("t")
MOOD = QualifiedName("mood")


def site(**context: bool) -> Site:
    return Site(lambda start, end: HERE, **context)


def read(*parts: object) -> list[Operation]:
    return list(read_sql(parts, site()))


def column(name: str, type_: ColumnType | str, **rest: object) -> Column:
    known = postgresql_type(type_) if isinstance(type_, str) else type_
    return replace(Column(name, known, autoincrement=False), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "create table t (id serial primary key, a varchar(50) default 'x' not null, b int[] null)",
            [
                CreateTable(
                    T,
                    (
                        column("id", "serial", constraints=(PrimaryKey(("id",), final=True),)),
                        column("a", postgresql_type("varchar", (50,)), nullable=False, server_default=Default("'x'")),
                        column("b", postgresql_type("int", array=True), nullable=True),
                    ),
                    location=HERE,
                )
            ],
            id="columns",
        ),
        pytest.param(
            "CREATE TABLE IF NOT EXISTS app.t (a int UNIQUE, CHECK (a > 0), CONSTRAINT k PRIMARY KEY (a),"
            " EXCLUDE USING gist (a WITH =))",
            [
                CreateTable(
                    QualifiedName("t", "app"),
                    (column("a", "int", constraints=(Unique(("a",), final=True),)),),
                    (
                        Check("a > 0", final=True),
                        PrimaryKey(("a",), name="k", final=True),
                        Exclude("USING gist (a WITH =)", ("a",), final=True),
                    ),
                    if_not_exists=True,
                    location=HERE,
                )
            ],
            id="constraints",
        ),
        pytest.param(
            "create table t (a int references u on delete set null deferrable initially deferred,"
            " foreign key (a, b) references app.v (c, d) on update cascade on delete no action)",
            [
                CreateTable(
                    T,
                    (
                        column(
                            "a",
                            "int",
                            constraints=(
                                ForeignKey(
                                    ("a",),
                                    QualifiedName("u"),
                                    on_delete="SET NULL",
                                    deferrable=True,
                                    initially_deferred=True,
                                    final=True,
                                ),
                            ),
                        ),
                    ),
                    (ForeignKey(("a", "b"), QualifiedName("v", "app"), ("c", "d"), on_update="CASCADE", final=True),),
                    location=HERE,
                )
            ],
            id="foreign-keys",
        ),
        pytest.param(
            "create table t (a int generated always as identity, b text generated always as (upper(a)) stored,"
            " c timestamp(3) with time zone default now(), d double precision, e interval day to second(2))",
            [
                CreateTable(
                    T,
                    (
                        column("a", "int", server_default=Identity(True)),
                        column("b", "text", server_default=Computed("upper(a)")),
                        column("c", postgresql_type("timestamptz", (3,)), server_default=Default("now()")),
                        column("d", "float8"),
                        column("e", postgresql_type("interval day to second", (2,))),
                    ),
                    location=HERE,
                )
            ],
            id="generated-and-long-types",
        ),
        pytest.param(
            "create table t as select 1", [CreateTable(T, OPAQUE, complete=False, location=HERE)], id="as-select"
        ),
        pytest.param(
            "create table t (like u including all, a int)",
            [CreateTable(T, (column("a", "int"),), complete=False, location=HERE)],
            id="like",
        ),
        pytest.param(
            "DROP TABLE IF EXISTS a, b CASCADE",
            [
                DropTable(QualifiedName(name), True, True, (QualifiedName("a"), QualifiedName("b")), location=HERE)
                for name in "ab"
            ],
            id="drop-several",
        ),
        pytest.param(
            "alter table only t add constraint c unique (a), add column if not exists a int, drop constraint if exists b,"
            " drop column d cascade, alter column e type text using e::text, alter f set default 1",
            [
                DropConstraint(T, "b", None, True, False, True, location=HERE),
                DropColumn(T, "d", False, True, location=HERE),
                AlterColumn(T, "e", type=postgresql_type("text"), using="e::text", location=HERE),
                AddColumn(T, column("a", "int"), True, location=HERE),
                CreateConstraint(T, Unique(("a",), name="c", final=True), location=HERE),
                AlterColumn(T, "f", server_default=Default("1"), location=HERE),
            ],
            id="actions-in-postgresql-s-order",
        ),
        pytest.param(
            "alter table t alter a set not null; alter table t alter column a drop not null;"
            " alter table t alter a drop default; alter table t alter a set default null",
            [
                AlterColumn(T, "a", nullable=False, location=HERE),
                AlterColumn(T, "a", nullable=True, location=HERE),
                AlterColumn(T, "a", server_default=None, location=HERE),
                AlterColumn(T, "a", server_default=None, location=HERE),
            ],
            id="nullability-and-default",
        ),
        pytest.param(
            'alter table t rename to u; alter table t rename a to "B"; alter table t rename constraint c to d;'
            " alter table t set schema app",
            [
                RenameTable(T, "u", location=HERE),
                AlterColumn(T, "a", new_name="B", location=HERE),
                RenameConstraint(T, "c", "d", location=HERE),
                SetSchema(ObjectKind.TABLE, T, "app", location=HERE),
            ],
            id="renames",
        ),
        pytest.param(
            "alter table t add foreign key (a) references u (id) not valid; alter table t validate constraint c",
            [
                CreateConstraint(T, ForeignKey(("a",), QualifiedName("u"), ("id",), final=True), True, location=HERE),
                ValidateConstraint(T, "c", location=HERE),
            ],
            id="not-valid",
        ),
        pytest.param(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON t USING gin"
            " (lower(a), b DESC NULLS LAST, (c || d), e text_pattern_ops) INCLUDE (f) WHERE a = 'x'",
            [
                CreateIndex(
                    T,
                    Index(
                        name="ix",
                        elements=(
                            IndexElement(sql="lower(a)"),
                            IndexElement("b", options="DESC NULLS LAST"),
                            IndexElement(sql="c || d"),
                            IndexElement("e", options="TEXT_PATTERN_OPS"),
                        ),
                        unique=True,
                        where="a = 'x'",
                        method="gin",
                        include=("f",),
                        final=True,
                    ),
                    True,
                    True,
                    location=HERE,
                )
            ],
            id="index",
        ),
        pytest.param(
            "create index on t (a); drop index concurrently if exists app.ix; alter index ix rename to iy",
            [
                CreateIndex(T, Index(name=None, elements=(IndexElement("a"),), final=True), location=HERE),
                DropIndex(QualifiedName("ix", "app"), None, True, True, location=HERE),
                RenameIndex(QualifiedName("ix"), "iy", location=HERE),
            ],
            id="index-commands",
        ),
        pytest.param(
            "create type mood as enum ('a', 'it''s'); alter type mood add value if not exists 'c' before 'a';"
            " alter type mood add value 'd' after 'c'; alter type mood rename value 'a' to 'b';"
            " alter type mood rename to mood2; drop type if exists app.mood cascade",
            [
                CreateEnum(MOOD, ("a", "it's"), location=HERE),
                AddEnumValue(MOOD, "c", before="a", if_not_exists=True, location=HERE),
                AddEnumValue(MOOD, "d", after="c", location=HERE),
                RenameEnumValue(MOOD, "a", "b", location=HERE),
                RenameType(MOOD, "mood2", location=HERE),
                DropType(QualifiedName("mood", "app"), True, True, location=HERE),
            ],
            id="enums",
        ),
        pytest.param(
            'create extension if not exists "uuid-ossp" with schema public; drop schema if exists app cascade;'
            " create sequence s owned by t.a; create or replace view v as select 1",
            [
                CreateObject(
                    ObjectKind.EXTENSION,
                    QualifiedName("uuid-ossp"),
                    if_not_exists=True,
                    definition="with schema public",
                    location=HERE,
                ),
                DropObject(ObjectKind.SCHEMA, QualifiedName("app"), None, True, True, location=HERE),
                CreateObject(ObjectKind.SEQUENCE, QualifiedName("s"), definition="owned by t.a", location=HERE),
                OwnSequence(QualifiedName("s"), T, "a", location=HERE),
                CreateObject(
                    ObjectKind.VIEW, QualifiedName("v"), or_replace=True, definition="as select 1", location=HERE
                ),
            ],
            id="other-objects",
        ),
        pytest.param(
            "create trigger tr before insert or update on t for each row execute function f();"
            " drop trigger if exists tr on t",
            [
                CreateObject(
                    ObjectKind.TRIGGER,
                    QualifiedName("tr"),
                    T,
                    definition="before insert or update on t for each row execute function f()",
                    location=HERE,
                ),
                DropObject(ObjectKind.TRIGGER, QualifiedName("tr"), T, True, location=HERE),
            ],
            id="triggers-belong-to-tables",
        ),
        pytest.param(
            "insert into t (a, b) values ('x', 1), (lower('y'), null); insert into t (a) values ('x') returning a;"
            " insert into t values ('x'); insert into t (a) select 'x'",
            [
                DataChange(
                    "insert",
                    T,
                    frozenset({"x", "y"}),
                    columns=("a", "b"),
                    rows=((("a", "x"), ("b", 1)), ()),
                    location=HERE,
                ),
                DataChange("insert", T, frozenset({"x"}), columns=("a",), rows=((("a", "x"),),), location=HERE),
                DataChange("insert", T, frozenset({"x"}), location=HERE),
                DataChange("insert", T, frozenset({"x"}), columns=("a",), location=HERE),
            ],
            id="rows-that-are-always-the-same",
        ),
        pytest.param(
            "insert into t (a) values ('x') on conflict do update set a = 'y'; update only t set a = 'x';"
            " with gone as (delete from t returning *) insert into u select * from gone; truncate table t, u",
            [
                DataChange("insert", T, frozenset({"x", "y"}), columns=("a",), location=HERE),
                DataChange("update", T, frozenset({"x"}), columns=("a",), location=HERE),
                DataChange("delete", T, location=HERE),
                DataChange("insert", QualifiedName("u"), location=HERE),
                DataChange("truncate", T, location=HERE),
                DataChange("truncate", QualifiedName("u"), location=HERE),
            ],
            id="rows",
        ),
        pytest.param(
            "comment on column app.t.a is 'x'; comment on table t is null",
            [
                SetComment(QualifiedName("t", "app"), "a", "x", location=HERE),
                SetComment(T, None, None, location=HERE),
            ],
            id="comments",
        ),
    ],
)
def test_statements(text: str, expected: list[Operation]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "select setval('t_id_seq', 1)",
        "select a, my_function(b) from t",
        "set lock_timeout = '2s'",
        "grant select on t to public",
        "alter table t owner to someone",
        "alter table t enable row level security",
        "refresh materialized view concurrently v",
        "pragma foreign_keys = on",
        "insert ignore into t values (1)",
        "update `t` set a = 1",
    ],
)
def test_statements_that_change_no_schema(text: str) -> None:
    (found,) = read(text)
    assert isinstance(found, ExecuteSQL)


@pytest.mark.parametrize(
    ("text", "touches"),
    [
        ("alter table t modify column a int", (T,)),
        ("alter table t drop foreign key a", (T,)),
        ("create table t (a int auto_increment)", (T,)),
        ("alter table `t` add a int", OPAQUE),
        ("rename table a to b", OPAQUE),
        ("select create_hypertable('t', 'time')", (T, QualifiedName("time"))),
        ("call migrate_everything()", OPAQUE),
    ],
)
def test_what_cannot_be_read_touches_what_it_names(text: str, touches: object) -> None:
    (found,) = read(text)
    assert isinstance(found, OpaqueOperation)
    assert found.touches == touches


def test_one_unreadable_action_spoils_no_other() -> None:
    added, spoiled = read("alter table t modify b int, add column a int")
    assert added == AddColumn(T, column("a", "int"), location=HERE)
    assert isinstance(spoiled, OpaqueOperation)
    assert spoiled.touches == (T,)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            ["alter table ", ..., " add column a int"],
            [AddColumn(QualifiedName(OPAQUE, OPAQUE), column("a", "int"), location=HERE)],
            id="table",
        ),
        pytest.param(
            ["alter table ", ..., ".t drop column c_", ...],
            [DropColumn(QualifiedName("t", OPAQUE), OPAQUE, location=HERE)],
            id="schema-and-part-of-a-name",
        ),
        pytest.param(
            ["create table t (a int, ", ..., ")"],
            [CreateTable(T, (column("a", "int"),), complete=False, location=HERE)],
            id="more-columns",
        ),
        pytest.param(
            ["alter type mood add value '", ..., "'"], [AddEnumValue(MOOD, OPAQUE, location=HERE)], id="label"
        ),
        pytest.param(
            ["create type mood as enum ('a', ", ..., ")"], [CreateEnum(MOOD, OPAQUE, location=HERE)], id="labels"
        ),
        pytest.param(
            ["update t set a = '", ..., "' where b = 'x'"],
            [DataChange("update", T, frozenset({"x"}), False, ("a",), location=HERE)],
            id="value",
        ),
        pytest.param(
            ["create index ", ..., "if not exists ix on t (a)"],
            [CreateIndex(T, Index(name="ix", elements=(IndexElement("a"),), final=True), OPAQUE, True, location=HERE)],
            id="perhaps-concurrently",
        ),
        pytest.param(
            ["alter table t alter a set default ", ...],
            [AlterColumn(T, "a", server_default=OPAQUE, location=HERE)],
            id="default",
        ),
    ],
)
def test_holes_spoil_only_what_they_touch(parts: list[object], expected: list[Operation]) -> None:
    assert read(*parts) == expected


def test_a_text_that_is_all_hole_may_do_anything() -> None:
    (found,) = read(...)
    assert isinstance(found, OpaqueOperation)
    assert found.touches is OPAQUE


def guard(thing: Thing, name: str, exists: bool, of: str | None = None) -> Guard:
    return Guard(thing, QualifiedName(name), exists, QualifiedName(of) if of else None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null; END",
            [CreateEnum(MOOD, ("a",), True, location=HERE)],
            id="caught-duplicate",
        ),
        pytest.param(
            "BEGIN DROP TYPE mood; EXCEPTION WHEN undefined_object OR undefined_table THEN RAISE NOTICE 'no'; END",
            [DropType(MOOD, True, location=HERE)],
            id="caught-missing",
        ),
        pytest.param(
            "BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN"
            " CREATE TYPE mood AS ENUM ('a'); END IF; END",
            [CreateEnum(MOOD, ("a",), guards=(guard("type", "mood", False),), location=HERE)],
            id="type-in-the-catalogue",
        ),
        pytest.param(
            "DECLARE n int; m int := 3; BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns"
            " WHERE table_name='t' AND column_name='a') THEN ALTER TABLE t DROP COLUMN a;"
            " ELSE DROP TABLE t; END IF; END",
            [
                DropColumn(T, "a", guards=(guard("column", "a", True, "t"),), location=HERE),
                DropTable(T, together=(T,), guards=(guard("column", "a", False, "t"),), location=HERE),
            ],
            id="column-and-else",
        ),
        pytest.param(
            "BEGIN IF (SELECT count(*) FROM t) > 0 THEN DROP TABLE t; END IF; DROP TABLE u; END",
            [
                DropTable(T, together=(T,), conditional=True, location=HERE),
                DropTable(QualifiedName("u"), together=(QualifiedName("u"),), location=HERE),
            ],
            id="condition-on-rows",
        ),
        pytest.param(
            "DECLARE r record; BEGIN FOR r IN SELECT * FROM names LOOP"
            " EXECUTE format('ALTER TABLE %I DROP COLUMN a', r.name); END LOOP; END",
            [DropColumn(QualifiedName(OPAQUE, OPAQUE), "a", conditional=True, location=HERE)],
            id="dynamic-in-a-loop",
        ),
        pytest.param(
            "BEGIN EXECUTE 'ALTER TABLE t ' || 'DROP COLUMN a'; PERFORM pg_notify('x', 'y'); END",
            [
                DropColumn(T, "a", location=HERE),
                ExecuteSQL("PERFORM", OPAQUE, frozenset({"x", "y"}), location=HERE),
            ],
            id="dynamic-constant",
        ),
        pytest.param(
            "BEGIN IF to_regclass('app.t') IS NULL THEN CREATE TABLE app.t (a int); END IF; END",
            [
                CreateTable(
                    QualifiedName("t", "app"),
                    (column("a", "int"),),
                    guards=(Guard("relation", QualifiedName("t", "app"), False),),
                    location=HERE,
                )
            ],
            id="to_regclass",
        ),
    ],
)
def test_do_blocks(body: str, expected: list[Operation]) -> None:
    assert read(f"DO $$ {body} $$") == expected


def test_commit_makes_the_rest_autocommit() -> None:
    found = read("drop table t; commit; drop table t; begin")
    assert [operation.autocommit for operation in found] == [False, True, True, False]
    assert isinstance(found[1], TransactionControl)


def test_the_site_is_handed_on() -> None:
    (found,) = read_sql(["drop table t"], site(autocommit=True, conditional=True))
    assert (found.autocommit, found.conditional) == (True, True)


def test_each_statement_has_its_place() -> None:
    places: list[tuple[int, int]] = []

    def locate(start: int, end: int) -> Location:
        places.append((start, end))
        return HERE

    text = "drop table a;\n  drop table b  ;"
    list(read_sql([text], Site(locate)))
    assert [text[start:end] for start, end in places] == ["drop table a", "drop table b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lower(email)", IndexElement(sql="lower(email)")),
        ("created_at DESC", IndexElement("created_at", options="DESC")),
        ('"Name"', IndexElement("Name")),
        ("(data ->> 'x')", IndexElement(sql="data ->> 'x'")),
        ("data -> 'x'", IndexElement(sql="data -> 'x'")),
        ("vector vector_l2_ops", IndexElement("vector", options="VECTOR_L2_OPS")),
        ('name COLLATE "de_DE"', IndexElement("name", options='COLLATE "de_DE"')),
    ],
)
def test_index_elements(text: str, expected: IndexElement) -> None:
    assert index_elements(text) == (expected,)


def test_several_index_elements() -> None:
    assert index_elements("a, (data->>'Lot'), coalesce(b, c) DESC") == (
        IndexElement("a"),
        IndexElement(sql="data->>'Lot'"),
        IndexElement(sql="coalesce(b, c)", options="DESC"),
    )


_WORDS = (
    "create table type index alter drop add column constraint t a ( ) , ; 'x' int text as enum on primary key references"
    " if not exists do $$ $$ begin end loop execute exception when then default null . :: [ ] unique check using where"
)


@given(st.lists(st.sampled_from([*_WORDS.split(), ...]), max_size=25))
def test_no_text_is_too_odd(words: list[object]) -> None:
    parts = [part for word in words for part in (word, " ")]
    assert all(isinstance(operation, Operation) for operation in read(*parts))
