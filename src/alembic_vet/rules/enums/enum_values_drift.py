"""`enum-values-drift`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from alembic_vet.findings import Edit, Finding, Fix, Location, Related, Safety, Severity
from alembic_vet.model.schema.objects import Key
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvironmentRule, FixAvailability

if TYPE_CHECKING:
    from alembic_vet.rules.enums._drift import Drift

_CALLABLE = "values_callable=lambda members: [member.value for member in members]"
_MOST = 3


class EnumValuesDrift(EnvironmentRule):
    """Models store enum labels that the type does not have, or the type has labels that they do not know.

    ## What it does
    Compares the labels that the history ends at with those of the models on env.py's `target_metadata`, column by column: of
    `Enum(Mood)`, `Mapped[Mood]` and SQLModel fields, of `values_callable` and `type_annotation_map`, of labels written
    as strings, alone and in arrays. The order of labels does not matter.

    Silent for `native_enum=False`, for a column that the history gives another type, with several heads, where several
    environments share the models, where the application adds labels itself, and where members or labels are not known
    completely. A label that no model knows is a warning.

    ## Why is this bad?
    SQLAlchemy stores the *names* of members (`HAPPY`), and values only with a `values_callable`; revisions written by hand
    often create the values (`happy`). Alembic does not compare labels, so a member added to the class has no label
    until a revision adds it. Either way the write fails: `invalid input value for enum mood: "HAPPY"`. A row
    with a label that has no member cannot be read:
    `LookupError: 'ANGRY' is not among the defined enum values`.

    See https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Enum.

    ## Example
    ```python title="app/models.py"
    import enum

    from sqlalchemy import Enum
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Mood(enum.Enum):
        HAPPY = "happy"
        SAD = "sad"


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        mood: Mapped[Mood | None] = mapped_column(
            Enum(
                Mood,
                name="mood",
            )
        )
    ```
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table(
            "users",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("mood", sa.Enum("happy", "sad", name="mood")),
        )


    def downgrade() -> None:
        op.drop_table("users")
        op.execute("DROP TYPE mood")
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from app.models import Base
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql+psycopg://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Use instead
    ```python title="app/models.py"
    import enum

    from sqlalchemy import Enum
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Mood(enum.Enum):
        HAPPY = "happy"
        SAD = "sad"


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        mood: Mapped[Mood | None] = mapped_column(
            Enum(
                Mood,
                name="mood",
                values_callable=lambda members: [member.value for member in members],
            )
        )
    ```
    ```python title="alembic/versions/0001_users.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table(
            "users",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("mood", sa.Enum("happy", "sad", name="mood")),
        )


    def downgrade() -> None:
        op.drop_table("users")
        op.execute("DROP TYPE mood")
    ```
    ```python title="alembic/env.py"
    from alembic import context
    from app.models import Base
    from sqlalchemy import create_engine, pool

    engine = create_engine("postgresql+psycopg://app@localhost/app", poolclass=pool.NullPool)

    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```

    ## Fix safety
    Unsafe: other labels are stored from then on. There is a fix where the models store names and the type has the values, or
    the other way round. A label that is missing needs a revision: `ALTER TYPE mood ADD VALUE 'CALM'`.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    in_revisions: ClassVar[bool] = False
    asks_revisions: ClassVar[bool] = True
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES
    dialects: ClassVar[frozenset[str]] = frozenset({"postgresql"})

    @classmethod
    def subjects(cls, environment: Environment) -> list[Environment]:
        """Several heads, or a revision that does not parse, leave open what the history ends at."""
        known = len(environment.graph.heads) == 1 and not environment.unparsable_revisions
        return [environment] if known else []

    def check(self, subject: Environment, environment: Environment) -> Iterator[Finding]:
        from alembic_vet.rules.enums._drift import adds_labels_itself, drifts

        found = [drift for drift in drifts(environment) if drift.confused or drift.missing or drift.unread]
        if not found or environment.models.is_shared:
            return
        for drift in found:
            related = [*_origin(drift.type, environment), *drift.elsewhere]
            if drift.confused:
                yield self.finding(drift.first.place, _confusion(drift), related=related, fix=_fix(drift, environment))
            elif drift.missing:
                if not adds_labels_itself(drift.type, environment):
                    yield self.finding(_member(drift, drift.missing[0]), _missing(drift), related=related)
            else:
                place = drift.python.location if drift.python else drift.first.place
                yield self.finding(place, _unread(drift), severity=Severity.WARNING, related=related)


def _confusion(drift: Drift) -> str:
    stored, there = ("names", "values") if drift.first.stored == "names" else ("values", "names")
    return (
        f"`{drift.subject}` is stored by the {stored} of its members ({_listed(drift.missing)}), "
        f"the type `{drift.type}` has their {there} ({_listed(drift.there)})"
    )


def _missing(drift: Drift) -> str:
    labels = "no label" if len(drift.missing) == 1 else "no labels"
    instead = list(drift.counterparts.values())
    there = f"; it has {_listed(instead)}" if instead else ""
    return f"the type `{drift.type}` has {labels} {_listed(drift.missing)}, which `{drift.subject}` stores{there}"


def _unread(drift: Drift) -> str:
    labels = "a label" if len(drift.unread) == 1 else "labels"
    return f"the type `{drift.type}` has {labels} {_listed(drift.unread)} that `{drift.subject}` cannot read"


def _listed(labels: Sequence[str]) -> str:
    named = ", ".join(f"`{label}`" for label in labels[:_MOST])
    return named + (f" and {len(labels) - _MOST} more" if len(labels) > _MOST else "")


def _member(drift: Drift, label: str) -> Location:
    """The member that gives a label, else where the labels are written."""
    if drift.python is not None:
        for member in drift.python.members:
            if label == (member.name if drift.first.stored == "names" else member.value):
                return member.location
    return drift.first.place


def _origin(type_: Key, environment: Environment) -> Iterator[Related]:
    """The revision that changed the labels last."""
    for each in reversed(environment.history.revisions):
        before, after = each.before.types.get(type_), each.after.types.get(type_)
        if after is not None and (before is None or before.labels != after.labels):
            yield Related(each.revision.location, f"`{type_}` has its labels from here")
            return


def _fix(drift: Drift, environment: Environment) -> Fix | None:
    """Store what the type has: all columns at once, or none."""
    from alembic_vet.fixes.build import Rewrite

    python = drift.python
    if python is None or any(column.call is None for column in drift.columns):
        return None
    other = python.values if drift.first.stored == "names" else python.names
    if any(label not in drift.there for label in other):
        return None
    calls = dict.fromkeys(column.call for column in drift.columns if column.call is not None)
    edits: list[Edit] = []
    for path in dict.fromkeys(call.path for call in calls):
        file = environment.readable(path)
        if file is None:
            return None
        rewrite = Rewrite(file)
        for call in calls:
            if call.path == path and drift.first.stored == "names":
                rewrite.set_keyword(call.span, _CALLABLE)
            elif call.path == path:
                rewrite.remove_keyword(call.span, "values_callable")
        fix = rewrite.fix("", Safety.UNSAFE)
        if fix is None:
            return None
        edits += fix.edits
    stored = "values" if drift.first.stored == "names" else "names"
    return Fix(f"Store the {stored} of `{python.name}`", Safety.UNSAFE, tuple(edits))
