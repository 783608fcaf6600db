"""Histories in which a revision changes an enum, for the downgrade that alembic-vet writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import indent

FIRST = '''\
"""the schema before"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
    raise NotImplementedError
'''
SECOND = '''\
"""labels"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


@dataclass(frozen=True)
class Scenario:
    """SQL of the first revision, Python of the second, and rows: before the second, and after it.

    `expected` are the rows of `query` after the downgrade. `refused` is what the downgrade says instead.
    """

    name: str
    before: tuple[str, ...]
    upgrade: str
    rows: tuple[str, ...] = ()
    later_rows: tuple[str, ...] = ()
    query: str = ""
    expected: tuple[tuple[object, ...], ...] = ()
    setting: str = "fail"
    refused: str = ""
    downgrade: str = "pass"
    options: dict[str, object] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        first = "\n".join(f"op.execute({statement!r})" for statement in self.before)
        return {
            "0001_before.py": FIRST.format(upgrade=indent(first, "    ")),
            "0002_labels.py": SECOND.format(
                upgrade=indent(self.upgrade.strip(), "    "), downgrade=indent(self.downgrade.strip(), "    ")
            ),
        }


def adding(*statements: str) -> str:
    """Labels added the way they should be."""
    lines = "\n".join(f"    op.execute({statement!r})" for statement in statements)
    return f"with op.get_context().autocommit_block():\n{lines}"


MOOD = "CREATE TYPE mood AS ENUM ('happy', 'sad')"
CALM = adding("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'")

SCENARIOS = [
    Scenario(
        "one column",
        (MOOD, "CREATE TABLE people (id int PRIMARY KEY, mood mood NOT NULL)"),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'happy'), (2, 'sad')",),
        query="SELECT id, mood::text FROM people ORDER BY id",
        expected=((1, "happy"), (2, "sad")),
    ),
    Scenario(
        "several tables",
        (
            MOOD,
            "CREATE TABLE people (id int, mood mood, UNIQUE (id, mood))",
            "CREATE TABLE teams (mood mood PRIMARY KEY, second mood)",
            "CREATE INDEX teams_second ON teams (second)",
            "CREATE TABLE moodless (id int, mood text DEFAULT 'calm' CHECK (mood <> 'sad'))",
        ),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'happy')", "INSERT INTO teams VALUES ('sad', 'happy')"),
        query="SELECT people.mood::text, teams.mood::text, second::text FROM people, teams",
        expected=(("happy", "sad", "happy"),),
    ),
    Scenario(
        "array column",
        (
            MOOD,
            "CREATE TABLE people (id int, moods mood[] NOT NULL DEFAULT '{happy}', grid mood[][])",
            "CREATE INDEX people_moods ON people USING gin (moods)",
        ),
        CALM,
        rows=(
            "INSERT INTO people VALUES (1, '{happy,sad}', '{{happy,sad},{sad,NULL}}')",
            "INSERT INTO people (id) VALUES (2)",
        ),
        query="SELECT id, moods::text, grid::text FROM people ORDER BY id",
        expected=((1, "{happy,sad}", "{{happy,sad},{sad,NULL}}"), (2, "{happy}", None)),
    ),
    Scenario(
        "defaults",
        (
            MOOD,
            "CREATE TABLE people (id int, mood mood DEFAULT 'happy' NOT NULL, other mood DEFAULT 'sad'::mood)",
            "CREATE TABLE teams (moods mood[] DEFAULT ARRAY['happy'::mood, 'sad'], least mood DEFAULT enum_first(NULL::mood))",
        ),
        CALM,
        rows=("INSERT INTO people (id) VALUES (1)", "INSERT INTO teams DEFAULT VALUES"),
        query="SELECT mood::text, other::text, moods::text, least::text FROM people, teams",
        expected=(("happy", "sad", "{happy,sad}", "happy"),),
    ),
    Scenario(
        "default that the upgrade changed",
        (MOOD, "CREATE TABLE people (id int, mood mood DEFAULT 'happy', other mood)"),
        CALM + "\nop.alter_column('people', 'mood', server_default='calm')\n"
        "op.alter_column('people', 'other', server_default=sa.text(\"'calm'\"))",
        rows=("INSERT INTO people (id) VALUES (1)",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "partial index",
        (
            MOOD,
            "CREATE TABLE people (id int, name text, mood mood, moods mood[])",
            "CREATE INDEX happy_people ON people (lower(name) text_pattern_ops DESC, id) INCLUDE (mood) WHERE mood = 'happy'",
            "CREATE UNIQUE INDEX sad_people ON people USING btree (id) NULLS NOT DISTINCT WHERE mood IN ('sad')",
            "CREATE INDEX mixed ON people USING gin (moods) WHERE 'sad' = ANY (moods) AND name <> 'x:no'",
            "CREATE INDEX is_happy ON people ((mood = 'happy'), (name || 'x'))",
            "CREATE INDEX other ON people (id) WHERE name ~ '^\\\\d'",
        ),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'a', 'happy', '{sad}')",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "check constraint",
        (
            MOOD,
            "CREATE TABLE people (id int, mood mood CHECK (mood <> 'sad'), second mood,"
            " CONSTRAINT both_happy CHECK (mood = 'happy' AND second IN ('happy', 'sad')), CHECK (id > 0))",
        ),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'happy', 'sad')",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "type in a schema",
        (
            "CREATE SCHEMA app",
            "CREATE TYPE app.mood AS ENUM ('happy', 'sad')",
            "CREATE TABLE app.people (id int, mood app.mood DEFAULT 'happy' CHECK (mood = 'happy'::app.mood))",
            "CREATE INDEX happy_people ON app.people (id) WHERE mood = 'happy'",
            "CREATE TABLE teams (moods app.mood[])",
            "CREATE VIEW app.happy AS SELECT p.id FROM app.people AS p WHERE p.mood = 'happy'",
        ),
        adding("ALTER TYPE app.mood ADD VALUE IF NOT EXISTS 'calm'"),
        rows=("INSERT INTO app.people VALUES (1, 'happy')", "INSERT INTO teams VALUES ('{sad}')"),
        query="SELECT people.mood::text, moods::text FROM app.people, teams",
        expected=(("happy", "{sad}"),),
    ),
    Scenario(
        "schema of the search path named",
        ("CREATE TYPE public.mood AS ENUM ('happy')", "CREATE TABLE people (mood mood DEFAULT 'happy')"),
        adding("ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'calm'"),
        rows=("INSERT INTO people DEFAULT VALUES",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "quoted names",
        (
            """CREATE TYPE "My Mood" AS ENUM ('it''s ok', '50%', 'a:b', '"', 'Sad', '{x}')""",
            """CREATE TABLE "user" ("Mood" "My Mood" DEFAULT 'it''s ok', "order" "My Mood"[] DEFAULT '{Sad}',"""
            """ CONSTRAINT "a Check" CHECK ("Mood" NOT IN ('50%', 'a:b', '"')))""",
            """CREATE INDEX "An Index" ON "user" ("order") WHERE "Mood" = 'it''s ok'""",
            """CREATE VIEW "The View" ("A") AS SELECT "Mood" FROM "user" WHERE "Mood" <> '50%'""",
        ),
        adding("""ALTER TYPE "My Mood" ADD VALUE IF NOT EXISTS 'that''s {new} x:b 10%' AFTER 'it''s ok'"""),
        rows=("""INSERT INTO "user" VALUES ('Sad', '{"it''s ok","\\""}')""",),
        query="""SELECT "Mood"::text, "order"::text FROM "user\"""",
        expected=(("Sad", '{"it\'s ok","\\""}'),),
    ),
    Scenario(
        "before and after",
        (MOOD, "CREATE TABLE people (mood mood)"),
        adding(
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ecstatic' BEFORE 'happy'",
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm' AFTER 'happy'",
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'tense' BEFORE 'sad'",
        ),
        rows=("INSERT INTO people VALUES ('sad')",),
        query="SELECT mood::text FROM people",
        expected=(("sad",),),
    ),
    Scenario(
        "renamed label",
        (
            MOOD,
            "CREATE TABLE people (mood mood DEFAULT 'happy' CHECK (mood <> 'sad'))",
            "CREATE INDEX happy_people ON people (mood) WHERE mood = 'happy'",
            "CREATE VIEW happy AS SELECT mood FROM people WHERE mood = 'happy'",
        ),
        "op.execute(\"ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'\")",
        rows=("INSERT INTO people DEFAULT VALUES",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "renamed twice",
        ("CREATE TYPE mood AS ENUM ('a', 'b', 'c')", "CREATE TABLE people (mood mood)"),
        "op.execute(\"ALTER TYPE mood RENAME VALUE 'a' TO 'x'\")\n"
        "op.execute(\"ALTER TYPE mood RENAME VALUE 'b' TO 'a'\")\n"
        "op.execute(\"ALTER TYPE mood RENAME VALUE 'x' TO 'y'\")",
        rows=("INSERT INTO people VALUES ('a'), ('b')",),
        query="SELECT mood::text FROM people ORDER BY 1",
        expected=(("a",), ("b",)),
    ),
    Scenario(
        "renamed and added",
        (
            MOOD,
            "CREATE TABLE people (mood mood DEFAULT 'happy', CONSTRAINT not_sad CHECK (mood <> 'sad'))",
            "CREATE INDEX happy_people ON people (mood) WHERE mood = 'happy'",
        ),
        CALM + "\nop.execute(\"ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'\")",
        rows=("INSERT INTO people DEFAULT VALUES",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "two types",
        (
            MOOD,
            "CREATE TYPE size AS ENUM ('small', 'large')",
            "CREATE TABLE people (mood mood, size size, CONSTRAINT c CHECK (mood = 'happy' OR size = 'small'))",
            "CREATE VIEW both_of AS SELECT size, mood FROM people",
        ),
        adding(
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'",
            "ALTER TYPE size ADD VALUE IF NOT EXISTS 'huge' AFTER 'small'",
        ),
        rows=("INSERT INTO people VALUES ('happy', 'large')",),
        query="SELECT mood::text, size::text FROM people",
        expected=(("happy", "large"),),
    ),
    Scenario(
        "views",
        (
            MOOD,
            "CREATE TABLE people (id int, mood mood)",
            "CREATE VIEW moods (number, m) AS\n  SELECT id, mood\n  FROM people",
            "CREATE VIEW happy WITH (security_barrier) AS SELECT number FROM moods WHERE m = 'happy'",
            "CREATE VIEW numbers AS SELECT count(*) FROM happy",
            "CREATE VIEW ids AS SELECT id FROM people",
            "CREATE MATERIALIZED VIEW stored AS SELECT mood, count(*) AS n FROM people GROUP BY mood",
        ),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'happy')",),
        query="SELECT number, (SELECT count(*) FROM ids) FROM happy",
        expected=((1, 1),),
    ),
    Scenario(
        "rows: fail",
        (MOOD, "CREATE TABLE people (id int, mood mood DEFAULT 'happy')", "CREATE TABLE teams (moods mood[])"),
        CALM,
        rows=("INSERT INTO people (id) VALUES (1)",),
        later_rows=("INSERT INTO teams VALUES ('{sad,calm}')",),
        refused="RuntimeError: teams.moods still holds 'calm' (rows: 1)",
    ),
    Scenario(
        "rows: fail in one column",
        (MOOD, "CREATE TABLE people (id int, mood mood DEFAULT 'happy')"),
        adding(*(f"ALTER TYPE mood ADD VALUE IF NOT EXISTS '{label}'" for label in ("calm", "tense"))),
        later_rows=("INSERT INTO people VALUES (1, 'tense')",),
        refused="RuntimeError: people.mood still holds 'calm' or 'tense' (rows: 1)",
    ),
    Scenario(
        "rows: map",
        (MOOD, "CREATE TABLE people (id int, mood mood NOT NULL)", "CREATE TABLE teams (moods mood[] NOT NULL)"),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'happy')",),
        later_rows=("INSERT INTO people VALUES (2, 'calm')", "INSERT INTO teams VALUES ('{sad,calm,NULL}')"),
        query="SELECT mood::text, moods::text FROM people, teams ORDER BY id",
        expected=(("happy", "{sad,sad,NULL}"), ("sad", "{sad,sad,NULL}")),
        setting="map:calm=sad,other=happy",
    ),
    Scenario(
        "rows: map without an answer",
        (MOOD, "CREATE TABLE people (id int, mood mood NOT NULL)"),
        adding(*(f"ALTER TYPE mood ADD VALUE IF NOT EXISTS '{label}'" for label in ("calm", "tense", "meek"))),
        later_rows=("INSERT INTO people VALUES (2, 'calm'), (3, 'meek')",),
        setting="map:calm=sad,tense=no such label",
        refused="RuntimeError: people.mood still holds 'tense' or 'meek' (rows: 1)",
    ),
    Scenario(
        "rows: null",
        (MOOD, "CREATE TABLE people (id int, mood mood)", "CREATE TABLE teams (moods mood[] NOT NULL)"),
        CALM,
        later_rows=("INSERT INTO people VALUES (1, 'happy'), (2, 'calm')", "INSERT INTO teams VALUES ('{sad,calm}')"),
        query="SELECT mood::text, moods::text FROM people, teams ORDER BY id",
        expected=(("happy", "{sad,NULL}"), (None, "{sad,NULL}")),
        setting="null",
    ),
    Scenario(
        "rows: null where that is not possible",
        (MOOD, "CREATE TABLE people (id int, mood mood NOT NULL, second mood)"),
        CALM,
        later_rows=("INSERT INTO people VALUES (1, 'calm', 'calm')",),
        setting="null",
        refused="RuntimeError: people.mood still holds 'calm' (rows: 1)",
    ),
    Scenario(
        "downgrade that does the rest",
        (MOOD, "CREATE TABLE people (id int, mood mood)"),
        CALM + "\nop.add_column('people', sa.Column('name', sa.Text()))",
        rows=("INSERT INTO people VALUES (1, 'happy')",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
        downgrade="op.drop_column('people', 'name')  # and the label?",
    ),
    Scenario(
        "type replaced by the upgrade",
        ("CREATE TYPE mood AS ENUM ('happy', 'sad', 'odd')", "CREATE TABLE people (id int, mood mood)"),
        "\n".join(
            f"op.execute({statement!r})"
            for statement in (
                "ALTER TYPE mood RENAME TO mood_old",
                "CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy')",
                "ALTER TABLE people ALTER COLUMN mood TYPE mood USING mood::text::mood",
                "DROP TYPE mood_old",
            )
        ),
        rows=("INSERT INTO people VALUES (1, 'happy')",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
    Scenario(
        "name taken",
        (
            MOOD,
            "CREATE TABLE people (id int, mood mood)",
            "CREATE TABLE mood_old ()",
            "CREATE TYPE mood_old2 AS ENUM ()",
        ),
        CALM,
        rows=("INSERT INTO people VALUES (1, 'happy')",),
        query="SELECT mood::text FROM people",
        expected=(("happy",),),
    ),
]
