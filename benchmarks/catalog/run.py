"""One history on a real server: Alembic's upgrade, then the comparison."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from alembic_vet.model.history import SchemaHistory, replay
from alembic_vet.model.operations import OpaqueOperation
from alembic_vet.model.schema.problems import LabelUnsafe, Problem, TypeExists
from alembic_vet.model.schema.state import ReplayOptions
from alembic_vet.project.environment import Environment
from alembic_vet.project.naming import naming_convention
from alembic_vet.settings import Version
from alembic_vet.source.unknown import OPAQUE
from benchmarks.catalog.compare import Comparison, Verdict
from benchmarks.catalog.histories import History
from benchmarks.catalog.server import Server
from tests.proofs.databases import on_postgresql

_PROGRAM = Path(__file__).with_name("upgrade.py")
_OWN = frozenset({"alembic_version"})


@dataclass
class Outcome:
    """`stopped` says why not all revisions were applied; the comparison is then made where it stopped."""

    name: str
    revisions: int = 0
    applied: int = 0
    stopped: str = ""
    verdicts: list[Verdict] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)

    def count(self, *judgements: str) -> int:
        return sum(verdict.judgement in judgements for verdict in self.verdicts)

    @property
    def wrong(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.wrong]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(verdict.kind for verdict in self.verdicts)


@dataclass
class _Upgrade:
    applied: list[str] = field(default_factory=list)
    error: str = ""
    sqlalchemy: Version | None = None


def compare(history: History, server: str, python: str = sys.executable, timeout: float = 300.0) -> Outcome:
    """Upgrade a new database to the heads, or to where that fails, and compare."""
    environment = history.environment(None)
    at_most: int | None = None
    with _database(server) as url:
        upgrade = _upgraded(history, environment, url, python, timeout)
        outcome = Outcome(history.name, len(environment.revisions), len(upgrade.applied), upgrade.error)
        if not upgrade.applied:
            return outcome
        # What the environment runs on decides what some operations do.
        environment = history.environment(upgrade.sqlalchemy)
        if upgrade.error:
            at_most = len(upgrade.applied)
        else:
            return _compared(outcome, environment, upgrade.applied, url)
    # The revision that failed may have committed a part of itself.
    with _database(server) as url:
        upgrade = _upgraded(history, environment, url, python, timeout, at_most)
        if len(upgrade.applied) != at_most:
            return replace(outcome, applied=0)
        return _compared(outcome, environment, upgrade.applied, url)


def _compared(outcome: Outcome, environment: Environment, applied: list[str], url: str) -> Outcome:
    try:
        replayed = _replayed(environment, applied)
    except RecursionError as crash:
        return replace(outcome, applied=0, stopped=f"the replay fails: {crash}")
    outcome.false_alarms = list(_false_alarms(replayed))
    outcome.opaque = list(_opaque(replayed))
    with psycopg.connect(url) as connection:
        found = Server(connection)
        assert replayed.head is not None
        outcome.verdicts = list(Comparison(replayed.head, found.catalog(_OWN), found).verdicts())
        connection.rollback()
    return outcome


@contextmanager
def _database(server: str) -> Iterator[str]:
    """A new database, reached as the superuser: extensions and schemas may be made."""
    with on_postgresql(server, "vet") as database:
        name = database.placeholders["database"]
        yield re.sub(r"/[^/]*$", f"/{name}", server)


def _upgraded(
    history: History, environment: Environment, url: str, python: str, timeout: float, at_most: int | None = None
) -> _Upgrade:
    convention = naming_convention(environment.models)
    config = history.config
    job = {
        "url": url,
        "at_most": at_most,
        "ini": str(config.ini_path) if config.ini_path else None,
        "script_location": str(config.script_location),
        "version_locations": [str(each) for each in config.version_locations],
        "recursive": config.recursive_version_locations,
        "paths": [str(each) for each in config.prepend_sys_path],
        "guessed_paths": history.guessed_paths,
        "convention": {} if convention is OPAQUE else {k: v for k, v in convention.items() if isinstance(v, str)},
    }
    env = {**os.environ, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    env.pop("PYTHONPATH", None)
    found = _Upgrade()
    try:
        done = subprocess.run(
            [python, str(_PROGRAM)],
            input=json.dumps(job),
            cwd=history.project,
            env=env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        lines, errors = done.stdout, done.stderr
    except subprocess.TimeoutExpired as expired:
        lines = (expired.stdout or b"").decode() if isinstance(expired.stdout, bytes) else expired.stdout or ""
        errors = f"not finished after {timeout:.0f} s"
    _told(found, lines, errors)
    return found


def _told(found: _Upgrade, lines: str, errors: str) -> None:
    finished = False
    for line in lines.splitlines():
        value: dict[str, Any] = json.loads(line)
        if "applied" in value:
            found.applied.append(value["applied"])
        elif "sqlalchemy" in value:
            found.sqlalchemy = tuple(int(part) for part in re.findall(r"\d+", value["sqlalchemy"])[:3])
        elif "done" in value:
            finished = True
            if not value["done"]:
                found.error = f"{value['file'] or 'at the start'}: {value['error']}"
    if not finished:
        found.error = (errors.strip().splitlines() or ["no answer"])[-1]


def _replayed(environment: Environment, applied: list[str]) -> SchemaHistory:
    if len(applied) == len(environment.graph.revisions):
        return environment.history
    options = ReplayOptions(
        naming_convention=naming_convention(environment.models), sqlalchemy_version=environment.known_sqlalchemy
    )
    return replay([environment.graph[name] for name in applied if name in environment.graph], options)


def _false_alarms(history: SchemaHistory) -> Iterator[str]:
    """What the replay says that the server refuses, though it did not."""
    for replayed in history.revisions:
        for operation, problem in replayed.failures:
            if not operation.conditional and not _of_the_run(problem):
                yield f"{operation.location.path.name}:{operation.location.span.line} {problem}"


def _of_the_run(problem: Problem) -> bool:
    """What depends on how the revisions are run: here each has a transaction, and all of them one process."""
    return isinstance(problem, LabelUnsafe) or (isinstance(problem, TypeExists) and problem.memoised)


def _opaque(history: SchemaHistory) -> Iterator[str]:
    for replayed in history.revisions:
        direction = replayed.revision.upgrade
        if not direction.complete:
            yield f"{replayed.revision.file.path.name}: cannot be followed at all"
        for operation in direction.operations:
            place = f"{operation.location.path.name}:{operation.location.span.line}"
            if isinstance(operation, OpaqueOperation):
                touched = "anything" if operation.touches is OPAQUE else ", ".join(map(str, operation.touches))
                yield f"{place} {operation.reason} (touches {touched})"
            elif operation.conditional:
                yield f"{place} whether {type(operation).__name__} runs"
