"""`python -m tests.ecosystem --table`: lint the packages, print findings per package and rule as Markdown."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.ecosystem.lint import check
from tests.ecosystem.packages import CACHE_VARIABLE, PACKAGES, Package, UnavailableError, cache_folder, obtain
from tests.ecosystem.table import Row, render


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem", description=__doc__.partition(": ")[2])
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help="only these (default: all)")
    parser.add_argument("--table", action="store_true", required=True, help="print the tables")
    parser.epilog = f"Archives are kept in {cache_folder()}; {CACHE_VARIABLE} names another folder."
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {package.name for package in PACKAGES}:
        parser.error(f"no such package here: {', '.join(sorted(unknown))}")
    wanted = [package for package in PACKAGES if not arguments.names or package.name in arguments.names]
    try:
        sys.stdout.write(render([_row(package) for package in wanted]))
    except UnavailableError as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    return 0


def _row(package: Package) -> Row:
    unpacked = obtain(package)
    start = time.perf_counter()
    outcome = check(unpacked.folder)
    seconds = time.perf_counter() - start
    if outcome.exit_code == 2:
        raise UnavailableError(f"{package.name}: alembic-vet failed: {outcome.stderr.strip()}")
    rules = Counter(finding["rule"] for finding in outcome.findings)
    return Row(package.name, unpacked.version, outcome.document["summary"], outcome.not_covered, seconds, rules)


if __name__ == "__main__":
    raise SystemExit(main())
