"""Write the files of a new rule: `python -m tools.new_rule FAMILY RULE-NAME [--about env|revision|config]`.

They are a start: the tests then say what is missing, beginning with the finding that the flagged case promises.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).resolve().parent.parent

_ENV = """\
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
engine = engine_from_config(config.get_section(config.config_ini_section, {}), poolclass=pool.NullPool)

with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

_REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table("users")
"""

_CONFIG = """\
[alembic]
script_location = %(here)s/alembic
sqlalchemy.url = postgresql+psycopg://app@localhost/app
"""


@dataclass(frozen=True)
class Kind:
    """What a rule looks at: its base class, and the file that its cases begin with."""

    base: str
    subject: str
    module: str
    file: str
    text: str
    flagged_line: str

    def flagged(self, name: str) -> str:
        """The file with the marker of a finding, which an ini file has above the line."""
        if self.file.endswith(".ini"):
            marked = f"# flags-next: {name}\n{self.flagged_line}"
        else:
            marked = f"{self.flagged_line}  # flags: {name}"
        return self.text.replace(self.flagged_line, marked, 1)


KINDS = {
    "env": Kind(
        "EnvScriptRule", "EnvScript", "alembic_vet.model.env_script", "alembic/env.py", _ENV, "config = context.config"
    ),
    "revision": Kind(
        "RevisionRule",
        "Revision",
        "alembic_vet.model.revision",
        "alembic/versions/0001_users.py",
        _REVISION,
        "def upgrade() -> None:",
    ),
    "config": Kind(
        "ConfigRule",
        "AlembicConfig",
        "alembic_vet.model.config",
        "alembic.ini",
        _CONFIG,
        "script_location = %(here)s/alembic",
    ),
}

_RULE = '''\
"""`{name}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from alembic_vet.findings import Finding, Severity
{imports}


class {class_name}({base}):
    """One line: what is wrong, in the present tense.

    ## What it does
    What is reported, and where the rule stays silent because it cannot know.

    ## Why is this bad?
    The exact text of the error or the silent damage, and the versions that it was seen on.

    See the page of Alembic or the database that says so.

    ## Example
{example}

    ## Use instead
{example}
    """

    severity: ClassVar[Severity] = Severity.WARNING
    unproven: ClassVar[str] = ""

    def check(self, subject: {subject}, environment: Environment) -> Iterator[Finding]:
        yield from ()
'''


class Refused(Exception):
    """The rule cannot be written; the text says why."""


def write(root: Path, family: str, name: str, kind: Kind) -> list[Path]:
    """The rule and one case of each kind; the files written.

    Raises Refused for a name that cannot be one or is taken.
    """
    rules = root / "src" / "alembic_vet" / "rules"
    for word in (family, name):
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", word):
            raise Refused(f"`{word}`: small letters, digits and dashes, please")
    module = name.replace("-", "_")
    if taken := [*rules.glob(f"*/{module}.py"), *rules.glob(f"{module}/__init__.py")]:
        raise Refused(f"`{name}` exists: {taken[0].relative_to(root)}")
    cases = root / "fixtures" / "rules" / name
    files = {
        rules / family / f"{module}.py": _rule(name, kind),
        cases / "flagged" / kind.file: kind.flagged(name),
        cases / "allowed" / kind.file: kind.text,
    }
    if not (rules / family / "__init__.py").exists():
        files = {rules / family / "__init__.py": f'"""{family.capitalize()}."""\n', **files}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _rule(name: str, kind: Kind) -> str:
    imports = [
        f"from {kind.module} import {kind.subject}",
        "from alembic_vet.project.environment import Environment",
        f"from alembic_vet.rules.base import {kind.base}",
    ]
    language = "ini" if kind.file.endswith(".ini") else "python"
    return _RULE.format(
        name=name,
        class_name="".join(word.capitalize() for word in name.split("-")),
        base=kind.base,
        subject=kind.subject,
        imports="\n".join(sorted(imports)),
        example=indent(f'```{language} title="{kind.file}"\n{kind.text}```', "    "),
    )


def main(arguments: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.new_rule", description="Write the files of a new rule.")
    parser.add_argument("family", help="folder in src/alembic_vet/rules, such as env")
    parser.add_argument("name", help="the rule's name, such as missing-null-pool")
    parser.add_argument("--about", choices=KINDS, default="revision", help="what it looks at (default: revision)")
    chosen = parser.parse_args(arguments)
    try:
        written = write(root, chosen.family, chosen.name, KINDS[chosen.about])
    except Refused as reason:
        print(f"error: {reason}", file=sys.stderr)
        return 2
    for path in written:
        print(path.relative_to(root).as_posix())
    print(f"next: {sys.executable} -m pytest tests/test_fixtures.py tests/test_rule_docs.py -k {chosen.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
