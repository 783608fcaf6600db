"""The file system as a run sees it.

Every look at it is a question with an answer, asked here and nowhere else, so that it can be noted: where all
questions of a run get the answers that they got before, the run comes out as it did before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

AnyPath = str | os.PathLike[str]
Kind = Literal["file", "folder", "other"]
# What changes with a file (None where it is so young that its next change may not show), and the digest of its content.
Stamp = list[int] | None
Stamped = list[Any]
Answer = str | list[Any] | None
Answers = dict[str, dict[str, Answer]]
# Something in a folder: its name, the kind of it (of what a symbolic link leads to), whether it is a link.
Entry = tuple[str, Kind | None, bool]
Listing = tuple[list[str], list[Entry]]

# A file that changes twice within one tick of the file system's clock shows it once.
_TICK = 1_000_000_000
_FUTURE = float("inf")
_FEW = 16
_NAME = itemgetter(0)
_MATCHES = "matches"
# They name files, and can be asked for all but those of a group.
_LISTING = ("entries", "git")


_noted: Answers | None = None


@contextmanager
def noting() -> Iterator[Answers]:
    """The questions asked from here on, with their answers; who has begun to note before is told of them too."""
    global _noted
    before, _noted = _noted, {}
    try:
        yield _noted
    finally:
        inner, _noted = _noted, before
        note(inner)


def note(answers: Mapping[str, Mapping[str, Answer]]) -> None:
    """Take questions for asked, which have these answers."""
    if _noted is not None:
        for question, known in answers.items():
            _noted[question] = {**known, **_noted.get(question, {})}


def _note(question: str, about: str, answer: Callable[[], Answer]) -> None:
    if _noted is not None:
        known = _noted.setdefault(question, {})
        if about not in known:
            known[about] = answer()


def read(path: AnyPath) -> bytes:
    """The bytes of a file.

    Raises OSError.
    """
    return read_stamped(path)[0]


def read_stamped(path: AnyPath) -> tuple[bytes, Stamp]:
    """The bytes of a file, and its stamp.

    Raises OSError.
    """
    about = os.fspath(path)
    try:
        with open(about, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            data = file.read()
    except OSError:
        _note("read", about, lambda: None)
        raise
    stamp = _lasting(status)
    _note("read", about, lambda: [stamp, digest(data)])
    return data, stamp


def changed(known: Mapping[str, Stamped]) -> dict[str, Stamped | None]:
    """Of files that were read earlier what `read` notes of them now, where their stamps are not what they were."""
    found = {about: _stamped(read, about, known[about], os.stat) for about in _touched(known, os.stat)}
    note({"read": found})
    note({"read": known})  # what was noted first stands
    return found


def matches(path: AnyPath, pattern: str) -> list[bytes]:
    """The different things that a pattern finds in the bytes of a file: it can change without them.

    Raises OSError.
    """
    about = os.fspath(path)
    question = f"{_MATCHES} {pattern}"
    try:
        status = os.stat(about)
        found = _matches(about, pattern)
    except OSError:
        _note(question, about, lambda: None)
        raise
    _note(question, about, lambda: [_lasting(status), digest(repr(found).encode())])
    return found


def kind(path: AnyPath) -> Kind | None:
    """What is at a path, symbolic links followed; None where there is nothing."""
    about = os.fspath(path)
    found = _kind(about)
    _note("kind", about, lambda: found)
    return found


def is_file(path: AnyPath) -> bool:
    return kind(path) == "file"


def is_folder(path: AnyPath) -> bool:
    return kind(path) == "folder"


def exists(path: AnyPath) -> bool:
    return kind(path) is not None


def listing(folder: AnyPath) -> Listing:
    """What lies in a folder: the names of its plain files, and the rest, each sorted by name.

    Raises OSError.
    """
    about = os.fspath(folder)
    try:
        status = os.stat(about)
        found = _listed(about)
    except OSError:
        _note("entries", about, lambda: None)
        raise
    _note("entries", about, lambda: [_lasting(status), digest(_said(found))])
    for name, _, is_link in found[1]:
        if is_link:  # where it leads to can change while the folder does not
            kind(os.path.join(about, name))
    return found


def entries(folder: AnyPath) -> list[Entry]:
    """What lies in a folder, sorted by name.

    Raises OSError.
    """
    files, others = listing(folder)
    plain: list[Entry] = [(name, "file", False) for name in files]
    return sorted([*plain, *others], key=_NAME)


def walk(folder: AnyPath) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`, sorted: a folder, the folders in it (remove those that are not wanted), the other files."""
    parent = os.fspath(folder)
    try:
        found = entries(parent)
    except OSError:
        return
    folders = [name for name, kind, _ in found if kind == "folder"]
    links = {name for name, _, is_link in found if is_link}
    yield parent, folders, [name for name, kind, _ in found if kind != "folder"]
    for name in folders:
        if name not in links:
            yield from walk(os.path.join(parent, name))


