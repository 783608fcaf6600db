"""The graph answers what Alembic's own `RevisionMap` answers, for histories of any shape."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.script.revision import CycleDetected, DependencyCycleDetected, RevisionMap
from alembic.script.revision import Revision as AlembicRevision
from hypothesis import given
from hypothesis import strategies as st

from alembic_vet.model.graph import RevisionGraph
from alembic_vet.model.revision import Revision, RevisionIdentity


def revision(
    name: str, *parents: str, depends_on: tuple[str, ...] = (), labels: tuple[str, ...] = (), file: str = ""
) -> Revision:
    def read(*_: object) -> Any:
        raise AssertionError("a graph is about identities alone")

    identity = RevisionIdentity(name, parents, labels, depends_on)
    return Revision(f"/{file or name}.py", identity, read, read, read)


def alembic_map(revisions: list[Revision]) -> RevisionMap:
    return RevisionMap(
        lambda: [
            AlembicRevision(each.identifier, each.down_revisions, each.depends_on or None, each.branch_labels or None)
            for each in revisions
        ]
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Revision]:
    """Up to a dozen revisions, each on earlier ones, their files in any order."""
    made: list[Revision] = []
    for number in range(draw(st.integers(1, 12))):
        earlier = [each.identifier for each in made]
        parents = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3)) if earlier else []
        labels = (f"branch{number}",) if not parents and draw(st.booleans()) else ()
        named = earlier + [label for each in made for label in each.branch_labels]
        needed = draw(st.lists(st.sampled_from(named), unique=True, max_size=2)) if named else []
        made.append(revision(f"r{number}", *parents, depends_on=tuple(needed), labels=labels))
    return list(draw(st.permutations(made)))


@given(histories())
def test_as_alembic_sees_it(revisions: list[Revision]) -> None:
    graph, theirs = RevisionGraph(revisions), alembic_map(revisions)
    assert set(graph.heads) == set(theirs.heads)
    assert set(graph.bases) == set(theirs.bases)
    assert not graph.missing
    assert not graph.cycle
    for each in revisions:
        known = theirs.get_revision(each.identifier)
        assert known is not None
        assert (each.identifier in graph.merges) == known.is_merge_point
        assert (each.identifier in graph.branch_points) == known.is_branch_point
        ancestors = {found.revision for found in theirs._get_ancestor_nodes([known])} - {each.identifier}
        descendants = {found.revision for found in theirs._get_descendant_nodes([known])} - {each.identifier}
        assert graph.ancestors(each.identifier) == ancestors
        assert graph.descendants(each.identifier) == descendants


@given(histories())
def test_the_order_is_one_that_can_be_run(revisions: list[Revision]) -> None:
    graph = RevisionGraph(revisions)
    seen: set[str] = set()
    for each in graph.order:
        assert seen >= graph.ancestors(each.identifier)
        seen.add(each.identifier)
    assert seen == set(graph.revisions)
    assert len(graph.order) == len(revisions)


@given(histories())
def test_the_order_is_alembics(revisions: list[Revision]) -> None:
    # Of several dependencies Alembic takes any first: it keeps them in a set.
    simple = [
        revision(each.identifier, *each.down_revisions, depends_on=each.depends_on[:1], labels=each.branch_labels)
        for each in revisions
    ]
    theirs = [each.revision for each in alembic_map(simple).iterate_revisions("heads", "base")]
    assert names(RevisionGraph(simple).order) == theirs[::-1]


def names(revisions: object) -> list[str]:
    return [each.identifier for each in revisions]  # type: ignore[attr-defined]


def test_what_lies_between() -> None:
    graph = RevisionGraph([revision(*name) for name in (("1",), ("2", "1"), ("side", "1"), ("3", "2"), ("4", "3"))])
    assert names(graph.between("1", "4")) == ["2", "3"]
    assert names(graph.following("2")) == ["3", "4"]


def test_a_missing_parent() -> None:
    revisions = [revision("1"), revision("2", "gone", depends_on=("nobody",))]
    graph = RevisionGraph(revisions)
    assert [(each.revision.identifier, each.name, each.is_dependency) for each in graph.missing] == [
        ("2", "gone", False),
        ("2", "nobody", True),
    ]
    assert set(names(graph.order)) == {"1", "2"}
    assert graph.bases == ("1",)
    with pytest.raises(KeyError):
        _ = alembic_map(revisions).heads


def test_a_cycle() -> None:
    revisions = [revision("1"), revision("2", "1", "4"), revision("3", "2"), revision("4", "3"), revision("5", "4")]
    graph = RevisionGraph(revisions)
    assert graph.cycle == ("2", "3", "4", "5")
    assert names(graph.order) == ["1"]
    assert graph.descendants("2") == {"3", "4", "5"}


def test_nothing_but_a_cycle() -> None:
    revisions = [revision("1", "3"), revision("2", "1"), revision("3", "2")]
    graph = RevisionGraph(revisions)
    assert graph.cycle == ("1", "2", "3")
    assert (graph.heads, graph.bases, graph.order) == ((), (), ())
    with pytest.raises(CycleDetected):
        _ = alembic_map(revisions).heads


def test_a_cycle_of_dependencies() -> None:
    revisions = [revision("1", depends_on=("2",)), revision("2", "1")]
    assert RevisionGraph(revisions).cycle == ("1", "2")
    with pytest.raises(DependencyCycleDetected):
        _ = alembic_map(revisions).heads


def test_an_identifier_used_twice() -> None:
    revisions = [revision("1", file="a"), revision("1", file="b"), revision("2", "1")]
    graph = RevisionGraph(revisions)
    assert graph["1"] is revisions[1]
    assert graph.duplicates == (revisions[0],)
    assert len(graph) == 2
    with pytest.warns(UserWarning, match="present more than once"):
        assert "2" in alembic_map(revisions).heads
