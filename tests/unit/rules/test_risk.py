"""Thresholds by risk: what the evidence vouches for, and what holds where it does not."""

from decimal import Decimal

import pytest

from pipeline.domain.errors import InvalidPolicy
from rules.load import default_policy, policy_content, policy_from
from rules.policy import ConfidenceRules
from rules.risk import NEVER, evidence_from, finding, findings, in_words, resolved

EVIDENCE = evidence_from(
    {
        "confidence": "0.95",
        "steps": {
            "real": {"total": [["0.90", 300, 4, "0.04200"], ["0.97", 200, 0, "0.02370"], ["0.99", 90, 0, "0.05190"]]},
            "all": {"total": [["0.90", 9000, 4, "0.00130"], ["0.97", 8000, 0, "0.00060"]]},
        },
    }
)


def asked(rate: str, **more: str) -> ConfidenceRules:
    return ConfidenceRules(max_error_rate={"total": Decimal(rate)}, **more)  # type: ignore[arg-type]


def test_the_lowest_threshold_that_is_vouched_for_is_taken() -> None:
    found = finding(EVIDENCE, "real", "total", Decimal("0.05"))
    assert found.step is not None
    assert (found.step.at, found.step.n, found.step.errors) == (Decimal("0.90"), 300, 4)


def test_a_stated_threshold_is_never_lowered() -> None:
    assert resolved(asked("0.05"), EVIDENCE).critical["total"] == Decimal("0.97")
    loose = ConfidenceRules(critical={"total": Decimal("0.5")}, max_error_rate={"total": Decimal("0.03")})
    assert resolved(loose, EVIDENCE).critical["total"] == Decimal("0.97")


def test_what_is_not_vouched_for_is_never_enough() -> None:
    assert resolved(asked("0.001"), EVIDENCE).critical["total"] == NEVER
    assert resolved(asked("0.001"), EVIDENCE).critical["invoice_number"] == Decimal("0.95")


def test_the_policy_may_choose_its_stated_threshold_or_generated_evidence() -> None:
    assert resolved(asked("0.001", uncertified="stated"), EVIDENCE).critical["total"] == Decimal("0.97")
    assert resolved(asked("0.001", evidence="all"), EVIDENCE).critical["total"] == Decimal("0.97")
    assert finding(EVIDENCE, "all", "total", Decimal("0.001")).step is not None


def test_a_field_without_evidence_is_not_vouched_for() -> None:
    rules = ConfidenceRules(max_error_rate={"supplier": Decimal("0.1")})
    assert resolved(rules, EVIDENCE).critical["supplier"] == NEVER
    (found,) = findings(rules, EVIDENCE)
    assert "nothing was measured" in in_words(found, rules, EVIDENCE)


def test_words_say_plainly_what_is_missing() -> None:
    rules = asked("0.001")
    (found,) = findings(rules, EVIDENCE)
    words = in_words(found, rules, EVIDENCE)
    assert "at most 1 in 1,000 wrong: NOT vouched for" in words
    assert "200 values show is at most 1 in 42" in words
    assert "never accepted on its confidence alone" in words
    assert "vouches for nothing" in in_words(found, asked("0.001", uncertified="stated"), EVIDENCE)
    assert "0 of 200 values wrong" in in_words(findings(asked("0.03"), EVIDENCE)[0], asked("0.03"), EVIDENCE)


def test_a_policy_without_a_rate_is_untouched() -> None:
    assert resolved(ConfidenceRules(), EVIDENCE) == ConfidenceRules()
    assert "max_error_rate" not in policy_content(default_policy())["confidence"]


def test_a_rate_changes_the_identity_of_a_policy() -> None:
    policy = policy_from({"confidence": {"max_error_rate": {"total": "0.0000001"}}})
    assert policy.confidence.critical["total"] == NEVER
    assert policy.hash != policy_from({}).hash
    assert policy_content(policy)["confidence"]["uncertified"] == "never"


@pytest.mark.parametrize("rates", [{"total": "0"}, {"total": "1"}, {"total": 0.1}, {"colour": "0.1"}])
def test_rates_are_checked(rates: dict[str, object]) -> None:
    with pytest.raises(InvalidPolicy):
        policy_from({"confidence": {"max_error_rate": rates}})
