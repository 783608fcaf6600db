"""`python -m benchmarks.real_chains`: what is found in real revision chains, against what PostgreSQL did with them.

The folder of checkouts has one folder `<owner>+<name>` for each repository; nothing is fetched. The folder of tables has
`real-chains.tsv` and `real-failures.tsv`: each revision of those chains was run up, down and up again on empty tables, and a row
tells what failed or was not restored.

Recall is counted over the rows that are evaluable and no refusal on purpose. A row is predicted where an error or a
warning of the rules about revisions lies in its file: a downgrade that leaves a label behind is a warning, and yet what the
row says. Rows about all revisions, which do not load or end in several heads, name no file: there it must be the rule that says
so. Hints do not count, nor the two rules whose claims such runs cannot show. Two more columns say how many rows an error
predicts, and how many a rule that speaks of the phase in which the row went wrong.

Precision is counted over errors, and warnings stand beside them. A finding is confirmed where its file has a row that counts
for recall, and not confirmed where its revision ran and has no row. Revisions that never ran, because one before them
failed, or whose only rows are refusals or the set-up's fault, say nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.real_chains.figures import report
from benchmarks.real_chains.outcomes import check
from benchmarks.real_chains.tables import Chain, read_chains


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_chains",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    for line in report(outcomes, arguments.show):
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
