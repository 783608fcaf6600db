"""`inserted-rows-left-behind`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from alembic_vet.findings import Finding, Fix, Related, Safety, Severity
from alembic_vet.model.history import Replayed
from alembic_vet.model.rows import RowsLeft, rows_left
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, HistoryRule
from alembic_vet.rules.reversibility._repair import downgrade_body, has_comment, holds
from alembic_vet.rules.signs import ROWS_ADDED, Signs
from alembic_vet.source.file import SourceFile

if TYPE_CHECKING:
    from alembic_vet.fixes.words import Words

_MOST = 3


class InsertedRowsLeftBehind(HistoryRule):
    """The downgrade leaves rows behind that the next upgrade inserts again.

    ## What it does
    Reports rows that `upgrade()` inserts with fixed values for all columns of a primary key or unique index, into a table
    that was there before the revision, and that nothing in `downgrade()` can take away again.

    Silent where the INSERT says what to do on a conflict, asks for the rows first or stands in a `try`, and where either
    function changes rows of that table in a way that may be about them.

    ## Why is this bad?
    `alembic downgrade` exits with 0 and the next upgrade fails:
    `duplicate key value violates unique constraint "roles_pkey"`.

    See https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.bulk_insert.

    ## Example
    ```python title="alembic/versions/0001_roles.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("roles", sa.Column("name", sa.Text(), primary_key=True))


    def downgrade() -> None:
        op.drop_table("roles")
    ```
    ```python title="alembic/versions/0002_editor.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.execute("INSERT INTO roles (name) VALUES ('editor')")


    def downgrade() -> None:
        pass
    ```

    ## Use instead
    ```python title="alembic/versions/0001_roles.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("roles", sa.Column("name", sa.Text(), primary_key=True))


    def downgrade() -> None:
        op.drop_table("roles")
    ```
    ```python title="alembic/versions/0002_editor.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.execute("INSERT INTO roles (name) VALUES ('editor')")


    def downgrade() -> None:
        op.execute("DELETE FROM roles WHERE name = 'editor'")
    ```

    ## Fix safety
    Unsafe: the downgrade then deletes rows, and fails where other rows refer to them. There is a fix where all other
    steps of the downgrade work.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    signs: ClassVar[Signs] = ROWS_ADDED

    def check(self, subject: Replayed, environment: Environment) -> Iterator[Finding]:
        downgrade = subject.revision.downgrade
        if downgrade.location is None or downgrade.refuses or subject.failures or subject.down_failures:
            return
        found = [left for left in rows_left(subject) if not _is_tried(subject.revision.file, left)]
        if not found:
            return
        first = found[0]
        tables = list(dict.fromkeys(f"`{left.table}`" for left in found))
        where = ", ".join(tables[:_MOST]) + (f" and {len(tables) - _MOST} more" if len(tables) > _MOST else "")
        yield self.finding(
            first.operation.location,
            f"the downgrade leaves the inserted rows in {where}, and the next upgrade fails: "
            f'duplicate key value violates unique constraint "{first.index}"',
            related=[Related(left.operation.location, "and here") for left in found[1:]],
            fix=_fix(subject, environment, found),
        )


def _is_tried(file: SourceFile, left: RowsLeft) -> bool:
    """Whether an INSERT stands where its failure may be caught."""
    span = left.operation.location.span
    return any(isinstance(node, ast.Try) and file.span(node).contains(span) for node in ast.walk(file.tree))


def _fix(subject: Replayed, environment: Environment, found: Sequence[RowsLeft]) -> Fix | None:
    """Deletions, the last rows first, in front of all else that the downgrade does."""
    from alembic_vet.fixes.build import Rewrite
    from alembic_vet.fixes.words import Words

    file = subject.revision.file
    body = downgrade_body(file)
    if body is None or has_comment(file, file.span(body[0])):
        return None
    rewrite = Rewrite(file)
    words = Words(file, rewrite, subject.before.options)
    lines = [line for left in reversed(found) for line in words.execute(_deletion(words, left))]
    only = file.span(body[0])
    if subject.revision.downgrade.does_nothing and len(body) == 1 and isinstance(body[0], (ast.Pass, ast.Return)):
        rewrite.insert_before(only, lines)
        rewrite.delete_statement(only)
    elif subject.revision.downgrade.does_nothing:
        rewrite.insert_after(file.span(body[-1]), lines)
    else:
        rewrite.insert_before(only, lines)
    fix = rewrite.fix("Delete them in the downgrade", Safety.UNSAFE)
    return fix if fix is not None and holds(fix, subject, environment, ()) else None


def _deletion(words: Words, left: RowsLeft) -> str:
    from alembic_vet.fixes.sql_text import sql_name, sql_string

    names = [sql_name(column) for column in left.columns]
    rows = [[sql_string(value) if isinstance(value, str) else str(value) for value in row] for row in left.rows]
    if len(names) > 1:
        subject, values = f"({', '.join(names)})", [f"({', '.join(row)})" for row in rows]
    else:
        subject, values = names[0], [row[0] for row in rows]
    condition = f"= {values[0]}" if len(values) == 1 else f"IN ({', '.join(values)})"
    return f"DELETE FROM {words.qualified(left.table)} WHERE {subject} {condition}"
