"""`python -m benchmarks.side_by_side`: this tool beside what a user would pick instead, as ratios.

Tools take turns, each beside a run of the one that they are compared with (A B C B), each ratio is that of such a pair,
and the median is shown: what else the machine does strikes both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.inputs import LENGTHS, REAL, Input, inputs
from benchmarks.measure import Cost, FailedError, measure
from benchmarks.tools import BASE, COLD, HOOK, OURS, Commands, Tool, install

_README = Path(__file__).parent / "README.md"
_MARKS = ("<!-- table -->\n", "<!-- end -->\n")
# How long each tool runs in a turn, in seconds, but that many times at most.
_ENOUGH = 1.0
_MOST_TIMES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One project: what each tool took in each run, and `BASE` right after it; no entry for a tool that does not run on it."""

    given: Input
    findings: int
    costs: dict[str, list[tuple[Cost, Cost]]]

    def ratio(self, tool: str, what: str) -> float:
        return median(getattr(cost, what) / getattr(base, what) for cost, base in self.costs[tool])

    def memory(self, tool: str) -> float:
        return median(cost.memory for cost, _ in self.costs[tool])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.side_by_side", description=__doc__)
    every = (*REAL, *map(str, LENGTHS))
    parser.add_argument("names", nargs="*", metavar="INPUT", help=f"of {', '.join(every)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each tool (default: 5)")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {_README.name}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(every):
        parser.error(f"no such input: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        commands = install(scratch / "environments")
        cold: list[Row] = []
        hook: list[Row] = []
        for given in inputs(arguments.names or every, scratch):
            found = _findings(given, commands)
            cold.append(_row(given, COLD, sum(found.values()), commands, arguments.rounds))
            for revision in _hooked(given, found):
                hook.append(_row(given.at(revision), HOOK, found[revision], commands, arguments.rounds))
        generated = [row.given for row in cold if row.given.can_run]
        grown = [_turn(generated, commands) for _ in range(arguments.rounds)] if len(generated) > 1 else []
        rules = _count_of_rules(commands)
    page = [*_page(cold, hook, arguments.rounds, rules), *_growth(generated, grown)]
    text = "\n".join(page) + "\n"
    sys.stdout.write(text)
    if arguments.write:
        before, _, rest = _README.read_text(encoding="utf-8").partition(_MARKS[0])
        _README.write_text(before + _MARKS[0] + text + _MARKS[1] + rest.partition(_MARKS[1])[2], encoding="utf-8")
    return 0


def _command(given: Sequence[str], commands: Commands) -> tuple[list[str], dict[str, str]]:
    """What to run, with nothing of the caller's settings, paths to import from or caches."""
    name, *rest = given
    path = commands[name]
    home = str(path.parent.parent)
    return [str(path), *rest], {"PATH": f"{path.parent}{os.pathsep}{os.defpath}", "HOME": home, "PYTHONUTF8": "1"}


def _row(given: Input, tools: Sequence[Tool], findings: int, commands: Commands, rounds: int) -> Row:
    running = [tool for tool in tools if tool.reads(given)]
    (base,) = (tool for tool in tools if tool.name == BASE)
    # The first time warms the disk. Ours comes last then: others leave files behind, and its cache is of what is there.
    for tool in reversed(running):
        _cost(tool, given, commands)
    costs: dict[str, list[tuple[Cost, Cost]]] = {tool.name: [] for tool in running}
    for turn in range(1, rounds + 1):
        for tool in running:
            # The shorter a run is, the more of it is noise.
            spent = 0.0
            for _ in range(_MOST_TIMES):
                cost = _cost(tool, given, commands)
                costs[tool.name].append((cost, cost if tool is base else _cost(base, given, commands)))
                spent += cost.wall
                if spent >= _ENOUGH:
                    break
        sys.stderr.write(f"{given.name}: turn {turn} of {rounds}\n")
    return Row(given, findings, costs)


def _cost(tool: Tool, given: Input, commands: Commands) -> Cost:
    if tool.edits:
        with given.newest.open("a", encoding="utf-8") as revision:
            revision.write("# edited\n")
    command, environment = _command(tool.arguments(given), commands)
    return measure(command, given.folder, environment, tool.passing)


def _findings(given: Input, commands: Commands) -> Counter[Path]:
    """How many there are in each file: the table shows that something was looked for and found."""
    asked = (OURS, "check", "--exit-zero", "--no-cache", "--output-format", "json", ".")
    command, environment = _command(asked, commands)
    done = subprocess.run(command, cwd=given.folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise FailedError(f"{given.name}: {done.stderr.decode()}")
    return Counter(given.folder / finding["path"] for finding in json.loads(done.stdout)["findings"])


def _hooked(given: Input, found: Counter[Path]) -> Iterator[Path]:
    """The newest revision, and the last one by name that is as it is not: clean, or with findings."""
    yield given.newest
    others = [path for path in given.revisions if bool(found[path]) != bool(found[given.newest])]
    yield from others[-1:]


def _count_of_rules(commands: Commands) -> tuple[int, int]:
    """How many rules are on by default, and how many there are."""
    script = (
        "from alembic_vet.rules.catalog import all_rules, selected\n"
        "from alembic_vet.settings import Settings\n"
        "print(len(selected(Settings())), len(all_rules()))"
    )
    command, environment = _command(("python", "-c", script), commands)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    default, every = map(int, done.stdout.split())
    return default, every


def _page(cold: Sequence[Row], hook: Sequence[Row], rounds: int, rules: tuple[int, int]) -> Iterator[str]:
    version = ".".join(map(str, sys.version_info[:2]))
    yield f"{os.cpu_count()} cores, Python {version}, {rounds} turns; {rules[0]} of {rules[1]} rules are on by default."
    if rules[0] == rules[1]:
        yield "While all of them are, the first two columns of alembic-vet are the same run and differ by noise."
    for title, tools, rows in (("Whole repository", COLD, cold), ("Hook, one revision", HOOK, hook)):
        names = [tool.name for tool in tools]
        yield f"\n### {title}\n\nWall time (CPU time) in units of {BASE} on the same files:\n"
        yield from _table(
            rows, names, lambda row, name: f"{row.ratio(name, 'wall'):.2f} ({row.ratio(name, 'cpu'):.2f})"
        )
        yield "\nPeak memory, MiB:\n"
        yield from _table(rows, names, lambda row, name: f"{row.memory(name):.0f}")


def _table(rows: Sequence[Row], names: Sequence[str], cell: Callable[[Row, str], str]) -> Iterator[str]:
    yield f"| project | revisions | findings | {' | '.join(names)} |"
    yield f"|---|---:|---:|{'---:|' * len(names)}"
    for row in rows:
        cells = [cell(row, name) if name in row.costs else "does not read it" for name in names]
        yield f"| {row.given.name} | {len(row.given.revisions):,} | {row.findings} | {' | '.join(cells)} |"


def _turn(lengths: Sequence[Input], commands: Commands) -> list[Cost]:
    """One run of this tool on each, right after each other, so that they can be compared."""
    tool = COLD[0]
    costs: list[Cost] = []
    for given in lengths:
        command, environment = _command(tool.arguments(given), commands)
        costs.append(measure(command, given.folder, environment, tool.passing))
    return costs


def _growth(lengths: Sequence[Input], turns: Sequence[Sequence[Cost]]) -> Iterator[str]:
    if not turns:
        return
    yield f"\n### Growth of {OURS} with the history\n\nOf the whole run, the shortest history being 1:\n"
    yield "| revisions | length | wall | CPU | memory, MiB |\n|---:|---:|---:|---:|---:|"
    for number, given in enumerate(lengths):
        length = len(given.revisions) / len(lengths[0].revisions)
        wall = median(turn[number].wall / turn[0].wall for turn in turns)
        cpu = median(turn[number].cpu / turn[0].cpu for turn in turns)
        memory = median(turn[number].memory for turn in turns)
        yield f"| {len(given.revisions):,} | {length:.0f} | {wall:.2f} | {cpu:.2f} | {memory:.0f} |"


if __name__ == "__main__":
    raise SystemExit(main())
