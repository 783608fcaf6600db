"""Types as revisions write them, and the enum types they create and drop."""

from __future__ import annotations

import pytest

from alembic_vet.model.column_type import ColumnType, EnumSpec
from alembic_vet.model.operations import (
    AddColumn,
    Column,
    CreateEnum,
    CreateObject,
    CreateTable,
    DropObject,
    DropTable,
    DropType,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
)
from alembic_vet.source.unknown import OPAQUE, Opaque
from tests.extract.revision_snippets import HERE, Modules, operations

MOOD = QualifiedName("mood")
PYTHON_ENUM = """
class Mood(str, enum.Enum):
    SAD = "sad"
    HAPPY = "happy"
    GLAD = "happy"
"""

TYPES: list[tuple[str, ColumnType | Opaque]] = [
    ("sa.Integer", ColumnType("integer")),
    ("sa.Integer()", ColumnType("integer")),
    ("sa.String(50)", ColumnType("character varying", (50,))),
    ("sa.String(length=50)", ColumnType("character varying", (50,))),
    ("sa.String(length=size())", ColumnType("character varying", OPAQUE)),
    ("sa.types.Unicode(20)", ColumnType("character varying", (20,))),
    ("sa.Numeric(10, 2)", ColumnType("numeric", (10, 2))),
    ("sa.DateTime(timezone=True)", ColumnType("timestamp with time zone")),
    ("sa.DateTime()", ColumnType("timestamp without time zone")),
    ("postgresql.TIMESTAMP(timezone=True, precision=3)", ColumnType("timestamp with time zone", (3,))),
    ("postgresql.UUID(as_uuid=True)", ColumnType("uuid")),
    ("postgresql.JSONB(astext_type=sa.Text())", ColumnType("jsonb")),
    ("postgresql.ARRAY(sa.String(length=3))", ColumnType("character varying", (3,), array=True)),
    ("sa.ARRAY(item_type=sa.Integer())", ColumnType("integer", array=True)),
    ("mysql.TINYINT(1)", OPAQUE),
    ("mysql.VARCHAR(charset='utf8', length=9)", ColumnType("character varying", (9,))),
    ("sa.Text().with_variant(sa.String(9), 'postgresql')", ColumnType("character varying", (9,))),
    ("sa.Text().with_variant(mysql.LONGTEXT(), 'mysql', 'mariadb')", ColumnType("text")),
    ("sa.JSON().with_variant(postgresql.JSONB(), dialect_name='postgresql')", ColumnType("jsonb")),
    ("sa.Text().with_variant(sa.String(9), some())", OPAQUE),
    ("something()", OPAQUE),
    ("sa.Text() if maybe() else sa.Integer()", OPAQUE),
    ("sa.Text() if maybe() else sa.UnicodeText()", ColumnType("text")),
    ("sqlmodel.sql.sqltypes.AutoString(length=8)", ColumnType("character varying", (8,))),
    ("fastapi_users_db_sqlalchemy.generics.GUID()", ColumnType("uuid")),
    ("sqlalchemy_utils.types.uuid.UUIDType()", ColumnType("uuid")),
    ("sqlalchemy_utils.EmailType(length=99)", ColumnType("character varying", (99,))),
    ("sqlalchemy_utils.PhoneNumberType()", ColumnType("character varying", (20,))),
    ("geoalchemy2.types.Geometry(geometry_type='POINT', srid=4326)", ColumnType("geometry", ("Point", 4326))),
    ("geoalchemy2.Geometry", ColumnType("geometry", OPAQUE)),
    ("pgvector.sqlalchemy.Vector(1536)", ColumnType("vector", (1536,))),
    ("advanced_alchemy.types.DateTimeUTC(timezone=True)", ColumnType("timestamp with time zone")),
    ("Decorated()", ColumnType("jsonb")),
    ("Decorated", ColumnType("jsonb")),
    ("Sized(12)", ColumnType("character varying", (12,))),
    ("Sized()", ColumnType("character varying")),
    ("Own()", ColumnType("ltree")),
    ("Sub(9)", ColumnType("character varying", OPAQUE)),
]
OWN_TYPES = """
import advanced_alchemy.types
import fastapi_users_db_sqlalchemy.generics
import geoalchemy2
import pgvector.sqlalchemy
import sqlalchemy_utils
import sqlmodel

class Decorated(sa.types.TypeDecorator):
    impl = sa.Text

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.JSONB())
        return super().load_dialect_impl(dialect)

class Sized(sa.types.TypeDecorator):
    impl = sa.String

    def load_dialect_impl(self, dialect):
        if dialect.name == "mysql":
            return mysql.VARCHAR(5)
        return super().load_dialect_impl(dialect)

class Own(sa.types.UserDefinedType):
    def get_col_spec(self, **kw):
        return "LTREE"

class Sub(sa.String):
    pass
"""

