"""`upgrade heads` by Alembic itself, without the project's env.py. A program of its own, for any interpreter.

It needs nothing but Alembic and a driver. One job (JSON) comes on stdin; what happens is told on stdout, a JSON
value a line: each revision once it is applied, at the end the outcome.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import sys
import traceback
import types
from typing import Any, NoReturn


class _Hollow(types.ModuleType):
    """A module that cannot be imported here: names can be taken from it, and whatever is done with them fails."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(f"{self.__name__}.{name}")


class _Missing:
    def __init__(self, name: str) -> None:
        self._name = name

    def _fail(self, *_: object, **__: object) -> NoReturn:
        raise ModuleNotFoundError(f"{self._name} cannot be imported here")

    __call__ = __getitem__ = __iter__ = __enter__ = __mro_entries__ = __add__ = __str__ = __eq__ = _fail
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> NoReturn:
        self._fail()


def _import_leniently(folders: tuple[str, ...]) -> None:
    """What only one revision needs must not keep the others from being loaded."""
    really = builtins.__import__

    def lenient(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        try:
            return really(name, globals, locals, fromlist, level)
        except BaseException:
            if not str((globals or {}).get("__file__", "")).startswith(folders):
                raise
            return _Hollow(name if fromlist else name.partition(".")[0])

    builtins.__import__ = lenient


def main() -> None:
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    job = json.load(sys.stdin)

    def tell(value: object) -> None:
        channel.write(json.dumps(value) + "\n")
        channel.flush()

    # Before a project's own `logging.py` or `alembic/` can be taken for them.
    for name in ("alembic.config", "alembic.op", "sqlalchemy.orm", "logging.config", "email.mime.text", "types"):
        importlib.import_module(name)
    folders = tuple(job["version_locations"])
    sys.path[:0] = job["paths"]
    sys.path += job["guessed_paths"]
    _import_leniently(folders)
    try:
        _run(job, tell)
        tell({"done": True})
    except BaseException as error:  # a revision may raise anything, SystemExit too
        trace = traceback.extract_tb(error.__traceback__)
        place = next((each for each in reversed(trace) if each.filename.startswith(folders)), None)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        tell({"done": False, "error": text[:300], "file": place and os.path.basename(place.filename)})
        traceback.print_exc()
    channel.flush()
    os._exit(0)


def _run(job: dict[str, Any], tell: Any) -> None:
    import alembic
    import sqlalchemy
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    tell({"sqlalchemy": sqlalchemy.__version__, "alembic": alembic.__version__})
    config = Config(job["ini"])
    config.set_main_option("script_location", job["script_location"].replace("%", "%%"))
    script = ScriptDirectory(
        job["script_location"],
        version_locations=job["version_locations"],
        recursive_version_locations=job["recursive"],
    )
    metadata = sqlalchemy.MetaData(naming_convention=job["convention"] or None)
    engine = sqlalchemy.create_engine(job["url"], poolclass=sqlalchemy.pool.NullPool)

    def upgrade(revision: Any, context: Any) -> Any:
        return script._upgrade_revs("heads", revision)[: job["at_most"]]

    def applied(*, step: Any, **_: Any) -> None:
        tell({"applied": step.up_revision_id})

    with (
        EnvironmentContext(config, script, fn=upgrade, destination_rev="heads") as environment,
        engine.connect() as connection,
    ):
        # env.py may have made room for longer names than Alembic itself does.
        with connection.begin():
            connection.execute(sqlalchemy.text("CREATE TABLE alembic_version (version_num varchar(255) PRIMARY KEY)"))
        environment.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            on_version_apply=applied,  # type: ignore[arg-type]
        )
        with environment.begin_transaction():
            environment.run_migrations()


if __name__ == "__main__":
    main()
