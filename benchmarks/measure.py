"""Run a command and see what it took. POSIX only: nothing else says what a finished child used."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run, the processes that it started included; `memory` is the peak of the largest one, in MiB.

    No child is seen below the memory of the process that starts it, about that of `python -c pass`.
    """

    wall: float
    cpu: float
    memory: float


class FailedError(Exception):
    """The command did not do its work; the text says how it ended."""


def measure(command: Sequence[str], folder: Path, environment: dict[str, str], passing: Sequence[int]) -> Cost:
    """Run once, output thrown away.

    Raises FailedError where the exit code is none of `passing`: what broke off early is not fast.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in passing:
        raise FailedError(f"{' '.join(command[:4])} ... exits {process.returncode} in {folder.name}")
    kibibytes = used.ru_maxrss / 1024 if sys.platform == "darwin" else used.ru_maxrss
    return Cost(wall, used.ru_utime + used.ru_stime, kibibytes / 1024)
