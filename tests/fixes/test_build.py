"""What a rewrite costs, and when it refuses."""

from __future__ import annotations

import subprocess
import sys

import libcst
import pytest

from alembic_vet.findings import Safety, Span
from alembic_vet.fixes.build import FixImpossible, Rewrite
from alembic_vet.source.file import SourceFile
from tests.fixes.editing import PATH, Code

LAZY = """
import sys
from pathlib import Path
from alembic_vet.findings import Span
from alembic_vet.fixes.apply import apply
from alembic_vet.fixes.build import Rewrite
from alembic_vet.source.file import SourceFile
rewrite = Rewrite(SourceFile(Path("env.py"), b"import asyncio"))
rewrite.add_keyword(Span(1, 1, 1, 2), rewrite.name_for("asyncio.run"))
assert "libcst" not in sys.modules and "tomlkit" not in sys.modules
"""


def test_libcst_is_loaded_for_edits_alone() -> None:
    subprocess.run([sys.executable, "-c", LAZY], check=True)


def test_all_fixes_of_a_file_share_one_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = libcst.parse_module

    def counted(text: str) -> libcst.Module:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(libcst, "parse_module", counted)
    file = SourceFile(PATH, b"from s import a\nf = a\nf(1)\nf(2)\n")
    for line in (3, 4):
        rewrite = Rewrite(file)
        rewrite.add_keyword(Span(line, 1, line, 5), "k=1")
        rewrite.remove_import_name("a")
        rewrite.insert_after(Span(line, 1, line, 5), ["g = 1"])
        assert rewrite.edits()
    assert len(parsed) == 1


def test_a_file_that_does_not_parse_is_refused() -> None:
    code = Code("x = (\n")
    with pytest.raises(FixImpossible):
        code.rewrite.edits()
    with pytest.raises(FixImpossible):
        code.rewrite.name_for("asyncio.run")


def test_nothing_intended_is_no_fix() -> None:
    assert Code("x = 1\n").rewrite.fix("Do it", Safety.SAFE) is None


def test_edits_touch_nothing_but_their_lines() -> None:
    lines = [f"x{number} = f({number})  # {number}" for number in range(100)]
    code = Code("\n".join(["f = print", *lines, ""]))
    code.rewrite.add_keyword(code.expression("f(50)"), "sep=''")
    (edit,) = code.rewrite.edits()
    assert (edit.span, edit.text) == (Span.empty(52, 11), ", sep=''")


def test_unicode_positions() -> None:
    code = Code('"""Größe."""\nf = print\nf("ä" * 2, "日本")  # ü\n')
    code.rewrite.append(code.expression('"ä" * 2'), ".x")
    code.rewrite.comment(3, "ß")
    assert code.result == '"""Größe."""\nf = print\nf(("ä" * 2).x, "日本")  # ü  # ß\n'
