"""What counts when findings are held against real failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_vet.findings import Severity
from benchmarks.real_chains.figures import misses, not_confirmed, precision, recall
from benchmarks.real_chains.outcomes import Found, Outcome, check
from benchmarks.real_chains.tables import ON_PURPOSE, Chain, Row, read_chains
from tests.fixture_cases import FIXTURES, Case

CHAINS = "repo\tscript_dir\tversion_dirs\trevisions\tupgraded\tblocked\n"
FAILURES = "repo\tscript_dir\trevision\tfile\tline\tphase\tcause\tgroup\tevaluable\tmessage\n"


def row(file: str, phase: str = "silent", *, group: str = "mirror", evaluable: bool = True) -> Row:
    return Row("0001", file, "1", phase, "cause", group, evaluable, "it broke")


def found(file: str, rule: str = "asymmetric-downgrade", severity: Severity = Severity.ERROR) -> Found:
    return Found(file, rule, severity, 3, "it breaks")


def outcome(rows: list[Row], *findings: Found) -> Outcome:
    chain = Chain("owner/name", "alembic", ("alembic/versions",), 3, 0, tuple(rows))
    return Outcome(chain, list(findings), {"a.py", "b.py", "c.py"})


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(found("a.py"), "| mirror | cause | 1 | 1 | 100 % | 1 | 1 |", id="error"),
        pytest.param(
            found("a.py", "noop-enum-downgrade", Severity.WARNING),
            "| mirror | cause | 1 | 1 | 100 % | 0 | 1 |",
            id="warning",
        ),
        pytest.param(found("a.py", "downgrade-fails"), "| mirror | cause | 1 | 1 | 100 % | 1 | 0 |", id="other-phase"),
        pytest.param(found("b.py"), "| mirror | cause | 1 | 0 | 0 % | 0 | 0 |", id="other-file"),
        pytest.param(
            found("a.py", "enum-value-added-in-transaction"),
            "| mirror | cause | 1 | 0 | 0 % | 0 | 0 |",
            id="cannot-be-shown",
        ),
    ],
)
def test_a_row_is_predicted_in_its_file(one: Found, expected: str) -> None:
    assert expected in list(recall([outcome([row("a.py")], one)]))


def test_rows_about_all_revisions_need_the_rule_that_speaks_of_them() -> None:
    rows = [row("", "load"), row("x,y", "graph")]
    both = outcome(rows, found("b.py", "broken-revision-graph"), found("c.py", "multiple-heads", Severity.WARNING))
    assert not list(misses([both]))
    assert len(list(misses([outcome(rows, found("b.py"))]))) == 2


def test_refusals_and_the_set_up_are_left_out() -> None:
    rows = [row("a.py", group=ON_PURPOSE), row("b.py", evaluable=False)]
    lines = list(recall([outcome(rows)]))
    assert "| **all** |  | 0 | 0 |  | 0 | 0 |" in lines
    assert lines[-1] == f"left out: 1 rows of {ON_PURPOSE}, 1 rows of mirror"


def test_findings_are_confirmed_by_rows_that_count() -> None:
    rows = [row("a.py"), row("b.py", evaluable=False)]
    each = outcome(rows, found("a.py"), found("b.py"), found("c.py"), found("d.py"))
    assert [each.verdict(one) for one in each.found] == [True, None, False, None]
    assert "| asymmetric-downgrade | 1 | 1 | 1 | 50 % | 2 | 0 | 0 | 0 |" in list(precision([each]))
    assert [line.partition(": ")[2][:4] for line in not_confirmed([each])] == ["c.py"]


def test_a_checkout_is_looked_at(tmp_path: Path) -> None:
    Case(FIXTURES / "rules" / "asymmetric-downgrade" / "table-lost").build(tmp_path / "owner+name")
    head = f"{CHAINS}owner/name\talembic\talembic/versions\t2\t2\t0\n"
    (tmp_path / "real-chains.tsv").write_text(f"{head}owner/gone\talembic\talembic/versions\t1\t1\t0\n")
    (tmp_path / "real-failures.tsv").write_text(
        f"{FAILURES}owner/name\talembic\t0002\t0002_no_users.py\t9\tsilent\tmirror.table_lost\tmirror\tyes\tlost table\n"
    )
    own, gone = read_chains(tmp_path)
    (seen,) = check(tmp_path / "owner+name", [own], None)
    assert {(each.file, each.rule) for each in seen.found} == {("0002_no_users.py", "asymmetric-downgrade")}
    assert seen.ran == {"0001_users.py", "0002_no_users.py"}
    assert [each.missing for each in check(tmp_path / "owner+gone", [gone], None)] == ["no checkout"]
