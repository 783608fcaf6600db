"""`noop-enum-downgrade`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from msgspec import Struct, field

from alembic_vet.findings import Finding, Fix, Location, Related, Severity
from alembic_vet.model.column_type import ColumnType
from alembic_vet.model.operations import (
    AddEnumValue,
    AlterColumn,
    CreateEnum,
    CreateObject,
    CreateTable,
    DataChange,
    DropObject,
    DropType,
    ObjectKind,
    OpaqueOperation,
    Operation,
    QualifiedName,
    RenameEnumValue,
    RenameType,
    SetSchema,
    SyncEnumValues,
)
from alembic_vet.model.revision import Revision
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import FixAvailability, RevisionRule
from alembic_vet.rules.signs import Signs, upgrade_has
from alembic_vet.source.unknown import OPAQUE, UNSET


class NoopEnumDowngrade(RevisionRule):
    """The upgrade changes the labels of an enum, and the downgrade does nothing about it.

    ## What it does
    Reports a `downgrade()` that leaves an enum type alone whose labels `upgrade()` adds, renames, or replaces
    together with the type. A downgrade that raises, `NotImplementedError` say, is a hint only: it fails and changes
    nothing.

    ## Why is this bad?
    `alembic downgrade` exits with 0 and the labels stay as the upgrade made them: rows keep values that the older
    code does not know, and the next upgrade fails with `enum label "calm" already exists`, or for a renamed label
    with `"sad" is not an existing enum label`. PostgreSQL cannot drop a label, but a downgrade can put another type
    in place.

    See https://www.postgresql.org/docs/current/datatype-enum.html.

    ## Example
    ```python title="alembic/versions/0001_moods.py"
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("CREATE TABLE people (mood mood DEFAULT 'happy' NOT NULL)")


    def downgrade() -> None:
        op.execute("DROP TABLE people")
        op.execute("DROP TYPE mood")
    ```

    ```python title="alembic/versions/0002_calm.py"
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'")


    def downgrade() -> None:
        pass
    ```

    ## Use instead
    ```python title="alembic/versions/0001_moods.py"
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        op.execute("CREATE TABLE people (mood mood DEFAULT 'happy' NOT NULL)")


    def downgrade() -> None:
        op.execute("DROP TABLE people")
        op.execute("DROP TYPE mood")
    ```

    ```python title="alembic/versions/0002_calm.py"
    import sqlalchemy as sa
    from alembic import context, op
    from sqlalchemy.dialects import postgresql

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'")


    def downgrade() -> None:
        # An SQL script cannot look at rows: there the casts below fail.
        if not context.is_offline_mode():
            rows = op.get_bind().scalar(
                sa.text("SELECT count(*) FROM people WHERE mood = 'calm'")
            )
            if rows:
                raise RuntimeError(f"people.mood still holds 'calm' (rows: {rows})")

        op.execute("ALTER TYPE mood RENAME TO mood_old")
        mood = postgresql.ENUM("happy", "sad", name="mood")
        mood.create(op.get_bind(), checkfirst=False)
        op.alter_column("people", "mood", server_default=None)
        op.alter_column("people", "mood", type_=mood, postgresql_using="mood::text::mood")
        op.alter_column("people", "mood", server_default="happy")
        op.execute("DROP TYPE mood_old")
    ```

    ## Fix safety
    Unsafe: a downgrade that did nothing replaces the type, which rewrites the tables under an exclusive lock. The
    setting `enum-downgrade-rows` says what becomes of rows that hold a label which goes: `"fail"` stops the
    downgrade before anything is changed, `"map:calm=happy"` gives them another one, `"null"` none; where the answer
    does not fit a column, it fails too.

    Defaults, checks, partial indexes and views that name the type or a label are dropped and made again. There is
    no fix where anything of that is not known from the revisions, nor for what would not come back as it was: a
    generated column, a trigger or policy on the column, a comment or privilege. A downgrade that raises anything but
    `NotImplementedError` is left alone.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    dialects: ClassVar[frozenset[str]] = frozenset({"postgresql"})
    signs: ClassVar[Signs] = upgrade_has(AddEnumValue, RenameEnumValue, SyncEnumValues, CreateEnum, RenameType)

    def check(self, subject: Revision, environment: Environment) -> Iterator[Finding]:
        downgrade = subject.downgrade
        if downgrade.location is None or not downgrade.complete:
            return
        left = [
            change
            for change in _changes(subject.upgrade.operations)
            if not any(_touches(operation, name) for operation in downgrade.operations for name in change.names)
        ]
        left = [change for change in left if not _was_there(change, subject, environment)]
        if not left:
            return
        deeds = "; ".join(change.deed for change in left)
        if downgrade.refuses:
            severity, message = Severity.INFO, f"the downgrade refuses to undo that the upgrade {deeds}"
        else:
            failure = next((change.failure for change in left if change.failure), "")
            then = f", and the next upgrade fails: {failure}" if failure else ""
            severity, message = Severity.WARNING, f"the downgrade does not undo that the upgrade {deeds}{then}"
        yield self.finding(
            downgrade.location,
            message,
            severity=severity,
            related=[Related(change.location, "the labels change here") for change in left],
            fix=_fix(subject, environment),
        )


