"""What `alembic-vet check` does, once its command line has been taken apart."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from alembic_vet import disk
from alembic_vet.cli.shared import print_error, print_note, render_context, write_text
from alembic_vet.errors import UserError
from alembic_vet.findings import Report, Safety, Severity
from alembic_vet.report import TEXT_FORMATS
from alembic_vet.settings import Settings, from_config, load, parse_version

if TYPE_CHECKING:
    from alembic_vet.report.context import RenderContext

STDIN = "-"


class Options(Struct, frozen=True, kw_only=True):
    """The options of `check`, with the values of those that are not given."""

    paths: tuple[Path, ...]
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    output_format: str = "full"
    fail_on: str | None = None
    exit_zero: bool = False
    statistics: bool = False
    quiet: bool = False
    verbose: bool = False
    config: Path | None = None
    stdin_filename: Path | None = None
    target_postgres: str | None = None
    no_cache: bool = False
    color: str = "auto"
    debug: bool = False


def check(options: Options) -> int:
    """Check, fix and report as the options say; the exit code.

    Raises UserError.
    """
    fix, diff, unsafe_fixes = options.fix, options.diff, options.unsafe_fixes
    if unsafe_fixes and not (fix or diff):
        raise UserError("--unsafe-fixes goes with --fix or --diff")
    if options.quiet and options.verbose:
        raise UserError("--quiet and --verbose exclude each other")
    if options.output_format not in TEXT_FORMATS and (options.statistics or diff):
        wrong = "diff" if diff else "statistics"
        raise UserError(f"--{wrong} does not go with --output-format {options.output_format}")
    targets, overlay = _targets(options.paths, options.stdin_filename)
    settings, config = _settings(targets[0], options.config)
    settings = _overridden(settings, options)
    if options.verbose:
        print_note(f"settings: {settings.file or 'none found'}")

    from alembic_vet import cache
    from alembic_vet.report import render
    from alembic_vet.runner import FixMode, run
    from alembic_vet.source.file import Sources

    mode = FixMode.UNSAFE if unsafe_fixes else FixMode.SAFE if fix or diff else FixMode.NONE
    sources = Sources(overlay) if overlay else None
    stores = None if options.no_cache or options.debug else cache.stores()
    report = run(targets, settings, fix=mode, sources=sources, config=config, debug=options.debug, stores=stores)
    if fix and not diff and not overlay:
        _save(report, targets)
    context = replace(
        render_context(options.color),
        sources=Sources({**overlay, **{path: after for path, _, after in report.changed}}),
        verbosity="quiet" if options.quiet else "verbose" if options.verbose else "normal",
        fixing=(Safety.UNSAFE if unsafe_fixes else Safety.SAFE) if fix or diff else None,
        dry=diff,
    )
    for note in () if options.quiet else report.notes:
        print_note(note)
    printed = _instead(report, context, diff=diff, fixed=overlay if fix and not diff else {})
    shown = "statistics" if options.statistics else "concise" if diff else options.output_format
    write_text(render(shown, report, context), err=printed)
    for problem in report.problems:
        print_error(problem)
    if report.problems:
        return 2
    failing = any(settings.fail_on <= finding.severity for finding in report.findings)
    return int((failing or (diff and bool(report.changed))) and not options.exit_zero)


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
        if sys.stdin is None:
            raise UserError("standard input is closed")
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


def _overridden(settings: Settings, options: Options) -> Settings:
    """The settings with the command line's on top; every name of a rule is checked."""
    from alembic_vet.rules.catalog import validate

    select, ignore, extend_select = options.select, options.ignore, options.extend_select
    validate(settings.selectors, str(settings.file))
    for option, names in (("--select", select), ("--ignore", ignore), ("--extend-select", extend_select)):
        validate(names, option)
    if select:
        settings = replace(settings, select=select, extend_select=(), ignore=())
    version = options.target_postgres
    try:
        target = parse_version(version) if version is not None else settings.target_postgres
    except ValueError as error:
        raise UserError(f"--target-postgres {error}") from None
    return replace(
        settings,
        ignore=settings.ignore + ignore,
        extend_select=settings.extend_select + extend_select,
        fail_on=Severity(options.fail_on) if options.fail_on else settings.fail_on,
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
