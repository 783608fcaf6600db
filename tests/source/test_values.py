"""What structs are relied on for."""

from __future__ import annotations

import ast
from pathlib import Path

from msgspec.structs import replace

from alembic_vet.findings import Location, Span
from alembic_vet.model.column_type import ColumnType
from alembic_vet.source.file import SourceFile
from alembic_vet.source.values import Anchor, Attribute, Call, Context, Hole, Symbol, Text

ANCHOR = Anchor(SourceFile(Path("/project/a.py"), b"f()"), ast.Pass())


def test_a_call_is_named_after_its_callee_in_copies_too() -> None:
    call = Call(Symbol("sqlalchemy.text"), (), {}, ANCHOR, Context())
    assert (call.name, call.method) == ("sqlalchemy.text", "text")
    assert replace(call, callee=Attribute(call, "execute")).name == "?.execute"


def test_where_a_string_is_written_does_not_make_it_another() -> None:
    here, nowhere = Text(("a",), Location(Path("/project/a.py"), Span(1, 1, 1, 2))), Text(("a",))
    assert here == nowhere
    assert not here != nowhere  # noqa: SIM202 - the operator is what is tested
    assert len({here, nowhere}) == 1
    assert here != Text(("b",))
    assert here != Text((Hole(),))
    assert here != "a"


def test_what_does_not_count_is_kept_in_copies() -> None:
    serial = ColumnType("integer", serial=True)
    assert serial == ColumnType("integer")
    assert replace(serial, array=True).serial
    assert replace(serial, array=True) != serial
