"""What is executed: SQL text in every wrapping, SQLAlchemy's statements, sessions."""

from __future__ import annotations

import pytest

from alembic_vet.findings import Span
from alembic_vet.model.operations import (
    AddEnumValue,
    CreateObject,
    CreateTable,
    DataChange,
    DropObject,
    DropTable,
    ExecuteSQL,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
    RenameTable,
    TransactionControl,
)
from alembic_vet.source.unknown import OPAQUE
from tests.extract.revision_snippets import HERE, Modules, direction, operations

T = QualifiedName("t")
RENAMED = RenameTable(T, "u", location=HERE)
RENAME = '"ALTER TABLE t RENAME TO u"'

TEXTS = [
    f"op.execute({RENAME})",
    f"op.execute(sqltext={RENAME})",
    f"op.execute(sa.text({RENAME}))",
    f"op.execute(sa.DDL({RENAME}))",
    f"op.execute(sa.text({RENAME}).execution_options(autocommit=True))",
    f"op.get_bind().execute(sa.text({RENAME}))",
    f"op.get_bind().exec_driver_sql({RENAME})",
    f"op.get_context().bind.execute({RENAME})",
    f"connection = op.get_bind()\nconnection.execute(sa.text({RENAME}))",
    f"sa.orm.Session(bind=op.get_bind()).execute(sa.text({RENAME}))",
    f"with sa.orm.Session(bind=op.get_bind()) as session:\n    session.execute(sa.text({RENAME}))",
    f"cursor = op.get_bind().connection.cursor()\ncursor.execute({RENAME})",
    "table = 't'\nop.execute(f'ALTER TABLE {table} RENAME TO u')",
    "op.execute('ALTER TABLE %s RENAME TO u' % 't')",
    "op.execute('ALTER TABLE {} RENAME TO {}'.format('t', 'u'))",
    "op.execute('ALTER TABLE t ' + 'RENAME TO u')",
    "for statement in [STATEMENT]:\n    op.execute(statement)",
    "for statement in STATEMENT.split(';'):\n    op.execute(statement.strip())",
    "run(STATEMENT)",
    "op.run_async(migrate)",
    "op.run_async(lambda connection: migrate(connection))",
]
BEFORE = """
STATEMENT = "ALTER TABLE t RENAME TO u"

def run(statement):
    op.execute(statement)

async def migrate(connection):
    await connection.execute(sa.text(STATEMENT))
"""
STATEMENTS: list[tuple[str, Operation]] = [
    (
        'op.execute(table.insert().values(a="x"))',
        DataChange("insert", T, frozenset({"x"}), columns=("a",), rows=((("a", "x"),),), location=HERE),
    ),
    (
        'op.execute(sa.dialects.postgresql.insert(table).values(a="x").on_conflict_do_nothing())',
        DataChange("insert", T, frozenset({"x"}), columns=("a",), location=HERE),
    ),
    (
        "op.execute(sa.insert(table).values(a=sa.func.now(), b=None, c=1))",
        DataChange("insert", T, columns=("a", "b", "c"), rows=((("c", 1),),), location=HERE),
    ),
    (
        'op.execute(sa.update(table).where(table.c.a == "y").values({"a": "x"}))',
        DataChange("update", T, frozenset({"x", "y"}), columns=("a",), location=HERE),
    ),
    ("op.execute(sa.delete(table))", DataChange("delete", T, location=HERE)),
    ("op.execute(table.delete().where(table.c.a == 1))", DataChange("delete", T, location=HERE)),
    (
        'op.get_bind().execute(sa.insert(table), [{"a": "x"}, {"a": "y"}])',
        DataChange(
            "insert", T, frozenset({"x", "y"}), columns=("a",), rows=((("a", "x"),), (("a", "y"),)), location=HERE
        ),
    ),
    (
        'op.bulk_insert(table, [{"a": "x"}, {"b": 1}])',
        DataChange("insert", T, frozenset({"x"}), columns=("a", "b"), rows=((("a", "x"),), (("b", 1),)), location=HERE),
    ),
    (
        'op.bulk_insert(sa.table("q", sa.column("a"), schema="s"), rows())',
        DataChange("insert", QualifiedName("q", "s"), complete=False, location=HERE),
    ),
    (
        "op.execute(sa.update(User).values(a=1))",
        DataChange("update", QualifiedName("users"), columns=("a",), location=HERE),
    ),
    (
        'op.get_bind().execute(sa.update(table).where(table.c.a == sa.bindparam("b")).values(a=1), [{"b": "x"}])',
        DataChange("update", T, frozenset({"b", "x"}), columns=("a",), location=HERE),
    ),
    (
        'op.get_bind().execute(sa.update(table).where(table.c.a == 1), [{"b": "x"}])',
        DataChange("update", T, frozenset({"x"}), columns=("b",), location=HERE),
    ),
    (
        "op.execute(table.update().values(a=value()))",
        DataChange("update", T, complete=False, columns=("a",), location=HERE),
    ),
    (
        'session.query(User).filter_by(a=1).update({"a": "x"})',
        DataChange("update", QualifiedName("users"), frozenset({"x"}), columns=("a",), location=HERE),
    ),
    ("session.query(User).delete()", DataChange("delete", QualifiedName("users"), location=HERE)),
    (
        'session.add(User(name="x"))',
        DataChange("insert", QualifiedName("users"), frozenset({"x"}), False, location=HERE),
    ),
    (
        "session.add_all([User()])",
        DataChange("insert", QualifiedName("users"), complete=False, location=HERE),
    ),
    (
        "op.execute(\"UPDATE t SET a = 'x'\")",
        DataChange("update", T, frozenset({"x"}), columns=("a",), location=HERE),
    ),
    ("op.execute(sa.select(table.c.a))", ExecuteSQL("SELECT", OPAQUE, location=HERE)),
    ("op.get_bind().execute(table.select().where(table.c.a == 1))", ExecuteSQL("SELECT", OPAQUE, location=HERE)),
    ("op.execute(sa.schema.CreateTable(table2))", CreateTable(QualifiedName("t2"), (), location=HERE)),
    ("op.execute(sa.schema.DropTable(table2, if_exists=True))", DropTable(QualifiedName("t2"), True, location=HERE)),
    (
        'op.execute(sa.schema.CreateSchema("s", if_not_exists=True))',
        CreateObject(ObjectKind.SCHEMA, QualifiedName("s"), if_not_exists=True, location=HERE),
    ),
    (
        'op.execute(sa.schema.DropSchema("s", cascade=True))',
        DropObject(ObjectKind.SCHEMA, QualifiedName("s"), cascade=True, location=HERE),
    ),
    ("op.execute(something())", OpaqueOperation(OPAQUE, "the statement is not known before it runs", location=HERE)),
    ("op.get_bind().commit()", TransactionControl("commit", True, location=HERE)),
    ("op.get_bind().rollback()", TransactionControl("rollback", True, location=HERE)),
    (
        'op.create_entity(PGFunction("s", "f(a int)", "returns int"))',
        CreateObject(ObjectKind.FUNCTION, QualifiedName("f", "s"), definition="returns int", location=HERE),
    ),
    (
        'op.replace_entity(PGView(schema="s", signature="v", definition="SELECT 1"))',
        CreateObject(ObjectKind.VIEW, QualifiedName("v", "s"), or_replace=True, definition="SELECT 1", location=HERE),
    ),
    (
        'op.drop_entity(PGView(schema="s", signature="v", definition="SELECT 1"))',
        DropObject(ObjectKind.VIEW, QualifiedName("v", "s"), location=HERE),
    ),
]
TABLES = """
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_view import PGView

Base = sa.orm.declarative_base()
table = sa.table("t", sa.column("a"))
table2 = sa.Table("t2", sa.MetaData())
session = sa.orm.Session(bind=op.get_bind())

class User(Base):
    __tablename__ = "users"
"""


