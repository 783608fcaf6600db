"""What was found, as Markdown: one table of packages, one of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One package's result."""

    name: str
    version: str
    summary: Mapping[str, int]
    not_covered: int
    seconds: float
    rules: Counter[str]


def render(rows: Sequence[Row]) -> str:
    """Both tables, and a blank line between them."""
    return "\n".join([*_packages(rows), "", *_rules(rows)]) + "\n"


def _packages(rows: Sequence[Row]) -> Iterator[str]:
    yield from _header(
        "package", "version", "environments", "revisions", "not covered", "findings", "fixable", "seconds"
    )
    for row in rows:
        counts = (row.summary["environments"], row.summary["revisions"], row.not_covered)
        cells = (row.name, row.version, *counts, row.rules.total(), row.summary["fixable"], f"{row.seconds:.1f}")
        yield _line(cells)


def _rules(rows: Sequence[Row]) -> Iterator[str]:
    totals = sum((row.rules for row in rows), Counter[str]())
    yield from _header("rule", *(row.name for row in rows), "all")
    for rule, total in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        yield _line((f"`{rule}`", *(row.rules[rule] or "" for row in rows), total))


def _header(first: str, *others: str) -> Iterator[str]:
    yield _line((first, *others))
    yield _line(("---", *("---:" for _ in others)))


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
