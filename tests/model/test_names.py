"""The names that PostgreSQL and SQLAlchemy choose."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex

from alembic_vet.extract.sql import read_sql
from alembic_vet.extract.sql.indexes import index_elements
from alembic_vet.model import operations as op
from alembic_vet.model.schema.names import (
    DEFAULT_CONVENTION,
    column_part,
    conventional_name,
    free_name,
    index_part,
    object_name,
    shortened,
    stand_in,
)
from alembic_vet.source.unknown import OPAQUE
from tests.extract.test_sql import site

LONG = "a_very_long_table_name_for_truncation_purposes_in_postgres"


# What PostgreSQL 15, 17 and 18 call the constraint, index or sequence.
@pytest.mark.parametrize(
    ("first", "second", "label", "expected"),
    [
        ("t", "a", "key", "t_a_key"),
        ("t", "", "pkey", "t_pkey"),
        (LONG, "user_id", "fkey", "a_very_long_table_name_for_truncation_purposes_in__user_id_fkey"),
        (
            "a_long_table_name_" * 3,
            "a_long_column_name_" * 3,
            "key",
            "a_long_table_name_a_long_tabl_a_long_column_name_a_long_col_key",
        ),
        ("é" * 40, "id", "seq", "é" * 28 + "_id_seq"),
    ],
)
def test_default_names_fit_63_bytes(first: str, second: str, label: str, expected: str) -> None:
    assert object_name(first, second, label) == expected


def test_names_that_are_taken_are_numbered() -> None:
    taken = {"t_a_check", "t_a_check1"}
    assert free_name("t", "a", "check", taken.__contains__) == "t_a_check2"


def test_columns_are_joined_until_64_bytes() -> None:
    assert column_part(["a", "b"]) == "a_b"
    assert column_part(["a" * 40, "b" * 40, "c"]) == "a" * 40 + "_" + "b" * 40


def test_expressions_have_names_in_an_index() -> None:
    elements = index_elements("a, lower(a), (a || b), (b || a), (pg_catalog.upper(b))")
    assert index_part(elements) == "a_lower_expr_expr1_upper"


CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s_%(referred_column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def table(name: str, schema: str | None, convention: dict[str, str] | None) -> sa.Table:
    metadata = sa.MetaData(naming_convention=convention)
    sa.Table("other", metadata, sa.Column("id", sa.Integer))
    return sa.Table(name, metadata, sa.Column("a", sa.Integer), sa.Column("b", sa.Integer), schema=schema)


def compiled_name(ddl: str) -> str | None:
    """The name in a statement that SQLAlchemy compiled."""
    (found,) = read_sql([ddl], site())
    match found:
        case op.CreateConstraint(constraint=constraint):
            name = constraint.name
        case op.CreateIndex(index=index):
            name = index.name
        case _:
            raise AssertionError(ddl)
    return name if isinstance(name, str) else None


CASES = [
    pytest.param(convention, schema, name, kind, given, id=f"{kind}-{given}-{schema}-{len(name)}-{bool(convention)}")
    for convention, schema, name, kind, given in product(
        (None, CONVENTION), (None, "app"), ("t", LONG), ("ix", "uq", "fk", "ck", "pk"), (None, "mine", "conv")
    )
    # SQLAlchemy refuses a check that `%(constraint_name)s` cannot name.
    if given or not (kind == "ck" and convention)
]


@pytest.mark.parametrize(("convention", "schema", "name", "kind", "given"), CASES)
def test_conventions_give_the_names_that_sqlalchemy_gives(
    convention: dict[str, str] | None, schema: str | None, name: str, kind: str, given: str | None
) -> None:
    target = table(name, schema, convention)
    spelled = sa.schema.conv(given) if given == "conv" else given
    columns: tuple[str, ...] = ("a", "b")
    match kind:
        case "ix":
            ddl = CreateIndex(sa.Index(spelled, target.c.a, target.c.b))
        case "uq":
            constraint: sa.Constraint = sa.UniqueConstraint("a", "b", name=spelled)
        case "pk":
            constraint = sa.PrimaryKeyConstraint("a", "b", name=spelled)
        case "fk":
            columns = ("a",)
            constraint = sa.ForeignKeyConstraint(["a"], ["other.id"], name=spelled)
        case _:
            constraint = sa.CheckConstraint("a > 0", name=spelled)
    if kind != "ix":
        target.append_constraint(constraint)
        ddl = AddConstraint(constraint)
    expected = compiled_name(str(ddl.compile(dialect=postgresql.dialect())))
    found = conventional_name(
        convention or DEFAULT_CONVENTION,
        kind,
        table=name,
        schema=schema,
        columns=columns,
        given=given,
        final=given == "conv",
        target="other",
        target_columns=("id",),
    )
    assert found == expected


def test_a_convention_that_is_not_known_gives_no_name() -> None:
    assert conventional_name(OPAQUE, "uq", table="t", columns=("a",)) is OPAQUE
    assert conventional_name(OPAQUE, "uq", table="t", columns=("a",), given="mine") == "mine"
    assert conventional_name(OPAQUE, "ck", table="t", given="mine") is OPAQUE
    assert conventional_name({"uq": "uq_%(custom)s"}, "uq", table="t", columns=("a",)) is OPAQUE


@given(st.text(min_size=1, max_size=90))
def test_shortened_names_fit(name: str) -> None:
    assert len(shortened(name)) <= 63
    assert shortened(name) == name or len(name) > 63


def test_two_objects_whose_names_are_not_known_have_different_stand_ins() -> None:
    assert [stand_in("", taken) for taken in (set(), {"?1", "?2"}, {"?2", "?3"})] == ["?1", "?3", "?1"]
    assert stand_in("users", {"?1", "?users1"}) == "?users2"
