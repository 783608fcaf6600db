"""Models read from syntax: the same tables that SQLAlchemy registers when it imports the module."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from alembic_vet.project.declarative import Declarative, may_define_tables
from alembic_vet.project.modules import ModuleResolver, SourceRoot
from alembic_vet.project.symbols import SymbolTable
from alembic_vet.source.file import SourceFile, Sources
from tests.project_tree import write

ORM = "from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table\nimport sqlalchemy as sa\n" \
    "from sqlalchemy.orm import DeclarativeBase, Mapped, declarative_base, declared_attr, mapped_column, registry\n"  # fmt: skip
BASE = "class Base(DeclarativeBase):\n    pass\n"
ID = "    id: Mapped[int] = mapped_column(primary_key=True)\n"

# The modules of a project; `models.py` is imported, and `target` in it is the metadata asked about.
CASES: dict[str, dict[str, str]] = {
    "class": {"models.py": f"{ORM}{BASE}class User(Base):\n    __tablename__ = 'users'\n{ID}target = Base.metadata\n"},
    "schema": {
        "models.py": f"{ORM}{BASE}class User(Base):\n    __tablename__ = 'users'\n"
        f"    __table_args__ = (sa.Index('i', 'id'), {{'schema': 'app'}})\n{ID}target = Base.metadata\n"
    },
    "base elsewhere": {
        "base.py": ORM + BASE,
        "pkg/__init__.py": "from .again import *\n",
        "pkg/again.py": "from base import Base as Model\n",
        "models.py": f"{ORM}import pkg\nclass User(pkg.Model):\n    __tablename__ = 'users'\n{ID}"
        "target = pkg.Model.metadata\n",
    },
    "aliases": {
        "models.py": f"{ORM}{BASE}Alias = Base\nMore = Alias\nclass User(More):\n    __tablename__ = 'users'\n{ID}"
        "m = More.metadata\ntarget = m\n"
    },
    "abstract and mixin": {
        "models.py": f"{ORM}{BASE}class Stamped(Base):\n    __abstract__ = True\n{ID}"
        "class Named:\n    __tablename__ = 'never'\n"
        "class User(Stamped):\n    __tablename__ = 'users'\ntarget = Base.metadata\n"
    },
    "named by a declared_attr": {
        "models.py": f"{ORM}class Base(DeclarativeBase):\n    @declared_attr.directive\n"
        "    def __tablename__(cls):\n        return cls.__name__.lower()\n"
        f"class User(Base):\n{ID}target = Base.metadata\n"
    },
    "named by a mixin": {
        "models.py": f"{ORM}{BASE}class Named:\n    @declared_attr\n"
        "    def __tablename__(cls):\n        return cls.__name__.lower()\n"
        f"class User(Named, Base):\n{ID}target = Base.metadata\n"
    },
    "single table": {
        "models.py": f"{ORM}{BASE}class User(Base):\n    __tablename__ = 'users'\n{ID}    kind: Mapped[str]\n"
        "    __mapper_args__ = {'polymorphic_on': 'kind'}\n"
        "class Admin(User):\n    __mapper_args__ = {'polymorphic_identity': 'a'}\ntarget = Base.metadata\n"
    },
    "joined tables": {
        "models.py": f"{ORM}{BASE}class User(Base):\n    __tablename__ = 'users'\n{ID}"
        "class Admin(User):\n    __tablename__ = 'admins'\n"
        "    id: Mapped[int] = mapped_column(ForeignKey('users.id'), primary_key=True)\ntarget = Base.metadata\n"
    },
    "declarative_base": {
        "models.py": f"{ORM}m = MetaData()\nBase = declarative_base(metadata=m)\n"
        "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\ntarget = m\n"
    },
    "declarative_base with a class": {
        "models.py": f"{ORM}class Named:\n    @declared_attr\n    def __tablename__(cls):\n"
        "        return cls.__name__.lower()\n"
        "Base = declarative_base(cls=Named)\nclass User(Base):\n    id = Column(Integer, primary_key=True)\n"
        "target = Base.metadata\n"
    },
    "registry": {
        "models.py": f"{ORM}reg = registry()\nBase = reg.generate_base()\n"
        "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n"
        "@reg.mapped\nclass Post:\n    __tablename__ = 'posts'\n    id = Column(Integer, primary_key=True)\n"
        "target = reg.metadata\n"
    },
    "registry of a base": {
        "models.py": f"{ORM}reg = registry(metadata=MetaData())\nclass Base(DeclarativeBase):\n    registry = reg\n"
        f"class User(Base):\n    __tablename__ = 'users'\n{ID}target = reg.metadata\n"
    },
    "metadata of a base": {
        "models.py": f"{ORM}m = MetaData()\nclass Base(DeclarativeBase):\n    metadata = m\n"
        f"class User(Base):\n    __tablename__ = 'users'\n{ID}target = m\n"
    },
    "as_declarative": {
        "models.py": f"{ORM}from sqlalchemy.orm import as_declarative\n@as_declarative()\nclass Base:\n"
        "    id = Column(Integer, primary_key=True)\n"
        "class User(Base):\n    __tablename__ = 'users'\ntarget = Base.metadata\n"
    },
    "tables": {
        "models.py": f"{ORM}m = MetaData()\nusers = Table('users', m, Column('id', Integer), schema='app')\n"
        "sa.Table('posts', m, Column('id', Integer))\n"
        "def late():\n    Table('late', m)\ntarget = m\n"
    },
    "table of a class and of a relationship": {
        "models.py": f"{ORM}{BASE}class User(Base):\n"
        "    __table__ = Table('users', Base.metadata, Column('id', Integer, primary_key=True))\n"
        "link = Table('link', Base.metadata, Column('id', ForeignKey('users.id')))\ntarget = Base.metadata\n"
    },
    "two metadata": {
        "models.py": f"{ORM}{BASE}class Other(DeclarativeBase):\n    pass\n"
        f"class User(Base):\n    __tablename__ = 'users'\n{ID}"
        f"class Post(Other):\n    __tablename__ = 'posts'\n{ID}target = Other.metadata\n"
    },
    "conditional": {
        "models.py": f"{ORM}{BASE}if True:\n    class User(Base):\n        __tablename__ = 'users'\n"
        "        id: Mapped[int] = mapped_column(primary_key=True)\ntarget = Base.metadata\n"
    },
    "a list": {
        "models.py": f"{ORM}{BASE}m = MetaData()\nTable('t', m)\nclass User(Base):\n    __tablename__ = 'users'\n{ID}"
        "target = [Base.metadata, m]\n"
    },
    "a function": {
        "base.py": ORM + BASE,
        "models.py": f"{ORM}from base import Base\ndef find():\n    from base import Base as Found\n"
        f"    return Found.metadata\nclass User(Base):\n    __tablename__ = 'users'\n{ID}target = find()\n",
    },
    "sqlmodel": {
        "models.py": "from sqlmodel import Field, SQLModel\nclass UserBase(SQLModel):\n    name: str\n"
        "class UserItem(UserBase, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n"
        "class Post(SQLModel, table=True):\n    __tablename__ = 'posts'\n"
        "    id: int | None = Field(default=None, primary_key=True)\n"
        "class Read(UserBase):\n    id: int\ntarget = SQLModel.metadata\n"
    },
    "flask": {
        "app/__init__.py": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n",
        "models.py": "from app import db\nclass HTTPLog(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
        "class User(db.Model):\n    __tablename__ = 'users'\n    id = db.Column(db.Integer, primary_key=True)\n"
        "links = db.Table('links', db.Column('id', db.Integer))\ntarget = db.metadata\n",
    },
}
REGISTERED = """
import importlib, json, sys
found = {}
for case in json.load(sys.stdin):
    known = set(sys.modules)
    sys.path.insert(0, case)
    importlib.invalidate_caches()
    target = importlib.import_module("models").target
    tables = [t for m in (target if isinstance(target, list) else [target]) for t in m.tables.values()]
    found[case] = sorted([t.schema or "", t.name] for t in tables)
    sys.path.remove(case)
    for name in set(sys.modules) - known:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(case):
            del sys.modules[name]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Path, list[list[str]]]]:
    """What SQLAlchemy registers for every case, and where the case lies."""
    for package in ("sqlalchemy", "sqlmodel", "flask_sqlalchemy"):
        pytest.importorskip(package)
    roots = {case: write(tmp_path_factory.mktemp("case"), files) for case, files in CASES.items()}
    done = subprocess.run(
        [sys.executable, "-B", "-c", REGISTERED],
        input=json.dumps([str(root) for root in roots.values()]), capture_output=True, text=True, check=True,
    )  # fmt: skip
    tables = json.loads(done.stdout)
    return {case: (root, tables[str(root)]) for case, root in roots.items()}


