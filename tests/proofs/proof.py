"""What a proof.toml means, and how it is run.

A proof builds its case's project, runs the steps of `outcome`, and compares. Where the
rule has a fix, it builds the project again, lets alembic-vet fix it, and runs the steps of `fixed`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tests.fixture_cases import FIXTURES, Case, cases
from tests.proofs.databases import Database, QueryFailed, password_of

FIRST_REVISION = Path(__file__).with_name("first_revision.py")
SOURCE = FIXTURES.parent / "src"
TIMEOUT = 60
TROUBLE = ("Error", "Warning", "Exception", "Traceback", "FAILED")


class Refuted(Exception):
    """A proof does not hold; the text shows what was expected and what happened."""


@dataclass(frozen=True)
class Step:
    """One command with its outcome, one SQL query with its rows, or one file with its text.

    `requires` are requirements such as `sqlalchemy>=2.1` or `postgresql<17`; where one
    is not met, the step is passed over. `quiet` means that nothing on standard error looks like trouble.
    """

    run: str = ""
    exit: int = 0
    stdout: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()
    quiet: bool = False
    sql: str = ""
    rows: list[list[Any]] | None = None
    file: str = ""
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.run or self.sql or self.file


@dataclass(frozen=True)
class Proof:
    """A rule's claim on one case.

    `shows` says in a few words what happens; `fix` is `safe`, `unsafe` or `none`.
    """

    case: Case
    shows: str
    fix: str = "none"
    database: str = "postgresql"
    every_server: bool = False
    password: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    replace: tuple[tuple[str, str], ...] = ()
    first_revision: bool = True
    requires: tuple[str, ...] = ()
    prepare: tuple[Step, ...] = ()
    outcome: tuple[Step, ...] = ()
    fixed: tuple[Step, ...] = ()

    @property
    def claimed_messages(self) -> list[str]:
        """What the flagged code prints, which the rule's page has to quote."""
        return [text for step in self.outcome if step.exit for text in (*step.stdout, *step.stderr)]


def proofs() -> list[Proof]:
    """The proof of every case that has one."""
    return [_proof(case, case.proof) for case in cases() if case.proof is not None]


def _proof(case: Case, table: dict[str, Any]) -> Proof:
    where = case.folder / "proof.toml"
    steps = {key: _steps(table.pop(key, []), where) for key in ("prepare", "outcome", "fixed")}
    proof = Proof(case=case, **_values(Proof, {**table, **steps}, where))
    if not proof.outcome or proof.fix not in {"safe", "unsafe", "none"} or (proof.fix != "none") != bool(proof.fixed):
        raise ValueError(
            f"{where}: a proof has [[outcome]] steps, a `fix`, and, if that is not `none`, [[fixed]] steps"
        )
    return proof


def _steps(tables: list[dict[str, Any]], where: Path) -> list[Step]:
    return [Step(**_values(Step, table, where)) for table in tables]


def _values(kind: type, table: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """A TOML table as a dataclass's arguments: lists and tables become tuples, one string where many may stand a tuple of one."""
    known = {field.name: str(field.type) for field in fields(kind)}
    if unknown := table.keys() - known:
        raise ValueError(f"{where}: unknown keys {sorted(unknown)}; known are {sorted(known)}")
    result: dict[str, Any] = {}
    for key, value in table.items():
        if known[key].startswith("tuple"):
            value = (value,) if isinstance(value, str) else tuple(value.items() if isinstance(value, dict) else value)
        result[key] = value
    return result


def unmet(requires: tuple[str, ...], versions: Mapping[str, str]) -> str:
    """The first requirement that does not hold, or nothing. `versions` adds to the installed packages."""
    for text in requires:
        requirement = Requirement(text)
        version = versions.get(requirement.name)
        if version is None:
            try:
                version = metadata.version(requirement.name)
            except metadata.PackageNotFoundError:
                return text
        if not requirement.specifier.contains(version, prereleases=True):
            return text
    return ""


def build(proof: Proof, folder: Path) -> None:
    """Write the project; it gets a revision where it has none."""
    proof.case.build(folder)
    versions = folder / "alembic" / "versions"
    if proof.first_revision and versions.is_dir() and not any(versions.glob("*.py")):
        (versions / "0001_notes.py").write_text(FIRST_REVISION.read_text(encoding="utf-8"), encoding="utf-8")


def texts(folder: Path) -> Iterator[str]:
    for path in _text_files(folder):
        yield path.read_text(encoding="utf-8")


def _text_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix in {".py", ".ini", ".toml", ".cfg", ".env"}]


