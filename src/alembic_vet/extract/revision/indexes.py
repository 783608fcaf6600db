"""Indexes as SQLAlchemy writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alembic_vet.extract.revision.expressions import condition, rendered, sql_text
from alembic_vet.extract.revision.terms import certainly, column_name, final_name, flag, names, short_name, string
from alembic_vet.model.operations import Index, IndexElement
from alembic_vet.source.stdlib import iterated
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import Call, Items, Text, Value, constant
from alembic_vet.source.values import Mapping as MappingValue

_ORDERS = {
    "asc": "ASC",
    "desc": "DESC",
    "nulls_first": "NULLS FIRST",
    "nullsfirst": "NULLS FIRST",
    "nulls_last": "NULLS LAST",
    "nullslast": "NULLS LAST",
}


def read_index(value: Value) -> Index | None:
    """`sa.Index("name", "column", ...)`; None for anything else."""
    if not isinstance(value, Call) or short_name(value) != "Index":
        return None
    elements: Value = OPAQUE if value.open_ended else Items(list(value.args[1:]))
    return index(value.argument(0, "name"), elements, value.keywords)


def index(named: Value | None, elements: Value | None, keywords: Mapping[str, Value]) -> Index:
    """An index from its name, its list of keys, and the keywords of `create_index` or `sa.Index`."""
    called, final = final_name(named)
    keys = iterated(elements) if elements is not None and not isinstance(elements, Text) else None
    if isinstance(elements, Text):
        keys = [elements]
    where = keywords.get("postgresql_where")
    method = string(keywords.get("postgresql_using"))
    classes = keywords.get("postgresql_ops")
    return Index(
        name=called,
        elements=OPAQUE if keys is None else _elements(keys, classes),
        unique=flag(keywords.get("unique")),
        where=None if where is None else condition(where),
        method="btree" if method is None else method.lower() if isinstance(method, str) else OPAQUE,
        include=names(keywords.get("postgresql_include")),
        nulls_not_distinct=certainly(keywords.get("postgresql_nulls_not_distinct")),
        final=final,
    )


def _elements(keys: Iterable[Value], classes: Value | None) -> tuple[IndexElement, ...]:
    found: list[IndexElement] = []
    for key in keys:
        text = sql_text(key) if isinstance(key, Call) and short_name(key) not in {"column", *_ORDERS} else None
        found += _of_sql(text) if isinstance(text, str) else [_element(key, classes)]
    return tuple(found)


def _element(key: Value, classes: Value | None) -> IndexElement:
    match key:
        case Call() if short_name(key) in _ORDERS:
            inner = key.receiver if key.receiver is not None else key.argument(0, "column")
            base = _element(inner if inner is not None else OPAQUE, classes)
            options = f"{base.options} {_ORDERS[short_name(key)]}".strip()
            return IndexElement(base.column, base.sql, options)
        case Call() if sql_text(key) is not None and short_name(key) != "column":
            text = sql_text(key)
            return _of_sql(text)[0] if isinstance(text, str) else IndexElement(sql=OPAQUE)
    column = column_name(key)
    if isinstance(column, str):
        return IndexElement(column, None, _operator_class(column, classes))
    return IndexElement(sql=rendered(key))


def _of_sql(text: str) -> tuple[IndexElement, ...]:
    from alembic_vet.extract.sql.indexes import index_elements

    return index_elements(text)


def _operator_class(column: str, classes: Value | None) -> str:
    if not isinstance(classes, MappingValue) or column not in classes.items:
        return ""
    known = constant(classes.items[column])
    return known.upper() if isinstance(known, str) else ""
