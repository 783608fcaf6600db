"""`enum-type-not-created`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Location, Safety, Severity
from alembic_vet.model.column_type import ColumnType, EnumSpec
from alembic_vet.model.history import Replayed
from alembic_vet.model.schema.problems import TypeMissing
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.enums._places import enum_place
from alembic_vet.rules.signs import Signs, upgrade_fails
from alembic_vet.source.file import SourceFile


class EnumTypeNotCreated(HistoryRule):
    """A column gets an enum type that nothing has created.

    ## What it does
    Reports `add_column` and `alter_column` with a native `Enum`, and tables whose Enum has `create_type=False`, where
    neither the revision nor an earlier one creates the type. Silent in projects that use `alembic-postgresql-enum`,
    and where a part of the history cannot be followed.

    ## Why is this bad?
    Only `create_table` creates the types of its columns. Everything else fails: `type "mood" does not exist`. Autogenerate
    writes it this way.

    See https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#sqlalchemy.dialects.postgresql.ENUM.

    ## Example
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("name", sa.Text()))


    def downgrade() -> None:
        op.drop_table("people")
    ```
    ```python title="alembic/versions/0002_moods.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.add_column("people", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))


    def downgrade() -> None:
        op.drop_column("people", "mood")
        sa.Enum(name="mood").drop(op.get_bind(), checkfirst=True)
    ```

    ## Use instead
    ```python title="alembic/versions/0001_people.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("people", sa.Column("name", sa.Text()))


    def downgrade() -> None:
        op.drop_table("people")
    ```
    ```python title="alembic/versions/0002_moods.py"
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects import postgresql

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        postgresql.ENUM("happy", "sad", name="mood").create(op.get_bind(), checkfirst=True)
        op.add_column("people", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))


    def downgrade() -> None:
        op.drop_column("people", "mood")
        sa.Enum(name="mood").drop(op.get_bind(), checkfirst=True)
    ```

    ## Fix safety
    Safe: the upgrade fails today. There is a fix where the labels are known and the operation is a statement of its own.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = upgrade_fails(TypeMissing)

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        if not subject.failures or environment.requires("alembic-postgresql-enum"):
            return
        seen: set[str] = set()
        for operation, problem in subject.failures:
            if not isinstance(problem, TypeMissing) or problem.used_by is None or str(problem.type) in seen:
                continue
            seen.add(str(problem.type))
            table, column = problem.used_by
            yield self.finding(
                enum_place(subject.revision.file, operation.location, problem.type.name),
                f"`{table}.{column}` gets enum type `{problem.type}`, which nothing has created",
                fix=_fix(subject.revision.file, operation.location, problem, environment),
            )


def _fix(file: SourceFile, location: Location, problem: TypeMissing, environment: Environment) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.type_texts import enum_text
    from alembic_vet.fixes.words import Words

    statement = next(
        (
            node
            for node in ast.walk(file.tree)
            if isinstance(node, ast.stmt) and file.span(node) == location.span and isinstance(node, ast.Expr)
        ),
        None,
    )
    if statement is None or problem.labels is None:
        return None
    rewrite = Rewrite(file)
    words = Words(file, rewrite, environment.replay_options)
    schema = None if not words.schema(problem.type) else problem.type.schema
    kind = ColumnType(problem.type.name, schema=schema, enum=EnumSpec(problem.labels))
    text = enum_text(kind, words, [])
    rewrite.insert_before(file.span(statement), [f"{text}.create({words.op('get_bind')}(), checkfirst=True)"])
    return rewrite.fix(f"Create `{problem.type}` first", Safety.SAFE)
