"""`models-not-imported`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Related, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.model.models import UnreachedModule
from alembic_vet.project.environment import Environment
from alembic_vet.project.surroundings import Place
from alembic_vet.rules.base import EnvScriptRule, FixAvailability


class ModelsNotImported(EnvScriptRule):
    """A module that defines tables is never imported on the way from env.py.

    ## What it does
    Follows every import from env.py, through packages, relative and star imports, and reports modules that
    define tables on env.py's `target_metadata` and that nothing of it imports. Imports under `TYPE_CHECKING` do not
    count; where modules are imported by a name that cannot be read, it is silent.

    ## Why is this bad?
    A table is in the metadata only once its module is imported. For a table that exists, the next
    `alembic revision --autogenerate` writes `op.drop_table()`; on an empty database it writes nothing. Alembic says
    nothing of it.

    See https://alembic.sqlalchemy.org/en/latest/autogenerate.html.

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
    import app.user  # noqa: F401
    from app.base import Base
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Unsafe: importing a module runs it.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    place: ClassVar[Place] = "env.py"

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        models = environment.models
        missing = models.unreached
        place = models.target.location
        if not missing or place is None or place.path != subject.file.path:
            return
        yield self.finding(
            place,
            f"env.py never imports {_listed(missing)}: autogenerate drops what it does not know",
            related=[Related(table.location, f"`{table.label}` is defined here") for each in missing
                     for table in each.tables],
            fix=_fix(subject, missing),
        )  # fmt: skip


def _listed(missing: tuple[UnreachedModule, ...]) -> str:
    named = [f"`{each.module}` ({', '.join(table.label for table in each.tables[:2])})" for each in missing[:3]]
    more = len(missing) - len(named)
    return ", ".join(named) + (f" and {more} more modules with tables" if more else "")


def _fix(subject: EnvScript, missing: tuple[UnreachedModule, ...]) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    if not all(each.importable for each in missing):
        return None
    rewrite = Rewrite(subject.file)
    for each in missing:
        rewrite.add_import(f"import {each.module}", comment="noqa: F401")
    return rewrite.fix("Import them", Safety.UNSAFE)
