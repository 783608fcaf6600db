"""What the calls in an env.py mean: Alembic's context and config, SQLAlchemy's URLs."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping

from msgspec.structs import replace

from alembic_vet.extract.urls import masked_text, part_of_scheme, rendered_as_string
from alembic_vet.model.config import AlembicConfig, ConfigOption
from alembic_vet.model.env_script import OptionWrite
from alembic_vet.source.interpreter import Interpreter, Vocabulary
from alembic_vet.source.strings import literal
from alembic_vet.source.values import (
    NONE,
    OPAQUE,
    Anchor,
    Attribute,
    Call,
    Const,
    Function,
    Hole,
    Mapping,
    Symbol,
    Text,
    Value,
    constant,
    either,
    options,
)

CONFIG = "alembic.context.config"
BRIDGE = "sync_connection"
_FLUENT = frozenset({"execution_options", "options"})


class EnvVocabulary(Vocabulary):
    """`alembic.context` in one mode.

    Options are those of the configuration until `set_main_option` changes them, and are
    interpolated on the way out, as `alembic.config.Config` does:
    https://alembic.sqlalchemy.org/en/latest/api/config.html
    """

    def __init__(self, config: AlembicConfig, *, offline: bool) -> None:
        self.config = config
        self.offline = offline
        self.writes: list[OptionWrite] = []
        self.async_targets: list[tuple[Call, Function]] = []
        self.written: dict[str, Value] = {}

    def called(self, call: Call, run: Interpreter) -> Value | None:
        match call.name:
            case "alembic.context.is_offline_mode":
                return Const(self.offline)
            case "alembic.context.get_x_argument":
                return Mapping({}, complete=False) if "as_dictionary" in call.keywords else OPAQUE
        if call.name.startswith(f"{CONFIG}."):
            return self._config_call(call)
        if call.method == "run_sync" and call.receiver is not None:
            return self._run_sync(call, run)
        if call.method in _FLUENT and call.receiver is not None:
            return call.receiver
        if call.method in ("get_backend_name", "get_driver_name") and call.receiver is not None:
            return part_of_scheme(call.receiver, call.method)
        return rendered_as_string(call)

    def stringified(self, value: Value, at: Anchor) -> Text | None:
        return masked_text(value, at)

    def attribute(self, of: Value, name: str) -> Value | None:
        if of == Symbol(CONFIG):
            match name:
                case "config_ini_section":
                    return literal(self.config.section)
                case "config_file_name":
                    return Text((Hole("the configuration file", plain=True),)) if self.config.ini_path else None
        return part_of_scheme(of, name) if name == "drivername" else None

    def _run_sync(self, call: Call, run: Interpreter) -> Value | None:
        if not call.args:
            return None
        assert call.receiver is not None
        bridged = Attribute(call.receiver, BRIDGE)
        for target in options(call.args[0]):
            if not isinstance(target, Function):
                continue
            if target.is_async:
                self.async_targets.append((call, target))
                continue
            run.call_function(target, (bridged, *call.args[1:]), call.keywords, call.context, call.at)
        return call

    # alembic.config.Config

    def _config_call(self, call: Call) -> Value | None:
        match call.method, call.args:
            case "set_main_option", (name, value, *_):
                self._write(call, name, value, 1)
                return NONE
            case "set_section_option", (section, name, value, *_):
                self._write(call, name, value, 2, constant(section))
                return NONE
            case "get_main_option", (name, *_):
                return self._read(constant(name), call.argument(1, "default"))
            case "get_section_option", (_, name, *_):
                return self._read(constant(name), call.argument(2, "default"))
            case "get_section", _:
                return self._section(call.argument(0, "name"))
            case "get_alembic_option", (name, *_):
                return self._read(constant(name), call.argument(1, "default"))
        return None

    def _write(self, call: Call, name: Value, value: Value, position: int, section: object = None) -> None:
        option = constant(name)
        known = option if isinstance(option, str) else None
        self.writes.append(OptionWrite(call, known, value, position))
        if known is None or section not in (None, self.config.section):
            return
        stored = either(*(_interpolated(one) for one in options(value)))
        if call.context.conditional and known in self._entries:
            stored = either(self._entries[known], stored)
        self.written[known] = stored

    @property
    def _entries(self) -> dict[str, Value]:
        return {**_texts(self.config.options), **self.written}

    def _read(self, name: object, default: Value | None) -> Value:
        if not isinstance(name, str):
            return OPAQUE
        return self._entries.get(name, default or NONE)

    def _section(self, name: Value | None) -> Value:
        section = constant(name) if name is not None else OPAQUE
        entries: dict[object, Value] = {}
        if section == self.config.section:
            entries.update(self._entries)
        elif isinstance(section, str) and section in (self.config.extra_sections or {}):
            entries.update(_texts((self.config.extra_sections or {})[section]))
        else:
            return Mapping({}, complete=False)
        return Mapping(entries)


def _texts(entries: AbstractMapping[str, ConfigOption]) -> dict[str, Value]:
    texts: dict[str, Value] = {}
    for name, option in entries.items():
        value = option.value
        texts[name] = OPAQUE if value is None else Text((value,) if value else (), option.location)
    return texts


def _interpolated(value: Value) -> Value:
    """What ConfigParser gives back for a value that was set."""
    if not isinstance(value, Text):
        return value
    parts: list[str | Hole] = []
    for part in value.parts:
        parts.append(part.replace("%%", "%") if isinstance(part, str) else replace(part, escaped=False))
    return Text(tuple(parts), value.origin)
