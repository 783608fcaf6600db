"""Dotted module names of a project and the files they stand for."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from alembic_vet import disk
from alembic_vet.source.file import SourceFile, Sources

# Alembic has imported these before env.py runs: a folder of that name shadows nothing.
_LOADED = {"alembic", "sqlalchemy", "mako", "markupsafe", "greenlet", "typing_extensions"}

_COMPILED = ("_pb2", "_pb2_grpc")


RootKind = Literal["prepend_sys_path", "env.py", "distribution", "script_location", "setting", "guess"]
"""Where a source root comes from; `distribution` is one of this project that is installed."""


class SourceRoot(Struct, frozen=True):
    """A folder whose content is importable by its name.

    `on_path`: Python has it on `sys.path` when plain `alembic` runs in the folder of
    the configuration; the other roots are where the project's code lies all the same.
    `names` limits what is importable from it (an installed distribution's packages).
    """

    path: Path
    kind: RootKind
    names: frozenset[str] | None = None

    @property
    def on_path(self) -> bool:
        return self.kind not in ("setting", "guess")

    def offers(self, top: str) -> bool:
        return self.names is None or top in self.names


class Module(Struct, frozen=True):
    """One first-party module; `path` is its file, None for a folder without `__init__.py`.

    `ambiguous`: other roots of the same rank hold another file of this name.
    """

    name: str
    path: Path | None
    folder: Path | None
    root: SourceRoot
    ambiguous: bool = False

    @property
    def is_package(self) -> bool:
        return self.folder is not None

    @property
    def package(self) -> str:
        """What relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


class ModuleResolver:
    """Finds modules the way Python does, in folders it never imports from.

    Roots on `sys.path` come first, in order; among the others the one nearest to the
    importing file wins, then the first.
    """

    def __init__(self, roots: Iterable[SourceRoot], sources: Sources, boundary: Path) -> None:
        self.roots = tuple(_distinct(roots))
        self._starts = [(root, os.path.join(root.path, "")) for root in self.roots]
        self.sources = sources
        self.boundary = boundary
        self._listings: dict[str, dict[str, bool]] = {}
        self._located: dict[tuple[str, Path | None], Module | None] = {}
        self._folders: dict[Path, Path] = {}
        self._seen: dict[tuple[str, Path], Module | None] = {}
        self._homes: dict[tuple[str, Path], Path | None] = {}
        self._inside: dict[tuple[Path, str, str], Module | None] = {}
        self._around: dict[tuple[Path, str], tuple[Module, ...]] = {}
        self._by_path: dict[Path, Module] = {}

    def afresh(self) -> ModuleResolver:
        """The same, which has looked at nothing yet."""
        return ModuleResolver(self.roots, self.sources, self.boundary)

    def find(self, name: str) -> SourceFile | None:
        """The file of a dotted module name (a package's `__init__.py`); None if it is not first-party, or unreadable.

        What a compiler has written is as good as other people's: megabytes of tables, whose names are made by a call.
        """
        path = self.path_of(name)
        file = self.sources.file(path) if path else None
        return file if file and file.is_readable else None

    def path_of(self, name: str) -> Path | None:
        """The same, whether or not it can be read."""
        module = None if name.endswith(_COMPILED) else self.locate(name)
        return module.path if module else None

    def is_namespace(self, name: str) -> bool:
        """Whether the name is a first-party folder without `__init__.py`."""
        module = self.locate(name)
        return module is not None and module.path is None

    def locate(self, name: str, importer: Path | None = None) -> Module | None:
        """The module of an absolute dotted name, as a file of the project sees it."""
        top = name.partition(".")[0]
        if not top or top in sys.stdlib_module_names or top in _LOADED:
            return None
        if importer is None:
            return self._located_in(name, top, None)
        # All files of a folder see the same, and a path's own parent is made anew each time.
        folder = self._folders.get(importer) or self._folders.setdefault(importer, importer.parent)
        seen = (name, folder)
        if seen not in self._seen:
            self._seen[seen] = self._located_in(name, top, self._home(top, folder)) or self._nearby(name, folder)
        return self._seen[seen]

    def _located_in(self, name: str, top: str, home: Path | None) -> Module | None:
        key = (name, home)
        if key not in self._located:
            found = self._located[key] = self._locate(name, top, home)
            self._remember(found)
        return self._located[key]

    def _nearby(self, name: str, importing: Path) -> Module | None:
        """A module seen from a folder around the importing file's, or from that.

        Code is also run from folders that are no root here. One word says too little: `redis` is rarely
        the `redis.py` next door.
        """
        parts = name.split(".")
        if len(parts) == 1:
            return None
        for folder in (importing, *importing.parents):
            if folder == self.boundary or not folder.is_relative_to(self.boundary):
                return None
            found = self._in_root(SourceRoot(folder, "guess"), parts)
            if found and found.path:
                return found
        return None

    def is_first_party(self, name: str, importer: Path) -> bool:
        """Whether the top package of a name is the project's own."""
        top = self.locate(name.partition(".")[0], importer)
        # `jupyterhub/traitlets.py` is no `traitlets`: nobody has the inside of a package on `sys.path`.
        return top is not None and (top.root.on_path or "__init__.py" not in self._entries(top.root.path))

    def parents(self, module: Module) -> tuple[Module, ...]:
        """The packages around a module, outermost first: importing it imports them."""
        key = (module.root.path, module.name)
        if key not in self._around:
            parts = module.name.split(".")
            found = (self._in_root(module.root, parts[:length]) for length in range(1, len(parts)))
            self._around[key] = tuple(parent for parent in found if parent)
        return self._around[key]

    def submodule(self, package: Module, name: str) -> Module | None:
        """A module directly inside a package."""
        if package.folder is None:
            return None
        key = (package.root.path, package.name, name)
        if key not in self._inside:
            self._inside[key] = self._submodule(package, name)
        return self._inside[key]

    def _submodule(self, package: Module, name: str) -> Module | None:
        inner = self._in_root(package.root, [*package.name.split("."), name])
        if inner is None and package.path is None:
            return self.locate(f"{package.name}.{name}")
        self._remember(inner)
        return inner

    def _remember(self, module: Module | None) -> None:
        if module and module.path:
            self._by_path.setdefault(module.path, module)

    def below(self, module: Module) -> Iterator[Path]:
        """Every Python file below a package, its own `__init__.py` included."""
        if module.folder is None:
            if module.path:
                yield module.path
            return
        yield from self.files_in(module.folder)

    def files_in(self, folder: Path) -> Iterator[Path]:
        """Every Python file in a folder and below."""
        for entry, is_folder in sorted(self._entries(folder).items()):
            if is_folder:
                if entry != "__pycache__" and not entry.startswith("."):
                    yield from self.files_in(folder / entry)
            elif entry.endswith(".py"):
                yield folder / entry

    def module_of(self, path: Path) -> Module | None:
        """The module that a file is: as something imported it, else under the root that fits it best."""
        if path in self._by_path:
            return self._by_path[path]
        topmost = path.parent
        while topmost != self.boundary and "__init__.py" in self._entries(topmost):
            topmost = topmost.parent
        inside, file = os.path.join(topmost, ""), str(path)
        starts = [*self._starts, (SourceRoot(topmost, "guess"), inside)]
        # A root inside the package would give the module a name that its own package does not use.
        named = [(root, _dotted_name(file[len(start) :])) for root, start in starts if inside.startswith(start)]
        fitting = [(root, name) for root, name in named if name and root.offers(name.partition(".")[0])]
        if not fitting:
            return None
        root, name = max(fitting, key=lambda pair: self._fit(path, *pair))
        is_package = path.name == "__init__.py"
        return Module(name, path, path.parent if is_package else None, root)

    def _fit(self, path: Path, root: SourceRoot, name: str) -> tuple[bool, bool, int]:
        """How well a name fits a file: best where the file itself imports from its own top package."""
        top = name.partition(".")[0].encode()
        try:
            data = self.sources.file(path).data
        except OSError:
            data = b""
        own = re.search(rb"^\s*(from|import)\s+" + re.escape(top) + rb"\b", data, re.MULTILINE) is not None
        return root.on_path, own, len(root.path.parts)

    def _home(self, top: str, importing: Path) -> Path | None:
        """The root that a file shares with the package `top` around it; `importing` is the file's folder.

        Code that imports `app.db` from inside a folder `app` means that folder, whatever other `app` there is.
        """
        key = (top, importing)
        if key not in self._homes:
            self._homes[key] = self._find_home(top, importing)
        return self._homes[key]

    def _find_home(self, top: str, importing: Path) -> Path | None:
        if any(root.on_path and root.offers(top) and importing.is_relative_to(root.path / top) for root in self.roots):
            return None
        for folder in (importing, *importing.parents):
            if folder == self.boundary or not folder.is_relative_to(self.boundary):
                return None
            if folder.name == top:
                return folder.parent
        return None

    def _locate(self, name: str, top: str, home: Path | None) -> Module | None:
        parts = name.split(".")
        if home:
            found = self._in_root(SourceRoot(home, "guess"), parts)
            if found and found.path:
                return found
        namespace: Module | None = None
        for root in self.roots:
            if not root.on_path or not root.offers(top):
                continue
            found = self._in_root(root, parts)
            if found and found.path:
                return found
            namespace = namespace or found
            if self._is_regular(root.path, top):
                return namespace
        guesses = []
        for root in self.roots:
            if root.on_path:
                continue
            found = self._in_root(root, parts)
            if found and found.path:
                guesses.append(found)
            namespace = namespace or found
        if not guesses:
            return namespace
        first = guesses[0]
        ambiguous = any(other.path != first.path for other in guesses)
        return Module(first.name, first.path, first.folder, first.root, ambiguous)

    def _is_regular(self, root: Path, top: str) -> bool:
        entries = self._entries(root)
        return f"{top}.py" in entries or (entries.get(top, False) and "__init__.py" in self._entries(root / top))

    def _in_root(self, root: SourceRoot, parts: list[str]) -> Module | None:
        folder = str(root.path)
        for index, part in enumerate(parts):
            entries = self._entries(folder)
            last = index == len(parts) - 1
            name = ".".join(parts)
            if entries.get(part, False):
                inner = os.path.join(folder, part)
                if "__init__.py" in self._entries(inner):
                    if last:
                        return Module(name, Path(inner, "__init__.py"), Path(inner), root)
                    folder = inner
                    continue
                if not last and f"{part}.py" not in entries:
                    folder = inner
                    continue
            if last and entries.get(f"{part}.py") is False:
                return Module(name, Path(folder, f"{part}.py"), None, root)
            if last and entries.get(part, False):
                return Module(name, None, Path(folder, part), root)
            return None
        return None

    def _entries(self, folder: disk.AnyPath) -> dict[str, bool]:
        """What a folder holds, by exact name, each with whether it is a folder."""
        path = os.fspath(folder)
        known = self._listings.get(path)
        if known is None:
            try:
                known = {name: kind == "folder" for name, kind, _ in disk.entries(path)}
            except OSError:
                known = {}
            self._listings[path] = known
        return known


def _distinct(roots: Iterable[SourceRoot]) -> Iterator[SourceRoot]:
    seen: set[tuple[Path, bool, frozenset[str] | None]] = set()
    for root in roots:
        key = (root.path, root.on_path, root.names)
        if key not in seen:
            seen.add(key)
            yield root


def _dotted_name(file: str) -> str | None:
    """The name of a module by its place below a root."""
    parts = os.path.splitext(file)[0].split(os.sep)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None
