"""The Markdown that the closing notes quote."""

from __future__ import annotations

from collections import Counter

from tests.ecosystem.table import Row, render

EXPECTED = """\
| package | version | environments | revisions | not covered | findings | fixable | seconds |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| one | 1.0 | 1 | 12 | 0 | 3 | 1 | 0.3 |
| two | 2.0 | 2 | 5 | 4 | 0 | 0 | 1.0 |

| rule | one | two | all |
| --- | ---: | ---: | ---: |
| `b-rule` | 2 |  | 2 |
| `a-rule` | 1 |  | 1 |
"""


def test_tables() -> None:
    first = {"environments": 1, "revisions": 12, "fixable": 1}
    second = {"environments": 2, "revisions": 5, "fixable": 0}
    rows = [
        Row("one", "1.0", first, 0, 0.26, Counter({"a-rule": 1, "b-rule": 2})),
        Row("two", "2.0", second, 4, 0.99, Counter()),
    ]
    assert render(rows) == EXPECTED
