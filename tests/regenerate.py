"""Write the `fixes.diff` of fixture cases as the fixes are now: `python -m tests.regenerate [RULE ...]`.

Read what it changed before you commit it: the diff is the promise, this only spares the typing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic_vet.runner import FixMode
from tests.fixture_cases import cases
from tests.test_fixtures import check, patch


def main(rules: list[str]) -> None:
    for case in cases():
        if rules and case.rule not in rules:
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            case.build(root)
            text = patch(check(root, FixMode.UNSAFE, case.rule), root)
        path = case.folder / "fixes.diff"
        if text != (case.expected_diff or ""):
            print(("write " if text else "remove ") + case.id)
            path.write_text(text, encoding="utf-8") if text else path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
