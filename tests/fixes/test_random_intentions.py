"""Random intentions in random order: the syntax tree changes as asked, and nothing else does."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_vet.findings import Edit, Finding, Fix, Location, Safety, Severity, Span
from alembic_vet.fixes.apply import apply
from alembic_vet.fixes.bindings import Bindings
from alembic_vet.fixes.build import FixImpossible, Rewrite
from alembic_vet.fixes.tokens import scan
from alembic_vet.source.file import SourceFile, Sources
from tests.fixes.editing import PATH, applied
from tests.fixes.intentions import INTENTIONS, Model
from tests.fixes.shapes import SHAPES, env_scripts

TEXTS = [*SHAPES.values(), *dict.fromkeys(env_scripts().values())]


def tried(text: str, seed: int, count: int) -> tuple[Model, tuple[Edit, ...]]:
    """Raises FixImpossible."""
    model = Model.of(text, seed)
    model.intend(count)
    return model, model.rewrite.edits()


def check(model: Model, edits: tuple[Edit, ...]) -> None:
    file = model.file
    result = applied(file, edits)
    tree = ast.parse(result)
    assert dump(tree, imports=not model.names) == dump(model.tree, imports=not model.names)
    reachable = Bindings(tree)
    assert {each: reachable.reach(each) for each in model.names} == model.names
    if model.only_adds:
        assert not comments(file.text) - comments(result)
        assert all(not file.slice(edit.span).strip(" \t\n;") for edit in edits)
    windows = SourceFile(PATH, file.text.replace("\n", "\r\n").encode())
    again = windows.with_edits((edit.span, edit.text) for edit in edits)
    assert again.data.decode() == result.replace("\n", "\r\n")
    assert not [line for line in set(result.split("\n")) - set(file.lines) if line != line.rstrip()]


def dump(tree: ast.Module, *, imports: bool) -> str:
    """The tree as text, without the imports at its top level where those may differ."""
    kinds = () if imports else (ast.Import, ast.ImportFrom)
    return ast.dump(ast.Module([node for node in tree.body if not isinstance(node, kinds)], []))


def comments(text: str) -> Counter[str]:
    return Counter(each.text for each in scan(text).comments)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.sampled_from(TEXTS), st.integers(0, 10**9), st.integers(1, 6))
def test_tree_changes_as_asked(text: str, seed: int, count: int) -> None:
    try:
        model, edits = tried(text, seed, count)
    except FixImpossible:
        return
    check(model, edits)


def test_intentions_are_hardly_ever_impossible() -> None:
    reasons: Counter[str] = Counter()
    for seed in range(150):
        try:
            tried(TEXTS[seed % len(TEXTS)], seed, 2)
        except FixImpossible as error:
            reasons[str(error)] += not str(error).startswith("nothing defines")
    assert reasons.total() <= 5, reasons


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(TEXTS), st.integers(0, 10**9))
def test_fixes_applied_together_do_what_each_does(text: str, seed: int) -> None:
    model = Model.of(text, seed)
    steps: dict[Finding, list[Callable[[], None]]] = {}
    fixes: list[Fix] = []
    for line in range(1, 6):
        model.rewrite, model.steps = Rewrite(model.file), []
        model.draw.choice(INTENTIONS)(model)
        fix = model.rewrite.fix("Do it", Safety.SAFE)
        if fix is not None and fix not in fixes:
            fixes.append(fix)
            finding = Finding("rule", "env", Severity.ERROR, str(line), Location(PATH, Span(line, 1, line, 1)), (), fix)
            steps[finding] = model.steps
    applied = apply(steps, Sources({PATH: model.file.data}), allow=Safety.SAFE)
    assert {*applied.fixed} | {each.finding for each in applied.dropped} == {*steps}
    for finding in applied.fixed:
        for step in steps[finding]:
            step()
    result = applied.files[0].text if applied.files else text
    assert dump(ast.parse(result), imports=False) == dump(model.tree, imports=False)
