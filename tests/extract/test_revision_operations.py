"""What every operation of Alembic is read as, in each way it can be written."""

from __future__ import annotations

import pytest

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    AddColumn,
    AddEnumValue,
    AlterColumn,
    Check,
    Column,
    Computed,
    CreateConstraint,
    CreateIndex,
    CreateTable,
    Default,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Exclude,
    ForeignKey,
    Identity,
    Index,
    IndexElement,
    OpaqueOperation,
    Operation,
    PrimaryKey,
    QualifiedName,
    RenameTable,
    SetComment,
    SyncEnumValues,
    TransactionControl,
    Unique,
)
from alembic_vet.source.unknown import OPAQUE
from tests.extract.revision_snippets import HERE, Modules, operations

T = QualifiedName("t")
ST = QualifiedName("t", "s")
INTEGER = ColumnType("integer")
TEXT = ColumnType("text")

CASES: list[tuple[str, str, list[Operation]]] = [
    (
        "create_table",
        'op.create_table("t", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"))',
        [CreateTable(T, (Column("id", INTEGER, False),), (PrimaryKey(("id",)),), location=HERE)],
    ),
    (
        "create_table with a schema",
        'op.create_table("t", sa.Column("id", sa.Integer), schema="s", if_not_exists=True, comment="c")',
        [CreateTable(ST, (Column("id", INTEGER),), if_not_exists=True, comment="c", location=HERE)],
    ),
    (
        "create_table by keyword",
        'op.create_table(table_name="t")',
        [CreateTable(T, (), location=HERE)],
    ),
    (
        "create_table from lists",
        """
        columns = [sa.Column(name, sa.Text) for name in ("a", "b")]
        op.create_table("t", *columns, *[sa.UniqueConstraint("a", name="uq")])
        """,
        [CreateTable(T, (Column("a", TEXT), Column("b", TEXT)), (Unique(("a",), name="uq"),), location=HERE)],
    ),
    (
        "create_table with something unknown",
        'op.create_table("t", sa.Column("a", sa.Text), *more())',
        [CreateTable(T, (Column("a", TEXT),), complete=False, location=HERE)],
    ),
    (
        "create_table of nothing known",
        'op.create_table("t", *more())',
        [CreateTable(T, OPAQUE, complete=False, location=HERE)],
    ),
    ("drop_table", 'op.drop_table("t")', [DropTable(T, location=HERE)]),
    (
        "drop_table if it exists",
        'op.drop_table("t", schema="s", if_exists=True)',
        [DropTable(ST, if_exists=True, location=HERE)],
    ),
    (
        "drop_table of one of several",
        'for name in ["a", "b"]:\n    op.drop_table(name)',
        [DropTable(QualifiedName("a"), location=HERE), DropTable(QualifiedName("b"), location=HERE)],
    ),
    ("drop_table of something unknown", "op.drop_table(name())", [DropTable(QualifiedName(OPAQUE), location=HERE)]),
    ("rename_table", 'op.rename_table("t", "u", schema="s")', [RenameTable(ST, "u", location=HERE)]),
    (
        "rename_table by keyword",
        'op.rename_table(old_table_name="t", new_table_name="u")',
        [RenameTable(T, "u", location=HERE)],
    ),
    (
        "create_table_comment",
        'op.create_table_comment("t", "c", schema="s")',
        [SetComment(ST, None, "c", location=HERE)],
    ),
    (
        "drop_table_comment",
        'op.drop_table_comment("t", existing_comment="c")',
        [SetComment(T, None, None, location=HERE)],
    ),
    (
        "add_column",
        'op.add_column("t", sa.Column("c", sa.Text(), nullable=True), schema="s")',
        [AddColumn(ST, Column("c", TEXT, True), location=HERE)],
    ),
    (
        "add_column by keyword",
        'op.add_column(table_name="t", column=sa.Column("c", sa.Text()), if_not_exists=True)',
        [AddColumn(T, Column("c", TEXT), if_not_exists=True, location=HERE)],
    ),
    (
        "add_column with a reference",
        'op.add_column("t", sa.Column("u_id", sa.Integer, sa.ForeignKey("x.u.id", name="fk", ondelete="set null")))',
        [
            AddColumn(
                T,
                Column(
                    "u_id",
                    INTEGER,
                    constraints=(
                        ForeignKey(("u_id",), QualifiedName("u", "x"), ("id",), on_delete="SET NULL", name="fk"),
                    ),
                ),
                location=HERE,
            )
        ],
    ),
    ("add_column unknown", 'op.add_column("t", column())', [AddColumn(T, Column(OPAQUE, OPAQUE), location=HERE)]),
    ("drop_column", 'op.drop_column("t", "c", schema="s")', [DropColumn(ST, "c", location=HERE)]),
    (
        "drop_column by keyword",
        'op.drop_column(table_name="t", column_name="c", if_exists=True)',
        [DropColumn(T, "c", if_exists=True, location=HERE)],
    ),
    (
        "alter_column type",
        """
        op.alter_column("t", "c", type_=sa.Text(), existing_type=sa.Integer(), existing_nullable=False,
                        postgresql_using="c::text", schema="s")
        """,
        [
            AlterColumn(
                ST, "c", type=TEXT, using="c::text", existing_type=INTEGER, existing_nullable=False, location=HERE
            )
        ],
    ),
    (
        "alter_column nullable",
        'op.alter_column("t", "c", nullable=False)',
        [AlterColumn(T, "c", nullable=False, location=HERE)],
    ),
    (
        "alter_column name",
        'op.alter_column(table_name="t", column_name="c", new_column_name="d")',
        [AlterColumn(T, "c", new_name="d", location=HERE)],
    ),
    (
        "alter_column drops a default",
        'op.alter_column("t", "c", server_default=None)',
        [AlterColumn(T, "c", server_default=None, location=HERE)],
    ),
    (
        "alter_column keeps a default",
        'op.alter_column("t", "c", server_default=False, nullable=None, type_=None, comment=False)',
        [AlterColumn(T, "c", location=HERE)],
    ),
    (
        "alter_column default and comment",
        """
        op.alter_column("t", "c", server_default=sa.text("now()"), existing_server_default="x", comment=None)
        """,
        [
            AlterColumn(
                T,
                "c",
                server_default=Default("now()"),
                existing_server_default=Default.literal("x"),
                comment=None,
                location=HERE,
            )
        ],
    ),
    (
        "create_index",
        'op.create_index(op.f("ix"), "t", ["a", "b"], unique=True, schema="s")',
        [
            CreateIndex(
                ST,
                Index(name="ix", elements=(IndexElement("a"), IndexElement("b")), unique=True, final=True),
                location=HERE,
            )
        ],
    ),
    (
        "create_index with everything",
        """
        op.create_index(
            index_name="ix", table_name="t",
            columns=[sa.text("lower(a)"), sa.text("b DESC"), sa.desc("c"), sa.column("d").asc().nulls_last(), "e"],
            postgresql_where=sa.text("a > 0"), postgresql_using="gin", postgresql_include=["z"],
            postgresql_ops={"e": "gin_trgm_ops"}, postgresql_concurrently=True, if_not_exists=True,
            postgresql_nulls_not_distinct=True,
        )
        """,
        [
            CreateIndex(
                T,
                Index(
                    name="ix",
                    elements=(
                        IndexElement(sql="lower(a)"),
                        IndexElement("b", options="DESC"),
                        IndexElement("c", options="DESC"),
                        IndexElement("d", options="ASC NULLS LAST"),
                        IndexElement("e", options="GIN_TRGM_OPS"),
                    ),
                    where="a > 0",
                    method="gin",
                    include=("z",),
                    nulls_not_distinct=True,
                ),
                concurrently=True,
                if_not_exists=True,
                location=HERE,
            )
        ],
    ),
    (
        "create_index without a name",
        'op.create_index(None, "t", "c")',
        [CreateIndex(T, Index(name=None, elements=(IndexElement("c"),)), location=HERE)],
    ),
    (
        "create_index of a function",
        'op.create_index("ix", "t", [sa.func.lower(sa.column("Name"))])',
        [CreateIndex(T, Index(name="ix", elements=(IndexElement(sql='lower("Name")'),)), location=HERE)],
    ),
    (
        "drop_index",
        'op.drop_index(op.f("ix"), table_name="t", schema="s")',
        [DropIndex(QualifiedName("ix", "s"), ST, final=True, location=HERE)],
    ),
    (
        "drop_index by position",
        'op.drop_index("ix", "t", if_exists=True, postgresql_concurrently=True)',
        [DropIndex(QualifiedName("ix"), T, True, True, final=False, location=HERE)],
    ),
    (
        "drop_index without a table",
        'op.drop_index("ix", schema="s")',
        [DropIndex(QualifiedName("ix", "s"), None, final=False, location=HERE)],
    ),
    (
        "create_primary_key",
        'op.create_primary_key("pk", "t", ["a", "b"], schema="s")',
        [CreateConstraint(ST, PrimaryKey(("a", "b"), name="pk"), location=HERE)],
    ),
    (
        "create_unique_constraint",
        'op.create_unique_constraint("uq", "t", ["a"], deferrable=True, postgresql_nulls_not_distinct=True)',
        [CreateConstraint(T, Unique(("a",), True, True, name="uq"), location=HERE)],
    ),
    (
        "create_unique_constraint without a name",
        'op.create_unique_constraint(None, "t", ["a"])',
        [CreateConstraint(T, Unique(("a",)), location=HERE)],
    ),
    (
        "create_check_constraint",
        'op.create_check_constraint("ck", "t", "a > 0", postgresql_not_valid=True)',
        [CreateConstraint(T, Check("a > 0", name="ck"), not_valid=True, location=HERE)],
    ),
    (
        "create_check_constraint of an expression",
        'op.create_check_constraint("ck", "t", sa.column("a") > 0)',
        [CreateConstraint(T, Check(OPAQUE, name="ck"), location=HERE)],
    ),
    (
        "create_foreign_key",
        """
        op.create_foreign_key("fk", "t", "u", ["u_id"], ["id"], source_schema="s", referent_schema="r",
                              ondelete="CASCADE", onupdate="NO ACTION", deferrable=True, initially="DEFERRED")
        """,
        [
            CreateConstraint(
                ST,
                ForeignKey(
                    ("u_id",),
                    QualifiedName("u", "r"),
                    ("id",),
                    on_delete="CASCADE",
                    deferrable=True,
                    initially_deferred=True,
                    name="fk",
                ),
                location=HERE,
            )
        ],
    ),
    (
        "create_foreign_key by keyword",
        """
        op.create_foreign_key(constraint_name=None, source_table="t", referent_table="u",
                              local_cols=["a"], remote_cols=["b"])
        """,
        [CreateConstraint(T, ForeignKey(("a",), QualifiedName("u"), ("b",)), location=HERE)],
    ),
    (
        "create_exclude_constraint",
        'op.create_exclude_constraint("ex", "t", ("room", "="), ("during", "&&"), using="gist", where="a > 0")',
        [
            CreateConstraint(
                T,
                Exclude("USING gist (room WITH =, during WITH &&) WHERE (a > 0)", ("room", "during"), name="ex"),
                location=HERE,
            )
        ],
    ),
    (
        "drop_constraint",
        'op.drop_constraint("fk", "t", type_="foreignkey", schema="s")',
        [DropConstraint(ST, "fk", "foreignkey", location=HERE)],
    ),
    (
        "drop_constraint by position",
        'op.drop_constraint(op.f("pk"), "t", "primary", if_exists=True)',
        [DropConstraint(T, "pk", "primary", if_exists=True, final=True, location=HERE)],
    ),
    ("drop_constraint None", 'op.drop_constraint(None, "t")', [DropConstraint(T, None, location=HERE)]),
    (
        "drop_constraint with an unknown type",
        'op.drop_constraint("x", "t", type_=kind())',
        [DropConstraint(T, "x", OPAQUE, location=HERE)],
    ),
    (
        "sync_enum_values",
        """
        op.sync_enum_values(enum_schema="public", enum_name="mood", new_values=["a", "b"],
                            affected_columns=[], enum_values_to_rename=[])
        """,
        [SyncEnumValues(QualifiedName("mood", "public"), ("a", "b"), location=HERE)],
    ),
    (
        "sync_enum_values by position",
        """op.sync_enum_values("public", "mood", ["a", "b"], [("users", "mood")], enum_values_to_rename=[])""",
        [SyncEnumValues(QualifiedName("mood", "public"), ("a", "b"), location=HERE)],
    ),
    (
        "sync_enum_values of alembic-autogenerate-enums",
        """op.sync_enum_values("public", "mood", ["a", "b"], ["a", "c"])""",
        [
            TransactionControl("commit", autocommit=True, location=HERE),
            AddEnumValue(QualifiedName("mood", "public"), "c", autocommit=True, location=HERE),
        ],
    ),
    (
        "sync_enum_values of alembic-autogenerate-enums that replaces the type",
        """op.sync_enum_values("public", "mood", ["a", "b"], ["c", "a"], [("users", "mood")], True)""",
        [SyncEnumValues(QualifiedName("mood", "public"), ("a", "c"), location=HERE)],
    ),
    ("geospatial", 'op.create_geospatial_table("t")', [CreateTable(T, (), location=HERE)]),
    (
        "custom operation",
        'op.create_view("v", schema="s")',
        [
            OpaqueOperation(
                (QualifiedName("s"), QualifiedName("v")), "`create_view` is no operation of Alembic", location=HERE
            )
        ],
    ),
    (
        "custom operation that names nothing",
        "op.do_it(thing)",
        [OpaqueOperation(OPAQUE, "`do_it` is no operation of Alembic", location=HERE)],
    ),
]
BATCH_CASES: list[tuple[str, str, list[Operation]]] = [
    (
        "columns",
        """
        batch_op.add_column(sa.Column("a", sa.Text()), insert_after="b")
        batch_op.drop_column("c")
        batch_op.alter_column("d", existing_type=sa.Integer(), nullable=True)
        """,
        [
            AddColumn(ST, Column("a", TEXT), location=HERE),
            DropColumn(ST, "c", location=HERE),
            AlterColumn(ST, "d", nullable=True, existing_type=INTEGER, location=HERE),
        ],
    ),
    (
        "indexes",
        """
        batch_op.create_index(batch_op.f("ix"), ["a"], unique=False)
        batch_op.drop_index("iy")
        """,
        [
            CreateIndex(ST, Index(name="ix", elements=(IndexElement("a"),), final=True), location=HERE),
            DropIndex(QualifiedName("iy", "s"), ST, final=False, location=HERE),
        ],
    ),
    (
        "constraints",
        """
        batch_op.create_primary_key("pk", ["a"])
        batch_op.create_unique_constraint(constraint_name="uq", columns=["a"])
        batch_op.create_check_constraint("ck", "a > 0")
        batch_op.create_foreign_key("fk", "u", ["a"], ["b"], referent_schema="r")
        batch_op.create_exclude_constraint("ex", ("a", "="))
        batch_op.drop_constraint("x", "unique")
        batch_op.drop_constraint(None, type_="foreignkey")
        """,
        [
            CreateConstraint(ST, PrimaryKey(("a",), name="pk"), location=HERE),
            CreateConstraint(ST, Unique(("a",), name="uq"), location=HERE),
            CreateConstraint(ST, Check("a > 0", name="ck"), location=HERE),
            CreateConstraint(ST, ForeignKey(("a",), QualifiedName("u", "r"), ("b",), name="fk"), location=HERE),
            CreateConstraint(ST, Exclude("USING gist (a WITH =)", ("a",), name="ex"), location=HERE),
            DropConstraint(ST, "x", "unique", location=HERE),
            DropConstraint(ST, None, "foreignkey", location=HERE),
        ],
    ),
    (
        "comments and text",
        """
        batch_op.create_table_comment("c", existing_comment=None)
        batch_op.drop_table_comment()
        batch_op.execute("ALTER TABLE t RENAME TO u")
        """,
        [
            SetComment(ST, None, "c", location=HERE),
            SetComment(ST, None, None, location=HERE),
            RenameTable(T, "u", location=HERE),
        ],
    ),
]
COLUMN_CASES: list[tuple[str, Column]] = [
    ('"c", sa.Integer', Column("c", INTEGER)),
    ('sa.Integer, name="c"', Column("c", INTEGER)),
    ('name="c", type_=sa.Integer()', Column("c", INTEGER)),
    (
        '"c", sa.Integer, primary_key=True, autoincrement=False',
        Column("c", INTEGER, primary_key=True, autoincrement=False),
    ),
    (
        '"c", sa.Integer, unique=True, index=True, comment="x"',
        Column("c", INTEGER, unique=True, index=True, comment="x"),
    ),
    ('"c", sa.Integer, nullable=maybe()', Column("c", INTEGER, OPAQUE)),
    ('"c", sa.Integer, default=0', Column("c", INTEGER, client_default=True)),
    ('"c", sa.Integer, sa.Sequence("s")', Column("c", INTEGER, client_default=True)),
    ('"c", sa.Integer, server_default="0"', Column("c", INTEGER, server_default=Default("'0'"))),
    ('"c", sa.Integer, server_default="it\'s"', Column("c", INTEGER, server_default=Default("'it''s'"))),
    ('"c", sa.Integer, server_default=sa.text("0")', Column("c", INTEGER, server_default=Default("0"))),
    (
        "'c', sa.Integer, server_default=sa.text('1\\\\:\\\\:int')",
        Column("c", INTEGER, server_default=Default("1::int")),
    ),
    ('"c", sa.Integer, server_default=sa.func.now()', Column("c", INTEGER, server_default=Default("now()"))),
    (
        '"c", sa.Integer, server_default=sa.func.current_timestamp()',
        Column("c", INTEGER, server_default=Default("CURRENT_TIMESTAMP")),
    ),
    ('"c", sa.Integer, server_default=sa.true()', Column("c", INTEGER, server_default=Default("true"))),
    (
        '"c", sa.Integer, server_default=sa.sql.expression.false()',
        Column("c", INTEGER, server_default=Default("false")),
    ),
    ('"c", sa.Integer, server_default=sa.null()', Column("c", INTEGER)),
    (
        '"c", sa.Integer, server_default=sa.Sequence("s").next_value()',
        Column("c", INTEGER, server_default=Default("nextval('s')")),
    ),
    ('"c", sa.Integer, server_default=sa.literal("x")', Column("c", INTEGER, server_default=Default("'x'"))),
    ('"c", sa.Integer, server_default=what()', Column("c", INTEGER, server_default=OPAQUE)),
    ('"c", sa.Integer, server_default=None', Column("c", INTEGER)),
    ('"c", sa.Integer, sa.FetchedValue()', Column("c", INTEGER)),
    ('"c", sa.Integer, sa.Identity(always=True)', Column("c", INTEGER, server_default=Identity(True))),
    ('"c", sa.Integer, sa.Identity()', Column("c", INTEGER, server_default=Identity(False))),
    ('"c", sa.Integer, sa.Computed("a + b", persisted=True)', Column("c", INTEGER, server_default=Computed("a + b"))),
    (
        '"c", sa.Integer, sa.CheckConstraint("c > 0", name="ck")',
        Column("c", INTEGER, constraints=(Check("c > 0", name="ck"),)),
    ),
    (
        '"c", sa.Integer, sa.ForeignKey("u.id", deferrable=True)',
        Column("c", INTEGER, constraints=(ForeignKey(("c",), QualifiedName("u"), ("id",), deferrable=True),)),
    ),
    (
        '"c", sa.ForeignKey("u.id")',
        Column("c", OPAQUE, constraints=(ForeignKey(("c",), QualifiedName("u"), ("id",)),)),
    ),
    ('"c", sa.String(collation="C")', Column("c", ColumnType("character varying"), collation="C")),
    ("name(), sa.Integer()", Column(OPAQUE, INTEGER)),
]


