"""`alembic-vet history`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alembic_vet.cli.options import color_option, debug_option
from alembic_vet.cli.shared import print_note, render_context, write_text
from alembic_vet.errors import UserError
from alembic_vet.settings import load

if TYPE_CHECKING:
    from alembic_vet.project.environment import Environment
    from alembic_vet.report.history import HistoryView


@click.command("history")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path))
@click.option("--at", metavar="REVISION", help="The schema after this revision (default: after the last).")
@click.option("--enum", "enum_name", metavar="NAME", help="The life line of one enum type.")
@click.option("--table", "table_name", metavar="NAME", help="The life line of one table.")
@click.option("--output-format", type=click.Choice(["text", "json", "mermaid"]), default="text", show_default=True)
@color_option
@debug_option
def show_history(
    path: Path,
    at: str | None,
    enum_name: str | None,
    table_name: str | None,
    output_format: str,
    color: str,
    debug: bool,
) -> None:
    """Show what the revisions make of the schema, without a database.

    Every revision is replayed as PostgreSQL would run it. What could not be followed is marked as not known.
    """
    if enum_name and table_name:
        raise UserError("--enum and --table exclude each other")
    from alembic_vet.project.discovery import discover
    from alembic_vet.project.environment import Environment
    from alembic_vet.project.roots import project_roots
    from alembic_vet.report.history import render
    from alembic_vet.source.file import Sources

    target = path.absolute()
    settings, sources = load(target), Sources()
    found = discover([target], settings, sources)
    views: list[HistoryView] = []
    for config in found.environments:
        root = project_roots(config.path.parent, Path.cwd())[0]
        environment = Environment(config, settings, sources, root, found.environments)
        view = _view(environment, at, enum_name, table_name)
        if view is not None:
            views.append(view)
    if not views:
        wanted = at or enum_name or table_name
        if found.environments and wanted:
            raise UserError(f"no environment in {path} has `{wanted}`")
        print_note(f"no Alembic environment found in {path}")
    write_text(render(views, output_format, render_context(color)))


def _view(
    environment: Environment, at: str | None, enum_name: str | None, table_name: str | None
) -> HistoryView | None:
    from alembic_vet.model.lifeline import enum_line, enums_at, table_line, tables_at
    from alembic_vet.report.history import HistoryView

    history = environment.history
    location = str(environment.config.script_location)
    replayed = history.at(at) if at else None
    if at and replayed is None:
        return None
    state = replayed.after if replayed else history.head
    name = replayed.revision.identifier if replayed else None
    if state is None:
        return HistoryView(location, 0, None) if not (enum_name or table_name) else None
    if enum_name:
        steps = enum_line(history, enum_name)
        enums = tuple(each for each in enums_at(state) if enum_name in (each.name, each.name.rpartition(".")[2]))
        return (
            HistoryView(location, len(history.revisions), name, (), enums, f"enum {enum_name}", steps)
            if steps
            else None
        )
    if table_name:
        steps = table_line(history, table_name)
        return (
            HistoryView(location, len(history.revisions), name, (), (), f"table {table_name}", steps) if steps else None
        )
    return HistoryView(location, len(history.revisions), name, tables_at(state), enums_at(state))
