"""Where reports are written to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_BROKEN_PIPE = 141  # what a shell reports for a process that SIGPIPE ended
_WIDTH = 120  # where there is no terminal


_copies: list[tuple[bool, bytes]] | None = None


@contextmanager
def copying() -> Iterator[list[tuple[bool, bytes]]]:
    """What is written from here on, in order, each with whether it goes to stderr."""
    global _copies
    before, _copies = _copies, []
    try:
        yield _copies
    finally:
        _copies = before


def write(text: str, *, err: bool = False) -> None:
    """Write text to stdout or stderr; what the stream's encoding lacks is written as an escape."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None)
    write_bytes(text.encode(encoding or "utf-8", errors="backslashreplace"), err=err)


def write_bytes(data: bytes, *, err: bool = False) -> None:
    """Write bytes as they are.

    Where the reader went away, the process ends as the signal would end it; where there is no space left or the like, as
    after wrong use. A stream that was closed from the start is for nobody.
    """
    if _copies is not None:
        _copies.append((err, data))
    stream: TextIO | None = sys.stderr if err else sys.stdout
    if stream is None:
        return
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except OSError as error:
        # The interpreter flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(_BROKEN_PIPE)
        if not err:
            write(f"error: the output cannot be written: {error.strerror}\n", err=True)
        sys.exit(2)


def wants_color(choice: str) -> bool:
    """What `--color` means here; any NO_COLOR that is not empty counts (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The width that COLUMNS says, else that of the terminal."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except (OSError, ValueError, AttributeError):
        return _WIDTH
