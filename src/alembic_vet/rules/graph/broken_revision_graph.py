"""`broken-revision-graph`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet import disk
from alembic_vet.findings import Finding, Related, Severity
from alembic_vet.model.graph import Edges, RevisionGraph
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvironmentRule
from alembic_vet.rules.signs import BROKEN, Signs


class BrokenRevisionGraph(EnvironmentRule):
    """A revision follows one that is not there, or itself.

    ## What it does
    Reports a `down_revision` that names no revision, and revisions that follow each other in a circle. Alembic itself does
    not mind a circle with a way in and a way out.

    Silent where a folder of `version_locations` is not there, or where a file in them cannot be read as a revision: the
    one that is missing may be in it.

    ## Why is this bad?
    Alembic reads all revisions before it does anything, so every command fails: `KeyError: '0001'` for one that is
    missing, `Cycle is detected in revisions (0001, 0002)` for a circle. It happens when a file is deleted or renamed, or
    not committed.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#create-a-migration-script.

    ## Example
    ```python title="alembic/versions/0002_email.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```

    ## Use instead
    ```python title="alembic/versions/0002_email.py"
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = None


    def upgrade() -> None:
        op.create_table("users", sa.Column("email", sa.Text()))


    def downgrade() -> None:
        op.drop_table("users")
    ```
    """

    severity: ClassVar[Severity] = Severity.ERROR
    elsewhere: ClassVar[bool] = False
    signs: ClassVar[Signs] = BROKEN

    def check(self, subject: Environment, environment: Environment) -> Iterator[Finding]:
        graph = subject.graph
        missing = [each for each in graph.missing if not each.is_dependency]
        if missing and _is_whole(subject, graph):
            for each in missing:
                revision = each.revision
                yield self.finding(
                    revision.down_location or revision.location,
                    f"`{revision.identifier}` follows `{each.name}`, which is not there: "
                    "every command of Alembic that reads the revisions fails",
                )
        circle = _circle(graph)
        if circle:
            first, *others = (graph[name] for name in circle)
            names = ", ".join(f"`{name}`" for name in circle[:5]) + (" and more" if len(circle) > 5 else "")
            yield self.finding(
                first.down_location or first.location,
                f"the revisions go round in a circle, {names}: every command of Alembic that reads them fails",
                related=[Related(each.down_location or each.location, "in the circle too") for each in others],
            )


def _is_whole(environment: Environment, graph: RevisionGraph) -> bool:
    """Whether all that Alembic would load was read."""
    known = {each.name for each in (*graph.revisions.values(), *graph.duplicates)}
    folders = environment.config.version_locations
    return all(disk.is_folder(folder) for folder in folders) and known.issuperset(environment.revision_files)


def _circle(graph: RevisionGraph) -> list[str]:
    """The revisions on no way from a base to a head, which is what Alembic asks (`RevisionMap._detect_cycles`).

    A circle that has a way in and a way out is none to it.
    """
    if graph.missing or graph.line:
        return []
    for upward, downward in ((graph.children, graph.parents), (graph.after, graph.before)):
        heads = [name for name, following in upward.items() if not following]
        bases = [name for name, parents in downward.items() if not parents]
        left = set(graph.revisions) - (_reached(heads, downward) & _reached(bases, upward))
        if left:
            return sorted(left)
    return []


def _reached(names: list[str], edges: Edges) -> set[str]:
    found: set[str] = set()
    waiting = [*names]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += edges[each]
    return found
