"""Questions to the schema become guards; whatever else decides makes a step conditional."""

from __future__ import annotations

import pytest

from alembic_vet.model.operations import Guard, QualifiedName, Refuse
from tests.extract.revision_snippets import operations

T = QualifiedName("t")
NO_TABLE = Guard("relation", T, False)
TABLE = Guard("relation", T, True)
NO_COLUMN = Guard("column", QualifiedName("c"), False, T)
COLUMN = Guard("column", QualifiedName("c"), True, T)
HELPERS = """
def has_table(name):
    return sa.inspect(op.get_bind()).has_table(name)

def has_column(table, column):
    inspector = sa.inspect(op.get_bind())
    return column in [each["name"] for each in inspector.get_columns(table)]

def has_column_of_table(table, column):
    inspector = sa.inspect(op.get_bind())
    if table not in inspector.get_table_names():
        return False
    return any(each["name"] == column for each in inspector.get_columns(table))

def has_column_in_a_loop(table, column):
    for each in sa.inspect(op.get_bind()).get_columns(table):
        if each["name"] == column:
            return True
    return False

def find_column(table, column):
    for each in sa.inspect(op.get_bind()).get_columns(table):
        if each.get("name") == column:
            return each
    return None

def columns_of(table):
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(table):
        return set()
    return {each["name"] for each in inspector.get_columns(table)}

def exists(sql, **parameters):
    return op.get_bind().execute(sa.text(sql), parameters).scalar() is not None

def careful(table):
    try:
        return has_table(table)
    except Exception:
        return False

inspector = sa.inspect(op.get_bind())
bind = op.get_bind()
"""

GUARDS: list[tuple[str, tuple[Guard, ...]]] = [
    ('has_table("t")', (TABLE,)),
    ('not has_table("t")', (NO_TABLE,)),
    ('careful("t")', (TABLE,)),
    ('inspector.has_table("t", schema="s")', (Guard("relation", QualifiedName("t", "s"), True),)),
    ('not bind.dialect.has_table(bind, "t")', (NO_TABLE,)),
    ('"t" not in inspector.get_table_names()', (NO_TABLE,)),
    ('"t" not in set(inspector.get_table_names())', (NO_TABLE,)),
    ('not ("t" in sa.inspect(bind).get_table_names())', (NO_TABLE,)),
    ('"s" in inspector.get_schema_names()', (Guard("schema", QualifiedName("s"), True),)),
    ('"t" in metadata.tables', (TABLE,)),
    ('not has_column("t", "c")', (NO_COLUMN,)),
    ('has_column_of_table("t", "c")', (TABLE, COLUMN)),
    ('not has_column_of_table("t", "c")', (NO_COLUMN,)),
    ('has_column_in_a_loop("t", "c")', (COLUMN,)),
    ('not has_column_in_a_loop("t", "c")', (NO_COLUMN,)),
    ('find_column("t", "c") is None', (NO_COLUMN,)),
    ('"c" in columns_of("t")', (TABLE, COLUMN)),
    ('"c" not in columns_of("t")', (NO_COLUMN,)),
    ('"c" not in ([e["name"] for e in inspector.get_columns("t")] if has_table("t") else [])', (NO_COLUMN,)),
    ('"c" in ({e["name"] for e in inspector.get_columns("t")} if has_table("t") else set())', (TABLE, COLUMN)),
    ('has_table("t") and not has_column("t", "c")', (TABLE, NO_COLUMN)),
    ('not (has_table("t") and has_column("t", "c"))', (NO_COLUMN,)),
    ('not has_table("t") or not has_column("t", "c")', (NO_COLUMN,)),
    ('next((c for c in inspector.get_columns("t") if c["name"] == "c"), None) is None', (NO_COLUMN,)),
    ('len([c for c in inspector.get_columns("t") if c["name"] == "c"]) > 0', (COLUMN,)),
    ('not len([c for c in inspector.get_columns("t") if "c" == c["name"]])', (NO_COLUMN,)),
    (
        '"ix" in {index["name"] for index in inspector.get_indexes("t", schema="s")}',
        (Guard("index", QualifiedName("ix", "s"), True, QualifiedName("t", "s")),),
    ),
    (
        'any(fk["name"] == "fk" for fk in inspector.get_foreign_keys("t"))',
        (Guard("constraint", QualifiedName("fk"), True, T),),
    ),
    ('"mood" in [e["name"] for e in inspector.get_enums()]', (Guard("type", QualifiedName("mood"), True),)),
    (
        "exists(\"SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c'\")",
        (COLUMN,),
    ),
    (
        'exists("SELECT 1 FROM information_schema.columns WHERE table_name = :t AND column_name = :c", t="t", c="c")',
        (COLUMN,),
    ),
    (
        "not exists(\"SELECT 1 FROM pg_type WHERE typname = 'mood'\")",
        (Guard("type", QualifiedName("mood"), False),),
    ),
    (
        "bind.execute(sa.text(\"SELECT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood')\")).scalar()",
        (Guard("type", QualifiedName("mood"), True),),
    ),
    ("bind.execute(sa.text(\"SELECT to_regclass('t')\")).scalar() is None", (NO_TABLE,)),
    (
        "not bind.exec_driver_sql(\"SELECT 1 FROM pg_type WHERE typname = 'mood'\").fetchall()",
        (Guard("type", QualifiedName("mood"), False),),
    ),
]
CONDITIONS = [
    "maybe()",
    "has_table(name())",
    'has_table("t") or maybe()',
    'not (has_table("t") and has_table("u"))',
    'bind.execute(sa.text("SELECT count(*) FROM t")).scalar() == 0',
    'context.get_x_argument(as_dictionary=True).get("data")',
    'any(c["type"] == "x" for c in inspector.get_columns("t"))',
    'any(f["referred_table"] == "x" for f in inspector.get_foreign_keys("t"))',
]


