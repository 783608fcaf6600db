"""The statements that take enum types back to the labels they had."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterator

from alembic_vet.fixes.build import FixImpossible, Rewrite
from alembic_vet.fixes.constraint_texts import create_constraint, drop_constraint
from alembic_vet.fixes.enum_rows import Refusal, refusals, updates
from alembic_vet.fixes.index_texts import create_index, drop_index
from alembic_vet.fixes.items import WIDTH
from alembic_vet.fixes.python_code import INDENT, call, pieces
from alembic_vet.fixes.sql_text import bindless, on_one_line, sql_name, sql_string
from alembic_vet.fixes.table_texts import alter_column, default_text
from alembic_vet.fixes.words import Lines, Words
from alembic_vet.model.enum_swap import EnumColumn, EnumDowngrade, EnumSwap
from alembic_vet.model.operations import Default
from alembic_vet.model.schema.objects import OtherState
from alembic_vet.source.unknown import OPAQUE


class DowngradeBody:
    """Written in the words of a file; `taken` are names that its variables must not have.

    Nothing is changed before it is sure that no row stands in the way. What names a label is out of the way while
    columns change their type, and the type that was renamed is dropped without CASCADE, which would take forgotten
    columns along.
    """

    def __init__(
        self, rewrite: Rewrite, words: Words, downgrade: EnumDowngrade, setting: str, taken: Collection[str]
    ) -> None:
        self._rewrite = rewrite
        self._words = words
        self._downgrade = downgrade
        self._setting = setting
        self._taken = {*taken, *dir(builtins)}

    def lines(self) -> list[str]:
        """Raises FixImpossible where something cannot be written."""
        parts = [
            list(self._guard()),
            [line for swap in self._downgrade.swaps for line in self._renames(swap)],
            [line for update in updates(self._downgrade, self._setting) for line in self._execute(update)],
            list(self._taken_away()),
            *(list(self._swapped(swap)) for swap in self._downgrade.swaps if swap.replaced),
            list(self._made_again()),
        ]
        return [line for part in parts if part for line in ("", *part)][1:]

    # Rows

    def _guard(self) -> Iterator[str]:
        found = list(refusals(self._downgrade, self._setting))
        if not found:
            return
        yield "# An SQL script cannot look at rows: there the casts below fail."
        yield f"if not {self._rewrite.name_for('alembic.context')}.is_offline_mode():"
        inner = self._one(found[0]) if len(found) == 1 else self._several(found)
        yield from (INDENT + line for line in inner)

    def _one(self, refusal: Refusal) -> Iterator[str]:
        rows, message = self._free("rows"), refusal.message.replace("{", "{{").replace("}", "}}")
        yield from self._count(rows, self._words.sql(refusal.query))
        yield f"if {rows}:"
        yield f"{INDENT}raise RuntimeError(f{self._words.string(f'{message} (rows: {{{rows}}})')})"

    def _several(self, found: list[Refusal]) -> Iterator[str]:
        problem, query, rows = self._free("problem"), self._free("query"), self._free("rows")
        yield f"for {problem}, {query} in ("
        for each in found:
            yield f"{INDENT}("
            yield f"{INDENT * 2}{self._words.string(each.message)},"
            yield f"{INDENT * 2}{self._words.string(bindless(each.query))},"
            yield f"{INDENT}),"
        yield "):"
        inner = [
            *self._count(rows, f"{self._words.sqlalchemy('text')}({query})"),
            f"if {rows}:",
            f"{INDENT}raise RuntimeError(f{self._words.string(f'{{{problem}}} (rows: {{{rows}}})')})",
        ]
        yield from (INDENT + line for line in inner)

    def _count(self, rows: str, text: str) -> list[str]:
        return call(f"{rows} = {self._words.op('get_bind')}().scalar", [text], 3)

    # Types

    def _renames(self, swap: EnumSwap) -> Iterator[str]:
        for now, was in swap.renames:
            yield from self._execute(f"ALTER TYPE {_type(swap)} RENAME VALUE {sql_string(now)} TO {sql_string(was)}")

    def _swapped(self, swap: EnumSwap) -> Iterator[str]:
        words = self._words
        variable = self._free(_identifier(swap.key.name))
        schema = [] if swap.schema is None else [f"schema={words.string(swap.schema)}"]
        described = [*map(words.string, swap.labels), f"name={words.string(swap.key.name)}", *schema]
        yield from self._execute(f"ALTER TYPE {_type(swap)} RENAME TO {sql_name(swap.aside)}")
        yield from words.call(f"{variable} = {words.postgresql('ENUM')}", described)
        yield f"{variable}.create({words.op('get_bind')}(), checkfirst=False)"
        for column in swap.columns:
            yield from self._column(swap, column, variable)
        yield from self._execute(f"DROP TYPE {sql_name(swap.aside, swap.schema)}")

    def _column(self, swap: EnumSwap, column: EnumColumn, variable: str) -> Iterator[str]:
        words = self._words
        brackets = "[]" if column.is_array else ""
        using = f"{sql_name(column.name)}::text{brackets}::{_type(swap)}{brackets}"
        if "%" in using:
            raise FixImpossible("a driver may take % for a parameter")
        new = f"{words.postgresql('ARRAY')}({variable})" if column.is_array else variable
        changes = [[f"type_={new}", f"postgresql_using={words.string(using)}"]]
        if column.resets:
            changes.insert(0, ["server_default=None"])
        if column.default is not None:
            changes.append([f"server_default={default_text(words, Default(column.default))}"])
        for change in changes:
            yield from _written(alter_column(words, column.table, column.name, change))

    # What is in the way

    def _taken_away(self) -> Iterator[str]:
        around = self._downgrade.around
        for view in around.views:
            yield from self._execute(f"DROP {self._view(view)}")
        for index in around.indexes:
            yield from _written(drop_index(self._words, index))
        for table, check in around.checks:
            yield from _written(drop_constraint(self._words, table, check))

    def _made_again(self) -> Iterator[str]:
        around = self._downgrade.around
        for table, check in around.checks:
            yield from _written(create_constraint(self._words, table, check))
        for index in around.indexes:
            yield from _written(create_index(self._words, index))
        for view in reversed(around.views):
            if view.definition is OPAQUE:
                raise FixImpossible("what a view reads is not known")
            yield from self._execute(f"CREATE {self._view(view)} {on_one_line(view.definition)}")

    def _view(self, view: OtherState) -> str:
        return f"{view.kind.value.upper()} {self._words.qualified(view.key)}"

    # Python

    def _execute(self, sql: str) -> list[str]:
        """`op.execute()`, its text on several lines where it is long."""
        lines = self._words.execute(sql)
        if max(map(len, lines)) + len(INDENT) <= WIDTH:
            return lines
        parts = [f"{INDENT}{self._words.string(part)}" for part in pieces(bindless(sql), WIDTH - 2 * len(INDENT) - 2)]
        return [f"{self._words.op('execute')}(", *parts, ")"]

    def _free(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def _written(lines: Lines) -> list[str]:
    if lines is None:
        raise FixImpossible("no operation makes it again")
    return lines


def _type(swap: EnumSwap) -> str:
    return sql_name(swap.key.name, swap.schema)


def _identifier(name: str) -> str:
    """A variable for a type: `order_status` for `OrderStatus`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"\W+", "_", snake, flags=re.ASCII).strip("_").lower()
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"enum_{plain}".rstrip("_")