def password(proof: Proof, folder: Path) -> str:
    """The password that the database's role is to have."""
    return password_of(texts(folder)) if proof.password is None else proof.password


@dataclass(frozen=True)
class Run:
    """A built project on its database."""

    proof: Proof
    folder: Path
    database: Database
    versions: Mapping[str, str]

    def point(self) -> None:
        """Change the project's URLs to reach the database."""
        for path in _text_files(self.folder):
            before = path.read_bytes()
            text = self.database.pointed(before.decode("utf-8"))
            for old, new in self.proof.replace:
                text = text.replace(old, self._filled(new))
            if text.encode("utf-8") != before:
                path.write_bytes(text.encode("utf-8"))

    def fix(self) -> None:
        """Let alembic-vet fix the project.

        Raises Refuted where that fails, changes nothing, or leaves nothing to `--unsafe-fixes` that is said to be unsafe.
        """
        before = self._contents()
        output = self._fixed("--fix")
        if self.proof.fix == "unsafe":
            before = self._contents()
            output = self._fixed("--fix", "--unsafe-fixes")
        if self._contents() == before:
            raise Refuted(f"the fix that is said to be {self.proof.fix} changed nothing\n{output}")

    def _fixed(self, *options: str) -> str:
        command = [sys.executable, "-m", "alembic_vet", "check", *options, "--select", self.proof.case.rule, "."]
        done = self._started(command, {"PYTHONPATH": str(SOURCE)})
        if done.returncode not in {0, 1}:
            raise Refuted(f"alembic-vet failed\n{_output(done)}")
        return _output(done)

    def _contents(self) -> list[bytes]:
        return [path.read_bytes() for path in _text_files(self.folder)]

    def steps(self, steps: tuple[Step, ...]) -> None:
        """Run steps in order and compare.

        Raises Refuted at the first that differs.
        """
        for number, step in enumerate(steps, start=1):
            if unmet(step.requires, self.versions):
                continue
            problems = list(self._compared(step))
            if problems:
                raise Refuted("\n".join([f"step {number}: {step}", *problems]))

    def _compared(self, step: Step) -> Iterator[str]:
        if step.run:
            yield from self._command(step)
        elif step.sql:
            try:
                rows = self.database.query(step.sql)
            except QueryFailed as error:
                yield f"the query failed: {error}"
                return
            if step.rows is not None and rows != step.rows:
                yield f"expected rows {step.rows}, got {rows}"
        else:
            found = sorted(self.folder.glob(step.file))
            text = "\n".join(path.read_text(encoding="utf-8") for path in found)
            if not found:
                yield "there is no such file"
            yield from (f"expected in the file: {part}\n{text}" for part in step.contains if part not in text)
            yield from (f"not expected in the file: {part}\n{text}" for part in step.lacks if part in text)

    def _command(self, step: Step) -> Iterator[str]:
        program, *arguments = shlex.split(self._filled(step.run))
        starts = {"alembic": [_alembic()], "python": [sys.executable]}
        done = self._started(
            [*starts[program], *arguments], {key: self._filled(value) for key, value in self.proof.env}
        )
        output = f"\n{_output(done)}"
        if done.returncode != step.exit:
            yield f"expected exit {step.exit}, got {done.returncode}{output}"
        elif missing := [part for part in step.stderr if squeezed(part) not in squeezed(done.stderr)]:
            yield f"expected on standard error: {missing}{output}"
        elif missing := [part for part in step.stdout if squeezed(part) not in squeezed(done.stdout)]:
            yield f"expected on standard output: {missing}{output}"
        elif step.quiet and any(word in done.stderr for word in TROUBLE):
            yield f"expected nothing that looks like trouble{output}"

    def _started(self, command: list[str], extra: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "PYTHON", "COV_"))}
        env = {**kept, "PYTHONDONTWRITEBYTECODE": "1", **extra}
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired as late:
            raise Refuted(f"{shlex.join(command)}: still running after {late.timeout:.0f} s") from None

    def _filled(self, text: str) -> str:
        for name, value in self.database.placeholders.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def squeezed(text: str) -> str:
    """Text as one line, so that a message matches wherever it is wrapped."""
    return " ".join(text.split())


def _alembic() -> str:
    """The console script, since `python -m alembic` puts the working folder on the path, which hides failures."""
    return str(Path(sysconfig.get_path("scripts")) / "alembic")


def _output(done: subprocess.CompletedProcess[str]) -> str:
    streams = (("standard output", done.stdout), ("standard error", done.stderr))
    return "\n".join(f"--- {name}\n{text[-4000:].rstrip()}" for name, text in streams if text.strip()) or "(no output)"
