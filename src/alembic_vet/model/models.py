"""The tables that a project's models define, and how env.py reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alembic_vet.findings import Location


@dataclass(frozen=True, slots=True, order=True)
class MetadataId:
    """One `MetaData` object, by where it comes into being.

    `module` is the dotted module (of other people's code where `path` is None), `owner`
    the name there, `attribute` what leads from the owner to the metadata: `metadata`
    for a declarative base, empty where the owner is the `MetaData` object itself.
    """

    module: str
    owner: str
    attribute: str = ""
    path: Path | None = None

    @property
    def expression(self) -> str:
        """How code that has imported the owner says it: `Base.metadata`."""
        return f"{self.owner}.{self.attribute}" if self.attribute else self.owner


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A statement that adds a table to a metadata when its module is imported.

    `table` and `schema` are None where they are computed or absent; `class_name` is
    None for a `Table(...)`.
    """

    module: str
    metadata: MetadataId
    location: Location
    table: str | None
    schema: str | None = None
    class_name: str | None = None

    @property
    def path(self) -> Path:
        return self.location.path

    @property
    def label(self) -> str:
        """How a message names it."""
        return self.class_name or self.table or self.module


@dataclass(frozen=True, slots=True)
class Target:
    """What env.py gives `context.configure` as `target_metadata`.

    `kind`: `known` where `metadata` is all of it; `none` where it is None or not given; `unknown`
    where it cannot be followed. `location` is the value, or the call that lacks it.
    """

    kind: Literal["known", "none", "unknown"]
    metadata: frozenset[MetadataId] = frozenset()
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """The modules that are loaded once some files are.

    `unknown`: what imports by a name that cannot be read, so that more may be loaded.
    `unresolved`: names of first-party imports that lead to no file. `exhausted`: the search did not end early.
    """

    modules: frozenset[Path]
    unknown: tuple[Location, ...] = ()
    unresolved: tuple[str, ...] = ()
    exhausted: bool = True

    @property
    def certain(self) -> bool:
        """Whether nothing else can be loaded."""
        return self.exhausted and not self.unknown and not self.unresolved


@dataclass(frozen=True, slots=True)
class UnreachedModule:
    """A module that defines tables on the metadata env.py uses, and that env.py never loads.

    `importable`: `import module` works where plain `alembic` runs, for it and for all
    that it imports.
    """

    module: str
    path: Path
    tables: tuple[TableDefinition, ...]
    importable: bool


@dataclass(frozen=True, slots=True)
class UnusedImport:
    """One name that env.py imports and never uses, and the tables that hang on it.

    `location` is the alias, `statement` the whole statement, `line_end` the empty range behind the line
    that a comment would have to end. `loses` are the tables that go once every
    unused import without a keeping comment is gone. `markers` are the comments that keep it
    (see `source.imports.Marker`); `whole`: every name of its statement is unused.
    """

    binding: str
    target: str
    location: Location
    statement: Location
    line_end: Location
    loads: frozenset[Path]
    loses: tuple[TableDefinition, ...]
    markers: frozenset[str]
    star: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class UnusedImportTool:
    """A tool of the project that looks for unused imports, and what it does to those of one file.

    `verdict`: it `deletes` them, only `reports` them, or leaves the file alone (`off`); `reason` says
    which setting decides.
    """

    name: str
    path: Path
    verdict: Literal["deletes", "reports", "off"]
    reason: str
