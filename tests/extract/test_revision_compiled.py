"""What SQLAlchemy's compiler makes of a table, where that is not what is written."""

from __future__ import annotations

import pytest

from alembic_vet.model.operations import AddColumn, CreateConstraint, CreateTable
from tests.extract.revision_snippets import direction, operations

DEFERRED = 'sa.ForeignKey("b.id", name="x", use_alter=True)'


def test_create_table_leaves_out_foreign_keys_with_use_alter() -> None:
    (created,) = operations(f"""
        op.create_table(
            "a",
            sa.Column("b_id", sa.Integer(), {DEFERRED}),
            sa.Column("c_id", sa.Integer(), sa.ForeignKey("c.id", use_alter=False)),
            sa.ForeignKeyConstraint(["b_id"], ["b.id"], use_alter=True),
            sa.ForeignKeyConstraint(["b_id"], ["b.id"], name="kept"),
        )
    """)
    assert isinstance(created, CreateTable)
    assert created.complete
    assert isinstance(created.columns, tuple)
    assert [len(column.constraints) for column in created.columns] == [0, 1]
    assert [constraint.name for constraint in created.constraints] == ["kept"]


def test_other_operations_make_them() -> None:
    added, created = operations(f"""
        op.add_column("a", sa.Column("b_id", sa.Integer(), {DEFERRED}))
        op.create_foreign_key("y", "a", "b", ["b_id"], ["id"], use_alter=True)
    """)
    assert isinstance(added, AddColumn)
    assert len(added.column.constraints) == 1
    assert isinstance(created, CreateConstraint)


@pytest.mark.parametrize(
    ("decorator", "complete"),
    [
        ("compiler.compiles(sa.ForeignKeyConstraint, 'postgresql')", False),
        ("compiles(sa.ForeignKeyConstraint)", False),
        ("compiles(sa.ForeignKeyConstraint, *DIALECTS)", False),
        ("compiles(sa.ForeignKeyConstraint, 'mysql')", True),
        ("compiles(Own, 'postgresql')", True),
        ("contextmanager", True),
    ],
)
def test_ddl_that_the_revision_compiles_its_own_way(decorator: str, complete: bool) -> None:
    before = f"""
        from sqlalchemy.ext import compiler
        from sqlalchemy.ext.compiler import compiles

        class Own(sa.schema.DDLElement):
            pass

        @{decorator}
        def write(element, compiler, **kw):
            return ""
    """
    assert direction('op.drop_table("t")', before).complete is complete
