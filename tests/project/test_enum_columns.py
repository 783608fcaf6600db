"""What models say of their enum columns, against what SQLAlchemy makes of them."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from alembic_vet.model.enum_columns import EnumColumn
from alembic_vet.project.enum_columns import EnumColumnReader
from alembic_vet.project.models import ModelIndex
from tests.project_tree import index

HEAD = """
import enum
from typing import Annotated, List, Literal, Optional, Union

import sqlalchemy as sa
from sqlalchemy import ARRAY, Column, Enum, Integer, MetaData, String, Table, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import DeclarativeBase, Mapped, declarative_base, declared_attr, mapped_column


class Base(DeclarativeBase):
    pass


class Mood(str, enum.Enum):
    HAPPY = "happy"
    SAD = "sad"
    GLAD = "happy"


def values_of(members):
    return [member.value for member in members]
"""
KNOWN = {
    "annotation": "mood: Mapped[Mood]",
    "optional": "mood: Mapped[Optional[Mood]]",
    "union": "mood: Mapped[Union[Mood, None]]",
    "bar": "mood: Mapped[Mood | None] = mapped_column(default=None)",
    "quoted": 'mood: Mapped["Mood | None"]',
    "named by the column": 'feeling: Mapped[Mood] = mapped_column("mood", nullable=False)',
    "Enum of a class": "mood = Column(Enum(Mood))",
    "named type": 'mood = Column("mood", Enum(Mood, name="feeling"), nullable=False)',
    "type_": "mood: Mapped[Mood] = mapped_column(type_=Enum(Mood))",
    "values by lambda": "mood = Column(Enum(Mood, values_callable=lambda e: [m.value for m in e]))",
    "values by function": "mood = Column(Enum(Mood, values_callable=values_of))",
    "values by tuple": "mood = Column(Enum(Mood, values_callable=lambda e: tuple(m.value for m in e)))",
    "names by callable": "mood = Column(Enum(Mood, values_callable=lambda e: [m.name for m in e]))",
    "lowered names": "mood = Column(Enum(Mood, values_callable=lambda e: [m.name.lower() for m in e]))",
    "strings": 'mood = Column(Enum("b", "a", name="letters"))',
    "unpacked list": 'LETTERS = ["b", "a"]\n    mood = Column(Enum(*LETTERS, name="letters"))',
    "unpacked comprehension": 'mood = Column(Enum(*[m.value for m in Mood], name="letters"))',
    "array": "mood: Mapped[List[Mood]] = mapped_column(ARRAY(Enum(Mood)))",
    "mutable array": "mood = Column(MutableList.as_mutable(postgresql.ARRAY(Enum(Mood))))",
    "variant elsewhere": 'mood = Column(Enum(Mood).with_variant(String(5), "sqlite"))',
    "variant here": 'mood = Column(String(5).with_variant(postgresql.ENUM(Mood, name="mood"), "postgresql"))',
    "postgresql.ENUM": 'mood = Column(postgresql.ENUM(Mood, name="mood", create_type=False))',
    "postgresql.ENUM of strings": 'mood = Column(postgresql.ENUM("b", "a", name="letters"))',
    "schema": 'mood = Column(Enum(Mood, schema="app"))',
    "nested": "class Kind(enum.Enum):\n        a = 1\n        b = 2\n    mood: Mapped[Kind]",
}
UNKNOWN = {
    "foreign key": 'mood: Mapped[Mood] = mapped_column(sa.ForeignKey("moods.mood"))',
    "values by list and map": "mood = Column(Enum(Mood, values_callable=lambda e: list(map(lambda m: m.value, e))))",
    "not native": "mood = Column(Enum(Mood, native_enum=False))",
    "literals": 'mood: Mapped[Literal["a", "b"]]',
    "plain string": "mood: Mapped[str]",
    "several": "mood: Mapped[Mood | str] = mapped_column(String)",
    "decorator": "mood: Mapped[Mood] = mapped_column(Loud)",
    "relation": 'mood: Mapped["Row"] = relationship()',
    "annotated": "mood: Mapped[Annotated[Mood, mapped_column(String)]]",
    "no enum": "mood: Mapped[Mood] = mapped_column(String(5))",
    "unreadable arguments": "mood: Mapped[Mood] = mapped_column(*ARGUMENTS)",
    "unreadable values": "mood = Column(Enum(Mood, values_callable=ELSEWHERE))",
}
CLASSES = {
    "auto": ("enum.Enum", "A = enum.auto()\n    B = enum.auto()"),
    "auto of str": ("str, enum.Enum", "A = enum.auto()\n    B = enum.auto()"),
    "own auto": (
        "enum.Enum",
        "def _generate_next_value_(name, start, count, last):\n        return name.lower()\n\n"
        "    A = enum.auto()\n    B = enum.auto()",
    ),
    "alias by name": ("enum.Enum", 'A = "a"\n    B = A\n    C = "c"'),
    "alias by auto": ("int, enum.Enum", "A = 1\n    B = 2\n    C = 1"),
    "annotated": ("enum.Enum", 'A: str = "a"\n    B: str\n    C = "c"'),
    "private": ("enum.Enum", '_a = "a"\n    _order_ = "_a C"\n    C = "c"'),
    "dunder": ("enum.Enum", '__labels__ = {"a": 1}\n    A = "a"'),
    "functions": (
        "enum.Enum",
        'A = "a"\n    opposite = lambda self: 1\n\n    @property\n    def b(self):\n        return 1\n\n    c = property(b)',
    ),
    "tuples": (
        "enum.Enum",
        'A = ("a", 1)\n    B = ("b", 2)\n\n    def __init__(self, label, rank):\n        self.rank = rank',
    ),
    "own new": (
        "str, enum.Enum",
        'A = "a", 1\n    B = "b", 2\n\n    def __new__(cls, value, rank):\n'
        "        made = str.__new__(cls, value)\n        made._value_ = value\n        return made",
    ),
    "chained": ("enum.Enum", 'A = B = "a"\n    C = "c"'),
    "mixin": ("Labelled, enum.Enum", 'A = "a"\n    B = "b"'),
}


def reader_of(tmp_path: Path, source: str) -> tuple[EnumColumnReader, ModelIndex]:
    models = index(tmp_path, {"alembic/env.py": "import models\n", "models.py": source})
    return EnumColumnReader(models), models


def read(tmp_path: Path, source: str) -> list[EnumColumn]:
    reader, models = reader_of(tmp_path, source)
    return [column for table in models.reached_tables for column in reader.read(table, {"mood"})]


def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Enum:
    """The type that SQLAlchemy gives the column on PostgreSQL."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "models", raising=False)
    try:
        table = importlib.import_module("models").Row.__table__
    finally:
        sys.modules.pop("models", None)
    kind = table.c.mood.type.dialect_impl(make_url("postgresql://").get_dialect()())
    kind = getattr(kind, "item_type", kind)
    assert isinstance(kind, sa.Enum)
    return kind


