"""The downgrade that alembic-vet writes for an enum gives the schema back that was there before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import alembic.command
import psycopg
import pytest
from alembic.config import Config

from alembic_vet.findings import Fix
from alembic_vet.fixes.enum_downgrade import enum_downgrade_fix
from alembic_vet.model.history import Replayed
from alembic_vet.project.discovery import discover
from alembic_vet.project.environment import Environment
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources
from tests.proofs.databases import ServerDatabase, on_postgresql
from tests.proofs.enum_catalogue import catalogue
from tests.proofs.enum_scenarios import SCENARIOS, Scenario
from tests.proofs.server import postgresql_names

pytestmark = pytest.mark.proof

DRIVERS = ("psycopg2", "asyncpg")
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
ENV = """\
import asyncio

from alembic import context
from sqlalchemy import create_engine, pool
from sqlalchemy.ext.asyncio import create_async_engine

url, options = context.config.attributes["url"], context.config.attributes["options"]


def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_async():
    engine = create_async_engine(url, poolclass=pool.NullPool, **options)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)


if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif "asyncpg" in url:
    asyncio.run(migrate_async())
else:
    with create_engine(url, poolclass=pool.NullPool, **options).connect() as connection:
        migrate(connection)
"""


@dataclass(frozen=True)
class Project:
    """A scenario's project on a database of its own."""

    folder: Path
    database: ServerDatabase
    driver: str
    options: dict[str, Any]

    def config(self, output: StringIO | None = None) -> Config:
        config = Config(str(self.folder / "alembic.ini"), output_buffer=output)
        config.set_main_option("script_location", str(self.folder / "alembic"))
        config.attributes["url"] = self.database.url.replace("postgresql://", f"postgresql+{self.driver}://")
        config.attributes["options"] = self.options
        return config

    def upgrade(self, revision: str) -> None:
        alembic.command.upgrade(self.config(), revision)

    def downgrade(self, revision: str) -> None:
        alembic.command.downgrade(self.config(), revision)

    def run(self, statements: tuple[str, ...]) -> None:
        for statement in statements:
            self.database.query(statement)

    @property
    def version(self) -> object:
        return self.database.query("SELECT version_num FROM alembic_version")[0][0]


def written(folder: Path, scenario: Scenario) -> Path:
    """The project's files, its second revision still without a downgrade."""
    versions = folder / "alembic" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")
    (folder / "alembic" / "env.py").write_text(ENV)
    for name, text in scenario.files.items():
        (versions / name).write_text(text)
    return versions / "0002_labels.py"


def replayed(folder: Path) -> tuple[Environment, Replayed]:
    settings, sources = Settings(root=folder, dialect="postgresql", sqlalchemy_version=(2, 0)), Sources()
    environment = Environment(discover([folder], settings, sources).environments[0], settings, sources, folder)
    step = environment.history.at("0002")
    assert step is not None
    return environment, step


def fix(folder: Path, setting: str) -> Fix | None:
    environment, step = replayed(folder)
    return enum_downgrade_fix(environment.history, environment.graph, step.revision, setting)


def apply_fix(folder: Path, setting: str) -> None:
    found = fix(folder, setting)
    assert found is not None
    _, step = replayed(folder)
    text = step.revision.file.with_edits((edit.span, edit.text) for edit in found.edits).text
    (folder / "alembic" / "versions" / "0002_labels.py").write_text(text)


@pytest.fixture(scope="module", params=postgresql_names())
def shared(request: pytest.FixtureRequest, server_url: Callable[[str], str]) -> Iterator[ServerDatabase]:
    with on_postgresql(server_url(request.param), "secret") as database:
        yield database


@pytest.fixture
def database(shared: ServerDatabase) -> ServerDatabase:
    """An empty database: to empty one is quicker than to make one."""
    for statement in ("DROP SCHEMA IF EXISTS app, public CASCADE", "CREATE SCHEMA public"):
        shared.query(statement)
    return shared


def project(
    scenario: Scenario,
    folder: Path,
    database: ServerDatabase,
    driver: str = "psycopg2",
    options: dict[str, Any] | None = None,
) -> Project:
    written(folder, scenario)
    apply_fix(folder, scenario.setting)
    return Project(folder, database, driver, options or {})


with_every_driver = pytest.mark.parametrize("driver", DRIVERS)


@with_every_driver
@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if not each.refused], ids=lambda each: each.name)
def test_restores_the_catalogue(scenario: Scenario, driver: str, database: ServerDatabase, tmp_path: Path) -> None:
    made = project(scenario, tmp_path, database, driver)
    made.upgrade("0001")
    made.run(scenario.rows)
    before = catalogue(database)
    made.upgrade("head")
    made.run(scenario.later_rows)
    after = catalogue(database)
    assert after != before
    made.downgrade("0001")
    assert catalogue(database) == before
    assert made.version == "0001"
    assert [tuple(row) for row in database.query(scenario.query)] == list(scenario.expected)
    made.upgrade("head")
    assert catalogue(database) == after
    made.downgrade("0001")
    assert catalogue(database) == before


@with_every_driver
@pytest.mark.parametrize("options", [{}, {"isolation_level": "AUTOCOMMIT"}], ids=["transaction", "autocommit"])
@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each.refused], ids=lambda each: each.name)
def test_refuses_before_anything_is_changed(
    scenario: Scenario, options: dict[str, Any], driver: str, database: ServerDatabase, tmp_path: Path
) -> None:
    made = project(scenario, tmp_path, database, driver, options)
    made.upgrade("head")
    made.run((*scenario.rows, *scenario.later_rows))
    before = catalogue(database), database.query("TABLE people")
    with pytest.raises(RuntimeError) as refusal:
        made.downgrade("0001")
    assert f"RuntimeError: {refusal.value}" == scenario.refused
    assert (catalogue(database), database.query("TABLE people")) == before
    assert made.version == "0002"


def test_script_restores_the_catalogue(database: ServerDatabase, tmp_path: Path) -> None:
    made = project(BY_NAME["several tables"], tmp_path, database)
    made.upgrade("0001")
    before = catalogue(database)
    made.upgrade("head")
    database.query(_script(made))
    assert catalogue(database) == before


def test_script_fails_at_rows_that_hold_the_label(database: ServerDatabase, tmp_path: Path) -> None:
    scenario = BY_NAME["rows: fail"]
    made = project(scenario, tmp_path, database)
    made.upgrade("head")
    made.run(scenario.later_rows)
    before = catalogue(database)
    with (
        psycopg.connect(database.url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation, match='invalid input value for enum mood: "calm"'),
    ):
        connection.execute(_script(made))
    assert catalogue(database) == before


def _script(made: Project) -> str:
    output = StringIO()
    alembic.command.downgrade(made.config(output), "0002:0001", sql=True)
    return output.getvalue()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_the_replay_agrees(scenario: Scenario, tmp_path: Path) -> None:
    written(tmp_path, scenario)
    apply_fix(tmp_path, scenario.setting)
    _, step = replayed(tmp_path)
    assert step.down_failures == []
    assert step.again_failures == []
    assert step.differences == []
    assert fix(tmp_path, scenario.setting) is None
