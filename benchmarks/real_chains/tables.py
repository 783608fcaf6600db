"""The tables: which chains were run, and what failed or was not restored."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ON_PURPOSE = "downgrade raises on purpose"


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

    @property
    def counts(self) -> bool:
        """Whether a linter could have said it: not what the set-up is to blame for, nor what the author refuses."""
        return self.evaluable and self.group != ON_PURPOSE


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

    def counted(self) -> Iterator[Row]:
        return (row for row in self.rows if row.counts)


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
