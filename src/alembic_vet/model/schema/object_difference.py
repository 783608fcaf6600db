"""Types, sequences, views and the rest of two schemas compared."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_vet.model.lazily import changed_keys
from alembic_vet.model.operations import ObjectKind
from alembic_vet.model.schema.comparison import Comparison, DifferenceKind, ObjectDifference
from alembic_vet.model.schema.definitions import (
    same_routine,
    same_sql,
    spelled,
)
from alembic_vet.model.schema.objects import (
    Key,
    SequenceState,
    TypeState,
)
from alembic_vet.model.schema.state import SchemaState
from alembic_vet.source.unknown import OPAQUE


def type_differences(comparison: Comparison) -> Iterator[ObjectDifference]:
    for key in changed_keys(comparison.before.types, comparison.after.types):
        old, new = comparison.before.types.get(key), comparison.after.types.get(key)
        if old is new:
            continue
        if old is None and new is not None:
            yield ObjectDifference(_type_kind(new), str(key), "left behind", None, _labels(new), None, bool(new.doubt))
        elif new is None and old is not None:
            unknown = not comparison.gone_for_sure(key)
            yield ObjectDifference(_type_kind(old), str(key), "lost", _labels(old), None, None, unknown)
        elif old is not None and new is not None:
            yield from _label_differences(comparison, key, old, new)


def _label_differences(comparison: Comparison, key: Key, old: TypeState, new: TypeState) -> Iterator[ObjectDifference]:
    unsure = comparison.fresh(new.doubt)
    if not isinstance(old.labels, tuple) or not isinstance(new.labels, tuple):
        if old.labels != new.labels:
            yield ObjectDifference("enum label", str(key), "changed", _labels(old), _labels(new), None, True)
        return
    lost = [label for label in old.labels if label not in new.labels]
    added = [label for label in new.labels if label not in old.labels]
    for label in lost:
        yield ObjectDifference("enum label", str(key), "lost", label, None, None, unsure or bool(old.doubt))
    for label in added:
        yield ObjectDifference("enum label", str(key), "left behind", None, label, None, unsure)
    if not lost and not added and old.labels != new.labels:
        unknown = unsure or bool(old.doubt)
        yield ObjectDifference("enum order", str(key), "changed", _labels(old), _labels(new), None, unknown)


def sequence_differences(comparison: Comparison) -> Iterator[ObjectDifference]:
    """A sequence goes and comes with the column that owns it, and is no difference of its own then."""
    for key in changed_keys(comparison.before.sequences, comparison.after.sequences):
        old, new = comparison.before.sequences.get(key), comparison.after.sequences.get(key)
        if old is None and new is not None and not _missing_owner(new, comparison.before):
            yield ObjectDifference("sequence", str(key), "left behind", None, str(key), None, bool(new.doubt))
        elif new is None and old is not None and not _missing_owner(old, comparison.after):
            unknown = not comparison.gone_for_sure(key)
            yield ObjectDifference("sequence", str(key), "lost", str(key), None, None, unknown)


def other_differences(comparison: Comparison) -> Iterator[ObjectDifference]:
    for other_key in changed_keys(comparison.before.others, comparison.after.others):
        old, new = comparison.before.others.get(other_key), comparison.after.others.get(other_key)
        kind = _other_kind(other_key[0])
        if old is new or kind is None:
            continue
        name = str(other_key[1]) if other_key[2] is None else f"{other_key[2]}.{other_key[1].name}"
        if old is None and new is not None:
            if other_key[2] is None or other_key[2] in comparison.before.tables:
                yield ObjectDifference(kind, name, "left behind", None, name, other_key[2], bool(new.doubt))
        elif new is None and old is not None:
            if other_key[2] is None or other_key[2] in comparison.after.tables:
                unknown = comparison.fresh(comparison.after.open_since) and other_key[1] not in comparison.after.gone
                yield ObjectDifference(kind, name, "lost", name, None, other_key[2], unknown)
        elif old is not None and new is not None:
            same = (same_routine if kind == "function" else same_sql)(old.definition, new.definition)
            if same is not True and kind not in ("extension", "schema"):
                unknown = same is None or bool(old.doubt) or comparison.fresh(new.doubt)
                yield ObjectDifference(
                    kind, name, "changed", spelled(old.definition), spelled(new.definition), other_key[2], unknown
                )


def _missing_owner(sequence: SequenceState, state: SchemaState) -> bool:
    if sequence.owner is None:
        return False
    table = state.tables.get(sequence.owner[0])
    return table is None or sequence.owner[1] not in table.columns


def _type_kind(type_: TypeState) -> DifferenceKind:
    return "type" if type_.labels is None else "enum type"


def _other_kind(kind: ObjectKind) -> DifferenceKind | None:
    match kind.value:
        case (
            "schema" | "extension" | "view" | "materialized view" | "function" | "trigger" | "policy" | "rule"
        ) as name:
            return name
        case _:
            return None


def _labels(type_: TypeState) -> str | None:
    if type_.labels is None:
        return None
    return "?" if type_.labels is OPAQUE else ", ".join(type_.labels)
