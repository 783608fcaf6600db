"""What a check produces, as plain data: spans, edits, fixes, findings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Severity(Enum):
    """How much harm a finding does; ordered, `ERROR` being the highest."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)

    def __lt__(self, other: Severity) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Severity) -> bool:
        return self.rank <= other.rank


class Safety(Enum):
    """Whether a fix may be applied without a human reading it."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of characters; lines and columns start at 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def empty(cls, line: int, column: int) -> Span:
        """The empty range in front of a character: where an insertion goes."""
        return cls(line, column, line, column)

    def contains(self, other: Span) -> bool:
        return (self.line, self.column) <= (other.line, other.column) and (
            other.end_line,
            other.end_column,
        ) <= (self.end_line, self.end_column)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A range in a file; the path is absolute."""

    path: Path
    span: Span


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the text of one range; `text` has `\\n` newlines whatever the file uses."""

    path: Path
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all of them are applied, or none.

    `title` is an imperative that completes "to fix it, ...".
    """

    title: str
    safety: Safety
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, at the place where it is wrong.

    `message` is a fact in the present tense, readable alone on one line.
    """

    rule: str
    family: str
    severity: Severity
    message: str
    location: Location
    related: tuple[Related, ...] = ()
    fix: Fix | None = None

    @property
    def sort_key(self) -> tuple[Location, str, str]:
        return (self.location, self.rule, self.message)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one run."""

    environments: int = 0
    files: int = 0
    revisions: int = 0
    errors: int = 0
    warnings: int = 0
    fixable: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run.

    `findings` are what remains, in order; `fixed` what a fix removed. `notes` are
    lines for the user that are no findings (nothing found, files not covered),
    `problems` errors of the tool itself, which make the exit code 2. `changed` maps
    each path that fixes change to its bytes before and after.
    """

    findings: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    summary: Summary = Summary()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    changed: tuple[tuple[Path, bytes, bytes], ...] = ()
