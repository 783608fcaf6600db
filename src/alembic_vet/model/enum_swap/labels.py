"""Labels, and the names that they had before a revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alembic_vet.model.enum_swap.users import InDoubt
from alembic_vet.model.history import Replayed
from alembic_vet.model.operations import Operation, RenameEnumValue
from alembic_vet.model.schema.apply import apply
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import SchemaState

Origins = Mapping[str, str | None]
"""The labels of a type in order, each with the name that it had before; None for one that is new."""


def origins(step: Replayed) -> dict[Key, Origins]:
    """The types whose labels are not what they were, once the downgrade has done what it does.

    Raises InDoubt.
    """
    state = step.before.snapshot()
    found: dict[Key, Origins] = {}
    for direction in (step.revision.upgrade, step.revision.downgrade):
        state.begin_revision()
        for operation in direction.operations:
            renamed = _renamed(state, operation)
            apply(state, operation)
            for key in step.before.types:
                _follow(found, key, step.before, state, renamed if renamed and renamed[0] == key else None)
    return {key: each for key, each in found.items() if tuple(each) != step.before.types[key].labels}


def _follow(
    found: dict[Key, Origins], key: Key, before: SchemaState, state: SchemaState, renamed: tuple[Key, str, str] | None
) -> None:
    old, now = before.types[key], state.types.get(key)
    if now is old or (now is not None and now.labels == old.labels and key not in found):
        return
    if now is None:
        found.pop(key, None)
        return
    if not isinstance(now.labels, tuple) or not isinstance(old.labels, tuple) or now.doubt or old.doubt:
        raise InDoubt(f"the labels of {key} are not known")
    known = dict(found.get(key) or {label: label for label in old.labels})
    if renamed is not None and renamed[1] in known:
        known[renamed[2]] = known.pop(renamed[1])
    kept = {label: known[label] for label in now.labels if label in known}
    back = {label for label in old.labels if label not in kept.values()}
    found[key] = {label: kept.get(label, label if label in back else None) for label in now.labels}


def _renamed(state: SchemaState, operation: Operation) -> tuple[Key, str, str] | None:
    match operation:
        case RenameEnumValue(type=name, label=str(old), new_label=str(new)):
            key = state.key(name)
            return None if key is None else (key, old, new)
    return None


def renames(labels: Origins) -> Iterator[tuple[str, str]]:
    """Labels and what they were, each once its old name is free.

    Raises InDoubt where that never happens.
    """
    waiting = {now: was for now, was in labels.items() if was is not None and was != now}
    taken = set(labels)
    while waiting:
        now = next((each for each, was in waiting.items() if was not in taken), None)
        if now is None:
            raise InDoubt("labels have exchanged their names")
        was = waiting.pop(now)
        taken = (taken - {now}) | {was}
        yield now, was
