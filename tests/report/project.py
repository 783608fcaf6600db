"""A small project with findings, for the formats to show."""

from __future__ import annotations

from pathlib import Path

from alembic_vet.findings import Edit, Finding, Fix, Location, Related, Report, Safety, Severity, Span, Summary
from alembic_vet.report.context import RenderContext, RuleHelp, Verbosity
from alembic_vet.source.file import SourceFile, Sources

ROOT = Path("/project")

INI = "[alembic]\nscript_location = %(here)s/alembic\nsqlalchemy.url = postgresql+asyncpg://localhost/app\n"
ENV = """from sqlalchemy import engine_from_config

def run():
    connectable = engine_from_config(
        config.get_section("alembic"),
        prefix="sqlalchemy.",
    )
    return connectable
"""


def help(name: str) -> RuleHelp:
    return RuleHelp(name, "env", Severity.ERROR, "It fails.", "It fails.\n\n## Why\n\nSo.", f"https://rules/{name}")


def context(
    files: dict[str, str] | None = None,
    *,
    color: bool = False,
    width: int = 100,
    verbosity: Verbosity = "normal",
    fixing: Safety | None = None,
    dry: bool = False,
) -> RenderContext:
    texts = {"alembic.ini": INI, "alembic/env.py": ENV} if files is None else files
    overlay = {ROOT / name: text.encode() for name, text in texts.items()}
    return RenderContext(ROOT, Sources(overlay), help, color, verbosity, width, fixing, dry)


def location(name: str, text: str, part: str) -> Location:
    """Where a part of a file's text stands."""
    file = SourceFile(ROOT / name, text.encode())
    start = text.index(part)
    before, inside = text[:start], text[: start + len(part)]
    return Location(
        file.path,
        Span(
            before.count("\n") + 1,
            len(before) - before.rfind("\n"),
            inside.count("\n") + 1,
            len(inside) - inside.rfind("\n"),
        ),
    )


def finding(place: Location, message: str = "it fails", severity: Severity = Severity.ERROR) -> Finding:
    return Finding("some-rule", "env", severity, message, place)


URL = location("alembic.ini", INI, "postgresql+asyncpg")
CALL = location("alembic/env.py", ENV, ENV[ENV.index("engine_from_config(") : ENV.index("    return")].rstrip())
NAME = location("alembic/env.py", ENV, "connectable")

REPORT = Report(
    findings=(
        Finding(
            "sync-engine-for-async-url",
            "env",
            Severity.ERROR,
            "the engine is synchronous, `asyncpg` is not: 100%",
            CALL,
            related=(Related(URL, "the URL is set here"),),
            fix=Fix("Make the engine async", Safety.UNSAFE, (Edit(CALL.path, NAME.span, "engine"),)),
        ),
        Finding(
            "missing-null-pool",
            "env",
            Severity.INFO,
            "it keeps a pool",
            NAME,
            fix=Fix("Double it", Safety.SAFE, (Edit(URL.path, Span.empty(3, 18), "x"), Edit(NAME.path, NAME.span, ""))),
        ),
        Finding("url", "config", Severity.WARNING, "odd", URL, fix=Fix("Think", Safety.DISPLAY, ())),
    ),
    summary=Summary(1, 2, 3, 1, 1, 2),
)
