"""The tables that a project's models define, and how env.py reaches them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec import Struct

from alembic_vet.findings import Location


class MetadataId(Struct, frozen=True, order=True):
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


class TableDefinition(Struct, frozen=True):
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


class Target(Struct, frozen=True):
    """What env.py gives `context.configure` as `target_metadata`.

    `kind`: `known` where `metadata` is all of it; `none` where it is None or not given; `unknown`
    where it cannot be followed. `location` is the value, or the call that lacks it.
    """

    kind: Literal["known", "none", "unknown"]
    metadata: frozenset[MetadataId] = frozenset()
    location: Location | None = None


class Reach(Struct, frozen=True):
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


class UnreachedModule(Struct, frozen=True):
    """A module that defines tables on the metadata env.py uses, and that env.py never loads.

    `importable`: `import module` works in env.py, as far as env.py's own imports do, with all
    that the module imports.
    """

    module: str
    path: Path
    tables: tuple[TableDefinition, ...]
    importable: bool


class UnusedImport(Struct, frozen=True):
    """One name that env.py imports, never uses, and that leads to modules with tables.

    `location` is the alias, `statement` the whole statement; `loads` are the tables behind it. `loses`
    are those of them that are gone once a fixer has deleted every unused import that nothing keeps.
    `markers` are the comments about it (`source.imports.Marker`), and `re-export` (`from x import y as y`,
    `__all__`) and `try` (an optional import), which fixers leave alone as well. `whole`: every name of
    its statement is unused.
    """

    binding: str
    target: str
    location: Location
    statement: Location
    loads: tuple[TableDefinition, ...]
    loses: tuple[TableDefinition, ...]
    markers: frozenset[str]
    star: bool = False
    whole: bool = True

    @property
    def label(self) -> str:
        """How a message names it: `import app.user` binds `app`, which says nothing."""
        return self.target if self.target.startswith(f"{self.binding}.") else self.binding

    def is_kept_by(self, tool: str) -> bool:
        """Whether a fixer leaves the import alone: `ruff`, `autoflake`, `pycln`, or the reports of `flake8`."""
        if tool in ("ruff", "flake8") and self.star:
            return True
        return bool(self.markers & _KEEPING[tool])


_ALWAYS = frozenset({"noqa", "re-export", "try"})
_KEEPING = {
    "ruff": _ALWAYS | {"ruff", "flake8"},
    "flake8": _ALWAYS | {"flake8"},
    "autoflake": _ALWAYS | {"comment", "autoflake"},
    "pycln": _ALWAYS | {"nopycln"},
}


class UnusedImportTool(Struct, frozen=True):
    """A tool of the project that looks for unused imports, and what it does to those of env.py.

    `name` is `ruff`, `flake8`, `autoflake` or `pycln`, `path` the file that sets it up. `verdict`: it `deletes`
    them where the project runs it, `reports` them, or leaves env.py alone (`off`); `reason` is the setting that decides.
    """

    name: str
    path: Path
    verdict: Literal["deletes", "reports", "off"]
    reason: str
