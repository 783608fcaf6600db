"""What the page of every rule promises."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_vet.findings import Report, Safety
from alembic_vet.rules import catalog
from alembic_vet.rules.base import FixAvailability
from alembic_vet.runner import FixMode, run
from alembic_vet.settings import load
from tests.fixture_cases import PROJECTS, cases

RULES = catalog.all_rules()
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name() for rule in RULES])


def build(blocks: tuple[catalog.CodeBlock, ...], folder: Path) -> None:
    """The blocks that name a file, over a pristine project."""
    shutil.copytree(PROJECTS / "generic", folder, dirs_exist_ok=True)
    for block in blocks:
        if block.title:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def check(folder: Path, select: str, fix: FixMode = FixMode.NONE) -> Report:
    return run([folder], replace(load(folder), select=(select,)), fix=fix, debug=True)


@each_rule
def test_sections(rule: catalog.AnyRule) -> None:
    page = catalog.page(rule)
    assert page.summary.endswith(".")
    titles = [title for title, _ in page.sections]
    expected = [
        title for title in catalog.SECTIONS if title != "Fix safety" or rule.fixable is not FixAvailability.NEVER
    ]
    assert titles == expected


@each_rule
def test_example_fires(rule: catalog.AnyRule, tmp_path: Path) -> None:
    build(catalog.page(rule).code("Example"), tmp_path)
    assert [finding.rule for finding in check(tmp_path, rule.name()).findings]


@each_rule
def test_cure_is_silent_under_all_rules(rule: catalog.AnyRule, tmp_path: Path) -> None:
    build(catalog.page(rule).code("Use instead"), tmp_path)
    assert [(finding.rule, finding.message) for finding in check(tmp_path, "ALL").findings] == []


@each_rule
def test_fix_of_the_example_is_the_cure(rule: catalog.AnyRule, tmp_path: Path) -> None:
    if rule.fixable is FixAvailability.NEVER:
        pytest.skip("the rule has no fix")
    build(catalog.page(rule).code("Example"), tmp_path)
    report = check(tmp_path, rule.name(), FixMode.UNSAFE)
    after = {path.relative_to(tmp_path).as_posix(): data.decode() for path, _, data in report.changed}
    cure = {block.title: block.text for block in catalog.page(rule).code("Use instead") if block.title}
    assert after == {name: text for name, text in cure.items() if name in after}
    assert after


@each_rule
def test_the_safety_named_is_the_safety_carried(rule: catalog.AnyRule, tmp_path: Path) -> None:
    if rule.fixable is FixAvailability.NEVER:
        pytest.skip("the rule has no fix")
    build(catalog.page(rule).code("Example"), tmp_path)
    said = catalog.page(rule).section("Fix safety").lower()
    carried = {finding.fix.safety for finding in check(tmp_path, rule.name()).findings if finding.fix}
    assert carried
    for safety in carried:
        assert said.startswith(safety.value) or safety.value in said
    assert Safety.UNSAFE in carried or said.startswith("safe")


@each_rule
def test_availability_is_what_the_fixtures_show(rule: catalog.AnyRule, tmp_path: Path) -> None:
    fixes: list[bool] = []
    for case in cases():
        if case.rule == rule.name() and case.markers:
            folder = tmp_path / case.name
            case.build(folder)
            settings = load(folder)
            report = run([folder], replace(settings, select=settings.select or (rule.name(),)), debug=True)
            fixes += [finding.fix is not None for finding in report.findings if finding.rule == rule.name()]
    assert fixes, "the rule has no flagged case"
    match rule.fixable:
        case FixAvailability.ALWAYS:
            assert all(fixes)
        case FixAvailability.NEVER:
            assert not any(fixes)
        case FixAvailability.SOMETIMES:
            assert any(fixes)


@each_rule
def test_has_an_allowed_case(rule: catalog.AnyRule) -> None:
    assert any(case.rule == rule.name() and not case.markers for case in cases())
