"""What a history did to objects that would not survive being dropped and made again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alembic_vet.model.enum_swap.dependents import Dependents
from alembic_vet.model.enum_swap.users import InDoubt, Users, casts_in
from alembic_vet.model.operations import (
    Check,
    CreateConstraint,
    CreateObject,
    ExecuteSQL,
    ObjectKind,
    Operation,
    RenameEnumValue,
    RenameType,
    ValidateConstraint,
)
from alembic_vet.model.schema.expressions import names_in
from alembic_vet.model.schema.objects import TypeState
from alembic_vet.source.unknown import OPAQUE


def refuse_losses(
    operations: Sequence[Operation],
    users: Users,
    around: Dependents,
    defaults: Iterable[str],
    types: Iterable[TypeState],
) -> None:
    """Make sure that nothing gets lost: privileges, comments, a check that was never validated, a name that is stale.

    `defaults` are restored along with what is made again; `types` those that there are.
    Raises InDoubt.
    """
    _refuse_stale_casts(operations, [*around.texts, *defaults], types)
    _refuse_not_valid(operations, around)
    for operation in operations:
        match operation:
            case ExecuteSQL(command=command, sql=sql):
                _refuse_statement(command, None if sql is OPAQUE else names_in(sql), users, around)
            case RenameEnumValue() if around.views:
                raise InDoubt("a view may still name a label that was renamed")
            case CreateObject(kind=ObjectKind.TYPE, definition=definition):
                if definition is OPAQUE or names_in(definition) & users.type_names:
                    raise InDoubt(f"type {operation.name} may be built on the enum type")


def _refuse_statement(command: str, named: frozenset[str] | None, users: Users, around: Dependents) -> None:
    views = frozenset(view.key.name for view in around.views)
    if command.startswith(("GRANT", "REVOKE")):
        if views and (named is None or named & (views | {"all"})):
            raise InDoubt("privileges on a view would be lost")
        if named is not None and "type" in named and users.type_names & named:
            raise InDoubt("privileges on the type would be lost")
    elif command.startswith("COMMENT ON"):
        if named is None or named & (users.type_names | around.names):
            raise InDoubt("a comment may be lost")
    elif command.startswith(("ALTER VIEW", "ALTER MATERIALIZED VIEW")) and around.views:
        raise InDoubt("a view was altered")
    elif command.startswith("ALTER INDEX") and around.indexes:
        raise InDoubt("an index was altered")
    elif command.startswith(("CREATE CAST", "CREATE OPERATOR")):
        raise InDoubt("a cast or operator may be for the type")


def _refuse_not_valid(operations: Iterable[Operation], around: Dependents) -> None:
    unchecked: set[object] = set()
    for operation in operations:
        match operation:
            case CreateConstraint(constraint=Check(name=name), not_valid=not_valid) if not_valid is not False:
                unchecked.add(name)
            case ValidateConstraint(name=name):
                unchecked.discard(name)
    if around.checks and unchecked:
        raise InDoubt("a check may not have been validated")


def _refuse_stale_casts(operations: Iterable[Operation], texts: Iterable[str], types: Iterable[TypeState]) -> None:
    """PostgreSQL keeps to a type that gets another name, the text of a definition does not."""
    renamed = {operation.type.name for operation in operations if isinstance(operation, RenameType)}
    stale = renamed - {type_.key.name for type_ in types}
    for text in texts:
        if casts_in(text) & stale:
            raise InDoubt("a definition casts to a type that was renamed")
