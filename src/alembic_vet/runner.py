"""One run: discover, check, suppress, fix until nothing changes, report."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from alembic_vet import disk
from alembic_vet.findings import Finding, Report, Safety, Severity, Summary
from alembic_vet.model.revision import Revision
from alembic_vet.project.discovered import OF_DISCOVERY, Discovery, OrphanRevisions
from alembic_vet.project.environment import Environment, read_ahead
from alembic_vet.project.files import Exclusion
from alembic_vet.project.memory import found_anew, recalled
from alembic_vet.project.revision_files import are_revisions, revisions_of
from alembic_vet.project.roots import project_roots
from alembic_vet.rules import catalog
from alembic_vet.rules.signs import Seen
from alembic_vet.settings import Settings
from alembic_vet.source.file import SourceFile, Sources

if TYPE_CHECKING:
    from alembic_vet.cache import Store, Stores

_MOST_PASSES = 10
MARK = b"alembic-vet:"
_LOOKED_FOR = "no ini file or pyproject.toml around it has a `script_location`, and no env.py is one of Alembic's"


class FixMode(Enum):
    """Which fixes to make."""

    NONE = "none"
    SAFE = "safe"
    UNSAFE = "unsafe"


class _Pass(Struct):
    """What one look at the project gives."""

    findings: list[Finding]
    environments: list[Environment]
    discovery: Discovery
    problems: list[str] = field(default_factory=list)


def run(
    paths: Sequence[Path],
    settings: Settings,
    *,
    fix: FixMode = FixMode.NONE,
    sources: Sources | None = None,
    config: Path | None = None,
    debug: bool = False,
    stores: Stores | None = None,
) -> Report:
    """Check what the paths name, and work out the fixes; nothing is written.

    `config` names one Alembic configuration, which is then the only one. `debug` lets
    an error in a rule through instead of making it one of the report's problems. `stores` keep what is
    read from run to run.
    """
    sources = sources or Sources()
    scope = _Scope(paths, settings)
    first = seen = _look(paths, settings, sources, config, scope, debug, stores)
    before: dict[Path, bytes] = {}
    fixed: list[Finding] = []
    dropped: list[str] = []
    for _ in range(_MOST_PASSES if fix is not FixMode.NONE else 0):
        from alembic_vet.fixes.apply import apply

        allowed = Safety.UNSAFE if fix is FixMode.UNSAFE else Safety.SAFE
        applied = apply(_fixable(seen, scope), sources, allow=allowed)
        if not applied.files:
            dropped = [f"not fixed: {each.finding.rule}: {each.reason}" for each in applied.dropped]
            break
        for file in applied.files:
            before.setdefault(file.path, sources.file(file.path).data)
        sources = sources.with_files(applied.files)
        fixed += applied.fixed
        seen = _look(paths, settings, sources, config, scope, debug, stores)
    for environment in seen.environments:
        environment.save()
    changed = tuple((path, data, sources.file(path).data) for path, data in sorted(before.items()))
    return Report(
        findings=tuple(seen.findings),
        fixed=tuple(sorted(fixed, key=lambda finding: finding.sort_key)),
        summary=_summary(seen, scope),
        notes=(*_notes(first, paths), *dropped),
        problems=tuple(dict.fromkeys((*_unreadable(seen), *seen.problems))),
        changed=tuple(change for change in changed if change[1] != change[2]),
    )


class _Scope:
    """The files that findings are wanted for, by their paths as text."""

    def __init__(self, paths: Sequence[Path], settings: Settings) -> None:
        self._exclusion = Exclusion(settings)
        self.files = frozenset(str(path) for path in paths if not disk.is_folder(path))
        self.folders = tuple(os.path.join(path, "") for path in paths if disk.is_folder(path))

    def holds(self, path: disk.AnyPath) -> bool:
        name = os.fspath(path)
        return (name in self.files or name.startswith(self.folders)) and not self._exclusion.covers(name)

    def among(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the files that findings are wanted for."""
        return frozenset(filter(self.holds, names if self.folders else self.files.intersection(names)))


