"""The plan of an enum downgrade, from SQL alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from alembic_vet.extract.sql import Site, read_sql
from alembic_vet.model.enum_swap import EnumColumn, EnumDowngrade, EnumSwap, InDoubt, enum_downgrade
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.history import replay
from alembic_vet.model.operations import AddColumn, Column, OpaqueOperation, Operation, QualifiedName
from alembic_vet.model.revision import Direction, DirectionName, Revision, RevisionIdentity, Written
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import ReplayOptions
from alembic_vet.source.file import SourceFile
from alembic_vet.source.unknown import OPAQUE
from tests.model.replaying import HERE

MOOD = "CREATE TYPE mood AS ENUM ('happy', 'sad');"
PEOPLE = MOOD + "CREATE TABLE people (id int, mood mood);"
CALM = "ALTER TYPE mood ADD VALUE 'calm'"
KEY = Key("public", "people")

Steps = str | Sequence[Operation]


def operations(steps: Steps) -> tuple[Operation, ...]:
    return tuple(read_sql([steps], Site(lambda start, end: HERE)) if isinstance(steps, str) else steps)


def revision(
    identifier: str, upgrade: Steps, parents: tuple[str, ...] = (), downgrade: Steps = "", *, complete: bool = True
) -> Revision:
    def read(_: SourceFile, name: DirectionName) -> Direction:
        return Direction(name, HERE, operations(upgrade if name == "upgrade" else downgrade), complete=complete)

    file = SourceFile(Path(f"/{identifier}.py"), b"")
    return Revision(
        file.name, RevisionIdentity(identifier, parents), lambda _: file, read, lambda _: Written(HERE.span, None)
    )


def planned(*revisions: Revision, of: str = "2", options: ReplayOptions | None = None) -> EnumDowngrade:
    graph = RevisionGraph(revisions)
    return enum_downgrade(replay(graph.order, options or ReplayOptions()), graph, graph[of])


def plan(before: Steps, upgrade: Steps = CALM, downgrade: Steps = "") -> EnumDowngrade:
    return planned(revision("1", before), revision("2", upgrade, ("1",), downgrade))


def swap(before: Steps, upgrade: Steps = CALM, downgrade: Steps = "") -> EnumSwap:
    [found] = plan(before, upgrade, downgrade).swaps
    return found


def doubt(before: Steps, upgrade: Steps = CALM, downgrade: Steps = "") -> str:
    with pytest.raises(InDoubt) as found:
        plan(before, upgrade, downgrade)
    return str(found.value)


def test_one_column() -> None:
    assert swap(PEOPLE) == EnumSwap(
        key=Key("public", "mood"),
        schema=None,
        labels=("happy", "sad"),
        removed=("calm",),
        renames=(),
        replaced=True,
        aside="mood_old",
        columns=(EnumColumn(KEY, "mood", is_array=False, nullable=True, resets=False, default=None),),
    )


# Labels


@pytest.mark.parametrize(
    ("upgrade", "renames", "removed"),
    [
        ("ALTER TYPE mood ADD VALUE 'calm' BEFORE 'sad'", (), ("calm",)),
        ("ALTER TYPE mood ADD VALUE 'b'; ALTER TYPE mood ADD VALUE 'a' BEFORE 'happy'", (), ("a", "b")),
        ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'", (), ("calm",)),
        ("ALTER TYPE mood RENAME VALUE 'sad' TO 'low'", (("low", "sad"),), ()),
        (
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'; ALTER TYPE mood RENAME VALUE 'low' TO 'blue'",
            (("blue", "sad"),),
            (),
        ),
        (
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'; ALTER TYPE mood RENAME VALUE 'happy' TO 'sad'",
            (("sad", "happy"), ("low", "sad")),
            (),
        ),
        (
            "ALTER TYPE mood ADD VALUE 'calm'; ALTER TYPE mood RENAME VALUE 'calm' TO 'cool';"
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
            (("low", "sad"),),
            ("cool",),
        ),
        (
            "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('sad', 'calm');"
            "ALTER TABLE people ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old",
            (),
            ("calm",),
        ),
    ],
)
def test_labels(upgrade: str, renames: tuple[tuple[str, str], ...], removed: tuple[str, ...]) -> None:
    found = swap(PEOPLE, upgrade)
    assert (found.renames, found.removed, found.labels) == (renames, removed, ("happy", "sad"))
    assert found.replaced is bool(removed)


def test_a_new_order_alone_is_given_back_too() -> None:
    upgrade = "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('sad', 'happy'); DROP TYPE old CASCADE"
    found = swap(MOOD, upgrade)
    assert (found.removed, found.replaced) == ((), True)


def test_what_the_downgrade_does_already_counts() -> None:
    upgrade = "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'; " + CALM
    found = swap(PEOPLE, upgrade, "ALTER TYPE mood RENAME VALUE 'low' TO 'sad'")
    assert (found.renames, found.removed) == ((), ("calm",))


@pytest.mark.parametrize(
    ("upgrade", "downgrade"),
    [
        ("", ""),
        ("CREATE TYPE size AS ENUM ('s')", ""),
        ("CREATE TYPE size AS ENUM ('s'); ALTER TYPE size ADD VALUE 'm'", ""),
        ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad'", ""),
        ("ALTER TYPE mood RENAME VALUE 'sad' TO 'low'", "ALTER TYPE mood RENAME VALUE 'low' TO 'sad'"),
        ("DROP TABLE people; DROP TYPE mood", ""),
    ],
)
def test_nothing_to_give_back(upgrade: str, downgrade: str) -> None:
    assert doubt(PEOPLE, upgrade, downgrade) == "no type has other labels than before"


@pytest.mark.parametrize(
    ("upgrade", "reason"),
    [
        (
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'x'; ALTER TYPE mood RENAME VALUE 'happy' TO 'sad';"
            "ALTER TYPE mood RENAME VALUE 'x' TO 'happy'",
            "labels have exchanged their names",
        ),
        (
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'; ALTER TYPE mood ADD VALUE 'sad'",
            "labels have exchanged their names",
        ),
        ("ALTER TYPE mood ADD VALUE 'sad'", "a step of it fails"),
        (f"{CALM}; ALTER TABLE people ADD COLUMN mood int", "a step of it fails"),
    ],
)
def test_labels_in_doubt(upgrade: str, reason: str) -> None:
    assert doubt(PEOPLE, upgrade) == reason


def test_labels_that_nobody_knows() -> None:
    operation = OpaqueOperation((QualifiedName("mood"),), "who knows", location=HERE)
    assert doubt([*operations(PEOPLE), operation]) == "the labels of mood are not known"


def test_a_downgrade_that_fails() -> None:
    assert doubt(PEOPLE, CALM, "DROP TABLE nobody") == "a step of it fails"


def test_a_downgrade_that_was_not_followed_to_its_end() -> None:
    with pytest.raises(InDoubt):
        planned(revision("1", PEOPLE), revision("2", CALM, ("1",), "SELECT 1", complete=False))


# Columns


def test_columns_of_every_table() -> None:
    before = PEOPLE + "CREATE TABLE teams (m mood[] NOT NULL DEFAULT '{sad}', n mood DEFAULT 'sad', o int, p text);"
    assert swap(before).columns == (
        EnumColumn(KEY, "mood", False, True, False, None),
        EnumColumn(Key("public", "teams"), "m", True, False, True, "'{sad}'"),
        EnumColumn(Key("public", "teams"), "n", False, True, True, "'sad'"),
    )


def test_columns_of_the_schema_after_the_downgrade() -> None:
    upgrade = CALM + "; CREATE TABLE more (m mood); ALTER TABLE people ADD COLUMN second mood"
    assert [column.name for column in swap(PEOPLE, upgrade).columns] == ["mood", "second", "m"]
    assert [column.name for column in swap(PEOPLE, upgrade, "DROP TABLE more").columns] == ["mood", "second"]


def test_a_default_that_names_the_label_is_what_it_was() -> None:
    upgrade = CALM + "; ALTER TABLE people ALTER mood SET DEFAULT 'calm'"
    [column] = swap(PEOPLE, upgrade).columns
    assert (column.resets, column.default) == (True, None)
    [column] = swap(PEOPLE + "ALTER TABLE people ALTER mood SET DEFAULT 'sad'", upgrade).columns
    assert (column.resets, column.default) == (True, "'sad'")


def test_another_default_stays() -> None:
    [column] = swap(PEOPLE, CALM + "; ALTER TABLE people ALTER mood SET DEFAULT 'sad'").columns
    assert column.default == "'sad'"


def test_a_default_follows_a_label_that_gets_its_name_back() -> None:
    before = PEOPLE + "ALTER TABLE people ALTER mood SET DEFAULT 'sad'"
    [column] = swap(before, "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'; " + CALM).columns
    assert column.default == "'sad'"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("ALTER TABLE people ADD x mood DEFAULT 'calm'", "the default of people.x names a label that goes"),
        ("ALTER TABLE people ADD x mood[] DEFAULT '{sad,calm}'", "the default of people.x names a label that goes"),
        ("CREATE TABLE t (m mood DEFAULT 'calm')", "the default of t.m names a label that goes"),
    ],
)
def test_a_default_with_nothing_before(more: str, reason: str) -> None:
    assert doubt(PEOPLE, f"{CALM}; {more}") == reason


def test_only_renamed_needs_no_columns() -> None:
    before = PEOPLE + "CREATE VIEW v AS SELECT * FROM people; CREATE FUNCTION f(m mood) RETURNS int AS '' LANGUAGE sql"
    found = swap(before, "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'")
    assert (found.columns, found.replaced) == ((), False)


# Names


def test_the_schema_is_written_where_it_is_needed_or_was_written() -> None:
    app = "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad'); CREATE TABLE t (m app.mood)"
    assert swap(app, "ALTER TYPE app.mood ADD VALUE 'calm'").schema == "app"
    assert swap(PEOPLE, "ALTER TYPE public.mood ADD VALUE 'calm'").schema == "public"


def test_the_name_aside_is_free_and_not_too_long() -> None:
    assert swap(PEOPLE + "CREATE TABLE mood_old (); CREATE TYPE mood_old2 AS ENUM ()").aside == "mood_old3"
    long = "é" * 31
    found = swap(f"CREATE TYPE {long} AS ENUM ('a')", f"ALTER TYPE {long} ADD VALUE 'b'")
    assert found.aside == "é" * 29 + "_old"


# What is in the way


def test_checks_and_indexes_on_the_column_are_made_again() -> None:
    before = PEOPLE + (
        "ALTER TABLE people ADD CONSTRAINT c CHECK (mood <> 'sad'), ADD CONSTRAINT d CHECK (id > 0);"
        "ALTER TABLE people ADD CONSTRAINT e CHECK (id > 1 OR 'sad'::public.mood IS NULL);"
        "CREATE INDEX partial ON people (id) WHERE mood = 'sad'; CREATE INDEX plain ON people (mood);"
        "CREATE INDEX expression ON people ((mood = 'sad')); CREATE INDEX other ON people (id) WHERE id > 0"
    )
    around = plan(before).around
    assert [(table, check.name) for table, check in around.checks] == [(KEY, "c"), (KEY, "e")]
    assert [index.key.name for index in around.indexes] == ["partial", "expression"]


def test_definitions_that_name_the_label_are_what_they_were() -> None:
    before = PEOPLE + (
        "ALTER TABLE people ADD CONSTRAINT c CHECK (mood <> 'sad');"
        "CREATE INDEX partial ON people (id) WHERE mood = 'sad'"
    )
    upgrade = CALM + (
        "; ALTER TABLE people DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (mood <> 'calm'); DROP INDEX partial;"
        "CREATE INDEX partial ON people (id) WHERE mood = 'calm'"
    )
    around = plan(before, upgrade).around
    assert [check.sql for _, check in around.checks] == ["mood <> 'sad'"]
    assert [index.where for index in around.indexes] == ["mood = 'sad'"]


def test_views_are_dropped_before_what_they_read() -> None:
    before = PEOPLE + (
        "CREATE VIEW b AS SELECT mood AS m FROM people; CREATE VIEW a AS SELECT m FROM b;"
        "CREATE VIEW z AS SELECT m, mood FROM a, people, b; CREATE VIEW ids AS SELECT id FROM people;"
        "CREATE VIEW counted AS SELECT count(*) FROM people; CREATE VIEW n AS SELECT * FROM ids"
    )
    names = [view.key.name for view in plan(before).around.views]
    assert sorted(names) == ["a", "b", "z"]
    assert names.index("z") < names.index("a") < names.index("b")


def test_what_several_types_share_is_dropped_once() -> None:
    before = PEOPLE + (
        "CREATE TYPE size AS ENUM ('s'); ALTER TABLE people ADD size size;"
        "ALTER TABLE people ADD CONSTRAINT c CHECK (mood = 'sad' OR size = 's')"
    )
    found = plan(before, CALM + "; ALTER TYPE size ADD VALUE 'm'")
    assert [each.key.name for each in found.swaps] == ["mood", "size"]
    assert [check.name for _, check in found.around.checks] == ["c"]


FUNCTION = "LANGUAGE sql AS $$ SELECT 'sad'::mood $$"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("CREATE FUNCTION f(m mood) RETURNS int " + FUNCTION, "function f may depend on the type"),
        ("CREATE FUNCTION f() RETURNS mood " + FUNCTION, "function f may depend on the type"),
        ("ALTER TABLE people ADD g bool GENERATED ALWAYS AS (mood = 'sad') STORED", "people.g is generated from a column of the type"),
        ("ALTER TABLE people ADD t text DEFAULT ('sad'::mood)::text", "the default of people.t casts to the type"),
        ("CREATE TABLE t (x text DEFAULT CAST('sad' AS mood)::text)", "the default of t.x casts to the type"),
        ("CREATE TABLE t (x text CHECK (x <> 'sad'::mood::text))", "an expression on t casts to the type"),
        ("CREATE TABLE t (x text); CREATE INDEX i ON t ((x::mood))", "an expression on t casts to the type"),
        ("CREATE VIEW v AS SELECT * FROM people", "which columns view v has is not known"),
        ("CREATE VIEW v AS SELECT p.* FROM people p", "which columns view v has is not known"),
        ("CREATE VIEW v AS TABLE people", "which columns view v has is not known"),
        ("CREATE VIEW v AS SELECT mood FROM people; ALTER TABLE people RENAME id TO number; ALTER TABLE people RENAME mood TO mut", "view v reads something that was renamed"),
        ("CREATE VIEW v AS SELECT mood FROM people; ALTER TABLE people RENAME TO persons", "view v reads something that was renamed"),
        ("CREATE VIEW v AS SELECT mood FROM people WHERE 'calm' <> ''", "view v names a label that goes"),
        ("CREATE VIEW v AS SELECT mood FROM people WHERE id::text ~ '\\d'", "the definition of view v has a backslash, which may be SQLAlchemy's"),
        ("CREATE VIEW v AS SELECT mood FROM people; GRANT SELECT ON v TO reader", "privileges on a view would be lost"),
        ("CREATE VIEW v AS SELECT mood FROM people; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", "privileges on a view would be lost"),
        ("GRANT USAGE ON TYPE mood TO writer", "privileges on the type would be lost"),
        ("COMMENT ON TYPE mood IS 'x'", "a comment may be lost"),
        ("CREATE INDEX i ON people (id) WHERE mood = 'sad'; COMMENT ON INDEX i IS 'x'", "a comment may be lost"),
        ("CREATE INDEX i ON people (id) WHERE mood = 'sad'; ALTER INDEX i SET (fillfactor = 50)", "an index was altered"),
        ("CREATE VIEW v AS SELECT mood FROM people; ALTER VIEW v SET (security_barrier)", "a view was altered"),
        ("CREATE CAST (text AS mood) WITH INOUT AS IMPLICIT", "a cast or operator may be for the type"),
        ("CREATE DOMAIN feeling AS mood", "type feeling may be built on the enum type"),
        ("CREATE TYPE pair AS (a mood, b int)", "type pair may be built on the enum type"),
        ("CREATE TRIGGER t BEFORE UPDATE OF mood ON people EXECUTE FUNCTION f()", "trigger t may depend on the type"),
        ("CREATE POLICY p ON people USING (mood = 'sad')", "policy p may depend on the type"),
        ("CREATE TABLE t (); CREATE POLICY p ON t USING (EXISTS (SELECT 1 FROM people WHERE mood = 'sad'))", "policy p may depend on the type"),
        ("ALTER TABLE people ADD CONSTRAINT c CHECK (mood <> 'sad') NOT VALID", "a check may not have been validated"),
        ("CREATE TABLE t (m mood PRIMARY KEY); ALTER TABLE people ADD FOREIGN KEY (mood) REFERENCES t", "foreign key people_mood_fkey of people may be on a column of the type"),
        ("ALTER TABLE people ADD CONSTRAINT x EXCLUDE USING gist (mood WITH =)", "exclusion constraint x of people may be on a column of the type"),
        ("CREATE INDEX i ON people ((mood = '\\')) ", "the definition of index i has a backslash, which may be SQLAlchemy's"),
        ("CREATE TABLE t (LIKE people)", "the columns of t are not all known"),
        ("CREATE TABLE t PARTITION OF people DEFAULT", "the columns of t are not all known"),
    ],
)  # fmt: skip
def test_what_cannot_be_restored(more: str, reason: str) -> None:
    assert doubt(f"{PEOPLE} {more}") == reason


@pytest.mark.parametrize(
    "more",
    [
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.mood := 'sad'::mood; END $$",
        "CREATE TRIGGER t BEFORE UPDATE OF id ON people EXECUTE FUNCTION f()",
        "CREATE TABLE t (mood text); CREATE POLICY p ON t USING (mood = 'sad')",
        "CREATE TABLE t (mood text CHECK (mood <> '\\')); CREATE INDEX i ON t (id) WHERE mood = '\\'",
        "CREATE VIEW v AS SELECT id FROM people; GRANT SELECT ON v TO reader; COMMENT ON VIEW v IS 'x'",
        "CREATE VIEW v AS SELECT count(*) FROM people; ALTER VIEW v SET (security_barrier)",
        "CREATE INDEX i ON people (mood); ALTER INDEX i SET (fillfactor = 50); COMMENT ON INDEX i IS 'x'",
        "CREATE DOMAIN email AS text; CREATE TYPE pair AS (a int, b int)",
        "ALTER TABLE people ADD CONSTRAINT c CHECK (mood <> 'sad') NOT VALID; ALTER TABLE people VALIDATE CONSTRAINT c",
        "ALTER TABLE people ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
        "ALTER TABLE people ADD CONSTRAINT x EXCLUDE USING gist (id WITH =)",
        "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE people ADD FOREIGN KEY (id) REFERENCES t",
        "ALTER TABLE people ADD g int GENERATED ALWAYS AS (id + 1) STORED",
        "GRANT SELECT ON people TO reader; COMMENT ON TABLE people IS 'x'; COMMENT ON EXTENSION pgcrypto IS 'x'",
        "CREATE TEMPORARY TABLE scratch (mood mood DEFAULT 'calm' CHECK (mood = 'calm'))",
    ],
)
def test_what_is_no_obstacle(more: str) -> None:
    assert [column.table for column in swap(f"{PEOPLE} {more}").columns] == [KEY]


# What is not known


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (OpaqueOperation(OPAQUE, "who knows", location=HERE), "the labels of mood are not known"),
        (
            OpaqueOperation((QualifiedName("elsewhere"),), "who knows", location=HERE),
            "there may be tables that the history does not show",
        ),
        (
            OpaqueOperation((QualifiedName("people"),), "who knows", location=HERE),
            "what people.mood is like is not known",
        ),
        (
            AddColumn(QualifiedName("people"), Column("x", OPAQUE), location=HERE),
            "the type of people.x is not known",
        ),
    ],
)
def test_doubt_about_tables(operation: Operation, reason: str) -> None:
    assert doubt([*operations(PEOPLE), operation]) == reason


def test_a_table_that_no_revision_makes() -> None:
    assert doubt(MOOD, CALM + "; ALTER TABLE people ADD mood mood") == "a step of it fails"


def test_a_cast_to_a_name_that_the_type_no_longer_has() -> None:
    before = (
        "CREATE TYPE feeling AS ENUM ('sad'); CREATE TABLE people (mood feeling DEFAULT 'sad'::feeling);"
        "ALTER TYPE feeling RENAME TO mood"
    )
    assert doubt(before) == "a definition casts to a type that was renamed"


# Branches


def branched(other: str, *, after: tuple[str, ...] = ()) -> EnumDowngrade:
    side = revision("3", other, ("1",))
    return planned(revision("1", PEOPLE), revision("2", CALM, ("1", *after)), side, revision("4", "", ("2", "3")))


@pytest.mark.parametrize(
    "other",
    [
        "CREATE TABLE t (m mood)",
        "ALTER TABLE people ADD x int",
        "CREATE INDEX i ON people (id)",
        "CREATE VIEW v AS SELECT id FROM people",
        "ALTER TYPE mood ADD VALUE 'cool'",
    ],
)
def test_a_branch_that_changes_tables_of_the_type(other: str) -> None:
    with pytest.raises(InDoubt, match="revision 3, of another branch, changes tables of the type"):
        branched(other)
    assert branched(other, after=("3",)).swaps


@pytest.mark.parametrize("other", ["CREATE TABLE t (id int)", "CREATE TYPE size AS ENUM ('s')"])
def test_a_branch_that_does_something_else(other: str) -> None:
    assert branched(other).swaps


def test_later_revisions_do_not_matter() -> None:
    later = revision("3", "CREATE TABLE t (m mood); CREATE VIEW v AS SELECT * FROM people", ("2",))
    found = planned(revision("1", PEOPLE), revision("2", CALM, ("1",)), later)
    assert [column.table for column in found.swaps[0].columns] == [KEY]
    assert found.around.views == ()
