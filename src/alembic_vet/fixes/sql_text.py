"""SQL as a fix writes it: names, strings, and what SQLAlchemy's `text()` makes of them."""

from __future__ import annotations

import re
from itertools import pairwise

from alembic_vet.model.schema.objects import Key
from alembic_vet.source.sql import tokenize

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_BIND = re.compile(r"(?<![:\w\\]):(?=\w+(?![:\w]))")

# Every word that pg_get_keywords() of PostgreSQL 18 does not call unreserved.
_NOT_UNRESERVED = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
    natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
    placing position precision primary real references returning right row select session_user setof similar
    smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true
    union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
_KEYWORDS = frozenset(_NOT_UNRESERVED.split())


def sql_name(name: str, schema: str | None = None) -> str:
    """A name, quoted where it needs to be."""
    if schema is not None:
        return f"{sql_name(schema)}.{sql_name(name)}"
    if _PLAIN.fullmatch(name) and name not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def sql_key(key: Key, default_schema: str) -> str:
    """The name of an object, with its schema unless that is found anyway."""
    return sql_name(key.name, None if key.schema == default_schema else key.schema)


def sql_string(text: str) -> str:
    """A string constant."""
    return "'" + text.replace("'", "''") + "'"


def bindless(sql: str) -> str:
    """SQL for `text()` and `op.execute()`, which take `:name` for a parameter even inside a string."""
    return _BIND.sub(r"\\:", sql)


def on_one_line(sql: str) -> str:
    """The same SQL without line breaks; as it is where a comment or a string needs them."""
    tokens = tokenize(sql)
    gaps = [sql[one.end : two.start] for one, two in pairwise(tokens)]
    if any(gap.strip() for gap in gaps) or any("\n" in token.text for token in tokens):
        return sql
    return "".join(f"{token.text}{' ' if gap else ''}" for token, gap in zip(tokens, [*gaps, ""], strict=True))
