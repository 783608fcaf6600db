"""SQLAlchemy's expressions as the SQL text they stand for."""

from __future__ import annotations

from alembic_vet.extract.revision.terms import column_name, name, short_name, string
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import Attribute, Call, Const, Symbol, Text, Value

_BARE_FUNCTIONS = frozenset(
    {"current_timestamp", "current_date", "current_time", "localtimestamp", "localtime", "current_user", "session_user"}
)
_CONSTANTS = {"true": "true", "false": "false", "null": "NULL"}
FLUENT = frozenset({"bindparams", "params", "columns", "execution_options"})
"""Methods of a text that return it, with more said of it."""
TEXTS = frozenset({"text", "literal_column", "DDL", "TextClause", "SQL"})


def sql_text(value: Value | None) -> str | Opaque | None:
    """The text of `sa.text("...")` or of a plain string; None for anything else."""
    match value:
        case Text():
            return string(value)
        case Call() if value.method in FLUENT:
            return sql_text(value.receiver)
        case Call() if short_name(value) in TEXTS:
            written = sql_text(value.argument(0, "text", "statement"))
            # A backslash keeps `text()` from taking what follows for a parameter.
            return written.replace("\\:", ":") if isinstance(written, str) else written
        case _:
            return None


def condition(value: Value | None) -> str | Opaque:
    """A condition: a string is SQL here."""
    text = sql_text(value)
    return rendered(value) if text is None else text


def rendered(value: Value | None) -> str | Opaque:
    """An expression as SQL; a plain string is a string literal."""
    match value:
        case Const(value=None):
            return "NULL"
        case Const(value=bool() as known):
            return "true" if known else "false"
        case Const(value=int() | float() as known):
            return str(known)
        case Text():
            plain = string(value)
            return "'" + plain.replace("'", "''") + "'" if isinstance(plain, str) else OPAQUE
        case Symbol() if short_name(value).lower() in _BARE_FUNCTIONS:
            return short_name(value).upper()
        case Attribute(of=Attribute(name="c" | "columns")):
            return _identifier(value)
        case Call():
            return _called(value)
        case _:
            return OPAQUE


def _called(call: Call) -> str | Opaque:
    short = short_name(call)
    if short in TEXTS or call.method in FLUENT:
        known = sql_text(call)
        return OPAQUE if known is None else known
    if short.lower() in _CONSTANTS and not call.args:
        return _CONSTANTS[short.lower()]
    if short in ("Column", "column"):
        return _identifier(call)
    if short in ("literal", "inline_literal", "bindparam") and call.args:
        return rendered(call.args[0])
    if short == "next_value" and isinstance(call.receiver, Call) and short_name(call.receiver) == "Sequence":
        sequence = name(call.receiver.argument(0, "name"))
        return OPAQUE if sequence is OPAQUE else f"nextval('{sequence}')"
    if short in ("cast", "type_coerce", "label", "self_group") or not _is_function(call):
        return OPAQUE
    if short.lower() in _BARE_FUNCTIONS and not call.args:
        return short.upper()
    arguments = [rendered(argument) for argument in call.args]
    if call.open_ended or call.keywords:
        return OPAQUE
    texts = [argument for argument in arguments if isinstance(argument, str)]
    return f"{short}({', '.join(texts)})" if len(texts) == len(arguments) else OPAQUE


def _is_function(call: Call) -> bool:
    """`sa.func.lower(...)`, `sa.sql.functions.now()`, `func.pg_catalog.lower(...)`."""
    path = call.name.split(".")
    return "func" in path[:-1] or "functions" in path[:-1]


def _identifier(value: Value) -> str | Opaque:
    known = column_name(value)
    if known is OPAQUE:
        return OPAQUE
    plain = known.isidentifier() and known.islower()
    return known if plain else '"' + known.replace('"', '""') + '"'
