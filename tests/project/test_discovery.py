"""Which environments a path belongs to, what is skipped, and what is said about the rest."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from alembic_vet.project.discovered import Discovery
from alembic_vet.project.discovery import discover
from alembic_vet.project.revision_files import revision_files
from alembic_vet.settings import Settings
from alembic_vet.source.file import SourceFile, Sources

REPOS = Path(__file__).parents[2] / "fixtures" / "repos"
ENV = "from alembic import context\n\ncontext.run_migrations()\n"
INI = "[alembic]\nscript_location = migrations\n"
REVISION = 'revision = "a1"\ndown_revision = None\n'

Copy = Callable[[str], Path]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies a layout to where nothing above it is a project."""

    def copied(layout: str) -> Path:
        return Path(shutil.copytree(REPOS / layout, tmp_path / "repo"))

    return copied


def lay(root: Path, **files: str) -> Path:
    """Writes an environment in `migrations/` and files by name; `__` stands for `/`, `_dot_` for a dot."""
    for name, text in {"migrations__env_dot_py": ENV, "migrations__versions__a1_dot_py": REVISION, **files}.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def git(root: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, env=environment)


def found(root: Path, *paths: str, **settings: tuple[str, ...]) -> Discovery:
    return discover([root / path for path in paths or ["."]], Settings(root=root, **settings), Sources())  # type: ignore[arg-type]


def names(root: Path, discovery: Discovery) -> list[str]:
    """The environments by the file that declares each, with the section where that is not the usual one."""
    return [
        config.path.relative_to(root).as_posix() + (f" [{config.section}]" if config.section != "alembic" else "")
        for config in discovery.environments
    ]


SEPARATORS = [
    f"separators/{name}.ini"
    for name in (
        "both-options", "colon", "empty", "legacy-newline", "legacy-option",
        "legacy", "newline", "os", "semicolon", "space",
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("alternatives-set-by-code", ["alembic.ini", "alembic.ini"]),
        ("branches-set-by-code", ["db/alembic.ini"]),
        ("committed-venv", ["alembic.ini"]),
        ("driven-from-code", ["store/db/migrations/env.py"]),
        ("flask-migrate", ["migrations/env.py"]),
        ("here", ["deploy/alembic.ini"]),
        ("ini-at-top", ["alembic.ini"]),
        ("ini-in-subfolder", ["conf/alembic.ini"]),
        ("ini-sections", ["alembic.ini [orders]", "alembic.ini [users]"]),
        ("nested-roots", ["alembic.ini", "tools/alembic.ini"]),
        ("no-environment", []),
        ("orphan-revisions", ["alembic.ini"]),
        ("package-in-src", ["alembic.ini"]),
        ("recursive", ["alembic.ini"]),
        ("separators", [path.removeprefix("separators/") for path in SEPARATORS]),
        ("setup-cfg", ["setup.cfg"]),
        ("toml-and-ini", ["pyproject.toml"]),
        ("toml-only", ["pyproject.toml"]),
        ("two-environments", ["services/billing/alembic.ini", "services/catalog/alembic.ini"]),
    ],
)
@pytest.mark.parametrize("in_git", [False, True], ids=["no-git", "git"])
def test_a_whole_repository(copy: Copy, layout: str, expected: list[str], in_git: bool) -> None:
    root = copy(layout)
    if in_git:
        git(root, "init")
        git(root, "add", "-A")
    assert names(root, found(root)) == expected


