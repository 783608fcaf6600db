"""What the user asked for: `[tool.alembic-vet]` and the command line, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from alembic_vet.findings import Severity

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting; the defaults are those of a project that sets nothing.

    `root` is the folder that relative paths and patterns are resolved against: where
    the settings file lies, else the working folder.
    """

    root: Path = field(default_factory=Path.cwd)
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    dialect: str | None = None
    target_postgres: Version | None = None
    sqlalchemy_version: Version | None = None
    alembic_version: Version | None = None
    source_roots: tuple[Path, ...] = ()
    model_modules: tuple[str, ...] = ()
