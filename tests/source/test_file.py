"""Bytes, text and positions of a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alembic_vet.findings import Span
from alembic_vet.source.file import SourceFile, Unparsable

PATH = Path("/project/env.py")


def test_mixed_newlines_stay_on_the_lines_that_are_not_touched() -> None:
    file = SourceFile(PATH, b"a = 1\r\nb = 2\nc = 3\rd = 4\r\n\r\ne = 5\n")
    assert file.lines == ["a = 1", "b = 2", "c = 3", "d = 4", "", "e = 5", ""]
    changed = file.with_edits([(Span(2, 1, 2, 2), "x"), (Span(4, 6, 4, 6), "\nnew"), (Span(6, 1, 7, 1), "")])
    assert changed.data == b"a = 1\r\nx = 2\nc = 3\rd = 4\r\nnew\r\n\r\n"


def test_an_edit_over_a_newline_takes_all_of_it() -> None:
    file = SourceFile(PATH, b"a\r\nb\r\n")
    assert file.with_edits([(Span(1, 2, 2, 1), "")]).data == b"ab\r\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_an_edited_file_is_stored_as_it_was(newline: str, encoding: str) -> None:
    head = "# coding: latin-1\n" if encoding == "latin-1" else "# ä\n"
    file = SourceFile(PATH, f"{head}x = 'ü'\n".replace("\n", newline).encode(encoding))
    changed = file.with_edits([(Span(2, 6, 2, 7), "ö\nß")])
    assert changed.data == f"{head}x = 'ö\nß'\n".replace("\n", newline).encode(encoding)
    assert file.edited(changed.text).data == changed.data
    assert changed.bom == (encoding == "utf-8-sig")


def test_no_edit_no_change() -> None:
    data = b"\xef\xbb\xbfa\r\nb\nc"
    assert SourceFile(PATH, data).with_edits([]).data == data


def test_a_text_that_the_encoding_cannot_say() -> None:
    file = SourceFile(PATH, b"# coding: ascii\nx = 1\n")
    with pytest.raises(UnicodeEncodeError):
        file.with_edits([(Span(2, 5, 2, 6), "'ä'")])


@pytest.mark.parametrize(
    ("data", "exact"),
    [
        (b"x", True),
        ("ä".encode(), True),
        (b"\xe4", False),
        (b"# coding: latin-1\n\xe4", True),
        (b"\xef\xbb\xbfx", True),
        ("x = '\ufffd'".encode(), True),
    ],
)
def test_whether_the_text_stands_for_all_bytes(data: bytes, exact: bool) -> None:
    assert SourceFile(PATH, data).is_exact is exact


def test_positions_count_characters() -> None:
    file = SourceFile(PATH, "ä = 'ö'; b = f(c)\n".encode())
    statement = file.tree.body[1]
    assert file.span(statement) == Span(1, 10, 1, 18)
    assert file.slice(file.span(statement)) == "b = f(c)"
    assert isinstance(statement, ast.Assign)
    assert file.slice(file.span(statement.value)) == "f(c)"


def test_the_position_of_a_syntax_error() -> None:
    file = SourceFile(PATH, b"x = 1\ny = (\n")
    assert file.unparsable is not None
    assert file.unparsable.location.span.line == 2
    with pytest.raises(Unparsable):
        _ = file.tree
