"""Run the real command line on a folder and read what it prints."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NOT_COVERED = re.compile(r"^note: (\d+) revision files? in .+ not covered: .", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """One run of `alembic-vet check` in a folder."""

    exit_code: int
    stdout: bytes
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def findings(self) -> list[dict[str, Any]]:
        findings: list[dict[str, Any]] = self.document["findings"]
        return findings

    @property
    def not_covered(self) -> int:
        """How many revision files the run itself says that it left out."""
        return sum(int(count) for count in _NOT_COVERED.findall(self.stderr))


def check(folder: Path, *options: str) -> Outcome:
    """Run `alembic-vet check` with its JSON output, or with the options given, on a whole folder."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic_vet", "check", *(options or ("--output-format", "json")), "."],
        cwd=folder,
        env=os.environ | {"PYTHONUTF8": "1", "NO_COLOR": "1"},
        capture_output=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def apply_patch(patch: bytes, folder: Path) -> list[Path]:
    """Apply a unified diff as git does; the files that it names."""
    isolated = {
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    git = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
    done = subprocess.run(
        [*git, "-"], cwd=folder, env=os.environ | isolated, input=patch, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return [folder / os.fsdecode(name) for name in re.findall(rb"^\+\+\+ b/(.+?)\t?$", patch, re.MULTILINE)]


def revision_files(folder: Path) -> list[Path]:
    """Every file that assigns both `revision` and `down_revision`, found without any of alembic-vet's code."""
    return [path for path in sorted(folder.rglob("*.py")) if {"revision", "down_revision"} <= _assigned(path)]


def _assigned(path: Path) -> set[str]:
    data = path.read_bytes()
    if b"down_revision" not in data:
        return set()
    try:
        body = ast.parse(data).body
    except (SyntaxError, ValueError):
        return set()
    targets = [
        target
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return {target.id for target in targets if isinstance(target, ast.Name)}
