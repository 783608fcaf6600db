"""What earlier runs found out, kept until anything that it rests on is different.

The output of a command is kept with all that it could see: the command line, the environment, and every look at the
file system with its answer (see `disk`). What was read of revisions is kept beside it (see `project.facts`).

Files are JSON, below a line that says what about (that of the schemas is many pieces of JSON, see `project.snapshots`),
written whole or not at all, in a folder at the project's top that git ignores by itself. This module is loaded by every
run, before anything is known to be needed: only builtin modules at import.
"""

from __future__ import annotations

import functools
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from alembic_vet import __version__, disk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Stores = Callable[[str, list[object]], "Store"]

FOLDER = ".alembic_vet_cache"

_MOST_FILES = 128
_TOPS = (".git", "pyproject.toml", "alembic.ini", "setup.cfg")
_SEEN = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "GITHUB_WORKSPACE", "HOME")
_NEVER = frozenset({"--no-cache", "--debug", "-h", "--help"})

Printed = list[tuple[bool, str]]


class Store:
    """One file: what is kept of a kind about something that is described in full, on the first line."""

    def __init__(self, folder: str, kind: str, about: list[object]) -> None:
        self._folder = folder
        self._about = repr(about).encode(errors="surrogatepass") + b"\n"
        self._path = os.path.join(folder, f"{kind}-{disk.digest(self._about)[:8]}.json")

    def load(self) -> bytes:
        """What was saved last by this version of the tool; nothing where that is not known."""
        try:
            with open(self._path, "rb", buffering=0) as file:  # a buffer would be one more copy
                if file.read(len(self._about)) != self._about:
                    return b""
                content = file.readall()
            os.utime(self._path)
        except OSError:
            return b""
        return content

    def save(self, *content: bytes) -> None:
        """Put something, in parts, in the place of what was there; what cannot be kept is found out again."""
        try:
            _put(self._path, self._about, *content)
            self._drop_oldest()
        except OSError:
            pass

    def _drop_oldest(self) -> None:
        if len(os.listdir(self._folder)) > _MOST_FILES:
            paths = _files(self._folder)
            for path in sorted(paths, key=os.path.getmtime)[: len(paths) - _MOST_FILES // 2]:
                os.unlink(path)


class Answer(Store):
    """The output of a command.

    It is kept in two lines: the files that are likeliest to have changed, and all the rest.
    """

    def __init__(self, folder: str, arguments: Sequence[str], about: list[object]) -> None:
        super().__init__(folder, "answer", [*about, list(arguments)])
        self._arguments = arguments

    def recall(self) -> tuple[int, Printed] | None:
        """The exit code and what was printed (to stderr?, text), where all is as it was."""
        if self._is_outdated():
            return None
        from json import loads

        try:
            likeliest, _, rest = self.load().partition(b"\n")
            if disk.confirm(loads(likeliest)) is None:
                return None
            known = loads(rest)
            renewed = disk.confirm(known["seen"])
            if renewed is None:
                return None
            answer = int(known["code"]), [(bool(error), str(text)) for error, text in known["printed"]]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None  # absent, or not what this version writes
        if renewed:
            self.keep(*answer, known["seen"])
        return answer

    def _is_outdated(self) -> bool:
        """Whether a file that the command names alone has changed since, as what a hook is given mostly has."""
        named = [path for path in self._arguments if os.path.isfile(path)]
        try:
            return len(named) == 1 and os.stat(named[0]).st_mtime_ns > os.stat(self._path).st_mtime_ns
        except OSError:
            return False

    def keep(self, code: int, printed: Printed, seen: disk.Answers) -> None:
        from msgspec.json import encode

        known = {"code": code, "printed": printed, "seen": disk.without_repeats(seen)}
        with suppress(UnicodeEncodeError):  # a file's name may be any bytes
            self.save(encode(disk.youngest(seen)), b"\n", encode(known))


def _put(path: str, *parts: bytes) -> None:
    """Write a file whole: nobody sees a part of it."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.writelines(parts)
    os.replace(temporary, path)


def answer(arguments: Sequence[str]) -> Answer | None:
    """Where the answer to a command is kept; None where it never is."""
    if arguments[:1] != ["check"] or "-" in arguments or not _NEVER.isdisjoint(arguments):
        return None
    folder = _made_folder()
    if folder is None:
        return None
    environment = [os.environ.get(name) for name in _SEEN]
    return Answer(folder, arguments, [_tool(), os.getcwd(), environment, *_streams()])


def stores() -> Stores | None:
    """What makes stores for this version of the tool; None where nothing can be kept."""
    folder = _made_folder()
    tool = _tool()
    return None if folder is None else lambda kind, about: Store(folder, kind, [tool, *about])


def clean() -> str | None:
    """Remove what is kept; the path of its folder, None where there is none.

    Raises OSError, also where something else lies in the folder.
    """
    folder = _folder()
    if folder is None or os.path.islink(folder) or not os.path.isdir(folder):
        return None
    for path in (*_files(folder), os.path.join(folder, ".gitignore")):
        with suppress(FileNotFoundError):
            os.unlink(path)
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


def _made_folder() -> str | None:
    """The folder, made before anything is looked at, for it shows in the listing of the one above."""
    try:
        folder = _folder()
        # A link leads to files that are not the project's.
        if folder is None or os.path.islink(folder):
            return None
        os.makedirs(folder, exist_ok=True)
        ignored = os.path.join(folder, ".gitignore")
        if not os.path.exists(ignored):
            _put(ignored, b"*\n")
    except OSError:
        return None
    return folder


def _files(folder: str) -> list[str]:
    """What `Store` has written, or begun to write; nothing else in the folder is ours to remove."""
    import re

    own = re.compile(r"[a-z]+-[0-9a-f]{8}\.json(\.\d+)?|\.gitignore\.\d+")
    return [os.path.join(folder, name) for name in os.listdir(folder) if own.fullmatch(name)]


@functools.cache
def _tool() -> list[object]:
    """This tool as it is installed, and what is installed beside it."""
    package = os.path.dirname(__file__)
    beside = os.path.dirname(package)
    newest, size = os.stat(beside).st_mtime_ns, 0
    # What an installer has put there changes as a whole; sources that are worked on change one by one.
    is_installed = os.path.exists(os.path.join(beside, f"{__package__}-{__version__}.dist-info", "RECORD"))
    folders = [] if is_installed else [package]
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
