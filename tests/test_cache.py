"""What is kept between runs: nothing that has changed is ever answered from it."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import alembic_vet
from alembic_vet import disk
from alembic_vet.cache import FOLDER, Store
from alembic_vet.model.history import SchemaHistory, replay
from alembic_vet.model.revision import Revision
from alembic_vet.runner import FixMode
from alembic_vet.runner import run as run_checks
from alembic_vet.settings import load
from benchmarks.generate import generate
from tests.fixture_cases import RULES, Case, cases

CHECK = ("check", "--output-format", "concise", "--color", "never")
Change = Callable[[Path], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A git repository with findings in revisions and env.py, a moment old."""
    Case(RULES / "enum-value-added-in-transaction" / "used-in-a-later-revision").build(tmp_path)
    (tmp_path / "models.py").write_text("from sqlalchemy.orm import DeclarativeBase\n")
    (tmp_path / "pyproject.toml").write_text('[tool.alembic-vet]\nignore = ["env"]\n')
    (tmp_path / ".gitignore").write_text("/scratch\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    grown(tmp_path)
    return tmp_path


def grown(folder: Path) -> None:
    """Make everything older than the moment in which timestamps are not trusted."""
    for parent, _, names in os.walk(folder, topdown=False):
        for path in (*(Path(parent, name) for name in names), Path(parent)):
            old = path.stat().st_mtime_ns - 10_000_000_000
            os.utime(path, ns=(old, old))


def run(
    folder: Path, *arguments: str, options: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "alembic_vet", *(arguments or CHECK)]
    environment = {**os.environ, **variables}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


def is_recalled(folder: Path, *arguments: str) -> bool:
    """Whether a command is answered without being run."""
    return "alembic_vet.runner" not in run(folder, *arguments, options=("-X", "importtime")).stderr


def entries(folder: Path) -> list[Path]:
    """The answers that are kept."""
    return sorted((folder / FOLDER).glob("answer-*"))


def test_the_second_run_says_the_same_without_looking(project: Path) -> None:
    first = run(project)
    assert first.returncode == 1
    assert "enum-value-added-in-transaction" in first.stdout
    assert is_recalled(project)
    assert said(run(project)) == said(first) == said(run(project, *CHECK, "--no-cache"))


def rewrite(name: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


def same_size_and_time(folder: Path) -> None:
    """An edit that leaves size and modification time: the file is another one, as editors write it."""
    path = folder / "alembic/versions/0002_a_third_mood.py"
    status = path.stat()
    text = path.read_text()
    path.unlink()
    (folder / "occupied").write_text("")  # may get the number of the file that was removed
    path.write_text(text.replace("'calm'", "'mild'"))
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))