def _look(
    paths: Sequence[Path],
    settings: Settings,
    sources: Sources,
    config: Path | None,
    scope: _Scope,
    debug: bool,
    stores: Stores | None,
) -> _Pass:
    named = [config] if config else list(paths)
    discovery = _discovery(named, settings, sources, None if scope.folders else stores)
    environments = [
        Environment(
            each, settings, sources, project_roots(each.path.parent, Path.cwd())[0], discovery.environments, stores
        )
        for each in discovery.environments
        if config is None or config in (each.path, each.ini_path, each.toml_path)
    ]
    seen = _Pass([], environments, discovery)
    found: dict[tuple[object, ...], Finding] = {}
    for finding in _findings(seen, settings, scope, debug, stores("rules", []) if stores else None):
        found.setdefault(finding.sort_key, finding)
    kept = [finding for finding in found.values() if _wanted(finding, settings, scope)]
    seen.findings = sorted(_unsuppressed(kept, seen, scope, settings), key=lambda finding: finding.sort_key)
    return seen


def _discovery(files: Sequence[Path], settings: Settings, sources: Sources, stores: Stores | None) -> Discovery:
    """What discovery finds, remembered for files by their names, and for revisions by their folders."""

    def find(unread: Sources) -> Discovery:
        from alembic_vet.project.discovery import discover

        return discover(files, settings, unread)

    if stores is None:
        return find(sources)
    folders = sorted({os.path.dirname(file) for file in files})
    by_folder, by_name = (
        stores("discovery", [repr((folders, settings))]),
        stores("discovery", [repr((files, settings))]),
    )

    def is_meant(found: Discovery) -> bool:
        return are_revisions(map(str, files), found.environments)

    return (
        recalled(Discovery, OF_DISCOVERY, by_folder, sources, is_meant)
        or recalled(Discovery, OF_DISCOVERY, by_name, sources)
        or found_anew(
            find,
            OF_DISCOVERY,
            lambda found: by_folder if is_meant(found) else by_name,
            sources,
            apart=lambda found: revisions_of(found.environments),
        )
    )


def _findings(
    seen: _Pass, settings: Settings, scope: _Scope, debug: bool, known_rules: Store | None
) -> Iterator[Finding]:
    revisions = {name for environment in seen.environments for name in environment.revision_files}
    only_revisions = not scope.folders and scope.files <= revisions
    revisions_wanted = [(each, scope.among(each.revision_files)) for each in seen.environments]
    # Where no rule is for the database, nobody asks what revisions do.
    replayed = (each for each, wanted in revisions_wanted if wanted and each.is_replayed)
    is_early = bool(scope.folders) and catalog.are_mostly_on(settings)
    if is_early:  # while the rules are loaded
        read_ahead(replayed)
    rules = catalog.selected(settings, only_revisions=only_revisions, outlines=catalog.outlines(known_rules))
    if scope.folders and not is_early and any(rule.in_revisions and rule.dialects for rule in rules):
        read_ahead(replayed)
    if seen.discovery.broken:
        from alembic_vet.rules.files.unreadable_config import UnreadableConfig

        if UnreadableConfig.name() in {rule.name for rule in rules}:
            yield from UnreadableConfig.report(seen.discovery.broken)
    for environment, wanted in revisions_wanted:
        if not scope.folders:
            environment.focus = wanted
            environment.only_revisions = only_revisions
        shown = Seen(environment, wanted)
        # What needs no revision comes first: a second process reads them meanwhile.
        for rule in sorted(rules, key=lambda rule: rule.in_revisions or rule.asks_revisions):
            if not ((rule.in_revisions and wanted) or (rule.elsewhere and not only_revisions)):
                continue
            if not environment.may_lie_in(rule.place, scope.holds):
                continue
            if rule.dialects and environment.dialect not in rule.dialects:
                continue
            # A bug in a rule is named and the rest goes on: the one broad `except` of the program.
            try:
                found = list(_checked(catalog.rule(rule.name), environment, wanted)) if shown.any_of(rule.signs) else []
            except Exception as error:
                if debug:
                    raise
                seen.problems.append(_problem(error, rule.name, environment))
                continue
            yield from found


def _checked(rule: catalog.AnyRule, environment: Environment, wanted: Collection[str]) -> Iterator[Finding]:
    for subject in rule.subjects(environment):
        revision = getattr(subject, "revision", subject)
        if isinstance(revision, Revision) and revision.name not in wanted:
            continue
        yield from rule().check(subject, environment)


def _problem(error: Exception, rule: str, environment: Environment) -> str:
    from traceback import extract_tb

    place = extract_tb(error.__traceback__)[-1]
    return (
        f"internal error in rule `{rule}` on {environment.config.script_location}: {type(error).__name__}: "
        f"{error} ({Path(place.filename).name}:{place.lineno}); please report it, --debug shows more"
    )


