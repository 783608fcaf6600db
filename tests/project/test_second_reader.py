"""A second process gives what one process would give, and its failure is nobody's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alembic_vet.project import second_reader
from alembic_vet.project.second_reader import SecondReader
from alembic_vet.report.context import RenderContext
from alembic_vet.report.json import render
from alembic_vet.runner import run
from alembic_vet.settings import Settings
from benchmarks.generate import generate

_FOUND = SecondReader.found

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def test_each_place_is_read_by_one_of_the_two() -> None:
    reader = SecondReader(200, lambda number: (number, os.getpid()))
    mine = [number for number in range(200) if reader.leaves(number)]
    others = {number: reader.found(number) for number in range(200) if number not in mine}
    assert mine == list(range(len(mine)))
    assert all(found is not None and found[0] == number and found[1] != os.getpid() for number, found in others.items())


def test_a_second_process_that_fails_leaves_all_to_the_first() -> None:
    def read(number: int) -> int:
        raise ValueError(number)

    reader = SecondReader(3, read)
    assert [reader.found(number) for number in range(3)] == [None, None, None]


def test_what_cannot_be_sent_is_not_found() -> None:
    reader = SecondReader(3, lambda number: lambda: number)
    assert reader.found(2) is None


def test_one_processor_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_reader, "_processors", lambda: 1)
    assert not second_reader.is_worthwhile(1000)


def test_a_history_comes_out_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    generate(80, project)
    versions = project / "alembic" / "versions"
    (versions / "00050_broken.py").write_text("revision = '1'\ndef upgrade(:\n")
    (versions / "00051_no_revision.py").write_text("'Says nothing.'\n")
    others: list[int] = []

    def found(self: SecondReader[object], number: int) -> object:
        others.append(number)
        return _FOUND(self, number)

    # However fast the two are, the later half is the other's.
    monkeypatch.setattr(SecondReader, "leaves", lambda self, number: number < 40)
    monkeypatch.setattr(SecondReader, "found", found)
    outcomes: list[str] = []
    for shared in (True, False):
        monkeypatch.setattr(second_reader, "is_worthwhile", lambda count, shared=shared: shared)
        outcomes.append(render(run([project], Settings(root=project)), RenderContext(project)))
    assert outcomes[0] == outcomes[1]
    assert '"rule": "syntax-error"' in outcomes[0]
    assert len(others) == 42


def test_it_reads_for_all_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "other"):
        generate(20, tmp_path / name)
    monkeypatch.setattr(second_reader, "is_worthwhile", lambda count: False)
    expected = render(run([tmp_path], Settings(root=tmp_path)), RenderContext(tmp_path))
    counts: list[int] = []
    monkeypatch.setattr(second_reader, "is_worthwhile", lambda count: counts.append(count) or True)
    others: list[int] = []

    def found(self: SecondReader[object], number: int) -> object:
        others.append(number)
        return _FOUND(self, number)

    monkeypatch.setattr(SecondReader, "leaves", lambda self, number: number < 10)
    monkeypatch.setattr(SecondReader, "found", found)
    assert render(run([tmp_path], Settings(root=tmp_path)), RenderContext(tmp_path)) == expected
    assert counts == [40]
    assert others == list(range(10, 40))


def refused() -> int:
    raise BlockingIOError("no more processes")


def test_where_no_process_is_to_be_had_one_does_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = generate(30, tmp_path / "project")
    monkeypatch.setattr(second_reader, "is_worthwhile", bool)
    expected = render(run([project], Settings(root=project)), RenderContext(project))
    monkeypatch.setattr(os, "fork", refused)
    assert render(run([project], Settings(root=project)), RenderContext(project)) == expected


def test_where_no_revision_is_wanted_nobody_reads_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = generate(30, tmp_path / "project")
    (project / "app").mkdir()
    monkeypatch.setattr(second_reader, "is_worthwhile", bool)
    forked: list[int] = []
    monkeypatch.setattr(os, "fork", lambda: forked.append(1) or refused())
    run([project / "app"], Settings(root=project))
    assert not forked
    run([project], Settings(root=project))
    assert forked


@pytest.mark.parametrize(
    ("dialect", "select", "reads_ahead"),
    [("postgresql", (), True), ("postgresql", ("env", "enums"), True), ("postgresql", ("env", "config"), False),
     ("postgresql", ("multiple-heads",), False),
     ("sqlite", (), False)],
)  # fmt: skip
def test_where_no_rule_asks_what_revisions_do_nobody_reads_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialect: str, select: tuple[str, ...], reads_ahead: bool
) -> None:
    project = generate(30, tmp_path / "project")
    monkeypatch.setattr(second_reader, "is_worthwhile", bool)
    forked: list[int] = []
    monkeypatch.setattr(os, "fork", lambda: forked.append(1) or refused())
    run([project], Settings(root=project, dialect=dialect, select=select))
    assert bool(forked) is reads_ahead


def test_whoever_reads_the_output_does_not_wait_for_it(tmp_path: Path) -> None:
    script = """
import os, time
from alembic_vet.project.second_reader import SecondReader
SecondReader(1000, lambda number: time.sleep(0.1))
print("done", flush=True)
os._exit(0)
"""
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"done\n"
    assert time.monotonic() - start < 50, "the second process would read for 100 s"
