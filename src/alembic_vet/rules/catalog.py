"""Which rules there are, which of them are on, and what their pages say."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, Struct
from msgspec.json import decode, encode

from alembic_vet import rules
from alembic_vet.errors import UserError
from alembic_vet.project.surroundings import Place
from alembic_vet.rules.signs import Signs
from alembic_vet.settings import Settings, did_you_mean
from alembic_vet.source.patterns import matches

if TYPE_CHECKING:
    from alembic_vet.cache import Store
    from alembic_vet.rules.base import Rule

AnyRule = type["Rule[Any]"]

ALL = "ALL"
HOME = "https://pypi.org/project/alembic-vet/"

# Families whose rules are never about revisions.
OF_OTHER_FILES = frozenset({"config", "env"})

_LISTED = "; `alembic-vet rules` lists them"

SECTIONS = ("What it does", "Why is this bad?", "Example", "Use instead", "Fix safety")


@cache
def _modules() -> dict[str, str]:
    """Rule name to family, from the files alone: naming a rule imports nothing."""
    found = {
        name.removesuffix(".py").replace("_", "-"): family
        for folder in rules.__path__
        for family in os.listdir(folder)
        if not family.startswith("_") and "." not in family
        for name in os.listdir(os.path.join(folder, family))
        if name.endswith(".py") and not name.startswith("_")
    }
    return dict(sorted(found.items()))


def names() -> tuple[str, ...]:
    """The names of all rules, sorted."""
    return tuple(_modules())


def families() -> tuple[str, ...]:
    """The families that have a rule, sorted."""
    return tuple(sorted(set(_modules().values())))


@cache
def rule(name: str) -> AnyRule:
    """The rule of that name.

    Raises UserError where there is none.
    """
    family = _modules().get(name)
    if family is None:
        raise UserError(f"there is no rule `{name}`{did_you_mean(name, names()) or _LISTED}")
    path = f"alembic_vet.rules.{family}.{name.replace('-', '_')}"
    module = import_module(path)
    from alembic_vet.rules.base import Rule

    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == path and issubclass(value, Rule)
    ]
    if len(found) != 1:
        raise TypeError(f"{path} defines {len(found)} rules; a rule is one class in one file")
    return found[0]


class Outline(Struct, frozen=True):
    """What has to be known of a rule before it is loaded; see `Rule` for what each says."""

    name: str
    family: str
    default: bool
    dialects: frozenset[str]
    in_revisions: bool
    elsewhere: bool
    asks_revisions: bool
    place: Place
    signs: Signs


@cache
def outline(name: str) -> Outline:
    """The outline of the rule of that name, which is loaded.

    Raises UserError where there is none.
    """
    found = rule(name)
    own = {field: getattr(found, field) for field in Outline.__struct_fields__[2:]}
    return Outline(found.name(), found.family(), **own)


def outlines(store: Store | None) -> Callable[[str], Outline]:
    """What gives the outline of a rule: the store, where it has been asked before, else the rule itself."""
    if store is None:
        return outline
    try:
        known = decode(store.load(), type=dict[str, Outline])
    except DecodeError:
        known = {}
    if known.keys() != set(names()):
        known = {name: outline(name) for name in names()}
        store.save(encode(known))
    return known.__getitem__


@cache
def all_rules() -> tuple[AnyRule, ...]:
    """Every rule, sorted by name."""
    return tuple(rule(name) for name in names())


def validate(selectors: Iterable[str], origin: str) -> None:
    """Check that each selector is a rule, a family or `ALL`.

    Raises UserError, which starts with `origin`, for the first that is not.
    """
    known = {*names(), *families(), ALL}
    for selector in selectors:
        if selector not in known:
            hint = did_you_mean(selector, known) or _LISTED
            raise UserError(f"{origin}: there is no rule or family `{selector}`{hint}")


def selected(
    settings: Settings, *, only_revisions: bool = False, outlines: Callable[[str], Outline] = outline
) -> tuple[Outline, ...]:
    """The rules that are on, sorted by name.

    Without `select` these are the rules that are on by default. The more precise word wins: a rule's
    name over its family's, that over `ALL`; between two of one kind `ignore` wins. With `only_revisions` the families
    that are never about revisions are left out.
    """
    left_out = OF_OTHER_FILES if only_revisions else frozenset()
    candidates = (name for name, family in _modules().items() if family not in left_out)
    return tuple(each for each in map(outlines, candidates) if _is_selected(each, settings))


def are_mostly_on(settings: Settings) -> bool:
    """Whether the rules are on but for single ones or families, which is known before any is loaded."""
    return (not settings.select or ALL in settings.select) and ALL not in settings.ignore


def _is_selected(rule: Outline, settings: Settings) -> bool:
    wanted = _precision(rule.name, (*settings.select, *settings.extend_select))
    if not settings.select and wanted == 0 and rule.default:
        wanted = 1
    return wanted > _precision(rule.name, settings.ignore)


def _precision(name: str, selectors: Iterable[str]) -> int:
    """0 where no selector covers the rule, 1 for `ALL`, 2 for its family, 3 for its name."""
    found = set(selectors)
    return 3 if name in found else 2 if _modules()[name] in found else 1 if ALL in found else 0


def ignored(path: Path, settings: Settings) -> frozenset[str]:
    """The rules that `per-file-ignores` turns off for a file."""
    selectors = {
        selector
        for pattern, chosen in settings.per_file_ignores
        if matches(pattern, path, settings.root)
        for selector in chosen
    }
    return frozenset(name for name in names() if _precision(name, selectors)) if selectors else frozenset()


class CodeBlock(Struct, frozen=True):
    """A fenced block: its language, the file it stands for (empty where not said), its text."""

    language: str
    title: str
    text: str


class Page(Struct, frozen=True):
    """A rule's docstring: the first paragraph on one line, and what follows each heading."""

    summary: str
    sections: tuple[tuple[str, str], ...]

    def section(self, title: str) -> str:
        """What follows a heading; empty where the page lacks it."""
        return dict(self.sections).get(title, "")

    @property
    def markdown(self) -> str:
        return "\n\n".join([self.summary, *(f"## {title}\n\n{body}" for title, body in self.sections)])

    def code(self, title: str) -> tuple[CodeBlock, ...]:
        """The fenced blocks of one section."""
        return tuple(
            CodeBlock(found["language"], found["title"] or "", found["text"])
            for found in re.finditer(_FENCE, self.section(title) + "\n")
        )


_FENCE = r'(?ms)^```(?P<language>[\w-]*)(?:[ \t]+(?:title=)?"?(?P<title>[^"\n]+?)"?)?[ \t]*\n(?P<text>.*?)^```[ \t]*$'


def page(rule: AnyRule) -> Page:
    """A rule's docstring, taken apart at its headings: `## Example`, or one of `SECTIONS` on a line of its own."""
    from inspect import cleandoc

    summary: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    fenced = False
    for line in cleandoc(rule.__doc__ or "").splitlines():
        fenced ^= line.startswith("```")
        heading = line.removeprefix("## ").strip().rstrip(":")
        if not fenced and (line.startswith("## ") or heading in SECTIONS):
            sections.append((heading, []))
        else:
            (sections[-1][1] if sections else summary).append(line)
    return Page(
        summary=" ".join(" ".join(summary).split()),
        sections=tuple((title, "\n".join(body).strip("\n")) for title, body in sections),
    )


def url(name: str) -> str:
    """Where a rule is documented: its row in the table of the project's page."""
    return f"{HOME}#{name}"