@pytest.mark.parametrize(("test", "expected"), GUARDS, ids=[case[0] for case in GUARDS])
def test_guard(test: str, expected: tuple[Guard, ...]) -> None:
    *_, step = operations(f'if {test}:\n    op.drop_table("x")', HELPERS)
    assert (step.guards, step.conditional) == (expected, False)


@pytest.mark.parametrize("test", CONDITIONS)
def test_condition(test: str) -> None:
    *_, step = operations(f'if {test}:\n    op.drop_table("x")', HELPERS)
    assert step.conditional


def test_a_way_out_guards_the_rest() -> None:
    [step] = operations('if has_table("t"):\n    return\nop.drop_table("x")', HELPERS)
    assert (step.guards, step.conditional) == ((NO_TABLE,), False)


def test_the_other_branch() -> None:
    first, second = operations('if has_table("t"):\n    op.drop_table("x")\nelse:\n    op.drop_table("y")', HELPERS)
    assert first.guards == (TABLE,)
    assert second.guards == (NO_TABLE,)


def test_skipped_items_of_a_loop() -> None:
    body = """
    for column in ("c", "d"):
        if has_column("t", column):
            continue
        op.add_column("t", sa.Column(column, sa.Text))
    """
    first, second = operations(body, HELPERS)
    assert first.guards == (NO_COLUMN,)
    assert second.guards == (Guard("column", QualifiedName("d"), False, T),)


def test_an_answer_kept_in_a_variable() -> None:
    body = """
    columns = [c["name"] for c in inspector.get_columns("t")]
    missing = "c" not in columns
    if missing:
        op.drop_table("x")
    """
    [step] = operations(body, HELPERS)
    assert (step.guards, step.conditional) == ((NO_COLUMN,), False)


def test_nothing_is_conditional_after_a_raise() -> None:
    refuse, step = operations('if maybe():\n    raise RuntimeError("no")\nop.drop_table("x")')
    assert isinstance(refuse, Refuse)
    assert refuse.conditional
    assert not step.conditional


def test_both_ways_of_an_unknown_condition() -> None:
    body = """
    if maybe():
        op.drop_table("a")
    else:
        op.drop_table("b")
    op.drop_table("c")
    """
    assert [step.conditional for step in operations(body)] == [True, True, False]


def test_a_caught_failure_is_tolerated() -> None:
    body = """
    try:
        op.drop_table("a")
        op.add_column("b", sa.Column("c", sa.Text))
    except Exception:
        pass
    op.drop_table("d")
    """
    assert [getattr(step, "if_exists", getattr(step, "if_not_exists", None)) for step in operations(body)] == [
        True,
        True,
        False,
    ]


def test_an_extension_need_not_be_installed() -> None:
    body = """
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except Exception:
        pass
    op.execute("CREATE EXTENSION IF NOT EXISTS citext")
    """
    assert [step.conditional for step in operations(body)] == [True, False]


def test_a_failure_that_is_raised_again_is_not() -> None:
    body = """
    try:
        op.drop_table("a")
    except Exception:
        log("failed")
        raise
    """
    step, refuse = operations(body)
    assert getattr(step, "if_exists", None) is False
    assert isinstance(refuse, Refuse)
    assert refuse.conditional
