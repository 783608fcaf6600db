from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_vet.findings import Location, Report, Severity, Span
from alembic_vet.report import FORMATS, render
from tests.report.project import REPORT, ROOT, context, finding


def test_concise() -> None:
    assert render("concise", REPORT, context()) == (
        "alembic/env.py:4:19: error[sync-engine-for-async-url] the engine is synchronous, `asyncpg` is not: 100%"
        " [unsafe fix]\n"
        "alembic/env.py:4:5: info[missing-null-pool] it keeps a pool [fix]\n"
        "alembic.ini:3:18: warning[url] odd\n"
        "Found: 1 error, 1 warning, 1 info (1 fixable with --fix, 1 more with --unsafe-fixes).\n"
    )


def test_concise_in_quiet_is_findings_only() -> None:
    assert len(render("concise", REPORT, context(verbosity="quiet")).splitlines()) == 3


def test_json() -> None:
    document = json.loads(render("json", REPORT, context()))
    assert document["version"] == 1
    assert document["summary"] == {
        "environments": 1,
        "files": 2,
        "revisions": 3,
        "errors": 1,
        "warnings": 1,
        "fixable": 2,
    }
    assert document["findings"][0] == {
        "rule": "sync-engine-for-async-url",
        "family": "env",
        "severity": "error",
        "message": "the engine is synchronous, `asyncpg` is not: 100%",
        "path": "alembic/env.py",
        "line": 4,
        "column": 19,
        "end_line": 7,
        "end_column": 6,
        "related": [{"path": "alembic.ini", "line": 3, "column": 18, "message": "the URL is set here"}],
        "fix": {
            "title": "Make the engine async",
            "safety": "unsafe",
            "edits": [
                {
                    "path": "alembic/env.py",
                    "line": 4,
                    "column": 5,
                    "end_line": 4,
                    "end_column": 16,
                    "text": "engine",
                }
            ],
        },
        "url": "https://rules/sync-engine-for-async-url",
    }
    assert [item["fix"]["safety"] for item in document["findings"]] == ["unsafe", "safe", "display"]
    assert set(document) == {"version", "findings", "summary"}


def test_json_without_a_fix() -> None:
    document = json.loads(render("json", Report(findings=(finding(REPORT.findings[0].location),)), context()))
    assert document["findings"][0]["fix"] is None


@pytest.mark.parametrize("output_format", FORMATS)
def test_output_is_the_same_every_time_and_ascii_where_machines_read(output_format: str) -> None:
    report = Report(findings=(finding(REPORT.findings[0].location, "ünïcödé"),))
    text = render(output_format, report, context())
    assert text == render(output_format, report, context())
    assert text.isascii() is (output_format in ("json", "sarif"))


def test_paths_outside_of_the_working_folder_stay_absolute() -> None:
    outside = finding(Location(Path("/elsewhere/env.py"), Span(1, 1, 1, 2)))
    report = Report(findings=(outside,))
    assert render("concise", report, context()).startswith("/elsewhere/env.py:1:1: ")
    assert json.loads(render("json", report, context()))["findings"][0]["path"] == "/elsewhere/env.py"


def test_github(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    assert render("github", REPORT, context()) == (
        "::error title=alembic-vet (sync-engine-for-async-url),file=alembic/env.py,line=4,endLine=7::"
        "the engine is synchronous, `asyncpg` is not: 100%25%0A"
        "alembic.ini:3:18: the URL is set here%0Afix (unsafe): Make the engine async\n"
        "::notice title=alembic-vet (missing-null-pool),file=alembic/env.py,line=4,endLine=4,col=5,endColumn=15::"
        "it keeps a pool%0Afix (safe): Double it\n"
        "::warning title=alembic-vet (url),file=alembic.ini,line=3,endLine=3,col=18,endColumn=35::odd%0A"
        "fix (display): Think\n"
    )


def test_github_escapes_what_would_end_a_property_or_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    odd = finding(Location(ROOT / "a,b:c%.py", Span(1, 2, 1, 2)), "one\r\n::error::two")
    assert render("github", Report(findings=(odd,)), context()) == (
        "::error title=alembic-vet (some-rule),file=a%2Cb%3Ac%25.py,line=1,endLine=1,col=2,endColumn=2::"
        "one%0D%0A::error::two\n"
    )


def test_github_paths_start_at_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(ROOT))
    shown = render("github", REPORT, replace(context(), cwd=ROOT / "alembic"))
    assert "file=alembic/env.py" in shown
    monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    assert "file=env.py" in render("github", REPORT, replace(context(), cwd=ROOT / "alembic"))


def test_statistics() -> None:
    report = Report(
        findings=(*REPORT.findings, *REPORT.findings[1:], replace(REPORT.findings[2], severity=Severity.ERROR))
    )
    assert render("statistics", report, context(verbosity="quiet")) == (
        "3  url                        error    3 display fixes\n"
        "2  missing-null-pool          info     2 safe fixes\n"
        "1  sync-engine-for-async-url  error    1 unsafe fix\n"
    )
