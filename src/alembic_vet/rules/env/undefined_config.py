"""`undefined-config`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability

_IMPORTS = {
    "asyncio": "import asyncio",
    "os": "import os",
    "sys": "import sys",
    "context": "from alembic import context",
    "pool": "from sqlalchemy import pool",
    "text": "from sqlalchemy import text",
    "create_engine": "from sqlalchemy import create_engine",
    "engine_from_config": "from sqlalchemy import engine_from_config",
    "async_engine_from_config": "from sqlalchemy.ext.asyncio import async_engine_from_config",
    "create_async_engine": "from sqlalchemy.ext.asyncio import create_async_engine",
    "fileConfig": "from logging.config import fileConfig",
}


class UndefinedConfig(EnvScriptRule):
    """env.py uses `config`, or another name, that nothing defines.

    ## What it does
    Reports the first use of each name that env.py neither defines nor imports, and that Python does not have by
    itself. With a star import any name may be defined: then it is silent.

    ## Why is this bad?
    Every command that loads env.py ends with `NameError: name 'config' is not defined`. `config` is the name that
    examples use without the line that makes it, `config = context.config`.

    See https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.environment.EnvironmentContext.config.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    connectable = engine_from_config(config.get_section("alembic", {}), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    config = context.config

    connectable = engine_from_config(config.get_section("alembic", {}), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe: the code raises today. Names that Alembic's own templates import are imported; for others there is no fix.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for name, location in subject.undefined:
            yield self.finding(location, f"`{name}` is not defined", fix=_fix(subject, name))


def _fix(subject: EnvScript, name: str) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    rewrite = Rewrite(subject.file)
    if name == "config":
        body = subject.file.tree.body
        imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
        if not imports:
            return None
        context = rewrite.name_for("alembic.context")
        following = body[body.index(imports[-1]) + 1 :]
        if not following:
            return None
        rewrite.insert_before(subject.file.span(following[0]), [f"config = {context}.config", ""])
        return rewrite.fix("Add `config = context.config`", Safety.SAFE)
    if name in _IMPORTS:
        rewrite.add_import(_IMPORTS[name])
        return rewrite.fix(f"Add `{_IMPORTS[name]}`", Safety.SAFE)
    return None
