"""What git knows of a folder, through the `git` executable."""

from __future__ import annotations

import os
from pathlib import Path


def listed_files(folder: Path) -> list[str] | None:
    """The files below a folder that git tracks or would add, relative and with `/`.

    A repository nested in it is listed as a folder, with a `/` at its end. None where
    there is no git or no repository.
    """
    output = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if output is None:
        return None
    # A path in conflict is listed once for every side.
    return list(dict.fromkeys(os.fsdecode(output).rstrip("\0").split("\0"))) if output else []


def _git(folder: Path, *arguments: str) -> bytes | None:
    import subprocess

    # In a hook these point at the repository of the commit, which need not be that of `folder`.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
