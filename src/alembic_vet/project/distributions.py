"""The distributions that a repository builds, and the packages in them."""

from __future__ import annotations

import ast
import configparser
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from alembic_vet import disk
from alembic_vet.source.file import Sources, Unparsable
from alembic_vet.source.toml import TomlError, TomlFile

_BUILD_FILES = tuple(os.sep + name for name in ("pyproject.toml", "setup.py", "setup.cfg"))


class Distribution(Struct, frozen=True):
    """One distribution: the folder its packages lie in and their top-level names."""

    file: Path
    root: Path
    packages: frozenset[str]


def build_files(files: Iterable[str]) -> Iterator[Path]:
    """The files among `files` that build a distribution, by their names."""
    for name in files:
        if name.endswith(_BUILD_FILES):
            yield Path(name)


def distributions(build_file: Path, sources: Sources) -> Iterator[Distribution]:
    """What a build file builds, one element for each folder that packages come from.

    Nothing for a pyproject.toml that only holds settings or that says it is no package.
    """
    found: _Found
    match build_file.name:
        case "pyproject.toml":
            found = _pyproject(build_file, sources)
        case "setup.cfg":
            found = _setup_cfg(build_file, sources)
        case _:
            found = _setup_py(build_file, sources)
    by_root: dict[Path, set[str]] = {}
    for root, names in found:
        by_root.setdefault(root, set()).update(names)
    for root, names in by_root.items():
        if names:
            yield Distribution(build_file, root, frozenset(names))


_Found = Iterator[tuple[Path, set[str]]]


def _pyproject(path: Path, sources: Sources) -> _Found:
    try:
        document = TomlFile(sources.file(path))
    except (OSError, TomlError):
        return
    folder = path.parent
    build = document.table("build-system")
    project = document.table("project")
    poetry = document.table("tool", "poetry")
    backend = str((build or {}).get("build-backend") or ("setuptools" if build else ""))
    if (poetry or {}).get("package-mode") is False or (document.table("tool", "uv") or {}).get("package") is False:
        return
    if (document.table("tool", "pdm") or {}).get("distribution") is False:
        return
    name = str((project or poetry or {}).get("name") or "")
    if build is None:
        # Without a build system uv and poetry install the dependencies only; pip would take setuptools.
        if (document.table("tool", "uv") or {}).get("package") is True or (
            project and disk.is_file(folder / "setup.py")
        ):
            yield from _habit(folder, name)
        return
    if "setuptools" in backend:
        yield from _setuptools(folder, document, name)
    elif "poetry" in backend:
        yield from _poetry(folder, poetry or {}, name)
    elif "hatch" in backend:
        yield from _hatch(folder, document, name)
    elif "flit" in backend:
        module = (document.table("tool", "flit", "module") or {}).get("name")
        yield from _habit(folder, str(module or name))
    elif "uv_build" in backend:
        table = document.table("tool", "uv", "build-backend") or {}
        root = table.get("module-root", "src")
        names = _strings(table.get("module-name")) or [name]
        yield folder / str(root), {_normal(each).partition(".")[0] for each in names}
    else:
        yield from _habit(folder, name)


def _setuptools(folder: Path, document: TomlFile, name: str) -> _Found:
    table = document.table("tool", "setuptools") or {}
    where = _package_dir(table.get("package-dir"))
    packages = table.get("packages")
    modules = set(_strings(table.get("py-modules")))
    if modules:
        yield folder / where.get("", "."), modules
    if isinstance(packages, list):
        for package in _strings(packages):
            top = package.partition(".")[0]
            yield folder / where.get("", "."), {top}
        return
    finder = document.table("tool", "setuptools", "packages", "find")
    if finder is not None:
        roots = _strings(finder.get("where")) or [where.get("", ".")]
        include = _strings(finder.get("include"))
        for root in roots:
            yield folder / root, _matching(folder / root, include, _strings(finder.get("exclude")))
        return
    if modules:
        return
    if where.get(""):
        yield folder / where[""], _matching(folder / where[""], [], [])
    elif not (disk.is_file(folder / "setup.py") or disk.is_file(folder / "setup.cfg")):
        yield from _discovered(folder)


def _discovered(folder: Path) -> _Found:
    """What setuptools finds by itself: `src`, else the only package of a flat layout."""
    if disk.is_folder(folder / "src"):
        yield folder / "src", _matching(folder / "src", [], [])
        return
    flat = {name for name in _matching(folder, [], []) if name not in _NOT_DISCOVERED}
    if len(flat) == 1:
        yield folder, flat


_NOT_DISCOVERED = {
    "ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog", "test",
    "tests", "unit_test", "unit_tests", "example", "examples", "scripts", "tools", "util", "utils", "python", "build",
    "benchmark", "benchmarks", "exercise", "exercises", "htmlcov", "tasks", "fabfile", "site_scons",
}  # fmt: skip


