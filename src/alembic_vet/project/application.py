"""Tables that the application makes, beside the revisions: `metadata.create_all()` makes those of its models."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from alembic_vet.model.schema.objects import Key
from alembic_vet.project.environment import Environment
from alembic_vet.project.models import ModelIndex

# Alembic's own recipe for a new database: "Building an Up to Date Database from Scratch" of its cookbook.
_CREATES = b"create_all("
_STAMP, _STAMPS = b"stamp(", rb"(?<!def )\bstamp\("
_UPGRADES = b"command.upgrade("
_TESTS = r"tests?|test_.*|.*_tests?\.py|conftest\.py"


def makes_table(environment: Environment, table: Key) -> bool:
    """Whether it makes that one, wherever it is not there."""
    default = environment.replay_options.default_schema
    declared = {(each.schema or default, each.table) for each in environment.models.tables}
    return (table.schema, table.name) in declared and makes_tables(environment)


def makes_tables(environment: Environment) -> bool:
    """Whether the project's code creates tables from models and hands the database over to Alembic."""
    models = environment.models
    own = tuple(str(folder) for folder in environment.config.version_locations)
    start = len(str(environment.project_root)) + 1
    modules = [name for name in models.files if name.endswith(".py") and not name.startswith(own)]
    creates = False
    for name in (each for each in _holding(_CREATES, modules, models) if not _is_test(each[start:])):
        if _UPGRADES in models.data(name):
            return True
        creates = True
    stamping = (name for name in _holding(_STAMP, modules, models) if re.search(_STAMPS, models.data(name)))
    return creates and not all(_is_test(name[start:]) for name in stamping)


def _holding(word: bytes, modules: Iterable[str], models: ModelIndex) -> Iterator[str]:
    return (name for name in modules if word in models.data(name))


def _is_test(name: str) -> bool:
    return any(re.fullmatch(_TESTS, part) for part in name.split(os.sep))
