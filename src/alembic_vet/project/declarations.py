"""Which files may declare an environment, told by their names and a look at their bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from alembic_vet import disk

_INI_SUFFIXES = (".ini", ".cfg", ".conf")
_SCRIPT_LOCATION = rb"(?im)^[ \t]*script_location[ \t]*[=:]"
_SECTION = rb"(?m)^(?:\xef\xbb\xbf)?\[alembic\]"
_TOML = rb"(?m)tool[\"']?\s*\.\s*[\"']?alembic[\"']?\s*[].=]|^\s*[\"']?alembic[\"']?\s*[.=]|^\s*tool\s*="
_TEMPLATE = rb"\{\{|\{%"
_PLACEHOLDER = r"\{\w+\}|\{\{|\{%"
_CONTEXT = rb"\bcontext\b"


def is_declaration(path: str) -> bool:
    """Whether a file may declare an environment, told by its name alone."""
    return path.endswith(_INI_SUFFIXES) or os.path.basename(path) in ("env.py", "pyproject.toml")


def declarations_in(folder: Path) -> Iterator[str]:
    """The files directly in a folder whose names allow them to declare an environment."""
    try:
        entries = disk.entries(folder)
    except OSError:
        return
    yield from (str(folder / name) for name, kind, _ in entries if is_declaration(name) and kind == "file")


def is_alembic_ini(path: Path, data: bytes) -> bool:
    """Whether an ini has a script location; in an `.ini`, which Flask-Migrate writes, the section alone is enough.

    An alembic.ini with null bytes, UTF-16 say, is one that nothing can read.
    """
    if path.name == "alembic.ini" and b"\0" in data:
        return True
    return bool(re.search(_SCRIPT_LOCATION, data) or (path.suffix == ".ini" and re.search(_SECTION, data)))


def is_template(data: bytes) -> bool:
    """Whether a file is Jinja's or cookiecutter's, which is no ini before it is rendered."""
    return re.search(_TEMPLATE, data) is not None


def has_placeholder(value: str) -> bool:
    """Whether a value is one that a program fills in before Alembic reads it."""
    return re.search(_PLACEHOLDER, value) is not None


def is_alembic_toml(data: bytes) -> bool:
    return re.search(_TOML, data) is not None


def is_env_script(path: Path, data: bytes) -> bool:
    """Whether a file called env.py is Alembic's: other tools have one too."""
    if b"alembic" not in data or not re.search(_CONTEXT, data):
        return False
    folder = path.parent
    return b"run_migrations" in data or disk.is_folder(folder / "versions") or disk.is_file(folder / "script.py.mako")


def has_ini(folder: Path) -> bool:
    return any(
        is_alembic_ini(Path(path), _bytes(path)) for path in declarations_in(folder) if path.endswith(_INI_SUFFIXES)
    )


def has_env_script(folder: Path) -> bool:
    path = folder / "env.py"
    return disk.is_file(path) and is_env_script(path, _bytes(str(path)))


def _bytes(path: str) -> bytes:
    try:
        return disk.read(path)
    except OSError:
        return b""
