"""What was found out about a project, kept with every look at the disk that it took: as long as each sees the same, it holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from msgspec import MsgspecError
from msgspec.json import decode, encode

from alembic_vet import disk
from alembic_vet.cache import Store
from alembic_vet.model.plain import BROKEN, Vocabulary
from alembic_vet.source.file import Sources

T = TypeVar("T")

_NOWHERE = Path()


def remembered(
    find: Callable[[Sources], T], kind: type[T], vocabulary: Vocabulary, store: Store | None, sources: Sources
) -> T:
    """What `find` finds, of a kind that the vocabulary has words for, in this run or in an earlier one.

    It rests on what the store is about, and on what it looks at: hence it is given sources where nothing was read yet.
    """
    if store is None:
        return find(sources)
    seen_then, _, data = store.load().partition(b"\n")
    try:
        seen = decode(seen_then, type=disk.Answers)
        found: T = vocabulary.restored(decode(data), _NOWHERE)
        renewed = disk.confirm(seen) if isinstance(found, kind) and _agree(sources, seen) else None
    except (MsgspecError, *BROKEN):
        renewed = None
    if renewed is not None:
        disk.note(seen)
    else:
        with disk.noting() as seen:
            found = find(sources.unread())
        if any(True for _ in sources.given):
            return found  # another run is not given them
    if renewed != 0:
        with suppress(UnicodeEncodeError):  # a file's name may be any bytes
            store.save(encode(disk.without_repeats(seen)) + b"\n" + encode(vocabulary.plain(found, _NOWHERE)))
    return found


def _agree(sources: Sources, seen: disk.Answers) -> bool:
    """Whether files that are given are as they were seen on the disk, or were not looked at."""
    for file in sources.given:
        path = str(file.path)
        read = seen.get("read", {}).get(path)
        if read is not None and read[1] != file.digest:
            return False
        if seen.get("kind", {}).get(path, "file") != "file":
            return False
    return True