def row(column: str) -> str:
    return f"{HEAD}\n\nclass Row(Base):\n    __tablename__ = 'rows'\n\n    id = Column(Integer, primary_key=True)\n    {column}\n"


@pytest.mark.parametrize("column", KNOWN.values(), ids=KNOWN)
def test_labels_are_those_of_sqlalchemy(column: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = read(tmp_path, row(column))
    kind = real(tmp_path, monkeypatch)
    assert (found.labels, found.type_name, found.schema) == (tuple(kind.enums), kind.name, kind.schema)


@pytest.mark.parametrize("column", UNKNOWN.values(), ids=UNKNOWN)
def test_silent_where_there_is_no_enum_type_or_it_is_not_known(column: str, tmp_path: Path) -> None:
    assert read(tmp_path, row(column)) == []


@pytest.mark.parametrize(("bases", "body"), CLASSES.values(), ids=CLASSES)
def test_members_are_those_of_python(bases: str, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixin = "class Labelled:\n    plain = 1\n\n\n"
    source = f"{HEAD}\n\n{mixin}class Kind({bases}):\n    {body}\n"
    source += row("mood: Mapped[Kind]").removeprefix(HEAD)
    (found,) = read(tmp_path, source)
    kind = real(tmp_path, monkeypatch)
    assert found.labels == tuple(kind.enums)
    assert found.python is not None
    assert kind.enum_class is not None
    for member in found.python.members:
        if isinstance(member.value, str):
            assert member.value == kind.enum_class[member.name].value


def test_strenum_lowers_auto(tmp_path: Path) -> None:
    body = "class Kind(enum.StrEnum):\n    BIG = enum.auto()\n    SMALL = enum.auto()\n"
    call = "mood = Column(Enum(Kind, values_callable=values_of))"
    (found,) = read(tmp_path, f"{HEAD}\n\n{body}{row(call).removeprefix(HEAD)}")
    assert found.labels == ("big", "small")
    assert found.stored == "values"


@pytest.mark.parametrize(
    ("type_map", "labels"),
    [
        ("{}", ("HAPPY", "SAD")),
        ("{str: String(5)}", ("HAPPY", "SAD")),
        ("{Mood: Enum(Mood, values_callable=values_of)}", ("happy", "sad")),
        ("{enum.Enum: Enum(enum.Enum, values_callable=values_of)}", ("happy", "sad")),
        ("{enum.Enum: Enum(enum.Enum, native_enum=False)}", None),
        ("{Mood: String(5)}", None),
    ],
)
def test_type_annotation_map(
    type_map: str, labels: tuple[str, ...] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = f"class Mapping(DeclarativeBase):\n    type_annotation_map = {type_map}\n"
    source = f"{HEAD}\n\n{base}{row('mood: Mapped[Mood]').removeprefix(HEAD).replace('(Base)', '(Mapping)')}"
    found = read(tmp_path, source)
    assert [column.labels for column in found] == ([labels] if labels else [])
    if labels:
        assert tuple(real(tmp_path, monkeypatch).enums) == labels


def test_table_names_that_a_base_computes(tmp_path: Path) -> None:
    source = dedent(
        """
        NAME = "given"


        class Named(Base):
            __abstract__ = True

            @declared_attr.directive
            def __tablename__(cls) -> str:
                return f"app_{cls.__name__.lower()}s"


        class Row(Named):
            id: Mapped[int] = mapped_column(primary_key=True)


        class Other(Named):
            __tablename__ = NAME

            id: Mapped[int] = mapped_column(primary_key=True)
        """
    )
    reader, models = reader_of(tmp_path, HEAD + source)
    assert {reader.table_name(table) for table in models.reached_tables} == {"app_rows", "given"}
