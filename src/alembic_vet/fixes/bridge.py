"""A synchronous way to the migrations made asynchronous, whole or not at all.

https://alembic.sqlalchemy.org/en/latest/cookbook.html#using-asyncio-with-alembic
"""

from __future__ import annotations

import ast

from msgspec import Struct

from alembic_vet.fixes.build import Rewrite
from alembic_vet.fixes.changes import FixImpossible
from alembic_vet.source.file import SourceFile

_ASYNC_FACTORY = {
    "engine_from_config": "sqlalchemy.ext.asyncio.async_engine_from_config",
    "create_engine": "sqlalchemy.ext.asyncio.create_async_engine",
}


def bridge_to_async(file: SourceFile, factory: ast.Call) -> Rewrite:
    """Give the function around an engine factory the async bridge.

    Its `with` becomes `async with`; what stands in it moves, as it is, to a function that
    `run_sync` calls; the engine is disposed of; whoever calls the function does so with
    `asyncio.run`.

    Raises FixImpossible for a shape that this does not fit.
    """
    shape = _shape(file, factory)
    rewrite = Rewrite(file)
    name = factory.func.attr if isinstance(factory.func, ast.Attribute) else ast.unparse(factory.func)
    if name not in _ASYNC_FACTORY:
        raise FixImpossible("the engine comes from a function that has no async counterpart")
    rewrite.replace(file.span(factory.func), rewrite.name_for(_ASYNC_FACTORY[name]))
    if isinstance(factory.func, ast.Name):
        rewrite.remove_import_name(factory.func.id)
    if not any(keyword.arg in (None, "poolclass") for keyword in factory.keywords):
        pool = rewrite.name_for("sqlalchemy.pool.NullPool", prefer_module=True)
        rewrite.add_keyword(file.span(factory), f"poolclass={pool}")
    rewrite.make_async(file.span(shape.function))
    for call in _calls(file, shape.function):
        rewrite.surround(file.span(call), f"{rewrite.name_for('asyncio.run')}(", ")")
    _move_block(file, shape, rewrite)
    return rewrite


class _Shape(Struct, frozen=True):
    """`def function(): ...; engine = factory(...); with engine.connect() as connection: ...`."""

    function: ast.FunctionDef
    engine: str
    block: ast.With
    connection: str
    disposals: tuple[ast.Call, ...]


def _shape(file: SourceFile, factory: ast.Call) -> _Shape:
    function = next((node for node in file.around(factory) if isinstance(node, ast.FunctionDef)), None)
    assignment = file.statement(factory)
    if function is None or function not in file.tree.body or assignment not in function.body:
        raise FixImpossible("the engine is not created in a function of its own")
    if function.decorator_list:
        raise FixImpossible("a decorator may want a plain function")
    match assignment:
        case ast.Assign(targets=[ast.Name(id=engine)], value=value) if value is factory:
            pass
        case _:
            raise FixImpossible("the engine has no name of its own")
    for node in ast.walk(function):
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            raise FixImpossible("the function is a generator or a coroutine")
    blocks = [statement for statement in function.body if isinstance(statement, ast.With)]
    for block in blocks:
        match block.items:
            case [
                ast.withitem(
                    context_expr=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=opened), attr="connect" | "begin"), args=[], keywords=[]
                    ),
                    optional_vars=ast.Name(id=connection),
                )
            ] if opened == engine:
                break
    else:
        raise FixImpossible("no single `with` opens the connection")
    if any(isinstance(node, ast.Return) for node in ast.walk(block)):
        raise FixImpossible("the block returns")
    disposals = tuple(_disposals(function, engine))
    allowed = {id(block.items[0].context_expr.func.value)}  # type: ignore[attr-defined]
    allowed |= {id(call.func.value) for call in disposals}  # type: ignore[attr-defined]
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Name)
            and node.id == engine
            and isinstance(node.ctx, ast.Load)
            and id(node) not in allowed
        ):
            raise FixImpossible("the engine is used in other ways too")
    stored = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == engine and isinstance(
        node.ctx, ast.Store)]  # fmt: skip
    if len(stored) != 1:
        raise FixImpossible("the engine has several origins")
    return _Shape(function, engine, block, connection, disposals)


def _disposals(function: ast.FunctionDef, engine: str) -> list[ast.Call]:
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "dispose"
        and isinstance(node.value.func.value, ast.Name)
        and node.value.func.value.id == engine
    ]


def _calls(file: SourceFile, function: ast.FunctionDef) -> list[ast.Call]:
    """Every use of the function, each a statement that calls it where no loop runs yet."""
    calls: list[ast.Call] = []
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Name) or node.id != function.name:
            continue
        around = list(file.around(node))
        match around[:2]:
            case [ast.Call(func=func) as call, ast.Expr()] if func is node:
                calls.append(call)
            case _:
                raise FixImpossible(f"`{function.name}` is used in other ways than being called")
        if any(isinstance(each, (ast.AsyncFunctionDef, ast.Lambda)) for each in around):
            raise FixImpossible(f"`{function.name}` is called in a coroutine")
    if not calls:
        raise FixImpossible(f"`{function.name}` is never called")
    return calls


def _move_block(file: SourceFile, shape: _Shape, rewrite: Rewrite) -> None:
    header = file.span(shape.block)
    rewrite.make_async(header)
    target = _free_name(file, "do_run_migrations")
    signature = f"def {target}({shape.connection}):"
    if shape.function.returns is not None:
        connection = rewrite.name_for("sqlalchemy.engine.Connection")
        signature = f"def {target}({shape.connection}: {connection}) -> None:"
    rewrite.move_to_function(
        file.span(shape.block.body[0]),
        file.span(shape.block.body[-1]),
        signature,
        before=header if _locals_used(shape) else file.span(shape.function),
        leaving=[f"await {shape.connection}.run_sync({target})"],
    )
    for disposal in shape.disposals:
        rewrite.await_(file.span(disposal))
    if not shape.disposals:
        rewrite.insert_after(header, ["", f"await {shape.engine}.dispose()"])


def _locals_used(shape: _Shape) -> bool:
    """Whether the block reads names that the function binds around it."""
    inside = {id(node) for node in ast.walk(shape.block)}
    bound = {argument.arg for argument in ast.walk(shape.function.args) if isinstance(argument, ast.arg)}
    for node in ast.walk(shape.function):
        if id(node) in inside:
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.FunctionDef(name=name) if node is not shape.function:
                bound.add(name)
            case ast.alias():
                bound.add(node.asname or node.name.partition(".")[0])
    read = {node.id for statement in shape.block.body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return bool(bound & read - {shape.connection})


def _free_name(file: SourceFile, wanted: str) -> str:
    taken = {node.id for node in ast.walk(file.tree) if isinstance(node, ast.Name)}
    taken |= {node.name for node in ast.walk(file.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    name = wanted
    while name in taken:
        name = f"{name}_"
    return name
