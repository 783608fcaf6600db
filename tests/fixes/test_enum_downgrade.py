"""Where the downgrade of an enum is written, and in whose words; that it works is proven on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.extract.revision import read_revision
from alembic_vet.fixes.enum_downgrade import enum_downgrade_fix
from alembic_vet.fixes.python_code import call, pieces
from alembic_vet.fixes.sql_text import bindless, on_one_line, sql_key, sql_name, sql_string
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.history import replay
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import ReplayOptions
from alembic_vet.source.file import SourceFile
from tests.fixes.editing import applied

FIRST = """\
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
    {more}


def downgrade():
    op.execute("DROP TYPE mood")
"""
SECOND = """\
{imports}

revision = "2"
down_revision = "1"


def upgrade():
    op.execute("{upgrade}")


"""
RENAME = "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'"
CALM = "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'"
BACK = """    op.execute("ALTER TYPE mood RENAME VALUE 'low' TO 'sad'")\n"""


def fixed(
    downgrade: str,
    *,
    upgrade: str = RENAME,
    more: str = "pass",
    imports: str = "from alembic import op",
    rows: str = "fail",
    options: ReplayOptions | None = None,
) -> tuple[str, str] | None:
    """The file up to its downgrade, and from there on; None where there is no fix."""
    texts = [FIRST.format(more=more), SECOND.format(imports=imports, upgrade=upgrade) + downgrade]
    files = [SourceFile(Path(f"/{place}.py"), text.encode()) for place, text in enumerate(texts)]
    revisions = [revision for file in files if (revision := read_revision(file, None, "postgresql"))]
    graph = RevisionGraph(revisions)
    fix = enum_downgrade_fix(replay(graph.order, options or ReplayOptions()), graph, revisions[1], rows)
    if fix is None:
        return None
    head, mark, tail = applied(files[1], fix.edits).partition("def downgrade")
    return head, mark + tail


def downgrade_of(downgrade: str, **given: str) -> str | None:
    found = fixed(downgrade, **given)  # type: ignore[arg-type]
    return found and found[1]


# Where it goes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def downgrade():\n    pass\n", "def downgrade():\n" + BACK),
        ("def downgrade():\n    ...\n", "def downgrade():\n" + BACK),
        ("def downgrade():\n    return\n", "def downgrade():\n" + BACK),
        ("def downgrade(): pass\n", "def downgrade():\n" + BACK),
        ("def downgrade() -> None: pass  # no\n", "def downgrade() -> None:\n    # no\n\n" + BACK),
        ('def downgrade():\n    """No."""\n', 'def downgrade():\n    """No."""\n' + BACK),
        ('def downgrade():\n    """No."""\n\n    pass\n', 'def downgrade():\n    """No."""\n\n' + BACK),
        (
            'def downgrade():  # one\n    """No."""  # two\n    # three\n    pass  # four\n    # five\n',
            'def downgrade():  # one\n    """No."""  # two\n    # three\n    # four\n\n' + BACK + "    # five\n",
        ),
        (
            "def downgrade(\n    x=None,  # one\n):\n    # two\n    pass\n",
            "def downgrade(\n    x=None,  # one\n):\n    # two\n\n" + BACK,
        ),
        ("def downgrade():\n    raise NotImplementedError\n", "def downgrade():\n" + BACK),
        ('def downgrade():\n    raise NotImplementedError("no")  # no\n', "def downgrade():\n    # no\n\n" + BACK),
        (
            'def downgrade():\n    """No."""\n    raise NotImplementedError()\n',
            'def downgrade():\n    """No."""\n' + BACK,
        ),
        (
            "def downgrade():\n    print('on')  # it\n\n\nx = 1\n",
            "def downgrade():\n    print('on')  # it\n\n" + BACK + "\n\nx = 1\n",
        ),
        (
            "def downgrade():\n    if True:\n        print('on')\n",
            "def downgrade():\n    if True:\n        print('on')\n\n" + BACK,
        ),
        ("def downgrade():\n\tpass\n", "def downgrade():\n" + BACK.replace("    ", "\t")),
    ],
)
def test_place(before: str, after: str) -> None:
    assert downgrade_of(before) == after


@pytest.mark.parametrize(
    "before",
    [
        "def downgrade():\n    raise RuntimeError('no')\n",
        "def downgrade():\n    print('on')\n    raise NotImplementedError\n",
        "def downgrade():\n    if print():\n        return\n    print('on')\n",
        "def downgrade():\n    print('on')\n    return\n",
        "async def downgrade():\n    pass\n",
        "def undo():\n    pass\n\n\ndowngrade = undo\n",
        "def downgrade():\n    pass\n\n\ndef downgrade():\n    print('on')\n",
        "",
        "def downgrade():\n    op.execute(\"ALTER TYPE mood RENAME VALUE 'low' TO 'sad'\")\n",
    ],
)
def test_no_place(before: str) -> None:
    assert fixed(before) is None


def test_indentation_of_the_file() -> None:
    after = downgrade_of("def downgrade():\n  pass\n", upgrade=CALM, more='op.execute("CREATE TABLE t (m mood)")')
    assert after is not None
    assert "\n  if not context.is_offline_mode():\n    rows = op.get_bind().scalar(\n      sa.text(" in after
    assert "\n      raise RuntimeError(" in after


# In whose words


def test_names_that_the_file_has() -> None:
    imports = "import alembic.op as o\nfrom sqlalchemy import text as t\nfrom sqlalchemy.dialects.postgresql import ENUM\nfrom alembic import op, context as c"
    found = fixed(
        "def downgrade():\n    pass\n", upgrade=CALM, more='op.execute("CREATE TABLE t (m mood)")', imports=imports
    )
    assert found is not None
    head, after = found
    assert head.startswith(f"{imports}\n\nrevision")
    assert "if not c.is_offline_mode():" in after
    assert "t(\"SELECT count(*) FROM t WHERE m = 'calm'\")" in after
    assert 'mood = ENUM("happy", "sad", name="mood")' in after


def test_variables_do_not_hide_what_the_file_names() -> None:
    after = downgrade_of(
        "def downgrade():\n    pass\n\n\ndef mood():\n    return rows\n\n\nrows = 1\n",
        upgrade=CALM,
        more='op.execute("CREATE TABLE t (m mood)")',
    )
    assert after is not None
    assert "rows_ = op.get_bind()" in after
    assert "if rows_:" in after
    assert "(rows: {rows_})" in after
    assert "mood_ = postgresql.ENUM(" in after
    assert "mood_.create(op.get_bind(), checkfirst=False)" in after
    assert "type_=mood_," in after


@pytest.mark.parametrize(
    ("type_", "variable"),
    [
        ("OrderStatus", "order_status"),
        ("HTTPKind", "httpkind"),
        ("class", "enum_class"),
        ("2nd", "enum_2nd"),
        ("été", "t"),
        ("my type!", "my_type"),
        ("type", "type_"),
        ("op", "op_"),
    ],
)
def test_variable_of_a_type(type_: str, variable: str) -> None:
    after = downgrade_of(
        "def downgrade():\n    pass\n",
        upgrade=f"ALTER TYPE \\\"{type_}\\\" ADD VALUE IF NOT EXISTS 'b'",
        more=f"op.execute('CREATE TYPE \"{type_}\" AS ENUM ()')",
    )
    assert after is not None
    assert f'{variable} = postgresql.ENUM(name="{type_}")' in after


def test_braces_in_a_message_stay() -> None:
    after = downgrade_of(
        "def downgrade():\n    pass\n",
        upgrade="ALTER TYPE mood ADD VALUE '{a}'",
        more='op.execute("CREATE TABLE t (m mood)")',
    )
    assert after is not None
    assert """raise RuntimeError(f"t.m still holds '{{a}}' (rows: {rows})")""" in after


def test_a_percent_sign_where_a_driver_would_see_it() -> None:
    more = "op.execute('CREATE TABLE t (\"50%\" mood)')"
    assert fixed("def downgrade():\n    pass\n", upgrade=CALM, more=more) is None


def test_a_convention_for_checks_is_kept_off() -> None:
    options = ReplayOptions(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
    more = "op.execute(\"CREATE TABLE t (m mood CONSTRAINT c CHECK (m <> 'sad'))\")"
    found = fixed("def downgrade():\n    pass\n", upgrade=CALM, more=more, options=options)
    assert found is not None
    assert 'op.drop_constraint(op.f("c"), "t", type_="check")' in found[1]
    assert """op.create_check_constraint(op.f("c"), "t", sa.text("m <> 'sad'"))""" in found[1]


@pytest.mark.parametrize(
    ("rows", "update"),
    [
        ("map:calm=happy", "UPDATE t SET m = 'happy' WHERE m = 'calm'"),
        ("null", "UPDATE t SET m = NULL WHERE m = 'calm'"),
    ],
)
def test_rows_that_are_moved_need_no_look(rows: str, update: str) -> None:
    found = fixed("def downgrade():\n    pass\n", upgrade=CALM, more='op.execute("CREATE TABLE t (m mood)")', rows=rows)
    assert found is not None
    assert found[1].startswith(f'def downgrade():\n    op.execute("{update}")\n\n    op.execute("ALTER TYPE')
    assert "context" not in found[0] + found[1]


# The pieces


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("people", "people"),
        ("_p1", "_p1"),
        ("People", '"People"'),
        ("user", '"user"'),
        ("a b", '"a b"'),
        ('a"b', '"a""b"'),
        ("1a", '"1a"'),
        ("é", '"é"'),
        ("status", "status"),
    ],
)
def test_sql_name(name: str, written: str) -> None:
    assert sql_name(name) == written


def test_sql_key() -> None:
    assert sql_key(Key("public", "order"), "public") == '"order"'
    assert sql_key(Key("App", "people"), "public") == '"App".people'


def test_sql_string() -> None:
    assert sql_string("it's") == "'it''s'"


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("x::text", "x::text"),
        ("':a'", "'\\:a'"),
        ("a:b", "a:b"),
        ("a[1:n]", "a[1:n]"),
        ("a[:n]", "a[\\:n]"),
        ("' :a:'", "' :a:'"),
    ],
)
def test_bindless(sql: str, written: str) -> None:
    import sqlalchemy

    assert bindless(sql) == written
    assert str(sqlalchemy.text(bindless(sql)).compile()) == sql
    assert not sqlalchemy.text(bindless(sql)).compile().params


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("AS\n  SELECT a,\n  b", "AS SELECT a, b"),
        ("f ( 'a  b' )", "f ( 'a  b' )"),
        ("AS SELECT 1 -- one\n, 2", "AS SELECT 1 -- one\n, 2"),
        ("SELECT 'a\nb'", "SELECT 'a\nb'"),
    ],
)
def test_on_one_line(sql: str, written: str) -> None:
    assert on_one_line(sql) == written


def test_call() -> None:
    assert call("f", ["a", "b"]) == ["f(a, b)"]
    assert call("f" * 9, ["a" * 40, "b" * 38]) == ["fffffffff(", f"    {'a' * 40}, {'b' * 38}", ")"]
    assert call("f", ["a" * 50, "b" * 50]) == ["f(", f"    {'a' * 50},", f"    {'b' * 50},", ")"]


def test_pieces() -> None:
    text = "one two  three four"
    assert list(pieces(text, 9)) == ["one two  ", "three ", "four"]
    assert "".join(pieces(text, 4)) == text
