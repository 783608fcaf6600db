"""Which versions a project asks for, by its lock file, else its requirements; nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from alembic_vet import disk
from alembic_vet.errors import UserError
from alembic_vet.project.requirements import (
    Requirement,
    normalized,
    parse_requirement,
    parse_specifiers,
    parse_version,
)
from alembic_vet.settings import Version, read_toml, section

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_REQUIREMENTS = ("requirements.txt", "requirements/*.txt", "requirements*.txt", "requirements*.in", "requirements/*.in")
_CONSTRAINTS = ("constraints*.txt",)

# These files run to megabytes, and all write a package's name and version this way.
_LOCKED = r'(?m)^\[\[packages?\]\]\s*\nname = "(?P<name>[^"\n]+)"\s*\nversion = "(?P<version>[^"\n]+)"'


def project_version(name: str, root: Path) -> Version | None:
    """The version of a distribution in the project at `root`.

    The locked one; without a lock file the first that is pinned, else the first lower
    bound, in requirements files, constraints, pyproject.toml, setup.cfg and setup.py.
    """
    name = normalized(name)
    locked = _locked(root).get(name)
    if locked:
        return locked
    stated = [each for each in (*_required(root), *_constrained(root)) if each.name == name and each.lower]
    stated.sort(key=lambda requirement: not requirement.pinned)
    return stated[0].lower if stated else None


def has_dependency(name: str, root: Path) -> bool:
    """Whether the project at `root` requires a distribution, or has it in its lock file."""
    name = normalized(name)
    return name in _locked(root) or any(requirement.name == name for requirement in _required(root))


@cache
def _locked(root: Path) -> dict[str, Version]:
    """Every locked distribution; the oldest version of one that is locked more than once."""
    found: dict[str, Version] = {}
    for name, text in (*_lock_entries(root), *_pipfile_lock(root)):
        version = parse_version(text)
        if version:
            name = normalized(name)
            found[name] = min(found.get(name, version), version)
    return found


def _lock_entries(root: Path) -> Iterator[tuple[str, str]]:
    for lock in _LOCKS:
        for entry in re.finditer(_LOCKED, _text(root / lock)):
            yield entry["name"], entry["version"]


def _pipfile_lock(root: Path) -> Iterator[tuple[str, str]]:
    text = _text(root / "Pipfile.lock")
    if not text:
        return
    import json

    try:
        document: object = json.loads(text)
    except ValueError:
        return
    for group in ("default", "develop"):
        for name, entry in (section(document, group) or {}).items():
            match entry:
                case {"version": str(version)}:
                    yield name, version.lstrip("=")


@cache
def _required(root: Path) -> tuple[Requirement, ...]:
    return (
        *_files(root, _REQUIREMENTS),
        *_pyproject(root / "pyproject.toml"),
        *_pipfile(root / "Pipfile"),
        *_setup_cfg(root / "setup.cfg"),
        *_setup_py(root / "setup.py"),
    )


@cache
def _constrained(root: Path) -> tuple[Requirement, ...]:
    return tuple(_files(root, _CONSTRAINTS))


def _files(root: Path, patterns: Iterable[str]) -> Iterator[Requirement]:
    seen: set[Path] = set()
    for pattern in patterns:
        for path in disk.glob(root, pattern):
            yield from _requirements_file(path, seen)


def _requirements_file(path: Path, seen: set[Path]) -> Iterator[Requirement]:
    """One requirements file and those it includes; options, hashes and URLs are passed over."""
    if path in seen:
        return
    seen.add(path)
    for line in _text(path).replace("\\\n", " ").splitlines():
        text = re.split(r"(?:^|\s)#|\s--", line, maxsplit=1)[0].strip()
        included = re.match(r"(?:-r|--requirement)[\s=]*(.+)", text)
        if included:
            yield from _requirements_file(path.parent / included[1], seen)
        elif text and not text.startswith("-"):
            yield from _parsed([text])


def _pyproject(path: Path) -> Iterator[Requirement]:
    document = _toml(path)
    project = section(document, "project") or {}
    yield from _parsed(_strings(project.get("dependencies")))
    poetry = section(document, "tool", "poetry") or {}
    yield from _poetry(poetry.get("dependencies"))
    yield from _parsed(_strings(project.get("optional-dependencies")))
    yield from _parsed(_strings(document.get("dependency-groups")))
    yield from _parsed(_strings(section(document, "tool", "pdm", "dev-dependencies")))
    uv = section(document, "tool", "uv") or {}
    yield from _parsed(_strings([uv.get("dev-dependencies"), uv.get("constraint-dependencies")]))
    yield from _poetry(poetry.get("dev-dependencies"))
    for group in (section(poetry, "group") or {}).values():
        yield from _poetry(section(group, "dependencies"))


def _pipfile(path: Path) -> Iterator[Requirement]:
    document = _toml(path)
    for group in ("packages", "dev-packages"):
        yield from _poetry(document.get(group))


def _poetry(table: object) -> Iterator[Requirement]:
    """`name = "^2.0"`, `name = {version = "^2.0"}`, or a list of such tables."""
    for name, value in table.items() if isinstance(table, dict) else ():
        for each in value if isinstance(value, list) else [value]:
            text = each.get("version", "") if isinstance(each, dict) else each
            yield parse_specifiers(normalized(name), text if isinstance(text, str) else "")


def _setup_cfg(path: Path) -> Iterator[Requirement]:
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return
    yield from _parsed(parser.get("options", "install_requires", fallback="").splitlines())
    if parser.has_section("options.extras_require"):
        for _, value in parser.items("options.extras_require"):
            yield from _parsed(value.splitlines())


def _setup_py(path: Path) -> Iterator[Requirement]:
    """The strings in whatever is called `...require...`: a keyword of `setup()` or a list above it."""
    try:
        tree = ast.parse(_text(path))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(name), value=value) if "require" in name:
                yield from _parsed(_constants(value))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if "require" in name.lower():
                yield from _parsed(_constants(value))


def _constants(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _parsed(texts: Iterable[str]) -> Iterator[Requirement]:
    for text in texts:
        requirement = parse_requirement(text) if text.strip() else None
        if requirement:
            yield requirement


def _strings(value: object) -> Iterator[str]:
    """The strings in lists and tables of lists, whatever else is in them."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for key, item in value.items():
                if key != "include-group":
                    yield from _strings(item)


def _toml(path: Path) -> dict[str, object]:
    text = _text(path)
    try:
        return read_toml(path, text.encode()) if text else {}
    except UserError:
        return {}


def _text(path: Path) -> str:
    """A file's text, with what Windows tools make of it (UTF-16, a byte order mark); empty where there is none."""
    try:
        data = disk.read(path)
    except OSError:
        return ""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n")
