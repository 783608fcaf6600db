"""Trailing comments, above all `noqa`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from alembic_vet.fixes.changes import Change, FixImpossible, Order
from alembic_vet.fixes.tokens import scan
from alembic_vet.source.file import SourceFile

_NOQA = re.compile(r"#\s*noqa\s*(?::\s*(?P<codes>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*))?", re.IGNORECASE)


def remark_changes(
    file: SourceFile, remarks: Mapping[int, Sequence[str]], gone: list[tuple[int, int]]
) -> Iterator[Change]:
    """Raises FixImpossible for a line that can have no comment."""
    tokens = scan(file.text) if remarks else None
    for line, texts in remarks.items():
        assert tokens is not None
        code = file.lines[line - 1]
        existing = next((comment for comment in tokens.comments if comment.line == line), None)
        if line + 1 in tokens.string_lines or (existing is None and code.rstrip().endswith("\\")):
            raise FixImpossible("the line cannot have a comment")
        old = existing.text if existing else ""
        new = old
        for text in texts:
            new = _joined(new, text)
        if new == old:
            continue
        column = existing.column if existing else len(code.rstrip()) + 1
        start, end = file.offset(line, column), file.offset(line, len(code) + 1)
        if existing is None:
            yield Change(start, end, f"  {new}", Order.COMMENT)
        else:
            gone.append((start, end))
            yield Change(start, end, new)


def _joined(comment: str, text: str) -> str:
    text = text.lstrip("# ")
    if not comment:
        return f"# {text}"
    known, wanted = _NOQA.search(comment), _NOQA.search(f"# {text}")
    if known is None or wanted is None:
        return comment if text in comment else f"{comment}  # {text}"
    codes = known.group("codes")
    if codes is None:
        return comment
    missing = [
        code for code in re.findall(r"\w+", wanted.group("codes") or "") if code not in re.findall(r"\w+", codes)
    ]
    end = known.end("codes")
    return comment[:end] + "".join(f", {code}" for code in missing) + comment[end:]