ENUMS: list[tuple[str, str, EnumSpec | None]] = [
    ("sa.Enum('a', 'b', name='mood')", "mood", EnumSpec(("a", "b"))),
    ("sa.Enum('a', 'b', name='mood', create_type=False)", "mood", EnumSpec(("a", "b"), False)),
    (
        "postgresql.ENUM('a', name='mood', create_type=False, schema='s')",
        "mood",
        EnumSpec(("a",), False, dialect_type=True),
    ),
    ("postgresql.ENUM(name='mood')", "mood", EnumSpec(None, dialect_type=True)),
    ("postgresql.ENUM(*('a', 'b'), name='mood')", "mood", EnumSpec(("a", "b"), dialect_type=True)),
    ("sa.Enum(*labels(), name='mood')", "mood", EnumSpec(OPAQUE)),
    ("sa.Enum(Mood)", "mood", EnumSpec(("SAD", "HAPPY"))),
    ("sa.Enum(Mood, name='feeling', inherit_schema=True)", "feeling", EnumSpec(("SAD", "HAPPY"), inherit_schema=True)),
    (
        "sa.Enum(Mood, values_callable=lambda members: [m.value for m in members])",
        "mood",
        EnumSpec(("sad", "happy")),
    ),
    ("sa.Enum(*[m.value for m in Mood], name='mood')", "mood", EnumSpec(("sad", "happy"))),
    ("sa.Enum(*Mood.__members__, name='mood')", "mood", EnumSpec(("SAD", "HAPPY", "GLAD"))),
    ("sa.Enum(*Mood.__members__.keys(), name='mood')", "mood", EnumSpec(("SAD", "HAPPY", "GLAD"))),
    ("sa.Enum(Mood.SAD.value, Mood.HAPPY.name, name='mood')", "mood", EnumSpec(("sad", "HAPPY"))),
    ("sa.Enum('a', 'bcd', name='mood', native_enum=False)", "character varying", EnumSpec(("a", "bcd"), native=False)),
    ("sa.Enum('a', 'b')", "", None),
    ("mysql.ENUM('a', name='mood')", "", None),
]


def column_type(written: str, before: str = "", modules: Modules | None = None) -> ColumnType | Opaque:
    [made] = operations(f'op.add_column("t", sa.Column("c", {written}))', before, modules)
    assert isinstance(made, AddColumn)
    return made.column.type


@pytest.mark.parametrize(("written", "expected"), TYPES, ids=[case[0] for case in TYPES])
def test_type(written: str, expected: ColumnType | Opaque) -> None:
    assert column_type(written, OWN_TYPES) == expected


@pytest.mark.parametrize(("written", "name", "expected"), ENUMS, ids=[case[0] for case in ENUMS])
def test_enum(written: str, name: str, expected: EnumSpec | None) -> None:
    found = column_type(written, PYTHON_ENUM)
    if expected is None:
        assert found is OPAQUE
        return
    assert isinstance(found, ColumnType)
    assert (found.name, found.enum) == (name, expected)


def test_an_enum_without_native_type_is_as_long_as_its_longest_label() -> None:
    assert column_type("sa.Enum('a', 'bcd', name='mood', native_enum=False)") == ColumnType("character varying", (3,))


def test_an_array_of_enums() -> None:
    found = column_type("postgresql.ARRAY(sa.Enum('a', name='mood', schema='s'))")
    assert isinstance(found, ColumnType)
    assert found == ColumnType("mood", array=True, schema="s")
    assert found.enum == EnumSpec(("a",))


def test_an_enum_of_another_module() -> None:
    modules = Modules(app__models="import enum\nclass Mood(enum.Enum):\n    A = enum.auto()\n    B = enum.auto()\n")
    found = column_type("sa.Enum(Mood)", "from app.models import Mood", modules)
    assert isinstance(found, ColumnType)
    assert found.enum == EnumSpec(("A", "B"))


def test_an_enum_of_a_module_that_is_not_there() -> None:
    assert column_type("sa.Enum(Mood, name='mood').with_variant(sa.Text(), 'postgresql')") == ColumnType("text")
    found = column_type("sa.Enum(Mood, name='mood')", "from elsewhere import Mood")
    assert isinstance(found, ColumnType)
    assert found.enum == EnumSpec(OPAQUE)


def test_what_was_assigned_to_an_enum_counts() -> None:
    [_, made] = operations(
        """
        mood.create(op.get_bind())
        mood.create_type = False
        op.add_column("t", sa.Column("c", mood))
        """,
        'mood = postgresql.ENUM("a", name="mood")',
    )
    assert isinstance(made, AddColumn)
    assert isinstance(made.column.type, ColumnType)
    assert made.column.type.enum == EnumSpec(("a",), False, dialect_type=True)


