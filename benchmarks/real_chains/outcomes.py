"""What is found in a chain, and which of its revisions were tried for real."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

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
from benchmarks.real_chains.tables import Chain, Row

FAMILIES = ("reversibility", "enums", "constraints", "graph")
UNTESTED = frozenset({"downgrade-not-null-without-default", "enum-value-added-in-transaction"})
"""Rules about rows in a table and about statements that come later: these chains had no rows to show either."""
_NEVER_RAN = ("up", "load", "graph")
_UPGRADE = frozenset({"up", "load", "graph", "rt_reup"})
_DOWNGRADE = frozenset({"down", "rt_down"})
_RESTORED = frozenset({"silent", "reup", "rt_reup"})
_PHASES = {
    "asymmetric-downgrade": _RESTORED,
    "broken-revision-graph": _UPGRADE,
    "downgrade-does-nothing": _RESTORED,
    "downgrade-fails": _DOWNGRADE,
    "downgrade-order": _DOWNGRADE,
    "enum-type-not-dropped": _RESTORED,
    "first-revision-not-from-empty": _UPGRADE,
    "inserted-rows-left-behind": _RESTORED,
    "multiple-heads": _UPGRADE,
    "noop-enum-downgrade": _RESTORED,
    "revision-id-too-long": _UPGRADE,
}
_WHOLE = {"load": "broken-revision-graph", "graph": "multiple-heads"}
"""The phases whose rows are about all revisions and name no single file, with the rule that speaks of them."""


@dataclass(frozen=True)
class Found:
    """One finding, by the file that it lies in."""

    file: str
    rule: str
    severity: Severity
    line: int
    message: str

    def is_in(self, row: Row) -> bool:
        """Whether the finding lies where the row is."""
        return self.rule == _WHOLE[row.phase] if row.phase in _WHOLE else self.file == row.file

    def is_about(self, phase: str) -> bool:
        """Whether the rule speaks of what went wrong in that phase; most speak of both directions."""
        return phase in _PHASES.get(self.rule, (phase,))


@dataclass
class Outcome:
    """What was found in one chain; `ran` are the files that were tried, `missing` says why nothing could be found."""

    chain: Chain
    found: list[Found] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)
    missing: str = ""

    def verdict(self, found: Found) -> bool | None:
        """Whether the tables confirm a finding; None where its revision was not tried to the end."""
        rows = [row for row in self.chain.rows if found.is_in(row)]
        if any(row.counts for row in rows):
            return True
        return None if rows or found.file not in self.ran else False


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
        (config, {path for path in map(Path, revision_files(config)) if path.parent in folders})
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
    own = [
        Found(each.location.path.name, each.rule, each.severity, each.location.span.line, each.message)
        for each in findings
        if each.severity is not Severity.INFO and each.location.path in files
    ]
    return Outcome(chain, own, names)


def _blocked(chain: Chain, graph: RevisionGraph) -> set[str]:
    """What could not run. Some failing revisions were passed over: the table says how many stood still."""
    failed = [row.revision for row in chain.rows if row.phase in _NEVER_RAN and row.revision in graph]
    every = set().union(*(graph.descendants(each) for each in failed))
    for each in ([], *([one] for one in failed)):
        some = set().union(*(graph.descendants(one) for one in each))
        if len(some) == chain.blocked:
            return some
    return every
