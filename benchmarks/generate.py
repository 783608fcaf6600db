"""A made-up history of any length: `python -m benchmarks.generate 2000 FOLDER`."""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

_BASE = Path(__file__).parent.parent / "fixtures" / "projects" / "generic"
_SEED = 20
# The template's `driver://` names no database, and rules about PostgreSQL would then not be asked.
_URL = ("driver://user:pass@localhost/dbname", "postgresql+psycopg2://localhost/app")

_HEADER = '''\
"""{title}

Revision ID: {revision}
Revises: {parent}
Create Date: 2024-01-01 00:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


# revision identifiers, used by Alembic.
revision: str = {revision!r}
down_revision: Union[str, Sequence[str], None] = {parent!r}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

'''

_TYPES = (
    "sa.Integer()",
    "sa.BigInteger()",
    "sa.String(length=255)",
    "sa.Text()",
    "sa.Boolean()",
    "sa.DateTime(timezone=True)",
    "sa.Numeric(precision=12, scale=2)",
    "postgresql.JSONB(astext_type=sa.Text())",
)


class _History:
    """What the revisions so far have made, so that the next one can build on it."""

    def __init__(self, seed: int) -> None:
        self.chosen = random.Random(seed)
        self.tables: dict[str, list[str]] = {}
        self.enums: list[str] = []
        self.made = 0

    def revision(self) -> tuple[str, list[str], list[str]]:
        """A title, and the statements of both functions."""
        self.made += 1
        if len(self.tables) < 3:
            return self._create_table()
        kinds = (self._create_table, self._add_columns, self._index, self._enum, self._execute, self._alter)
        return self.chosen.choices(kinds, weights=(20, 35, 15, 8, 12, 10))[0]()

    def _table(self) -> str:
        return self.chosen.choice(list(self.tables)[-40:])

    def _create_table(self) -> tuple[str, list[str], list[str]]:
        name = f"table_{self.made}"
        parents = list(self.tables)[-40:]
        columns = [f"field_{number}" for number in range(self.chosen.randint(3, 12))]
        lines = [
            f'    op.create_table("{name}",',
            '    sa.Column("id", sa.Integer(), nullable=False),',
            *(f'    sa.Column("{column}", {self.chosen.choice(_TYPES)}, nullable=True),' for column in columns),
            '    sa.Column("created_at", sa.DateTime(), server_default=sa.text("now()"), nullable=False),',
        ]
        if parents and self.chosen.random() < 0.6:
            parent = self.chosen.choice(parents)
            lines.insert(2, f'    sa.Column("{parent}_id", sa.Integer(), nullable=True),')
            lines.append(f'    sa.ForeignKeyConstraint(["{parent}_id"], ["{parent}.id"], ondelete="CASCADE"),')
        lines += ['    sa.PrimaryKeyConstraint("id")', "    )"]
        index = f"ix_{name}_{columns[0]}"
        lines.append(f'    op.create_index("{index}", "{name}", ["{columns[0]}"], unique=False)')
        self.tables[name] = columns
        back = [f'    op.drop_index("{index}", table_name="{name}")', f'    op.drop_table("{name}")']
        return f"create {name}", lines, back

    def _add_columns(self) -> tuple[str, list[str], list[str]]:
        table = self._table()
        columns = [f"added_{self.made}_{number}" for number in range(self.chosen.randint(1, 3))]
        lines = [
            f'    op.add_column("{table}", sa.Column("{column}", {self.chosen.choice(_TYPES)}, nullable=True))'
            for column in columns
        ]
        self.tables[table] += columns
        back = [f'    op.drop_column("{table}", "{column}")' for column in reversed(columns)]
        return f"extend {table}", lines, back

    def _index(self) -> tuple[str, list[str], list[str]]:
        table = self._table()
        column = self.chosen.choice(self.tables[table])
        name = f"ix_{table}_{self.made}"
        lines = [
            "    with op.get_context().autocommit_block():",
            f'        op.create_index("{name}", "{table}", ["{column}"], postgresql_concurrently=True)',
        ]
        back = [
            "    with op.get_context().autocommit_block():",
            f'        op.drop_index("{name}", table_name="{table}", postgresql_concurrently=True)',
        ]
        return f"index {table}", lines, back

    def _enum(self) -> tuple[str, list[str], list[str]]:
        if self.enums and self.chosen.random() < 0.4:
            name = self.chosen.choice(self.enums)
            lines = [
                "    with op.get_context().autocommit_block():",
                f"""        op.execute("ALTER TYPE {name} ADD VALUE IF NOT EXISTS 'label_{self.made}'")""",
            ]
            return f"extend {name}", lines, ["    pass"]
        table, name = self._table(), f"enum_{self.made}"
        self.enums.append(name)
        self.tables[table].append(name)
        lines = [
            f'    {name} = postgresql.ENUM("new", "open", "closed", name="{name}")',
            f"    {name}.create(op.get_bind(), checkfirst=True)",
            f'    op.add_column("{table}", sa.Column("{name}", {name}, server_default="new", nullable=False))',
        ]
        back = [f'    op.drop_column("{table}", "{name}")', f'    op.execute("DROP TYPE {name}")']
        return f"create {name}", lines, back

    def _execute(self) -> tuple[str, list[str], list[str]]:
        table = self._table()
        column = self.chosen.choice(self.tables[table])
        lines = [
            "    bind = op.get_bind()",
            f'    table = sa.table("{table}", sa.column("id", sa.Integer), sa.column("{column}", sa.String))',
            f'    op.execute("UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL AND id < 1000")',
            f"    bind.execute(table.update().where(table.c.id < 10).values({column}=None))",
        ]
        return f"clean {table}", lines, ["    pass"]

    def _alter(self) -> tuple[str, list[str], list[str]]:
        table = self._table()
        column = self.chosen.choice(self.tables[table])
        lines = [
            f'    with op.batch_alter_table("{table}", schema=None) as batch_op:',
            f'        batch_op.alter_column("{column}", existing_type=sa.String(length=255), nullable=True)',
        ]
        return f"alter {table}", lines, [line.replace("nullable=True", "nullable=False") for line in lines]


def generate(count: int, folder: Path, seed: int = _SEED) -> Path:
    """Write a project with `count` revisions in one line of descent; the same for the same count and seed."""
    shutil.copytree(_BASE, folder)
    ini = folder / "alembic.ini"
    text = ini.read_text(encoding="utf-8")
    assert _URL[0] in text
    ini.write_text(text.replace(*_URL), encoding="utf-8", newline="\n")
    history = _History(seed)
    parent = None
    for number in range(1, count + 1):
        revision = f"{history.chosen.getrandbits(48):012x}"
        title, up, down = history.revision()
        text = _HEADER.format(title=title, revision=revision, parent=parent) + _functions(up, down)
        name = f"{revision}_{title.replace(' ', '_')}.py"
        Path(folder, "alembic", "versions", f"{number:05}_{name}").write_text(text, encoding="utf-8", newline="\n")
        parent = revision
    return folder


def _functions(up: Sequence[str], down: Sequence[str]) -> str:
    return "\n".join(["", "def upgrade() -> None:", *up, "", "", "def downgrade() -> None:", *down, ""])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("count", type=int, help="how many revisions")
    parser.add_argument("folder", type=Path, help="where; must not exist yet")
    arguments = parser.parse_args()
    generate(arguments.count, arguments.folder)


if __name__ == "__main__":
    main()
