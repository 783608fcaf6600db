"""What discovery finds."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from alembic_vet.findings import Location, Span
from alembic_vet.model.config import AlembicConfig, ConfigOption
from alembic_vet.model.plain import Vocabulary


class BrokenConfig(Struct, frozen=True):
    """A configuration that Alembic cannot use; `message` is a sentence about `location`."""

    path: Path
    location: Location
    message: str


class OrphanRevisions(Struct, frozen=True):
    """The revision files of one folder that belong to no environment; `reason` completes "because ..."."""

    folder: Path
    files: tuple[Path, ...]
    reason: str

    @property
    def count(self) -> int:
        return len(self.files)


class Discovery(Struct, frozen=True):
    """What was found: environments, revision files of none, and configurations that Alembic cannot use."""

    environments: tuple[AlembicConfig, ...] = ()
    orphans: tuple[OrphanRevisions, ...] = ()
    broken: tuple[BrokenConfig, ...] = ()


OF_DISCOVERY = Vocabulary((Discovery, AlembicConfig, ConfigOption, OrphanRevisions, BrokenConfig, Location, Span))
