"""What was found out about a project, kept with every look at the disk that it took: as long as each sees the same, it holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import MsgspecError
from msgspec.json import decode, encode

from alembic_vet import disk
from alembic_vet.cache import Store
from alembic_vet.source.file import Sources


def remembered(find: Callable[[Sources], Any], kind: object, store: Store | None, sources: Sources) -> Any:
    """What `find` finds, a value of the type `kind`, in this run or in an earlier one.

    It rests on what the store is about, and on what it looks at: hence it is given sources where nothing was read yet.
    """
    if store is None:
        return find(sources)
    seen_then, _, data = store.load().partition(b"\n")
    try:
        seen = decode(seen_then, type=disk.Answers)
        found = decode(data, type=kind, dec_hook=_path)
        renewed = disk.confirm(seen) if _agree(sources, seen) else None
    except MsgspecError:
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
            store.save(encode(disk.without_repeats(seen)) + b"\n" + encode(found, enc_hook=str))
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


def _path(kind: type, value: object) -> object:
    return Path(str(value)) if kind is Path else value
