"""`masked-password-url`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.values import Anchor, Text, Value, options


class MaskedPasswordUrl(EnvScriptRule):
    """A URL object is made a string, and its password becomes `***`.

    ## What it does
    Reports `str()` or an f-string of a SQLAlchemy URL (`engine.url`, `make_url()`, `URL.create()`) whose result env.py
    sets as an option or connects with. URLs of pydantic keep their password and are silent, and so is
    SQLAlchemy 1.4.

    ## Why is this bad?
    The password is gone: `FATAL:  password authentication failed for user "app"`. Where the server trusts local
    connections it works, so that it fails in production first.

    See https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.engine.URL.render_as_string.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, make_url, pool

    url = make_url("postgresql+psycopg2://app:secret@localhost/app")
    connectable = create_engine(str(url), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, make_url, pool

    url = make_url("postgresql+psycopg2://app:secret@localhost/app")
    connectable = create_engine(url.render_as_string(hide_password=False), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe: the same URL, with its password.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        if environment.sqlalchemy < (2, 0):
            return
        used: list[Value] = [write.value for write in subject.option_writes]
        used += [engine.url for engine in subject.online.engines if engine.url is not None]
        places = {id(anchor.node): anchor for value in used for anchor in _masked(value)}
        for anchor in places.values():
            if anchor.file is not subject.file:
                continue
            yield self.finding(
                anchor.location,
                "the string of a URL has `***` for its password, and is used to connect",
                fix=_fix(subject, anchor.node),
            )


def _masked(value: Value) -> Iterator[Anchor]:
    for option in options(value):
        if isinstance(option, Text):
            for hole in option.holes:
                if hole.masked is not None:
                    yield hole.masked


def _fix(subject: EnvScript, node: ast.AST) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    match node:
        case ast.Call(func=ast.Name(id="str"), args=[inner], keywords=[]):
            source = subject.file.slice(subject.file.span(inner))
        case _:
            return None
    if not isinstance(inner, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        source = f"({source})"
    rewrite = Rewrite(subject.file)
    rewrite.replace(subject.file.span(node), f"{source}.render_as_string(hide_password=False)")
    return rewrite.fix("Use `render_as_string(hide_password=False)`", Safety.SAFE)
