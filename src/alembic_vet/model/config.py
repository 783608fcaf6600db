"""One Alembic environment as its configuration describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec import Struct

from alembic_vet.findings import Location

ConfigFormat = Literal["ini", "toml", "none"]


class ConfigOption(Struct, frozen=True):
    """One option as written.

    `raw` is the text before `%` interpolation (several lines joined by `\\n`), `value` the text after
    it, or None where interpolation fails the way `configparser` does. `location`
    covers the raw value, `name_location` the option's name. In TOML the items of a list
    are joined by `\n` too, and a name in a table is dotted: `post_write_hooks.0.type`.
    """

    name: str
    raw: str
    value: str | None
    location: Location
    name_location: Location


class AlembicConfig(Struct, frozen=True):
    """Where an environment's parts are: what `alembic.config.Config` would answer.

    `path` is the file that names the script location: an ini file, a `setup.cfg`, a
    pyproject.toml, or, for `format == "none"`, the env.py that was found without any.
    `ini_path` is the ini file whose options env.py reads, if there is one (a TOML
    configuration may have an ini beside it). `here` is what `%(here)s` stands for.
    `options` are those of `section`, from the ini, `extra_sections` those of every other
    section, both with what they inherit from `[DEFAULT]`, located there. `toml_options`
    are those of `[tool.alembic]`. Folders are absolute and need not exist; relative ones
    were taken from the folder that Alembic seems to be run from.
    """

    path: Path
    format: ConfigFormat
    section: str
    here: Path
    script_location: Path
    version_locations: tuple[Path, ...]
    recursive_version_locations: bool
    prepend_sys_path: tuple[Path, ...]
    ini_path: Path | None
    options: dict[str, ConfigOption]
    toml_path: Path | None = None
    toml_options: dict[str, ConfigOption] | None = None
    extra_sections: dict[str, dict[str, ConfigOption]] | None = None

    @property
    def env_path(self) -> Path:
        return self.script_location / "env.py"

    @property
    def mako_path(self) -> Path:
        return self.script_location / "script.py.mako"
