"""What speaks against a mail's sender stands beside the decision: seen, but no hold of its own (C.1)."""

from dataclasses import replace

from pipeline.match.three_way import match_invoice
from tests.unit.match.build import case


def test_a_doubt_about_the_sender_is_a_warning_with_its_words() -> None:
    clean = case()
    invoice = replace(clean.facts.invoice, doubts=("DMARC failed.", "Two senders."))
    found = match_invoice(replace(clean.facts, invoice=invoice), clean.policy)
    (warning,) = [finding for finding in found.findings if finding.code == "DOC_QUARANTINE"]
    assert (warning.outcome, warning.message) == ("warn", "DMARC failed. Two senders.")
    assert warning.evidence == ("DMARC failed.", "Two senders.")
    assert found.status == match_invoice(clean.facts, clean.policy).status == "AUTO_APPROVED"
