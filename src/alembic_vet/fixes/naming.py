"""How a file can refer to something, by an import that it has or by a new one."""

from __future__ import annotations

import ast

from alembic_vet.findings import Span
from alembic_vet.fixes.bindings import Bindings, is_standard
from alembic_vet.fixes.imports import NewImport


class Names:
    """The names of one file, and the imports that it lacks so far."""

    def __init__(self, tree: ast.Module) -> None:
        self._bindings = Bindings(tree)
        self.new: list[NewImport] = []

    def name_for(self, qualified: str, *, prefer_module: bool) -> str:
        bindings = self._bindings
        known = bindings.reach(qualified)
        if known is not None:
            return known
        module, _, name = qualified.rpartition(".")
        package, _, last = module.rpartition(".")
        if (prefer_module and bindings.is_free(last) and not is_standard(last)) or is_standard(module):
            alias = bindings.free_name(last)
            self._add(NewImport(package or module, last if package else None, _unless(last, alias)), alias, module)
            return f"{alias}.{name}"
        alias = bindings.free_name(name)
        self._add(NewImport(module, name, _unless(name, alias)), alias, qualified)
        return alias

    def import_(self, statement: str, comment: str, before: Span | None) -> None:
        for node in ast.parse(statement).body:
            for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                if isinstance(node, ast.ImportFrom):
                    self._import_name(node.module or "", alias.name, alias.asname, comment, before)
                else:
                    self._import_module(alias.name, alias.asname, comment, before)

    def _import_name(self, module: str, name: str, alias: str | None, comment: str, before: Span | None) -> None:
        qualified, bound = f"{module}.{name}", alias or name
        if self._bindings.has_import(bound, qualified):
            return
        bound = bound if self._bindings.may_bind(bound, qualified) else self._bindings.free_name(bound)
        self._add(NewImport(module, name, _unless(name, bound), comment, before), bound, qualified)

    def _import_module(self, module: str, alias: str | None, comment: str, before: Span | None) -> None:
        package, _, last = module.rpartition(".")
        bound = alias or module.partition(".")[0]
        if self._bindings.has_import(bound, module):
            return
        if alias is None and package and not self._bindings.may_bind(bound, bound):
            self._import_name(package, last, None, comment, before)
            return
        stands_for = module if alias else bound
        if not self._bindings.may_bind(bound, stands_for):
            bound, stands_for = self._bindings.free_name(bound), module
        self._add(NewImport(module, None, _unless(module.partition(".")[0], bound), comment, before), bound, stands_for)

    def _add(self, entry: NewImport, bound: str, qualified: str) -> None:
        self._bindings.add(bound, qualified)
        self.new.append(entry)


def _unless(name: str, alias: str) -> str | None:
    return None if name == alias else alias