@pytest.mark.parametrize(
    ("layout", "path", "expected"),
    [
        ("ini-at-top", "alembic.ini", ["alembic.ini"]),
        ("ini-at-top", "alembic/env.py", ["alembic.ini"]),
        ("ini-at-top", "alembic/script.py.mako", ["alembic.ini"]),
        ("ini-at-top", "alembic/versions", ["alembic.ini"]),
        ("ini-at-top", "app/models.py", ["alembic.ini"]),
        ("ini-at-top", "app", ["alembic.ini"]),
        ("ini-in-subfolder", "db/two/a00000000002_step.py", ["conf/alembic.ini"]),
        ("ini-in-subfolder", "db/two", ["conf/alembic.ini"]),
        ("ini-in-subfolder", "src/shop/models.py", ["conf/alembic.ini"]),
        ("ini-sections", "migrations/shared/f00000000002_step.py", ["alembic.ini [users]"]),
        ("ini-sections", "alembic.ini", ["alembic.ini [orders]", "alembic.ini [users]"]),
        ("toml-and-ini", "alembic.ini", ["pyproject.toml"]),
        ("toml-and-ini", "more/deep/a00000000002_step.py", ["pyproject.toml"]),
        ("two-environments", "services/billing/migrations/env.py", ["services/billing/alembic.ini"]),
        ("two-environments", "services/billing", ["services/billing/alembic.ini"]),
        (
            "two-environments",
            "services/billing/billing/models.py",
            ["services/billing/alembic.ini", "services/catalog/alembic.ini"],
        ),
        ("package-in-src", "src/vet_shop/extra/versions/a00000000002_step.py", ["alembic.ini"]),
        ("flask-migrate", "app.py", ["migrations/env.py"]),
        ("flask-migrate", "migrations/alembic.ini", ["migrations/env.py"]),
        ("driven-from-code", "store/db/upgrade.py", ["store/db/migrations/env.py"]),
        ("driven-from-code", "not/yet/written.py", ["store/db/migrations/env.py"]),
        ("no-environment", "shop/models.py", []),
        ("alternatives-set-by-code", "migrations/versions/sqlite/b2_step.py", ["alembic.ini"] * 2),
        ("committed-venv", "python/share/tool/migrations/env.py", ["python/share/tool/alembic.ini"]),
        ("committed-venv", ".venv/share/tool", [".venv/share/tool/alembic.ini"]),
        ("committed-venv", "vendor/site-packages/tool", ["vendor/site-packages/tool/migrations/env.py"]),
        ("committed-venv", "build/lib/alembic/versions/a00000000001_step.py", ["build/lib/alembic/env.py"]),
    ],
)
@pytest.mark.parametrize("in_git", [False, True], ids=["no-git", "git"])
def test_a_single_path(copy: Copy, layout: str, path: str, expected: list[str], in_git: bool) -> None:
    root = copy(layout)
    if in_git:
        git(root, "init")
        git(root, "add", "-A")
    assert names(root, found(root, path)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("services/api/api/models.py", ["alembic.ini"]),
        ("services/api", ["alembic.ini"]),
        ("services/web/web/models.py", []),
        ("services/web", []),
        ("services/jobs/migrations/env.py", ["tools/alembic.ini"]),
        ("services/jobs/migrations/versions/a00000000001_step.py", ["tools/alembic.ini"]),
        ("services", ["alembic.ini", "tools/alembic.ini"]),
    ],
)
def test_a_project_inside_a_repository(copy: Copy, path: str, expected: list[str]) -> None:
    root = copy("nested-roots")
    git(root, "init")
    assert names(root, found(root, path)) == expected


def test_a_project_without_any_marker_is_found_from_elsewhere(copy: Copy, tmp_path: Path) -> None:
    root = copy("ini-at-top")
    settings = Settings(root=tmp_path / "elsewhere")
    for path in ("app/models.py", "alembic/versions/a00000000001_step.py"):
        discovery = discover([root / path], settings, Sources())
        assert [config.path for config in discovery.environments] == [root / "alembic.ini"], path


def test_many_paths_give_each_environment_once(copy: Copy) -> None:
    root = copy("two-environments")
    paths = ["services/catalog/alembic.ini", "services/catalog/migrations/env.py", ".", "services/billing"]
    assert names(root, found(root, *paths)) == ["services/catalog/alembic.ini", "services/billing/alembic.ini"]


def test_an_ini_of_any_name_can_be_given(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_config=INI)
    assert names(tmp_path, found(tmp_path, "alembic.config")) == ["alembic.config"]


