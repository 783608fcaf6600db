"""What git knows of a folder, through the `git` executable."""

from __future__ import annotations

import os
from pathlib import Path

from alembic_vet import disk


def listed_files(folder: Path) -> list[str] | None:
    """The files below a folder that git tracks or would add, relative and with `/`.

    A repository nested in it is listed as a folder, with a `/` at its end. None where
    there is no git or no repository.
    """
    if not any(disk.exists(above / ".git") for above in (folder, *folder.parents)):
        return None  # a process less
    output = disk.git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if output is None:
        return None
    # A path in conflict is listed once for every side.
    return list(dict.fromkeys(os.fsdecode(output).rstrip("\0").split("\0"))) if output else []


def new_files(folder: Path) -> frozenset[Path] | None:
    """The files of a repository that its main branch does not have: untracked, or added since.

    None where there is no git, no repository, or no commit to compare with.
    """
    top = disk.git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    root = Path(os.fsdecode(top).rstrip("\n"))
    base = _merge_base(root)
    if base is None:
        return None
    added = disk.git(root, "diff", "-z", "--name-only", "--diff-filter=A", base) or b""
    untracked = disk.git(root, "ls-files", "-z", "--others") or b""
    names = [name for output in (added, untracked) for name in os.fsdecode(output).split("\0") if name]
    return frozenset(root / name for name in names)


def _merge_base(root: Path) -> str | None:
    """Where the current branch left the main one; HEAD where that is not known."""
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        found = disk.git(root, "merge-base", "HEAD", branch)
        if found:
            return os.fsdecode(found).strip()
    head = disk.git(root, "rev-parse", "--verify", "-q", "HEAD")
    return os.fsdecode(head).strip() if head else None
