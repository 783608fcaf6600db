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


def recalled(
    kind: type[T],
    vocabulary: Vocabulary,
    store: Store,
    sources: Sources,
    is_meant: Callable[[T], bool] = lambda _: True,
) -> T | None:
    """What an earlier run found, of a kind that the vocabulary has words for; None where that need not be so any more."""
    seen_then, _, data = store.load().partition(b"\n")
    try:
        seen = decode(seen_then, type=disk.Answers)
        found: T = vocabulary.restored(decode(data), _NOWHERE)
        if not isinstance(found, kind) or not is_meant(found) or not agrees(sources, seen):
            return None
        renewed = disk.confirm(seen)
    except (MsgspecError, *BROKEN):
        return None
    if renewed is None:
        return None
    disk.note(seen)
    if renewed:
        _save(store, seen, found, vocabulary)
    return found


def found_anew(
    find: Callable[[Sources], T],
    vocabulary: Vocabulary,
    store: Callable[[T], Store],
    sources: Sources,
    apart: Callable[[T], disk.Group],
) -> T:
    """What `find` finds, kept where `store` says.

    It rests on what the store is about, and on what it looks at: hence it is given sources where nothing was read yet.
    `apart`: it does not matter which such files there are (`disk.leave_out`).
    """
    with disk.noting() as seen:
        found = find(sources.unread())
    if not any(True for _ in sources.given):  # another run is not given them
        _save(store(found), disk.leave_out(seen, apart(found)), found, vocabulary)
    return found


def agrees(sources: Sources, seen: disk.Answers) -> bool:
    """Whether files that are given are as they were seen on the disk, or were not looked at."""
    for file in sources.given:
        path = str(file.path)
        read = seen.get("read", {}).get(path)
        if read is not None and read[1] != file.digest:
            return False
        if seen.get("kind", {}).get(path, "file") != "file":
            return False
    return True


def _save(store: Store, seen: disk.Answers, found: object, vocabulary: Vocabulary) -> None:
    with suppress(UnicodeEncodeError):  # a file's name may be any bytes
        store.save(encode(disk.without_repeats(seen)), b"\n", encode(vocabulary.plain(found, _NOWHERE)))
