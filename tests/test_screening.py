"""What is not parsed after a look at its bytes, and rules that are not asked, have nothing to say.

Findings are the same when all modules are parsed and all rules are asked.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_vet.cache import Store
from alembic_vet.rules import catalog
from alembic_vet.rules.signs import Seen
from alembic_vet.runner import run
from alembic_vet.settings import load
from alembic_vet.source.file import SourceFile
from tests.ecosystem.packages import PACKAGES, Package, obtain
from tests.fixture_cases import Case, cases

SCREENS = ("alembic_vet.project.declarative.may_define_tables", "alembic_vet.project.naming._may_assign")


def findings(folder: Path) -> list[tuple[object, ...]]:
    """Those of a run over the folder, and of one over the Python files in it by their names, as a hook is given them."""
    files = [path for path in sorted(folder.rglob("*.py")) if path.is_file()]
    reports = [run(paths, replace(load(folder), select=("ALL",)), debug=True) for paths in ([folder], files)]
    return [
        (each.location, each.rule, each.message, each.severity, each.fix)
        for report in reports
        for each in report.findings
    ]


def switch_off(monkeypatch: pytest.MonkeyPatch) -> list[SourceFile]:
    """Let all files through; the list of those that were looked at grows."""
    asked: list[SourceFile] = []

    def passes(file: SourceFile) -> bool:
        asked.append(file)
        return file.is_readable

    for screen in SCREENS:
        monkeypatch.setattr(screen, passes)
    monkeypatch.setattr(Seen, "any_of", lambda *_: True)
    return asked


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_screens_hide_nothing_in_a_fixture(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case.build(tmp_path)
    expected = findings(tmp_path)
    switch_off(monkeypatch)
    assert findings(tmp_path) == expected


@pytest.mark.parametrize(
    "case", [case for case in cases() if catalog.rule(case.rule).elsewhere], ids=lambda case: case.id
)
def test_a_file_alone_has_the_findings_that_lie_in_it(case: Case, tmp_path: Path) -> None:
    """A rule whose findings cannot lie in a file is not asked about it; what is kept from run to run tells."""
    folder, kept = tmp_path / "project", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    case.build(folder)
    settings = replace(load(folder), select=("ALL",), ignore=("unused-suppression",))
    whole = run([folder], settings, debug=True).findings
    for path in (path for path in folder.rglob("*.py") if "versions" not in path.parts and path.is_file()):
        for _ in range(2):
            alone = run([path], settings, debug=True, stores=lambda kind, about: Store(str(kept), kind, about)).findings
            assert alone == tuple(each for each in whole if each.location.path == path)


def test_screens_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next(case for case in cases() if case.id.startswith("models-not-imported/")).build(tmp_path)
    (tmp_path / "unrelated.py").write_text("VALUE = 1\n")
    asked = switch_off(monkeypatch)
    findings(tmp_path)
    assert "unrelated.py" in {file.path.name for file in asked}


@pytest.mark.ecosystem
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_screens_hide_nothing_in_a_package(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = obtain(package).folder
    expected = findings(folder)
    switch_off(monkeypatch)
    assert findings(folder) == expected
