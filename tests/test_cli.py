from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest

from alembic_vet import __version__
from alembic_vet.cli import app
from alembic_vet.findings import Edit, Finding, Fix, Location, Report, Safety, Severity, Span, Summary
from alembic_vet.rules.catalog import names
from alembic_vet.settings import Settings
from alembic_vet.source.file import Sources
from tests.fixture_cases import PROJECTS

COVERED = Summary(environments=1, files=2, revisions=3)
CLEAN = Report(summary=COVERED)


class FixMode(Enum):
    NONE = "none"
    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass
class FakeRunner:
    """Stands for the runner: answers with `report`, keeps what it was asked."""

    report: Report = CLEAN
    error: Exception | None = None
    paths: Sequence[Path] = ()
    settings: Settings = field(default_factory=Settings)
    fix: FixMode = FixMode.NONE
    config: Path | None = None
    sources: Sources | None = None

    def run(
        self,
        paths: Sequence[Path],
        settings: Settings,
        *,
        fix: FixMode = FixMode.NONE,
        sources: Sources | None = None,
        config: Path | None = None,
        debug: bool = False,
        stores: object = None,
    ) -> Report:
        self.paths, self.settings, self.fix, self.sources, self.config = paths, settings, fix, sources, config
        if self.error:
            raise self.error
        return self.report


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> FakeRunner:
    fake = FakeRunner()
    module = ModuleType("alembic_vet.runner")
    module.run, module.FixMode = fake.run, FixMode  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "alembic_vet.runner", module)
    return fake


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs the command in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Outcome:
        code = app.run(list(arguments))
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def env_py(tmp_path: Path) -> Path:
    path = tmp_path / "env.py"
    path.write_text("engine = create_engine(url)\n")
    return path


def finding(path: Path, severity: Severity = Severity.ERROR, safety: Safety | None = None) -> Finding:
    span = Span(1, 10, 1, 23)
    fix = Fix("Name the pool class", safety, (Edit(path, span, "make"),)) if safety else None
    return Finding("missing-null-pool", "env", severity, "`create_engine` keeps a pool", Location(path, span), fix=fix)


def one_error(result: Outcome) -> str:
    """The message of a wrong use: one line on stderr, exit code 2, nothing on stdout."""
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    return result.err.removeprefix("error: ").rstrip("\n")


def test_version(command: Command) -> None:
    assert command("--version") == Outcome(0, f"alembic-vet {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["check", "--help"], ["rule", "-h"], ["rules", "--help"]])
def test_help(command: Command, arguments: list[str]) -> None:
    result = command(*arguments)
    assert result.code == 0
    assert result.out.startswith("Usage: alembic-vet")


def test_no_command_is_wrong_use(command: Command) -> None:
    result = command()
    assert result.code == 2
    assert "Commands:" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "nowhere: no such file or folder"),
        (["check", "--config", "nowhere.ini"], "nowhere.ini: no such file"),
        (["check", "--unsafe-fixes"], "--unsafe-fixes goes with --fix or --diff"),
        (["check", "-q", "-v"], "--quiet and --verbose exclude each other"),
        (["check", "--diff", "--output-format", "json"], "--diff does not go with --output-format json"),
        (["check", "--statistics", "--output-format", "sarif"], "--statistics does not go with --output-format sarif"),
        (["check", "-"], "to check standard input, give --stdin-filename FILE and the one path `-`"),
        (
            ["check", "--stdin-filename", "env.py"],
            "to check standard input, give --stdin-filename FILE and the one path `-`",
        ),
        (
            ["check", "--target-postgres", "new"],
            '--target-postgres must be a version, such as "14" or "2.0", not "new"',
        ),
        (["."], "`.` is no command; to check it: alembic-vet check ."),
    ],
)
def test_wrong_use_is_one_line(command: Command, runner: FakeRunner, arguments: list[str], message: str) -> None:
    assert one_error(command(*arguments)) == message


@pytest.mark.parametrize(
    "arguments",
    [
        ["chekc"],
        ["check", "--slect", "env"],
        ["check", "--output-format", "xml"],
        ["check", "--color", "blue"],
        ["rule"],
    ],
)
def test_wrong_use_that_click_finds_is_one_line(command: Command, arguments: list[str]) -> None:
    assert one_error(command(*arguments))


