"""What a project's own linters do to the unused imports of env.py."""

from __future__ import annotations

import configparser
import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from alembic_vet import disk
from alembic_vet.model.models import UnusedImportTool
from alembic_vet.source.file import Sources
from alembic_vet.source.toml import TomlError, TomlFile

_RULE = "F401"
_RUN_FILES = (
    r"(?i)(\.pre-commit-config\.ya?ml|makefile|justfile|taskfile\.ya?ml|tox\.ini|noxfile\.py|pyproject\.toml|package\.json"
    r"|.*\.sh)"
)


def unused_import_tools(env: Path, sources: Sources, files: Iterable[str]) -> tuple[UnusedImportTool, ...]:
    """The tools that the project sets up, in the order ruff, autoflake, pycln, flake8; none where it sets up none.

    `files` are the project's files, among which those are read that say how the tools are run.
    """
    project = _Project(env, sources, files)
    found = (project.ruff(), project.autoflake(), project.pycln(), project.flake8())
    return tuple(tool for tool in found if tool is not None)


class _Project:
    def __init__(self, env: Path, sources: Sources, files: Iterable[str]) -> None:
        self.env = env
        self.sources = sources
        self.folders = list(_upward(env.parent))
        near = {str(folder) for folder in (*self.folders, *_scripts(self.folders))}
        self.run_files = [
            Path(name)
            for name in files
            if os.path.dirname(name) in near and re.fullmatch(_RUN_FILES, os.path.basename(name))
        ]

    def ruff(self) -> UnusedImportTool | None:
        run = self._run("ruff", "--fix")
        for folder in self.folders:
            for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
                settings = self._ruff_table(folder / name)
                if settings is not None:
                    return self._ruff_verdict(folder / name, settings, run)
        plain = run or self._run("ruff")
        if plain is None:
            return None
        return UnusedImportTool("ruff", plain, "deletes" if run else "reports", "ruff's default rules hold F401")

    def _ruff_table(self, path: Path, depth: int = 0) -> dict[str, object] | None:
        document = self._toml(path)
        if document is None:
            return None
        table = document.document if path.name != "pyproject.toml" else document.table("tool", "ruff")
        if table is None:
            return None
        # Before ruff 0.1 the linter's settings stood at the top.
        lint = table.get("lint")
        settings = {**table, **(lint if isinstance(lint, dict) else {})}
        settings["lint-exclude"] = lint.get("exclude") if isinstance(lint, dict) else None
        settings["exclude"] = table.get("exclude")
        parent = table.get("extend")
        if isinstance(parent, str) and depth < 5:
            inherited = self._ruff_table(Path(os.path.normpath(path.parent / parent)), depth + 1)
            return {**(inherited or {}), **{key: value for key, value in settings.items() if value is not None}}
        return settings

    def _ruff_verdict(self, path: Path, settings: Mapping[str, object], run: Path | None) -> UnusedImportTool:
        def verdict(of: str, reason: str) -> UnusedImportTool:
            return UnusedImportTool("ruff", path, of, reason)  # type: ignore[arg-type]

        for key in ("exclude", "extend-exclude", "lint-exclude"):
            if any(_excludes(pattern, self.env, path.parent) for pattern in _strings(settings.get(key))):
                return verdict("off", key.replace("lint-exclude", "lint.exclude"))
        selected = _strings(settings.get("select")) if "select" in settings else ["F"]
        wanted = _strongest([*selected, *_strings(settings.get("extend-select"))])
        unwanted = _strongest([*_strings(settings.get("ignore")), *_strings(settings.get("extend-ignore"))])
        if wanted <= unwanted:
            return verdict("off", "ignore" if unwanted else "select")
        for key in ("per-file-ignores", "extend-per-file-ignores"):
            ignores = settings.get(key)
            for pattern, codes in ignores.items() if isinstance(ignores, dict) else ():
                if _strongest(_strings(codes)) and _covers(pattern, self.env, path.parent):
                    return verdict("off", key)
        if _strongest(_strings(settings.get("unfixable"))):
            return verdict("reports", "unfixable")
        fixable = _strings(settings.get("fixable"))
        if fixable and not _strongest(fixable):
            return verdict("reports", "fixable")
        if settings.get("fix") is True:
            return verdict("deletes", "fix")
        return verdict("deletes", f"`--fix` in {run.name}") if run else verdict("reports", "select")

    def autoflake(self) -> UnusedImportTool | None:
        run = self._run("autoflake", "--remove-all-unused-imports")
        for folder in self.folders:
            document = self._toml(folder / "pyproject.toml")
            table = document.table("tool", "autoflake") if document else None
            if table is None:
                continue
            path = folder / "pyproject.toml"
            if any(_excludes(pattern, self.env, folder) for pattern in _split(table.get("exclude"))):
                return UnusedImportTool("autoflake", path, "off", "exclude")
            if table.get("remove-all-unused-imports") is True:
                return UnusedImportTool("autoflake", path, "deletes", "remove-all-unused-imports")
            if run is None:
                return UnusedImportTool("autoflake", path, "off", "only the standard library's imports are deleted")
        if run is not None:
            return UnusedImportTool("autoflake", run, "deletes", "--remove-all-unused-imports")
        return None

    def pycln(self) -> UnusedImportTool | None:
        for folder in self.folders:
            document = self._toml(folder / "pyproject.toml")
            table = document.table("tool", "pycln") if document else None
            if table is not None and table.get("all") is True:
                return UnusedImportTool("pycln", folder / "pyproject.toml", "deletes", "all")
        run = self._run("pycln", "--all", "-a")
        return UnusedImportTool("pycln", run, "deletes", "--all") if run else None

    def flake8(self) -> UnusedImportTool | None:
        for folder in self.folders:
            for name in ("setup.cfg", "tox.ini", ".flake8"):
                section = self._ini(folder / name, "flake8")
                if section is not None:
                    return self._flake8_verdict(folder / name, section)
        return None

    def _flake8_verdict(self, path: Path, section: Mapping[str, str]) -> UnusedImportTool:
        def listed(*keys: str) -> list[str]:
            return [each for key in keys for each in _split(section.get(key) or section.get(key.replace("-", "_")))]

        if any(_excludes(pattern, self.env, path.parent) for pattern in listed("exclude", "extend-exclude")):
            return UnusedImportTool("flake8", path, "off", "exclude")
        if _strongest(listed("ignore", "extend-ignore")):
            return UnusedImportTool("flake8", path, "off", "ignore")
        if listed("select") and not _strongest(listed("select", "extend-select")):
            return UnusedImportTool("flake8", path, "off", "select")
        for line in re.findall(r"[^\s:]+\s*:\s*[^:\n]+(?=\n|$)", section.get("per-file-ignores") or ""):
            patterns, _, codes = line.partition(":")
            if _strongest(_split(codes)) and any(_covers(each, self.env, path.parent) for each in _split(patterns)):
                return UnusedImportTool("flake8", path, "off", "per-file-ignores")
        return UnusedImportTool("flake8", path, "reports", "select")

    def _run(self, tool: str, *flags: str) -> Path | None:
        """The file that runs a tool on env.py, with one of the flags if there are any."""
        for path in self.run_files:
            text = self._text(path)
            commands = self._hooks(path, text, tool) if path.name.startswith(".pre-commit") else _commands(text, tool)
            for command in commands:
                if not flags or any(re.search(rf"(?<!\S){flag}\b|[\[,\"'\s]{flag}\b", command) for flag in flags):
                    return path
        return None

    def _hooks(self, path: Path, text: str, tool: str) -> Iterator[str]:
        """The hooks of a tool in a pre-commit configuration, if env.py is not kept away from them."""
        relative = self.env.relative_to(path.parent).as_posix()
        head, *hooks = re.split(r"(?m)^\s*-\s+(?=id:|repo:)", text)
        for hook in hooks:
            if not re.match(rf"id:\s*['\"]?{tool}(?!-format)\b", hook):
                continue
            patterns = re.findall(r"(?m)^\s*exclude:\s*['\"]?(.+?)['\"]?\s*$", head + hook)
            if not any(_searches(pattern, relative) for pattern in patterns):
                yield hook

    def _toml(self, path: Path) -> TomlFile | None:
        if not self.sources.exists(path):
            return None
        try:
            return TomlFile(self.sources.file(path))
        except (OSError, TomlError):
            return None

    def _ini(self, path: Path, section: str) -> Mapping[str, str] | None:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(self._text(path))
        except configparser.Error:
            return None
        return parser[section] if parser.has_section(section) else None

    def _text(self, path: Path) -> str:
        try:
            return self.sources.file(path).text if self.sources.exists(path) else ""
        except OSError:
            return ""


