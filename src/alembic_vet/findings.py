"""What a check produces, as plain data: spans, edits, fixes, findings."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from msgspec import Struct


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


class Span(Struct, frozen=True, order=True, array_like=True):
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


class Location(Struct, frozen=True, order=True):
    """A range in a file; the path is absolute."""

    path: Path
    span: Span


class Edit(Struct, frozen=True, order=True):
    """Replace the text of one range; `text` has `\\n` newlines whatever the file uses."""

    path: Path
    span: Span
    text: str


class Fix(Struct, frozen=True):
    """Edits that belong together: all of them are applied, or none.

    `title` is an imperative that completes "to fix it, ...".
    """

    title: str
    safety: Safety
    edits: tuple[Edit, ...]


class Related(Struct, frozen=True):
    """Another place that explains a finding."""

    location: Location
    message: str


class Finding(Struct, frozen=True):
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


class Summary(Struct, frozen=True):
    """Counts of one run."""

    environments: int = 0
    files: int = 0
    revisions: int = 0
    errors: int = 0
    warnings: int = 0
    fixable: int = 0


class Report(Struct, frozen=True):
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
