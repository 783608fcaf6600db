"""What a step that cannot be followed leaves in doubt, and what not."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from alembic_vet.findings import Location, Span
from alembic_vet.model import operations as op
from alembic_vet.model.schema import apply
from alembic_vet.model.schema.objects import Key
from alembic_vet.source.unknown import OPAQUE
from tests.model.replaying import replayed, run

T = Key("public", "t")
HERE = Location(Path("/revision.py"), Span(1, 1, 1, 2))
TABLE = """
create table t (a int primary key, b int, constraint t_b_key unique (b), constraint positive check (b > 0));
create index i on t (b)
"""


def test_dropping_a_constraint_of_unknown_name_leaves_columns_and_other_kinds_alone() -> None:
    state = replayed(TABLE)
    drop = op.DropConstraint(op.QualifiedName("t"), OPAQUE, "unique", location=HERE)
    assert list(apply(state, drop)) == []
    table = state.tables[T]
    assert not table.doubt
    assert table.lacks("c")
    assert not any(column.doubt for column in table.columns.values())
    assert {name for name, each in table.constraints.items() if each.doubt} == {"t_b_key"}
    assert {key.name for key, index in state.indexes.items() if index.doubt} == {"t_b_key"}


def test_without_its_kind_it_may_be_any_constraint() -> None:
    state = replayed(TABLE)
    assert list(apply(state, op.DropConstraint(op.QualifiedName("t"), OPAQUE, location=HERE))) == []
    assert all(each.doubt for each in state.tables[T].constraints.values())
    assert not state.indexes[Key("public", "i")].doubt


def test_a_primary_key_of_unknown_name_is_the_only_one() -> None:
    state = replayed(TABLE)
    assert list(apply(state, op.DropConstraint(op.QualifiedName("t"), OPAQUE, "primary", location=HERE))) == []
    assert state.tables[T].primary_key is None
    assert Key("public", "t_pkey") not in state.indexes
    assert run(state, "alter table t add primary key (b)") == []
    assert state.tables[T].primary_key == replace(replayed(TABLE).tables[T].constraints["t_pkey"], columns=("b",))


def test_a_name_is_not_known_that_gives_way_to_one_in_doubt() -> None:
    state = replayed(TABLE)
    assert list(apply(state, op.DropConstraint(op.QualifiedName("t"), OPAQUE, "unique", location=HERE))) == []
    assert run(state, "alter table t add unique (b)") == []
    assert [each.name_known for each in state.tables[T].constraints.values() if not each.doubt] == [True, True, False]
