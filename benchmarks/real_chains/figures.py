"""Recall by cause and precision by rule, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from alembic_vet.findings import Severity
from benchmarks.real_chains.outcomes import UNTESTED, Found, Outcome


def recall(outcomes: Iterable[Outcome]) -> Iterator[str]:
    total: Counter[tuple[str, str]] = Counter()
    errors, found, same = total.copy(), total.copy(), total.copy()
    left_out: Counter[str] = Counter()
    for outcome in outcomes:
        for row in outcome.chain.rows:
            if not row.counts:
                left_out[row.group] += 1
                continue
            cause = (row.group, row.cause)
            own = [each for each in outcome.found if each.is_in(row) and each.rule not in UNTESTED]
            total[cause] += 1
            errors[cause] += any(each.severity is Severity.ERROR for each in own)
            found[cause] += bool(own)
            same[cause] += any(each.is_about(row.phase) for each in own)
    yield "| group | cause | rows | predicted | | by an error | by a rule about that phase |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for cause in sorted(total):
        yield _recall_line(*cause, total[cause], found[cause], errors[cause], same[cause])
    yield _recall_line("**all**", "", total.total(), found.total(), errors.total(), same.total())
    yield ""
    yield "left out: " + ", ".join(f"{count} rows of {group}" for group, count in sorted(left_out.items()))


def _recall_line(group: str, cause: str, rows: int, found: int, errors: int, same: int) -> str:
    return f"| {group} | {cause} | {rows} | {found} | {_share(found, rows)} | {errors} | {same} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""


def precision(outcomes: Iterable[Outcome]) -> Iterator[str]:
    counts: Counter[tuple[str, Severity, bool | None]] = Counter()
    files: set[tuple[str, str, str]] = set()
    for outcome in outcomes:
        for each in outcome.found:
            verdict = outcome.verdict(each)
            counts[each.rule, each.severity, verdict] += 1
            if verdict and each.severity is Severity.ERROR:
                files.add((each.rule, str(outcome.chain), each.file))
    yield "| rule | errors confirmed | in files | not | | not tried | warnings confirmed | not | not tried |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    rules = sorted({rule for rule, _, _ in counts})
    for shown, names in [*((rule, {rule}) for rule in rules), ("**all**", set(rules))]:
        cells = {
            (severity, verdict): sum(counts[rule, severity, verdict] for rule in names)
            for severity in (Severity.ERROR, Severity.WARNING)
            for verdict in (True, False, None)
        }
        right, wrong, untried = (cells[Severity.ERROR, verdict] for verdict in (True, False, None))
        warnings = " | ".join(str(cells[Severity.WARNING, verdict]) for verdict in (True, False, None))
        where = sum(rule in names for rule, _, _ in files)
        share = _share(right, right + wrong)
        yield f"| {shown} | {right} | {where} | {wrong} | {share} | {untried} | {warnings} |"


def misses(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        found = [each for each in outcome.found if each.rule not in UNTESTED]
        for row in outcome.chain.counted():
            if not any(each.is_in(row) for each in found):
                yield f"{outcome.chain}: {row.file}:{row.line}: {row.phase}: {row.cause}: {row.message[:160]}"


def not_confirmed(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        yield from (_shown(outcome, each) for each in outcome.found if outcome.verdict(each) is False)


def _shown(outcome: Outcome, found: Found) -> str:
    return f"{outcome.chain}: {found.file}:{found.line}: {found.severity.value}: {found.rule}: {found.message}"


def report(outcomes: Sequence[Outcome], shown: Sequence[str]) -> Iterator[str]:
    """Both tables, then the lines that were asked for."""
    yield from recall(outcomes)
    yield ""
    yield from precision(outcomes)
    absent = [outcome for outcome in outcomes if outcome.missing]
    yield ""
    yield f"{len(outcomes) - len(absent)} chains"
    yield from (f"without {outcome.chain}: {outcome.missing}" for outcome in absent)
    for title, lines in (("misses", misses), ("false", not_confirmed)):
        if title in shown:
            yield ""
            yield from lines(outcomes)
