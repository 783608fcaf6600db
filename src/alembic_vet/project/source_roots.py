"""The folders from which an environment's Python code is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from alembic_vet import disk
from alembic_vet.model.config import AlembicConfig
from alembic_vet.project.distributions import build_files, distributions
from alembic_vet.project.modules import SourceRoot
from alembic_vet.settings import Settings
from alembic_vet.source.file import SourceFile, Sources, Unparsable
from alembic_vet.source.imports import import_statements
from alembic_vet.source.paths import PathReader


class PathEdits(Struct, frozen=True):
    """What env.py does to `sys.path`: the folders it adds, in order, and whether it adds others that are not known."""

    folders: tuple[Path, ...]
    unknown: bool


def environment_roots(
    config: AlembicConfig, settings: Settings, sources: Sources, project_root: Path, files: Iterable[str]
) -> list[SourceRoot]:
    """Every source root of an environment: first what Python has on `sys.path`, then what is guessed.

    `files` are the project's files, in which build files are looked for.
    """
    builds = list(build_files(files))
    return [
        *(SourceRoot(folder, "prepend_sys_path") for folder in config.prepend_sys_path),
        *(SourceRoot(folder, "env.py") for folder in path_edits(sources.file(config.env_path), config.here).folders),
        *_script_package(config),
        *_distributions(builds, sources, config, project_root),
        *(SourceRoot(folder, "setting") for folder in settings.source_roots),
        *_guesses(config, project_root, builds),
    ]


def path_edits(env: SourceFile, cwd: Path) -> PathEdits:
    """The changes that env.py makes to `sys.path`, when plain `alembic` runs in `cwd`."""
    try:
        if b"path" not in env.data:
            return PathEdits((), False)
        tree = env.tree
    except (OSError, Unparsable):
        return PathEdits((), False)
    bindings = {found.binding: found.target for found in import_statements(tree, "") if found.binding}
    constants: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        constants.setdefault(target.id, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                constants.setdefault(name, []).append(value)
            case ast.For(target=ast.Name(id=name), iter=ast.Tuple(elts=elements) | ast.List(elts=elements)):
                constants.setdefault(name, []).extend(elements)
    folders: list[Path] = []
    unknown = False
    for added in _added(tree, bindings):
        known = list(_folders(added, env.path, cwd, bindings, constants))
        folders += [folder for folder in known if folder is not None]
        unknown = unknown or None in known
    return PathEdits(tuple(dict.fromkeys(folders)), unknown)


def _added(tree: ast.Module, bindings: dict[str, str]) -> Iterator[ast.expr]:
    """The expressions that are put on `sys.path`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="insert", value=of), args=[_, added]) if _is_path(of, bindings):
                yield added
            case ast.Call(func=ast.Attribute(attr="append", value=of), args=[added]) if _is_path(of, bindings):
                yield added
            case ast.Call(func=ast.Attribute(attr="extend", value=of), args=[added]) if _is_path(of, bindings):
                yield from _elements(added)
            case ast.Call(func=ast.Attribute(attr="addsitedir"), args=[added, *_]):
                yield added
            case ast.AugAssign(target=target, value=added) if _is_path(target, bindings):
                yield from _elements(added)
            case ast.Assign(targets=[target], value=added) if _is_path(target, bindings):
                yield from _elements(added)


def _is_path(node: ast.expr, bindings: dict[str, str]) -> bool:
    match node:
        case ast.Subscript(value=inner):
            return _is_path(inner, bindings)
        case ast.Attribute(attr="path", value=ast.Name(id=name)):
            return bindings.get(name, name) == "sys"
        case ast.Name(id=name):
            return bindings.get(name) == "sys.path"
        case _:
            return False


def _elements(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for element in elements:
                yield element.value if isinstance(element, ast.Starred) else element
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _elements(left)
            yield from _elements(right)
        case ast.Attribute(attr="path"):
            return
        case _:
            yield node


def _folders(
    node: ast.expr, file: Path, cwd: Path, bindings: dict[str, str], constants: dict[str, list[ast.expr]]
) -> Iterator[Path | None]:
    """What one expression can be: a loop variable stands for several folders."""
    if isinstance(node, ast.Attribute) and node.attr == "path":
        return
    names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and len(constants.get(each.id, ())) > 1]
    single = {name: values[-1] for name, values in constants.items()}
    choices: Sequence[dict[str, ast.expr]] = (
        [{**single, names[0]: value} for value in constants[names[0]]] if names else [single]
    )
    for choice in choices:
        yield PathReader(file, cwd, bindings, choice).path(node)


def _distributions(
    builds: Iterable[Path], sources: Sources, config: AlembicConfig, project_root: Path
) -> Iterator[SourceRoot]:
    around = _around(config, project_root)
    for build_file in sorted(builds, key=lambda path: (path.parent not in around, path)):
        for found in distributions(build_file, sources):
            names = found.packages
            if build_file.parent not in around:
                # A sibling service has its own `app`; it is not what this environment's `app` means.
                names = frozenset(name for name in names if not any(disk.exists(folder / name) for folder in around))
            if names:
                yield SourceRoot(found.root, "distribution", names)


def _script_package(config: AlembicConfig) -> Iterator[SourceRoot]:
    """Where the package of a `package:folder` script location lies: Alembic imports it before env.py runs."""
    option = config.options.get("script_location") or (config.toml_options or {}).get("script_location")
    package, colon, folder = (option.value or "" if option else "").partition(":")
    parts = (*package.split("."), *folder.strip("/").replace(":", "/").split("/"))
    if not colon or len(package) < 2 or config.script_location.parts[-len(parts) :] != parts:
        return
    root = config.script_location.parents[len(parts) - 1]
    yield SourceRoot(root, "script_location", frozenset({parts[0]}))


def _around(config: AlembicConfig, project_root: Path) -> list[Path]:
    """The folders around an environment up to the project's root, the configuration's first, then the nearest."""
    folders = {
        folder
        for start in (config.here, config.script_location)
        for folder in (start, *start.parents)
        if folder.is_relative_to(project_root)
    }
    return list(dict.fromkeys([config.here, *sorted(folders, key=lambda folder: (-len(folder.parts), folder))]))


def _guesses(config: AlembicConfig, project_root: Path, builds: Iterable[Path]) -> Iterator[SourceRoot]:
    """Where the code of a project lies by habit, nearest to the environment first."""
    for folder in _around(config, project_root):
        yield SourceRoot(folder, "guess")
        if disk.is_folder(folder / "src"):
            yield SourceRoot(folder / "src", "guess")
    for build_file in builds:
        yield SourceRoot(build_file.parent, "guess")
        if disk.is_folder(build_file.parent / "src"):
            yield SourceRoot(build_file.parent / "src", "guess")
    # A checkout can itself be the package: `import shop.models` in a repository named shop.
    yield SourceRoot(project_root.parent, "guess", frozenset({project_root.name}))
