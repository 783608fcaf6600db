"""What an environment is remembered by from run to run: what env.py shows, and what revisions are seen by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from alembic_vet.model.plain import Vocabulary
from alembic_vet.project.modules import SourceRoot
from alembic_vet.settings import Version
from alembic_vet.source.unknown import OPAQUE, Opaque

if TYPE_CHECKING:
    from alembic_vet.model.schema.names import NamingConvention

# Where the findings of a rule lie.
Place = Literal["anywhere", "what env.py runs", "env.py"]


class Shown(Struct, frozen=True):
    """What env.py shows: the database, and the Python files that it may run."""

    dialect: str | None
    runs: tuple[str, ...]


class Surroundings(Struct, frozen=True):
    """What a revision is seen by; the values of `conventions` are None where they are OPAQUE, as is the whole."""

    roots: tuple[SourceRoot, ...]
    sqlalchemy: Version | None
    conventions: dict[str, str | None] | None

    @property
    def naming_convention(self) -> NamingConvention | Opaque:
        if self.conventions is None:
            return OPAQUE
        return {kind: OPAQUE if pattern is None else pattern for kind, pattern in self.conventions.items()}


OF_SURROUNDINGS = Vocabulary((Surroundings, SourceRoot))
OF_SHOWN = Vocabulary((Shown,))


def plain_conventions(naming: NamingConvention | Opaque) -> dict[str, str | None] | None:
    """A naming convention as `Surroundings.conventions` has it."""
    if naming is OPAQUE:
        return None
    return {kind: None if pattern is OPAQUE else pattern for kind, pattern in naming.items()}