def test_relative_paths_are_taken_from_the_working_folder(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy("ini-at-top")
    monkeypatch.chdir(root / "alembic")
    (config,) = discover([Path("../alembic/env.py")], Settings(root=root), Sources()).environments
    assert config.path == root / "alembic.ini"


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("  true  ", True), ("True", False), ("yes", False)])
def test_recursive_is_exactly_true_in_an_ini(tmp_path: Path, value: str, expected: bool) -> None:
    lay(tmp_path, alembic_dot_ini=INI + f"recursive_version_locations = {value}\n")
    assert found(tmp_path).environments[0].recursive_version_locations is expected


def test_a_folder_of_the_right_name_without_an_env_is_not_preferred(tmp_path: Path) -> None:
    lay(tmp_path, conf__alembic_dot_ini=INI + "prepend_sys_path = .\n", conf__migrations__readme_dot_py="")
    (config,) = found(tmp_path).environments
    assert (config.script_location, config.prepend_sys_path) == (tmp_path / "migrations", (tmp_path,))


def test_flask_migrate_keeps_its_ini(copy: Copy) -> None:
    root = copy("flask-migrate")
    (config,) = found(root).environments
    assert (config.format, config.ini_path, config.here) == (
        "none",
        root / "migrations/alembic.ini",
        root / "migrations",
    )
    assert "logger_flask_migrate" in (config.extra_sections or {})
    assert [Path(name).name for name in revision_files(config)] == ["a00000000001_step.py"]


def test_a_toml_without_an_ini_and_an_env_without_either(copy: Copy, tmp_path: Path) -> None:
    (toml,) = found(copy("toml-only")).environments
    assert (toml.format, toml.ini_path, toml.options) == ("toml", None, {})
    assert set(toml.toml_options or {}) >= {"script_location", "post_write_hooks.0.name"}
    (bare,) = found(lay(tmp_path / "bare")).environments
    assert (bare.format, bare.ini_path, bare.toml_path, bare.toml_options) == ("none", None, None, None)


def test_an_ini_that_is_not_the_usual_one_leaves_the_toml_alone(tmp_path: Path) -> None:
    toml = '[tool.alembic]\nscript_location = "migrations"\nprepend_sys_path = ["a"]\n'
    lay(tmp_path, pyproject_dot_toml=toml, other_dot_ini=INI, other__env_dot_py=ENV)
    assert names(tmp_path, found(tmp_path)) == ["other.ini", "pyproject.toml", "other/env.py"]
    (tmp_path / "other.ini").rename(tmp_path / "alembic.ini")
    (ini, _) = found(tmp_path).environments
    assert (ini.format, ini.toml_path, ini.prepend_sys_path) == ("ini", tmp_path / "pyproject.toml", (tmp_path / "a",))


def test_an_ini_in_a_folder_takes_its_script_location_from_the_toml_above(tmp_path: Path) -> None:
    toml = '[tool.alembic]\nscript_location = "migrations"\n'
    lay(tmp_path, pyproject_dot_toml=toml, conf__alembic_dot_ini="[alembic]\nprepend_sys_path = src\n")
    (config,) = found(tmp_path).environments
    assert (config.path, config.ini_path) == (tmp_path / "pyproject.toml", tmp_path / "conf/alembic.ini")
    assert config.prepend_sys_path == (tmp_path / "src",)


def test_what_git_ignores_is_skipped_unless_given(copy: Copy) -> None:
    root = copy("ini-at-top")
    shutil.copytree(root, root / "copy")
    (root / ".gitignore").write_text("copy/\n")
    git(root, "init")
    assert names(root, found(root)) == ["alembic.ini"]
    assert names(root, found(root, "copy")) == ["copy/alembic.ini"]
    assert names(root, found(root, "copy/alembic/env.py")) == ["copy/alembic.ini"]


def test_an_ignored_ini_is_still_read_for_the_env_below_it(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI + "prepend_sys_path = src\n", _dot_gitignore="alembic.ini\n")
    git(tmp_path, "init")
    (config,) = found(tmp_path).environments
    assert config.prepend_sys_path == (tmp_path / "src",)


