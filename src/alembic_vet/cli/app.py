"""The `alembic-vet` command and its exit codes.

0: nothing to report, 1: findings, 2: wrong use or an error of this tool.
"""

from __future__ import annotations

from pathlib import Path

from alembic_vet.cli.shared import print_error, write_text
from alembic_vet.errors import UserError

_INTERRUPTED = 130  # what a shell reports for a process that SIGINT ended


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    try:
        if _is_check_without_options(arguments):  # as most hooks run it: importing click would be a quarter of the time
            from alembic_vet.cli.checking import Options, check

            return check(Options(paths=tuple(Path(path) for path in arguments[1:])))
        from alembic_vet.cli.commands import run_command

        return run_command(arguments)
    except UserError as error:
        print_error(str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            from traceback import format_exc

            write_text(format_exc(), err=True)
            return 2
        print_error(f"internal error: {type(error).__name__}: {error} (--debug shows where; please report it)")
    return 2


def _is_check_without_options(arguments: list[str]) -> bool:
    return arguments[:1] == ["check"] and not any(each.startswith("-") for each in arguments)
