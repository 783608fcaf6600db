"""What the user asked for: `[tool.alembic-vet]` and the command line, as one frozen value."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from alembic_vet import disk
from alembic_vet.errors import UserError
from alembic_vet.findings import Severity

Version = tuple[int, ...]

SETTINGS_FILE = "alembic-vet.toml"
KNOWN_DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite", "oracle", "mssql")

_VERSION = r"\d{1,4}(\.\d{1,4}){0,3}"
_MODULE = r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*)?"
_ENUM_ROWS = r"fail|null|map:[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*"


class Settings(Struct, frozen=True):
    """Every setting; the defaults are those of a project that sets nothing.

    `root` is the folder that relative paths and patterns are resolved against: where
    the settings file (`file`) lies, else the working folder.
    """

    root: Path = field(default_factory=Path.cwd)
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    dialect: str | None = None
    target_postgres: Version | None = None
    sqlalchemy_version: Version | None = None
    alembic_version: Version | None = None
    source_roots: tuple[Path, ...] = ()
    model_modules: tuple[str, ...] = ()
    enum_downgrade_rows: str = "fail"
    file: Path | None = None

    @property
    def selectors(self) -> Iterable[str]:
        """Every name by which a rule or a family is chosen."""
        yield from self.select
        yield from self.extend_select
        yield from self.ignore
        for _, names in self.per_file_ignores:
            yield from names


KEYS = tuple(name.replace("_", "-") for name in Settings.__struct_fields__ if name not in {"root", "file"})


def load(start: Path) -> Settings:
    """The settings for a file or folder, searched upward from it.

    The nearest folder that has settings decides; in one folder `alembic-vet.toml` goes
    before pyproject.toml, and a pyproject.toml without `[tool.alembic-vet]` is passed over.

    Raises UserError for a file that cannot be read, an unknown key or a wrong type.
    """
    folder = start if disk.is_folder(start) else start.parent
    for parent in (folder, *folder.parents):
        for name in (SETTINGS_FILE, "pyproject.toml"):
            found = load_file(parent / name) if disk.is_file(parent / name) else None
            if found is not None:
                return found
    return Settings()


def load_file(path: Path) -> Settings | None:
    """The settings that one TOML file holds, or None where it holds none.

    An `alembic-vet.toml` has the keys at its top level; any file may have `[tool.alembic-vet]`.

    Raises UserError as `load` does.
    """
    own = path.name == SETTINGS_FILE
    try:
        data = disk.read(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    if not own and b"alembic-vet" not in data:
        return None
    document = read_toml(path, data)
    settings = _from_tool_table(document, path)
    return parse(document, path) if settings is None and own else settings


def _from_tool_table(document: dict[str, object], path: Path) -> Settings | None:
    tool = section(document, "tool") or {}
    if "alembic-vet" not in tool:
        return None
    table = section(tool, "alembic-vet")
    if table is None:
        raise UserError(f"{path}: [tool.alembic-vet] must be a table")
    return parse(table, path, "[tool.alembic-vet]")


def from_config(path: Path) -> tuple[Settings | None, bool]:
    """What `--config` names, told by its content: the settings in it, and whether it configures Alembic.

    A pyproject.toml may be both; what is not TOML is taken for an ini file of Alembic.

    Raises UserError for a file that cannot be read or is neither.
    """
    if not disk.is_file(path):
        raise UserError(f"{path}: no such file")
    if path.suffix != ".toml":
        return None, True
    document = read_toml(path, disk.read(path))
    alembic = section(document, "tool", "alembic") is not None
    settings = _from_tool_table(document, path)
    if settings is not None or alembic:
        return settings, alembic
    if "tool" in document:
        raise UserError(f"{path}: neither [tool.alembic] nor [tool.alembic-vet] is in it")
    return parse(document, path), False


def read_toml(path: Path, data: bytes) -> dict[str, object]:
    """A TOML file as plain values.

    Raises UserError where it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid TOML: {error}") from None


def section(document: object, *names: str) -> dict[str, object] | None:
    """The table below `names`, or None where there is no such table."""
    for name in names:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document if isinstance(document, dict) else None


