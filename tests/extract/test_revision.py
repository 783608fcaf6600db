"""Who a revision is, and how its functions are followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.extract.revision import read_revision
from alembic_vet.model.operations import DropTable, OpaqueOperation, QualifiedName, Refuse
from alembic_vet.source.file import SourceFile, Unparsable
from alembic_vet.source.unknown import OPAQUE
from tests.extract.revision_snippets import HEAD, Modules, direction, operations, revision

IDENTITIES = [
    ('revision = "a"', ("a", (), (), ())),
    ('revision: str = "a"\ndown_revision: str | None = "b"', ("a", ("b",), (), ())),
    ("revision = 'a'\ndown_revision = None\nbranch_labels = None\ndepends_on = None", ("a", (), (), ())),
    ('revision = "a"\ndown_revision = ("b", "c")', ("a", ("b", "c"), (), ())),
    ('revision = "a"\ndown_revision = ["b"]', ("a", ("b",), (), ())),
    ('revision = "a"\nbranch_labels = ("x",)\ndepends_on = "y"', ("a", (), ("x",), ("y",))),
    ('BASE = "b"\nrevision = "a"\ndown_revision = BASE', ("a", ("b",), (), ())),
    ('PREFIX = "x_"\nrevision = PREFIX + "a"\ndown_revision = ("b",) + ("c",)', ("x_a", ("b", "c"), (), ())),
    ('revision, down_revision = "a", "b"', ("a", ("b",), (), ())),
]


@pytest.mark.parametrize(("text", "expected"), IDENTITIES, ids=[case[0] for case in IDENTITIES])
def test_identity(text: str, expected: tuple[object, ...]) -> None:
    found = revision(text)
    assert (found.identifier, found.down_revisions, found.branch_labels, found.depends_on) == expected


@pytest.mark.parametrize("text", ["", "x = 1", "revision = None", "def upgrade(): pass", "revision = new()"])
def test_no_revision(text: str) -> None:
    assert read_revision(SourceFile(Path("/x.py"), text.encode()), None, "postgresql") is None


def test_where_the_identity_is_written() -> None:
    found = revision('revision = "a"\ndown_revision = "b"\n')
    assert (found.location.span.line, found.location.span.column) == (1, 12)
    assert found.down_location is not None
    assert (found.down_location.span.line, found.down_location.span.column) == (2, 17)


def test_a_file_that_does_not_parse() -> None:
    with pytest.raises(Unparsable):
        read_revision(SourceFile(Path("/x.py"), b"revision ="), None, "postgresql")


@pytest.mark.parametrize("body", ["pass", "...", '"""text"""', "return", "return None", '"""text"""\npass'])
def test_does_nothing(body: str) -> None:
    found = direction(body)
    assert found.does_nothing
    assert found.operations == ()
    assert found.location is not None


def test_doing_something() -> None:
    assert not direction('op.drop_table("t")').does_nothing
    assert not direction("print()").does_nothing


def test_a_function_that_is_not_there() -> None:
    found = revision(HEAD).downgrade
    assert found.location is None
    assert found.operations == ()
    assert not found.does_nothing


def test_a_function_of_another_module() -> None:
    modules = Modules(app__steps="from alembic import op\n\n\ndef downgrade():\n    op.drop_table('t')\n")
    found = revision(HEAD + "from app.steps import downgrade", modules).downgrade
    assert [type(step) for step in found.operations] == [DropTable]


@pytest.mark.parametrize("body", ["raise NotImplementedError()", 'op.drop_table("t")\nraise ValueError("x")', "no()"])
def test_refuses(body: str) -> None:
    found = direction(body, "def no():\n    raise RuntimeError('no')")
    assert found.refuses
    assert isinstance(found.operations[-1], Refuse)


@pytest.mark.parametrize(
    "body", ["if maybe():\n    raise ValueError()", "try:\n    raise ValueError()\nexcept ValueError:\n    pass"]
)
def test_does_not_refuse(body: str) -> None:
    assert not direction(body).refuses


def test_the_words_of_a_refusal() -> None:
    [refuse] = direction('raise NotImplementedError("never " + "again")\nop.drop_table("t")').operations
    assert isinstance(refuse, Refuse)
    assert refuse.message == "never again"


def test_async() -> None:
    text = HEAD + "async def upgrade():\n    op.drop_table('t')\n"
    assert revision(text).upgrade.is_async


def test_the_operations_as_a_parameter() -> None:
    text = HEAD.replace("context, op", "context") + "def upgrade(op, tables):\n    op.drop_table('t')\n"
    assert [type(step) for step in revision(text).upgrade.operations] == [DropTable]


DIALECTS = [
    "op.get_bind().dialect.name",
    "op.get_context().dialect.name",
    "op.get_bind().engine.name",
    "op.get_bind().engine.dialect.name",
    "context.get_context().dialect.name",
    "op.get_context().impl.__dialect__",
    "op.get_impl().__dialect__",
]


@pytest.mark.parametrize("expression", DIALECTS)
def test_dialect(expression: str) -> None:
    body = f"""
    if {expression} == "postgresql":
        op.drop_table("a")
    elif {expression} in ("sqlite", "mysql"):
        op.drop_table("b")
    """
    assert [step.table for step in operations(body) if isinstance(step, DropTable)] == [QualifiedName("a")]
    found = operations(body, dialect="sqlite")
    assert [(step.table, step.conditional) for step in found if isinstance(step, DropTable)] == [
        (QualifiedName("b"), False)
    ]


@pytest.mark.parametrize(
    ("test", "runs"),
    [
        ("context.is_offline_mode()", False),
        ("not op.get_context().as_sql", True),
        ("isinstance(op.get_bind().dialect, postgresql.dialect)", True),
        ("isinstance(op.get_bind().dialect, postgresql.base.PGDialect)", True),
        ("isinstance(op.get_context().impl, SQLiteImpl)", False),
        ("op.get_bind().engine.url.get_backend_name() == 'sqlite'", False),
        ("str(op.get_bind().engine.url).startswith('mysql')", False),
        ("op.get_bind().engine.url.drivername.startswith('postgresql')", True),
        ("True", True),
    ],
)
def test_decided(test: str, runs: bool) -> None:
    before = "from alembic.ddl.sqlite import SQLiteImpl"
    found = operations(f'if {test}:\n    op.drop_table("t")', before)
    assert [step.conditional for step in found] == ([False] if runs else [])


def test_a_way_out_for_another_dialect() -> None:
    body = 'if op.get_bind().dialect.name != "postgresql":\n    return\nop.drop_table("t")'
    assert [step.conditional for step in operations(body)] == [False]
    assert operations(body, dialect="sqlite") == []


def test_the_module_is_followed_once_for_both_directions() -> None:
    text = HEAD + (
        "tables = []\nfor name in ('a', 'b'):\n    tables.append(name)\n\n"
        "def upgrade():\n    for name in tables:\n        op.drop_table(name)\n\n"
        "def downgrade():\n    for name in reversed(tables):\n        op.drop_table(name)\n"
    )
    found = revision(text)
    assert [str(step.table) for step in found.upgrade.operations if isinstance(step, DropTable)] == ["a", "b"]
    assert [str(step.table) for step in found.downgrade.operations if isinstance(step, DropTable)] == ["b", "a"]


def test_one_function_for_each_database() -> None:
    text = HEAD + (
        "def upgrade(engine_name):\n    globals()['upgrade_%s' % engine_name]()\n\n"
        "def upgrade_first():\n    op.drop_table('t')\n"
    )
    [step] = revision(text).upgrade.operations
    assert isinstance(step, OpaqueOperation)
    assert step.touches is OPAQUE


def test_a_loop_over_something_unknown_may_not_run() -> None:
    [step] = operations("for name in names():\n    op.drop_table(name)")
    assert step.conditional


def test_what_is_too_long_to_follow() -> None:
    body = "for a in range(300):\n    for b in range(300):\n        x = a\nop.drop_table('t')"
    assert not direction(body).complete


@pytest.mark.parametrize(("call", "steps"), [("json.dumps(1, default=f)", 0), ("queue.submit(1, callback=f)", 1)])
def test_what_a_library_for_json_is_given_to_call_makes_values(call: str, steps: int) -> None:
    before = "import json, queue\ndef f(value=None):\n    op.drop_table('t')\n"
    assert len(direction(call, before).operations) == steps


def _chain(length: int, last: str) -> str:
    """Functions of which each calls the next, the last one with this body."""
    called = "".join(f"def f{number}(row):\n    f{number + 1}(row)\n" for number in range(length))
    return f"{called}def f{length}(row):\n    {last}\n"


def _rows(count: int) -> str:
    return "\n    ".join(["row = convert(row)"] * count)


def test_what_is_done_far_away_for_rows_does_not_end_the_reading() -> None:
    found = direction('for row in rows():\n    f0(row)\nop.drop_table("t")', _chain(7, _rows(6_000)))
    assert found.complete
    assert [each.table.name for each in found.operations if isinstance(each, DropTable)] == ["t"]


def test_operations_far_away_are_seen() -> None:
    found = direction("f0(1)", _chain(9, 'op.drop_table("t")'))
    assert found.complete
    assert [each.table.name for each in found.operations if isinstance(each, DropTable)] == ["t"]


def test_operations_far_away_may_have_others_behind_them() -> None:
    assert not direction("f0(1)", _chain(7, f'op.drop_table("t")\n    {_rows(400)}')).complete


def test_rows_nearby_are_followed_to_the_end() -> None:
    assert direction("f0(1)", _chain(3, f'{_rows(400)}\n    op.drop_table("t")')).operations
