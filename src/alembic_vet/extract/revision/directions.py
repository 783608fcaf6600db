"""What a revision does in each direction: its module is followed, its function called."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from alembic_vet.extract.revision.identity import definition
from alembic_vet.extract.revision.steps import StepReader
from alembic_vet.extract.revision.vocabulary import OP, RevisionVocabulary
from alembic_vet.model.operations import Operation, Refuse
from alembic_vet.model.revision import Direction, DirectionName
from alembic_vet.source.file import SourceFile
from alembic_vet.source.interpreter import NEAR, Interpreter, Trace
from alembic_vet.source.scope import ModuleFinder, ModuleScope
from alembic_vet.source.values import OPAQUE, Anchor, Context, Function, Symbol, Value

# A revision that goes deep into the application does so for its rows. Where helpers that call operations lie deep (galaxy's
# do), they take some 80 statements there; the rows of superset and airflow would take any number.
_MOST_STEPS = 5_000
_MOST_FAR_STEPS = 300


class RevisionModule:
    """A revision's module, executed once."""

    def __init__(self, file: SourceFile, finder: ModuleFinder | None, dialect: str) -> None:
        self._file = file
        self._dialect = dialect
        self._run = Interpreter(
            finder, RevisionVocabulary(dialect), most_steps=_MOST_STEPS, most_far_steps=_MOST_FAR_STEPS
        )
        self._scope = ModuleScope(file, "revision_script")
        self._run.run_module(self._scope)
        self._top = self._run.trace

    def direction(self, name: DirectionName) -> Direction:
        function = self._run.member(self._scope, name)
        if not isinstance(function, Function):
            return Direction(name, None, complete=function is None)
        run = self._run
        run.start_over()
        run.call_function(function, self._arguments(function), {}, Context(), Anchor(self._file, function.node))
        steps = StepReader(self._file, run, self._dialect)
        operations = tuple(_until_refusal(steps.read(run.trace.calls, run.trace.raised, self._top.calls)))
        return Direction(
            name,
            definition(function.at.file, function.node),
            operations,
            refuses=any(isinstance(operation, Refuse) and _certain(operation) for operation in operations),
            is_async=function.is_async,
            complete=not _misses_operations(run.trace) and not _compiles_its_own_way(self._file),
        )

    def _arguments(self, function: Function) -> list[Value]:
        """Some environments hand over the operations: `upgrade(op, ...)`."""
        spec = function.node.args
        required = len(spec.args) - len(spec.defaults)
        given: list[Value] = []
        for position, parameter in enumerate(spec.args):
            if parameter.arg != "op" and position >= required:
                break
            given.append(Symbol(OP) if parameter.arg == "op" else OPAQUE)
        return given


def _misses_operations(trace: Trace) -> bool:
    """Whether more operations may follow than were seen: some far away are a sign of others there."""
    far = (call for call in trace.calls if len(call.context.stack) > NEAR)
    return trace.exhausted or (trace.cut and any(call.name is not None and call.name.startswith(OP) for call in far))


def _compiles_its_own_way(file: SourceFile) -> bool:
    """Whether `sqlalchemy.ext.compiler` is told to write something of SQLAlchemy's own differently on PostgreSQL."""
    if b"compiles" not in file.data:
        return False
    own = {node.name for node in file.tree.body if isinstance(node, ast.ClassDef)}
    decorators = (each for node in file.tree.body if isinstance(node, ast.FunctionDef) for each in node.decorator_list)
    for decorator in decorators:
        match decorator:
            case ast.Call(
                func=ast.Name(id="compiles") | ast.Attribute(attr="compiles"), args=[compiled, *dialects]
            ) if not (isinstance(compiled, ast.Name) and compiled.id in own):
                names = [each.value for each in dialects if isinstance(each, ast.Constant)]
                if not dialects or "postgresql" in names or len(names) < len(dialects):
                    return True
    return False


def _certain(operation: Operation) -> bool:
    return not operation.conditional and not operation.guards


def _until_refusal(operations: Iterable[Operation]) -> list[Operation]:
    """Nothing runs after the function has raised."""
    kept: list[Operation] = []
    for operation in operations:
        kept.append(operation)
        if isinstance(operation, Refuse) and _certain(operation):
            break
    return kept
