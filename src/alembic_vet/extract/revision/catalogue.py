"""Questions that a revision asks PostgreSQL's catalogue in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_vet.extract.revision.expressions import sql_text
from alembic_vet.extract.revision.terms import string
from alembic_vet.model.operations import Guard
from alembic_vet.source.sql import Token, tokenize
from alembic_vet.source.values import Call, Items, Mapping, Value

Guards = tuple[Guard, ...]
_ROWS = frozenset(
    {"scalar", "first", "fetchone", "fetchall", "one_or_none", "scalar_one_or_none", "scalar_one", "all", "one"}
    | {"scalars", "mappings"}
)
_EXECUTING = frozenset({"execute", "exec_driver_sql", "scalar", "scalars"})


def executed_text(call: Call) -> str | None:
    """The text of the query whose rows a value is: `bind.execute(text("SELECT 1 FROM pg_type ...")).first()`."""
    while call.method in _ROWS and isinstance(call.receiver, Call):
        call = call.receiver
    if call.method not in _EXECUTING or not call.args:
        return None
    statement = call.args[0]
    text = sql_text(statement)
    if not isinstance(text, str):
        return None
    given = dict(_parameters(statement))
    for parameters in [*call.args[1:], *call.keywords.values()]:
        if isinstance(parameters, Items):
            return None
        if isinstance(parameters, Mapping):
            given |= {str(key): value for key, value in parameters.items.items()}
    for key, value in given.items():
        known = string(value)
        if not isinstance(known, str):
            return None
        text = text.replace(f":{key}", "'" + known.replace("'", "''") + "'")
    return text


def _parameters(statement: Value) -> dict[str, Value]:
    if isinstance(statement, Call) and statement.method == "bindparams":
        return statement.keywords
    return {}


def asked_of_catalogue(sql: str, met: bool) -> Guards | None:
    sql = sql.strip().rstrip(";")
    tokens = tokenize(sql)
    if not tokens or not tokens[0].is_word("select"):
        return None
    if len(tokens) > 1 and tokens[1].is_word("exists"):
        return _guards(tokens[1:], met)
    if len(tokens) > 1 and tokens[1].is_word("to_regclass", "to_regtype"):
        return _guards([*tokens[1:5], *tokenize("is not null")], met)
    return _guards([*tokenize("exists ("), *tokens, *tokenize(")")], met)


def among_rows(sql: str, asked: str, met: bool) -> Guards | None:
    """A name looked for among the rows of a query for one column of the catalogue."""
    tokens = tokenize(sql.strip().rstrip(";"))
    if len(tokens) < 4 or not tokens[0].is_word("select") or not tokens[1].is_name or not tokens[2].is_word("from"):
        return None
    literal = asked.replace("'", "''")
    joined = "and" if any(token.is_word("where") for token in tokens) else "where"
    more = tokenize(f"{joined} {tokens[1].value} = '{literal}'")
    return _guards([*tokenize("exists ("), *tokens, *more, *tokenize(")")], met)


def _guards(condition: Sequence[Token], met: bool) -> Guards | None:
    from alembic_vet.extract.sql.conditions import guards_of

    return guards_of(condition, met=met)