def parse(table: Mapping[str, object], path: Path, title: str = "") -> Settings:
    """Settings from the values of a TOML table that stands in `path`.

    Raises UserError, naming file and key, for an unknown key or a value of the wrong type.
    """
    where = f"{path}: {title} " if title else f"{path}: "
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in KEYS:
            raise UserError(f"{where}unknown setting `{key}`{did_you_mean(key, KEYS)}")
        try:
            values[key.replace("-", "_")] = _parse_value(key, value, path.parent)
        except ValueError as error:
            raise UserError(f"{where}`{key}` {error}") from None
    return Settings(root=path.parent, file=path, **values)  # type: ignore[arg-type]


def _parse_value(key: str, value: object, root: Path) -> object:
    match key:
        case "select" | "extend-select" | "ignore" | "exclude":
            return _strings(value)
        case "per-file-ignores":
            return _per_file_ignores(value)
        case "fail-on":
            return _fail_on(value)
        case "dialect":
            return _dialect(value)
        case "target-postgres":
            return parse_version(value, floats=True)
        case "sqlalchemy-version" | "alembic-version":
            numbers = parse_version(value)
            return numbers if len(numbers) > 1 else (*numbers, 0)
        case "source-roots":
            return tuple(Path(disk.real(root / item)) for item in _strings(value))
        case "model-modules":
            return _model_modules(value)
        case _:
            return _enum_downgrade_rows(value)


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list of strings, not {_kind(value)}")
    for item in value:
        if not isinstance(item, str):
            raise ValueError(f"must hold strings only, not {_kind(item)}")
    return tuple(value)


def _per_file_ignores(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table of pattern = [rules], not {_kind(value)}")
    parsed: list[tuple[str, tuple[str, ...]]] = []
    for pattern, names in value.items():
        try:
            parsed.append((pattern, _strings(names)))
        except ValueError as error:
            raise ValueError(f'of "{pattern}" {error}') from None
    return tuple(parsed)


def _fail_on(value: object) -> Severity:
    levels = [severity.value for severity in reversed(Severity)]
    if value not in levels:
        raise ValueError(f"must be one of {_listed(levels)}, not {_shown(value)}{did_you_mean(value, levels)}")
    return Severity(value)


def _dialect(value: object) -> str:
    """Any name passes, for there are dialects outside SQLAlchemy; a misspelt known one does not."""
    if not isinstance(value, str) or not value.isidentifier():
        raise ValueError(f"must be the name of a dialect, such as {_listed(KNOWN_DIALECTS)}, not {_shown(value)}")
    guess = "" if value in KNOWN_DIALECTS else did_you_mean(value, KNOWN_DIALECTS)
    if guess:
        raise ValueError(f"is not a dialect: {_shown(value)}{guess}")
    return value


def _model_modules(value: object) -> tuple[str, ...]:
    names = _strings(value)
    for name in names:
        if not re.fullmatch(_MODULE, name):
            raise ValueError(f"must hold dotted module names, not {_shown(name)}")
    return names


def _enum_downgrade_rows(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_ENUM_ROWS, value):
        raise ValueError(f'must be "fail", "null" or "map:OLD=NEW", not {_shown(value)}')
    return value


def parse_version(value: object, *, floats: bool = False) -> Version:
    """`14`, `"14"`, `"9.6"` as numbers.

    `floats` lets `9.6` through, which TOML reads as a number; elsewhere that would turn
    1.10 into 1.1.

    Raises ValueError with what is wrong, without naming the setting.
    """
    if isinstance(value, float) and not floats:
        raise ValueError(f'must be a string, such as "{value}": TOML reads a bare {value} as a number')
    accepted = isinstance(value, str | int | float) and not isinstance(value, bool)
    if not accepted or not re.fullmatch(_VERSION, str(value).strip()):
        raise ValueError(f'must be a version, such as "14" or "2.0", not {_shown(value)}')
    return tuple(int(part) for part in str(value).strip().split("."))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or nothing where no known name is close."""
    from difflib import get_close_matches

    close = get_close_matches(str(name).lower().replace("_", "-"), list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _kind(value: object) -> str:
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return _kind(value) if isinstance(value, bool | list | dict) else str(value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
