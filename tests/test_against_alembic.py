"""Discovery answers what Alembic's own `Config` and `ScriptDirectory` answer, on every layout that Alembic can open.

Alembic is asked the way a user asks it: from the working folder, with the `-c` and `-n` that the layout needs.
"""

from __future__ import annotations

import configparser
import os
import shutil
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from alembic_vet.model.config import AlembicConfig, ConfigOption
from alembic_vet.project.discovery import discover
from alembic_vet.project.revision_files import revision_files
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources

pytest.importorskip("alembic", minversion="1.16")

from alembic.config import Config
from alembic.script import ScriptDirectory

REPOS = Path(__file__).parents[1] / "fixtures" / "repos"


@dataclass(frozen=True)
class Use:
    """How one environment of a layout is used: `alembic -c config -n section`, in a folder."""

    layout: str
    folder: str = "."
    config: str = "alembic.ini"
    section: str = "alembic"
    script_location: str | None = None
    version_locations: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join((self.layout, self.folder, self.config, self.section, *self.version_locations))


SEPARATORS = ("os", "colon", "semicolon", "space", "newline", "legacy-option", "both-options", "legacy", "empty")
USES = [
    Use("ini-at-top"),
    Use("ini-in-subfolder", config="conf/alembic.ini"),
    Use("two-environments", folder="services/billing"),
    Use("two-environments", folder="services/catalog"),
    Use("ini-sections", section="orders"),
    Use("ini-sections", section="users"),
    Use("toml-only"),
    Use("toml-and-ini"),
    Use("setup-cfg", config="setup.cfg"),
    Use("package-in-src"),
    Use("here", config="deploy/alembic.ini"),
    *(Use("separators", config=f"{name}.ini") for name in (*SEPARATORS, "legacy-newline")),
    Use("recursive"),
    Use("committed-venv"),
    Use("orphan-revisions"),
    Use("nested-roots"),
    Use("nested-roots", config="tools/alembic.ini"),
    Use("flask-migrate", config="migrations/alembic.ini", script_location="migrations"),
    Use("driven-from-code", config="", script_location="store/db/migrations"),
    Use("alternatives-set-by-code", version_locations=("migrations/versions/postgresql",)),
    Use("alternatives-set-by-code", version_locations=("migrations/versions/sqlite",)),
    Use(
        "branches-set-by-code",
        folder="db",
        version_locations=("migrations/versions", "migrations/versions/contract", "migrations/versions/expand"),
    ),
]


def opened(use: Use, root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Config, ScriptDirectory]:
    """What Alembic makes of a use; the test's working folder and import state are put back afterwards."""
    monkeypatch.chdir(root / use.folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    # A relative `src` on the path means another folder in every test.
    monkeypatch.setattr(sys, "path_importer_cache", {})
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "vet_shop", raising=False)
    monkeypatch.delitem(sys.modules, "vet_shop.db", raising=False)
    config = Config(use.config, toml_file="pyproject.toml", ini_section=use.section)
    if use.script_location:
        config.set_main_option("script_location", use.script_location)
    if use.version_locations:
        config.set_main_option("version_locations", " ".join(use.version_locations))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return config, ScriptDirectory.from_config(config)


def discovered(use: Use, root: Path) -> AlembicConfig:
    """The one environment of a layout that a use means."""
    environments = discover([root], Settings(root=root), Sources()).environments
    config = root / use.folder / use.config
    locations = tuple(root / use.folder / location for location in use.version_locations)
    (found,) = (
        environment
        for environment in environments
        if environment.section == use.section
        and (not locations or environment.version_locations == locations)
        and (len(environments) == 1 or config in (environment.path, environment.ini_path))
    )
    return found


