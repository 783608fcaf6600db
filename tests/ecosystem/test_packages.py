"""Whole packages that nobody here wrote: no crash, nothing skipped in silence, fixes that hold."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from configparser import RawConfigParser
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.ecosystem.lint import Outcome, apply_patch, check, revision_files
from tests.ecosystem.packages import PACKAGES, Package, Unpacked, obtain

_NOT_FIXED = re.compile(r"^note: not fixed: ([\w-]+): .", re.MULTILINE)

pytestmark = pytest.mark.ecosystem


@dataclass
class Checked:
    """A package and the first look at it."""

    unpacked: Unpacked

    @property
    def folder(self) -> Path:
        return self.unpacked.folder

    @cached_property
    def outcome(self) -> Outcome:
        return check(self.folder)


@pytest.fixture(scope="module", params=PACKAGES, ids=lambda package: package.name)
def checked(request: pytest.FixtureRequest) -> Checked:
    package: Package = request.param
    return Checked(obtain(package))


def test_there_is_an_environment_and_no_error_of_the_tool(checked: Checked) -> None:
    assert checked.outcome.exit_code in {0, 1}, checked.outcome.stderr
    assert "Traceback" not in checked.outcome.stderr
    assert checked.outcome.document["summary"]["environments"] >= 1


def test_every_revision_file_is_read_or_reported(checked: Checked) -> None:
    files = revision_files(checked.folder)
    assert files
    assert checked.outcome.document["summary"]["revisions"] + checked.outcome.not_covered == len(files)


def test_every_finding_points_into_a_file(checked: Checked) -> None:
    for finding in checked.outcome.findings:
        for place in (finding, *(finding["fix"] or {"edits": []})["edits"]):
            lines = (checked.folder / place["path"]).read_bytes().decode("utf-8-sig").split("\n")
            start, end = (place["line"], place["column"]), (place["end_line"], place["end_column"])
            assert (1, 1) <= start <= end, finding
            assert place["end_line"] <= len(lines), finding
            assert place["end_column"] <= len(lines[place["end_line"] - 1]) + 1, finding


def test_a_second_run_says_the_same(checked: Checked) -> None:
    assert check(checked.folder).stdout == checked.outcome.stdout


def test_fixes_apply_compile_and_hold(checked: Checked, tmp_path: Path) -> None:
    fixing = ("--fix", "--unsafe-fixes", "--diff")
    offered = check(checked.folder, *fixing)
    assert offered.exit_code in {0, 1}, offered.stderr
    if not offered.stdout:
        assert not _applicable(checked.outcome), f"fixes are offered and none is made: {offered.stderr}"
        return
    copy = tmp_path / "package"
    shutil.copytree(checked.folder, copy)
    changed = apply_patch(offered.stdout, copy)
    assert changed
    for path in changed:
        _assert_reads(path)

    after = check(copy)
    assert after.exit_code in {0, 1}, after.stderr
    assert check(copy, *fixing).stdout == b""
    appeared = _counted(after) - _counted(checked.outcome)
    assert not appeared, "the fixed code has findings that the code had not"
    left = {finding["rule"] for finding in _applicable(after)}
    assert left <= set(_NOT_FIXED.findall(offered.stderr)), "a fix is offered still, and no word why it was not made"


def _applicable(outcome: Outcome) -> list[dict[str, Any]]:
    return [each for each in outcome.findings if each["fix"] and each["fix"]["safety"] != "display"]


def _counted(outcome: Outcome) -> Counter[tuple[str, str]]:
    return Counter((finding["rule"], finding["path"]) for finding in outcome.findings)


def _assert_reads(path: Path) -> None:
    match path.suffix:
        case ".py":
            compile(path.read_bytes(), path, "exec")
        case ".ini" | ".cfg":
            RawConfigParser().read_string(path.read_text(encoding="utf-8-sig"))
        case other:
            assert other in {".toml", ".mako"}, f"{path} was changed"
