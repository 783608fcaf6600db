"""Enum labels as the models have them, against those that the history ends at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from alembic_vet.findings import Location, Related
from alembic_vet.model.enum_columns import EnumColumn, PythonEnum
from alembic_vet.model.models import TableDefinition
from alembic_vet.model.schema.names import clipped
from alembic_vet.model.schema.objects import Key, TableState
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.project.enum_columns import EnumColumnReader
from alembic_vet.project.environment import Environment
from alembic_vet.source.unknown import Opaque

_ADDS = rb"(?i)\badd\s+value\b"


class Drift(Struct, frozen=True):
    """One way in which models use a type: the columns that store the same labels in it.

    `there` are the labels of the type. `complete`: every column of the type is one that the models were read for, and
    `known` then all labels that any of them knows.
    """

    type: Key
    there: tuple[str, ...]
    columns: tuple[EnumColumn, ...]
    known: frozenset[str]
    complete: bool

    @property
    def first(self) -> EnumColumn:
        return self.columns[0]

    @property
    def python(self) -> PythonEnum | None:
        return self.first.python

    @property
    def missing(self) -> tuple[str, ...]:
        """What the models store and the type does not have."""
        return tuple(label for label in self.first.labels if label not in self.there)

    @property
    def unread(self) -> tuple[str, ...]:
        """What the type has and no model knows; nothing where there may be models that were not read."""
        return tuple(label for label in self.there if label not in self.known) if self.complete else ()

    @property
    def counterparts(self) -> dict[str, str]:
        """The labels that are missing whose member is there all the same: by its value, not its name, or the reverse."""
        return {mine: theirs for mine, theirs in self._pairs if mine in self.missing and theirs in self.there}

    @property
    def confused(self) -> bool:
        """Whether names are stored and the type has the values, or the other way round, wherever the two differ."""
        return bool(self.counterparts) and all(mine in self.missing for mine, theirs in self._pairs if mine != theirs)

    @property
    def _pairs(self) -> Iterator[tuple[str, str | Opaque]]:
        """What is stored of each member, and what would be if it were the other of name and value."""
        if self.python is None or self.first.stored == "other":
            return iter(())
        other = self.python.values if self.first.stored == "names" else self.python.names
        return zip(self.first.labels, other, strict=True)

    @property
    def subject(self) -> str:
        """Who stores the labels, as a message names it."""
        return self.python.name if self.python else self.first.label

    @property
    def elsewhere(self) -> Iterator[Related]:
        """The other columns that store them."""
        for column in self.columns[1:]:
            yield Related(column.place, f"`{column.label}` stores them too")


def drifts(environment: Environment) -> Iterator[Drift]:
    """Every use of a type whose labels the replay knows, whether or not it agrees with them."""
    state = environment.head
    if state is None or not any(isinstance(each.labels, tuple) and not each.doubt for each in state.types.values()):
        return
    reader = EnumColumnReader(environment.models)
    found: dict[Key, list[tuple[Key, EnumColumn]]] = {}
    for definition, name in _tables(environment, reader):
        for table in _tables_of(definition, name, state):
            wanted = _enums_of(table, state)
            for column in reader.read(definition, wanted) if wanted else ():
                type_ = wanted[column.column]
                if _names(column, type_):
                    found.setdefault(type_, []).append((table.key, column))
    for type_, uses in found.items():
        yield from _uses(type_, uses, state)


def _tables(environment: Environment, reader: EnumColumnReader) -> Iterator[tuple[TableDefinition, str]]:
    """The tables of env.py's metadata, each once: what env.py loads goes before what it should load."""
    models = environment.models
    match models.target.kind:
        case "known":
            tables = dict.fromkeys((*models.reached_tables, *models.tables))
            metadata = models.target.metadata
        case "unknown" if models.is_alone:
            tables = dict.fromkeys(models.tables)
            metadata = frozenset(table.metadata for table in tables)
            # With one metadata in the whole project there is nothing else that env.py could mean.
            if len(metadata) > 1:
                return
        case _:
            return
    seen: set[tuple[str | None, str]] = set()
    for table in tables:
        name = reader.table_name(table) if table.metadata in metadata else None
        if name is not None and (table.schema, name) not in seen:
            seen.add((table.schema, name))
            yield table, name


def _tables_of(definition: TableDefinition, name: str, state: SchemaState) -> list[TableState]:
    """The table of a model, whose schema may be one that its metadata or a mixin gives."""
    named = [table for table in state.tables.values() if table.key.name == name and not table.doubt]
    wanted = definition.schema or state.options.default_schema
    exact = [table for table in named if table.key.schema == wanted]
    return exact or (named if len(named) == 1 and definition.schema is None else [])


def _enums_of(table: TableState, state: SchemaState) -> dict[str, Key]:
    """The columns of a table that have an enum type, all of which is known."""
    found: dict[str, Key] = {}
    for column in table.columns.values():
        type_ = state.types.get(column.user_type) if column.user_type and not column.doubt else None
        if type_ is not None and not type_.doubt and isinstance(type_.labels, tuple):
            found[column.name] = type_.key
    return found


def _names(column: EnumColumn, type_: Key) -> bool:
    """Whether the model means the type that the column has."""
    if clipped(column.type_name) != type_.name:
        return False
    return column.schema is None or column.schema == type_.schema


def _uses(type_: Key, uses: list[tuple[Key, EnumColumn]], state: SchemaState) -> Iterator[Drift]:
    there = state.types[type_].labels
    assert isinstance(there, tuple)
    covered = {(table, column.column) for table, column in uses}
    complete = all((table.key, column.name) in covered for table, column in state.columns_of_type(type_))
    known = frozenset(label for _, column in uses for label in column.labels)
    alike: dict[tuple[tuple[str, ...], Location | None], list[EnumColumn]] = {}
    for _, column in uses:
        origin = column.python.location if column.python else None
        alike.setdefault((column.labels, origin), []).append(column)
    for columns in alike.values():
        columns.sort(key=lambda column: column.place)
        yield Drift(type_, there, tuple(columns), known, complete)


def adds_labels_itself(type_: Key, environment: Environment) -> bool:
    """Whether code besides the revisions adds labels to a type, as some applications do when they start.

    Code that names no type that there is goes through all of them.
    """
    models, state = environment.models, environment.head
    names = {key.name.encode() for key in state.types} if state else set()
    for name in {*models.files}.difference(environment.revision_files):
        data = models.data(name) if name.endswith(".py") else b""
        if re.search(_ADDS, data) and (type_.name.encode() in data or not any(each in data for each in names)):
            return True
    return False
