"""Ini files as `configparser` reads them, with the position of every option.

`configupdater` keeps no positions, keeps the case of names, knows no `[DEFAULT]` and takes an
indented comment for a part of the value above it; so the values here are those of `configparser`
itself, and only the positions come from a scan of the lines.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet.findings import Location, Span
from alembic_vet.source.file import SourceFile

DEFAULT = configparser.DEFAULTSECT
_OPTION = re.compile(r"\s*(?P<name>[^=:]*?)\s*[=:](?P<value>.*)")


class IniError(Exception):
    """An ini file that `configparser` refuses; `location` says where."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(message)
        self.message = message
        self.location = location


class IniOption(Struct, frozen=True):
    """One option: `raw` before interpolation, `value` after it, or None where that fails.

    `span` covers the raw value from behind the delimiter's spaces to the end of its last line.
    """

    name: str
    raw: str
    value: str | None
    span: Span
    name_span: Span
    section: str


class IniFile:
    """An ini file; `defaults` are the names that interpolation knows besides the file's own."""

    def __init__(self, file: SourceFile, defaults: Mapping[str, str]) -> None:
        """Raises IniError where `configparser` would fail, and OSError where the file cannot be read."""
        self.file = file
        text = _decoded(file)
        self._parser = configparser.ConfigParser(dict(defaults))
        try:
            self._parser.read_string(text, str(file.path))
        except configparser.Error as error:
            raise _located(error, file) from error
        self._spans: dict[str, dict[str, tuple[Span, Span]]] = {}
        self._headers: dict[str, Span] = {}
        for section, header, option in _scan(file):
            self._headers.setdefault(section, header)
            known = self._spans.setdefault(section, {})
            if option is not None:
                name, name_span, span = option
                known[self._parser.optionxform(name)] = (name_span, span)

    @property
    def sections(self) -> Mapping[str, Span]:
        """Every section but `[DEFAULT]`, with the range of its header."""
        return {name: span for name, span in self._headers.items() if name != DEFAULT}

    def own(self, section: str) -> frozenset[str]:
        """The names of the options written in a section itself."""
        return frozenset(self._spans.get(section, ()))

    def options(self, section: str) -> dict[str, IniOption]:
        """The options of a section and those that it inherits from `[DEFAULT]`, as written.

        What `Config.get_section` answers, except for `here`, which is written nowhere.
        """
        if section not in self._headers:
            return {}
        options = {}
        for origin in (DEFAULT, section):
            for name, (name_span, span) in self._spans.get(origin, {}).items():
                raw = self._parser.get(section, name, raw=True)
                options[name] = IniOption(name, raw, self._value(section, name), span, name_span, origin)
        return options

    def _value(self, section: str, name: str) -> str | None:
        try:
            return self._parser.get(section, name)
        except configparser.InterpolationError:
            return None


def _decoded(file: SourceFile) -> str:
    if file.bom:
        message = "the file starts with a byte order mark, which `configparser` takes for an option without a section"
        raise IniError(message, Location(file.path, Span.empty(1, 1)))
    try:
        file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = file.data[: error.start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        message = f"the file is not UTF-8 ({error.reason} 0x{file.data[error.start]:02x})"
        raise IniError(message, Location(file.path, Span(line, column, line, column + 1))) from error
    return file.text


def _located(error: configparser.Error, file: SourceFile) -> IniError:
    match error:
        case configparser.MissingSectionHeaderError():
            line, message = error.lineno, "there is text in front of the first section header"
        case configparser.DuplicateSectionError():
            line, message = error.lineno or 1, f"the section `{error.section}` exists twice"
        case configparser.DuplicateOptionError():
            line, message = error.lineno or 1, f"the option `{error.option}` exists twice in section `{error.section}`"
        case configparser.ParsingError():
            line, message = error.errors[0][0], "the line is neither a section, an option nor a comment"
        case _:
            line, message = 1, " ".join(str(error).split())
    return IniError(message, Location(file.path, file.whole_line(line)))


_Option = tuple[str, Span, Span]


def _scan(file: SourceFile) -> Iterator[tuple[str, Span, _Option | None]]:
    """Every section header, and every option with the header it stands under.

    Follows `RawConfigParser._read` for a file that is known to parse.
    """
    section, header = "", Span.empty(1, 1)
    pending: _Option | None = None
    indent = 0
    for number, line in enumerate(file.lines, start=1):
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        column = len(line) - len(line.lstrip())
        end = len(line.rstrip()) + 1
        if pending is not None and column > indent:
            name, name_span, span = pending
            pending = name, name_span, replace(span, end_line=number, end_column=end)
            continue
        indent = column
        if pending is not None:
            yield section, header, pending
            pending = None
        found = configparser.ConfigParser.SECTCRE.match(text)
        if found:
            section, header = found.group("header"), Span(number, column + 1, number, end)
            yield section, header, None
            continue
        option = _OPTION.match(line)
        if option is None:
            continue
        start = option.end() - len(option["value"].lstrip()) if option["value"].strip() else option.start("value")
        name_span = Span(number, option.start("name") + 1, number, option.end("name") + 1)
        pending = option["name"], name_span, Span(number, start + 1, number, max(end, start + 1))
    if pending is not None:
        yield section, header, pending