VERSIONS = "alembic/versions"
CHANGES: dict[str, Change] = {
    "a label": rewrite(f"{VERSIONS}/0002_a_third_mood.py", "'calm'", "'mild'"),
    "same size and time": same_size_and_time,
    "a revision less": lambda folder: (folder / VERSIONS / "0003_somebody_calm.py").unlink(),
    "a revision more": lambda folder: shutil.copy(folder / VERSIONS / "0001_moods.py", folder / VERSIONS / "0004.py"),
    "a revision renamed": lambda folder: (folder / VERSIONS / "0001_moods.py").rename(folder / VERSIONS / "0000.py"),
    "the settings": rewrite("pyproject.toml", '["env"]', '["enums"]'),
    "settings elsewhere": lambda folder: (folder / "alembic-vet.toml").write_text('ignore = ["ALL"]\n'),
    "env.py": rewrite("alembic/env.py", "connectable.connect()", "connectable.begin()"),
    "the ini": rewrite("alembic.ini", "script_location", "# script_location"),
    "a folder that is a link": lambda folder: (
        (folder / VERSIONS).rename(folder / "moved"),
        (folder / VERSIONS).symlink_to(folder / "moved"),
        (folder / "moved" / "0003_somebody_calm.py").unlink(),
    ),
    "what git ignores": lambda folder: (folder / ".gitignore").write_text("/alembic\n/alembic.ini\n"),
    "a requirement": lambda folder: (folder / "requirements.txt").write_text("alembic-postgresql-enum\n"),
    "a file that nobody may read": lambda folder: (folder / VERSIONS / "0002_a_third_mood.py").chmod(0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(change: Change, project: Path) -> None:
    run(project)
    change(project)
    assert said(run(project)) == said(run(project, *CHECK, "--no-cache"))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen_by_a_hook(change: Change, project: Path) -> None:
    """The revision changes each time, so that what is remembered of the rest is made use of."""
    hook = (*CHECK, f"{VERSIONS}/0002_a_third_mood.py")
    rewritten = rewrite(hook[-1], "revision", "# edited\nrevision")
    run(project, *hook)
    rewritten(project)
    assert said(run(project, *hook)) == said(run(project, *hook, "--no-cache"))
    rewritten(project)
    change(project)
    assert said(run(project, *hook)) == said(run(project, *hook, "--no-cache"))


def test_a_file_as_young_as_the_run_is_compared_by_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    status = path.stat()
    with disk.noting() as seen:
        disk.read(path)
    assert disk.confirm(seen) == 0
    with path.open("r+") as file:  # the same file and size, in the same tick of the clock
        file.write("two")
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert disk.confirm(seen) is None


def test_a_file_known_from_earlier_is_opened_in_doubt_only(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")

    def again(known: disk.Stamped) -> disk.Stamped | None:
        return disk.changed({str(path): known}).get(str(path), known)

    now = again([None, disk.digest(b"one")])
    assert now == [None, disk.digest(b"one")]
    time.sleep(1.01)
    now = again(now)
    assert now is not None
    assert now[0]
    with disk.noting() as seen:
        assert again([now[0], "of content that nobody looks at"]) == [now[0], "of content that nobody looks at"]
    assert list(seen) == ["read"]
    path.write_text("two")
    assert again(now) == [None, disk.digest(b"two")]
    path.unlink()
    assert again(now) is None


def test_a_touched_file_costs_one_look(project: Path) -> None:
    time.sleep(1.01)
    run(project)
    seen = entries(project)[0].read_bytes()
    os.utime(project / "alembic.ini", (1, 1))
    assert is_recalled(project)
    assert entries(project)[0].read_bytes() != seen
    assert is_recalled(project)


def test_what_the_command_sees_besides_files_counts(project: Path) -> None:
    run(project)
    assert is_recalled(project)
    assert not is_recalled(project, *CHECK, "--statistics")
    assert not is_recalled(project / "alembic")
    coloured = run(project, "check", FORCE_COLOR="1").stdout
    assert "\x1b[" in coloured
    assert "\x1b[" not in run(project, "check").stdout


def test_a_run_that_writes_is_not_kept(project: Path) -> None:
    fix = ("check", "--fix", ".")
    assert "Fixed" in run(project, *fix).stdout
    assert not entries(project)
    assert not is_recalled(project, *fix)
    assert is_recalled(project, *fix)


@pytest.mark.parametrize("extra", [("--no-cache",), ("--debug",)], ids=str)
def test_some_runs_leave_nothing(extra: tuple[str, ...], project: Path) -> None:
    run(project, *CHECK, *extra)
    assert not (project / FOLDER).exists()


def test_an_error_is_not_kept(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.alembic-vet]\nno-such = 1\n")
    assert run(project).returncode == 2
    assert not entries(project)


def test_standard_input_is_not_kept(project: Path) -> None:
    command = [sys.executable, "-m", "alembic_vet", "check", "--stdin-filename", f"{VERSIONS}/0001_moods.py", "-"]
    codes = [
        subprocess.run(command, cwd=project, input=text, capture_output=True, text=True, check=False).returncode
        for text in ("revision = '0001'\n", "revision = (\n")
    ]
    assert codes == [0, 1]


def test_git_ignores_it_by_itself(project: Path) -> None:
    run(project)
    listed = subprocess.run(["git", "status", "--porcelain"], cwd=project, capture_output=True, text=True, check=True)
    assert FOLDER not in listed.stdout


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"command": 1}', "[" * 100_000, "\xff", '{"seen": {"x": {}}}']
)
def test_a_broken_entry_is_replaced(text: str, project: Path) -> None:
    first = run(project)
    entries(project)[0].write_text(text, encoding="latin-1")
    assert said(run(project)) == said(first)
    assert is_recalled(project)


def test_an_entry_holds_plain_data(project: Path) -> None:
    run(project)
    about, *lines = entries(project)[0].read_text().split("\n")
    likeliest, known = map(json.loads, lines)
    assert ast.literal_eval(about)[0][0] == alembic_vet.__version__
    assert known["code"] == 1
    assert str(project / VERSIONS / "0001_moods.py") in known["seen"]["read"]
    assert likeliest["read"].items() <= known["seen"]["read"].items()


def test_runs_at_the_same_time_do_not_disturb_each_other(project: Path) -> None:
    command = [sys.executable, "-m", "alembic_vet", *CHECK]
    # Readline, where pytest has loaded it, puts COLUMNS into what a child inherits, unseen by Python.
    running = [
        subprocess.Popen(command, cwd=project, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outputs = {process.communicate()[0] for process in running}
    assert len(outputs) == 1
    assert [path.suffix for path in entries(project)] == [".json"]
    assert is_recalled(project)


def test_the_folder_does_not_grow_without_end(project: Path) -> None:
    (project / FOLDER).mkdir()
    for number in range(300):
        (project / FOLDER / f"answer-{number:08x}.json").write_text("{}")
    run(project)
    assert len(entries(project)) <= 128
    assert is_recalled(project)


def test_where_nothing_can_be_written_nothing_is_kept(project: Path) -> None:
    (project / FOLDER).write_text("a file in its place")
    assert said(run(project)) == said(run(project, *CHECK, "--no-cache"))


def test_clean(project: Path) -> None:
    run(project)
    assert "removed" in run(project, "clean").stderr
    assert not (project / FOLDER).exists()
    assert run(project, "clean").returncode == 0


def test_notes_cover_every_file_that_is_opened(project: Path) -> None:
    """Python tells of files and folders that are opened; each of the project's is a question that was noted."""
    script = """
import sys
opened = set()
def hook(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], str):
        opened.add(arguments[0])
from alembic_vet import disk
from alembic_vet.cli.app import run
sys.addaudithook(hook)
with disk.noting() as seen:
    run(sys.argv[1:])
noted = {about for known in seen.values() for about in known}
print(*sorted(path for path in opened if path.startswith(sys.argv[-1]) and path not in noted), sep="\\n", file=sys.stderr)
print(len(opened & noted), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, *CHECK, "--no-cache", str(project)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    *unnoted, count = done.stderr.split()
    assert not unnoted
    assert int(count) > 5


# What tells of the file system, and who may ask it: the one module for it, what writes, and the cache itself.
_ASKING = re.compile(
    r"(?<!disk)\.(is_file|is_dir|is_symlink|iterdir|rglob|read_bytes|read_text|l?stat|realpath|isfile|isdir|islink"
    r"|scandir|listdir|samefile|readlink)\(|\bos\.(walk|access|path\.exists)\(|(?<![.\w])open\("
)
_MAY_ASK = {"disk.py", "cache.py", "fixes/write.py", "rules/catalog.py"}  # the last lists the rules, which are ours


def test_nobody_goes_around_the_disk_module() -> None:
    package = Path(alembic_vet.__file__).parent
    asking: set[str] = set()
    for path in package.rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                text = text.replace(node.body[0].value.value, "")  # type: ignore[attr-defined]
        if _ASKING.search(text):
            asking.add(path.relative_to(package).as_posix())
    assert asking <= _MAY_ASK
    assert "disk.py" in asking


def test_answers_are_the_file_systems(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.py").write_text("a")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert disk.entries(tmp_path) == [
        ("folder", "folder", False),
        ("link", "folder", True),
        ("nowhere", None, True),
    ]
    assert [disk.kind(tmp_path / name) for name in ("folder", "folder/a.py", "nowhere", "gone")] == [
        "folder", "file", None, None,
    ]  # fmt: skip
    assert list(disk.glob(tmp_path, "f*/*.py")) == [tmp_path / "folder" / "a.py"]
    assert [parent for parent, _, _ in disk.walk(tmp_path)] == [str(tmp_path), str(tmp_path / "folder")]


def test_a_question_is_noted_once_with_its_first_answer(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with disk.noting() as seen:
        assert not disk.exists(path)
        path.write_text("here now")
        assert disk.exists(path)
    assert seen == {"kind": {str(path): None}}
    assert disk.confirm(seen) is None
    path.unlink()
    assert disk.confirm(seen) == 0


def test_a_file_that_changes_while_it_is_noted_is_not_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    with disk.noting() as seen:
        disk.read(path)
    time.sleep(0.01)
    path.write_text("two")
    assert disk.confirm(seen) is None


def report_of(folder: Path, kept: Path | None, *paths: Path, fix: FixMode = FixMode.UNSAFE) -> tuple[object, ...]:
    """What a run finds and would fix; with a folder, with what earlier runs kept in it."""
    settings = replace(load(folder), select=("ALL",))
    stores = (lambda kind, about: Store(str(kept), kind, about)) if kept else None
    report = run_checks(paths or [folder], settings, fix=fix, debug=True, stores=stores)
    findings = [(each.location, each.rule, each.message, each.severity) for each in (*report.findings, *report.fixed)]
    return findings, report.changed, report.summary, report.notes


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_revisions_that_are_kept_say_the_same(case: Case, tmp_path: Path) -> None:
    folder, kept = tmp_path / "project", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    case.build(folder)
    expected = report_of(folder, None)
    assert [report_of(folder, kept) for _ in range(2)] == [expected] * 2
    assert report_of(folder, kept, fix=FixMode.NONE) == report_of(folder, None, fix=FixMode.NONE)
    for path in folder.rglob("versions/*.py"):
        path.write_bytes(path.read_bytes() + b"\n# edited\n")
        for fix in (FixMode.NONE, FixMode.UNSAFE):
            assert report_of(folder, kept, path, fix=fix) == report_of(folder, None, path, fix=fix)


def add_revision(folder: Path, name: str = "0004_new.py") -> Path:
    """A revision with a finding, at the end of the history of `project`, and staged."""
    path = folder / VERSIONS / name
    path.write_text(
        f"from alembic import op\n\nrevision = {name!r}\ndown_revision = '0003'\n\n\n"
        "def upgrade():\n    op.execute(\"ALTER TYPE mood ADD VALUE 'late'\")\n\n\ndef downgrade():\n    pass\n"
    )
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return path


@pytest.mark.parametrize("in_git", [True, False], ids=["in git", "without git"])
def test_a_new_revision_needs_no_look_at_the_project(
    in_git: bool, project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path_factory.mktemp("kept")
    if not in_git:
        monkeypatch.setattr(disk, "git", lambda *_: None)
        shutil.rmtree(project / ".git")
        (project / ".gitignore").write_text("")
        (project / "requirements.txt").touch()
    report_of(project, kept, project / VERSIONS / "0003_somebody_calm.py", fix=FixMode.NONE)
    if in_git:
        new = add_revision(project)
    else:
        new = project / VERSIONS / "0004_new.py"
        shutil.copy(project / VERSIONS / "0003_somebody_calm.py", new)
        new.write_text(re.sub("'0003'|\"0003\"", "'0004'", new.read_text()).replace('"0002"', '"0003"'))
    expected = report_of(project, None, new, fix=FixMode.NONE)
    monkeypatch.setattr("alembic_vet.project.discovery.discover", None)
    monkeypatch.setattr("alembic_vet.project.naming.naming_convention", None)
    assert report_of(project, kept, new, fix=FixMode.NONE) == expected


NEIGHBOURS: dict[str, Change] = {
    "another revision": lambda folder: add_revision(folder, "0005_another.py"),
    "an env.py": lambda folder: shutil.copy(folder / "alembic/env.py", folder / VERSIONS / "env.py"),
    "an ini": lambda folder: shutil.copy(folder / "alembic.ini", folder / VERSIONS / "alembic.ini"),
    "a package": lambda folder: (folder / VERSIONS / "__init__.py").touch(),
    "a folder of revisions": lambda folder: shutil.copytree(folder / VERSIONS, folder / VERSIONS / "older"),
    "an environment": lambda folder: shutil.copytree(folder / "alembic", folder / "other"),
    "a link": lambda folder: (
        shutil.copy(folder / VERSIONS / "0003_somebody_calm.py", folder / "0006.py"),
        (folder / VERSIONS / "0006.py").symlink_to(folder / "0006.py"),
    ),
    "other locations": rewrite(
        "alembic.ini", "script_location", f"version_locations = %(here)s/{VERSIONS}/older\nscript_location"
    ),
    "what git ignores": lambda folder: (folder / ".gitignore").write_text(f"/{VERSIONS}/0004*\n"),
}


@pytest.mark.parametrize("change", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_what_comes_with_a_new_revision_is_seen(
    change: Change, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = tmp_path_factory.mktemp("kept")
    report_of(project, kept, project / VERSIONS / "0003_somebody_calm.py", fix=FixMode.NONE)
    change(project)
    add_revision(project)
    for path in project.glob(f"{VERSIONS}/**/*.py"):
        assert report_of(project, kept, path, fix=FixMode.NONE) == report_of(project, None, path, fix=FixMode.NONE)


def test_files_of_some_names_may_be_left_out(tmp_path: Path) -> None:
    folder, other = tmp_path / "versions", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (folder / "a.py").write_text("a")
    apart = disk.Group([str(folder)], ".py", ["__init__"])
    with disk.noting() as seen:
        disk.entries(folder)
        disk.entries(other)
    with disk.noting() as looked_into:
        disk.entries(folder)
        disk.read(folder / "a.py")
    left = disk.leave_out(seen, apart)
    assert list(seen) == ["entries"]
    assert disk.leave_out(looked_into, apart) == looked_into
    assert disk.confirm(left) is not None
    (folder / "b.py").touch()
    assert disk.confirm(left) is not None
    assert disk.confirm(seen) is None
    (folder / "b.txt").touch()
    assert disk.confirm(left) is None
    (folder / "b.txt").unlink()
    assert disk.confirm(left) is not None
    (other / "b.py").touch()
    assert disk.confirm(left) is None


def test_a_group_of_files() -> None:
    one, below = os.path.join(os.sep, "one"), os.path.join(os.sep, "all")
    group = disk.Group([one, os.path.join(below, "")], ".py", ["env.py", "__init__"])
    held = [os.path.join(*parts) for parts in ((one, "a.py"), (below, "a.py"), (below, "of", "it", "a.py"))]
    others = [
        os.path.join(*parts) for parts in ((one, "of", "a.py"), (one, "env.py"), (below, "a.txt"), (f"{one}s", "a.py"))
    ]
    for each in (group, disk.Group.parsed(str(group))):
        assert [path for path in (*held, *others) if each.holds(path)] == held
    assert not disk.Group.parsed(str(disk.Group([], ".py", []))).holds(held[0])


class ContentOf:
    """What one store holds, below the line that says what about."""

    def __init__(self, folder: Path, kind: str) -> None:
        (self.path,) = folder.glob(f"{kind}-*.json")

    def read(self) -> Any:
        return json.loads(self.path.read_bytes().partition(b"\n")[2])

    def write(self, content: object) -> str:
        """Put something else there; its digest."""
        data = json.dumps(content).encode()
        self.path.write_bytes(self.path.read_bytes().partition(b"\n")[0] + b"\n" + data)
        return disk.digest(data)


@pytest.fixture
def helper(tmp_path: Path) -> tuple[Path, Path]:
    """A project whose revision imports a first-party module, and a folder for what is kept."""
    folder, kept = tmp_path / "project", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    Case(RULES / "enum-type-not-dropped" / "dropped").build(folder)
    for path in folder.rglob("versions/*.py"):
        path.unlink()
    (folder / "alembic/versions/0001.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nfrom tables import make\n\n"
        "revision = '0001'\ndown_revision = None\n\n\n"
        "def upgrade():\n    make(op)\n\n\ndef downgrade():\n    op.drop_table('people')\n"
    )
    (folder / "tables.py").write_text("from names import NAME\n\n\ndef make(op):\n    op.create_table(NAME)\n")
    (folder / "names.py").write_text("NAME = 'people'\n")
    return folder, kept


def test_a_module_that_a_revision_uses_counts_as_part_of_it(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    assert not report_of(folder, kept)[0]
    (folder / "names.py").write_text("NAME = 'animals'\n")
    assert report_of(folder, kept) == report_of(folder, None)
    assert report_of(folder, None)[0]


def test_a_module_that_was_not_there_is_seen(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    (folder / "names.py").unlink()
    assert not report_of(folder, kept)[0]
    (folder / "names.py").write_text("NAME = 'animals'\n")
    assert report_of(folder, kept)[0]


def test_a_module_that_hides_another_is_seen(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    assert not report_of(folder, kept)[0]
    (folder / "names").mkdir()
    (folder / "names/__init__.py").write_text("NAME = 'animals'\n")
    assert report_of(folder, kept)[0]


def test_modules_are_not_sought_twice(helper: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, kept = helper
    revision = folder / "alembic/versions/0001.py"
    report_of(folder, kept, revision, fix=FixMode.NONE)
    monkeypatch.setattr("alembic_vet.project.facts._Finder.is_still", None)
    report_of(folder, kept, revision, fix=FixMode.NONE)


def test_revisions_are_not_read_twice(helper: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, kept = helper
    report_of(folder, kept)
    monkeypatch.setattr("alembic_vet.project.facts.read_revision", None)
    report_of(folder, kept)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry, deeds: ([], deeds),
        lambda entry, deeds: ([1, 2, 3, 4], deeds),
        lambda entry, deeds: (["", {}, [], {"upgrade": {"Path": 1}}], deeds),
        lambda entry, deeds: ([*entry[:3], {"Path": 3}], deeds),
        lambda entry, deeds: (entry, []),
        lambda entry, deeds: (entry, [[["Direction", 5]], []]),
        lambda entry, deeds: (entry, [[["Popen", 0]], "x"]),
        lambda entry, deeds: (entry, [["upgrade"], {}]),
    ],
)
def test_a_broken_revision_is_read_again(
    spoil: Callable[[list[object], list[object]], tuple[object, object]], helper: tuple[Path, Path]
) -> None:
    folder, kept = helper
    expected = report_of(folder, kept)
    facts, every_deed = ContentOf(kept, "facts"), ContentOf(kept, "deeds")
    *modules, entries, _ = facts.read()
    (entry,), ((name, deeds),) = entries, every_deed.read().items()
    entry, deeds = spoil(entry, deeds)
    digest = every_deed.write({name: deeds})
    facts.write([*modules, [entry], digest])
    assert report_of(folder, kept) == expected


def test_what_revisions_do_may_be_missing(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    expected = report_of(folder, kept)
    (path,) = kept.glob("deeds-*.json")
    path.unlink()
    assert report_of(folder, kept) == expected


def test_what_revisions_do_may_be_of_another_run(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    expected = report_of(folder, kept)
    deeds = ContentOf(kept, "deeds")
    deeds.write({name: [downgrade, upgrade] for name, (upgrade, downgrade) in deeds.read().items()})
    assert report_of(folder, kept) == expected


def test_a_revision_that_is_gone_is_forgotten(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    path = folder / "alembic/versions/0002.py"
    path.write_text("revision = '0002'\ndown_revision = '0001'\n\n\ndef upgrade():\n    pass\n")
    report_of(folder, kept)
    path.unlink()
    report_of(folder, kept)
    (store,) = kept.glob("facts-*.json")
    assert "0002.py" not in store.read_text()


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, Path]:
    """A project of thirty revisions, and a folder for what is kept."""
    kept = tmp_path / "kept"
    kept.mkdir()
    return generate(30, tmp_path / "project"), kept


def test_a_check_of_all_after_a_hook_leaves_the_hook_what_it_needs(history: tuple[Path, Path]) -> None:
    folder, kept = history
    newest = sorted((folder / "alembic/versions").glob("*.py"))[-1]
    # Asks what the upgrades do, and of most not what the downgrades do.
    report_of(folder, kept, newest, fix=FixMode.NONE)
    report_of(folder, kept, fix=FixMode.NONE)
    *_, entries, _ = ContentOf(kept, "facts").read()
    assert [who for who, *_, mark in entries if not mark] == []


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 64, bytes(8), (16).to_bytes(8, sys.byteorder) * 2])
def test_what_is_no_schema_is_taken_for_none(content: bytes, history: tuple[Path, Path]) -> None:
    folder, kept = history
    newest = sorted((folder / "alembic/versions").glob("*.py"))[-1]
    report_of(folder, kept, fix=FixMode.NONE)
    (store,) = kept.glob("schema-*.json")
    about, _, _ = store.read_bytes().partition(b"\n")
    store.write_bytes(about + b"\n" + content)
    newest.write_bytes(newest.read_bytes() + b"\n# edited\n")
    assert report_of(folder, kept, newest, fix=FixMode.NONE) == report_of(folder, None, newest, fix=FixMode.NONE)


def test_a_new_revision_starts_from_the_schema_that_is_kept(
    history: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kept = history
    report_of(folder, kept, fix=FixMode.NONE)
    versions = folder / "alembic/versions"
    newest = sorted(versions.glob("*.py"))[-1]
    revision = re.findall(r"^revision\b.*'(\w+)'", newest.read_text(), re.MULTILINE)[0]
    new = versions / "99999_new.py"
    new.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = 'new'\ndown_revision = '{revision}'\n\n\n"
        "def upgrade():\n    op.create_table('new', sa.Column('mood', sa.Enum('a', name='new_mood')))\n\n\n"
        "def downgrade():\n    op.drop_table('table_1')\n    op.drop_table('new')\n"
    )
    expected = report_of(folder, None, new, fix=FixMode.NONE)
    assert {rule for _, rule, _, _ in expected[0]} >= {"enum-type-not-dropped", "asymmetric-downgrade"}  # type: ignore[attr-defined]
    monkeypatch.setattr("alembic_vet.project.environment.Environment.history", None)
    assert report_of(folder, kept, new, fix=FixMode.NONE) == expected
    new.write_text(new.read_text().replace("op.drop_table('table_1')", "pass"))
    monkeypatch.undo()
    expected = report_of(folder, None, new, fix=FixMode.NONE)
    monkeypatch.setattr("alembic_vet.project.environment.Environment.history", None)
    assert report_of(folder, kept, new, fix=FixMode.NONE) == expected


@pytest.mark.parametrize("edit", ["# edited\n", "    op.drop_table('table_1')\n"], ids=["a remark", "the downgrade"])
def test_an_older_revision_starts_from_a_schema_before_it(
    edit: str, history: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kept = history
    report_of(folder, kept, fix=FixMode.NONE)
    older = sorted(folder.glob("alembic/versions/*.py"))[-7]
    older.write_text(older.read_text() + edit)
    expected = report_of(folder, None, older, fix=FixMode.NONE)
    replayed: list[int] = []

    def counting(order: Sequence[Revision], *rest: Any, **options: Any) -> SchemaHistory:
        replayed.append(len(order))
        return replay(order, *rest, **options)

    monkeypatch.setattr("alembic_vet.project.snapshots.replay", counting)
    monkeypatch.setattr("alembic_vet.project.environment.Environment.history", None)
    assert report_of(folder, kept, older, fix=FixMode.NONE) == expected
    assert replayed == [2]  # a schema is kept eight revisions before the end


@pytest.mark.parametrize("head", ["left", "right"])
def test_the_end_of_each_branch_starts_from_a_schema_before_it(
    head: str, history: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kept = history
    versions = folder / "alembic/versions"
    for number, branch in enumerate(["left", "right"] * 12):
        parent = f"{branch}{number - 2}" if number > 1 else None
        name = branch if number > 21 else f"{branch}{number}"
        (versions / f"{name}.py").write_text(
            f"from alembic import op\n\nrevision = {name!r}\ndown_revision = {parent!r}\n\n\n"
            f"def upgrade():\n    op.execute('CREATE TABLE {name} (id int)')\n\n\ndef downgrade():\n    pass\n"
        )
    report_of(folder, kept, fix=FixMode.NONE)
    changed = versions / f"{head}.py"
    changed.write_text(changed.read_text() + "# edited\n")
    expected = report_of(folder, None, changed, fix=FixMode.NONE)
    assert expected[0]
    monkeypatch.setattr("alembic_vet.project.environment.Environment.history", None)
    assert report_of(folder, kept, changed, fix=FixMode.NONE) == expected


def test_what_an_older_revision_no_longer_does_shows_in_later_ones(history: tuple[Path, Path]) -> None:
    folder, kept = history
    report_of(folder, kept, fix=FixMode.NONE)
    oldest, *_, newest = sorted(folder.glob("alembic/versions/*.py"))
    oldest.write_text(re.sub(r"(?s)(def upgrade.*?:\n).*?\n\n", r"\1    pass\n\n", oldest.read_text()))
    for path in (oldest, newest):
        assert report_of(folder, kept, path, fix=FixMode.NONE) == report_of(folder, None, path, fix=FixMode.NONE)


def test_what_a_revision_is_seen_by_is_remembered(helper: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, kept = helper
    models = folder / "models.py"
    models.write_text("from sqlalchemy import MetaData\n\nmetadata = MetaData()\n")
    (folder / "alembic/env.py").write_text(
        "from alembic import context\nfrom models import metadata\n\ncontext.configure(target_metadata=metadata)\n"
    )
    revision = folder / "alembic/versions/0001.py"
    revision.write_text(
        revision.read_text()
        .replace("make(op)", "op.create_unique_constraint(None, 'people', ['name'])")
        .replace("op.drop_table('people')", "op.drop_constraint('uq_people_name', 'people')")
    )

    def report() -> tuple[object, ...]:
        return report_of(folder, kept, revision, fix=FixMode.NONE)

    first = report()
    monkeypatch.setattr("alembic_vet.project.naming.naming_convention", None)
    monkeypatch.setattr("alembic_vet.project.discovery.discover", None)
    assert report() == first
    monkeypatch.undo()
    models.write_text(
        models.read_text().replace("()", "(naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'})")
    )
    assert report() == report_of(folder, None, revision, fix=FixMode.NONE) != first


def test_a_link_in_the_place_of_the_folder_is_left_alone(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for number in range(200):
        (elsewhere / f"answer-{number:08x}.json").write_text("mine")
    (project / FOLDER).symlink_to(elsewhere)
    assert said(run(project)) == said(run(project, *CHECK, "--no-cache"))
    assert run(project, "clean").returncode == 0
    assert {path.read_text() for path in elsewhere.iterdir()} == {"mine"}
    assert len(list(elsewhere.iterdir())) == 200


def test_what_somebody_else_put_into_the_folder_stays(project: Path) -> None:
    run(project)
    for number in range(200):
        (project / FOLDER / f"{number}.txt").write_text("mine")
    run(project, *CHECK, "--statistics")
    done = run(project, "clean")
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert len(list((project / FOLDER).iterdir())) == 200


def test_a_working_folder_that_is_gone_gets_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && {sys.executable} -m alembic_vet check"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_module_that_cannot_be_read_is_not_there(helper: tuple[Path, Path]) -> None:
    folder, kept = helper
    (folder / "names.py").unlink()
    (folder / "names.py").symlink_to("nowhere.py")
    expected = report_of(folder, None)
    assert [report_of(folder, kept) for _ in range(2)] == [expected] * 2
