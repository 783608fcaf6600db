"""What env.py hands to `context.configure` as `target_metadata`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from alembic_vet.model.models import MetadataId, Target
from alembic_vet.project.declarative import Declarative
from alembic_vet.project.symbols import LoadedModule
from alembic_vet.source.nodes import keyword, last_name


def read_target(env: LoadedModule, declarative: Declarative) -> Target:
    """The metadata of every `configure` call of env.py together."""
    known: set[MetadataId] = set()
    missing = place = None
    for call, function in _calls_in(env.file.tree.body, None):
        given = keyword(call.keywords, "target_metadata")
        if given is None:
            if any(keyword.arg is None for keyword in call.keywords):
                return Target("unknown", location=env.file.location(call))
            missing = missing or Target("none", location=env.file.location(call))
            continue
        given = _assigned(given, env)
        if isinstance(given, ast.Constant) and given.value is None:
            missing = Target("none", location=env.file.location(given))
            continue
        found = declarative.metadata(given, env, function)
        if found is None:
            return Target("unknown", location=env.file.location(given))
        known |= found
        place = env.file.location(given)
    if known:
        return Target("known", frozenset(known), place)
    return missing or Target("unknown")


def _calls_in(body: Iterable[ast.AST], function: str | None) -> Iterator[tuple[ast.Call, str | None]]:
    """The `context.configure(...)` calls, each with the dotted name of the function around it."""
    for node in body:
        inside = function
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = f"{function}.{node.name}" if function else node.name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "configure":
            name = last_name(node.func.value)
            if name in ("context", "alembic_context") or any(k.arg == "target_metadata" for k in node.keywords):
                yield node, inside
        yield from _calls_in(ast.iter_child_nodes(node), inside)


def _assigned(node: ast.expr, env: LoadedModule) -> ast.expr:
    """What a name was last given in the module, if it is plain."""
    for _ in range(5):
        if not isinstance(node, ast.Name):
            return node
        statements = env.scope.bindings(node.id)
        values = [each.value for each in statements if isinstance(each, (ast.Assign, ast.AnnAssign)) and each.value]
        if len(values) != len(statements) or not values:
            return node
        node = values[-1]
    return node
