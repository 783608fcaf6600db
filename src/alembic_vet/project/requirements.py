"""Requirement strings: which distribution is asked for, and from which version on."""

from __future__ import annotations

import re

from msgspec import Struct

from alembic_vet.settings import Version

_REQUIREMENT = r"(?s)\s*(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^]]*\])?\s*(?P<rest>.*)"
_CLAUSE = r"(?P<operator>===|==|~=|>=|<=|!=|>|<|\^|~)?\s*v?(?P<version>\d+(?:\.\d+)*)[\w.*+!-]*\s*"


class Requirement(Struct, frozen=True):
    """One distribution asked for; `name` is normalized, `lower` the oldest version allowed, if there is one."""

    name: str
    lower: Version | None = None
    pinned: bool = False


def normalized(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_version(text: str) -> Version | None:
    """The release numbers that a version starts with, at least two: `2` is 2.0."""
    found = re.match(r"\s*v?(\d+(?:\.\d+)*)", text)
    if found is None:
        return None
    numbers = tuple(int(part) for part in found[1].split("."))
    return numbers if len(numbers) > 1 else (*numbers, 0)


def parse_requirement(text: str) -> Requirement | None:
    """`SQLAlchemy[asyncio]>=2,<3; python_version > "3.9"`; None for what is no such thing.

    Markers are not looked at; a URL in place of a version says nothing about the version.
    """
    found = re.fullmatch(_REQUIREMENT, text)
    if found is None:
        return None
    rest = found["rest"].partition(";")[0].strip()
    if rest and rest[0] not in "=<>~!(@":
        return None
    name = normalized(found["name"])
    return Requirement(name) if rest.startswith("@") else parse_specifiers(name, rest.strip("()"))


def parse_specifiers(name: str, text: str) -> Requirement:
    """The requirement that version clauses make, also Poetry's `^2.0`, `~2.0` and bare `2.0`."""
    lower: Version | None = None
    for part in re.split(r"\s*(?:,|\|\|)\s*|\s+(?=[<>=!~^])", text.strip()):
        clause = re.fullmatch(_CLAUSE, part)
        version = parse_version(clause["version"]) if clause else None
        if clause is None or version is None:
            continue
        if clause["operator"] in ("==", "===", None):
            return Requirement(name, version, pinned=True)
        if clause["operator"] in (">=", ">", "~=", "^", "~"):
            lower = max(lower or version, version)
    return Requirement(name, lower)
