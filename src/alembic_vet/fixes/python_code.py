"""Calls that a fix writes, on as many lines as they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alembic_vet.fixes.items import WIDTH

INDENT = "    "


def call(function: str, arguments: Sequence[str], depth: int = 1) -> list[str]:
    """A call as lines, on one where it is not too wide at that depth."""
    whole = f"{function}({', '.join(arguments)})"
    if len(whole) + depth * len(INDENT) <= WIDTH:
        return [whole]
    together = f"{INDENT}{', '.join(arguments)}"
    if len(together) + depth * len(INDENT) <= WIDTH:
        return [f"{function}(", together, ")"]
    return [f"{function}(", *(f"{INDENT}{argument}," for argument in arguments), ")"]


def pieces(text: str, width: int) -> Iterator[str]:
    """A text in parts that are not wider; each but the last ends with a blank."""
    line = ""
    for word in re.findall(r"\s*\S+\s*", text):
        if line and len(line + word) > width:
            yield line
            line = ""
        line += word
    yield line