@pytest.mark.parametrize(("body", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_operation(body: str, expected: list[Operation]) -> None:
    assert operations(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"), [case[1:] for case in BATCH_CASES], ids=[case[0] for case in BATCH_CASES]
)
def test_batch_operation(body: str, expected: list[Operation]) -> None:
    indented = "\n".join("    " + line.strip() for line in body.splitlines())
    assert operations(f'with op.batch_alter_table("t", schema="s") as batch_op:\n{indented}') == expected


@pytest.mark.parametrize(("arguments", "expected"), COLUMN_CASES, ids=[case[0] for case in COLUMN_CASES])
def test_column(arguments: str, expected: Column) -> None:
    assert operations(f'op.add_column("t", sa.Column({arguments}))') == [AddColumn(T, expected, location=HERE)]


def test_constraints_and_indexes_inside_a_table() -> None:
    [made] = operations(
        """
        op.create_table(
            "t",
            sa.Column("a", sa.Integer),
            sa.PrimaryKeyConstraint("a", name=op.f("pk_t")),
            sa.UniqueConstraint("a", "b", name="uq"),
            sa.ForeignKeyConstraint(["a", "b"], ["s.u.c", "s.u.d"], name="fk", ondelete="RESTRICT"),
            sa.CheckConstraint("a > 0", name="ck"),
            sa.CheckConstraint(sa.text("b > 0")),
            postgresql.ExcludeConstraint(("a", "="), name="ex"),
            sa.Index("ix", "a", unique=True),
        )
        """
    )
    assert isinstance(made, CreateTable)
    assert made.constraints == (
        PrimaryKey(("a",), name="pk_t", final=True),
        Unique(("a", "b"), name="uq"),
        ForeignKey(("a", "b"), QualifiedName("u", "s"), ("c", "d"), on_delete="RESTRICT", name="fk"),
        Check("a > 0", name="ck"),
        Check("b > 0"),
        Exclude("USING gist (a WITH =)", ("a",), name="ex"),
    )
    assert made.indexes == (Index(name="ix", elements=(IndexElement("a"),), unique=True),)
    assert made.complete


def test_columns_of_a_helper_in_another_module() -> None:
    modules = Modules(
        app__columns="""
        import sqlalchemy as sa

        def timestamps():
            return [sa.Column("created", sa.Text), sa.Column("updated", sa.Text)]
        """
    )
    body = 'op.create_table("t", *timestamps())'
    [made] = operations(body, "from app.columns import timestamps", modules)
    assert isinstance(made, CreateTable)
    assert made.columns == (Column("created", TEXT), Column("updated", TEXT))