@pytest.mark.parametrize("case", CASES)
def test_sqlalchemy_registers_the_same(registered: Mapping[str, tuple[Path, list[list[str]]]], case: str) -> None:
    root, expected = registered[case]
    symbols = SymbolTable(ModuleResolver([SourceRoot(root, "prepend_sys_path")], Sources(), root))
    declarative = Declarative(symbols)
    module = symbols.load(root / "models.py")
    assert module is not None
    (target,) = (each for each in module.scope.bindings("target"))
    metadata = declarative.metadata(target.value, module)  # type: ignore[attr-defined]
    assert metadata
    found = sorted([each.schema or "", each.table or each.label] for each in declarative.tables(module)
                   if each.metadata in metadata)  # fmt: skip
    computed = {each.label: each.label.lower() for each in declarative.tables(module) if each.table is None}
    assert sorted([schema, computed.get(table, table)] for schema, table in found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "from vendor import Base\nclass User(Base):\n    __tablename__ = 'users'\n",
        "Base = make()\nclass User(Base):\n    __tablename__ = 'users'\n",
        "from sqlalchemy import Table\nTable('users', metadata)\n",
        "class User:\n    __tablename__ = 'users'\n",
        "from sqlalchemy.orm import declarative_base\nBase = declarative_base(cls=Base)\n"
        "Base = declarative_base(cls=Base)\nclass User(Base):\n    __tablename__ = 'users'\n",
    ],
    ids=["other people's base", "made by a function", "metadata of nowhere", "no base", "a base of itself"],
)
def test_what_is_not_known_is_no_table(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"models.py": text})
    symbols = SymbolTable(ModuleResolver([SourceRoot(tmp_path, "prepend_sys_path")], Sources(), tmp_path))
    module = symbols.load(tmp_path / "models.py")
    assert module is not None
    assert [each for each in Declarative(symbols).tables(module) if each.metadata.owner != "Base"] == []


