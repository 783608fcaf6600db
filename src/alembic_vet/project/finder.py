"""The Alembic environments of one project, from the files that declare them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from alembic_vet import disk
from alembic_vet.findings import Location, Span
from alembic_vet.model.config import AlembicConfig, ConfigFormat, ConfigOption
from alembic_vet.project.chains import chains_set_by_code
from alembic_vet.project.configuration import (
    IniSection,
    Options,
    TomlTable,
    is_recursive,
    is_valid_separator,
    path_list,
    read_ini,
    read_toml,
    separator_option,
)
from alembic_vet.project.declarations import (
    has_placeholder,
    is_alembic_ini,
    is_alembic_toml,
    is_env_script,
    is_template,
)
from alembic_vet.project.discovered import BrokenConfig
from alembic_vet.project.locations import Resolver
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources
from alembic_vet.source.ini import IniError
from alembic_vet.source.toml import TomlError


class EnvironmentFinder:
    """Collects what declares environments, then says which there are."""

    def __init__(self, root: Path, settings: Settings, sources: Sources) -> None:
        self._root = root
        self._settings = settings
        self._sources = sources
        self._sections: list[IniSection] = []
        self._tables: dict[Path, TomlTable] = {}
        self._env_folders: list[Path] = []
        self.broken: list[BrokenConfig] = []
        self.environments: list[AlembicConfig] = []

    def find(self, candidates: Iterable[str]) -> None:
        """Reads the candidates, absolute paths, and fills `environments` and `broken`."""
        for candidate in sorted(candidates):
            self._read(Path(candidate))
        unplaced = [section for section in self._sections if not self._add_section(section)]
        self._add_tables()
        self._add_env_folders(unplaced)

    def _add_section(self, section: IniSection) -> bool:
        table = self._tables.get(section.path.parent)
        if section.script_location is not None:
            return self._add(section, table, section.script_location)
        above = (self._tables[parent] for parent in section.path.parents if parent in self._tables)
        table = next(above, None)
        if table is None or table.script_location is None:
            return False
        return self._add(section, table, table.script_location)

    def _read(self, path: Path) -> None:
        try:
            if path.name == "env.py":
                if is_env_script(path, self._sources.file(path).data):
                    self._env_folders.append(path.parent)
            elif path.name == "pyproject.toml":
                self._read_toml(path)
            elif is_alembic_ini(path, self._sources.file(path).data):
                self._sections += read_ini(self._sources.file(path))
        except (IniError, TomlError) as error:
            if not is_template(self._sources.file(path).data):
                self._break(error.location, error.message)
        except OSError as error:
            if path.name == "alembic.ini":
                self._break(Location(path, Span(1, 1, 1, 1)), f"the file cannot be read: {error.strerror}")

    def _read_toml(self, path: Path) -> None:
        file = self._sources.file(path)
        if not is_alembic_toml(file.data):
            return
        table = read_toml(file)
        if table is not None:
            self._tables[path.parent] = table

    def _add_tables(self) -> None:
        """The TOML files that are no mere addition to an ini: `alembic` alone would use them."""
        used = {
            config.toml_path
            for config in self.environments
            if config.section == "alembic" and (config.format == "toml" or config.path.name == "alembic.ini")
        }
        for table in self._tables.values():
            if table.path in used:
                continue
            if table.script_location is None:
                self._break(table.header, "`[tool.alembic]` sets no `script_location`")
                continue
            self._add(None, table, table.script_location)

    def _add(self, section: IniSection | None, table: TomlTable | None, option: ConfigOption) -> bool:
        """Adds the environment whose script location `option` names, or reports why it cannot be found."""
        path = option.location.path
        if has_placeholder(option.raw):
            return False
        if option.value is None:
            self._break(option.location, f"`{option.raw}` cannot be interpolated")
            return False
        resolver = self._resolver(path.parent)
        prepended = path_list("prepend_sys_path", _options(section), _options(table))
        found = resolver.script_location(option.value, prepended)
        if found is None:
            beside = option.raw.startswith("%(here)s")
            if beside or not resolver.may_be_elsewhere(option.value, prepended):
                shown = option.value.removeprefix(f"{path.parent}{os.sep}") or option.value
                self._break(option.location, f"the script location `{shown}` does not exist")
            return False
        form: ConfigFormat = "toml" if table and path == table.path else "ini"
        self._append(path, form, section, table, *found)
        return True

    def _append(
        self,
        path: Path,
        form: ConfigFormat,
        section: IniSection | None,
        table: TomlTable | None,
        folder: Path,
        working_folder: Path,
    ) -> None:
        ini, toml = _options(section), _options(table)
        self._check_separators(ini)
        resolver = self._resolver(working_folder)
        prepended = path_list("prepend_sys_path", ini, toml)
        named = path_list("version_locations", ini, toml)
        locations = tuple(resolver.version_location(name, prepended) for name in named)
        config = AlembicConfig(
            path=path,
            format=form,
            section=section.name if section else "alembic",
            here=section.path.parent if section and form == "none" else path.parent,
            script_location=folder,
            version_locations=locations or (folder / "versions",),
            recursive_version_locations=is_recursive(ini, table),
            prepend_sys_path=tuple(resolver.sys_path_entry(entry) for entry in prepended),
            ini_path=section.path if section else None,
            options=ini,
            toml_path=table.path if table else None,
            toml_options=table.options if table else None,
            extra_sections=section.others if section else None,
        )
        chains = () if locations or config.recursive_version_locations else chains_set_by_code(folder, self._sources)
        self.environments += [replace(config, version_locations=chain) for chain in chains] or [config]

    def _resolver(self, folder: Path) -> Resolver:
        return Resolver(folder, self._root, self._settings.source_roots, self._env_folders)

    def _check_separators(self, ini: Options) -> None:
        for name in ("version_locations", "prepend_sys_path"):
            option = separator_option(name, ini) if name in ini else None
            if option is not None and not is_valid_separator(option):
                self._break(
                    option.location,
                    f"`{option.raw}` is not a valid value for `{option.name}`: "
                    "it takes `space`, `newline`, `os`, `:` or `;`",
                )
                return

    def _add_env_folders(self, unplaced: Sequence[IniSection]) -> None:
        """The folders with an env.py that no configuration names: Flask-Migrate's, or driven from code.

        An ini in the folder or above it, whose own script location leads nowhere, is what such code reads.
        """
        known = {disk.real(config.script_location) for config in self.environments}
        used = {config.ini_path for config in self.environments}
        by_folder = {section.path.parent: section for section in reversed(unplaced) if section.path not in used}
        for folder in self._env_folders:
            if disk.real(folder) in known:
                continue
            section = next((by_folder[above] for above in (folder, *folder.parents) if above in by_folder), None)
            used.add(section.path if section else None)
            is_beside = section is None or section.path.parent == folder
            working_folder = folder.parent if is_beside or section is None else section.path.parent
            self._append(folder / "env.py", "none", section, None, folder, working_folder)
        for section in unplaced:
            if section.script_location is None and section.path not in used and "alembic" in section.path.name:
                self._break(section.header, "the section `alembic` sets no `script_location`")

    def _break(self, location: Location, message: str) -> None:
        self.broken.append(BrokenConfig(location.path, location, message))


def _options(declaration: IniSection | TomlTable | None) -> Options:
    return declaration.options if declaration else {}
