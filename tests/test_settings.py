from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.errors import UserError
from alembic_vet.findings import Severity
from alembic_vet.settings import KEYS, SETTINGS_FILE, Settings, from_config, load, load_file

EVERYTHING = """
select = ["env", "missing-null-pool"]
extend-select = ["config"]
ignore = ["ALL"]
exclude = ["old", "legacy/**"]
fail-on = "error"
dialect = "sqlite"
target-postgres = "9.6"
sqlalchemy-version = "2.0.30"
alembic-version = "1.14"
source-roots = ["src", "../shared/lib"]
model-modules = ["app.models", "app.plugins.*"]
enum-downgrade-rows = "map:old=new"

[per-file-ignores]
"versions/old_*.py" = ["enums"]
"env.py" = []
"""


def settings_file(folder: Path, text: str, name: str = SETTINGS_FILE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> Settings:
    settings = load_file(settings_file(folder, text))
    assert settings is not None
    return settings


def test_every_setting(tmp_path: Path) -> None:
    path = settings_file(tmp_path / "project", EVERYTHING)
    assert load(path.parent) == Settings(
        root=path.parent,
        select=("env", "missing-null-pool"),
        extend_select=("config",),
        ignore=("ALL",),
        per_file_ignores=(("versions/old_*.py", ("enums",)), ("env.py", ())),
        exclude=("old", "legacy/**"),
        fail_on=Severity.ERROR,
        dialect="sqlite",
        target_postgres=(9, 6),
        sqlalchemy_version=(2, 0, 30),
        alembic_version=(1, 14),
        source_roots=(path.parent / "src", tmp_path / "shared" / "lib"),
        model_modules=("app.models", "app.plugins.*"),
        enum_downgrade_rows="map:old=new",
        file=path,
    )


def test_the_test_above_sets_every_key() -> None:
    assert all(f"{key} =" in EVERYTHING or f"[{key}]" in EVERYTHING for key in KEYS)


def test_selectors_are_every_name_of_a_rule(tmp_path: Path) -> None:
    assert list(loaded(tmp_path, EVERYTHING).selectors) == ["env", "missing-null-pool", "config", "ALL", "enums"]


def test_nothing_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(tmp_path) == Settings(root=tmp_path)


def test_searched_upward_from_a_file_or_folder(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "[tool.alembic-vet]\n", "pyproject.toml")
    env = settings_file(tmp_path / "db" / "alembic", "", "env.py")
    assert load(env).file == load(env.parent).file == load(env.parent / "not_there.py").file == path


def test_a_pyproject_without_the_table_is_passed_over(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "[tool.alembic-vet]\n", "pyproject.toml")
    settings_file(tmp_path / "api", '[project]\nname = "api"\n', "pyproject.toml")
    settings_file(tmp_path / "api", '[project]\ndependencies = ["alembic-vet"]\n', "pyproject.toml")
    assert load(tmp_path / "api").file == path


def test_a_broken_pyproject_that_does_not_speak_of_us_is_not_our_business(tmp_path: Path) -> None:
    settings_file(tmp_path, "[tool.black\n", "pyproject.toml")
    assert load(tmp_path).file is None


def test_our_own_file_goes_first_in_a_folder_and_the_nearest_folder_wins(tmp_path: Path) -> None:
    own = settings_file(tmp_path, "")
    settings_file(tmp_path, "[tool.alembic-vet]\n", "pyproject.toml")
    assert load(tmp_path).file == own
    nearer = settings_file(tmp_path / "api", "[tool.alembic-vet]\n", "pyproject.toml")
    assert load(tmp_path / "api").file == nearer


def test_our_own_file_may_have_the_table_too(tmp_path: Path) -> None:
    assert loaded(tmp_path, '[tool.alembic-vet]\ndialect = "mysql"\n').dialect == "mysql"


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert loaded(tmp_path, '\ufeffdialect = "mysql"\n').dialect == "mysql"


@pytest.mark.parametrize(
    ("value", "version"),
    [("14", (14,)), ('"14"', (14,)), ("9.6", (9, 6)), ('" 9.6 "', (9, 6)), ('"9.6.24"', (9, 6, 24))],
)
def test_target_postgres(tmp_path: Path, value: str, version: tuple[int, ...]) -> None:
    assert loaded(tmp_path, f"target-postgres = {value}\n").target_postgres == version


@pytest.mark.parametrize("value", ["2", '"2"', '"2.0"'])
def test_library_versions_have_two_numbers_at_least(tmp_path: Path, value: str) -> None:
    assert loaded(tmp_path, f"sqlalchemy-version = {value}\n").sqlalchemy_version == (2, 0)


def test_dialects_outside_sqlalchemy_are_allowed(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'dialect = "cockroachdb"\n').dialect == "cockroachdb"


@pytest.mark.parametrize("value", ["fail", "null", "map:a=b", "map:old one=new,b=c"])
def test_enum_downgrade_rows(tmp_path: Path, value: str) -> None:
    assert loaded(tmp_path, f'enum-downgrade-rows = "{value}"\n').enum_downgrade_rows == value


WRONG = [
    ('slect = ["env"]', "unknown setting `slect`; did you mean `select`?"),
    ("extend_select = []", "unknown setting `extend_select`; did you mean `extend-select`?"),
    ("colour = 1", "unknown setting `colour`"),
    ('select = "env"', "`select` must be a list of strings, not a string"),
    ("ignore = [1]", "`ignore` must hold strings only, not a number"),
    ("exclude = true", "`exclude` must be a list of strings, not a boolean"),
    ("extend-select = 2020-01-01", "`extend-select` must be a list of strings, not a date or time"),
    ("per-file-ignores = []", "`per-file-ignores` must be a table of pattern = [rules], not a list"),
    ('per-file-ignores = {"a" = "b"}', '`per-file-ignores` of "a" must be a list of strings, not a string'),
    ('fail-on = "warn"', '`fail-on` must be one of "error", "warning", "info", not "warn"; did you mean `warning`?'),
    ("fail-on = 1", '`fail-on` must be one of "error", "warning", "info", not 1'),
    ('dialect = "postgres"', '`dialect` is not a dialect: "postgres"; did you mean `postgresql`?'),
    ("dialect = 1", '`dialect` must be the name of a dialect, such as "postgresql", "mysql", "mariadb", "sqlite",'
     ' "oracle", "mssql", not 1'),
    ('target-postgres = "new"', '`target-postgres` must be a version, such as "14" or "2.0", not "new"'),
    ("target-postgres = true", '`target-postgres` must be a version, such as "14" or "2.0", not a boolean'),
    ("target-postgres = -1", '`target-postgres` must be a version, such as "14" or "2.0", not -1'),
    ("target-postgres = [14]", '`target-postgres` must be a version, such as "14" or "2.0", not a list'),
    ("alembic-version = 1.1", '`alembic-version` must be a string, such as "1.1": TOML reads a bare 1.1 as a number'),
    ('source-roots = "src"', "`source-roots` must be a list of strings, not a string"),
    ('model-modules = ["app/models.py"]', '`model-modules` must hold dotted module names, not "app/models.py"'),
    ('enum-downgrade-rows = "drop"', '`enum-downgrade-rows` must be "fail", "null" or "map:OLD=NEW", not "drop"'),
    ('enum-downgrade-rows = "map:a"', '`enum-downgrade-rows` must be "fail", "null" or "map:OLD=NEW", not "map:a"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text for text, _ in WRONG])
def test_wrong_settings_name_the_file_and_the_key(tmp_path: Path, text: str, message: str) -> None:
    own = settings_file(tmp_path / "a", text)
    with pytest.raises(UserError) as error:
        load(own.parent)
    assert str(error.value) == f"{own}: {message}"
    project = settings_file(tmp_path / "b", f"[tool.alembic-vet]\n{text}\n", "pyproject.toml")
    with pytest.raises(UserError) as error:
        load(project.parent)
    assert str(error.value) == f"{project}: [tool.alembic-vet] {message}"


def test_not_toml(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "select = [\n")
    with pytest.raises(UserError, match="not valid TOML") as error:
        load(tmp_path)
    assert str(error.value).startswith(f"{path}: ")
    path.write_bytes(b"\xff")
    with pytest.raises(UserError, match="not valid TOML"):
        load(tmp_path)


def test_a_table_in_place_of_settings_is_an_error(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "[tool]\nalembic-vet = 1\n", "pyproject.toml")
    with pytest.raises(UserError, match=r"\[tool.alembic-vet\] must be a table"):
        load_file(path)


def test_config_that_cannot_be_settings(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "x = 1\n", "mine.toml")
    with pytest.raises(UserError, match="unknown setting `x`"):
        from_config(path)
    ini = settings_file(tmp_path, "[alembic]\n", "db.ini")
    assert from_config(ini) == (None, True)
