"""Short revisions, read."""

from __future__ import annotations

import textwrap
from pathlib import Path

from msgspec.structs import replace

from alembic_vet.extract.revision import read_revision
from alembic_vet.findings import Location, Span
from alembic_vet.model.operations import Operation
from alembic_vet.model.revision import Direction, Revision
from alembic_vet.source.file import SourceFile

PATH = Path("/project/alembic/versions/0001_test.py")
HERE = Location(PATH, Span(1, 1, 1, 1))
HEAD = """\
import enum
import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql, postgresql

revision = "0001"
down_revision = None
"""


class Modules:
    """First-party modules given as texts."""

    def __init__(self, **texts: str) -> None:
        self.files = {
            name.replace("__", "."): SourceFile(Path(f"/project/{name}.py"), textwrap.dedent(text).encode())
            for name, text in texts.items()
        }

    def find(self, name: str) -> SourceFile | None:
        return self.files.get(name)

    def is_namespace(self, name: str) -> bool:
        return any(known.startswith(f"{name}.") for known in self.files)


def revision(text: str, modules: Modules | None = None, dialect: str = "postgresql") -> Revision:
    found = read_revision(SourceFile(PATH, text.encode()), modules, dialect)
    assert found is not None
    return found


def direction(body: str, before: str = "", modules: Modules | None = None, dialect: str = "postgresql") -> Direction:
    """`upgrade()` with this body, after these statements of the module."""
    function = "def upgrade():\n" + textwrap.indent(textwrap.dedent(body), "    ")
    return revision(f"{HEAD}{textwrap.dedent(before)}\n{function}", modules, dialect).upgrade


def operations(
    body: str, before: str = "", modules: Modules | None = None, dialect: str = "postgresql"
) -> list[Operation]:
    """What `upgrade()` with this body does, all of it placed at `HERE`."""
    return [replace(one, location=HERE) for one in direction(body, before, modules, dialect).operations]
