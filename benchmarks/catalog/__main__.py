"""`python -m benchmarks.catalog`: how far the replayed schema agrees with PostgreSQL's catalog, as Markdown."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.catalog.histories import History, of_chains, of_fixtures, of_folder
from benchmarks.catalog.run import Outcome, compare
from benchmarks.catalog.table import render
from tests.ecosystem.packages import Package, UnavailableError, obtain
from tests.proofs import server as servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog", description=__doc__.partition(": ")[2])
    parser.add_argument("--fixtures", action="store_true", help="the histories of this repository (the default)")
    parser.add_argument("--packages", nargs="+", default=[], metavar="NAME", help="packages, downloaded by name")
    parser.add_argument("--folders", nargs="+", default=[], type=Path, metavar="FOLDER", help="projects on disk")
    parser.add_argument("--checkouts", type=Path, metavar="FOLDER", help="where repositories lie as <owner>+<name>")
    parser.add_argument("--chains", type=Path, metavar="FILE", help="which: a table with `repo` and `script_dir`")
    parser.add_argument("--only", nargs="+", default=[], metavar="REPO", help="only these rows of the table")
    parser.add_argument("--server", default=None, help="a PostgreSQL by its name in the proofs (default: the first)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that Alembic runs in")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for one upgrade (default: 300)")
    parser.add_argument("--unknown", action="store_true", help="list what is unknown too, and why")
    arguments = parser.parse_args()
    if bool(arguments.checkouts) != bool(arguments.chains):
        parser.error("--checkouts and --chains go together")
    session = servers.new_session()
    try:
        name = arguments.server or servers.postgresql_names()[0]
        url = servers.obtain(name, session, os.getpid())
        outcomes: list[Outcome] = []
        with tempfile.TemporaryDirectory() as scratch:
            for history in _chosen(arguments, Path(scratch)):
                start = time.perf_counter()
                outcome = compare(history, url, arguments.python, arguments.timeout)
                outcomes.append(outcome)
                seconds = time.perf_counter() - start
                sys.stderr.write(f"{history.name}: {len(outcome.verdicts)} objects, {seconds:.1f} s\n")
    except (UnavailableError, servers.Unavailable) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    finally:
        servers.stop_all(session)
    sys.stdout.write(render(outcomes, arguments.unknown))
    return int(any(outcome.wrong for outcome in outcomes))


def _chosen(arguments: argparse.Namespace, scratch: Path) -> Iterator[History]:
    for name in arguments.packages:
        yield from of_folder(name, obtain(Package(name)).folder)
    for folder in arguments.folders:
        yield from of_folder(folder.name, folder.absolute())
    if arguments.chains:
        yield from of_chains(arguments.checkouts.absolute(), arguments.chains, arguments.only)
    if arguments.fixtures or not (arguments.packages or arguments.folders or arguments.chains):
        yield from of_fixtures(scratch)


if __name__ == "__main__":
    raise SystemExit(main())
