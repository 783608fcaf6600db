"""Files written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from alembic_vet import disk
from alembic_vet.errors import UserError
from alembic_vet.source.file import SourceFile


def write(changed: Iterable[SourceFile], roots: Iterable[Path]) -> None:
    """Put each file's bytes on disk through a temporary file beside it; its mode is kept.

    All are prepared before the first is replaced.

    Raises UserError for a file that lies outside of all roots, if only through a symbolic
    link, or that cannot be written; then nothing is left behind.
    """
    folders = [root.resolve() for root in roots]
    prepared: list[tuple[Path, Path]] = []
    try:
        for file in changed:
            target = file.path.resolve()
            if not any(target.is_relative_to(folder) for folder in folders):
                raise UserError(f"{file.path} is outside of the project ({target}): not written")
            try:
                prepared.append((_prepare(file.data, target), target))
            except OSError as error:
                raise UserError(f"{file.path} cannot be written: {error.strerror}") from error
        while prepared:
            temporary, target = prepared[0]
            try:
                os.replace(temporary, target)
            except OSError as error:
                raise UserError(f"{target} cannot be written: {error.strerror}") from error
            disk.note_written(target)
            prepared.pop(0)
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _prepare(data: bytes, target: Path) -> Path:
    """The new content in a file beside the old one, safely on disk."""
    mode = stat.S_IMODE(target.stat().st_mode)
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK):
        raise UserError(f"{target} is read-only: not written")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
