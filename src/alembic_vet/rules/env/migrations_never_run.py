"""`migrations-never-run`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Fix, Location, Safety, Severity
from alembic_vet.model.env_script import EnvScript
from alembic_vet.project.environment import Environment
from alembic_vet.rules.base import EnvScriptRule, FixAvailability

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class MigrationsNeverRun(EnvScriptRule):
    """env.py defines how migrations run, and never runs them.

    ## What it does
    Reports an env.py with a function that calls `context.run_migrations()`, where nothing at module level
    leads to that call, or only under `if __name__ == "__main__":`, which never holds: Alembic loads env.py as a
    module.

    ## Why is this bad?
    Every command exits with 0 and does nothing. `alembic upgrade head` prints nothing, `alembic check` says
    `No new upgrade operations detected.`, and `alembic revision --autogenerate` writes an empty revision.

    See https://alembic.sqlalchemy.org/en/latest/tutorial.html#the-migration-environment.

    ## Example
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool


    def run_migrations_online():
        engine = create_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
    ```

    ## Use instead
    ```python title="alembic/env.py"
    from alembic import context
    from sqlalchemy import create_engine, pool


    def run_migrations_online():
        engine = create_engine("postgresql+psycopg2://app@localhost/app", poolclass=pool.NullPool)
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()


    run_migrations_online()
    ```

    ## Fix safety
    Safe: the code does nothing today.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[FixAvailability] = FixAvailability.SOMETIMES

    def check(self, subject: EnvScript, environment: Environment) -> Iterator[Finding]:
        path = subject.online
        if path.runs or path.unawaited or not path.complete:
            return
        runners = [node for node in subject.file.tree.body if isinstance(node, FunctionNode) and _runs(node)]
        guard = _main_guard(subject.file.tree)
        if not runners or any(_is_called(node.name, subject.file.tree, guard) for node in runners):
            return
        # Functions that want arguments are called by the env.py that imports this one.
        if not guard and not _entries(subject.file.tree):
            return
        if guard is not None:
            location = subject.file.location(guard.test)
            message = "migrations run only under a condition that never holds for env.py: every command does nothing"
        else:
            entry = [node for node in _entries(subject.file.tree) if "offline" not in node.name] or runners
            location = Location(subject.file.path, subject.file.whole_line(entry[-1].lineno))
            message = f"`{entry[-1].name}` is never called: every command does nothing, with exit code 0"
        yield self.finding(location, message, fix=_fix(subject, guard))


def _runs(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "run_migrations" for each in ast.walk(node))


def _main_guard(tree: ast.Module) -> ast.If | None:
    for statement in tree.body:
        match statement:
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]), orelse=[]):
                return statement
    return None


_BY_NAME = frozenset({"globals", "locals", "vars", "eval", "exec"})


def _is_called(name: str, tree: ast.Module, guard: ast.If | None) -> bool:
    """Whether a function may be reached from module level in a way that was not followed."""
    reached = {name, *_BY_NAME}
    functions = [node for node in tree.body if isinstance(node, FunctionNode)]
    grown = True
    while grown:
        grown = False
        for function in functions:
            if function.name not in reached and reached & _names(function):
                reached.add(function.name)
                grown = True
    return any(
        reached & _names(statement)
        for statement in tree.body
        if not isinstance(statement, FunctionNode) and statement is not guard
    )


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _fix(subject: EnvScript, guard: ast.If | None) -> Fix | None:
    from alembic_vet.fixes.build import Rewrite

    file = subject.file
    rewrite = Rewrite(file)
    if guard is not None:
        rewrite.replace(file.span(guard), _dedented(subject, guard))
        return rewrite.fix("Take the condition away", Safety.SAFE)
    entries = _entries(file.tree)
    online = [node for node in entries if "offline" not in node.name]
    offline = [node for node in entries if "offline" in node.name]
    if len(online) != 1 or len(offline) > 1:
        return None
    call = f"{online[0].name}()"
    if isinstance(online[0], ast.AsyncFunctionDef):
        call = f"{rewrite.name_for('asyncio.run')}({call})"
    if offline:
        context = rewrite.name_for("alembic.context")
        lines = [f"if {context}.is_offline_mode():", f"    {offline[0].name}()", "else:", f"    {call}"]
    else:
        lines = [call]
    rewrite.append_to_module(lines)
    return rewrite.fix(f"Call `{online[0].name}`", Safety.SAFE)


def _entries(tree: ast.Module) -> list[FunctionNode]:
    """The functions without parameters from which the others are called."""
    functions = [node for node in tree.body if isinstance(node, FunctionNode)]
    leading = {node.name for node in functions if _runs(node)}
    for _ in functions:
        leading |= {node.name for node in functions if leading & _names(node)}
    called = {name for node in functions for name in _names(node) if name != node.name}
    return [
        node for node in functions
        if node.name in leading - called and not (node.args.args or node.args.kwonlyargs or node.args.posonlyargs)
    ]  # fmt: skip


def _dedented(subject: EnvScript, guard: ast.If) -> str:
    file = subject.file
    first, last = file.span(guard.body[0]), file.span(guard.body[-1])
    indent = first.column - 1
    lines = file.lines[guard.test.end_lineno or first.line - 1 : last.end_line]
    return "\n".join(line[indent:] if line[:indent].isspace() else line for line in lines)