def test_nothing_found_says_what_was_checked(command: Command, runner: FakeRunner) -> None:
    result = command("check")
    assert result == Outcome(0, "Nothing found in 1 environment with 2 files, 3 revisions among them.\n", "")


def test_paths_are_absolute_and_default_to_the_working_folder(
    command: Command, runner: FakeRunner, env_py: Path
) -> None:
    command("check")
    assert runner.paths == [env_py.parent]
    command("check", "env.py", ".")
    assert runner.paths == [env_py, env_py.parent]


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        (Severity.ERROR, None, 1),
        (Severity.WARNING, None, 1),
        (Severity.INFO, None, 0),
        (Severity.INFO, "info", 1),
        (Severity.WARNING, "error", 0),
        (Severity.ERROR, "error", 1),
    ],
)
def test_exit_code_follows_fail_on(
    command: Command, runner: FakeRunner, env_py: Path, severity: Severity, fail_on: str | None, code: int
) -> None:
    runner.report = Report(findings=(finding(env_py, severity),), summary=COVERED)
    assert command("check").code == (0 if severity is Severity.INFO else 1)
    if fail_on:
        (env_py.parent / "alembic-vet.toml").write_text(f'fail-on = "{fail_on}"\n')
        assert command("check").code == code
        assert command("check", "--fail-on", fail_on).code == code


def test_exit_zero_covers_findings_but_not_errors_of_the_tool(
    command: Command, runner: FakeRunner, env_py: Path
) -> None:
    runner.report = Report(findings=(finding(env_py),), summary=COVERED)
    assert command("check", "--exit-zero").code == 0
    runner.report = Report(findings=(finding(env_py),), problems=("rule x failed on env.py",), summary=COVERED)
    result = command("check", "--exit-zero")
    assert result.code == 2
    assert result.err == "error: rule x failed on env.py\n"
    assert "missing-null-pool" in result.out


def test_notes_go_to_stderr_unless_quiet(command: Command, runner: FakeRunner) -> None:
    runner.report = Report(notes=("no Alembic environment found",))
    assert command("check") == Outcome(0, "", "note: no Alembic environment found\n")
    assert command("check", "--quiet") == Outcome(0, "", "")


def test_verbose_names_the_settings_file(command: Command, runner: FakeRunner, tmp_path: Path) -> None:
    assert "note: settings: none found\n" in command("check", "-v").err
    (tmp_path / "alembic-vet.toml").write_text("")
    assert "note: settings: alembic-vet.toml\n" in command("check", "-v").err


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [
        ([], FixMode.NONE),
        (["--fix"], FixMode.SAFE),
        (["--diff"], FixMode.SAFE),
        (["--fix", "--unsafe-fixes"], FixMode.UNSAFE),
        (["--fix", "--diff", "--unsafe-fixes"], FixMode.UNSAFE),
    ],
)
def test_which_fixes_are_asked_for(command: Command, runner: FakeRunner, arguments: list[str], mode: FixMode) -> None:
    command("check", *arguments)
    assert runner.fix.value == mode.value


def test_fix_writes_what_changed(command: Command, runner: FakeRunner, env_py: Path) -> None:
    fixed = finding(env_py, safety=Safety.SAFE)
    left = finding(env_py, Severity.WARNING, Safety.UNSAFE)
    runner.report = Report(
        findings=(left,),
        fixed=(fixed, fixed),
        summary=COVERED,
        changed=((env_py, env_py.read_bytes(), b"make(url)\n"),),
    )
    result = command("check", "--fix", "--output-format", "concise")
    assert env_py.read_bytes() == b"make(url)\n"
    assert result == Outcome(
        1,
        "env.py:1:10: warning[missing-null-pool] `create_engine` keeps a pool [unsafe fix]\n"
        "Fixed 2 findings in 1 file: missing-null-pool (2).\n"
        "Left: 1 warning (1 fixable with --fix --unsafe-fixes).\n",
        "",
    )


