"""What has to happen to give an enum type the labels back that it had before a revision."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.enum_swap.dependents import Dependents, dependents
from alembic_vet.model.enum_swap.labels import origins, renames
from alembic_vet.model.enum_swap.past import refuse_losses
from alembic_vet.model.enum_swap.users import InDoubt, Users, known
from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.history import Replayed, SchemaHistory
from alembic_vet.model.operations import TEMPORARY, AddEnumValue, Default, QualifiedName, RenameEnumValue
from alembic_vet.model.revision import Revision
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.names import MAX_BYTES, clipped
from alembic_vet.model.schema.objects import ColumnState, Key, TableState
from alembic_vet.model.schema.problems import LabelUnsafe
from alembic_vet.model.schema.state import ReplayOptions, SchemaState
from alembic_vet.source.sql import string_literals
from alembic_vet.source.unknown import OPAQUE


class EnumColumn(Struct, frozen=True):
    """A column of the type, or of arrays of it. `default` is the SQL that it has afterwards; `resets` that it has one now."""

    table: Key
    name: str
    is_array: bool
    nullable: bool
    resets: bool
    default: str | None


class EnumSwap(Struct, frozen=True):
    """One type. `labels` are those that it had before; `removed` those that it has lost then.

    `renames` pairs labels as they are with what they were, in an order in which no two meet. Where that is all,
    `replaced` is False. `schema` is None where the type is found without one; `aside` is a name that is free.
    """

    key: Key
    schema: str | None
    labels: tuple[str, ...]
    removed: tuple[str, ...]
    renames: tuple[tuple[str, str], ...]
    replaced: bool
    aside: str
    columns: tuple[EnumColumn, ...]


class EnumDowngrade(Struct, frozen=True):
    """All types of a revision, and what is dropped before the first is replaced and made again after the last.

    `options` are those of the replay, which say what a name needs.
    """

    swaps: tuple[EnumSwap, ...]
    around: Dependents
    options: ReplayOptions


def enum_downgrade(history: SchemaHistory, graph: RevisionGraph, revision: Revision) -> EnumDowngrade:
    """What undoes the changes of labels in a revision, after whatever its downgrade does already.

    Raises InDoubt where the replay does not know everything that this depends on.
    """
    step = next((each for each in history.revisions if each.revision is revision), None)
    if step is None:
        raise InDoubt("the revision is not part of the history")
    failures = [problem for _, problem in step.failures if not isinstance(problem, LabelUnsafe)]
    if failures or step.down_failures:
        raise InDoubt("a step of it fails")
    state = step.restored.snapshot()
    before = step.before
    pairs = {key: tuple(renames(labels)) for key, labels in origins(step).items()}
    for key, renamed in pairs.items():
        if key not in state.types or state.types[key].doubt:
            raise InDoubt(f"the labels of {key} are not known")
        for now, was in renamed:
            apply(state, RenameEnumValue(QualifiedName(key.name, key.schema), now, was, location=revision.location))
    swaps = tuple(_swap(state, step, key, renamed) for key, renamed in pairs.items())
    if not swaps:
        raise InDoubt("no type has other labels than before")
    around = Dependents()
    replaced = [swap for swap in swaps if swap.replaced]
    if replaced:
        _refuse_unknown(state, frozenset(swap.key for swap in replaced))
        users = _users(replaced)
        around = dependents(state, before, users)
        ancestors = graph.ancestors(revision.identifier)
        earlier = [each for each in history.revisions if each.revision.identifier in ancestors]
        operations = [operation for each in (*earlier, step) for operation in each.revision.upgrade.operations]
        defaults = [column.default for swap in replaced for column in swap.columns if column.default is not None]
        refuse_losses(operations, users, around, defaults, state.types.values())
    _refuse_parallel(history, graph, step, frozenset(pairs))
    return EnumDowngrade(swaps, around, state.options)


def _swap(state: SchemaState, step: Replayed, key: Key, renames: tuple[tuple[str, str], ...]) -> EnumSwap:
    wanted, labels = step.before.types[key].labels, state.types[key].labels
    if not isinstance(wanted, tuple) or not isinstance(labels, tuple):
        raise InDoubt(f"the labels of {key} are not known")
    removed = tuple(label for label in labels if label not in wanted)
    columns: tuple[EnumColumn, ...] = ()
    if labels != wanted:
        columns = tuple(
            _column(table, column, step.before, frozenset(removed))
            for table, column in state.columns_of_type(key)
            if table.key.schema != TEMPORARY
        )
    schema = None if key.schema == state.options.default_schema and not _is_qualified(step, key) else key.schema
    return EnumSwap(key, schema, wanted, removed, renames, labels != wanted, _free_name(state, key), columns)


def _users(swaps: Sequence[EnumSwap]) -> Users:
    columns: dict[Key, frozenset[str]] = {}
    for swap in swaps:
        for column in swap.columns:
            columns[column.table] = columns.get(column.table, frozenset()) | {column.name}
    removed = frozenset(label for swap in swaps for label in swap.removed)
    return Users(frozenset(swap.key for swap in swaps), removed, columns)


# Columns


def _column(table: TableState, column: ColumnState, before: SchemaState, removed: frozenset[str]) -> EnumColumn:
    if column.doubt or not isinstance(column.type, ColumnType):
        raise InDoubt(f"what {table.key}.{column.name} is like is not known")
    default = _default(table, column)
    if default is not None and _names_label(default, removed, column.type.array):
        earlier = before.tables.get(table.key)
        old = earlier.columns.get(column.name) if earlier else None
        if earlier is None or old is None or old.doubt:
            raise InDoubt(f"the default of {table.key}.{column.name} names a label that goes")
        default = _default(earlier, old)
        if default is not None and _names_label(default, removed, column.type.array):
            raise InDoubt(f"the default of {table.key}.{column.name} names a label that goes")
    nullable = column.nullable is True
    return EnumColumn(table.key, column.name, column.type.array, nullable, column.default is not None, default)


def _default(table: TableState, column: ColumnState) -> str | None:
    match column.default:
        case None:
            return None
        case Default(sql=sql):
            return known(sql, f"the default of {table.key}.{column.name}")
        case _:
            raise InDoubt(f"the default of {table.key}.{column.name} is not known")


def _names_label(default: str, removed: frozenset[str], is_array: bool) -> bool:
    """An array's default may have its labels in one string: `'{happy,sad}'`."""
    literals = string_literals(default)
    return bool(literals & removed) or (is_array and any(label in text for label in removed for text in literals))