@pytest.mark.parametrize("body", TEXTS)
def test_text(body: str) -> None:
    assert operations(body, BEFORE) == [RENAMED]


@pytest.mark.parametrize(("body", "expected"), STATEMENTS, ids=[case[0] for case in STATEMENTS])
def test_statement(body: str, expected: Operation) -> None:
    assert operations(body, TABLES) == [expected]


@pytest.mark.parametrize("body", ["session.commit()", "session.flush()", "session.query(User).all()", "print('x')"])
def test_what_is_no_step(body: str) -> None:
    assert operations(body, TABLES) == []


def test_parameters_count_as_literals() -> None:
    body = """
    op.get_bind().execute(sa.text("UPDATE t SET a = :a"), {"a": "x"})
    op.execute(sa.text("UPDATE t SET a = :a").bindparams(a="y"))
    """
    first, second = operations(body)
    assert isinstance(first, DataChange)
    assert isinstance(second, DataChange)
    assert "x" in first.literals
    assert "y" in second.literals


def test_several_statements_are_placed_one_by_one() -> None:
    body = 'op.execute("""\n    DROP TABLE a;\n\n    DROP TABLE b;\n""")\nop.execute("DROP TABLE c;")'
    first, second, third = direction(body).operations
    upgrade = direction(body).location
    assert upgrade is not None
    start = upgrade.span.line
    assert first.location.span == Span(start + 2, 9, start + 2, 21)
    assert second.location.span == Span(start + 4, 9, start + 4, 21)
    assert (third.location.span.line, third.location.span.column) == (start + 6, 5)


