"""A revision script: who it is, and what it does in each direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct, field

from alembic_vet.findings import Location, Span
from alembic_vet.model.operations import Operation
from alembic_vet.source.file import SourceFile

DirectionName = Literal["upgrade", "downgrade"]


class Direction(Struct, frozen=True):
    """`upgrade()` or `downgrade()`.

    `location` is its `def` line, None where the function is missing. `does_nothing`: its
    body is `pass`, `...`, a docstring, a bare `return`. `refuses`: it raises whatever happens.
    `complete` is false where something in it could not be followed at all.
    """

    name: DirectionName
    location: Location | None
    operations: tuple[Operation, ...] = ()
    does_nothing: bool = False
    refuses: bool = False
    is_async: bool = False
    complete: bool = True


class RevisionIdentity(Struct, frozen=True, array_like=True):
    """Who a revision is: what Alembic reads of a script to put it into a line.

    `down_revisions` are its parents (`down_revision`, a string or a tuple).
    """

    identifier: str
    down_revisions: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


class Written(Struct, frozen=True):
    """Where a file says which revision it is: the values of `revision` and of `down_revision`."""

    revision: Span
    down_revision: Span | None


class Revision(Struct, eq=False):
    """One revision script, by the name of its file. What it does is read when somebody asks, once."""

    name: str
    identity: RevisionIdentity
    opened: Callable[[str], SourceFile]
    read: Callable[[SourceFile, DirectionName], Direction]
    written: Callable[[SourceFile], Written]
    _directions: dict[DirectionName, Direction] = field(default_factory=dict)

    @property
    def file(self) -> SourceFile:
        return self.opened(self.name)

    @property
    def identifier(self) -> str:
        return self.identity.identifier

    @property
    def down_revisions(self) -> tuple[str, ...]:
        return self.identity.down_revisions

    @property
    def branch_labels(self) -> tuple[str, ...]:
        return self.identity.branch_labels

    @property
    def depends_on(self) -> tuple[str, ...]:
        return self.identity.depends_on

    @property
    def location(self) -> Location:
        """Where the identifier is written."""
        return Location(self.file.path, self.written(self.file).revision)

    @property
    def down_location(self) -> Location | None:
        """Where `down_revision` is written."""
        span = self.written(self.file).down_revision
        return None if span is None else Location(self.file.path, span)

    def direction(self, name: DirectionName) -> Direction:
        known = self._directions.get(name)
        if known is None:
            known = self._directions[name] = self.read(self.file, name)
        return known

    def known(self, name: DirectionName) -> Direction | None:
        """A direction that has been asked for."""
        return self._directions.get(name)

    @property
    def upgrade(self) -> Direction:
        return self.direction("upgrade")

    @property
    def downgrade(self) -> Direction:
        return self.direction("downgrade")
