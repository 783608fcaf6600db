"""Fixes that make an Enum object use a type that is there."""

from __future__ import annotations

import ast

from alembic_vet.findings import Fix, Location, Safety
from alembic_vet.project.environment import Environment
from alembic_vet.rules.enums._places import enum_call
from alembic_vet.source.file import SourceFile
from alembic_vet.source.nodes import last_name

_COMMON = frozenset({"name", "schema", "metadata", "inherit_schema", "create_type"})
# From here on `sa.Enum` takes `create_type=False` too: before, only `postgresql.ENUM` does.
_HONOURED = (2, 1)


def reusing(file: SourceFile, location: Location, name: str, environment: Environment) -> Fix | None:
    """`create_type=False`, on `postgresql.ENUM` where SQLAlchemy needs that."""
    from alembic_vet.fixes.build import Rewrite

    call = enum_call(file, location, name)
    if call is None or any(keyword.arg == "create_type" and _is_false(keyword.value) for keyword in call.keywords):
        return None
    rewrite = Rewrite(file)
    title = f"Use the type `{name}` that is there"
    if last_name(call.func) == "Enum" and (environment.known_sqlalchemy or ()) < _HONOURED:
        plain = all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in call.args)
        if not plain or not call.args or any(keyword.arg not in _COMMON for keyword in call.keywords):
            return None
        written = rewrite.name_for("sqlalchemy.dialects.postgresql.ENUM", prefer_module=True)
        rewrite.replace(file.span(call.func), written)
    rewrite.set_keyword(file.span(call), "create_type=False")
    return rewrite.fix(title, Safety.SAFE)


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False
