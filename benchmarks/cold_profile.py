"""`python -m benchmarks.cold_profile`: what a run without a cache spends its time on, by part of the program.

One process does all the work, under `cProfile`: shares can be compared, times cannot. What the interpreter itself does
(`isinstance`, reading a file) counts for the part that asks for it.
"""

from __future__ import annotations

import argparse
import os
import pstats
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.inputs import LENGTHS, REAL, Input, inputs

_README = Path(__file__).parent / "README.md"
_MARKS = ("<!-- profile -->\n", "<!-- end of profile -->\n")
_LEAST = 0.5  # per cent: what is less everywhere is not shown

_SQL = "SQL text (`source/sql`, `extract/sql`, Pygments)"
_PARSING = "reading and parsing files"
_FINDING = "finding environments, modules and models (`project`)"
_FIXING = "building fixes"
# By the beginning of a path below the package; the first that fits counts.
_PARTS = {
    "source/file": _PARSING,
    "source/sql": _SQL,
    "extract/sql": _SQL,
    "source": "following code (`source`)",
    "extract": "from calls to operations (`extract`)",
    "model": "replaying the schema (`model`)",
    "project": _FINDING,
    "disk": _FINDING,
    "rules": "rules",
    "fixes": _FIXING,
}
_LIBRARIES = {
    "pygments": _SQL,
    "libcst": _FIXING,
    "ast.py": _PARSING,
    "importlib": "start-up and imports",
}
_OTHER = "the rest: regular expressions, `pathlib`, ..."

_Function = tuple[str, int, str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_profile", description=__doc__)
    every = (*REAL, *map(str, LENGTHS))
    parser.add_argument("names", nargs="*", metavar="INPUT", help=f"of {', '.join(every)} (default: {', '.join(REAL)})")
    parser.add_argument("--write", action="store_true", help=f"put the table into {_README.name}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(every):
        parser.error(f"no such input: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        shares = {given.name: _shares(given) for given in inputs(arguments.names or REAL, Path(folder))}
    text = "\n".join(_table(shares)) + "\n"
    sys.stdout.write(text)
    if arguments.write:
        before, _, rest = _README.read_text(encoding="utf-8").partition(_MARKS[0])
        _README.write_text(before + _MARKS[0] + text + _MARKS[1] + rest.partition(_MARKS[1])[2], encoding="utf-8")
    return 0


def _shares(given: Input) -> Counter[str]:
    """Per cent of the time by part."""
    with tempfile.NamedTemporaryFile() as kept:
        subprocess.run([sys.executable, "-c", _RUN, kept.name], cwd=given.folder, stdout=subprocess.DEVNULL, check=True)
        profile = pstats.Stats(kept.name)
    taken: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in profile.stats.items():  # type: ignore[attr-defined]
        if function[0] != "~":
            taken[_part(function)] += own
            continue
        for caller, (_, _, share, _) in callers.items():
            taken[_part(caller)] += share
    whole = sum(taken.values())
    return Counter({part: 100 * time / whole for part, time in taken.items()})


_RUN = """
import cProfile, gc, os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # a second process would not be profiled
gc.disable()
with cProfile.Profile() as profile:
    from alembic_vet.cli.app import run
    run(["check", "--no-cache", "."])
profile.dump_stats(sys.argv[1])
"""


def _part(function: _Function) -> str:
    path = function[0].replace(os.sep, "/")
    _, found, below = path.rpartition("/alembic_vet/")
    if found:
        return next((part for start, part in _PARTS.items() if below.startswith(start)), _OTHER)
    return next((part for name, part in _LIBRARIES.items() if name in path), _OTHER)


def _table(shares: dict[str, Counter[str]]) -> Iterator[str]:
    parts = sorted(
        {*_PARTS.values(), *_LIBRARIES.values()}, key=lambda part: -sum(each[part] for each in shares.values())
    )
    yield f"| per cent of the time | {' | '.join(shares)} |"
    yield f"|---|{'---:|' * len(shares)}"
    for part in (*parts, _OTHER):
        row: Sequence[float] = [each[part] for each in shares.values()]
        if max(row) >= _LEAST:
            yield f"| {part} | {' | '.join(f'{share:.0f}' for share in row)} |"


if __name__ == "__main__":
    raise SystemExit(main())