def test_one_of_several_texts() -> None:
    steps = operations('op.execute("DROP TABLE a" if maybe() else "DROP TABLE b")')
    assert [(step.table, step.conditional) for step in steps if isinstance(step, DropTable)] == [
        (QualifiedName("a"), True),
        (QualifiedName("b"), True),
    ]


def test_a_step_of_another_module_is_placed_where_it_is_asked_for() -> None:
    modules = Modules(app__steps="from alembic import op\n\n\ndef drop(name):\n    op.drop_table(name)\n")
    found = direction('drop("t")', "from app.steps import drop", modules)
    [step] = found.operations
    assert found.location is not None
    assert step.location.path == found.location.path
    assert step.location.span.line == found.location.span.line + 1


def test_the_parts_that_the_environment_decides_are_their_defaults() -> None:
    body = 'op.execute(f"DROP TABLE {SCHEMA}.t")\nop.drop_table("t", schema=SCHEMA)'
    before = 'import os\nSCHEMA = os.getenv("SCHEMA", "s")'
    assert [step.table for step in operations(body, before) if isinstance(step, DropTable)] == [
        QualifiedName("t", "s"),
        QualifiedName("t", "s"),
    ]


AUTOCOMMIT = [
    "with op.get_context().autocommit_block():\n    {step}",
    "context_ = op.get_context()\nwith context_.autocommit_block():\n    {step}",
    "with context.get_context().autocommit_block():\n    {step}",
    "with op.get_context().autocommit_block(), other():\n    {step}",
    "op.execute('COMMIT')\n{step}",
]


@pytest.mark.parametrize("shape", AUTOCOMMIT)
def test_autocommit(shape: str) -> None:
    step = "op.execute(\"ALTER TYPE mood ADD VALUE 'x'\")"
    *_, found = operations(shape.format(step=step))
    assert isinstance(found, AddEnumValue)
    assert found.autocommit


def test_a_transaction_begun_again() -> None:
    found = operations('op.execute("COMMIT")\nop.drop_table("a")\nop.execute("BEGIN")\nop.drop_table("b")')
    assert [step.autocommit for step in found if isinstance(step, DropTable)] == [True, False]


def test_what_follows_the_block_is_in_the_transaction() -> None:
    found = operations('with op.get_context().autocommit_block():\n    op.drop_table("a")\nop.drop_table("b")')
    assert [step.autocommit for step in found] == [True, False]
