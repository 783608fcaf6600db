"""`unescaped-percent-in-ini`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Edit, Finding, Fix, Location, Safety, Severity, Span
from alembic_vet.model.config import AlembicConfig, ConfigOption
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import ConfigRule, FixAvailability

_PERCENT = r"%%|%\([^)]*\)s|%"


class UnescapedPercentInIni(ConfigRule):
    """A URL in the ini file holds a single percent sign.

    ## What it does
    Reports a `%` in a URL of alembic.ini that is neither doubled nor the start of an interpolation like `%(here)s`.

    ## Why is this bad?
    `configparser` refuses the option when env.py reads it, or any other of its section through `get_section`:
    `configparser.InterpolationSyntaxError: '%' must be followed by '%' or '(', found: '%7Bx@...'`.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#escaping-characters-in-ini-files.

    ## Example
    ```ini title="alembic.ini"
    [alembic]
    script_location = %(here)s/alembic
    sqlalchemy.url = postgresql+psycopg2://app:p%40ss@localhost/app
    ```

    ## Use instead
    ```ini title="alembic.ini"
    [alembic]
    script_location = %(here)s/alembic
    sqlalchemy.url = postgresql+psycopg2://app:p%%40ss@localhost/app
    ```

    ## Fix safety
    Safe: reading the option raises today.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.ALWAYS

    def check(self, subject: AlembicConfig, environment: Environment) -> Iterator[Finding]:
        for option in subject.options.values():
            if "://" not in option.raw:
                continue
            places = list(_places(option))
            if not places:
                continue
            first = Location(option.location.path, places[0])
            edits = tuple(Edit(first.path, place, "%%") for place in places)
            yield self.finding(
                first,
                f"a single `%` in `{option.name}`: reading it raises InterpolationSyntaxError",
                fix=Fix("Double the `%`", Safety.SAFE, edits),
            )


def _places(option: ConfigOption) -> Iterator[Span]:
    """The single percent signs of a value on one line."""
    span = option.location.span
    if span.line != span.end_line:
        return
    for found in re.finditer(_PERCENT, option.raw):
        if found.group() == "%":
            column = span.column + found.start()
            yield Span(span.line, column, span.line, column + 1)
