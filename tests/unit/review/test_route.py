"""Which work an invoice makes, and what becomes of it over several runs (spec E.2, E.5, F.3, A.9)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipeline.domain.document import Channel
from pipeline.domain.invoice import Invoice
from pipeline.domain.matching import Finding, MatchResult
from pipeline.domain.records import InvoiceRecord, ReviewItem
from pipeline.review.deadlines import effective_due, sla_class
from pipeline.review.route import reconcile_items, route
from rules.load import default_policy, policy_from
from rules.policy import Policy

NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
BARE = policy_from({})


def record(*, phi: bool = False, state: str = "IN_REVIEW", kind: str = "invoice", **invoice: object) -> InvoiceRecord:
    facts = Invoice(id="i1", total=Decimal("1000.00"), ship_to="FAC-01", **invoice)
    day = date(2026, 3, 10)
    return InvoiceRecord(
        "i1", "d1", 1, Channel.EMAIL, "a.pdf", None, (1, 1), day, NOW, state, kind=kind, invoice=facts, phi=phi
    )


def held(*pairs: tuple[str, str, str | None]) -> MatchResult:
    findings = tuple(Finding(code, "hold", line, owner=owner) for code, owner, line in pairs)
    return MatchResult("HOLD", findings, primary_code=pairs[0][0], disputed_amount=Decimal("40.00"))


def items(*pairs: tuple[str, str, str | None], policy: Policy = BARE, **facts: object) -> tuple[ReviewItem, ...]:
    return route(record(**facts), held(*pairs), policy, NOW)


@pytest.mark.parametrize("policy", [BARE, default_policy()], ids=["bare", "default"])
def test_one_item_per_owner_and_queue_and_the_primary_code_leads(policy: Policy) -> None:
    found = items(
        ("DUP_EXACT", "AP_CLERK", None), ("PRICE_OVER", "BUYER", "1"), ("PRICE_OVER", "BUYER", "2"), policy=policy
    )
    assert [(i.queue, i.lead, i.codes) for i in found] == [
        ("AP_DUPLICATES", True, (("DUP_EXACT", None),)),
        ("BUYER:GENERAL", False, (("PRICE_OVER", "1"), ("PRICE_OVER", "2"))),
    ]


@pytest.mark.parametrize("policy", [BARE, default_policy()], ids=["bare", "default"])
@pytest.mark.parametrize(
    ("code", "owner", "queue", "kind"),
    [
        ("DOC_LOW_CONFIDENCE", "AP_CLERK", "AP_INDEXING", "extraction"),
        ("ARI_TOTAL", "AP_CLERK", "AP_INDEXING", "extraction"),
        ("PO_MISSING", "AP_CLERK", "AP_EXCEPTIONS", "exception"),
        ("SUP_BANK_CHANGE", "VENDOR_MASTER", "VENDOR_MASTER_BANK", "bank_verification"),
        ("SUP_UNKNOWN", "VENDOR_MASTER", "VENDOR_MASTER", "exception"),
        ("QTY_OVER_RECEIVED", "RECEIVING", "RECEIVING:FAC-01", "exception"),
        ("TAX_VARIANCE", "TAX", "TAX", "exception"),
        ("SUP_AMOUNT_LIMIT", "AP_SUPERVISOR", "AP_EXCEPTIONS:SUPERVISOR", "exception"),
        ("BRAND_NEW_CODE", "", "AP_EXCEPTIONS", "exception"),
    ],
)
def test_queues(policy: Policy, code: str, owner: str, queue: str, kind: str) -> None:
    item = items((code, owner, None), policy=policy)[0]
    assert (item.queue, item.kind) == (queue, kind)


@pytest.mark.parametrize("policy", [BARE, default_policy()], ids=["bare", "default"])
def test_bank_and_patient_data_are_restricted_whatever_the_rules_say(policy: Policy) -> None:
    loud = policy_from({"routing": [{"queue": "EVERYBODY", "codes": ["*"]}, {"queue": "AP_EXCEPTIONS"}]})
    for rules in (policy, loud):
        assert items(("SUP_BANK_CHANGE", "VENDOR_MASTER", None), policy=rules)[0].restricted
        item = items(("DOC_LOW_CONFIDENCE", "AP_CLERK", None), policy=rules, phi=True)[0]
        assert (item.restricted, item.owner_role) == (True, "CLINICAL_DEPT")


def test_the_first_rule_that_fits_wins_and_the_unknown_never_fits() -> None:
    policy = policy_from(
        {
            "routing": [
                {"queue": "TIER", "supplier_tiers": ["gold"]},
                {"queue": "LARGE", "codes": ["PRICE_*"], "min_at_risk": "500", "sla": "S1"},
                {"queue": "AP_EXCEPTIONS"},
            ]
        }
    )
    large = replace(held(("PRICE_OVER", "BUYER", "1")), disputed_amount=Decimal("600.00"))
    item = route(replace(record(), match=large), large, policy, NOW)[0]
    assert (item.queue, item.sla_class) == ("LARGE", "S1")
    assert items(("TAX_VARIANCE", "TAX", None), policy=policy)[0].queue == "AP_EXCEPTIONS"


def test_an_approval_is_the_next_open_step() -> None:
    match = MatchResult("NEEDS_APPROVAL", approval_chain=("AP_SUPERVISOR", "FACILITY_CFO"))
    found = route(record(state="AWAITING_APPROVAL"), match, BARE, NOW)
    assert [(i.queue, i.owner_role, i.kind) for i in found] == [
        ("APPROVALS:AP_SUPERVISOR", "AP_SUPERVISOR", "approval")
    ]


@pytest.mark.parametrize("state", ["REJECTED", "DUPLICATE", "POSTED", "APPROVED", "AUTO_APPROVED"])
def test_what_is_done_asks_nothing(state: str) -> None:
    assert route(record(state=state), held(("PRICE_OVER", "BUYER", "1")), BARE, NOW) == ()


def test_a_file_without_a_reading_says_why() -> None:
    bare = replace(record(), invoice=None, reason="The file is encrypted.")
    assert route(bare, None, BARE, NOW)[0].codes == (("DOC_UNREADABLE", None),)


def test_due_is_the_sla_or_three_business_days_before_payment() -> None:
    assert effective_due(NOW, "S2", None) == datetime(2026, 3, 16, 17, 0, tzinfo=UTC)
    assert effective_due(NOW, "S4", date(2026, 3, 20)) == datetime(2026, 3, 17, 17, 0, tzinfo=UTC)
    assert effective_due(NOW, "S2", date(2026, 1, 5)) == effective_due(NOW, "S2", None)
    assert (sla_class("DUP_EXACT"), sla_class("APPROVAL_FACILITY_CFO")) == ("S1", "S5")


class TestOverSeveralRuns:
    first = items(("PRICE_OVER", "BUYER", "1"))

    def test_the_same_finding_is_the_same_item_with_its_clock_and_claim(self) -> None:
        claimed = replace(self.first[0], state="CLAIMED", claimed_by="buyer", draft={"typed": {}}, version=3)
        later = NOW.replace(hour=15)
        wanted = route(record(), held(("PRICE_OVER", "BUYER", "1"), ("PRICE_OVER", "BUYER", "2")), BARE, later)
        ((item, is_new),) = reconcile_items([claimed], wanted, later)
        assert not is_new
        assert (item.opened_at, item.claimed_by, item.draft) == (NOW, "buyer", {"typed": {}})
        assert len(item.codes) == 2

    def test_what_vanished_is_cleared_by_itself(self) -> None:
        ((item, _),) = reconcile_items(self.first, (), NOW)
        assert (item.state, item.resolved_at, item.claimed_by) == ("AUTO_CLEARED", NOW, None)

    def test_what_was_resolved_and_is_raised_again_is_reopened(self) -> None:
        done = replace(self.first[0], state="RESOLVED", resolved_by="buyer", resolution_code="PRICE_ACCEPTED")
        ((item, is_new),) = reconcile_items([done], self.first, NOW)
        assert (item.state, item.reopened_count, item.resolved_by, is_new) == ("OPEN", 1, None, False)

    def test_what_cleared_itself_comes_back_without_blame(self) -> None:
        ((cleared, _),) = reconcile_items(self.first, (), NOW)
        ((item, _),) = reconcile_items([cleared], self.first, NOW)
        assert (item.state, item.reopened_count) == ("OPEN", 0)

    def test_nothing_changed_is_nothing_to_save(self) -> None:
        assert reconcile_items(self.first, self.first, NOW) == ()

    def test_new_work_is_new(self) -> None:
        assert reconcile_items((), self.first, NOW) == ((self.first[0], True),)
