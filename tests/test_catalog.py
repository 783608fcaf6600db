from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_vet import rules
from alembic_vet.errors import UserError
from alembic_vet.findings import Severity
from alembic_vet.rules import base, catalog
from alembic_vet.settings import Settings

RULE = '''
from alembic_vet.findings import Severity
from alembic_vet.rules.base import EnvironmentRule


class {name}(EnvironmentRule):
    """Something is {name}.

    And it is so in
    every way.

    ## What it does
    Nothing.

    ## Example
    ```python title="alembic/env.py"
    def f():
        pass

    ## Example
    ```
    ```ini
    a = 1
    ```

    ## Use instead
    ```python title="alembic/env.py"
    pass
    ```
    """

    severity = Severity.ERROR
    default = {default}

    def check(self, subject, environment):
        return iter(())
'''


@pytest.fixture
def two_families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rules of the families `colors` (red, green; blue is off) and `sounds` (loud), as if they were ours."""
    for family, members in {"colors": ["dark_red", "green", "blue"], "sounds": ["loud"]}.items():
        folder = tmp_path / family
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "_shared.py").write_text("1 / 0")
        for name in members:
            text = RULE.format(name=name.title().replace("_", ""), default=name != "blue")
            (folder / f"{name}.py").write_text(text)
    # Rules import it, which they could not while the path is another one.
    assert base.Rule
    monkeypatch.setattr(rules, "__path__", [str(tmp_path)])
    forget()
    yield
    for name in [
        name for name in sys.modules if name.startswith(("alembic_vet.rules.colors", "alembic_vet.rules.sou"))
    ]:
        del sys.modules[name]
    forget()


def forget() -> None:
    for cached in (catalog._modules, catalog.rule, catalog.outline, catalog.all_rules):
        cached.cache_clear()


def selected(**settings: tuple[str, ...]) -> list[str]:
    return [rule.name for rule in catalog.selected(Settings(**settings))]  # type: ignore[arg-type]


def test_every_rule_is_named_by_its_file_and_folder() -> None:
    assert catalog.names()
    for rule in catalog.all_rules():
        assert rule.__module__ == f"alembic_vet.rules.{rule.family()}.{rule.name().replace('-', '_')}"
    assert tuple(rule.name() for rule in catalog.all_rules()) == catalog.names() == tuple(sorted(catalog.names()))
    assert set(catalog.families()) == {rule.family() for rule in catalog.all_rules()}


def test_a_name_is_never_a_family_as_well() -> None:
    assert not {*catalog.names()} & {*catalog.families(), catalog.ALL}


def test_pages_of_our_rules_have_what_a_reader_needs() -> None:
    for rule in catalog.all_rules():
        page = catalog.page(rule)
        assert page.summary.endswith("."), rule
        titles = [title for title, _ in page.sections]
        assert titles[:2] == ["What it does", "Why is this bad?"], rule
        assert set(titles) <= set(catalog.SECTIONS), rule
        assert isinstance(rule.severity, Severity)


@pytest.mark.usefixtures("two_families")
class TestWithTwoFamilies:
    def test_found_without_being_imported(self) -> None:
        assert catalog.names() == ("blue", "dark-red", "green", "loud")
        assert catalog.families() == ("colors", "sounds")
        assert "alembic_vet.rules.colors.green" not in sys.modules

    def test_a_rule_by_its_name(self) -> None:
        assert (catalog.rule("dark-red").__name__, catalog.rule("dark-red").family()) == ("DarkRed", "colors")

    def test_no_such_rule(self) -> None:
        with pytest.raises(UserError, match=r"^there is no rule `dark-rde`; did you mean `dark-red`\?$"):
            catalog.rule("dark-rde")
        with pytest.raises(UserError, match=r"^there is no rule `x`; `alembic-vet rules` lists them$"):
            catalog.rule("x")

    def test_one_file_one_rule(self, tmp_path: Path) -> None:
        (tmp_path / "sounds" / "mute.py").write_text("")
        forget()
        with pytest.raises(TypeError, match=r"sounds\.mute defines 0 rules"):
            catalog.rule("mute")

    def test_validate(self) -> None:
        catalog.validate(["ALL", "colors", "loud"], "--select")
        with pytest.raises(UserError, match=r"^--select: there is no rule or family `color`; did you mean `colors`\?$"):
            catalog.validate(["loud", "color"], "--select")

    @pytest.mark.parametrize(
        ("settings", "names"),
        [
            ({}, ["dark-red", "green", "loud"]),
            ({"select": ("ALL",)}, ["blue", "dark-red", "green", "loud"]),
            ({"select": ("sounds",)}, ["loud"]),
            ({"select": ("sounds", "blue")}, ["blue", "loud"]),
            ({"extend_select": ("blue",)}, ["blue", "dark-red", "green", "loud"]),
            ({"extend_select": ("colors",)}, ["blue", "dark-red", "green", "loud"]),
            ({"select": ("sounds",), "extend_select": ("green",)}, ["green", "loud"]),
            ({"ignore": ("colors",)}, ["loud"]),
            ({"ignore": ("green",)}, ["dark-red", "loud"]),
            ({"ignore": ("ALL",)}, []),
            ({"select": ("green",), "ignore": ("colors",)}, ["green"]),
            ({"select": ("ALL",), "ignore": ("colors",)}, ["loud"]),
            ({"select": ("green",), "ignore": ("green",)}, []),
            ({"select": ("colors",), "ignore": ("ALL",)}, ["blue", "dark-red", "green"]),
            ({"extend_select": ("green",), "ignore": ("ALL",)}, ["green"]),
        ],
    )
    def test_selected(self, settings: dict[str, tuple[str, ...]], names: list[str]) -> None:
        assert selected(**settings) == names

    def test_per_file_ignores(self) -> None:
        settings = Settings(
            root=Path("/project"),
            per_file_ignores=(("versions", ("colors",)), ("versions/0001*", ("loud",)), ("env.py", ("ALL",))),
        )
        ignored = {
            path: sorted(catalog.ignored(Path("/project") / path, settings))
            for path in ("versions/0002_b.py", "versions/0001_a.py", "env.py", "other.py")
        }
        assert ignored == {
            "versions/0002_b.py": ["blue", "dark-red", "green"],
            "versions/0001_a.py": ["blue", "dark-red", "green", "loud"],
            "env.py": ["blue", "dark-red", "green", "loud"],
            "other.py": [],
        }

    def test_page(self) -> None:
        page = catalog.page(catalog.rule("dark-red"))
        assert page.summary == "Something is DarkRed. And it is so in every way."
        assert [title for title, _ in page.sections] == ["What it does", "Example", "Use instead"]
        assert page.section("What it does") == "Nothing."
        assert page.section("Fix safety") == ""
        assert page.code("Example") == (
            catalog.CodeBlock("python", "alembic/env.py", "def f():\n    pass\n\n## Example\n"),
            catalog.CodeBlock("ini", "", "a = 1\n"),
        )
        assert page.code("What it does") == ()
        assert page.markdown.startswith(f"{page.summary}\n\n## What it does\n\nNothing.\n\n## Example\n\n```python")


def test_url() -> None:
    assert catalog.url("missing-null-pool") == f"{catalog.HOME}#missing-null-pool"


def test_families_of_other_files_are_never_about_revisions() -> None:
    for rule in catalog.all_rules():
        assert not (rule.family() in catalog.OF_OTHER_FILES and rule.in_revisions), rule.name()
    left = {rule.family for rule in catalog.selected(Settings(select=("ALL",)), only_revisions=True)}
    assert left == set(catalog.families()) - catalog.OF_OTHER_FILES


def test_rules_for_a_database_are_for_one_that_is_replayed() -> None:
    dialects = {dialect for rule in catalog.all_rules() for dialect in rule.dialects}
    assert dialects == {"postgresql"}, "Environment.is_replayed says so too"
