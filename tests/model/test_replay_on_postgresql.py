"""The replay agrees with PostgreSQL: what is there after each statement, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from alembic_vet.model.schema import SchemaState
from tests.model.catalogue import Facts, catalogued, replayed_facts
from tests.model.random_ddl import PREPARATION, Author
from tests.model.replaying import run
from tests.model.test_difference import TEMPORARY
from tests.model.test_replay import REFUSED
from tests.proofs.databases import on_postgresql
from tests.proofs.server import postgresql_names

pytestmark = pytest.mark.proof

# What only the rows, or an expression, decides, or what an extension may bring; the replay does not say.
NOT_JUDGED = (
    "contains null values",
    "is violated by",
    "invalid input",
    "has no default operator class",
    "operator class",
    "cannot be implemented",
    "already exists in schema",
    "operator does not exist",
    "must be type boolean",
    "conflicting NULL",
    "appears twice",
    "could not",
    "is a view",
    "is not a",
    "is an identity column",
    "identity column type",
    "used by a view",
    "default for column",
    'column "',
    'type "',
    "cannot cast",
)


@pytest.fixture
def cursor(request: pytest.FixtureRequest, server_url: Callable[[str], str]) -> Iterator[Any]:
    with (
        on_postgresql(server_url(request.param), "secret") as database,
        psycopg.connect(database.url, autocommit=True) as connection,
    ):
        yield connection.cursor()


def on_every_server(test: Callable[..., None]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cursor", postgresql_names(), indirect=True)(test)


def reset(cursor: Any) -> None:
    cursor.execute("DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@on_every_server
def test_messages(cursor: Any) -> None:
    told: dict[str, str] = {}
    for sql, _ in REFUSED:
        reset(cursor)
        with pytest.raises(psycopg.Error) as refusal:
            cursor.execute(sql)
        told[sql] = str(refusal.value.diag.message_primary)
    expected = {sql: message for sql, message in REFUSED if not message.endswith("requires it")}
    assert {sql: _general(told[sql]) for sql in expected} == {sql: _general(each) for sql, each in expected.items()}


def _general(message: str) -> str:
    """DROP says `table` and `view` where other statements say `relation`."""
    return message.replace('table "', 'relation "').replace(" relation ", " ")


@on_every_server
@pytest.mark.parametrize("seed", range(4))
def test_random_statements(cursor: Any, seed: int) -> None:
    reset(cursor)
    state = SchemaState()
    author = Author(seed, state)
    taken = 0
    for number in range(250):
        sql = PREPARATION[number] if number < len(PREPARATION) else author.statement()
        before = state.snapshot()
        problems = run(state, sql)
        state.commit()
        try:
            cursor.execute(sql)
        except psycopg.Error as refusal:
            message = str(refusal.diag.message_primary)
            assert problems or _not_judged(sql, message), f"{sql}: {message}"
            state = author.state = before
        else:
            taken += 1
            assert not problems, f"{sql}: {problems[0]}"
        assert _differences(catalogued(cursor), replayed_facts(state)) == {}, sql
    assert taken > 50


@on_every_server
def test_what_is_temporary_goes_with_its_session(cursor: Any) -> None:
    reset(cursor)
    before = catalogued(cursor)
    for _ in range(2):
        with psycopg.connect(cursor.connection.info.dsn, password=cursor.connection.info.password) as session:
            session.execute(TEMPORARY)
    assert catalogued(cursor) == before


def _not_judged(sql: str, message: str) -> bool:
    return sql.startswith("create view") or any(part in message for part in NOT_JUDGED)


def _differences(one: Facts, two: Facts) -> dict[tuple[str, ...], tuple[object, object]]:
    return {key: (one.get(key), two.get(key)) for key in {*one, *two} if one.get(key) != two.get(key)}
