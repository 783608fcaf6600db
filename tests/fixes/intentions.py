"""Random intentions, each with what it means for the syntax tree."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from alembic_vet.findings import Span
from alembic_vet.fixes.build import Rewrite
from alembic_vet.fixes.tokens import scan
from alembic_vet.source.file import SourceFile
from tests.fixes.editing import PATH

QUALIFIED = [
    "asyncio.run",
    "sqlalchemy.pool.NullPool",
    "sqlalchemy.ext.asyncio.async_engine_from_config",
    "sqlalchemy.engine.Connection",
    "alembic.context",
]
# These have no span of their own, or one that the two syntax trees see differently.
_BARE = (ast.Slice, ast.Starred, ast.GeneratorExp, ast.Tuple, ast.Yield, ast.YieldFrom)


@dataclass
class Model:
    """A file, its rewrite, and a copy of its tree that `steps` change in the same way.

    `taken` nodes are those that an intention concerns already, `doomed` those that go,
    `commented` the lines that get a comment.
    """

    file: SourceFile
    tree: ast.Module
    rewrite: Rewrite
    spans: dict[ast.AST, Span]
    parents: dict[ast.AST, ast.AST]
    draw: random.Random
    steps: list[Callable[[], None]] = field(default_factory=list)
    taken: set[ast.AST] = field(default_factory=set)
    doomed: set[ast.AST] = field(default_factory=set)
    commented: set[int] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    only_adds: bool = True
    may_import: bool = True

    @classmethod
    def of(cls, text: str, seed: int) -> Model:
        file = SourceFile(PATH, text.encode())
        tree = copy.deepcopy(file.tree)
        spans: dict[ast.AST, Span] = {
            node: file.span(node) for node in ast.walk(tree) if isinstance(node, (ast.expr, ast.stmt))
        }
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        return cls(file, tree, Rewrite(file), spans, parents, random.Random(seed))

    def intend(self, count: int) -> None:
        for _ in range(count):
            self.draw.choice(INTENTIONS)(self)
        for step in self.steps:
            step()

    def free(self, *kinds: type[ast.AST]) -> list[ast.AST]:
        """The nodes that an intention may concern."""
        return [
            node
            for node in self.spans
            if isinstance(node, kinds)
            and node not in self.taken
            and self.doomed.isdisjoint([node, *self.above(node)])
            and not any(isinstance(each, (ast.JoinedStr, ast.pattern)) for each in self.above(node))
        ]

    def expression(self) -> ast.expr | None:
        found = [
            node
            for node in self.free(ast.expr)
            if isinstance(node, ast.expr)
            and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
            and not isinstance(node, (*_BARE, ast.FormattedValue))
            and not isinstance(self.parents[node], (ast.Expr, ast.arg, ast.AnnAssign))
        ]
        return self.draw.choice(found) if found else None

    def statement(self, *kinds: type[ast.stmt]) -> ast.stmt | None:
        found = [
            node
            for node in self.free(*kinds or (ast.stmt,))
            if isinstance(node, ast.stmt)
            and not isinstance(node, ast.ImportFrom)
            and not self.is_elif(node)
            and not self.is_docstring(node)
        ]
        return self.draw.choice(found) if found else None

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self.parents:
            node = self.parents[node]
            yield node

    def is_elif(self, node: ast.AST) -> bool:
        span = self.spans[node]
        return self.file.lines[span.line - 1].startswith("elif", span.column - 1)

    def is_docstring(self, node: ast.stmt) -> bool:
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and self.block(node)[0] is node

    def is_touched(self, node: ast.AST) -> bool:
        """Whether any intention concerns something inside."""
        return not (self.taken | self.doomed).isdisjoint(ast.walk(node))

    def block(self, node: ast.stmt) -> list[ast.stmt]:
        parent = self.parents[node]
        blocks = [getattr(parent, name, None) for name in ("body", "orelse", "finalbody")]
        return next(block for block in blocks if isinstance(block, list) and position(block, node) is not None)

    def put(self, node: ast.expr, new: ast.expr) -> None:
        """Let `new` stand where `node` stands."""
        parent = self.parents[node]
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, new)
            elif isinstance(value, list) and position(value, node) is not None:
                value[at(value, node)] = new
        self.parents[new] = parent
        self.parents[node] = new


def position(block: list[ast.stmt], node: ast.AST) -> int | None:
    return next((index for index, each in enumerate(block) if each is node), None)


def at(block: list[ast.stmt], node: ast.AST) -> int:
    found = position(block, node)
    assert found is not None
    return found


def add_keyword(model: Model) -> None:
    calls = [node for node in model.free(ast.Call) if isinstance(node, ast.Call)]
    name = f"added_{model.draw.randrange(3)}"
    calls = [call for call in calls if all(keyword.arg != name for keyword in call.keywords)]
    if not calls:
        return
    call = model.draw.choice(calls)
    model.taken.add(call)
    model.rewrite.add_keyword(model.spans[call], f"{name}=[1]")
    new = ast.keyword(name, ast.List([ast.Constant(1)], ast.Load()))
    stars = [keyword for keyword in call.keywords if keyword.arg is None]
    model.steps.append(lambda: call.keywords.insert(at(call.keywords, stars[0]) if stars else len(call.keywords), new))  # type: ignore[arg-type]


def change_keyword(model: Model) -> None:
    calls = [node for node in model.free(ast.Call) if isinstance(node, ast.Call) and not model.is_touched(node)]
    calls = [call for call in calls if any(keyword.arg for keyword in call.keywords)]
    if not calls:
        return
    call = model.draw.choice(calls)
    keyword = model.draw.choice([keyword for keyword in call.keywords if keyword.arg])
    assert keyword.arg is not None
    model.taken.update(ast.walk(call))
    model.only_adds = False
    if model.draw.random() < 0.5:
        model.rewrite.remove_keyword(model.spans[call], keyword.arg)
        model.steps.append(lambda: call.keywords.remove(keyword))
    else:
        model.rewrite.set_keyword(model.spans[call], f"{keyword.arg}=None")
        model.steps.append(lambda: setattr(keyword, "value", ast.Constant(None)))


def append(model: Model) -> None:
    node = model.expression()
    if node is None:
        return
    model.taken.add(node)
    model.rewrite.append(model.spans[node], ".m('%')")
    method = ast.Attribute(node, "m", ast.Load())
    model.steps.append(lambda: model.put(node, ast.Call(method, [ast.Constant("%")], [])))


def surround(model: Model) -> None:
    node = model.expression()
    if node is None:
        return
    model.taken.add(node)
    model.rewrite.surround(model.spans[node], "str(", ")")
    model.steps.append(lambda: model.put(node, ast.Call(ast.Name("str", ast.Load()), [node], [])))


def await_(model: Model) -> None:
    node = model.expression()
    if node is None or not any(isinstance(each, ast.AsyncFunctionDef) for each in model.above(node)):
        return
    if isinstance(model.parents[node], ast.Await):
        return
    model.taken.update([node, model.parents[node]])
    model.rewrite.await_(model.spans[node])
    model.steps.append(lambda: model.put(node, ast.Await(node)))


def insert(model: Model) -> None:
    node = model.statement()
    if node is None:
        return
    lines = model.draw.choice([["new = 1"], ["if 1:", "    '''a", "b'''", "", "new = 2"]])
    block, new = model.block(node), ast.parse("\n".join(lines)).body
    behind = model.draw.randrange(2)
    (model.rewrite.insert_after if behind else model.rewrite.insert_before)(model.spans[node], lines)
    model.taken.add(node)

    def step() -> None:
        index = at(block, node) + behind
        block[index:index] = new

    model.steps.append(step)


def comment(model: Model) -> None:
    line = model.draw.randrange(len(model.file.lines)) + 1
    if any(model.spans[node].line - 3 <= line <= model.spans[node].end_line for node in model.doomed):
        return
    if line + 1 not in scan(model.file.text).string_lines and not model.file.lines[line - 1].endswith("\\"):
        model.commented.add(line)
        model.rewrite.comment(line, "noqa: F401")
        model.only_adds = False


def append_to_module(model: Model) -> None:
    lines = ["def appended():", "    pass"]
    model.rewrite.append_to_module(lines)
    model.steps.append(lambda: model.tree.body.extend(ast.parse("\n".join(lines)).body))


def wrap(model: Model) -> None:
    node = model.statement()
    if node is None:
        return
    block = model.block(node)
    nodes = block[at(block, node) :][: model.draw.randrange(1, 4)]
    if block is model.tree.body:
        model.may_import = False
        if model.names:
            return
    if (model.taken | model.doomed) & {*nodes} or any(isinstance(each, ast.ImportFrom) for each in nodes):
        return
    model.taken.update(nodes)
    model.rewrite.wrap_in_with(model.spans[nodes[0]], model.spans[nodes[-1]], "with print():")

    def step() -> None:
        new = ast.With([ast.withitem(ast.Call(ast.Name("print", ast.Load()), [], []))], [*nodes])
        index = at(block, nodes[0])
        block[index : index + len(nodes)] = [new]

    model.steps.append(step)


def delete(model: Model) -> None:
    node = model.statement()
    if node is None or model.is_touched(node):
        return
    span = model.spans[node]
    if not model.commented.isdisjoint(range(span.line - 3, span.end_line + 1)):
        return
    model.only_adds = False
    model.doomed.add(node)
    block = model.block(node)
    model.rewrite.delete_statement(span)

    def step() -> None:
        del block[at(block, node)]
        if not block and block is not model.tree.body:
            block.append(ast.Pass())

    model.steps.append(step)


def make_async(model: Model) -> None:
    node = model.statement(ast.FunctionDef)
    if not isinstance(node, ast.FunctionDef):
        return
    model.taken.add(node)
    model.rewrite.make_async(model.spans[node])
    model.steps.append(lambda: setattr(node, "__class__", ast.AsyncFunctionDef))


def move(model: Model) -> None:
    function = model.statement(ast.FunctionDef)
    if not isinstance(function, ast.FunctionDef):
        return
    block = function.body
    first = model.draw.randrange(len(block))
    nodes = block[first : first + model.draw.randrange(1, 3)]
    if model.is_docstring(nodes[0]) or (model.taken | model.doomed) & {*nodes}:
        return
    outer = model.block(function)
    model.taken.update([function, *nodes])
    spans = model.spans
    model.rewrite.move_to_function(
        spans[nodes[0]], spans[nodes[-1]], "def moved():", before=spans[function], leaving=["moved()"]
    )

    def step() -> None:
        new = ast.parse("def moved(): pass\nmoved()").body
        assert isinstance(new[0], ast.FunctionDef)
        index = at(block, nodes[0])
        new[0].body = block[index : index + len(nodes)]
        block[index : index + len(nodes)] = new[1:]
        outer.insert(at(outer, function), new[0])

    model.only_adds = False
    model.steps.append(step)


def name(model: Model) -> None:
    qualified = model.draw.choice(QUALIFIED)
    if model.may_import:
        model.names[qualified] = model.rewrite.name_for(qualified, prefer_module=model.draw.random() < 0.5)


INTENTIONS = [
    add_keyword,
    add_keyword,
    append,
    append_to_module,
    await_,
    change_keyword,
    comment,
    delete,
    insert,
    insert,
    make_async,
    move,
    name,
    surround,
    wrap,
]
