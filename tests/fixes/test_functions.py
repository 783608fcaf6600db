"""Functions made async, renamed, given another body, and made from statements."""

from __future__ import annotations

import pytest

from alembic_vet.fixes.build import FixImpossible
from tests.fixes.editing import Code, rewritten
from tests.fixes.shapes import env_scripts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(): pass\n", "async def f(): pass\n"),
        ("async def f(): pass\n", "async def f(): pass\n"),
        ("@print\ndef f(): pass\n", "@print\nasync def f(): pass\n"),
    ],
)
def test_make_async(before: str, after: str) -> None:
    name = "async def f" if before.startswith("async") else "def f"
    assert rewritten(before, lambda code: code.rewrite.make_async(code.statement(name))) == after


def test_make_with_and_for_async() -> None:
    text = "async def f(a):\n    with a: pass\n    for _ in a: pass\n"
    code = Code(text)
    for each in ("with", "for"):
        code.rewrite.make_async(code.statement(each))
    assert code.result == text.replace("    with", "    async with").replace("    for", "    async for")


def test_make_sync() -> None:
    code = Code("async  def f():\n    return 1\n")
    code.rewrite.make_sync(code.statement("async"))
    code.rewrite.rename_function(code.statement("async"), "g")
    assert code.result == "def g():\n    return 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    x = 1\n    return x\n", "def f():\n    pass\n    print()\n"),
        ('def f():\n    """Doc."""\n    return 1\n', 'def f():\n    """Doc."""\n    pass\n    print()\n'),
        ('def f():\n    """Doc."""\n\n    return 1\n', 'def f():\n    """Doc."""\n\n    pass\n    print()\n'),
        ('def f():\n    """Doc."""\n', 'def f():\n    """Doc."""\n    pass\n    print()\n'),
        ("def f(): return 1\n", "def f():\n    pass\n    print()\n"),
        (
            "class A:\n  def f(a,\n   b=':'): # why\n    return 1\n",
            "class A:\n  def f(a,\n   b=':'): # why\n    pass\n    print()\n",
        ),
    ],
)
def test_replace_body(before: str, after: str) -> None:
    assert (
        rewritten(before, lambda code: code.rewrite.replace_body(code.statement("def f"), ["pass", "print()"])) == after
    )


def test_replace_body_keeps_comments_unless_told_otherwise() -> None:
    text = "def f():\n    # why\n    return 1\n\n\nx = 1\n"
    code = Code(text)
    code.rewrite.replace_body(code.statement("def f"), ["pass"])
    with pytest.raises(FixImpossible, match="# why"):
        code.rewrite.edits()
    code = Code(text)
    code.rewrite.replace_body(code.statement("def f"), ["pass"], drop_comments=True)
    assert code.result == "def f():\n    pass\n\n\nx = 1\n"


def test_the_bridge_to_async_is_alembics_own_template() -> None:
    """The generic template becomes the async one, docstrings and their blank lines aside."""
    scripts = {name.rstrip("0123456789"): text for name, text in env_scripts().items()}
    code = Code(scripts["generic"])
    rewrite = code.rewrite
    online = code.statement("def run_migrations_online")
    with_ = code.statement("with connectable")
    rewrite.replace(
        code.expression("engine_from_config"), rewrite.name_for("sqlalchemy.ext.asyncio.async_engine_from_config")
    )
    rewrite.remove_import_name("engine_from_config")
    connection = rewrite.name_for("sqlalchemy.engine.Connection")
    rewrite.make_async(with_)
    rewrite.move_to_function(
        code.statement("context.configure(\n            connection"),
        code.statement("with context.begin_transaction():\n            "),
        f"def do_run_migrations(connection: {connection}) -> None:",
        before=online,
        leaving=["await connection.run_sync(do_run_migrations)"],
    )
    rewrite.insert_after(with_, ["", "await connectable.dispose()"])
    rewrite.make_async(online)
    rewrite.rename_function(online, "run_async_migrations")
    run = rewrite.name_for("asyncio.run")
    rewrite.insert_after(online, ["", "", "def run_migrations_online() -> None:", f"    {run}(run_async_migrations())"])
    expected = scripts["async"]
    configure = "context.configure(connection=connection, target_metadata=target_metadata)"
    expected = expected.replace(
        f"    {configure}",
        "    context.configure(\n        connection=connection, target_metadata=target_metadata\n    )",
    )
    expected = expected.replace("\n\n    connectable =", "\n    connectable =")
    expected = expected.replace('    """Run migrations in \'online\' mode."""\n\n', "")
    expected = expected.replace('"""In this scenario', '"""Run migrations in \'online\' mode.\n\n    In this scenario')
    assert code.result == expected


def test_statements_move_with_comments_strings_and_other_changes() -> None:
    code = Code(
        "def f(a):\n"
        "    with a:\n"
        "        # about g\n"
        "        a.g(\n"
        "            '''\n"
        "  text\n"
        "''',\n"
        "        )  # done\n"
        "\n"
        "        a.h()\n"
    )
    first, last = code.statement("a.g"), code.statement("a.h")
    code.rewrite.move_to_function(first, last, "def moved(a):", before=code.statement("def f"), leaving=["moved(a)"])
    code.rewrite.add_keyword(first, "k=1")
    code.rewrite.wrap_in_with(last, last, "with a:")
    code.rewrite.insert_before(first, ["stays()".replace("stays", "a.s")])
    assert code.result == (
        "def moved(a):\n"
        "    # about g\n"
        "    a.g(\n"
        "        '''\n"
        "  text\n"
        "''',\n"
        "        k=1,\n"
        "    )  # done\n"
        "\n"
        "    with a:\n"
        "        a.h()\n"
        "\n"
        "\n"
        "def f(a):\n"
        "    with a:\n"
        "        a.s()\n"
        "        moved(a)\n"
    )
