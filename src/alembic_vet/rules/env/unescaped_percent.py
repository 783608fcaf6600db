"""`unescaped-percent`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.extract.urls import is_url_object
from alembic_vet.findings import Finding, Fix, Safety, Severity
from alembic_vet.model.env_script import EnvScript, OptionWrite
from alembic_vet.model.url import DatabaseUrl
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability
from alembic_vet.source.nodes import keyword
from alembic_vet.source.values import Call, Const, Hole, Text, Value, options

_LONE_PERCENT = r"(?<!%)(?:%%)*%(?![%(])"


class UnescapedPercent(EnvScriptRule):
    """A URL is set as an option without doubling its percent signs.

    ## What it does
    Reports `config.set_main_option()` and `set_section_option()` of a URL that may hold a `%` and whose `%` are not
    doubled on the way: as an error where it is percent-encoded by construction (`quote_plus`, `URL.create`,
    `PostgresDsn.build`) or holds a `%` in plain sight, else as a warning. URLs without credentials (SQLite) are silent,
    and so are a section's dictionary and `url=`, which are not interpolated.

    ## Why is this bad?
    The option goes through `configparser`, for which `%` begins an interpolation. A password with a character that
    is quoted in a URL ends every command with `ValueError: invalid interpolation syntax in '...' at position N`. On
    the developer's machine, with another password, it works.

    See https://alembic.sqlalchemy.org/en/latest/api/config.html#alembic.config.Config.set_main_option.

    ## Example
    ```python title="alembic/env.py"
    import os

    from alembic import context
    from sqlalchemy import engine_from_config, pool

    config = context.config
    config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])

    connectable = engine_from_config(config.get_section("alembic", {}), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    import os

    from alembic import context
    from sqlalchemy import engine_from_config, pool

    config = context.config
    config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))

    connectable = engine_from_config(config.get_section("alembic", {}), poolclass=pool.NullPool)

    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Safe where the value was followed to where it comes from: a value without `%` stays what it is, and one with `%`
    raises today. Unsafe where it was not, for it may be escaped already.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        for write in subject.option_writes:
            node = _value_node(write)
            if node is None or write.call.at.file is not subject.file or not _is_url(write.option):
                continue
            severity = _severity(write.value)
            if severity is None or _escapes(node):
                continue
            yield self.finding(
                subject.file.location(node),
                _message(write, severity),
                severity=severity,
                fix=_fix(subject, write, node),
            )


def _value_node(write: OptionWrite) -> ast.expr | None:
    call = write.call.node
    if len(call.args) > write.position:
        return call.args[write.position]
    return keyword(call.keywords, "value")


def _is_url(option: str | None) -> bool:
    return option is None or any(word in option.lower() for word in ("url", "dsn", "uri"))


def _severity(value: Value) -> Severity | None:
    """How sure it is that a `%` gets through; None where none can."""
    found = [_option_severity(option) for option in options(value)]
    known = [severity for severity in found if severity is not None]
    return max(known) if known else None


def _option_severity(value: Value) -> Severity | None:
    if isinstance(value, Const) or is_url_object(value):
        return None
    if not isinstance(value, Text):
        return Severity.WARNING
    literal = "".join(part for part in value.parts if isinstance(part, str))
    if re.search(_LONE_PERCENT, literal):
        return Severity.ERROR
    url = DatabaseUrl.read(value)
    if url is not None and url.backend == "sqlite" and not _replaceable(value):
        return None
    open_holes = [hole for hole in value.holes if not hole.escaped and not hole.plain and not hole.masked]
    if not open_holes:
        return None
    return Severity.ERROR if any(hole.encoded for hole in open_holes) else Severity.WARNING


def _replaceable(value: Text) -> bool:
    """Whether the whole URL may come from outside, whatever its default says."""
    return bool(value.parts) and isinstance(value.parts[0], Hole)


def _escapes(node: ast.expr) -> bool:
    """Whether the expression itself looks like one that escapes, in a way that was not followed."""
    words = {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in ast.walk(node)}
    return any("escape" in word.lower() for word in words)


def _message(write: OptionWrite, severity: Severity) -> str:
    option = f"`{write.option}`" if write.option else "the option"
    if severity is Severity.ERROR:
        return f"{option} is set to a percent-encoded value whose `%` are not doubled: it raises ValueError"
    return f"{option} is set to a value whose `%` are not doubled: a password with a `%` in it raises ValueError"


def _fix(subject: EnvScript, write: OptionWrite, node: ast.expr) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    if isinstance(node, ast.Constant):
        if not isinstance(node.value, str):
            return None
        source = subject.file.slice(subject.file.span(node))
        rewrite = Rewrite(subject.file)
        rewrite.replace(subject.file.span(node), source.replace("%%", "%").replace("%", "%%"))
        return rewrite.fix("Double the `%`", Safety.SAFE)
    followed = all(isinstance(option, (Text, Call)) for option in options(write.value))
    rewrite = Rewrite(subject.file)
    rewrite.append(subject.file.span(node), '.replace("%", "%%")')
    return rewrite.fix('Add `.replace("%", "%%")`', Safety.SAFE if followed else Safety.UNSAFE)
