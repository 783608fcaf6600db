"""Path patterns as settings write them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path


def matches(pattern: str, path: Path, root: Path) -> bool:
    """Whether a pattern covers a file, relative to `root`, or a folder above it.

    `*` and `?` stop at a slash, `**` does not, `[...]` is a set. A pattern without a slash (one at
    its end does not count) is compared with every part of the path: `versions` covers any
    folder of that name, `*_old.py` any such file.
    """
    try:
        parts = path.relative_to(root).parts
    except ValueError:
        parts = path.parts[1:]
    pattern = pattern.replace("\\", "/").removeprefix("./").rstrip("/")
    if "/" not in pattern:
        compiled = _compiled(pattern)
        return any(compiled.fullmatch(part) for part in parts)
    compiled = _compiled(pattern.lstrip("/"))
    return any(compiled.fullmatch("/".join(parts[:count])) for count in range(1, len(parts) + 1))


_TOKEN = r"(?s)\*\*/|/\*\*$|\*\*|\*|\?|\[!?\]?[^]/]*\]|."


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile("".join(_translated(token) for token in re.findall(_TOKEN, pattern)))
    except re.error:
        return re.compile(re.escape(pattern))


def _translated(token: str) -> str:
    match token:
        case "**/":
            return "(?:[^/]+/)*"
        case "/**":
            return "/.+"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if len(token) > 1:
            inverted = token.startswith("[!")
            inside = re.escape(token[2 if inverted else 1 : -1]).replace(r"\-", "-")
            return f"[{'^/' if inverted else ''}{inside}]"
        case _:
            return re.escape(token)