def _poetry(folder: Path, poetry: Mapping[str, object], name: str) -> _Found:
    packages = poetry.get("packages")
    if not isinstance(packages, list):
        yield from _habit(folder, name)
        return
    for entry in packages:
        match entry:
            case {"include": str() as include, **rest}:
                yield folder / str(rest.get("from", ".")), {include.partition("/")[0].removesuffix(".py")}


def _hatch(folder: Path, document: TomlFile, name: str) -> _Found:
    build = ("tool", "hatch", "build")
    wheel = {**(document.table(*build) or {}), **(document.table(*build, "targets", "wheel") or {})}
    packages = _strings(wheel.get("packages"))
    if packages:
        for package in packages:
            parts = Path(package).parts
            if parts:
                yield folder.joinpath(*parts[:-1]), {parts[-1]}
        return
    only = _strings(wheel.get("only-include")) or _strings(wheel.get("include"))
    if not only:
        yield from _habit(folder, name)
        return
    for entry in only:
        found = _hatch_entry(folder, entry.strip("/"), wheel.get("sources"))
        if found:
            yield found[0], {found[1]}


def _hatch_entry(folder: Path, entry: str, sources: object) -> tuple[Path, str] | None:
    """Where one included path lies and what it is importable as; `sources` moves or drops the folders in front."""
    moves = sources if isinstance(sources, dict) else dict.fromkeys(_strings(sources), "")
    for source, target in {**moves, "src": ""}.items():
        prefix = str(source).strip("/")
        if entry == prefix and target:
            root = folder / prefix.removesuffix(str(target)).rstrip("/")
            return root, str(target).partition("/")[0]
        if entry.startswith(f"{prefix}/") and not target:
            return folder / prefix, _top(entry[len(prefix) + 1 :])
    return (folder, _top(entry)) if _top(entry).isidentifier() else None


def _top(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def _habit(folder: Path, name: str) -> _Found:
    package = _normal(name)
    for root in (folder / "src", folder):
        if package and (disk.is_folder(root / package) or disk.is_file(root / f"{package}.py")):
            yield root, {package}
            return


def _setup_cfg(path: Path, sources: Sources) -> _Found:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(sources.file(path).text)
    except (OSError, configparser.Error):
        return
    if not parser.has_section("options"):
        return
    options = parser["options"]
    where = {
        key.strip(): value.strip()
        for line in options.get("package_dir", "").splitlines()
        for key, found, value in [line.partition("=")]
        if found
    }
    packages = options.get("packages", "").strip()
    root = path.parent / where.get("", ".")
    if packages.startswith("find"):
        finder = parser["options.packages.find"] if parser.has_section("options.packages.find") else None
        if finder is not None and finder.get("where"):
            root = path.parent / finder["where"].strip()
        include = finder.get("include", "").split() if finder is not None else []
        yield root, _matching(root, include, [])
    elif packages:
        yield root, {name.partition(".")[0] for name in re.split(r"[,\s]+", packages)}
    modules = options.get("py_modules", "")
    if modules.strip():
        yield root, set(re.split(r"[,\s]+", modules.strip()))
    if not packages and not modules.strip():
        yield from _discovered(path.parent)


def _setup_py(path: Path, sources: Sources) -> _Found:
    try:
        tree = sources.file(path).tree
    except (OSError, Unparsable):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="setup") | ast.Attribute(attr="setup"), keywords=keywords):
                arguments = {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
                yield from _setup_call(path.parent, arguments)


def _setup_call(folder: Path, arguments: Mapping[str, ast.expr]) -> _Found:
    root = folder
    match arguments.get("package_dir"):
        case ast.Dict(keys=[ast.Constant(value="")], values=[ast.Constant(value=str() as where)]):
            root = folder / where
    match arguments.get("packages"):
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            names = {each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str)}
            yield root, {name.partition(".")[0] for name in names}
        case ast.Call(args=args, keywords=keywords):
            given = {keyword.arg: keyword.value for keyword in keywords}
            match given.get("where") or (args[0] if args else None):
                case ast.Constant(value=str() as where):
                    root = folder / where
            yield root, _matching(root, [], [])


def _matching(root: Path, include: list[str], exclude: list[str]) -> set[str]:
    """The top-level packages in a folder that setuptools' patterns let in."""
    try:
        folders = [name for name, kind, _ in disk.entries(root) if kind == "folder" and name.isidentifier()]
    except OSError:
        return set()
    tops = {pattern.partition(".")[0] for pattern in include}
    wanted = [re.compile(re.escape(top).replace(r"\*", ".*")) for top in tops]
    unwanted = {pattern for pattern in exclude if pattern.isidentifier()}
    return {
        folder
        for folder in folders
        if folder not in unwanted
        and (not wanted or any(pattern.fullmatch(folder) for pattern in wanted))
        and folder != "__pycache__"
        and any(name.endswith(".py") for _, _, names in disk.walk(root / folder) for name in names)
    }


def _package_dir(value: object) -> dict[str, str]:
    return {str(key): str(folder) for key, folder in value.items()} if isinstance(value, dict) else {}


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _normal(name: str) -> str:
    return re.sub(r"[-.]+", "_", name).lower() if "." not in name else name.replace("-", "_")