CREATED: list[tuple[str, str, list[Operation]]] = [
    (
        "postgresql.ENUM checks first",
        'postgresql.ENUM("a", "b", name="mood").create(op.get_bind())',
        [CreateEnum(MOOD, ("a", "b"), True, location=HERE)],
    ),
    (
        "sa.Enum does not",
        'sa.Enum("a", "b", name="mood").create(op.get_bind())',
        [CreateEnum(MOOD, ("a", "b"), False, location=HERE)],
    ),
    (
        "checkfirst",
        'sa.Enum("a", name="mood", schema="s").create(bind=op.get_bind(), checkfirst=True)',
        [CreateEnum(QualifiedName("mood", "s"), ("a",), True, location=HERE)],
    ),
    (
        "checkfirst by position",
        'postgresql.ENUM("a", name="mood").create(op.get_bind(), False)',
        [CreateEnum(MOOD, ("a",), False, location=HERE)],
    ),
    (
        "a variable, both ways",
        """
        mood = sa.Enum("a", name="mood")
        bind = op.get_bind()
        mood.create(bind, checkfirst=True)
        mood.drop(bind, checkfirst=False)
        """,
        [CreateEnum(MOOD, ("a",), True, location=HERE), DropType(MOOD, False, location=HERE)],
    ),
    ("drop without labels", 'sa.Enum(name="mood").drop(op.get_bind())', [DropType(MOOD, False, location=HERE)]),
    ("without a native type", 'sa.Enum("a", name="mood", native_enum=False).create(op.get_bind())', []),
    (
        "unknown labels",
        'sa.Enum(*labels(), name="mood").create(op.get_bind())',
        [CreateEnum(MOOD, OPAQUE, False, location=HERE)],
    ),
    (
        "unknown name",
        'sa.Enum("a", name=name()).create(op.get_bind())',
        [OpaqueOperation(OPAQUE, "the enum type is not known", location=HERE)],
    ),
    (
        "the enum of a column",
        """
        table = sa.Table("t", sa.MetaData(), sa.Column("c", sa.Enum("a", name="mood")))
        sa.Column("c", sa.Enum("a", name="mood")).type.create(op.get_bind(), checkfirst=True)
        """,
        [CreateEnum(MOOD, ("a",), True, location=HERE)],
    ),
    (
        "a table",
        """
        table = sa.Table("t", sa.MetaData(), sa.Column("c", sa.Text), schema="s")
        table.create(op.get_bind())
        table.drop(op.get_bind(), checkfirst=True)
        """,
        [
            CreateTable(QualifiedName("t", "s"), (Column("c", ColumnType("text")),), location=HERE),
            DropTable(QualifiedName("t", "s"), True, location=HERE),
        ],
    ),
    (
        "a sequence",
        """
        sa.Sequence("s").create(op.get_bind(), checkfirst=False)
        op.execute(sa.schema.DropSequence(sa.Sequence("s")))
        """,
        [
            CreateObject(ObjectKind.SEQUENCE, QualifiedName("s"), location=HERE),
            DropObject(ObjectKind.SEQUENCE, QualifiedName("s"), location=HERE),
        ],
    ),
    (
        "something unknown",
        "thing().create(op.get_bind())",
        [OpaqueOperation(OPAQUE, "`.create()` of something unknown", location=HERE)],
    ),
]


@pytest.mark.parametrize(("body", "expected"), [case[1:] for case in CREATED], ids=[case[0] for case in CREATED])
def test_created(body: str, expected: list[Operation]) -> None:
    assert operations(body) == expected


def test_enum_types_are_postgresqls() -> None:
    assert operations('sa.Enum("a", name="mood").create(op.get_bind())', dialect="sqlite") == []


def test_all_tables_of_a_metadata() -> None:
    before = """
    metadata = sa.MetaData()
    first = sa.Table("a", metadata, sa.Column("x", sa.Text))
    other = sa.Table("b", sa.MetaData(), sa.Column("x", sa.Text))
    """
    [made] = operations("metadata.create_all(op.get_bind())", before)
    assert isinstance(made, CreateTable)
    assert (made.table, made.if_not_exists) == (QualifiedName("a"), True)
    [made] = operations("metadata.create_all(op.get_bind(), tables=[other], checkfirst=False)", before)
    assert isinstance(made, CreateTable)
    assert (made.table, made.if_not_exists) == (QualifiedName("b"), False)
    [dropped] = operations("metadata.drop_all(op.get_bind())", before)
    assert dropped == DropTable(QualifiedName("a"), True, location=HERE)


def test_the_metadata_of_the_application_may_hold_anything() -> None:
    modules = Modules(app__db="from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n")
    [made] = operations("Base.metadata.create_all(op.get_bind())", "from app.db import Base", modules)
    assert isinstance(made, OpaqueOperation)
    assert made.touches is OPAQUE


def test_a_declarative_class_of_the_revision() -> None:
    before = """
    Base = sa.orm.declarative_base()

    class User(Base):
        __tablename__ = "users"
        id = sa.Column(sa.Integer, primary_key=True)
        label = sa.Column("name", sa.Text)
    """
    [made] = operations("User.__table__.create(op.get_bind())", before)
    assert isinstance(made, CreateTable)
    assert made.table == QualifiedName("users")
    assert made.columns is not OPAQUE
    assert [column.name for column in made.columns] == ["id", "name"]
