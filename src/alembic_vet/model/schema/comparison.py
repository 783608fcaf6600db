"""One difference between two schemas, and what comparing needs to know of both."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import SchemaState

DifferenceKind = Literal[
    "table",
    "column",
    "column type",
    "column nullability",
    "column default",
    "comment",
    "primary key",
    "unique constraint",
    "foreign key",
    "check constraint",
    "exclude constraint",
    "constraint name",
    "index",
    "index name",
    "enum type",
    "type",
    "enum label",
    "enum order",
    "sequence",
    "schema",
    "extension",
    "view",
    "materialized view",
    "function",
    "trigger",
    "policy",
    "rule",
]
Change = Literal["lost", "left behind", "changed"]


class ObjectDifference(Struct, frozen=True):
    """One object that is not the same in both.

    `name` is qualified as far as needed to be found: `users`, `users.email`, `app.users.users_email_key`; the enum
    type for a label, whose text is in `before` or `after`. `before` and `after` are SQL-like words for reading, None
    where there is nothing. `unknown`: one of the two is not known well enough to say that they differ.
    """

    kind: DifferenceKind
    name: str
    change: Change
    before: str | None
    after: str | None
    table: Key | None = None
    unknown: bool = False


class Comparison(Struct, frozen=True):
    """The two states of which `after` grew out of `before`."""

    before: SchemaState
    after: SchemaState

    def fresh(self, doubt: int) -> bool:
        """Whether a doubt arose between the two states."""
        return doubt > self.before.doubts

    def gone_for_sure(self, key: Key) -> bool:
        """Whether a key that `after` does not have is really not there."""
        if self.fresh(self.after.doubtful.get(key, 0)):
            return False
        return not self.fresh(self.after.open_since) or key in self.after.gone
