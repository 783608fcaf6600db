"""One output format a module; none of them reads anything but the report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from alembic_vet.findings import Report
    from alembic_vet.report.context import RenderContext

TEXT_FORMATS = ("full", "concise")
FORMATS = (*TEXT_FORMATS, "json", "github", "sarif")


class _Format(Protocol):
    def render(self, report: Report, context: RenderContext) -> str: ...


def render(output_format: str, report: Report, context: RenderContext) -> str:
    """The report in one of `FORMATS`, or its `statistics`; empty or ending in a newline."""
    module = cast(_Format, import_module(f"alembic_vet.report.{output_format}"))
    return module.render(report, context)
