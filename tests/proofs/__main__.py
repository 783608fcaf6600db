"""`python -m tests.proofs --table` writes docs/proofs.md; `--stack oldest` runs the proofs on the oldest packages."""

from __future__ import annotations

import argparse

from tests.proofs import stacks, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--table", action="store_true", help="write docs/proofs.md")
    what.add_argument("--stack", choices=["oldest"], help="run the proofs there; other arguments go to pytest")
    chosen, others = parser.parse_known_args()
    if chosen.table:
        table.PATH.parent.mkdir(exist_ok=True)
        table.PATH.write_text(table.text(), encoding="utf-8")
        return 0
    return stacks.run_oldest(others)


if __name__ == "__main__":
    raise SystemExit(main())