def test_a_hook_of_another_repository_does_not_matter(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy("ini-at-top")
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init")
    git(root, "init")
    # Tracked and ignored: only the repository's own index knows of it.
    (root / ".gitignore").write_text("alembic.ini\nalembic/env.py\n")
    git(root, "add", "-f", "alembic.ini", "alembic/env.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    assert names(root, found(root)) == ["alembic.ini"]


def test_without_git_the_file_system_answers(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy("committed-venv")
    git(root, "init")
    monkeypatch.setenv("PATH", str(root))
    assert names(root, found(root)) == ["alembic.ini"]


def test_a_repository_inside_a_repository(copy: Copy, tmp_path: Path) -> None:
    root = copy("ini-at-top")
    git(root, "init")
    git(tmp_path, "init")
    assert names(tmp_path, found(tmp_path)) == ["repo/alembic.ini"]


def test_a_file_that_git_lists_and_nobody_has(copy: Copy) -> None:
    root = copy("ini-in-subfolder")
    git(root, "init")
    git(root, "add", "-A")
    for path in ("pyproject.toml", "conf/alembic.ini", "db/one/a00000000001_step.py"):
        (root / path).unlink()
    assert names(root, found(root)) == ["db/migrations/env.py"]


def test_symbolic_links(copy: Copy) -> None:
    root = copy("ini-at-top")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "app" / "up").symlink_to("..", target_is_directory=True)
    (root / "zz.ini").symlink_to("alembic.ini")
    (root / "broken.ini").symlink_to("nothing.ini")
    assert names(root, found(root)) == ["alembic.ini"]
    (config,) = found(root, "loop/alembic/versions/a00000000001_step.py").environments
    assert os.path.realpath(config.path) == os.path.realpath(root / "alembic.ini")


def test_a_linked_script_folder(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI.replace("migrations", "linked"))
    (tmp_path / "linked").symlink_to("migrations", target_is_directory=True)
    (config,) = found(tmp_path, "migrations/versions/a1.py").environments
    assert (config.path, config.script_location) == (tmp_path / "alembic.ini", tmp_path / "linked")


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ("services/billing", ["services/catalog/alembic.ini"]),
        ("./services/b*/", ["services/catalog/alembic.ini"]),
        ("billing", ["services/catalog/alembic.ini"]),
        # What is excluded is not reported on, and is still read for the env.py that needs it.
        ("services/*/alembic.ini", ["services/billing/alembic.ini", "services/catalog/alembic.ini"]),
        ("*", []),
        ("bill", ["services/billing/alembic.ini", "services/catalog/alembic.ini"]),
    ],
)
def test_exclude(copy: Copy, exclude: str, expected: list[str]) -> None:
    root = copy("two-environments")
    git(root, "init")
    git(root, "add", "-A")
    assert names(root, found(root, exclude=(exclude,))) == expected


def test_orphans(copy: Copy) -> None:
    root = copy("orphan-revisions")
    orphans = {found.folder.relative_to(root).as_posix(): (found.count, found.reason) for found in found(root).orphans}
    assert orphans == {
        "alembic/versions/archive": (
            1, "Alembic reads sub-folders of a version location only with `recursive_version_locations = true`"
        ),
        "alembic/versions_old": (1, "`alembic.ini` does not name their folder in `version_locations`"),
        "legacy": (2, "no env.py and no configuration of Alembic names their folder"),
        "lost/migrations/versions": (1, "no environment names their folder, and `alembic.ini` cannot be used"),
    }  # fmt: skip


def test_orphans_are_those_of_the_given_paths(copy: Copy) -> None:
    root = copy("orphan-revisions")
    assert [found.folder.name for found in found(root, "legacy").orphans] == ["legacy"]
    assert found(root, "alembic/env.py").orphans == ()
    (orphan,) = found(root, "legacy/d00000000002_step.py").orphans
    assert [path.name for path in orphan.files] == ["d00000000002_step.py"]