def real(path: AnyPath) -> str:
    """The path without symbolic links."""
    about = os.fspath(path)
    known = (_noted or {}).get("real", {}).get(about)
    found = known if isinstance(known, str) else os.path.realpath(about)
    _note("real", about, lambda: found)
    return found


def is_readable(path: AnyPath) -> bool:
    about = os.fspath(path)
    found = os.access(about, os.R_OK)
    _note("readable", about, lambda: str(found))
    return found


def glob(folder: Path, pattern: str) -> Iterator[Path]:
    """The paths that a pattern matches, such as `requirements/*.txt`, sorted."""
    from fnmatch import fnmatchcase

    name, _, rest = pattern.partition("/")
    try:
        found = entries(folder)
    except OSError:
        return
    for entry, _, _ in found:
        if fnmatchcase(entry, name):
            yield from glob(folder / entry, rest) if rest else [folder / entry]


def git(folder: AnyPath, *arguments: str) -> bytes | None:
    """What the `git` executable answers in a folder; None where there is no git or it fails."""
    import subprocess

    # In a hook these point at the repository of the commit, which need not be that of `folder`.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    except OSError:
        output = None
    else:
        output = done.stdout if done.returncode == 0 else None
    _note("git", "\0".join((os.fspath(folder), *arguments)), lambda: None if output is None else digest(output))
    return output


def note_written(path: AnyPath) -> None:
    """Say that a run has changed a file: it will not come out like that again."""
    _note("written", os.fspath(path), lambda: None)


def has_written(noted: Answers) -> bool:
    return "written" in noted


def without_repeats(noted: Answers) -> Answers:
    """The same without the questions whose answers follow from others."""
    implied = {"file": noted.get("read", {}), "folder": noted.get("entries", {})}
    kinds = {
        about: answer
        for about, answer in noted.get("kind", {}).items()
        if implied.get(str(answer), {}).get(about) is None
    }
    return {**noted, "kind": kinds}


class Group:
    """The files right in some folders, or below those that end in a separator, by how their names end and do not begin."""

    def __init__(self, folders: Iterable[str], ending: str, but: Iterable[str]) -> None:
        self._text = "\0".join((ending, *but, "", *folders))
        self._ending = ending
        self._but = tuple(but)
        self._folders = frozenset(folders)
        self._deep = tuple(folder for folder in self._folders if folder.endswith(os.sep))

    @classmethod
    def parsed(cls, text: str) -> Group:
        """The group that a text stands for."""
        names, _, folders = text.partition("\0\0")
        ending, *but = names.split("\0")
        return cls(folders.split("\0"), ending, but)

    def __str__(self) -> str:
        return self._text

    def is_in(self, folder: str) -> bool:
        """Whether files that lie right in a folder may be of the group."""
        return folder in self._folders or os.path.join(folder, "").startswith(self._deep)

    def has(self, name: str) -> bool:
        """Whether a file in one of the folders is of the group."""
        return name.endswith(self._ending) and not name.startswith(self._but)

    def holds(self, path: str) -> bool:
        folder, name = os.path.split(path)
        return self.has(name) and self.is_in(folder)


def leave_out(noted: Answers, group: Group) -> Answers:
    """The same where it does not matter which files there are of a group.

    All as it was where such a file was looked into, for then another one might be too.
    """
    looked_into = (known for question, known in noted.items() if question.startswith(("read", _MATCHES)))
    if any(group.holds(about) for known in looked_into for about in known):
        return noted
    left = dict(noted)
    for question in _LISTING:
        known = dict(noted.get(question, {}))
        for about, answer in [*known.items()]:
            concerns = question == "git" or group.is_in(about)
            if concerns and _is_same(_asking(question)(about, answer, os.stat), answer):  # else it changes right now
                but = f"{question} {group}"
                left.setdefault(but, {})[about] = _asking(but)(about, None, os.stat)
                del known[about]
        left[question] = known
    return left


def youngest(noted: Answers) -> Answers:
    """The few files of those that were read that changed last: what a person works on changes again."""
    read = noted.get("read", {})
    # One that was too young for a timestamp comes last.
    ages = {about: answer[0][0] if answer[0] else _FUTURE for about, answer in read.items() if answer}
    return {"read": {about: read[about] for about in sorted(ages, key=ages.__getitem__)[-_FEW:]}}


