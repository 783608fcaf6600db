"""`missing-prepend-sys-path`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from alembic_vet import disk
from alembic_vet.findings import Finding, Fix, Safety, Severity
from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.env_script import EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.project.modules import Module, SourceRoot
from alembic_vet.project.source_roots import path_edits
from alembic_vet.project.surroundings import Place
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.imports import import_statements


class MissingPrependSysPath(EnvScriptRule):
    """env.py imports the project's own code, and nothing puts it on the path.

    ## What it does
    Reports the first import in env.py of a module of the project whose folder is not on `sys.path`: there is no
    `prepend_sys_path` in the configuration, env.py does not change `sys.path`, the project is not a package that is
    installed, and none of its scripts speaks of `PYTHONPATH` or `python -m alembic`.

    ## Why is this bad?
    The `alembic` command does not put the working folder on the path, as `python -m` does: every command that loads
    env.py ends with `ModuleNotFoundError: No module named 'app'`.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file.

    ## Example
    ```python title="app/__init__.py"
    from sqlalchemy import MetaData

    metadata = MetaData()
    ```
    ```ini title="alembic.ini"
    [alembic]
    script_location = %(here)s/alembic
    sqlalchemy.url = postgresql://app@localhost/app
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    from app import metadata

    connectable = engine_from_config(context.config.get_section("alembic", {}), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="app/__init__.py"
    from sqlalchemy import MetaData

    metadata = MetaData()
    ```
    ```ini title="alembic.ini"
    [alembic]
    script_location = %(here)s/alembic
    prepend_sys_path = .
    sqlalchemy.url = postgresql://app@localhost/app
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    from app import metadata

    connectable = engine_from_config(context.config.get_section("alembic", {}), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Unsafe: what is imported may change where another module of that name is installed.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    place: ClassVar[Place] = "env.py"

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        config = environment.config
        if config.format == "none" or _is_on_path_otherwise(environment):
            return
        for found in import_statements(subject.file.tree, ""):
            if found.level or found.type_checking or found.in_try or found.main_only:
                continue
            module = environment.modules.locate(found.module)
            if module is None or module.root.on_path:
                continue
            if _is_installed(module, environment):
                return
            yield self.finding(
                subject.file.location(found.statement),
                f"`{found.module.partition('.')[0]}` is not on the path of the `alembic` command",
                fix=_fix(environment, module.root),
            )
            return


# Where a project says how its commands run.
_RECIPES = r"(?i)(docker|compose|make|just|tox|nox|procfile|\.env|pyproject|taskfile|.*\.sh$|.*\.ya?ml$)"
_MENTIONS = rb"PYTHONPATH|python3? -m alembic|pythonpath"


def _is_on_path_otherwise(environment: Environment) -> bool:
    """Whether something else may put the project on the path: a setting that is there, env.py, how it is run."""
    config = environment.config
    if "prepend_sys_path" in {**config.options, **(config.toml_options or {})}:
        return True
    if path_edits(environment.sources.file(config.env_path), config.here).unknown or environment.requires(
        "flask-migrate"
    ):
        return True
    for name in environment.models.files:
        if re.match(_RECIPES, os.path.basename(name)) and re.search(_MENTIONS, environment.models.data(name)):
            return True
    return False


def _is_installed(module: Module, environment: Environment) -> bool:
    """Whether a module comes with the package that env.py itself is part of, or that a build file makes."""
    top = module.root.path / module.name.partition(".")[0]
    if environment.config.env_path.is_relative_to(top) and disk.is_file(top / "__init__.py"):
        return True
    return any(disk.is_file(module.root.path / name) for name in ("setup.py", "setup.cfg"))


def _fix(environment: Environment, root: SourceRoot) -> Fix | None:
    from alembic_vet.fixes.changes import FixImpossible

    config = environment.config
    relative = Path(os.path.relpath(root.path, config.here)).as_posix()
    try:
        edit_of = _in_ini if config.format == "ini" else _in_toml
        return edit_of(environment, config, relative)
    except (FixImpossible, OSError):
        return None


def _in_ini(environment: Environment, config: AlembicConfig, relative: str) -> Fix:
    from alembic_vet.fixes.config import set_ini_option

    raw = "." if relative == "." else f"%(here)s/{relative}"
    file = environment.sources.file(config.path)
    edit = set_ini_option(file, config.section, "prepend_sys_path", raw, after=("script_location",))
    return Fix(f"Set `prepend_sys_path = {raw}`", Safety.UNSAFE, (edit,))


def _in_toml(environment: Environment, config: AlembicConfig, relative: str) -> Fix:
    from alembic_vet.fixes.config import set_toml_value

    item = "." if relative == "." else f"%(here)s/{relative}"
    file = environment.sources.file(config.path)
    edit = set_toml_value(file, ("tool", "alembic", "prepend_sys_path"), [item], after=("script_location",))
    return Fix(f'Set `prepend_sys_path = ["{item}"]`', Safety.UNSAFE, (edit,))
