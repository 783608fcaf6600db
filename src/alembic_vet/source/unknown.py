"""Values that are not there: unknown, and not given."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class Unknown(Enum):
    """`OPAQUE` stands for a value that reading alone does not tell; `UNSET` for one that was not given.

    Compare with `is`: a rule that meets `OPAQUE` stays silent.
    """

    OPAQUE = "opaque"
    UNSET = "unset"

    def __repr__(self) -> str:
        return self.name


Opaque = Literal[Unknown.OPAQUE]
Unset = Literal[Unknown.UNSET]

OPAQUE: Final = Unknown.OPAQUE
UNSET: Final = Unknown.UNSET
