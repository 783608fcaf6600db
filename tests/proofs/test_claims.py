"""The set of proofs: every rule has one or says why not, and no page says less than was proven."""

from __future__ import annotations

import pytest

from alembic_vet.rules import catalog
from tests.proofs import table
from tests.proofs.proof import Proof, proofs, squeezed

PROOFS = proofs()


@pytest.mark.parametrize("rule", catalog.names())
def test_every_rule_is_proven_or_says_why_not(rule: str) -> None:
    proven = any(proof.case.rule == rule and proof.case.markers for proof in PROOFS)
    reason = catalog.rule(rule).unproven
    assert proven or reason, f"{rule}: no flagged fixture case has a proof.toml, and `unproven` gives no reason"
    assert not (proven and reason), f"{rule} is proven: take `unproven` away"


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.case.id)
def test_the_page_quotes_what_the_flagged_code_prints(proof: Proof) -> None:
    if not proof.case.markers:
        assert proof.fix == "none", "a case that is not flagged has nothing to fix"
        return
    page = squeezed(catalog.rule(proof.case.rule).__doc__ or "")
    missing = [message for message in proof.claimed_messages if squeezed(message) not in page]
    assert not missing, f"the docstring of {proof.case.rule} does not quote {missing}"


def test_the_table_is_current() -> None:
    assert table.PATH.read_text(encoding="utf-8") == table.text(), "run: python -m tests.proofs --table"
