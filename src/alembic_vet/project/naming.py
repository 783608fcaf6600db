"""The naming convention of the metadata that env.py gives Alembic, which names what revisions leave unnamed."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from alembic_vet.model.models import MetadataId
from alembic_vet.model.schema.names import DEFAULT_CONVENTION, NamingConvention
from alembic_vet.project.models import ModelIndex, is_of_tests
from alembic_vet.source.file import SourceFile
from alembic_vet.source.frame import Frame
from alembic_vet.source.interpreter import Interpreter
from alembic_vet.source.unknown import OPAQUE, Opaque
from alembic_vet.source.values import Call, Class, Context, Either, Instance, Mapping, Value, constant, options

_WORD = b"naming_convention"
# advanced_alchemy/base.py: `convention`, given to its `orm_registry`
_ADVANCED_ALCHEMY: NamingConvention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def naming_convention(models: ModelIndex) -> NamingConvention | Opaque:
    """What the operations of a revision are named by; OPAQUE where the project has one that cannot be read.

    Where env.py's metadata is not known, that of the project's tables is meant.
    """
    target = models.target
    if target.kind == "none":
        return DEFAULT_CONVENTION
    assigned = list(_assigned(models))
    if assigned:
        known = [each for each in assigned if isinstance(each, dict)]
        return known[0] if len(known) == len(assigned) == 1 else OPAQUE
    metadata = target.metadata or frozenset(table.metadata for table in models.tables)
    found = [_of_metadata(each, models) for each in sorted(metadata, key=str)]
    if not found:
        return (
            OPAQUE if any(_is_mentioned(models.sources.file(path)) for path in _modules(models)) else DEFAULT_CONVENTION
        )
    # Alembic asks `target_metadata` itself for its convention, and a list has none.
    return _agreed(found if len(found) == 1 else [DEFAULT_CONVENTION, *found])


def _modules(models: ModelIndex) -> Iterator[str]:
    """What env.py may run: no tests, which make conventions of their own, unless it lies among them."""
    environments = (models.config, *models.siblings)
    folders = [folder for config in environments for folder in config.version_locations]
    around = os.path.relpath(models.config.script_location, models.project_root).split(os.sep)
    return models.outside(folders, (lambda _: False) if any(map(is_of_tests, around)) else is_of_tests)


def _of_metadata(metadata: MetadataId, models: ModelIndex) -> NamingConvention | Opaque:
    if metadata.path is None:
        return _ADVANCED_ALCHEMY if metadata.module.startswith("advanced_alchemy") else DEFAULT_CONVENTION
    module = models.symbols.load(metadata.path)
    if module is None:
        return OPAQUE
    run = Interpreter(models.resolver)
    scope = run.module(module.module.name)
    owner = run.member(scope, metadata.owner) if scope and scope.file.path == metadata.path else None
    return OPAQUE if owner is None else _of_owner(owner, run)


def _agreed(found: Sequence[NamingConvention | Opaque]) -> NamingConvention | Opaque:
    return found[0] if all(each == found[0] for each in found) else OPAQUE


def _of_owner(owner: Value, run: Interpreter) -> NamingConvention | Opaque:
    """The convention of the metadata that a base class, or a factory's result, holds."""
    given: Value | None = None
    match owner:
        case Either():
            return _agreed([_of_owner(option, run) for option in options(owner)])
        case Call(method="MetaData"):
            return _read(owner.attributes.get("naming_convention") or owner.argument(2, "naming_convention"))
        case Class():
            own = (run.class_attribute(owner, name) for name in ("metadata", "registry"))
            made = (base for base in run.bases(owner) if isinstance(base, Call))
            given = next((each for each in own if each is not None), None) or next(made, None)
        case Call(method="declarative_base"):
            given = owner.argument(1, "metadata")
        case Call(method="registry" | "as_declarative" | "automap_base"):
            given = owner.argument(-1, "metadata")
        case Call(method="generate_base"):
            given = owner.receiver
        case Call(method="SQLAlchemy") | Instance():
            call = owner.made_by if isinstance(owner, Instance) else owner
            if call is None:
                return OPAQUE
            given = call.keywords.get("metadata") or call.keywords.get("model_class")
        case _:
            return OPAQUE
    return DEFAULT_CONVENTION if given is None else _of_owner(given, run)


def _read(value: Value | None) -> NamingConvention | Opaque:
    if value is None or constant(value) is None:
        return DEFAULT_CONVENTION
    if not isinstance(value, Mapping) or not value.complete:
        return OPAQUE
    found: dict[str, str | Opaque] = {}
    for key, pattern in value.items.items():
        if not isinstance(key, str):
            return OPAQUE
        text = constant(pattern)
        found[key] = text if isinstance(text, str) else OPAQUE
    return found or DEFAULT_CONVENTION


# Each environment of a repository looks at all files.
@lru_cache(maxsize=4096)
def _is_mentioned(file: SourceFile) -> bool:
    try:
        return _WORD in file.data
    except OSError:
        return False


def _may_assign(file: SourceFile) -> bool:
    return _is_mentioned(file) and b"." + _WORD in file.data


def _assigned(models: ModelIndex) -> Iterator[NamingConvention | Opaque]:
    """`Base.metadata.naming_convention = {...}`, in env.py or wherever the base class is set up."""
    for name in dict.fromkeys([str(models.config.env_path), *_modules(models)]):
        if not _may_assign(models.sources.file(name)):
            continue
        module = models.symbols.load(Path(name))
        if module is None:
            continue
        run = Interpreter(models.resolver)
        for node in ast.walk(module.file.tree):
            if not isinstance(node, ast.Assign):
                continue
            if any(isinstance(target, ast.Attribute) and target.attr == "naming_convention" for target in node.targets):
                scope = run.module(module.module.name)
                yield (
                    OPAQUE
                    if scope is None
                    else _read(run.evaluate(node.value, Frame(scope, scope.values, (), Context())))
                )
