"""What earlier runs said: the output of a command, kept until anything that it looked at is different.

An entry holds the command and all that it could see besides files, every look at the file system with its answer
(see `disk`), and what was printed. It is JSON, written whole or not at all, in a folder at the project's top that git
ignores by itself. Whoever reads this module late pays for it on every run: only builtin modules at import.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from alembic_vet import __version__, disk

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = ".alembic_vet_cache"

_MOST_ENTRIES = 128
_TOPS = (".git", "pyproject.toml", "alembic.ini", "setup.cfg")
_SEEN = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "GITHUB_WORKSPACE", "HOME")
_NEVER = frozenset({"-", "--no-cache", "--debug", "-h", "--help"})

Printed = list[tuple[bool, str]]


class Entry:
    """The place of one command's answer."""

    def __init__(self, folder: str, command: list[object]) -> None:
        from json import dumps
        from zlib import crc32

        self._folder = folder
        self._command = dumps(command)
        self._path = os.path.join(folder, f"{crc32(self._command.encode()):08x}.json")

    def recall(self) -> tuple[int, Printed] | None:
        """The exit code and what was printed (to stderr?, text), where all is as it was."""
        from json import loads

        try:
            with open(self._path, "rb") as file:
                known = loads(file.read())
            renewed = disk.confirm(known["seen"]) if known["command"] == self._command else None
            if renewed is None:
                return None
            answer = int(known["code"]), [(bool(error), str(text)) for error, text in known["printed"]]
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None  # absent, or not what this version writes
        if renewed:
            self._write(known)
        return answer

    def keep(self, code: int, printed: Printed, seen: disk.Answers) -> None:
        """Put an answer in the place of the one before it."""
        self._write({"command": self._command, "code": code, "printed": printed, "seen": disk.without_repeats(seen)})
        self._drop_oldest()

    def _write(self, known: dict[str, object]) -> None:
        from json import dumps

        temporary = f"{self._path}.{os.getpid()}"
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(dumps(known, separators=(",", ":")))
            os.replace(temporary, self._path)
        except OSError:
            pass  # what cannot be kept is worked out again

    def _drop_oldest(self) -> None:
        try:
            paths = [os.path.join(self._folder, name) for name in os.listdir(self._folder) if not name.startswith(".")]
            if len(paths) > _MOST_ENTRIES:
                for path in sorted(paths, key=os.path.getmtime)[: len(paths) - _MOST_ENTRIES // 2]:
                    os.unlink(path)
        except OSError:
            pass  # another run does the same


def entry(arguments: Sequence[str]) -> Entry | None:
    """Where the answer to a command is kept; None where it never is."""
    if arguments[:1] != ["check"] or not _NEVER.isdisjoint(arguments):
        return None
    folder = _folder()
    if folder is None or not _is_made(folder):
        return None
    return Entry(folder, [_tool(), os.getcwd(), list(arguments), [os.environ.get(name) for name in _SEEN], *_streams()])


def clean() -> str | None:
    """Remove the folder of entries; its path, None where there is none.

    Raises OSError.
    """
    folder = _folder()
    if folder is None or not os.path.isdir(folder):
        return None
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    return folder


def _folder() -> str | None:
    """At the top of the project that the working folder is in, else there; at home nothing is kept."""
    here, below = os.getcwd(), ""
    above = here
    while above != below:
        if any(os.path.exists(os.path.join(above, name)) for name in _TOPS):
            return os.path.join(above, FOLDER)
        above, below = os.path.dirname(above), above
    return None if here in (above, os.path.expanduser("~")) else os.path.join(here, FOLDER)


def _is_made(folder: str) -> bool:
    """Make the folder before anything is looked at, for it shows in the listing of the one above."""
    try:
        os.makedirs(folder, exist_ok=True)
        ignored = os.path.join(folder, ".gitignore")
        if not os.path.exists(ignored):
            with open(ignored, "w", encoding="utf-8") as file:
                file.write("*\n")
    except OSError:
        return False
    return True


def _tool() -> list[object]:
    """This tool as it is installed, and what is installed beside it."""
    package = os.path.dirname(__file__)
    newest, size = os.stat(os.path.dirname(package)).st_mtime_ns, 0
    folders = [package]
    while folders:
        with os.scandir(folders.pop()) as found:
            for each in found:
                if each.is_dir():
                    folders.append(each.path)
                elif each.name.endswith(".py"):
                    status = each.stat()
                    newest, size = max(newest, status.st_mtime_ns), size + status.st_size
    return [__version__, newest, size, sys.version]


def _streams() -> list[object]:
    """How output is encoded, and how wide it may be."""
    seen: list[object] = []
    for stream in (sys.stdout, sys.stderr):
        try:
            seen += [stream.encoding, os.get_terminal_size(stream.fileno())[0] if stream.isatty() else None]
        except (OSError, ValueError, AttributeError):
            seen.append(None)
    return seen
