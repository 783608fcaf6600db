"""Conditions of PL/pgSQL that ask the catalogue whether something is there."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_vet.model.operations import Guard, QualifiedName, Thing
from alembic_vet.source.sql import Token

_KEYS: tuple[tuple[str, Thing], ...] = (
    ("enumlabel", "label"),
    ("column_name", "column"),
    ("attname", "column"),
    ("conname", "constraint"),
    ("constraint_name", "constraint"),
    ("indexname", "index"),
    ("extname", "extension"),
    ("typname", "type"),
    ("nspname", "schema"),
    ("relname", "relation"),
    ("table_name", "relation"),
    ("tablename", "relation"),
    ("viewname", "relation"),
    ("matviewname", "relation"),
    ("sequence_name", "relation"),
    ("schema_name", "schema"),
)
_TABLES = ("table_name", "tablename", "relname", "conrelid", "attrelid", "indrelid")
_SCHEMAS = ("table_schema", "schemaname", "nspname", "constraint_schema")
_FUNCTIONS: dict[str, Thing] = {"to_regclass": "relation", "to_regtype": "type"}
_UNDERSTOOD = frozenset(_TABLES + _SCHEMAS) | {key for key, _ in _KEYS}


def guards_of(condition: Sequence[Token], *, met: bool) -> tuple[Guard, ...] | None:
    """The guards that hold where the condition is met, or is not; None for any other condition."""
    tokens = list(condition)
    while len(tokens) > 1 and tokens[0].is_symbol("(") and _closes(tokens):
        tokens = tokens[1:-1]
    parts = _conjunction(tokens)
    if len(parts) > 1:
        # Where `a and b` is not met, it is not known which of them is not.
        known = [guards_of(part, met=True) for part in parts] if met else [None]
        return None if None in known else tuple(guard for part in known for guard in part or ())
    if tokens and tokens[0].is_word("not"):
        return guards_of(tokens[1:], met=not met)
    function = _FUNCTIONS.get(tokens[0].value) if tokens and tokens[0].is_name else None
    if function and len(tokens) >= 6 and tokens[2].kind == "string" and tokens[4].is_word("is"):
        exists = tokens[5].is_word("not") == met
        return (Guard(function, _name(tokens[2].value), exists),)
    if len(tokens) > 1 and tokens[0].is_word("exists") and tokens[1].is_symbol("("):
        return _existence(tokens, exists=met)
    return None


def _closes(tokens: Sequence[Token]) -> bool:
    depth = 0
    for place, token in enumerate(tokens):
        depth += token.is_symbol("(") - token.is_symbol(")")
        if not depth:
            return place == len(tokens) - 1
    return False


def _conjunction(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.is_symbol("(") - token.is_symbol(")")
        if token.is_word("and") and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _existence(tokens: Sequence[Token], *, exists: bool) -> tuple[Guard, ...] | None:
    if any(token.is_word("or", "like", "ilike", "in", "union", "not") or token.holed for token in tokens):
        return None
    if not any(token.is_name and token.value in _UNDERSTOOD for token in tokens):
        return None
    compared = _comparisons(tokens)
    for key, thing in _KEYS:
        if key not in compared:
            continue
        schema = next((compared[name] for name in _SCHEMAS if name in compared and name != key), None)
        owner = next((compared[name] for name in _TABLES if name in compared and name != key), None)
        if thing == "label":
            owner = compared.get("typname") or compared.get("enumtypid")
        unknown = set(compared) - _UNDERSTOOD - {"enumtypid", "table_catalog", "typtype", "contype", "relkind"}
        if unknown:
            return None
        name = _name(compared[key])
        of = _name(owner) if owner and thing in {"column", "constraint", "index", "label"} else None
        if schema is not None:
            name = QualifiedName(name.name, schema)
            of = QualifiedName(of.name, schema) if of else None
        return (Guard(thing, name, exists, of),)
    return None


def _comparisons(tokens: Sequence[Token]) -> dict[str, str]:
    """`key = 'constant'` pairs; casts such as `'t'::regclass` count as the constant."""
    found: dict[str, str] = {}
    for place, token in enumerate(tokens[2:], start=2):
        if token.kind != "string" or not tokens[place - 1].is_symbol("="):
            continue
        key = tokens[place - 2]
        if key.is_name:
            found[key.value] = token.value
    return found


def _name(text: str) -> QualifiedName:
    schema, dot, name = text.partition(".")
    return QualifiedName(name.strip('"'), schema.strip('"')) if dot else QualifiedName(text.strip('"'))
