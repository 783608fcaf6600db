from __future__ import annotations

import pytest

from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.model.schema.objects import Key
from alembic_vet.rules.reversibility._wording import listed

USERS = Key("public", "users")


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (
            ObjectDifference("foreign key", "users.team", "changed", "FOREIGN KEY (a)", "FOREIGN KEY (b)", USERS),
            "leaves foreign key `team` as `FOREIGN KEY (b)`, which was `FOREIGN KEY (a)`",
        ),
        (
            ObjectDifference("foreign key", "users.?7", "left behind", None, "FOREIGN KEY (b)", USERS),
            "leaves foreign key of `users` behind",
        ),
        (
            ObjectDifference("function", "total", "changed", "BEGIN\nEND", "BEGIN\nRETURN 1;\nEND"),
            "leaves function `total` changed",
        ),
        (ObjectDifference("view", "totals", "changed", "SELECT 1", "x" * 200), "leaves view `totals` changed"),
    ],
    ids=["short", "name not known", "lines", "long"],
)
def test_a_message_is_one_line_that_names_things(difference: ObjectDifference, expected: str) -> None:
    assert listed([difference]) == expected
