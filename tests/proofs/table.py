"""docs/proofs.md: what is proven, on what, and with which outcome."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from alembic_vet.rules import catalog
from tests.proofs.proof import Proof, proofs
from tests.proofs.stacks import OLDEST

PATH = Path(__file__).resolve().parents[2] / "docs" / "proofs.md"

_HEAD = """\
# Proofs

Written by `python -m tests.proofs --table`; a test fails when it is out of date.

Each row is a project in `fixtures/rules` that is run by the real `alembic` command on a real database, as written and,
where the rule has a fix, after `alembic-vet check --fix`. The tests in `tests/proofs` compare what happens with what
stands here, with the newest releases and with the oldest supported ones ({oldest}).
PostgreSQL 18 and 17 come from wheels; the version that the machine has is used too where a row says "every".
"""


def text() -> str:
    """The page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    oldest = ", ".join(f"`{pin}`" for pin in OLDEST)
    yield _HEAD.format(oldest=oldest)
    yield "| rule | what is shown | database | as written | after the fix |"
    yield "|---|---|---|---|---|"
    for rule, of_rule in groupby(proofs(), key=lambda proof: proof.case.rule):
        for number, proof in enumerate(of_rule):
            cells = ["" if number else f"`{rule}`", proof.shows, _database(proof), _outcome(proof), _fixed(proof)]
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    unproven = [rule for rule in catalog.all_rules() if rule.unproven]
    if unproven:
        yield "\n## Without a proof\n\n| rule | why |\n|---|---|"
        yield from (f"| `{rule.name()}` | {rule.unproven} |" for rule in unproven)
    yield ""


def _database(proof: Proof) -> str:
    kind = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mariadb": "MariaDB"}[proof.database]
    where = f"every {kind}" if proof.every_server else kind
    return f"{where}, with {', '.join(proof.requires)}" if proof.requires else where


def _outcome(proof: Proof) -> str:
    for step in proof.outcome:
        if step.exit:
            message = " … ".join((*step.stderr, *step.stdout))
            where = f" ({', '.join(step.requires)})" if step.requires else ""
            return f"exit status {step.exit}{where}: `{message}`"
    if any("was never awaited" in part for step in proof.outcome for part in step.stderr):
        return "exit status 0 and a warning"
    return "exit status 0, nothing said" if any(step.quiet for step in proof.outcome) else "exit status 0"


def _fixed(proof: Proof) -> str:
    return f"works ({proof.fix} fix)" if proof.fixed else ""