@pytest.mark.parametrize(
    "layout",
    [
        "no-environment",
        "recursive",
        "alternatives-set-by-code",
        "branches-set-by-code",
        "ini-sections",
        "toml-only",
        "package-in-src",
    ],
)
def test_no_orphans(copy: Copy, layout: str) -> None:
    assert found(copy(layout)).orphans == ()


NOT_UTF_8 = "[alembic]\nscript_location = migrations\n# \udce9\n"


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        pytest.param("alembic.ini", "\ufeff" + INI, 1, "the file starts with a byte order mark", id="bom"),
        pytest.param("alembic.ini", INI + "key\n", 3, "the line is neither a section, an option", id="no-value"),
        pytest.param("alembic.ini", INI * 2, 3, "the section `alembic` exists twice", id="section-twice"),
        pytest.param(
            "alembic.ini", INI + "a=1\nA=2", 4, "the option `a` exists twice in section `alembic`", id="twice"
        ),
        pytest.param("alembic.ini", NOT_UTF_8, 3, "the file is not UTF-8", id="not-utf-8"),
        pytest.param(
            "setup.cfg", "[alembic]\nscript_location = %(x)s\n", 2, "`%(x)s` cannot be interpolated", id="setup"
        ),
        pytest.param("pyproject.toml", "[tool.alembic]\nx = \n", 2, "the file is not TOML: invalid value", id="toml"),
        pytest.param(
            "pyproject.toml",
            "[tool.alembic]\nscript_location = '100%'\n",
            2,
            "`100%` cannot be interpolated",
            id="percent",
        ),
        pytest.param(
            "pyproject.toml", "[tool.alembic]\nscript_location = '%(x)s'\n", 2, "`%(x)s` cannot be", id="toml-undefined"
        ),
    ],
)
def test_broken_configurations(tmp_path: Path, name: str, text: str, line: int, message: str) -> None:
    lay(tmp_path)
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    discovery = found(tmp_path)
    (broken,) = discovery.broken
    assert (broken.path, broken.location.path, broken.location.span.line) == (tmp_path / name, tmp_path / name, line)
    assert broken.message.startswith(message)
    assert names(tmp_path, discovery) == ["migrations/env.py"], "env.py is still looked at"
    assert found(tmp_path, "migrations/versions/a1.py").broken == (broken,)


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        pytest.param(
            "alembic.ini", "[alembic]\nscript_location = db\n", 2, "the script location `db` does not exist", id="ini"
        ),
        pytest.param(
            "alembic.ini",
            "[alembic]\nscript_location = shop:db\n",
            2,
            "the script location `shop:db` does",
            id="package",
        ),
        pytest.param(
            "alembic.ini",
            "[alembic]\nscript_location = %(here)s/db\n",
            2,
            "the script location `db` does not exist",
            id="here",
        ),
        pytest.param(
            "alembic.ini", "[alembic]\nx = 1\n", 1, "the section `alembic` sets no `script_location`", id="missing"
        ),
        pytest.param(
            "pyproject.toml", "[tool.alembic]\nx = 1\n", 1, "`[tool.alembic]` sets no `script_location`", id="toml"
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.alembic]\nscript_location = 1\n",
            2,
            "the script location `1` does not",
            id="number",
        ),
    ],
)
def test_configurations_of_nothing(tmp_path: Path, name: str, text: str, line: int, message: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "shop").mkdir()
    (broken,) = found(tmp_path).broken
    assert (broken.location.span.line, broken.message[: len(message)]) == (line, message)


def test_a_bad_separator_is_told_and_does_not_hide_the_environment(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI + "version_locations = migrations/versions\npath_separator = |\n")
    discovery = found(tmp_path)
    assert names(tmp_path, discovery) == ["alembic.ini"]
    (broken,) = discovery.broken
    assert broken.location.span.line == 4
    assert (
        broken.message == "`|` is not a valid value for `path_separator`: it takes `space`, `newline`, `os`, `:` or `;`"
    )


