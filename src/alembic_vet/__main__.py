"""The `alembic-vet` command, and `python -m alembic_vet`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Answer from the cache, else run the command and keep what it said."""
    # A run keeps nearly all that it reads: a collector would walk every syntax tree again and again, and free nothing.
    gc.disable()
    code = _answer(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # nobody listens any more, or never did
        gc.freeze()  # Python collects once more on its way out, disabled or not
        sys.exit(code)
    # The system takes all memory back at once; Python would free each object by itself first.
    os._exit(code)


def _answer(arguments: list[str]) -> int:
    # Not before the collector is off.
    from alembic_vet import cache
    from alembic_vet.report import terminal

    answer = cache.answer(arguments)
    known = answer.recall() if answer else None
    if known is not None:
        code, printed = known
        for error, text in printed:
            terminal.write_bytes(text.encode("latin-1"), err=error)
        return code

    from alembic_vet import disk
    from alembic_vet.cli.app import run

    if answer is None:
        return run(arguments)
    with disk.noting() as seen, terminal.copying() as copies:
        code = run(arguments)
    if code in (0, 1) and not disk.has_written(seen):
        answer.keep(code, [(error, data.decode("latin-1")) for error, data in copies], seen)
    return code


if __name__ == "__main__":
    main()
