"""What reads columns of the types: views, which can be made again, and functions and triggers, which are left alone."""

from __future__ import annotations

from alembic_vet.model.enum_swap.users import InDoubt, Users, known
from alembic_vet.model.operations import ObjectKind
from alembic_vet.model.schema.expressions import names_in
from alembic_vet.model.schema.objects import Key, OtherState
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.sql import Token, tokenize
from alembic_vet.source.unknown import OPAQUE

_VIEWS = (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_OTHERS = (ObjectKind.FUNCTION, ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE)


def views_on(state: SchemaState, users: Users) -> list[OtherState]:
    """Views that read a column of the types, and views on those."""
    for other in state.others.values():
        if other.kind in _VIEWS and (other.definition is OPAQUE or other.doubt):
            raise InDoubt(f"what view {other.key} reads is not known")
    found: dict[Key, OtherState] = {}
    for table, columns in users.columns.items():
        for view in state.views_on(table):
            stars = _has_star(known(view.definition, f"view {view.key}"))
            if stars or view.mentions & (columns | users.type_names):
                _collect(state, view, found, set())
    for view in found.values():
        _refuse_view(state, view, users)
    return list(found.values())


def _collect(state: SchemaState, view: OtherState, found: dict[Key, OtherState], entered: set[Key]) -> None:
    """Put a view behind all views that read it."""
    if view.key in entered or view.key in found:
        return
    entered.add(view.key)
    for reader in state.views_on(view.key):
        _collect(state, reader, found, entered)
    found[view.key] = view


def _refuse_view(state: SchemaState, view: OtherState, users: Users) -> None:
    definition = known(view.definition, f"view {view.key}")
    if _has_star(definition):
        raise InDoubt(f"which columns view {view.key} has is not known")
    if names_in(definition) != view.mentions or any(each.name not in view.mentions for each in view.relations):
        raise InDoubt(f"view {view.key} reads something that was renamed")
    if users.lose(definition):
        raise InDoubt(f"view {view.key} names a label that goes")
    if next(state.indexes_of(view.key), None) is not None:
        raise InDoubt(f"view {view.key} has indexes")


def _has_star(definition: str) -> bool:
    """Whether the columns are those that a table had when the view was made: `SELECT *`, `people.*`, `TABLE people`."""
    previous: Token | None = None
    for token in tokenize(definition):
        if (
            token.is_symbol("*")
            and previous
            and (previous.is_symbol(",", ".") or previous.is_word("select", "all", "distinct"))
        ):
            return True
        if token.is_word("table"):
            return True
        previous = token
    return False


def refuse_others(state: SchemaState, users: Users) -> None:
    """Functions, triggers, policies and rules keep to the type of a column or argument."""
    for other in state.others.values():
        if other.kind not in _OTHERS:
            continue
        close = other.kind is ObjectKind.FUNCTION or other.table in users.columns
        if other.definition is OPAQUE:
            if close:
                raise InDoubt(f"what {other.kind.value} {other.key} is about is not known")
            continue
        named = _names_outside_bodies(other.definition)
        held = [columns for table, columns in users.columns.items() if table.name in named or table == other.table]
        types = users.type_names if close else frozenset[str]()
        if named & types.union(*held):
            raise InDoubt(f"{other.kind.value} {other.key} may depend on the type")


def _names_outside_bodies(definition: str) -> frozenset[str]:
    """A body between dollars is compiled anew in every session."""
    return frozenset(token.value for token in tokenize(definition) if token.is_name)
