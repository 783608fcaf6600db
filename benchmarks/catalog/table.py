"""The comparison as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.catalog.run import Outcome


def render(outcomes: Sequence[Outcome], unknown: bool = False) -> str:
    """A table of all histories, then what is wrong in each with both sides."""
    return "\n".join([*_table(outcomes), *(line for each in outcomes for line in _details(each, unknown))]) + "\n"


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| history | revisions | applied | objects | agree | unknown | wrong | refusals that did not come |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    compared = [each for each in outcomes if each.applied]
    for each in compared:
        yield _row(each.name, each.revisions, each.applied, [each])
    if len(compared) > 1:
        yield _row("all", sum(each.revisions for each in compared), sum(each.applied for each in compared), compared)
    skipped = [each for each in outcomes if not each.applied]
    if skipped:
        yield from ("", "Not compared, since no revision could be applied:", "")
        yield from (f"- {each.name}: {each.stopped or 'there are none'}" for each in skipped)


def _row(name: str, revisions: int, applied: int, outcomes: Sequence[Outcome]) -> str:
    total = sum(len(each.verdicts) for each in outcomes)
    agree, unknown = (sum(each.count(kind) for each in outcomes) for kind in ("agree", "unknown"))
    wrong = sum(len(each.wrong) for each in outcomes)
    alarms = sum(len(each.false_alarms) for each in outcomes)
    cells = (name, revisions, applied, total, _percent(agree, total), _percent(unknown, total), wrong, alarms)
    return f"| {' | '.join(map(str, cells))} |"


def _percent(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %" if total else ""


def _details(outcome: Outcome, unknown: bool) -> Iterator[str]:
    shown = [each for each in outcome.verdicts if each.wrong or (unknown and each.judgement == "unknown")]
    stopped = outcome.stopped if outcome.applied else ""
    if not (shown or outcome.false_alarms or stopped):
        return
    yield from ("", f"## {outcome.name}", "")
    if stopped:
        yield f"Stopped after {outcome.applied} revisions: {stopped}\n"
    for verdict in shown:
        yield f"- {verdict.judgement}: {verdict.kind} `{verdict.name}`"
        if verdict.replayed is not None:
            yield f"  - replay: `{verdict.replayed}`"
        if verdict.real is not None:
            yield f"  - server: `{verdict.real}`"
    for text in outcome.false_alarms:
        yield f"- refusal that did not come: {text}"
    if unknown:
        yield from (f"- cannot be followed: {text}" for text in outcome.opaque)