def _refuse_unknown(state: SchemaState, types: frozenset[Key]) -> None:
    """Every table has to be known: a column that is forgotten lets DROP TYPE fail."""
    if state.open_since or state.doubtful:
        raise InDoubt("there may be tables that the history does not show")
    names = {key.name for key in types}
    for table in state.tables.values():
        if table.doubt or not table.complete:
            raise InDoubt(f"the columns of {table.key} are not all known")
        for column in table.columns.values():
            unresolved = isinstance(column.type, ColumnType) and column.user_type is None and column.type.name in names
            if column.type is OPAQUE or column.doubt or unresolved:
                raise InDoubt(f"the type of {table.key}.{column.name} is not known")


# Names and places


def _is_qualified(step: Replayed, key: Key) -> bool:
    """Whether the revision itself names the schema of a type."""
    return any(
        isinstance(each, (AddEnumValue, RenameEnumValue)) and each.type == QualifiedName(key.name, key.schema)
        for each in step.revision.upgrade.operations
    )


def _free_name(state: SchemaState, key: Key) -> str:
    number = 1
    while True:
        tail = "_old" if number == 1 else f"_old{number}"
        name = clipped(key.name, MAX_BYTES - len(tail)) + tail
        found = Key(key.schema, name)
        if found not in state.types and not state.has_relation(found):
            return name
        number += 1


def _refuse_parallel(history: SchemaHistory, graph: RevisionGraph, step: Replayed, types: frozenset[Key]) -> None:
    """A revision of another branch may run before or after this one, and so may its downgrade."""
    identifier = step.revision.identifier
    ordered = graph.ancestors(identifier) | graph.descendants(identifier) | {identifier}
    if ordered.issuperset(graph.revisions):
        return
    for other in history.revisions:
        if other.revision.identifier not in ordered and _touches(other, types):
            raise InDoubt(f"revision {other.revision.identifier}, of another branch, changes tables of the type")


def _touches(step: Replayed, types: frozenset[Key]) -> bool:
    one, two = step.before, step.after
    if one.doubts != two.doubts or any(one.types.get(key) != two.types.get(key) for key in types):
        return True
    holders = {table.key for state in (one, two) for key in types for table, _ in state.columns_of_type(key)}
    return any(
        one.tables.get(key) != two.tables.get(key)
        or list(one.indexes_of(key)) != list(two.indexes_of(key))
        or list(one.views_on(key)) != list(two.views_on(key))
        for key in holders
    )
