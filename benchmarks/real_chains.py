"""`python -m benchmarks.real_chains`: what was found in real revision chains, against what PostgreSQL did with them.

The folder of checkouts has one folder `<owner>+<name>` for each repository; nothing is fetched. The folder of tables has
`real-chains.tsv` and `real-failures.tsv`: each revision of those chains was run up, down and up again, and a row tells
what failed or was not restored. A row is predicted where an error lies in its file; an error is confirmed where
its file has a row. Revisions that never ran, because one before them failed, count for nothing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from alembic_vet.findings import Finding, Severity
from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.project.discovery import discover
from alembic_vet.project.environment import Environment
from alembic_vet.project.revision_files import revision_files
from alembic_vet.rules import catalog
from alembic_vet.runner import run
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

FAMILIES = ("reversibility", "enums", "constraints", "graph")
ON_PURPOSE = "downgrade raises on purpose"
NEVER_RAN = ("up", "load", "graph")


@dataclass(frozen=True)
class Row:
    """One line of real-failures.tsv."""

    revision: str
    file: str
    line: str
    phase: str
    cause: str
    group: str
    evaluable: bool
    message: str


@dataclass(frozen=True)
class Chain:
    """One line of real-chains.tsv, with its rows."""

    repository: str
    script_folder: str
    version_folders: tuple[str, ...]
    upgraded: int
    blocked: int
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        return f"{self.repository} {self.script_folder}"


@dataclass
class Outcome:
    """What was found in one chain; `missing` says why nothing could be."""

    chain: Chain
    errors: list[tuple[str, str, int, str]] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)
    missing: str = ""


def read_chains(folder: Path) -> list[Chain]:
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for line in _lines(folder / "real-failures.tsv"):
        columns = ("revision", "file", "line", "phase", "cause", "group", "message")
        row = Row(**{name: line[name] for name in columns}, evaluable=line["evaluable"] == "yes")
        rows[line["repo"], line["script_dir"]].append(row)
    return [
        Chain(
            line["repo"],
            line["script_dir"],
            tuple(line["version_dirs"].split(",")),
            int(line["upgraded"]),
            int(line["blocked"]),
            tuple(rows[line["repo"], line["script_dir"]]),
        )
        for line in _lines(folder / "real-chains.tsv")
    ]


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def check(root: Path, chains: Sequence[Chain], dialect: str | None) -> list[Outcome]:
    """Look at the chains of one checkout."""
    if not root.is_dir():
        return [Outcome(chain, missing="no checkout") for chain in chains]
    sources = Sources()
    names = tuple(name for name in catalog.names() if catalog.rule(name).family() in FAMILIES)
    settings = replace(Settings(root=root), select=names, dialect=dialect)
    configs = discover([root], settings, sources).environments
    findings = run([root], settings, sources=sources, debug=True).findings
    return [_outcome(chain, root, configs, findings, settings, sources) for chain in chains]


def _outcome(
    chain: Chain,
    root: Path,
    configs: Iterable[AlembicConfig],
    findings: Iterable[Finding],
    settings: Settings,
    sources: Sources,
) -> Outcome:
    folders = {root / folder for folder in chain.version_folders}
    found = [
        (config, {path for path in revision_files(config) if path.parent in folders})
        for config in configs
        if config.script_location == root / chain.script_folder
    ]
    if not found:
        return Outcome(chain, missing="no such environment was found")
    config, files = max(found, key=lambda each: len(each[1]))
    graph = Environment(config, settings, sources, root).graph
    ran = set(graph.revisions) - _blocked(chain, graph)
    failed = {row.file for row in chain.rows}
    names = {graph[name].file.path.name for name in ran if chain.upgraded} | failed
    errors = [
        (each.location.path.name, each.rule, each.location.span.line, each.message)
        for each in findings
        if each.severity is Severity.ERROR and each.location.path in files
    ]
    return Outcome(chain, errors, names)


def _blocked(chain: Chain, graph: RevisionGraph) -> set[str]:
    """What could not run. Some failing revisions were passed over: the table says how many stood still."""
    failed = [row.revision for row in chain.rows if row.phase in NEVER_RAN and row.revision in graph]
    every = set().union(*(graph.descendants(each) for each in failed))
    for each in ([], *([one] for one in failed)):
        some = set().union(*(graph.descendants(one) for one in each))
        if len(some) == chain.blocked:
            return some
    return every


def counted(chain: Chain) -> Iterator[Row]:
    return (row for row in chain.rows if row.evaluable and row.group != ON_PURPOSE)


def recall(outcomes: Iterable[Outcome]) -> Iterator[str]:
    total: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        files = {name for name, *_ in outcome.errors}
        for row in counted(outcome.chain):
            total[row.group, row.cause] += 1
            found[row.group, row.cause] += row.file in files
    yield "| group | cause | rows | predicted | |"
    yield "|---|---|--:|--:|--:|"
    for group, cause in sorted(total):
        yield _line(group, cause, total[group, cause], found[group, cause])
    yield _line("**all**", "", total.total(), found.total())


def _line(first: str, second: str, count: int, hits: int) -> str:
    return f"| {first} | {second} | {count} | {hits} | {100 * hits / max(count, 1):.0f} % |"


def precision(outcomes: Iterable[Outcome]) -> Iterator[str]:
    confirmed: Counter[str] = Counter()
    refuted: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for outcome in outcomes:
        failed = {row.file for row in outcome.chain.rows}
        for name, rule, _, _ in outcome.errors:
            count = confirmed if name in failed else refuted if name in outcome.ran else unknown
            count[rule] += 1
    yield "| rule | confirmed | not confirmed | | never ran |"
    yield "|---|--:|--:|--:|--:|"
    for rule in sorted({*confirmed, *refuted, *unknown}):
        yield _precision_line(rule, confirmed[rule], refuted[rule], unknown[rule])
    yield _precision_line("**all**", confirmed.total(), refuted.total(), unknown.total())


def _precision_line(rule: str, hits: int, others: int, unknown: int) -> str:
    share = f"{100 * hits / (hits + others):.0f} %" if hits + others else ""
    return f"| {rule} | {hits} | {others} | {share} | {unknown} |"


def misses(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        files = {name for name, *_ in outcome.errors}
        for row in counted(outcome.chain):
            if row.file not in files:
                yield f"{outcome.chain}: {row.file}:{row.line}: {row.phase}: {row.cause}: {row.message[:160]}"


def false_alarms(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        failed = {row.file for row in outcome.chain.rows}
        for name, rule, line, message in outcome.errors:
            if name not in failed and name in outcome.ran:
                yield f"{outcome.chain}: {name}:{line}: {rule}: {message}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_chains", description=__doc__.partition(": ")[2])
    parser.add_argument("--checkouts", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--tables", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--show", choices=("misses", "false"), action="append", default=[])
    parser.add_argument("--only", default="", metavar="TEXT", help="repositories whose name contains it")
    parser.add_argument("--dialect", default="postgresql", help="the chains ran on it; `auto` finds it out for each")
    arguments = parser.parse_args()
    dialect = None if arguments.dialect == "auto" else arguments.dialect
    chains: dict[str, list[Chain]] = defaultdict(list)
    for chain in read_chains(arguments.tables):
        if arguments.only in chain.repository:
            chains[chain.repository].append(chain)
    with ProcessPoolExecutor(2) as pool:
        futures = [
            pool.submit(check, arguments.checkouts / name.replace("/", "+"), own, dialect)
            for name, own in chains.items()
        ]
        outcomes = [outcome for future in futures for outcome in future.result()]
    for line in _report(outcomes, arguments.show):
        sys.stdout.write(f"{line}\n")
    return 0


def _report(outcomes: Sequence[Outcome], shown: Sequence[str]) -> Iterator[str]:
    yield from recall(outcomes)
    yield ""
    yield from precision(outcomes)
    absent = [outcome for outcome in outcomes if outcome.missing]
    yield ""
    yield f"{len(outcomes) - len(absent)} chains"
    yield from (f"without {outcome.chain}: {outcome.missing}" for outcome in absent)
    for title, lines in (("misses", misses), ("false", false_alarms)):
        if title in shown:
            yield ""
            yield from lines(outcomes)


if __name__ == "__main__":
    raise SystemExit(main())
