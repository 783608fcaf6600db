"""The cases of `fixtures/rules/<rule>/<case>`: small overlays on a pristine project."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tomlkit

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PROJECTS = FIXTURES / "projects"
RULES = FIXTURES / "rules"

_ABOUT_THE_CASE = {"case.toml", "proof.toml", "fixes.diff"}
_KEYS = {"base", "settings", "remove", "url"}
_URL_OPTION = re.compile(r"^sqlalchemy\.url = .*$", re.MULTILINE)
_MARKER = re.compile(r"#\s*(?P<kind>flags|flags-next):\s*(?P<rules>[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\s*$")

Marker = tuple[str, int, str]


@dataclass(frozen=True)
class Case:
    """One case: the files that differ from its base, and what is said about it."""

    folder: Path

    @property
    def rule(self) -> str:
        return self.folder.parent.name

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def id(self) -> str:
        return f"{self.rule}/{self.name}"

    @cached_property
    def _about(self) -> dict[str, Any]:
        path = self.folder / "case.toml"
        about = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if unknown := about.keys() - _KEYS:
            raise ValueError(f"{path}: unknown keys {sorted(unknown)}; known are {sorted(_KEYS)}")
        return about

    @property
    def base(self) -> str:
        """The folder in fixtures/projects that the case lies over, or `empty`."""
        return str(self._about.get("base", "generic"))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the case, keys as in `[tool.alembic-vet]`."""
        return dict(self._about.get("settings", {}))

    @property
    def remove(self) -> tuple[str, ...]:
        """Paths of the base that the case does without."""
        return tuple(self._about.get("remove", ()))

    @property
    def url(self) -> str | None:
        """What the base's alembic.ini has as `sqlalchemy.url`, where the case says so."""
        return self._about.get("url")

    @property
    def files(self) -> list[Path]:
        """The case's own files, relative to its folder, in order."""
        inside = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(
            path for path in inside if path.as_posix() not in _ABOUT_THE_CASE and "__pycache__" not in path.parts
        )

    @property
    def expected_diff(self) -> str | None:
        """What `--fix --unsafe-fixes --select <rule>` does, as a unified diff; None where nothing is fixed."""
        path = self.folder / "fixes.diff"
        return path.read_text(encoding="utf-8") if path.exists() else None

    @property
    def proof(self) -> dict[str, Any] | None:
        """The contents of proof.toml; tests/proofs/proof.py gives it meaning."""
        path = self.folder / "proof.toml"
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    @property
    def markers(self) -> set[Marker]:
        """Where findings are expected: POSIX path in the project, line, rule."""
        return {
            (path.as_posix(), line + (match["kind"] == "flags-next"), rule.strip())
            for path in self.files
            for line, text in enumerate(_lines(self.folder / path), start=1)
            if (match := _MARKER.search(text))
            for rule in match["rules"].split(",")
        }

    def build(self, folder: Path) -> None:
        """Write the whole project into a folder; settings become its alembic-vet.toml.

        Raises ValueError where `remove` or `url` is about what the base does not have.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if self.base != "empty":
            shutil.copytree(
                PROJECTS / self.base, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in self.remove:
            target = folder / name
            if not target.exists():
                raise ValueError(f"{self.folder / 'case.toml'}: remove = {name!r}: {self.base} has no such file")
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        if self.url is not None:
            self._set_url(folder / "alembic.ini")
        for path in self.files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / path, folder / path)
        if self.settings:
            (folder / "alembic-vet.toml").write_text(tomlkit.dumps(self.settings), encoding="utf-8")

    def _set_url(self, ini: Path) -> None:
        text = ini.read_text(encoding="utf-8")
        if not _URL_OPTION.search(text):
            raise ValueError(f"{self.folder / 'case.toml'}: url: {self.base} has no sqlalchemy.url")
        ini.write_text(_URL_OPTION.sub(lambda _: f"sqlalchemy.url = {self.url}", text), encoding="utf-8")


def _lines(path: Path) -> list[str]:
    return re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8", errors="replace"))


def cases() -> list[Case]:
    """Every case, in order of rule and name."""
    return [Case(path) for path in sorted(RULES.glob("*/*")) if path.is_dir() and path.name != "__pycache__"]
