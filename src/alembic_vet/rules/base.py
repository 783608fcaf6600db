"""What a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from alembic_vet.findings import Finding, Fix, Location, Related, Severity
from alembic_vet.model.config import AlembicConfig
from alembic_vet.model.env_script import EnvScript
from alembic_vet.model.revision import Revision
from alembic_vet.project.environment import Environment
from alembic_vet.project.surroundings import Place
from alembic_vet.rules.signs import Signs

if TYPE_CHECKING:
    from alembic_vet.model.history import Replayed

Subject = TypeVar("Subject")


class FixAvailability(Enum):
    """How often a rule's findings carry a fix; the fixtures are held against it."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


class Rule(ABC, Generic[Subject]):
    """One thing that can be wrong. Stateless; its name is its module, its family the folder.

    The docstring of a concrete rule is its page: see CONTRIBUTING for the sections.
    `in_revisions` and `elsewhere`: whether its findings can lie in revisions, and in other files; it is not asked
    about files that it never speaks of. `asks_revisions`: it reads them though it speaks of other files. `place`: where outside of
    revisions all that it finds lies, whatever else it looks at. `signs`: one of them is there wherever it has something to
    say; it is not asked about an environment that shows none. `unproven` says, for a rule that claims no behaviour that
    can be run, why it has no proof.
    """

    severity: ClassVar[Severity]
    fixable: ClassVar[FixAvailability] = FixAvailability.NEVER
    dialects: ClassVar[frozenset[str]] = frozenset()
    default: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    in_revisions: ClassVar[bool] = True
    elsewhere: ClassVar[bool] = True
    asks_revisions: ClassVar[bool] = False
    place: ClassVar[Place] = "anywhere"
    signs: ClassVar[Signs] = ()
    unproven: ClassVar[str] = ""

    @classmethod
    def name(cls) -> str:
        return cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def family(cls) -> str:
        return cls.__module__.split(".")[-2]

    @classmethod
    @abstractmethod
    def subjects(cls, environment: Environment) -> Iterable[Subject]:
        """What this kind of rule looks at in an environment."""

    @abstractmethod
    def check(self, subject: Subject, environment: Environment) -> Iterator[Finding]:
        """The findings in one subject."""

    @classmethod
    def finding(
        cls,
        location: Location,
        message: str,
        *,
        severity: Severity | None = None,
        related: Iterable[Related] = (),
        fix: Fix | None = None,
    ) -> Finding:
        return Finding(
            rule=cls.name(),
            family=cls.family(),
            severity=severity or cls.severity,
            message=message,
            location=location,
            related=tuple(related),
            fix=fix,
        )


class ConfigRule(Rule[AlembicConfig]):
    """Looks at the ini or TOML configuration."""

    in_revisions: ClassVar[bool] = False

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[AlembicConfig]:
        return [environment.config]


class EnvScriptRule(Rule[EnvScript]):
    """Looks at env.py, where there is one that parses."""

    in_revisions: ClassVar[bool] = False
    place: ClassVar[Place] = "what env.py runs"

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[EnvScript]:
        return [environment.script] if environment.script else []


class RevisionRule(Rule[Revision]):
    """Looks at one revision at a time."""

    elsewhere: ClassVar[bool] = False

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[Revision]:
        return environment.revisions_in_focus


class HistoryRule(Rule["Replayed"]):
    """Looks at one revision at a time, on the schema that it finds, makes and leaves."""

    elsewhere: ClassVar[bool] = False
    dialects: ClassVar[frozenset[str]] = frozenset({"postgresql"})

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[Replayed]:
        return environment.replayed


class EnvironmentRule(Rule[Environment]):
    """Looks at the environment as a whole."""

    @classmethod
    def subjects(cls, environment: Environment) -> Iterable[Environment]:
        return [environment]