@pytest.mark.parametrize("text", ["[tool.ruff]\nline = \n", "[[[", ""], ids=["broken", "very-broken", "empty"])
def test_broken_files_of_other_tools_are_not_alembics(tmp_path: Path, text: str) -> None:
    lay(tmp_path, pyproject_dot_toml=text, tox_dot_ini="key\n[[\n; script_location = a\n")
    assert found(tmp_path).broken == ()


def test_an_overlay_stands_for_the_file(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI, other__env_dot_py=ENV)
    path = tmp_path / "alembic.ini"
    sources = Sources({path: b"[alembic]\nscript_location = other\n"})
    first, *_ = discover([path], Settings(root=tmp_path), sources).environments
    assert first.script_location == tmp_path / "other"


class CountingSources(Sources):
    """Remembers which files were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[Path] = set()

    def file(self, path: Path) -> SourceFile:
        self.asked.add(path)
        return super().file(path)


def test_no_python_is_read_that_need_not_be(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI)
    for number in range(50):
        lay(tmp_path, **{f"app__module{number}_dot_py": "", f"shop__migrations__{number:04}_initial_dot_py": ""})
    sources = CountingSources()
    discover([tmp_path], Settings(root=tmp_path), sources)
    asked = {path.relative_to(tmp_path).as_posix() for path in sources.asked}
    assert asked == {
        "alembic.ini",
        "migrations/env.py",
        *(f"shop/migrations/{number:04}_initial.py" for number in range(3)),
    }


def revisions(root: Path, discovery: Discovery) -> Iterable[str]:
    return [
        Path(name).relative_to(root).as_posix() for config in discovery.environments for name in revision_files(config)
    ]


def test_revision_files(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI + "recursive_version_locations = true\n")
    versions = tmp_path / "migrations" / "versions"
    (versions / "__pycache__").mkdir()
    for name in ("__pycache__/a.py", "__init__.py", ".#a.py", ".b.py", "c.pyc", "d.py~", "Z.py"):
        (versions / name).write_text(REVISION)
    (versions / "folder.py").mkdir()
    (versions / "folder.py" / "inner.py").write_text(REVISION)
    (versions / "linked.py").symlink_to("a1.py")
    (versions / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    assert revisions(tmp_path, found(tmp_path)) == [
        f"migrations/versions/{name}" for name in (".b.py", "Z.py", "a1.py", "folder.py/inner.py")
    ]


def test_revision_files_of_a_folder_that_is_missing(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI + "version_locations = nowhere\npath_separator = os\n")
    assert revisions(tmp_path, found(tmp_path)) == []


def test_a_template_in_a_package_is_an_environment(tmp_path: Path) -> None:
    mako = {"tool__templates__flask__env_dot_py": "from alembic import context\n"}
    lay(
        tmp_path, **mako, tool__templates__flask__script_dot_py_dot_mako="", app__env_dot_py="import alembic, context\n"
    )
    assert names(tmp_path, found(tmp_path)) == ["migrations/env.py", "tool/templates/flask/env.py"]


def test_source_roots_of_the_settings_hold_packages(tmp_path: Path) -> None:
    lay(
        tmp_path,
        alembic_dot_ini="[alembic]\nscript_location = shop:db\n",
        deep__lib__shop__db__script_dot_py_dot_mako="",
    )
    assert names(tmp_path, found(tmp_path)) == ["migrations/env.py"]
    settings = Settings(root=tmp_path, source_roots=(tmp_path / "deep/lib",))
    first, *_ = discover([tmp_path], settings, Sources()).environments
    assert first.script_location == tmp_path / "deep/lib/shop/db"


def test_a_package_at_no_usual_place_is_known_by_its_env(tmp_path: Path) -> None:
    lay(
        tmp_path,
        alembic_dot_ini="[alembic]\nscript_location = shop.db:scripts\n",
        libs__a__shop__db__scripts__env_dot_py=ENV,
    )
    assert found(tmp_path).environments[0].script_location == tmp_path / "libs/a/shop/db/scripts"


def test_folders_below_versions_that_code_sets(copy: Copy) -> None:
    root = copy("alternatives-set-by-code")
    chains = [[Path(name).name for name in revision_files(config)] for config in found(root).environments]
    assert chains == [["a1_step.py", "a2_step.py", "a3_step.py"], ["a1_step.py", "b2_step.py"]]
    env = root / "migrations" / "env.py"
    env.write_text(env.read_text().replace("version_locations", "something_else"))
    discovery = found(root)
    assert revisions(root, discovery) == []
    assert [orphan.count for orphan in discovery.orphans] == [3, 2]


@pytest.mark.parametrize(
    ("name", "script_location", "expected"),
    [
        pytest.param("app/db/alembic.ini", "/code/app/db/migrations", "app/db/migrations", id="longest-end"),
        pytest.param("app/db/migrations/alembic.ini", "/usr/src/migrations", "app/db/migrations", id="shortest-end"),
        pytest.param("alembic.ini", "/nowhere/app/db/migrations", "app/db/migrations", id="from-the-root"),
        pytest.param("alembic.ini", r".\app\db\migrations", "app/db/migrations", id="windows"),
        pytest.param("deploy/alembic.ini", "/code/migrations", "app/db/migrations", id="ini-in-another-folder"),
        pytest.param("alembic.ini", "/opt/somewhere", None, id="elsewhere"),
        pytest.param("alembic.ini", "installed.package:migrations_of_it", None, id="installed-package"),
    ],
)
def test_script_locations_of_another_machine(
    tmp_path: Path, name: str, script_location: str, expected: str | None
) -> None:
    lay(tmp_path, app__db__migrations__env_dot_py=ENV, deploy__x="")
    shutil.rmtree(tmp_path / "migrations")
    path = tmp_path / name
    path.write_text(f"[alembic]\nscript_location = {script_location}\nprepend_sys_path = /nowhere\n")
    assert found(tmp_path).broken == ()
    config = next((config for config in found(tmp_path).environments if config.path == path), None)
    assert (config and config.script_location) == (expected and tmp_path / expected)
    if name == "alembic.ini" and config is not None:
        assert config.prepend_sys_path == (tmp_path,)


@pytest.mark.parametrize("location", ["{alembic_dir}", "{{cookiecutter.name}}/migrations", "{% if x %}a{% endif %}"])
def test_a_template_of_an_ini_is_not_broken(tmp_path: Path, location: str) -> None:
    lay(tmp_path, migrations__alembic_dot_ini=f"[alembic]\nscript_location = {location}\n")
    discovery = found(tmp_path)
    (config,) = discovery.environments
    assert (config.format, config.ini_path, discovery.broken) == ("none", tmp_path / "migrations/alembic.ini", ())
    (tmp_path / "migrations/alembic.ini").write_text("[alembic]\n{% if x %}\nscript_location = a\n{% endif %}\n")
    assert found(tmp_path).broken == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("alembic.ini", "[alembic]\n[main]\nscript_location = migrations\n", id="another-section-has-it"),
        pytest.param("app.cfg", "[alembic]\nini = /etc/alembic.ini\n", id="another-tools-section"),
        pytest.param("service.ini", "[alembic]\nini = /etc/alembic.ini\n", id="another-tools-ini"),
    ],
)
def test_a_section_without_script_location_that_nobody_needs(tmp_path: Path, name: str, text: str) -> None:
    lay(tmp_path, **{name.replace(".", "_dot_"): text})
    assert found(tmp_path).broken == ()


def test_a_broken_link_and_a_folder_called_like_a_module(tmp_path: Path) -> None:
    lay(tmp_path, alembic_dot_ini=INI, migrations__versions__sub__b1_dot_py=REVISION, migrations__odd_dot_py__x="")
    (tmp_path / "migrations/versions/sub/gone.py").symlink_to("nowhere.py")
    assert names(tmp_path, found(tmp_path)) == ["alembic.ini"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_an_alembic_ini_of_two_bytes_for_each_character_is_reported(tmp_path: Path, encoding: str) -> None:
    (lay(tmp_path) / "alembic.ini").write_text(INI, encoding=encoding)
    (broken,) = found(tmp_path).broken
    assert broken.path == tmp_path / "alembic.ini"
