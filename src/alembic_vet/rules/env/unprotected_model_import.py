"""`unprotected-model-import`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Location, Related, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.model.models import UnusedImport, UnusedImportTool
from alembic_vet.project.environment import Environment
from alembic_vet.project.surroundings import Place
from alembic_vet.rules.base import EnvScriptRule, FixAvailability


class UnprotectedModelImport(EnvScriptRule):
    """An import that only loads models looks unused, and nothing says that it is not.

    ## What it does
    Reports imports in env.py whose name is never used, without which tables would be missing from the metadata, and
    that a fixer of unused imports would delete: as a warning where the project runs such a fixer (ruff, autoflake,
    pycln) over env.py, else as information. It knows the comments and settings by which each of them leaves an
    import alone, and is silent where the project has turned the check off for env.py.

    ## Why is this bad?
    `ruff check --fix` deletes the import as unused (F401), and nobody sees why it mattered. The next
    `alembic revision --autogenerate` then writes `op.drop_table()` for every table behind it.

    See https://docs.astral.sh/ruff/rules/unused-import/.

    ## Example
    ```python title="app/base.py"
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass
    ```
    ```python title="app/user.py"
    from app.base import Base
    from sqlalchemy.orm import Mapped, mapped_column


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from app.base import Base
    from app.user import User
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="app/base.py"
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass
    ```
    ```python title="app/user.py"
    from app.base import Base
    from sqlalchemy.orm import Mapped, mapped_column


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from app.base import Base
    from app.user import User  # noqa: F401
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe: a comment is added.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    place: ClassVar[Place] = "env.py"

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        tools = environment.models.unused_import_tools
        statements: dict[Location, list[UnusedImport]] = {}
        for found in environment.models.lost_imports():
            if _severity(found, tools):
                statements.setdefault(found.statement, []).append(found)
        for statement, imports in statements.items():
            lost = imports[0].loses[0]
            severity = max(severity for each in imports if (severity := _severity(each, tools)))
            names = ", ".join(f"`{each.label}`" for each in imports[:3]) + (", ..." if len(imports) > 3 else "")
            yield self.finding(
                statement,
                f"{names} {'look' if len(imports) > 1 else 'looks'} unused: "
                f"deleted, the table of `{lost.label}` is gone from the metadata",
                severity=severity,
                related=[Related(lost.location, f"`{lost.label}` is defined here")],
                fix=_fix(subject, statement),
            )


def _severity(found: UnusedImport, tools: Sequence[UnusedImportTool]) -> Severity | None:
    """How likely the import is to be deleted; None where it is kept."""
    if not tools:
        return None if found.is_kept_by("ruff") else Severity.INFO
    active = [tool for tool in tools if tool.verdict != "off" and not found.is_kept_by(tool.name)]
    if not active:
        return None
    return Severity.WARNING if any(tool.verdict == "deletes" for tool in active) else Severity.INFO


def _fix(subject: EnvScript, statement: Location) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    rewrite = Rewrite(subject.file)
    rewrite.comment(statement.span.line, "noqa: F401")
    return rewrite.fix("Add `# noqa: F401`", Safety.SAFE)
