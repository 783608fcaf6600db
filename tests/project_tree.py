"""Small projects on disk, written from a mapping of paths to texts."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from alembic_vet.project.discovery import discover
from alembic_vet.project.models import ModelIndex
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

INI = "[alembic]\nscript_location = %(here)s/alembic\nprepend_sys_path = .\n"
ENV = """\
from alembic import context
{imports}

def run_migrations_online():
    context.configure(connection=connection, target_metadata={metadata})
    with context.begin_transaction():
        context.run_migrations()

run_migrations_online()
"""
BASE = "from sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase):\n    pass\n"
MODEL = """\
from sqlalchemy.orm import Mapped, mapped_column
from app.base import Base

class {name}(Base):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


def env(imports: str = "", metadata: str = "Base.metadata") -> str:
    """An env.py with these imports that hands this metadata to Alembic."""
    return ENV.format(imports=textwrap.dedent(imports).strip(), metadata=metadata)


def model(name: str) -> str:
    """A module with one model on `app.base.Base`."""
    return MODEL.format(name=name, table=name.lower())


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return root


def index(root: Path, files: Mapping[str, str], at: str = "alembic") -> ModelIndex:
    """The models of the environment whose script folder is `at`; `alembic.ini` is supplied where there is none."""
    if not any(name.endswith((".ini", "pyproject.toml")) for name in files):
        files = {"alembic.ini": INI, **files}
    write(root, files)
    settings, sources = Settings(root=root), Sources()
    environments = discover([root], settings, sources).environments
    config = next(each for each in environments if each.script_location == root / at)
    return ModelIndex(config, settings, sources, root, siblings=environments)
