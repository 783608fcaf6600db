"""`alembic-vet check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from alembic_vet import disk
from alembic_vet.cli.shared import color_option, debug_option, print_error, print_note, render_context, write_text
from alembic_vet.errors import UserError
from alembic_vet.findings import Report, Safety, Severity
from alembic_vet.report import FORMATS, TEXT_FORMATS
from alembic_vet.settings import Settings, from_config, load, parse_version

if TYPE_CHECKING:
    from alembic_vet.report.context import RenderContext

STDIN = "-"


def _listed(ctx: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True, readable=False))
@click.option("--fix", is_flag=True, help="Make the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: the unsafe fixes too.")
@click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing, exit 1 if it would.")
@click.option("--select", multiple=True, callback=_listed, metavar="NAMES", help="Use these rules or families, or ALL.")
@click.option("--ignore", multiple=True, callback=_listed, metavar="NAMES", help="Leave out these rules or families.")
@click.option("--extend-select", multiple=True, callback=_listed, metavar="NAMES", help="Use these rules as well.")
@click.option(
    "--output-format",
    type=click.Choice(FORMATS),
    default="full",
    metavar="FORMAT",
    help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: full).",
)
@click.option(
    "--fail-on", type=click.Choice([level.value for level in reversed(Severity)]), help="Least severity that fails."
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of showing them.")
@click.option("-q", "--quiet", is_flag=True, help="Show findings and errors, nothing else.")
@click.option("-v", "--verbose", is_flag=True, help="Show what was read and what each fix would change.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The Alembic configuration to check (ini or pyproject.toml), or settings of alembic-vet; its content decides.",
)
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With the path `-`: check standard input as if it were this file. --fix prints the result.",
)
@click.option("--target-postgres", metavar="VERSION", help="The PostgreSQL that migrations run on, such as 14.")
@click.option("--no-cache", is_flag=True, help="Check again even where nothing has changed, and keep nothing.")
@color_option
@debug_option
def check(
    paths: tuple[Path, ...],
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    output_format: str,
    fail_on: str | None,
    exit_zero: bool,
    statistics: bool,
    quiet: bool,
    verbose: bool,
    config: Path | None,
    stdin_filename: Path | None,
    target_postgres: str | None,
    no_cache: bool,
    color: str,
    debug: bool,
) -> int:
    """Check Alembic environments.

    PATHS are folders, revisions, env.py, ini or TOML files (default: `.`). For a single file the rest of the
    project is context: findings are those in the file.

    Settings are read from alembic-vet.toml or [tool.alembic-vet] in pyproject.toml, searched upward from the
    first path. --select replaces the select, extend-select and ignore found there; --ignore and --extend-select
    add to them.
    """
    if unsafe_fixes and not (fix or diff):
        raise UserError("--unsafe-fixes goes with --fix or --diff")
    if quiet and verbose:
        raise UserError("--quiet and --verbose exclude each other")
    if output_format not in TEXT_FORMATS and (statistics or diff):
        raise UserError(f"--{'diff' if diff else 'statistics'} does not go with --output-format {output_format}")
    targets, overlay = _targets(paths, stdin_filename)
    settings, config = _settings(targets[0], config)
    settings = _overridden(settings, select, ignore, extend_select, fail_on, target_postgres)
    if verbose:
        print_note(f"settings: {settings.file or 'none found'}")

    from alembic_vet import cache
    from alembic_vet.report import render
    from alembic_vet.report.context import Verbosity
    from alembic_vet.runner import FixMode, run
    from alembic_vet.source.file import Sources

    mode = FixMode.UNSAFE if unsafe_fixes else FixMode.SAFE if fix or diff else FixMode.NONE
    sources = Sources(overlay) if overlay else None
    stores = None if no_cache or debug else cache.stores()
    report = run(targets, settings, fix=mode, sources=sources, config=config, debug=debug, stores=stores)
    if fix and not diff and not overlay:
        _save(report, targets)
    context = replace(
        render_context(color),
        sources=Sources({**overlay, **{path: after for path, _, after in report.changed}}),
        verbosity=Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL,
        fixing=(Safety.UNSAFE if unsafe_fixes else Safety.SAFE) if fix or diff else None,
        dry=diff,
    )
    for note in () if quiet else report.notes:
        print_note(note)
    printed = _instead(report, context, diff=diff, fixed=overlay if fix and not diff else {})
    shown = "statistics" if statistics else "concise" if diff else output_format
    write_text(render(shown, report, context), err=printed)
    for problem in report.problems:
        print_error(problem)
    if report.problems:
        return 2
    failing = any(settings.fail_on <= finding.severity for finding in report.findings)
    return int((failing or (diff and bool(report.changed))) and not exit_zero)


def _instead(report: Report, context: RenderContext, *, diff: bool, fixed: dict[Path, bytes]) -> bool:
    """Print what goes to stdout in place of the report: a patch, or the fixed text of standard input."""
    if diff:
        from alembic_vet.report.patch import patch

        write_text(patch(report.changed, context))
    after = {path: data for path, _, data in report.changed}
    for path, data in fixed.items():
        from alembic_vet.report.terminal import write_bytes

        write_bytes(after.get(path, data))
    return diff or bool(fixed)


def _targets(paths: tuple[Path, ...], stdin_filename: Path | None) -> tuple[list[Path], dict[Path, bytes]]:
    """The absolute paths to check, and standard input as the text of one of them."""
    if (Path(STDIN) in paths) != (stdin_filename is not None) or (stdin_filename and len(paths) > 1):
        raise UserError("to check standard input, give --stdin-filename FILE and the one path `-`")
    if stdin_filename:
        target = Path(os.path.abspath(stdin_filename))
        return [target], {target: sys.stdin.buffer.read()}
    for path in paths:
        if not disk.exists(path):
            raise UserError(f"{path}: no such file or folder")
        if not disk.is_readable(path):
            raise UserError(f"{path}: Permission denied")
    return [Path(os.path.abspath(path)) for path in paths or (Path(),)], {}


def _settings(start: Path, config: Path | None) -> tuple[Settings, Path | None]:
    """The settings that hold, and the Alembic configuration that `--config` names, if it names one."""
    if config is None:
        return load(start), None
    config = Path(os.path.abspath(config))
    settings, alembic = from_config(config)
    return settings or load(start), config if alembic else None


def _overridden(
    settings: Settings,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    fail_on: str | None,
    target_postgres: str | None,
) -> Settings:
    """The settings with the command line's on top; every name of a rule is checked."""
    from alembic_vet.rules.catalog import validate

    validate(settings.selectors, str(settings.file))
    for option, names in (("--select", select), ("--ignore", ignore), ("--extend-select", extend_select)):
        validate(names, option)
    if select:
        settings = replace(settings, select=select, extend_select=(), ignore=())
    try:
        target = parse_version(target_postgres) if target_postgres is not None else settings.target_postgres
    except ValueError as error:
        raise UserError(f"--target-postgres {error}") from None
    return replace(
        settings,
        ignore=settings.ignore + ignore,
        extend_select=settings.extend_select + extend_select,
        fail_on=Severity(fail_on) if fail_on else settings.fail_on,
        target_postgres=target,
    )


def _save(report: Report, targets: list[Path]) -> None:
    """Write what fixes changed, nowhere but in the projects that were checked."""
    if not report.changed:
        return
    from alembic_vet.fixes.write import write
    from alembic_vet.project.roots import project_roots
    from alembic_vet.source.file import SourceFile

    folders = [target if disk.is_folder(target) else target.parent for target in targets]
    roots = {project_roots(folder, Path.cwd())[-1] for folder in folders}
    write([SourceFile(path, after) for path, _, after in report.changed], roots)
