"""Differences in words."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_vet.model.schema.difference import ObjectDifference
from alembic_vet.model.schema.problems import InUse, Problem, TypeInUse

_MOST = 3
_LONGEST = 160


def listed(differences: Sequence[ObjectDifference]) -> str:
    """What the downgrade does about each, as predicates of one sentence about it."""
    phrases = list(dict.fromkeys(phrase(each) for each in differences))
    shown = phrases[:_MOST]
    rest = len(phrases) - len(shown)
    if rest:
        shown.append(f"{rest} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def phrase(difference: ObjectDifference) -> str:
    """`leaves index `ix_users_email` behind`."""
    kind, before, after = difference.kind, difference.before, difference.after
    own = difference.name.rpartition(".")[2]
    name = f"`{own if _has_own_name(difference) else difference.name}`"
    if own.startswith("?") and difference.table is not None:
        name = f"of `{difference.table}`"
    match kind, difference.change:
        case "enum label", "left behind":
            return f"leaves the label `{after}` in enum type `{difference.name}`"
        case "enum label", _:
            return f"does not bring back the label `{before}` of enum type `{difference.name}`"
        case "enum order", _:
            return f"leaves the labels of enum type `{difference.name}` in another order"
        case "column nullability", _:
            return f"leaves {name} {'nullable' if after == 'NULL' else 'NOT NULL'}"
        case "column default", _ if after is None:
            return f"leaves {name} without its default `{before}`"
        case "column default", _ if before is None:
            return f"leaves {name} with the default `{after}`"
        case "column default", _:
            return f"leaves {name} with the default `{after}`, which was `{before}`"
        case "column type", _:
            return f"leaves {name} as {after}, which was {before}"
        case "constraint name" | "index name", _:
            return f"brings `{before}` back as `{after}`"
        case _, "left behind":
            return f"leaves {kind} {name} behind"
        case _, "lost":
            return f"does not bring {kind} {name} back"
        case _:
            if before is None or after is None or not _has_room(before) or not _has_room(after):
                return f"leaves {kind} {name} changed"
            return f"leaves {kind} {name} as `{after}`, which was `{before}`"


def _has_room(text: str) -> bool:
    """Whether a text fits into a message: a constraint does, a function does not."""
    return "\n" not in text and len(text) <= _LONGEST


def sentence(problem: Problem) -> str:
    """What PostgreSQL says, with what is in the way."""
    match problem:
        case TypeInUse(columns=columns):
            users = ", ".join(f"`{table}.{column}`" for table, column in columns[:_MOST])
            return f"{problem}: {users}"
        case InUse(dependents=dependents):
            return f"{problem}: {', '.join(dependents[:_MOST])}"
        case _:
            return str(problem)


def _has_own_name(difference: ObjectDifference) -> bool:
    """Whether an object is named in messages as PostgreSQL does, without its table."""
    return difference.table is not None and difference.kind in (
        "primary key",
        "unique constraint",
        "foreign key",
        "check constraint",
        "exclude constraint",
    )
