"""What a format needs besides the findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from alembic_vet.findings import Safety, Severity
from alembic_vet.source.file import Sources

Verbosity = Literal["quiet", "normal", "verbose"]
"""How much is said beyond the findings."""


class RuleHelp(Struct, frozen=True):
    """A rule as reports show it; `fixable` is `always`, `sometimes` or `never`, no `dialects` mean all."""

    name: str
    family: str
    severity: Severity
    summary: str
    markdown: str
    url: str
    fixable: str = "never"
    default: bool = True
    dialects: tuple[str, ...] = ()
    since: str = ""


def no_help(name: str) -> RuleHelp:
    """Stands for the page of a rule that has none."""
    return RuleHelp(name, "", Severity.ERROR, name, name, "")


class RenderContext(Struct, frozen=True):
    """Where, for whom and how findings are shown.

    `sources` hold the text that the findings speak of (after fixes, where fixes were made).
    `width` is that of the terminal. `fixing` is the most that this run's fixes were allowed to be, None
    where it fixes nothing; `dry` says that they were shown, not written.
    """

    cwd: Path
    sources: Sources = field(default_factory=Sources)
    help: Callable[[str], RuleHelp] = no_help
    color: bool = False
    verbosity: Verbosity = "normal"
    width: int = 120
    fixing: Safety | None = None
    dry: bool = False

    def path(self, path: Path) -> str:
        """A path as reports show it: POSIX, relative to the working folder where it lies below."""
        try:
            return path.relative_to(self.cwd).as_posix()
        except ValueError:
            return path.as_posix()

    def line(self, path: Path, number: int) -> str | None:
        """The text of a line, or None where there is none to be had."""
        try:
            lines = self.sources.file(path).lines
        except OSError:
            return None
        return lines[number - 1] if 0 < number <= len(lines) else None


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def one_line(text: str) -> str:
    """Text on one line, without anything that moves a terminal's cursor or changes its colours."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
