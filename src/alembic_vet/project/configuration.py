"""From an ini or TOML file to what `alembic.config.Config` would answer about it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from alembic_vet.findings import Location, Span
from alembic_vet.model.config import ConfigOption
from alembic_vet.source.file import SourceFile
from alembic_vet.source.ini import DEFAULT, IniFile
from alembic_vet.source.toml import TomlFile

Options = dict[str, ConfigOption]

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_LEGACY_VERSION_LOCATIONS = re.compile(r", *|(?: +)")
_LEGACY_PREPEND_SYS_PATH = re.compile(r", *|(?: +)|\:")


class IniSection(Struct, frozen=True):
    """A section of an ini file that may be the main section of an environment."""

    path: Path
    name: str
    header: Location
    options: Options
    others: dict[str, Options]

    @property
    def script_location(self) -> ConfigOption | None:
        return self.options.get("script_location")


class TomlTable(Struct, frozen=True):
    """`[tool.alembic]` of a pyproject.toml."""

    path: Path
    header: Location
    options: Options
    recursive: bool

    @property
    def script_location(self) -> ConfigOption | None:
        return self.options.get("script_location")


def read_ini(file: SourceFile) -> Iterator[IniSection]:
    """The sections that say where scripts are, and `[alembic]` whether it does or not.

    Raises IniError where `configparser` would fail.
    """
    ini = IniFile(file, {"here": file.path.parent.as_posix()})
    every = {name: _ini_options(ini, name) for name in ini.sections}
    for name in _main_sections(ini):
        header = Location(file.path, ini.sections[name])
        yield IniSection(
            file.path, name, header, every[name], {other: every[other] for other in every if other != name}
        )


def _main_sections(ini: IniFile) -> Iterator[str]:
    inherits = "script_location" in ini.own(DEFAULT)
    for name in ini.sections:
        own = ini.own(name)
        if name == "alembic" or "script_location" in own or (inherits and "version_locations" in own):
            yield name


def _ini_options(ini: IniFile, section: str) -> Options:
    path = ini.file.path
    return {
        name: ConfigOption(
            name, option.raw, option.value, Location(path, option.span), Location(path, option.name_span)
        )
        for name, option in ini.options(section).items()
    }


def read_toml(file: SourceFile) -> TomlTable | None:
    """`[tool.alembic]`, or None where there is no such table.

    Raises TomlError where the file is no TOML.
    """
    toml = TomlFile(file)
    table = toml.table("tool", "alembic")
    if table is None:
        return None
    arguments = {"here": file.path.parent.as_posix()}
    options = dict(_toml_options(toml, table, ("tool", "alembic"), arguments))
    key = toml.key("tool", "alembic")
    header = Location(file.path, key.name if key else Span.empty(1, 1))
    return TomlTable(file.path, header, options, table.get("recursive_version_locations") is True)


def _toml_options(
    toml: TomlFile, values: Mapping[str, object], path: tuple[str, ...], arguments: Mapping[str, str]
) -> Iterator[tuple[str, ConfigOption]]:
    for name, value in values.items():
        here = (*path, name)
        match value:
            case dict():
                yield from _toml_options(toml, value, here, arguments)
            case list() if any(isinstance(item, dict) for item in value):
                tables = {str(index): item for index, item in enumerate(value)}
                yield from _toml_options(toml, tables, here, arguments)
            case _:
                key = toml.key(*here)
                if key is None:
                    continue
                dotted = ".".join(here[2:])
                raw, expanded = _toml_text(value), _expanded(value, arguments)
                location, name_location = Location(toml.file.path, key.value), Location(toml.file.path, key.name)
                yield dotted, ConfigOption(dotted, raw, expanded, location, name_location)


def _toml_text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return "\n".join(str(item) for item in value)
        case _:
            return str(value)


def _expanded(value: object, arguments: Mapping[str, str]) -> str | None:
    """A value after Alembic's `value % arguments`; None where that raises."""
    if isinstance(value, list):
        items = [_expanded(item, arguments) for item in value]
        known = [item for item in items if item is not None]
        return "\n".join(known) if len(known) == len(items) else None
    if not isinstance(value, str):
        return _toml_text(value)
    try:
        return value % arguments
    except (KeyError, TypeError, ValueError):
        return None


def path_list(name: str, ini: Options, toml: Options) -> tuple[str, ...]:
    """The entries of `version_locations` or `prepend_sys_path`, split the way Alembic splits them.

    An ini without `path_separator` is split by the rules that older releases had.
    """
    option = ini.get(name)
    if option is None or option.raw == "":
        option = toml.get(name)
        return tuple(option.value.split("\n")) if option and option.value else ()
    value = option.value
    if not value:
        return ()
    separator = separator_option(name, ini)
    if separator is None or separator.value not in _SEPARATORS:
        legacy = _LEGACY_VERSION_LOCATIONS if name == "version_locations" else _LEGACY_PREPEND_SYS_PATH
        return tuple(legacy.split(value))
    return tuple(item.strip() for item in value.split(_SEPARATORS[separator.value]) if item)


def separator_option(name: str, ini: Options) -> ConfigOption | None:
    """The option that says how a list of paths is split, if one does."""
    if name == "version_locations" and "path_separator" not in ini:
        return ini.get("version_path_separator")
    return ini.get("path_separator")


def is_valid_separator(option: ConfigOption) -> bool:
    return option.value in _SEPARATORS


def is_recursive(ini: Options, table: TomlTable | None) -> bool:
    """Whether sub-folders of the version locations count; an ini says so with exactly `true`."""
    option = ini.get("recursive_version_locations")
    return option.value == "true" if option else table is not None and table.recursive
