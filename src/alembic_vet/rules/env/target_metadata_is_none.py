"""`target-metadata-is-none`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Location, Related, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.model.models import TableDefinition
from alembic_vet.project.environment import Environment
from alembic_vet.project.surroundings import Place
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.values import NONE


class TargetMetadataIsNone(EnvScriptRule):
    """env.py gives Alembic no metadata, although the project defines tables.

    ## What it does
    Reports `target_metadata = None`, as Alembic's template has it, or a `context.configure()` without
    `target_metadata`, in a project that defines tables with SQLAlchemy: as a warning before the first revision, later
    as information, for who has written revisions by hand may want no metadata. A project without models is silent.

    ## Why is this bad?
    `alembic revision --autogenerate` and `alembic check` refuse to work: `FAILED: Can't proceed with --autogenerate
    option; environment script .../env.py does not provide a MetaData object or sequence of objects to the context.`

    See https://alembic.sqlalchemy.org/en/latest/autogenerate.html.

    ## Example
    ```python title="app/models.py"
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    target_metadata = None

    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="app/models.py"
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool

    from app.models import Base

    target_metadata = Base.metadata

    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Unsafe: env.py then imports the project's code, every module with tables included: autogenerate would drop
    the tables that it does not load. There is a fix where all tables are on one metadata.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    place: ClassVar[Place] = "env.py"

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        target = environment.models.target
        if target.kind != "none" or target.location is None:
            return
        given = [configure.target_metadata or NONE for configure in subject.online.configures]
        tables = environment.models.tables
        if not tables or any(value != NONE for value in given):
            return
        yield self.finding(
            target.location,
            f"Alembic gets no metadata, but `{tables[0].module}` defines the table of `{tables[0].label}`",
            severity=Severity.INFO if environment.revision_files else Severity.WARNING,
            related=[Related(tables[0].location, "a table is defined here")],
            fix=_fix(subject, environment, target.location, tables),
        )


def _fix(
    subject: EnvScript, environment: Environment, place: Location, tables: tuple[TableDefinition, ...]
) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    metadata = {table.metadata for table in tables}
    owner = metadata.pop()
    if metadata or owner.path is None or place.path != subject.file.path:
        return None
    rewrite = Rewrite(subject.file)
    reached = environment.models.graph.reachable([subject.file.path, owner.path]).modules
    for module in sorted({table.module for table in tables if table.location.path not in reached}):
        rewrite.add_import(f"import {module}", comment="noqa: F401")
    name = rewrite.name_for(f"{owner.module}.{owner.owner}")
    expression = f"{name}.{owner.attribute}" if owner.attribute else name
    if subject.file.slice(place.span) == "None":
        rewrite.replace(place.span, expression)
    else:
        rewrite.add_keyword(place.span, f"target_metadata={expression}")
    return rewrite.fix(f"Give it `{expression}`", Safety.UNSAFE)
