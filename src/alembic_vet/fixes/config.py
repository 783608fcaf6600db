"""Edits of ini and TOML files: one option set, one item added, everything else as it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from alembic_vet.findings import Edit, Span
from alembic_vet.fixes.changes import FixImpossible
from alembic_vet.source.file import SourceFile
from alembic_vet.source.ini import IniError, IniFile
from alembic_vet.source.toml import TomlError, TomlFile

TomlValue = str | bool | int | list[str]


def replace_value(file: SourceFile, span: Span, raw: str) -> Edit:
    """Another raw value for an ini option, `span` being that of the old one."""
    before = file.lines[span.line - 1][: span.column - 1]
    gap = " " if before.rstrip()[-1:] in "=:" and before == before.rstrip() and before[-2:-1] == " " else ""
    return Edit(file.path, span, gap + _continued(raw))


def set_ini_option(file: SourceFile, section: str, name: str, raw: str, *, after: Sequence[str] = ()) -> Edit:
    """Give an option a raw value, adding it if the section has it not.

    A new option goes below the line that has it commented out, else below the first of
    `after` that exists, else below the section's last option.

    Raises FixImpossible for a file that `configparser` refuses.
    """
    try:
        ini = IniFile(file, {})
    except IniError as error:
        raise FixImpossible(error.message) from error
    if section not in ini.sections:
        text = file.text.rstrip("\n")
        gap = "\n\n" if text else ""
        return _appended(file, f"{gap}[{section}]\n{name} = {_continued(raw)}")
    own = {each: option for each, option in ini.options(section).items() if each in ini.own(section)}
    known = own.get(name.lower())
    if known is not None:
        return replace_value(file, known.span, raw)
    lines = [ini.sections[section].line, *(option.span.end_line for option in own.values())]
    commented = _commented(file, name, min(lines), _section_end(file, min(lines)), r"[#;]")
    anchor = next((own[each.lower()] for each in after if each.lower() in own), None)
    line = commented or (anchor.span.end_line if anchor else max(lines))
    indents = [file.lines[option.name_span.line - 1][: option.name_span.column - 1] for option in own.values()]
    delimiters = [
        file.slice(Span(option.name_span.line, option.name_span.end_column, option.span.line, option.span.column))
        for option in own.values()
        if option.raw
    ]
    indent, delimiter = _usual(indents, ""), _usual(delimiters, " = ")
    return _below(file, line, f"{indent}{name}{delimiter}{_continued(raw, indent)}")


def set_toml_value(file: SourceFile, path: tuple[str, ...], value: TomlValue, *, after: Sequence[str] = ()) -> Edit:
    """Give a key a value, adding it to its table in the same way.

    Raises FixImpossible for a file that is no TOML, or where the table has no header.
    """
    import tomlkit

    toml = _toml(file)
    text = tomlkit.item(value).as_string()
    known = toml.key(*path)
    if known is not None:
        return Edit(file.path, known.value, text)
    *table, name = path
    header = toml.key(*table)
    if header is None or not file.slice(header.name).startswith("["):
        raise FixImpossible(f"the file has no table [{'.'.join(table)}]")
    places = {each: toml.key(*table, each) for each in toml.table(*table) or {}}
    own = {
        each: place.value
        for each, place in places.items()
        if place is not None and not file.slice(place.name).startswith("[") and place.name.line > header.name.line
    }
    lines = [header.name.line, *(span.end_line for span in own.values())]
    commented = _commented(file, name, header.name.line, _section_end(file, max(lines)), "#")
    anchor = next((own[each] for each in after if each in own), None)
    line = commented or (anchor.end_line if anchor else max(lines))
    key = name if re.fullmatch(r"[\w-]+", name, re.ASCII) else tomlkit.item(name).as_string()
    return _below(file, line, f"{key} = {text}")


def add_toml_item(file: SourceFile, path: tuple[str, ...], item: str) -> Edit:
    """Add a string to an array, which a single string becomes on the way.

    Raises FixImpossible where there is neither.
    """
    import tomlkit

    toml = _toml(file)
    found = (toml.table(*path[:-1]) or {}).get(path[-1])
    place = toml.key(*path)
    text = tomlkit.item(item).as_string()
    match found:
        case str() if place is not None:
            return Edit(file.path, place.value, f"[{file.slice(place.value)}, {text}]")
        case [] if place is not None:
            start = place.value
            return Edit(file.path, Span.empty(start.line, start.column + 1), text)
        case [*items] if place is not None:
            last = toml.key(*path, str(len(items) - 1))
            assert last is not None
            line = file.lines[last.value.end_line - 1]
            indent, rest = line[: last.value.column - 1], line[last.value.end_column - 1 :]
            ending = re.fullmatch(r"(?P<comma>\s*,)?(?P<tail>\s*(#.*)?)", rest)
            if indent.strip() or ending is None:
                end = Span.empty(last.value.end_line, last.value.end_column)
                return Edit(file.path, end, f", {text}")
            span = Span(last.value.end_line, last.value.end_column, last.value.end_line, len(line) + 1)
            return Edit(file.path, span, f",{ending['tail']}\n{indent}{text}{',' if ending['comma'] else ''}")
    raise FixImpossible(f"{'.'.join(path)} is no array")


def _continued(raw: str, indent: str = "") -> str:
    return raw.replace("\n", f"\n{indent}    ")


def _toml(file: SourceFile) -> TomlFile:
    try:
        return TomlFile(file)
    except TomlError as error:
        raise FixImpossible(error.message) from error


def _below(file: SourceFile, line: int, text: str) -> Edit:
    return Edit(file.path, Span.empty(line, len(file.lines[line - 1]) + 1), f"\n{text}")


def _appended(file: SourceFile, text: str) -> Edit:
    end = len(file.lines)
    while end > 1 and not file.lines[end - 1]:
        end -= 1
    last = len(file.lines)
    return Edit(file.path, Span(end, len(file.lines[end - 1]) + 1, last, len(file.lines[-1]) + 1), f"{text}\n")


def _section_end(file: SourceFile, line: int) -> int:
    """The last line before the next header."""
    for number in range(line + 1, len(file.lines) + 1):
        if file.lines[number - 1].lstrip().startswith("["):
            return number - 1
    return len(file.lines)


def _commented(file: SourceFile, name: str, first: int, last: int, mark: str) -> int | None:
    """The last line of a commented-out option, which may go on over several comment lines."""
    pattern = re.compile(rf"\s*{mark}\s*{re.escape(name)}\s*[=:]\s*(?P<value>.*)", re.IGNORECASE)
    for number in range(first, last + 1):
        found = pattern.match(file.lines[number - 1])
        if found is None:
            continue
        if not found["value"].startswith("[") or "]" in found["value"]:
            return number
        closing = (line for line in range(number + 1, last + 1) if re.match(rf"\s*{mark}\s*\]", file.lines[line - 1]))
        return next(closing, None)
    return None


def _usual(found: Iterable[str], default: str) -> str:
    return next((text for text, _ in Counter(found).most_common(1)), default)
