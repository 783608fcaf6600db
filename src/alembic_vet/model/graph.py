"""How the revisions of an environment follow each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

from msgspec import Struct

from alembic_vet.model.revision import Revision

Edges = Mapping[str, tuple[str, ...]]
# `version_num` of `alembic_version` is a VARCHAR of that length (`MigrationContext`, alembic/runtime/migration.py).
VERSION_NUM_LENGTH = 32


class MissingRevision(Struct, frozen=True):
    """A name in `down_revision`, or in `depends_on`, that no revision has: Alembic then fails whatever is asked of it."""

    revision: Revision
    name: str
    is_dependency: bool


class RevisionGraph:
    """Revisions by identifier, and what leads from one to the next.

    `parents` and `children` are those of `down_revision`; `dependencies` what `depends_on` adds, branch labels
    resolved. Names that no revision has are in `missing` alone. Where one identifier is used twice, the last file
    counts, as it does for Alembic, and the others are `duplicates`. It serves for broken histories too.
    """

    def __init__(self, revisions: Iterable[Revision]) -> None:
        found = tuple(revisions)
        self.revisions = {each.identity.identifier: each for each in found}
        self.duplicates: tuple[Revision, ...] = ()
        if len(self.revisions) < len(found):
            self.duplicates = tuple(each for each in found if self.revisions[each.identifier] is not each)
        self.missing: tuple[MissingRevision, ...] = ()
        who = {name: each.identity for name, each in self.revisions.items()}
        labels = {label: name for name, each in who.items() if each.branch_labels for label in each.branch_labels}
        self.parents = self._resolved({name: each.down_revisions for name, each in who.items()}, None)
        needed = {name: each.depends_on for name, each in who.items() if each.depends_on}
        self.dependencies = {**dict.fromkeys(who, ()), **self._resolved(needed, labels)}

    def __len__(self) -> int:
        return len(self.revisions)

    def __contains__(self, identifier: str) -> bool:
        return identifier in self.revisions

    def __getitem__(self, identifier: str) -> Revision:
        return self.revisions[identifier]

    @cached_property
    def children(self) -> Edges:
        return self._reversed(self.parents)

    @cached_property
    def dependents(self) -> Edges:
        return self._reversed(self.dependencies)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """What no revision follows; more than one means that `upgrade head` refuses."""
        followed = set(chain.from_iterable(self.parents.values()))
        return tuple([name for name in self.revisions if name not in followed])

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """What revises nothing."""
        return tuple([name for name, revision in self.revisions.items() if not revision.identity.down_revisions])

    @property
    def too_long(self) -> tuple[str, ...]:
        """What does not fit into Alembic's own table, unless somebody made the column wider."""
        return tuple(name for name in self.revisions if len(name) > VERSION_NUM_LENGTH)

    @property
    def merges(self) -> tuple[str, ...]:
        """What revises several revisions."""
        return tuple(name for name, parents in self.parents.items() if len(parents) > 1)

    @property
    def branch_points(self) -> tuple[str, ...]:
        """What several revisions follow."""
        return tuple(name for name, children in self.children.items() if len(children) > 1)

    @cached_property
    def before(self) -> Edges:
        """Everything that must run directly before each revision: its parents and dependencies."""
        if not any(self.dependencies.values()):
            return self.parents
        return {name: tuple(dict.fromkeys(self.parents[name] + self.dependencies[name])) for name in self.revisions}

    @cached_property
    def after(self) -> Edges:
        """Everything that can only run after each revision, directly."""
        return self.children if self.before is self.parents else self._reversed(self.before)

    @cached_property
    def line(self) -> tuple[str, ...] | None:
        """All revisions from the one head down, as most histories are: each follows one other, or none. Else None."""
        heads = self.heads
        if self.before is not self.parents or len(heads) != 1:
            return None
        found: list[str] = []
        below: tuple[str, ...] = heads
        while len(below) == 1 and len(found) < len(self.revisions):
            found += below
            below = self.parents[below[0]]
        return tuple(found) if len(found) == len(self.revisions) and not below else None

    @cached_property
    def order(self) -> tuple[Revision, ...]:
        """The revisions in the order in which `alembic upgrade heads` runs them; those of `cycle` are left out."""
        return tuple([self.revisions[name] for name in reversed(self.line or self._downward())])

    @cached_property
    def cycle(self) -> tuple[str, ...]:
        """The revisions that are their own ancestors over parents and dependencies, and all that follow them."""
        if self.line:
            return ()
        waiting = {name: len(before) for name, before in self.before.items()}
        ready = [name for name, count in waiting.items() if not count]
        while ready:
            for following in self.after[ready.pop()]:
                waiting[following] -= 1
                if not waiting[following]:
                    ready.append(following)
        return tuple(name for name, count in waiting.items() if count)

    def ancestors(self, identifier: str) -> frozenset[str]:
        """All that must have run before a revision."""
        return self._reachable(identifier, self.before)

    def descendants(self, identifier: str) -> frozenset[str]:
        """All that can run only after a revision."""
        return self._reachable(identifier, self.after)

    def following(self, identifier: str) -> Iterator[Revision]:
        """The descendants of a revision, in the order of `order`."""
        found = self.descendants(identifier)
        return (revision for revision in self.order if revision.identifier in found)

    def between(self, first: str, last: str) -> Iterator[Revision]:
        """The revisions that run after the one and before the other whatever else there is."""
        found = self.descendants(first) & self.ancestors(last)
        return (revision for revision in self.order if revision.identifier in found)

    def _resolved(self, edges: dict[str, tuple[str, ...]], labels: Mapping[str, str] | None) -> Edges:
        """The same edges, all of which lead to a revision; dependencies may be `labels` too."""
        known = self.revisions
        # Nearly all have one parent, and no dependency.
        for identifier in [each for each, to in edges.items() if to and (len(to) > 1 or to[0] not in known)]:
            found: dict[str, None] = {}
            for name in edges[identifier]:
                target = name if name in known else (labels or {}).get(name)
                if target is None:
                    self.missing += (MissingRevision(known[identifier], name, labels is not None),)
                else:
                    found[target] = None
            edges[identifier] = tuple(found)
        return edges

    def _reversed(self, edges: Edges) -> Edges:
        found: dict[str, list[str]] = {name: [] for name in self.revisions}
        for name, targets in edges.items():
            for target in targets:
                found[target].append(name)
        return {name: tuple(sources) for name, sources in found.items()}

    def _reachable(self, start: str, edges: Edges) -> frozenset[str]:
        seen: set[str] = set()
        waiting = list(edges[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += edges[name]
        return frozenset(seen - {start})

    def _downward(self) -> list[str]:
        """From the heads down, each before what it needs, along one line for as long as that goes.

        Alembic's own way (`RevisionMap._topological_sort`): where another line still leads to a revision, that line is
        taken first.
        """
        todo = set(self.revisions) - set(self.cycle)
        fronts = [name for name in self.revisions if name in todo and todo.isdisjoint(self.after[name])]
        done: list[str] = []
        at = 0
        while fronts:
            name = fronts[at]
            later = self._later(name, todo) if len(fronts) > 1 else ()
            above = next((place for place, other in enumerate(fronts) if place != at and other in later), None)
            if above is not None:
                at = above
                continue
            if name in todo:
                done.append(name)
                todo.discard(name)
            below = [each for each in self._needed(name) if each in todo and each not in fronts]
            if below:
                fronts[at] = below[0]
                fronts += below[1:]
            else:
                del fronts[at]
                at = max(at - 1, 0)
        return done

    def _later(self, name: str, todo: Collection[str]) -> Collection[str]:
        """What is still to be done of all that can only run after a revision."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            more = [each for each in self.after[waiting.pop()] if each in todo and each not in found]
            found.update(more)
            waiting += more
        return found

    def _needed(self, name: str) -> tuple[str, ...]:
        """What a revision follows, without dependencies that an ancestor has too."""
        dependencies = set(self.dependencies[name])
        if not dependencies:
            return self.parents[name]
        for ancestor in self._reachable(name, self.parents):
            dependencies.difference_update(self.dependencies[ancestor])
        return tuple(each for each in self.before[name] if each in dependencies or each in self.parents[name])