def test_fix_writes_nothing_outside_of_the_project(
    command: Command, runner: FakeRunner, env_py: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "env.py"
    outside.write_bytes(b"a")
    runner.report = Report(changed=((outside, b"a", b"b"),))
    assert "is outside of the project" in one_error(command("check", "--fix"))
    assert outside.read_bytes() == b"a"


def test_diff_shows_a_patch_and_writes_nothing(command: Command, runner: FakeRunner, env_py: Path) -> None:
    before = env_py.read_bytes()
    fixed = finding(env_py, safety=Safety.SAFE)
    runner.report = Report(
        fixed=(fixed,), summary=COVERED, changed=((env_py, before, before.replace(b"create_engine", b"make")),)
    )
    result = command("check", "--diff")
    assert result.code == 1
    assert result.out == (
        "--- a/env.py\n+++ b/env.py\n@@ -1 +1 @@\n-engine = create_engine(url)\n+engine = make(url)\n"
    )
    assert result.err == (
        "Would fix 1 finding in 1 file: missing-null-pool.\n"
        "Nothing would be left in 1 environment with 2 files, 3 revisions among them.\n"
    )
    assert env_py.read_bytes() == before
    assert command("check", "--diff", "--exit-zero").code == 0


def test_diff_in_colour(command: Command, runner: FakeRunner, env_py: Path) -> None:
    runner.report = Report(changed=((env_py, b"a\n", b"b\n"),))
    assert "\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n" in command("check", "--diff", "--color", "always").out


def test_diff_shows_remaining_findings_in_the_fixed_text(command: Command, runner: FakeRunner, env_py: Path) -> None:
    after = b"# moved\nengine = create_engine(url)\n"
    span = Span(2, 10, 2, 23)
    left = Finding("missing-null-pool", "env", Severity.ERROR, "keeps a pool", Location(env_py, span))
    runner.report = Report(findings=(left,), changed=((env_py, env_py.read_bytes(), after),), summary=COVERED)
    assert "env.py:2:10: error[missing-null-pool]" in command("check", "--diff").err


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_stands_for_the_file(
    command: Command, runner: FakeRunner, env_py: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, b"pool = create_engine(url)\n")
    runner.report = Report(findings=(finding(env_py),), summary=COVERED)
    result = command("check", "--stdin-filename", "env.py", "-")
    assert "pool = create_engine(url)" in result.out
    assert runner.paths == [env_py]
    assert runner.sources is not None
    assert runner.sources.file(env_py).data == b"pool = create_engine(url)\n"


def test_fixing_standard_input_prints_it_and_writes_nothing(
    command: Command, runner: FakeRunner, env_py: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = env_py.read_bytes()
    stdin(monkeypatch, b"a\r\n")
    runner.report = Report(fixed=(finding(env_py),), changed=((env_py, b"a\r\n", b"b\r\n"),), summary=COVERED)
    result = command("check", "--fix", "--stdin-filename", "env.py", "-")
    assert result.code == 0
    assert result.out == "b\r\n"
    assert result.err.startswith("Fixed 1 finding in 1 file")
    assert env_py.read_bytes() == before


def test_standard_input_without_anything_to_fix_is_printed_as_it_is(
    command: Command, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, b"a = 1\n")
    assert command("check", "--fix", "--stdin-filename", "env.py", "-").out == "a = 1\n"


def test_config_is_told_by_its_content(command: Command, runner: FakeRunner, tmp_path: Path) -> None:
    (tmp_path / "db.ini").write_text("[alembic]\nscript_location = db\n")
    (tmp_path / "both.toml").write_text(
        '[tool.alembic]\nscript_location = "db"\n[tool.alembic-vet]\ndialect = "sqlite"\n'
    )
    (tmp_path / "own.toml").write_text('dialect = "mysql"\n')
    (tmp_path / "other.toml").write_text("[tool.black]\n")
    command("check", "--config", "db.ini")
    assert (runner.config, runner.settings.dialect) == (tmp_path / "db.ini", None)
    command("check", "--config", "both.toml")
    assert (runner.config, runner.settings.dialect) == (tmp_path / "both.toml", "sqlite")
    command("check", "--config", "own.toml")
    assert (runner.config, runner.settings.dialect) == (None, "mysql")
    assert one_error(command("check", "--config", "other.toml")) == (
        "other.toml: neither [tool.alembic] nor [tool.alembic-vet] is in it"
    )


def test_an_unknown_rule_is_named_with_where_it_was_said(command: Command, runner: FakeRunner, tmp_path: Path) -> None:
    for option in ("--select", "--ignore", "--extend-select"):
        assert one_error(command("check", option, "nothing-like-it")).startswith(
            f"{option}: there is no rule or family `nothing-like-it`"
        )
    (tmp_path / "alembic-vet.toml").write_text('[per-file-ignores]\n"*.py" = ["nothing-like-it"]\n')
    assert one_error(command("check")).startswith("alembic-vet.toml: there is no rule or family `nothing-like-it`")


def test_select_on_the_command_line_replaces_what_the_settings_select(
    command: Command, runner: FakeRunner, tmp_path: Path
) -> None:
    (tmp_path / "alembic-vet.toml").write_text('select = ["ALL"]\nextend-select = ["ALL"]\nignore = ["ALL"]\n')
    command("check", "--ignore", "ALL,ALL", "--ignore", "ALL")
    assert runner.settings.ignore == ("ALL",) * 4
    assert runner.settings.select == ("ALL",)
    command("check", "--select", "ALL")
    assert (runner.settings.select, runner.settings.extend_select, runner.settings.ignore) == (("ALL",), (), ())


def test_target_postgres_on_the_command_line_wins(command: Command, runner: FakeRunner, tmp_path: Path) -> None:
    (tmp_path / "alembic-vet.toml").write_text("target-postgres = 11\n")
    command("check")
    assert runner.settings.target_postgres == (11,)
    command("check", "--target-postgres", "9.6")
    assert runner.settings.target_postgres == (9, 6)


def test_a_bug_is_one_line_and_debug_shows_the_traceback(command: Command, runner: FakeRunner) -> None:
    runner.error = ZeroDivisionError("oops\nand more")
    assert one_error(command("check")) == (
        "internal error: ZeroDivisionError: oops and more (--debug shows where; please report it)"
    )
    result = command("check", "--debug")
    assert result.code == 2
    assert "Traceback (most recent call last)" in result.err
    assert "ZeroDivisionError: oops" in result.err


def test_interrupted(command: Command, runner: FakeRunner) -> None:
    runner.error = KeyboardInterrupt()  # type: ignore[assignment]
    assert command("check").code == 130


@pytest.mark.parametrize(
    ("environment", "option", "colored"),
    [
        ({}, "auto", False),
        ({"FORCE_COLOR": "1"}, "auto", True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": ""}, "always", True),
        ({"NO_COLOR": "1"}, "always", True),
        ({"FORCE_COLOR": "1"}, "never", False),
    ],
)
def test_color(
    command: Command,
    runner: FakeRunner,
    env_py: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    option: str,
    colored: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    runner.report = Report(findings=(finding(env_py),), summary=COVERED)
    assert ("\x1b[" in command("check", "--color", option).out) is colored


@pytest.mark.parametrize("output_format", ["full", "concise", "json", "github", "sarif"])
def test_every_format_reports(command: Command, runner: FakeRunner, env_py: Path, output_format: str) -> None:
    runner.report = Report(findings=(finding(env_py),), summary=COVERED)
    result = command("check", "--output-format", output_format)
    assert result.code == 1
    assert "missing-null-pool" in result.out
    assert result.err == ""


def test_statistics_take_the_place_of_findings(command: Command, runner: FakeRunner, env_py: Path) -> None:
    runner.report = Report(
        findings=(finding(env_py, safety=Safety.SAFE), finding(env_py, safety=Safety.UNSAFE)), summary=COVERED
    )
    assert command("check", "--statistics").out == (
        "2  missing-null-pool  error    1 safe fix, 1 unsafe fix\n"
        "Found: 2 errors (1 fixable with --fix, 1 more with --unsafe-fixes).\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGPIPE")
def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "alembic_vet", "rules", "--output-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 141


# The second time the answer comes from the cache.
@pytest.mark.skipif(os.name == "nt", reason="closes and fills streams the POSIX way")
def test_a_closed_output_is_for_nobody(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    command = f"{sys.executable} -m alembic_vet check"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        for _ in range(2):
            done = subprocess.run(f"{command} {closed}", shell=True, cwd=tmp_path, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (1, b"")
            assert (b"unreadable-config" in done.stdout) is (closed == "2>&-")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    command = f"{sys.executable} -m alembic_vet check"
    subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=False)
    for options in ("", " --no-cache"):
        done = subprocess.run(
            f"{command}{options} >/dev/full", shell=True, cwd=tmp_path, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (
            2,
            b"error: the output cannot be written: No space left on device\n",
        )


def test_text_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(
        [sys.executable, "-c", "from alembic_vet.report.terminal import write; write('größe\\n')"],
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert result.stdout == b"gr\\xf6\\xdfe\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A pristine project whose engine has lost its pool class."""
    shutil.copytree(PROJECTS / "generic", tmp_path, dirs_exist_ok=True)
    env = tmp_path / "alembic" / "env.py"
    text = env.read_text()
    assert text.count("        poolclass=pool.NullPool,\n") == 1
    env.write_text(text.replace("        poolclass=pool.NullPool,\n", ""))
    return env


def test_a_project_from_finding_to_fix(command: Command, project: Path) -> None:
    broken = project.read_bytes()
    found = command("check", "--output-format", "json")
    assert found.code == 1
    (finding,) = json.loads(found.out)["findings"]
    assert (finding["rule"], finding["path"]) == ("missing-null-pool", "alembic/env.py")

    shown = command("check", "--diff", "alembic/env.py")
    assert shown.code == 1
    assert "+        poolclass=pool.NullPool,\n" in shown.out
    assert project.read_bytes() == broken

    fixed = command("check", "--fix")
    assert fixed.code == 0
    assert fixed.out.startswith("Fixed 1 finding in 1 file: missing-null-pool.\n")
    assert b"poolclass=pool.NullPool" in project.read_bytes()
    assert command("check").code == 0


def test_a_real_project_from_standard_input(command: Command, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = project.read_bytes()
    project.write_text("")
    stdin(monkeypatch, broken)
    result = command("check", "--fix", "--stdin-filename", "alembic/env.py", "-")
    assert result.code == 0
    assert "        poolclass=pool.NullPool,\n" in result.out
    assert project.read_text() == ""


@pytest.mark.skipif("unused-suppression" not in names(), reason="the rule unused-suppression is not written yet")
def test_a_suppressed_finding_is_not_reported(command: Command, project: Path) -> None:
    text = project.read_text()
    project.write_text(
        text.replace("engine_from_config(\n", "engine_from_config(  # alembic-vet: ignore[missing-null-pool]\n")
    )
    assert command("check", "--select", "missing-null-pool").code == 0


def test_no_environment_is_said(command: Command) -> None:
    result = command("check")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("note: no Alembic environment found")


def test_rules(command: Command) -> None:
    listed = json.loads(command("rules", "--output-format", "json").out)["rules"]
    assert [rule["name"] for rule in listed] == list(names())
    table = command("rules")
    assert table.code == 0
    assert all(name in table.out for name in names())
    assert f"{len(listed)} rules" in table.out


def test_rule(command: Command) -> None:
    assert command("rule", "missing-null-pool").out.startswith("missing-null-pool (env)\nwarning, ")
    page = json.loads(command("rule", "missing-null-pool", "--output-format", "json").out)
    assert page["name"] == "missing-null-pool"
    assert "## Why is this bad?" in page["documentation"]
    assert one_error(command("rule", "missing-nul-pool")) == (
        "there is no rule `missing-nul-pool`; did you mean `missing-null-pool`?"
    )


def test_the_working_folder_is_called_so(command: Command) -> None:
    assert command("check").err == (
        "note: no Alembic environment found in .: no ini file or pyproject.toml around it has a `script_location`, "
        "and no env.py is one of Alembic's\n"
    )


def test_what_nobody_may_read_is_named(command: Command, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).absolute() != project and access(path, mode))
    shown = project.relative_to(Path.cwd())
    whole = command("check", "--select", "syntax-error,unreadable-config")
    assert (whole.code, whole.err) == (2, f"error: {shown}: Permission denied\n")
    assert one_error(command("check", str(shown))) == f"{shown}: Permission denied"
