"""What a downgrade leaves undone, by the operation that is to blame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import (
    AddColumn,
    AlterColumn,
    CreateTable,
    DropColumn,
    DropTable,
    Operation,
    QualifiedName,
    RenameTable,
)
from alembic_vet.model.schema.difference import DifferenceKind, ObjectDifference
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.problems import (
    ColumnMissing,
    ConstraintMissing,
    IndexMissing,
    InUse,
    Problem,
    TableMissing,
    TypeInUse,
    TypeMissing,
)
from alembic_vet.model.schema.state import SchemaState

Culprits = Mapping[tuple[DifferenceKind, str], Operation]


class Undone(Struct):
    """One operation and all that the downgrade does not make up for.

    `of_upgrade` False: the operation is one of the downgrade, which changes what the upgrade left alone.
    """

    operation: Operation
    of_upgrade: bool
    differences: list[ObjectDifference] = field(default_factory=list)


def undone(replayed: Replayed, differences: Iterable[ObjectDifference]) -> list[Undone]:
    """The differences by operation, in the order in which they were found."""
    found: dict[int, Undone] = {}
    for difference in differences:
        blamed = _blamed(replayed, difference)
        if blamed is not None:
            found.setdefault(id(blamed.operation), blamed).differences.append(difference)
    return list(found.values())


def proven_lost(replayed: Replayed) -> Iterator[Undone]:
    """What the upgrade drops although nobody saw it made, and the downgrade does not bring back.

    That it can be dropped proves that it was there, whatever happened before that could not be followed.
    """
    made = {name for operation in replayed.revision.upgrade.operations for name in _made(replayed, operation)}
    for operation in replayed.revision.upgrade.operations:
        if operation.conditional or operation.guards or getattr(operation, "if_exists", False):
            continue
        key = replayed.after.key(operation.table) if isinstance(operation, (DropTable, DropColumn)) else None
        if key is None or key in made:
            continue
        old, now = replayed.before.tables.get(key), replayed.restored.tables.get(key)
        match operation:
            case DropTable() if old is None and now is None and key in replayed.restored.gone:
                yield Undone(operation, True, [ObjectDifference("table", str(key), "lost", str(key), None, key)])
            case DropColumn(column=str() as column) if now is not None and column not in now.columns:
                if column in now.gone and (old is None or column not in old.columns) and (key, column) not in made:
                    name = f"{key}.{column}"
                    yield Undone(operation, True, [ObjectDifference("column", name, "lost", name, None, key)])


def _made(replayed: Replayed, operation: Operation) -> Iterator[Key | tuple[Key, str] | None]:
    """The tables and columns that a step makes, or gives another name."""
    match operation:
        case CreateTable(table=table):
            yield replayed.after.key(table)
        case RenameTable(table=table, new_name=new):
            yield replayed.after.key(QualifiedName(new, table.schema))
        case AddColumn(table=table, column=column) if isinstance(column.name, str):
            key = replayed.after.key(table)
            yield None if key is None else (key, column.name)
        case AlterColumn(table=table, new_name=str() as new):
            key = replayed.after.key(table)
            yield None if key is None else (key, new)


def _blamed(replayed: Replayed, difference: ObjectDifference) -> Undone | None:
    for culprits, of_upgrade in ((replayed.culprits, True), (replayed.down_culprits, False)):
        operation = next(_candidates(culprits, difference), None)
        if operation is not None:
            return Undone(operation, of_upgrade)
    return None


def _candidates(culprits: Culprits, difference: ObjectDifference) -> Iterator[Operation]:
    """What changed the object, in the same way first; else what took or made all of its table."""
    same = culprits.get((difference.kind, difference.name))
    if same is not None:
        yield same
    yield from (operation for (_, name), operation in culprits.items() if name == difference.name)
    if difference.table is not None:
        table = str(difference.table)
        yield from (operation for (kind, name), operation in culprits.items() if kind == "table" and name == table)


def is_out_of_order(replayed: Replayed, problem: Problem) -> bool:
    """Whether a step of the downgrade fails only because of where it stands.

    What it needs was there when the downgrade began, or what is in its way is gone when the downgrade ends.
    """
    after, restored = replayed.after, replayed.restored
    match problem:
        case TypeInUse(type=type_, columns=columns):
            return not any(
                table in restored.tables
                and name in restored.tables[table].columns
                and restored.tables[table].columns[name].user_type == type_
                for table, name in columns
            )
        case InUse(dependents=dependents):
            return not any(_is_there(restored, words) for words in dependents)
        case TableMissing(table=table):
            return table in after.tables
        case ColumnMissing(table=table, column=column):
            return table in after.tables and column in after.tables[table].columns
        case ConstraintMissing(table=table, name=name):
            return table in after.tables and name in after.tables[table].constraints
        case IndexMissing(index=index):
            return index in after.indexes
        case TypeMissing(type=type_):
            return type_ in after.types
        case _:
            return False


def _is_there(state: SchemaState, dependent: str) -> bool:
    """Whether what `InUse` names in words is in a schema."""
    kind, _, rest = dependent.partition(" ")
    if kind == "default":
        return any(
            rest == f"of {key}.{name}" and column.default is not None
            for key, table in state.tables.items()
            for name, column in table.columns.items()
        )
    if kind != "constraint":
        return any(str(key) == rest.rpartition(" ")[2] for _, key, _ in state.others)
    name, _, owner = rest.rpartition(" on table ")
    return any(str(key) == owner and name in table.constraints for key, table in state.tables.items())
