"""The README's output, table and commands are the tool's: `python -m tests.test_readme --write` brings them up to date."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from alembic_vet.rules import catalog
from alembic_vet.settings import KEYS, load_file
from tests.fixture_cases import FIXTURES, PROJECTS

ROOT = FIXTURES.parent
README = ROOT / "README.md"
URL = "postgresql+asyncpg://app:secret@localhost/app"

_FIXES = {"always": "yes", "sometimes": "mostly", "never": "no"}
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def vet(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "alembic_vet", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def stock_project(folder: Path) -> Path:
    """What `alembic init` writes, with an asyncpg URL."""
    shutil.copytree(PROJECTS / "generic", folder, dirs_exist_ok=True)
    ini = folder / "alembic.ini"
    ini.write_text(re.sub(r"^sqlalchemy\.url = .*$", f"sqlalchemy.url = {URL}", ini.read_text(), flags=re.MULTILINE))
    return folder


def before(folder: Path) -> str:
    output = vet(stock_project(folder), "check").stdout
    return f"```console\n$ alembic-vet check\n{output}```\n"


def after(folder: Path) -> str:
    return f"```diff\n{vet(stock_project(folder), 'check', '--diff').stdout}```\n"


def example_json(folder: Path) -> str:
    output = vet(FIXTURES / "seed" / "flagged" / "percent-in-ini", "check", "--output-format", "json").stdout
    return f"```json\n{_folded(json.loads(output))}\n```\n"


def _folded(value: Any, indent: str = "") -> str:
    """JSON with everything on one line that fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) < 110 or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + _folded(item, inner) for item in value) + f"\n{indent}]"
    items = (f"{inner}{json.dumps(key)}: {_folded(item, inner)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


def rules_table(folder: Path) -> str:
    lines = ["| rule | severity | fix | reports |", "|---|---|---|---|"]
    for family in catalog.families():
        for rule in catalog.all_rules():
            if rule.family() == family:
                summary = catalog.page(rule).summary + ("" if rule.default else " (Off by default.)")
                name = f'<a id="{rule.name()}"></a>{family}: `{rule.name()}`'
                lines.append(f"| {name} | {rule.severity.value} | {_FIXES[rule.fixable.value]} | {summary} |")
    return "\n".join(lines) + "\n"


WRITTEN: dict[str, Callable[[Path], str]] = {
    "before": before,
    "after": after,
    "json": example_json,
    "rules": rules_table,
}


def page() -> str:
    return README.read_text(encoding="utf-8")


def commands() -> list[str]:
    """The command lines of the page, without their comments."""
    lines = "".join(_COMMANDS.findall(page())).splitlines()
    return [shlex.join(shlex.split(line, comments=True)) if line.startswith("alembic-vet") else line for line in lines]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_page_shows_is_what_comes_out(name: str, tmp_path: Path) -> None:
    shown = page().split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]
    assert shown == WRITTEN[name](tmp_path)


def test_the_settings_are_those_that_exist() -> None:
    section = page().split("## Settings")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == sorted(KEYS)


def test_the_settings_shown_are_valid(tmp_path: Path) -> None:
    section = page().split("```toml\n")[1].split("```")[0]
    (tmp_path / "pyproject.toml").write_text(section)
    settings = load_file(tmp_path / "pyproject.toml")
    assert settings
    catalog.validate(settings.selectors, "README")


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("alembic-vet")])
def test_commands_do_what_they_are_there_for(command: str, tmp_path: Path) -> None:
    done = vet(stock_project(tmp_path), *shlex.split(command)[1:])
    assert done.returncode in {0, 1}
    assert done.stdout
    assert "error: " not in done.stderr


def test_the_continuous_integration_runs_the_commands_of_the_page() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    others = [line for line in commands() if not line.startswith("alembic-vet")]
    assert len(others) == 2
    assert [line for line in others if line not in script] == []


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    required = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [re.split(r"[^\w-]", str(requirement))[0] for requirement in required]
    assert sorted(re.findall(r"^\| ([a-z-]+) \|(?! for)", text, re.MULTILINE)) == sorted(names)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def write() -> None:
    text = page()
    for name, part in WRITTEN.items():
        with tempfile.TemporaryDirectory() as folder:
            new = part(Path(folder))
        start, end = (text.index(f"<!-- {mark}{name} -->") for mark in ("", "/"))
        text = text[:start] + f"<!-- {name} -->\n{new}" + text[end:]
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("usage: python -m tests.test_readme --write")
    write()