@pytest.mark.parametrize(
    ("text", "may"),
    [
        pytest.param("class User(Base):\n    __tablename__ = 'users'\n", True, id="class"),
        pytest.param("if True:\n\n    users = Table(\n'users', metadata)\n", True, id="in a block"),
        pytest.param("def f():\n    pass\n\nusers = Table('users', metadata)\n", True, id="after a function"),
        pytest.param(
            "class User(Base):\n    def f(self):\n        pass\n    id = Column()\n", True, id="after a method"
        ),
        pytest.param("def f(\n    a,\n) -> None:\n    pass\nx = Column()\n", True, id="after a long signature"),
        pytest.param(
            "class Mixin:\n    @declared_attr\n    def id(cls):\n        return Column()\nclass User(Mixin, Base): pass\n",
            True,
            id="by a method of a mixin",
        ),
        pytest.param("def f(): return Table('users', metadata)\n", True, id="on the line of a function"),
        pytest.param("def f(x):\n\n    # y\n    return User.__tablename__\n\n\nx = 1\n", False, id="in a function"),
        pytest.param("class A:\n    async def f(self):\n\tTable()\n        Table()\n", True, id="other indentation"),
        pytest.param("class A:\n    async def f(self):\n        return Table()\n", False, id="in a method"),
        pytest.param("def f(\n    a,\n) -> None:\n    Table()\n", False, id="in one with a long signature"),
        pytest.param("def f():\r\n    x = 1\r\n\r\n    Table()\r\n", False, id="in one of Windows"),
        pytest.param("class User(Base):\n    id: Mapped[int]\n", True, id="by an annotation"),
        pytest.param("class User(Base):\n    id = mapped_column(primary_key=True)\n", True, id="by a function"),
        pytest.param("class User(SQLModel, table = True):\n    pass\n", True, id="by a keyword"),
        pytest.param("class User(Mixed):\n    __table__ = users\n", True, id="by a table"),
        pytest.param("columns = tuple(User.__table__.columns)\n", False, id="a question"),
        pytest.param("def get_table(): pass\nf: Callable = get_table(available = True)\n", False, id="other words"),
        pytest.param("x = 1\n", False, id="nothing"),
    ],
)
def test_what_may_define_tables(text: str, may: bool) -> None:
    assert may_define_tables(SourceFile(Path("models.py"), text.encode())) is may