@pytest.mark.parametrize("use", USES, ids=str)
def test_against_alembic(use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(shutil.copytree(REPOS / use.layout, tmp_path / "repo"))
    alembic, script = opened(use, root, monkeypatch)
    ours = discovered(use, root)
    working_folder = root / use.folder

    assert ours.script_location == Path(os.path.normpath(os.path.abspath(script.dir)))
    assert list(ours.version_locations) == [Path(os.path.normpath(path)) for path in script._version_locations]
    assert ours.recursive_version_locations == script.recursive_version_locations
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepended = alembic.get_prepend_sys_paths_list() or []
        assert {Path(name).resolve() for name in revision_files(ours)} == {
            Path(one.path).resolve() for one in script.walk_revisions()
        }
    assert list(ours.prepend_sys_path) == [Path(os.path.normpath(working_folder / path)) for path in prepended]
    check_ini(ours, alembic, {name for name in ("script_location", "version_locations") if getattr(use, name)})
    check_toml(ours, alembic)


def check_ini(ours: AlembicConfig, alembic: Config, set_by_code: set[str]) -> None:
    sections = {ours.section: ours.options, **(ours.extra_sections or {})}
    parser = alembic.file_config
    if ours.ini_path is not None:
        assert set(sections) == set(parser.sections())
    for section, options in sections.items() if ours.ini_path is not None else ():
        names = set(parser.options(section)) - {"here"}
        assert set(options) == names - set_by_code
        for name, option in options.items():
            assert option.raw == parser.get(section, name, raw=True)
            assert option.value == interpolated(alembic, section, name)


def interpolated(alembic: Config, section: str, name: str) -> str | None:
    try:
        return alembic.get_section_option(section, name)
    except configparser.InterpolationError:
        return None


def check_toml(ours: AlembicConfig, alembic: Config) -> None:
    for name, option in (ours.toml_options or {}).items():
        assert text(toml_value(alembic, name)) == option.value
        assert_written(option)


def toml_value(alembic: Config, name: str) -> object:
    """`post_write_hooks.0.type` of the TOML file, expanded."""
    top, *rest = name.split(".")
    value: object = alembic._get_toml_config_value(top)
    for part in rest:
        match value:
            case list():
                value = value[int(part)]
            case dict():
                value = value[part]
    return value


def text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return "\n".join(value)
        case _:
            return str(value)


def assert_written(option: ConfigOption) -> None:
    file = Sources().file(option.location.path)
    assert option.raw.split("\n")[0].rstrip() in file.slice(option.location.span)
    assert file.slice(option.name_location.span).rpartition(".")[2] == option.name.rpartition(".")[2]


REFUSED = [
    pytest.param("alembic.ini", b"\xef\xbb\xbf[alembic]\nscript_location = migrations\n", id="bom"),
    pytest.param("alembic.ini", b"x = 1\n[alembic]\nscript_location = migrations\n", id="text-in-front"),
    pytest.param("alembic.ini", b"[alembic]\nscript_location = migrations\nkey\n", id="no-value"),
    pytest.param("alembic.ini", b"[alembic]\nscript_location = migrations\na = 1\nA = 2\n", id="option-twice"),
    pytest.param("alembic.ini", b"[alembic]\nscript_location = migrations\n[alembic]\n", id="section-twice"),
    pytest.param("alembic.ini", b"[alembic]\nscript_location = %(x)s\n", id="interpolation"),
    pytest.param("alembic.ini", b"[alembic]\nscript_location = nowhere\n", id="missing-folder"),
    pytest.param("alembic.ini", b"[alembic]\nscript_location = shop:nowhere\n", id="missing-folder-of-a-package"),
    pytest.param("alembic.ini", b"[alembic]\nx = 1\n", id="missing-option"),
    pytest.param(
        "alembic.ini",
        b"[alembic]\nscript_location = migrations\nprepend_sys_path = .\npath_separator = |\n",
        id="separator",
    ),
    pytest.param("pyproject.toml", b"[tool.alembic]\nscript_location = 'migrations'\nx =\n", id="toml"),
    pytest.param("pyproject.toml", b"\xef\xbb\xbf[tool.alembic]\nscript_location = 'migrations'\n", id="toml-bom"),
    pytest.param("pyproject.toml", b"[tool.alembic]\nscript_location = '100%'\n", id="toml-percent"),
    pytest.param("pyproject.toml", b"[tool.alembic]\nscript_location = '%(x)s'\n", id="toml-interpolation"),
    pytest.param("pyproject.toml", b"[tool.alembic]\nx = 1\n", id="toml-missing-option"),
]


@pytest.mark.parametrize(("name", "data"), REFUSED)
def test_what_is_told_to_be_broken_alembic_refuses(
    name: str, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / name).write_bytes(data)
    assert [broken.path.name for broken in discover([tmp_path], Settings(root=tmp_path), Sources()).broken] == [name]
    with pytest.raises(Exception):  # noqa: B017, PT011 - configparser's, tomllib's, Alembic's own and ValueError
        opened(Use(""), tmp_path, monkeypatch)


@pytest.mark.parametrize("layout", sorted({use.layout for use in USES} - {"orphan-revisions"}))
def test_what_alembic_opens_is_not_told_to_be_broken(layout: str) -> None:
    root = REPOS / layout
    assert discover([root], Settings(root=root), Sources()).broken == ()


def test_every_layout_is_compared_or_has_no_environment() -> None:
    assert {path.name for path in REPOS.iterdir()} - {use.layout for use in USES} == {"no-environment"}
