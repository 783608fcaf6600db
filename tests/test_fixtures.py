"""What every case in fixtures/rules promises."""

from __future__ import annotations

import difflib
import io
import shutil
import tokenize
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_vet.findings import Finding, Report
from alembic_vet.fixes.apply import write
from alembic_vet.runner import FixMode, run
from alembic_vet.settings import load
from alembic_vet.source.file import SourceFile
from tests.fixture_cases import PROJECTS, Case, cases

CASES = cases()
each_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


def check(folder: Path, fix: FixMode = FixMode.NONE, select: str = "ALL") -> Report:
    """All rules, or for the fixes the one that the case is about."""
    settings = load(folder)
    if not settings.select:
        settings = replace(settings, select=(select,))
    report = run([folder], settings, fix=fix, debug=True)
    assert not report.problems
    return report


def found(report: Report, folder: Path) -> set[tuple[str, int, str]]:
    return {
        (finding.location.path.relative_to(folder).as_posix(), finding.location.span.line, finding.rule)
        for finding in report.findings
    }


def patch(report: Report, folder: Path) -> str:
    lines: list[str] = []
    for path, before, after in report.changed:
        name = path.relative_to(folder).as_posix()
        lines += difflib.unified_diff(
            before.decode().splitlines(keepends=True),
            after.decode().splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
        )
    return "".join(lines)


def comments(data: bytes) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(data.decode()).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


@each_case
def test_findings_are_the_markers(case: Case, tmp_path: Path) -> None:
    case.build(tmp_path)
    assert found(check(tmp_path), tmp_path) == case.markers


@each_case
def test_fixes_are_the_diff(case: Case, tmp_path: Path) -> None:
    case.build(tmp_path)
    report = check(tmp_path, FixMode.UNSAFE, case.rule)
    assert patch(report, tmp_path) == (case.expected_diff or "")


@pytest.mark.parametrize("case", [case for case in CASES if case.expected_diff], ids=lambda case: case.id)
def test_fixed_is_no_longer_flagged_and_loses_nothing(case: Case, tmp_path: Path) -> None:
    case.build(tmp_path)
    report = check(tmp_path, FixMode.UNSAFE, case.rule)
    for path, before, after in report.changed:
        if path.suffix == ".py":
            compile(after, str(path), "exec")
            kept = comments(after)
            lost = [text for text in comments(before) - kept if not any(text in longer for longer in kept)]
            assert not [text for text in lost if "alembic-vet:" not in text]
    write([SourceFile(path, after) for path, _, after in report.changed], [tmp_path])
    again = check(tmp_path, FixMode.UNSAFE, case.rule)
    assert not again.changed
    fixed = {finding.message for finding in report.fixed}
    assert not fixed & {finding.message for finding in again.findings if finding.fix}


@pytest.mark.parametrize("case", [case for case in CASES if case.expected_diff], ids=lambda case: case.id)
def test_crlf_files_get_the_same_fix(case: Case, tmp_path: Path) -> None:
    case.build(tmp_path)
    plain = check(tmp_path, FixMode.UNSAFE, case.rule)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".ini", ".toml"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    windows = check(tmp_path, FixMode.UNSAFE, case.rule)
    expected = {path: after.replace(b"\n", b"\r\n") for path, _, after in plain.changed}
    assert {path: after for path, _, after in windows.changed} == expected


@pytest.mark.parametrize("template", sorted(path.name for path in PROJECTS.iterdir()))
def test_pristine_templates_are_silent(template: str, tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / template, tmp_path / template)
    report = run([tmp_path / template], load(tmp_path), debug=True)
    assert report.summary.environments == 1
    assert [describe(finding) for finding in report.findings] == []


def describe(finding: Finding) -> str:
    return f"{finding.location.path.name}:{finding.location.span.line}: {finding.rule}: {finding.message}"
