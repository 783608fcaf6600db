"""What env.py imports for its side effect only: names it never uses, behind which tables are defined."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from alembic_vet.findings import Location
from alembic_vet.model.models import TableDefinition, UnusedImport
from alembic_vet.project.reach import ImportGraph
from alembic_vet.project.symbols import LoadedModule
from alembic_vet.source.imports import Import, unused_import_markers


class UnusedImports:
    """The unused imports of one env.py; `tables_of` gives the tables that a file defines."""

    def __init__(
        self, env: LoadedModule, graph: ImportGraph, tables_of: Callable[[Path], tuple[TableDefinition, ...]]
    ) -> None:
        self.env = env
        self.graph = graph
        self.tables_of = tables_of
        self.used = _used_names(env.file.tree)

    def find(self, tool: str) -> tuple[UnusedImport, ...]:
        """The unused imports with tables behind them; `loses` is what is lost where `tool` deletes unused imports."""
        found = {id(each.alias): (each, self._unused(each)) for each in self._candidates()}
        with_tables = [unused for _, unused in found.values() if unused.loads]
        doomed = {key for key, (_, unused) in found.items() if not unused.is_kept_by(tool)}
        if not with_tables or not doomed:
            return tuple(with_tables)
        kept = self.graph.reachable([self.env.path], without=lambda each: id(each.alias) in doomed).modules
        return tuple(
            replace(unused, loses=tuple(table for table in unused.loads if table.path not in kept))
            for key, (_, unused) in found.items()
            if unused.loads and key in doomed
        ) + tuple(unused for key, (_, unused) in found.items() if unused.loads and key not in doomed)

    def losing(self, tool: str) -> tuple[UnusedImport, ...]:
        """Those that lose tables; what is behind them is not read where `tool` keeps them all."""
        if all(self._described(each).is_kept_by(tool) for each in self._candidates()):
            return ()
        return tuple(unused for unused in self.find(tool) if unused.loses)

    def _candidates(self) -> Iterator[Import]:
        for each in self.env.imports:
            if each.executed and (each.binding is None or each.binding not in self.used):
                yield each

    def _unused(self, found: Import) -> UnusedImport:
        loads = self.graph.reachable(self.graph.loaded_by(found, self.env.path)).modules
        return replace(
            self._described(found), loads=tuple(table for path in sorted(loads) for table in self.tables_of(path))
        )

    def _described(self, found: Import) -> UnusedImport:
        """The same without what is behind it."""
        file = self.env.file
        markers: set[str] = set(unused_import_markers(file, found))
        if found.in_try:
            markers.add("try")
        if found.alias.asname is not None and found.alias.asname == found.alias.name:
            markers.add("re-export")
        names = {name.asname or name.name.partition(".")[0] for name in found.statement.names}
        return UnusedImport(
            binding=found.binding or "*",
            target=found.module if found.name is None else found.target,
            location=Location(file.path, file.span(found.alias)),
            statement=file.location(found.statement),
            loads=(),
            loses=(),
            markers=frozenset(markers),
            star=found.star,
            whole=not names & self.used,
        )


def _used_names(tree: ast.Module) -> frozenset[str]:
    """The names that a file reads anywhere, or exports by `__all__`."""
    used: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load() | ast.Del()):
                used.add(name)
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AugAssign(target=ast.Name(id="__all__"), value=value)
            ):
                used |= {
                    each.value
                    for each in ast.walk(value)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return frozenset(used)