def digest(data: bytes) -> str:
    try:
        from _blake2 import blake2b  # without OpenSSL, which `hashlib` loads: 2 ms of a run of 60
    except ImportError:
        from hashlib import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def confirm(noted: Answers) -> int | None:
    """Ask all questions again but those noted already.

    None where an answer is different now, else the number of timestamps brought up to date.
    """
    renewed = 0
    stat = cache(os.stat)  # several questions are about one file
    for question, known in sorted(noted.items(), key=lambda each: each[0].startswith("git")):  # a process costs most
        ask = _asking(question)
        asked = (_noted or {}).get(question, {})
        unasked = {about: answer for about, answer in known.items() if about not in asked} if asked else known
        for about in chain(known.keys() & asked.keys(), _touched(unasked, stat)):
            answer = known[about]
            now = asked[about] if about in asked else ask(about, answer, stat)
            if now == answer:
                continue
            if not _is_same(now, answer):
                return None
            known[about] = now
            renewed += 1
    return renewed


def _is_same(now: Answer, then: Answer) -> bool:
    """Whether nothing but the time is another one."""
    return now == then or (isinstance(now, list) and isinstance(then, list) and now[1] == then[1])


def _touched(known: Mapping[str, Answer], stat: _Stat) -> Iterator[str]:
    """What has another stamp now, or had none."""
    for about, answer in known.items():
        try:
            if type(answer) is list and answer[0] == _stamp(stat(about)):
                continue
        except OSError:
            pass
        yield about


def _stamped(content: Callable[[str], bytes], about: str, _: Answer, stat: _Stat) -> list[Any] | None:
    """The answer that there is now."""
    try:
        return [_lasting(stat(about)), digest(content(about))]
    except OSError:
        return None


def _asking(question: str) -> _Again:
    """What asks a question again: how it was answered, and `os.stat`, spare it some work."""
    name, _, rest = question.partition(" ")
    if not rest:
        return _AGAIN[name]
    if name == _MATCHES:
        return partial(_stamped, partial(_matches_again, rest))
    group = Group.parsed(rest)
    return partial(_stamped, partial(_listing_but, group)) if name == "entries" else partial(_git_again, group)


def _matches_again(pattern: str, path: str) -> bytes:
    return repr(_matches(path, pattern)).encode()


def _matches(path: str, pattern: str) -> list[bytes]:
    import re

    with open(path, "rb", buffering=0) as file:
        return list(dict.fromkeys(re.findall(pattern.encode(), file.read())))


def _git_again(group: Group | None, about: str, *_: object) -> Answer:
    folder, *arguments = about.split("\0")
    output = git(folder, *arguments)
    if output is None or group is None:
        return None if output is None else digest(output)
    start, names = os.path.join(folder, ""), os.fsdecode(output).split("\0")
    return digest(os.fsencode("\0".join(name for name in names if not group.holds(start + name))))


def _listing(folder: str) -> bytes:
    return _said(_listed(folder))


def _listing_but(group: Group, folder: str) -> bytes:
    files, others = _listed(folder)
    return _said(
        (
            [name for name in files if not group.has(name)],
            [each for each in others if each[1] == "folder" or not group.has(each[0])],
        )
    )


def _said(found: Listing) -> bytes:
    """What differs where listings do."""
    return os.fsencode("\0".join((*found[0], repr(found[1]))))


_Stat = Callable[[str], os.stat_result]
_Again = Callable[[str, Answer, _Stat], Answer]
_AGAIN: dict[str, _Again] = {
    "read": partial(_stamped, read),
    "entries": partial(_stamped, _listing),
    "kind": lambda about, _, stat: _kind(about, stat),
    "real": lambda about, _, __: os.path.realpath(about),
    "readable": lambda about, _, __: str(os.access(about, os.R_OK)),
    "git": partial(_git_again, None),
}


def _kind(path: str, stat: _Stat = os.stat) -> Kind | None:
    try:
        mode = stat(path).st_mode & 0o170000
    except (OSError, ValueError):
        return None
    return "file" if mode == 0o100000 else "folder" if mode == 0o040000 else "other"


def _listed(folder: str) -> Listing:
    files: list[str] = []
    others: list[Entry] = []
    with os.scandir(folder) as found:
        for each in found:
            if each.is_file(follow_symlinks=False):
                files.append(each.name)
            else:
                others.append(_special(each))
    return sorted(files), sorted(others, key=_NAME)


def _special(found: os.DirEntry[str]) -> Entry:
    if found.is_symlink():
        return found.name, _kind(found.path), True
    return found.name, "folder" if found.is_dir() else "other", False


def _stamp(status: os.stat_result) -> list[int]:
    """What changes with a file, or with who may read it."""
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino]


def _lasting(status: os.stat_result) -> Stamp:
    """The same; None for a file so young that its next change may not show."""
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    return None if time.time_ns() - changed < _TICK else _stamp(status)
