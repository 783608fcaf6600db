"""A history as text, JSON or a Mermaid diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, to_builtins

from alembic_vet.model.lifeline import EnumView, Step, TableView
from alembic_vet.report.context import RenderContext, counted
from alembic_vet.report.style import paint

VERSION = 1


class HistoryView(Struct, frozen=True):
    """What is shown of one environment: a point in time, or the life line of `subject`."""

    script_location: str
    revisions: int
    at: str | None
    tables: tuple[TableView, ...] = ()
    enums: tuple[EnumView, ...] = ()
    subject: str | None = None
    steps: tuple[Step, ...] = ()


def render(views: Sequence[HistoryView], output_format: str, context: RenderContext) -> str:
    """The views in one of `text`, `json`, `mermaid`."""
    if output_format == "json":
        import json

        return json.dumps({"version": VERSION, "environments": to_builtins(views)}, indent=2) + "\n"
    lines = (
        line for view in views for line in (_mermaid(view) if output_format == "mermaid" else _text(view, context))
    )
    return "".join(f"{line}\n" for line in lines)


def _text(view: HistoryView, context: RenderContext) -> Iterator[str]:
    if view.subject is not None:
        yield paint(view.subject, context, bold=True)
        width = max((len(step.revision) for step in view.steps), default=0)
        for step in view.steps:
            label = paint(f"{step.revision:<{width}}", context, "yellow")
            for change in step.changes:
                yield f"  {label}  {change}"
                label = " " * width
        yield from _enums(view.enums, context)
        return
    known = f"{counted(len(view.tables), 'table')}, {counted(len(view.enums), 'enum')}"
    where = f" at {view.at}" if view.at else ""
    yield paint(
        f"{view.script_location}{where}: {known} after {counted(view.revisions, 'revision')}", context, bold=True
    )
    for table in view.tables:
        yield ""
        yield paint(f"table {table.name}", context, bold=True) + ("" if table.sure else "  (not all of it is known)")
        yield from (f"  {line}" for line in table.lines)
    yield from _enums(view.enums, context)


def _enums(enums: Iterable[EnumView], context: RenderContext) -> Iterator[str]:
    for enum in enums:
        yield ""
        labels = "labels not known" if enum.labels is None else ", ".join(repr(label) for label in enum.labels)
        yield paint(f"enum {enum.name}", context, bold=True) + f"  {labels}"
        yield f"  used by {', '.join(enum.users) or 'nothing'}"


def _mermaid(view: HistoryView) -> Iterator[str]:
    if view.subject is not None:
        yield "timeline"
        yield f"    title {view.subject}"
        for step in view.steps:
            yield f"    {_plain(step.revision)} : " + " : ".join(_plain(change) for change in step.changes)
        return
    yield "erDiagram"
    for table in view.tables:
        yield f'    "{table.name}" {{'
        for line in table.lines:
            name, _, rest = line.partition(" ")
            kind = rest.split(" NOT NULL")[0].split(" DEFAULT")[0]
            if "(" not in line.split(" ")[1:2] and not rest.startswith(
                ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "INDEX")
            ):
                yield f"        {_word(kind)} {_word(name)}"
        yield "    }"
    for enum in view.enums:
        for user in enum.users:
            yield f'    "{user.rpartition(".")[0]}" }}o--|| "{enum.name}" : {_word(user.rpartition(".")[2])}'


def _plain(text: str) -> str:
    return text.replace(":", " ").replace(";", ",")


def _word(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text).strip("_") or "unknown"
