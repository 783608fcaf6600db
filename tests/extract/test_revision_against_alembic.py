"""Reading a revision says what reading the SQL says that Alembic writes for it."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Iterator

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from alembic_vet.extract.sql import Site, read_sql
from alembic_vet.model.operations import (
    AddColumn,
    AlterColumn,
    AnyConstraint,
    Column,
    CreateConstraint,
    CreateEnum,
    CreateIndex,
    CreateTable,
    Default,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    DropType,
    ForeignKey,
    Index,
    Operation,
    PrimaryKey,
    QualifiedName,
    RenameTable,
    SetComment,
    TransactionControl,
    Unique,
)
from alembic_vet.source.unknown import UNSET
from tests.extract.revision_snippets import HEAD, HERE, operations

Fact = tuple[object, ...]

SNIPPETS = {
    "columns": """
        op.create_table(
            "t",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("a", sa.String(50), nullable=False, server_default="it's"),
            sa.Column("b", sa.DateTime(timezone=True), server_default=sa.func.now()),
            sa.Column("c", postgresql.ARRAY(sa.Text()), nullable=True, server_default=sa.text("'{}'::text[]")),
            sa.Column("d", sa.Boolean(), server_default=sa.true()),
            sa.Column("e", sa.Numeric(10, 2), server_default=sa.null(), comment="money"),
            sa.Column("f", postgresql.UUID(as_uuid=True), unique=True),
            sa.Column("g", postgresql.JSONB(astext_type=sa.Text()), index=True),
            sa.Column("h", sa.Float()),
            sa.Column("i", sa.LargeBinary()),
            sa.Column("j", sa.Interval()),
            sa.Column("k", sa.Unicode(5)),
            sa.Column("l", sa.Uuid()),
            sa.Column("m", sa.Double()),
            sa.Column("n", sa.Time(timezone=True)),
            sa.Column("o", mysql.VARCHAR(7)),
            sa.Column("p", sa.Enum("x", "longer", name="e", native_enum=False)),
            sa.Column("q", sa.BigInteger(), sa.Identity(always=True)),
            sa.Column("r", sa.Integer(), sa.Computed("id + 1")),
            comment="about it",
            schema="s",
        )
    """,
    "constraints of a table": """
        op.create_table(
            "t",
            sa.Column("a", sa.Integer(), nullable=True),
            sa.Column("b", sa.Integer(), sa.ForeignKey("s.u.id", name="fk_b", ondelete="CASCADE")),
            sa.Column("Mixed", sa.Integer(), sa.CheckConstraint("a > 0", name="ck_a")),
            sa.PrimaryKeyConstraint("a", name=op.f("pk")),
            sa.UniqueConstraint("a", "b", name="uq", deferrable=True),
            sa.ForeignKeyConstraint(["a", "b"], ["u.c", "u.d"], name="fk", onupdate="SET NULL", initially="DEFERRED",
                                    deferrable=True),
            sa.CheckConstraint(sa.text("b > 1"), name="ck"),
            sa.Index("ix", "a", unique=True),
        )
    """,
    "enum types": """
        op.create_table("t", sa.Column("m", sa.Enum("a", "b", name="mood"), server_default="a"))
        postgresql.ENUM("x", name="other").create(op.get_bind(), checkfirst=False)
        op.add_column("t", sa.Column("o", postgresql.ENUM("x", name="other", create_type=False)))
        op.drop_table("t")
        sa.Enum(name="mood").drop(op.get_bind(), checkfirst=False)
    """,
    "add_column": """
        op.add_column("t", sa.Column("a", sa.Integer(), nullable=False, server_default=sa.text("0")))
        op.add_column("t", sa.Column("b", sa.Text(), unique=True))
        op.add_column("t", sa.Column("c", sa.Text(), index=True), schema="s")
        op.add_column("t", sa.Column("d", sa.Integer(), sa.ForeignKey("u.id", name="fk")))
        op.add_column("t", sa.Column("e", sa.Text(), comment="words"))
    """,
    "alter_column": """
        op.alter_column("t", "a", nullable=False)
        op.alter_column("t", "a", existing_type=sa.Text(), nullable=True, schema="s")
        op.alter_column("t", "b", type_=sa.Integer(), postgresql_using="b::integer")
        op.alter_column("t", "c", server_default=None)
        op.alter_column("t", "c", server_default="x")
        op.alter_column("t", "c", server_default=sa.func.current_timestamp())
        op.alter_column("t", "d", new_column_name="D", existing_nullable=False)
        op.alter_column("t", "e", comment="words", existing_comment=None)
        op.alter_column("t", "f", type_=sa.Text(), nullable=False, server_default="y", new_column_name="g")
    """,
    "indexes": """
        op.create_index("ix", "t", ["a", sa.text("lower(b)")], unique=True, schema="s")
        op.create_index(op.f("iy"), "t", ["a"], postgresql_using="gin", postgresql_where=sa.text("a IS NOT NULL"))
        op.create_index("iz", "t", [sa.text("a DESC")], postgresql_include=["b"], if_not_exists=True)
        op.create_index("iw", "t", ["a"], postgresql_concurrently=True, postgresql_ops={"a": "text_pattern_ops"})
        op.drop_index("ix", table_name="t", schema="s")
        op.drop_index("iy", if_exists=True)
    """,
    "constraints": """
        op.create_primary_key("pk", "t", ["a", "b"])
        op.create_unique_constraint("uq", "t", ["a"], schema="s")
        op.create_check_constraint("ck", "t", "a > 0")
        op.create_foreign_key("fk", "t", "u", ["a"], ["b"], source_schema="s", referent_schema="r", ondelete="CASCADE")
        op.create_foreign_key(None, "t", "u", ["a"], ["b"])
        op.drop_constraint("uq", "t", type_="unique", schema="s")
        op.drop_constraint(op.f("fk"), "t", "foreignkey")
    """,
    "batch": """
        with op.batch_alter_table("t", schema="s") as batch_op:
            batch_op.add_column(sa.Column("a", sa.Integer()))
            batch_op.drop_column("b")
            batch_op.alter_column("c", nullable=False)
            batch_op.create_index(batch_op.f("ix"), ["a"])
            batch_op.create_unique_constraint("uq", ["a"])
            batch_op.create_foreign_key("fk", "u", ["a"], ["b"])
            batch_op.drop_constraint("old", type_="check")
            batch_op.drop_index("iy")
    """,
    "tables": """
        op.rename_table("a", "b", schema="s")
        op.drop_table("c", if_exists=True)
        op.create_table_comment("b", "words", schema="s")
        op.drop_table_comment("b")
    """,
    "loops": """
        for name in ("a", "b"):
            op.create_table(name, *[sa.Column(c, sa.Text) for c in "xy"], sa.UniqueConstraint("x", name=f"uq_{name}"))
    """,
}


@pytest.mark.parametrize("body", SNIPPETS.values(), ids=SNIPPETS)
def test_reads_what_alembic_writes(body: str) -> None:
    written = list(read_sql([_sql(body)], Site(lambda start, end: HERE)))
    assert written
    assert sorted(map(repr, _facts(operations(body), True))) == sorted(map(repr, _facts(written, False)))


def _sql(body: str) -> str:
    """What `alembic upgrade --sql` prints for it."""
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer, "target_metadata": None}
    )
    names: dict[str, object] = {}
    with Operations.context(context):
        exec(HEAD + textwrap.dedent(body), names)
    return buffer.getvalue()


def _facts(steps: Iterable[Operation], from_python: bool) -> Iterator[Fact]:
    """What the steps come to, whether one statement says it or several do."""
    for step in steps:
        match step:
            case CreateTable():
                yield from _table(step, from_python)
            case AddColumn(table=table, column=column):
                yield ("add column", str(table), *_column(column, frozenset()))
                yield from _beside(table, column, from_python)
            case AlterColumn():
                yield from _altered(step)
            case CreateIndex(table=table, index=index):
                yield _index(table, index, step.concurrently, step.if_not_exists)
            case CreateConstraint(table=table, constraint=constraint):
                yield _constraint(table, constraint)
            case CreateEnum(type=kind, labels=labels):
                yield ("create type", str(kind), labels)
            case SetComment(table=table, column=column, comment=comment):
                yield ("comment", str(table), column, comment)
            case DropColumn(table=table, column=column):
                yield ("drop column", str(table), column)
            case DropConstraint(table=table, name=name):
                yield ("drop constraint", str(table), name)
            case DropIndex(index=index):
                yield ("drop index", str(index), step.if_exists)
            case DropTable(table=table):
                yield ("drop table", str(table), step.if_exists)
            case DropType(type=kind):
                yield ("drop type", str(kind))
            case RenameTable(table=table, new_name=name):
                yield ("rename", str(table), name)
            case TransactionControl():
                continue
            case _:
                raise AssertionError(step)


def _table(step: CreateTable, from_python: bool) -> Iterator[Fact]:
    assert isinstance(step.columns, tuple)
    constraints = [*step.constraints, *(each for column in step.columns for each in column.constraints)]
    keys = {name for each in constraints if isinstance(each, PrimaryKey) and each.columns for name in each.columns} | {
        column.name for column in step.columns if column.primary_key is True
    }
    yield ("create table", str(step.table))
    for column in step.columns:
        yield ("column", str(step.table), *_column(column, frozenset(keys)))
        yield from _beside(step.table, column, from_python)
        kind = column.type
        if from_python and not isinstance(kind, str) and getattr(kind, "enum", None) and kind.enum.native:  # type: ignore[union-attr]
            yield ("create type", kind.name, kind.enum.labels)  # type: ignore[union-attr]
    for constraint in step.constraints:
        yield _constraint(step.table, constraint)
    if from_python and keys and not any(isinstance(each, PrimaryKey) for each in constraints):
        yield _constraint(step.table, PrimaryKey(tuple(sorted(map(str, keys)))))
    for index in step.indexes:
        yield _index(step.table, index, False, False)
    if from_python and step.comment is not None:
        yield ("comment", str(step.table), None, step.comment)


def _beside(table: QualifiedName, column: Column, from_python: bool) -> Iterator[Fact]:
    """What SQL says of a column outside of it."""
    own = (str(column.name),)
    for constraint in column.constraints:
        yield _constraint(table, constraint)
    if not from_python:
        return
    if column.index is True:
        name = f"ix_{str(table).replace('.', '_')}_{column.name}"
        index = Index(name=name, elements=(), unique=column.unique)
        yield (*_index(table, index, False, False)[:3], own, *_index(table, index, False, False)[4:])
    elif column.unique is True:
        yield _constraint(table, Unique(own))
    if column.comment is not None:
        yield ("comment", str(table), column.name, column.comment)


def _column(column: Column, keys: frozenset[object]) -> Fact:
    nullable = column.nullable if column.nullable is not UNSET else True
    serial = column.name in keys and str(column.type) == "integer"
    default = None if serial else _default(column.server_default)
    return (column.name, str(column.type), nullable and column.name not in keys, default)


def _default(default: object) -> object:
    if isinstance(default, Default):
        return re.sub(r"\s+", "", str(default.sql)).lower()
    return default if default is None else type(default).__name__


def _altered(step: AlterColumn) -> Iterator[Fact]:
    said = {
        "nullable": step.nullable,
        "type": step.type if step.type is UNSET else (str(step.type), step.using),
        "default": step.server_default if step.server_default is UNSET else _default(step.server_default),
        "name": step.new_name,
    }
    for aspect, value in said.items():
        if value is not UNSET:
            yield ("alter column", str(step.table), step.column, aspect, value)
    if step.comment is not UNSET:
        yield ("comment", str(step.table), step.column, step.comment)


def _index(table: QualifiedName, index: Index, concurrently: object, if_not_exists: bool) -> Fact:
    assert isinstance(index.elements, tuple)
    keys = tuple(each.column or each.sql for each in index.elements)
    options = tuple(each.options for each in index.elements if each.options)
    where = None if index.where is None else str(index.where).strip("()")
    return (
        *("index", str(table), index.name, keys, options, index.unique, where, index.method),
        *(index.include, concurrently, if_not_exists),
    )


def _constraint(table: QualifiedName, constraint: AnyConstraint) -> Fact:
    details: Fact = ()
    if isinstance(constraint, ForeignKey):
        details = (
            str(constraint.target),
            constraint.target_columns,
            constraint.on_delete,
            constraint.on_update,
            constraint.initially_deferred,
        )
    columns = getattr(constraint, "columns", None)
    return ("constraint", str(table), type(constraint).__name__, constraint.name, columns, *details)