def _commands(text: str, tool: str) -> Iterator[str]:
    """The command lines that run a tool."""
    for match in re.finditer(rf"\b{tool}\b(?![-./])[^\n&|;]*", text):
        yield match[0]


def _upward(folder: Path) -> Iterator[Path]:
    """A folder and those above it, up to the repository's top."""
    for each in (folder, *folder.parents):
        yield each
        if disk.exists(each / ".git"):
            return


def _scripts(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (folder / "scripts", folder / "bin")


def _strongest(selectors: Iterable[str]) -> int:
    """How exactly the best of the selectors names F401: 0 not at all, 1 `ALL`, then the longer the better."""
    return max(
        (1 if each == "ALL" else len(each) + 1 for each in selectors if each == "ALL" or _RULE.startswith(each)),
        default=0,
    )


def _excludes(pattern: str, path: Path, root: Path) -> bool:
    """Whether an exclude pattern covers a file: a name at any depth, or a path from the root, of it or a folder above."""
    pattern = pattern.strip().removeprefix("./").rstrip("/")
    if not pattern or not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    if any(fnmatch.fnmatchcase(part, pattern) for part in parts):
        return True
    return any(_is_match("/".join(parts[:length]), pattern) for length in range(1, len(parts) + 1))


def _covers(pattern: str, path: Path, root: Path) -> bool:
    """Whether a per-file pattern names a file: by its name, or by its path from the root."""
    pattern = pattern.strip()
    if pattern.startswith("!"):
        return not _covers(pattern[1:], path, root)
    pattern = pattern.removeprefix("./")
    relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return (
        fnmatch.fnmatchcase(path.name, pattern) or _is_match(relative, pattern) or _is_match(path.as_posix(), pattern)
    )


def _is_match(path: str, pattern: str) -> bool:
    # `**/` also stands for no folder at all.
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, pattern.replace("**/", ""))


def _searches(pattern: str, path: str) -> bool:
    try:
        return re.search(pattern, path) is not None
    except re.error:
        return False


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _split(value: object) -> list[str]:
    if isinstance(value, list):
        return _strings(value)
    text = re.sub(r"#.*", "", str(value or ""))
    return [each for each in re.split(r"[,\s]+", text) if each]
