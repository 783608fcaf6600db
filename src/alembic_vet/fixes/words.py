"""How one file says the names and literals that operations are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alembic_vet.fixes.build import Rewrite
from alembic_vet.fixes.python_code import call
from alembic_vet.fixes.sql_text import bindless, sql_key, sql_name
from alembic_vet.model.schema.objects import Key
from alembic_vet.model.schema.state import ReplayOptions
from alembic_vet.source.file import SourceFile

Lines = list[str] | None
"""What is written; None where a part of the object is not known, or has no operation."""


class Words:
    """The words of one file; the imports they need become part of the rewrite."""

    def __init__(self, file: SourceFile, rewrite: Rewrite, options: ReplayOptions) -> None:
        self.options = options
        self._rewrite = rewrite
        text = file.text.replace('"""', "").replace("'''", "")
        self._quote = "'" if text.count("'") > text.count('"') else '"'
        self._has_sqlalchemy = b"import sqlalchemy" in file.data or b"from sqlalchemy import" in file.data

    # Names

    def op(self, method: str) -> str:
        return f"{self._rewrite.name_for('alembic.op')}.{method}"

    def sqlalchemy(self, name: str) -> str:
        if not self._has_sqlalchemy:
            self._rewrite.add_import("import sqlalchemy as sa")
            self._has_sqlalchemy = True
        return self._rewrite.name_for(f"sqlalchemy.{name}")

    def postgresql(self, name: str) -> str:
        return self._rewrite.name_for(f"sqlalchemy.dialects.postgresql.{name}", prefer_module=True)

    # Literals

    def string(self, value: str) -> str:
        """A string in the quotes that the file prefers, or in the others where that saves escapes."""
        inner = repr(value)[1:-1].replace("\\'", "'")
        quote = self._quote
        other = '"' if quote == "'" else "'"
        if quote in inner and other not in inner:
            quote = other
        return quote + inner.replace(quote, "\\" + quote) + quote

    def strings(self, values: Sequence[str]) -> str:
        return f"[{', '.join(map(self.string, values))}]"

    def sql(self, value: str) -> str:
        """SQL as `sa.text()`, in which a colon before a word would be a parameter."""
        return f"{self.sqlalchemy('text')}({self.string(bindless(value))})"

    # Calls

    def call(self, name: str, arguments: Iterable[str | None]) -> list[str]:
        """A call, on as many lines as it needs; None among the arguments is nothing."""
        return call(name, [argument for argument in arguments if argument])

    def execute(self, sql: str) -> list[str]:
        return self.call(self.op("execute"), [self.string(bindless(sql))])

    def schema(self, key: Key, keyword: str = "schema") -> list[str]:
        """`schema="app"`, where the name alone does not do."""
        return [] if key.schema == self.options.default_schema else [f"{keyword}={self.string(key.schema)}"]

    def name(self, name: str) -> str:
        """A column's name for SQL text."""
        return sql_name(name)

    def qualified(self, key: Key) -> str:
        """A name for SQL text."""
        return sql_key(key, self.options.default_schema)
