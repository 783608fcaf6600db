"""Where reports are written to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
    stream = sys.stderr if err else sys.stdout
    write_bytes(text.encode(stream.encoding or "utf-8", errors="backslashreplace"), err=err)


def write_bytes(data: bytes, *, err: bool = False) -> None:
    """Write bytes as they are; where the reader went away, end the process as the signal would."""
    if _copies is not None:
        _copies.append((err, data))
    stream = sys.stderr if err else sys.stdout
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        # The interpreter flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        sys.exit(_BROKEN_PIPE)


def wants_color(choice: str) -> bool:
    """What `--color` means here; any NO_COLOR that is not empty counts (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def width() -> int:
    """The width that COLUMNS says, else that of the terminal."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except (OSError, ValueError, AttributeError):
        return _WIDTH