def _wanted(finding: Finding, settings: Settings, scope: _Scope) -> bool:
    path = finding.location.path
    return scope.holds(path) and finding.rule not in catalog.ignored(path, settings)


def _unsuppressed(findings: list[Finding], seen: _Pass, scope: _Scope, settings: Settings) -> Iterator[Finding]:
    commented = [file for file in _files(seen, scope, findings) if MARK in file.data]
    if not commented:
        yield from findings
        return
    from alembic_vet.rules.files.unused_suppression import UnusedSuppression
    from alembic_vet.source.suppressions import suppressions

    known = {file.path: suppressions(file) for file in commented}
    for finding in findings:
        comments = known.get(finding.location.path)
        if comments is None or not comments.match(finding.rule, finding.location.span):
            yield finding
    active = [rule.name for rule in catalog.selected(settings)]
    if UnusedSuppression.name() in active:
        for file in commented:
            for finding in UnusedSuppression.report(file, known[file.path], active):
                if _wanted(finding, settings, scope):
                    yield finding


def _files(seen: _Pass, scope: _Scope, findings: Sequence[Finding] = ()) -> Iterator[SourceFile]:
    """The files of the environments that are in scope and can be read, each once, and those where something was found."""
    paths = {
        name: environment.sources
        for environment in seen.environments
        for name in scope.among((*map(str, environment.config_paths), *environment.python_files))
    }
    for environment in seen.environments[:1]:
        paths |= {str(finding.location.path): environment.sources for finding in findings}
    for path, sources in paths.items():
        if sources.exists(path) and _is_readable(path, sources):
            yield sources.file(path)


def _is_readable(path: disk.AnyPath, sources: Sources) -> bool:
    return sources.file(path).is_given or disk.is_readable(path)


def _unreadable(seen: _Pass) -> Iterator[str]:
    """What nobody may read, and what is therefore not covered."""
    for environment in seen.environments:
        read = {revision.name for revision in environment.read_so_far}
        for path in (*environment.python_files, *map(str, environment.config.version_locations)):
            if path not in read and disk.exists(path) and not _is_readable(path, environment.sources):
                yield f"{path}: Permission denied"


def _fixable(seen: _Pass, scope: _Scope) -> list[Finding]:
    """Findings whose fix may be made: an applied revision is history, and stays as it is.

    In a versions folder only new files are touched (those that git does not have on the
    branch they will be merged to), and files named on the command line.
    """
    from alembic_vet.project.git import new_files

    revisions = {name: env for env in seen.environments for name in env.revision_files}
    new: dict[Path, frozenset[Path] | None] = {}
    kept: list[Finding] = []
    for finding in seen.findings:
        if finding.fix is None:
            continue
        history = revisions.keys() & {str(edit.path) for edit in finding.fix.edits} - scope.files
        for name in list(history):
            root = revisions[name].project_root
            if root not in new:
                new[root] = new_files(root)
            fresh = new[root]
            if fresh is None or Path(name) in fresh:
                history.discard(name)
        if not history:
            kept.append(finding)
    return kept


def _summary(seen: _Pass, scope: _Scope) -> Summary:
    revisions = {name for environment in seen.environments for name in scope.among(environment.revision_files)}
    severities = [finding.severity for finding in seen.findings]
    return Summary(
        environments=len(seen.environments),
        files=sum(1 for _ in _files(seen, scope)),
        revisions=len(revisions),
        errors=severities.count(Severity.ERROR),
        warnings=severities.count(Severity.WARNING),
        fixable=sum(finding.fix is not None and finding.fix.safety is not Safety.DISPLAY for finding in seen.findings),
    )


def _notes(seen: _Pass, paths: Sequence[Path]) -> Iterator[str]:
    if not seen.environments and not seen.discovery.broken:
        where = ", ".join(str(path) for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
        yield f"no Alembic environment found in {where}: {_LOOKED_FOR}"
    by_reason: dict[str, list[OrphanRevisions]] = {}
    for left in seen.discovery.orphans:
        by_reason.setdefault(left.reason, []).append(left)
    for reason, lefts in by_reason.items():
        count = sum(left.count for left in lefts)
        files = "1 revision file" if count == 1 else f"{count} revision files"
        more = f" and {len(lefts) - 1} more folder{'s' if len(lefts) > 2 else ''}" if len(lefts) > 1 else ""
        yield f"{files} in {lefts[0].folder}{more} not covered: {reason}"