def _was_there(change: _Change, revision: Revision, environment: Environment) -> bool:
    """Whether all that is added was there before: with IF NOT EXISTS, nothing changes then."""
    if change.replaced or change.renamed or change.failure or not change.added:
        return False
    before = next((each.before for each in environment.history.revisions if each.revision is revision), None)
    key = before.key(change.names[0]) if before else None
    kind = before.types.get(key) if before and key else None
    if kind is None or kind.doubt or not isinstance(kind.labels, tuple):
        return False
    return set(change.added) <= set(kind.labels)


def _fix(revision: Revision, environment: Environment) -> Fix | None:
    from alembic_vet.fixes.enum_downgrade import enum_downgrade_fix

    rows = environment.settings.enum_downgrade_rows
    return enum_downgrade_fix(environment.history, environment.graph, revision, rows)


class _Change(Struct):
    """What the upgrade does to the labels of one type. `names` are all names that the type has meanwhile."""

    names: list[QualifiedName]
    location: Location
    added: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    replaced: bool = False
    failure: str = ""

    @property
    def deed(self) -> str:
        kind = "an enum" if "?" in str(self.names[0]) else f"enum `{self.names[0]}`"
        if self.replaced:
            return f"replaces the labels of {kind}"
        deeds = [f"adds {_listed(self.added)} to {kind}"] if self.added else []
        if self.renamed:
            deeds.append(f"renames {_listed(self.renamed)} in {kind}")
        return ", ".join(deeds) or f"changes the labels of {kind}"


def _listed(labels: list[str]) -> str:
    shown = ", ".join(f"`{label}`" for label in labels[:3])
    return shown + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")


def _changes(operations: Sequence[Operation]) -> list[_Change]:
    """What happens to the labels of types that were there before."""
    made = set(_made(operations))
    found = list(_replaced(operations))
    plain: dict[QualifiedName, _Change] = {}
    for operation in operations:
        match operation:
            case AddEnumValue(type=kind) if kind not in made:
                _add(plain.setdefault(kind, _Change([kind], operation.location)), operation)
            case RenameEnumValue(type=kind) if kind not in made:
                _rename(plain.setdefault(kind, _Change([kind], operation.location)), operation)
            case SyncEnumValues(type=kind) if kind not in made:
                plain.setdefault(kind, _Change([kind], operation.location)).replaced = True
    return [*plain.values(), *found]


def _add(change: _Change, operation: AddEnumValue) -> None:
    if isinstance(operation.label, str):
        change.added.append(operation.label)
        if not operation.if_not_exists and not operation.guards:
            change.failure = change.failure or f'`enum label "{operation.label}" already exists`'


def _rename(change: _Change, operation: RenameEnumValue) -> None:
    if isinstance(operation.label, str):
        change.renamed.append(operation.label)
        if not operation.guards:
            change.failure = change.failure or f'`"{operation.label}" is not an existing enum label`'


def _made(operations: Iterable[Operation]) -> Iterator[QualifiedName]:
    """The types that come into being; what is done to their labels later is part of that."""
    for operation in operations:
        if isinstance(operation, CreateEnum):
            yield operation.type
        elif isinstance(operation, CreateTable) and operation.columns is not OPAQUE:
            for column in operation.columns:
                kind = column.type
                if isinstance(kind, ColumnType) and kind.enum and kind.enum.labels and kind.enum.create_type is True:
                    yield QualifiedName(kind.name, kind.schema)


def _replaced(operations: Sequence[Operation]) -> Iterator[_Change]:
    """Types that give way to a new one of their name: renamed away, or dropped, or the new one renamed."""
    moved = {
        operation.type.name
        for operation in operations
        if isinstance(operation, AlterColumn) and isinstance(operation.type, ColumnType)
    }
    made: set[QualifiedName] = set()
    gone: dict[QualifiedName, QualifiedName | None] = {}
    for operation in operations:
        match operation:
            case RenameType(type=kind, new_name=new):
                target = QualifiedName(new, kind.schema)
                if kind in made and target in gone:
                    yield _Change([target, kind], operation.location, replaced=True)
                gone[kind] = target
            case DropType(type=kind):
                gone.setdefault(kind, None)
            case CreateEnum(type=kind):
                made.add(kind)
                other = gone.get(kind)
                if other is not None:
                    yield _Change([kind, other], operation.location, replaced=True)
                elif kind in gone and kind.name in moved:
                    yield _Change([kind], operation.location, replaced=True)


def _touches(operation: Operation, name: QualifiedName) -> bool:
    """Whether an operation does, or may do, anything to a type."""
    match operation:
        case (
            AddEnumValue(type=kind)
            | RenameEnumValue(type=kind)
            | SyncEnumValues(type=kind)
            | CreateEnum(type=kind)
            | DropType(type=kind)
            | RenameType(type=kind)
        ):
            return _same(kind, name)
        case CreateObject(name=kind) | DropObject(name=kind) | SetSchema(name=kind):
            return operation.kind is ObjectKind.TYPE and _same(kind, name)
        case AlterColumn(type=new, existing_type=old) if new is not UNSET:
            known = [kind.name for kind in (new, old) if isinstance(kind, ColumnType)]
            return len(known) < 2 or name.name in known
        case DataChange(table=table):
            return table.name in ("pg_enum", OPAQUE)
        case OpaqueOperation(touches=touched):
            return touched is OPAQUE or any(_same(each, name) for each in touched)
        case _:
            return False


def _same(one: QualifiedName, other: QualifiedName) -> bool:
    if OPAQUE in (one.name, other.name):
        return True
    return one.name == other.name and len({one.schema, other.schema} - {None, "public", OPAQUE}) < 2
