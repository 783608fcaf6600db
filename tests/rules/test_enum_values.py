"""How much the rules about enum labels make of what they find."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_vet.findings import Finding, Safety, Severity
from alembic_vet.runner import run
from alembic_vet.settings import Settings
from tests.fixture_cases import RULES, Case

ADDED = "enum-value-added-in-transaction"
NOOP = "noop-enum-downgrade"


def findings(case: str, folder: Path, settings: Settings) -> list[Finding]:
    Case(RULES / case).build(folder)
    rule = case.partition("/")[0]
    report = run([folder], replace(settings, root=folder, select=(rule,)), debug=True)
    assert report.findings
    return list(report.findings)


@pytest.mark.parametrize(
    ("case", "target", "severity", "says"),
    [
        ("not-used", None, Severity.WARNING, "neither this revision nor a later one of the same run"),
        ("not-used", (14,), Severity.WARNING, "neither this revision nor a later one of the same run"),
        ("not-used", (12,), Severity.WARNING, "neither this revision nor a later one of the same run"),
        ("not-used", (11,), Severity.ERROR, "it fails on PostgreSQL 11"),
        ("not-used", (9, 6), Severity.ERROR, "it fails on PostgreSQL 9.6"),
        ("transaction-per-migration", None, Severity.INFO, "this revision cannot use the value"),
        ("transaction-per-migration", (11,), Severity.ERROR, "it fails on PostgreSQL 11"),
        ("transaction-of-env-py", None, Severity.WARNING, "neither this revision nor a later one of the same run"),
    ],
)
def test_severity_of_a_value_added(
    case: str, target: tuple[int, ...] | None, severity: Severity, says: str, tmp_path: Path
) -> None:
    for finding in findings(f"{ADDED}/{case}", tmp_path, Settings(target_postgres=target)):
        assert finding.severity is severity
        assert says in finding.message


@pytest.mark.parametrize(
    ("case", "safety"),
    [
        ("not-used", Safety.SAFE),
        ("transaction-per-migration", Safety.SAFE),
        ("other-operations", Safety.UNSAFE),
        ("transaction-of-env-py", None),
        ("no-fix", None),
    ],
)
def test_safety_of_the_block(case: str, safety: Safety | None, tmp_path: Path) -> None:
    for finding in findings(f"{ADDED}/{case}", tmp_path, Settings()):
        assert (finding.fix.safety if finding.fix else None) is safety


def test_statements_of_one_text_are_not_split_for_an_old_server(tmp_path: Path) -> None:
    """Before PostgreSQL 12 two statements sent together are a transaction, whatever the connection commits."""
    fixes = [finding.fix for finding in findings(f"{ADDED}/old-postgres", tmp_path, Settings(target_postgres=(11,)))]
    assert [fix is not None for fix in fixes] == [True, False, False]


@pytest.mark.parametrize(
    ("case", "severity", "says"),
    [
        ("pass", Severity.WARNING, 'the next upgrade fails: `enum label "calm" already exists`'),
        ("renamed", Severity.WARNING, 'the next upgrade fails: `"sad" is not an existing enum label`'),
        ("does-something-else", Severity.WARNING, "does not undo that the upgrade adds `calm` to enum `mood`"),
        ("replaced", Severity.WARNING, "does not undo that the upgrade replaces the labels of enum `mood`"),
        ("raises", Severity.INFO, "refuses to undo that the upgrade adds `calm` to enum `mood`"),
    ],
)
def test_severity_of_a_downgrade(case: str, severity: Severity, says: str, tmp_path: Path) -> None:
    for finding in findings(f"{NOOP}/{case}", tmp_path, Settings()):
        assert finding.severity is severity
        assert says in finding.message
