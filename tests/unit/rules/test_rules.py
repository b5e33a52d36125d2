"""Tolerance, clocks, approval, authority, duties, routing, delegation."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.domain.matching import Finding
from rules.approval import chain
from rules.authority import amount_at_risk, may_accept_variance
from rules.delegation import Delegation, delegate_of, problems_of
from rules.duties import check
from rules.load import default_policy
from rules.owners import OWNERSHIP, PRIMARY_ORDER, rank, sla_class
from rules.routing import Context, route
from rules.sla import Calendar, due_at, effective_due, stages, used_fraction, wait_stages
from rules.tolerance import within

CALENDAR = Calendar("08:00", "17:00", ["Mon", "Tue", "Wed", "Thu", "Fri"], ["2026-05-25"])
D = Decimal


@pytest.mark.parametrize(
    ("over", "base", "pct", "top", "ignore", "expected"),
    [
        ("0", "0", "0", "0", None, True),
        ("-5", "0", "0", "0", None, True),
        ("20", "1000", "2", "50", "1", True),
        ("20.01", "1000", "2", "50", "1", False),
        ("50", "10000", "2", "50", None, True),
        ("50.01", "10000", "2", "50", None, False),
        ("1", "1", "0", "0", "1", True),
        ("1.01", "1", "0", "0", "1", False),
        ("999", "1", None, None, None, True),
        ("0.01", "0", "2", None, "0", False),
        ("0.01", "0", None, "0.01", "0", True),
    ],
)
def test_within(over: str, base: str, pct: Any, top: Any, ignore: Any, expected: bool) -> None:
    limits = (None if x is None else D(x) for x in (pct, top, ignore))
    assert within(D(over), D(base), *limits) is expected


@pytest.mark.parametrize(
    ("opened", "hours", "due"),
    [
        ("2026-03-13T16:30", "8", "2026-03-16T15:30"),
        ("2026-03-13T17:00", "1", "2026-03-16T09:00"),
        ("2026-03-14T12:00", "9", "2026-03-16T17:00"),
        ("2026-05-22T16:00", "2", "2026-05-26T09:00"),
        ("2026-03-16T08:00", "0.5", "2026-03-16T08:30"),
        ("2026-03-16T03:00", "0", "2026-03-16T08:00"),
    ],
)
def test_due_in_business_hours(opened: str, hours: str, due: str) -> None:
    assert due_at(datetime.fromisoformat(opened), D(hours), CALENDAR) == datetime.fromisoformat(due)


def test_clock_share_and_stages() -> None:
    used = used_fraction(datetime(2026, 3, 13, 16, 30), datetime(2026, 3, 16, 15, 30), D(8), CALENDAR)
    assert used == 1
    assert stages(used) == ("reminder", "warning", "breach")
    assert stages(D("0.49")) == ()
    assert stages(D(2))[-1] == "level_3"
    assert wait_stages(2) == ()
    assert wait_stages(10) == ("remind_dock_and_requester", "escalate_to_dept_manager")


def test_effective_due_is_the_earliest() -> None:
    sla = datetime(2026, 3, 20, 12)
    assert effective_due(sla, CALENDAR) == sla
    assert effective_due(sla, CALENDAR, discount_deadline=date(2026, 3, 17)) == datetime(2026, 3, 16, 17)
    assert effective_due(sla, CALENDAR, due_date=date(2026, 3, 16)) == datetime(2026, 3, 11, 17)


def test_a_calendar_without_workdays_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Calendar(workdays=[])


@pytest.mark.parametrize(
    ("kind", "total", "facts", "expected"),
    [
        ("po_matched", "25000.00", {}, []),
        ("po_matched", "25000.01", {}, ["AP_SUPERVISOR"]),
        ("po_matched", "250000.00", {}, ["AP_SUPERVISOR"]),
        ("po_matched", "250000.01", {}, ["AP_SUPERVISOR", "FACILITY_CFO"]),
        ("po_matched", "25000.00", {"rate": D("1.01")}, ["AP_SUPERVISOR"]),
        ("po_matched", "1.00", {"referral_source": True}, ["COMPLIANCE"]),
        ("non_po", "2500.00", {}, ["DEPT_MANAGER"]),
        ("non_po", "2500.01", {}, ["DEPT_MANAGER", "DEPT_DIRECTOR"]),
        ("non_po", "25000.01", {}, ["DEPT_MANAGER", "DEPT_DIRECTOR", "FACILITY_CFO"]),
        ("non_po", "100000.01", {}, ["DEPT_MANAGER", "DEPT_DIRECTOR", "FACILITY_CFO", "SYSTEM_CFO"]),
        ("non_po", "1000", {"same_supplier_cost_center_last_7_days": D("1500.01")}, ["DEPT_MANAGER", "DEPT_DIRECTOR"]),
        ("non_po", "5", {"referral_source": True}, ["DEPT_MANAGER", "COMPLIANCE"]),
    ],
)
def test_chain(kind: str, total: str, facts: dict[str, Any], expected: list[str]) -> None:
    assert chain(kind, D(total), **facts) == expected


@pytest.mark.parametrize(
    ("role", "amount", "allowed"),
    [
        ("AP_CLERK", "0.01", False),
        ("BUYER", "100.00", True),
        ("AP_SUPERVISOR", "100.01", False),
        ("DEPT_MANAGER", "1000.00", True),
        ("DEPT_MANAGER", "1000.01", False),
        ("DEPT_DIRECTOR", "10000.00", True),
        ("DEPT_DIRECTOR", "-10000.01", False),
        ("FACILITY_CFO", "99999999", True),
        ("AUDITOR", "1", False),
    ],
)
def test_authority(role: str, amount: str, allowed: bool) -> None:
    assert may_accept_variance(role, "PRICE_OVER", D(amount)) is allowed
    assert not may_accept_variance(role, "SUP_BANK_CHANGE", D(amount))


def test_amount_at_risk() -> None:
    assert amount_at_risk("PRICE_OVER", D(5), D(100)) == 5
    assert amount_at_risk("DATE_STALE", D(0), D(100)) == 100
    assert amount_at_risk("TAX_VARIANCE", D(0), D(100), D(-7)) == 7


DUTIES: list[tuple[str, dict[str, Any], str | None]] = [
    ("approve_step", {}, None),
    ("approve_step", {"corrected_critical_field_by": ["u1"]}, "SOD-01"),
    ("approve_step", {"receipt_posted_by": ["u2", "u1"]}, "SOD-03"),
    ("approve_step", {"supplier_edited_by": "u1", "supplier_edited_days_ago": 90}, "SOD-04"),
    ("approve_step", {"supplier_edited_by": "u1", "supplier_edited_days_ago": 91}, None),
    ("approve_step", {"supplier_edited_by": "u1"}, "SOD-04"),
    ("approve_step", {"payee_is_actor": True}, "SOD-05"),
    ("approve_step", {"earlier_steps_by": ["u1"]}, "SOD-07"),
    ("approve_step", {"actor_roles": ["AP_MANAGER", "POLICY_ADMIN"]}, "SOD-08"),
    ("approve_step", {"content_hash_changed_since_request": True}, "E.3"),
    ("accept_variance", {"po_buyer": "u1", "disputed": "100.00"}, None),
    ("accept_variance", {"po_buyer": "u1", "disputed": "100.01"}, "SOD-02"),
    ("accept_variance", {"po_buyer": "u1"}, "SOD-02"),
    ("accept_variance", {"receipt_posted_by": ["u1"], "code": "QTY_RETURNED"}, "SOD-03"),
    ("accept_variance", {"receipt_posted_by": ["u1"], "code": "PRICE_OVER"}, None),
    ("accept_variance", {"actor_roles": ["AUDITOR"]}, "SOD-08"),
    ("approve_bank_change", {}, "SOD-06"),
    ("approve_bank_change", {"bank_callback_by": "u2", "callback_number_source": "change_request"}, "SOD-06"),
    ("approve_bank_change", {"bank_callback_by": "u2", "callback_number_source": "master_before_request",
                             "clerk_of_invoice": "u1"}, "SOD-06"),
    ("approve_bank_change", {"bank_callback_by": "u2", "callback_number_source": "master_before_request"}, None),
    ("mark_not_duplicate", {"code": "DUP_EXACT", "proposed_by": "u2", "actor_roles": ["AP_SUPERVISOR"]}, None),
    ("mark_not_duplicate", {"code": "DUP_NUMBER", "proposed_by": "u1", "actor_roles": ["AP_SUPERVISOR"]}, "SOD-09"),
    ("mark_not_duplicate", {"code": "DUP_PROBABLE", "actor_roles": ["AP_CLERK"]}, None),
    ("approve_policy", {"policy_author": "u1"}, "SOD-10"),
    ("assign_role", {"target_roles": ["AP_MANAGER"], "new_role": "RECEIVING"}, "SOD-12"),
    ("assign_role", {"target_roles": ["BUYER"], "new_role": "RECEIVING"}, "SOD-12"),
    ("assign_role", {"target_roles": ["BUYER"], "new_role": "AP_CLERK"}, None),
    ("delegate_chain", {"actor_is_delegate": True}, "E.6"),
    ("delegate_chain", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("action", "facts", "rule"), DUTIES)
def test_duties(action: str, facts: dict[str, Any], rule: str | None) -> None:
    verdict = check(action, "u1", facts)
    assert (verdict.allowed, verdict.rule) == (rule is None, rule)


def test_duties_test_both_persons_and_refuse_unknown_actions() -> None:
    assert check("approve_step", "u9", {"earlier_steps_by": ["u1"]}, on_behalf_of="u1").rule == "SOD-07"
    assert check("approve_step", "SYSTEM", {"holds": 1}).rule == "SOD-11"
    with pytest.raises(InvalidInput):
        check("sing", "u1", {})


def test_primary_order_and_classes() -> None:
    assert min(PRIMARY_ORDER, key=rank) == "DOC_NOT_INVOICE"
    assert rank("NPO_CODING") < rank("LINE_AMBIGUOUS") < rank("SHIP_TO_MISMATCH")
    assert set(PRIMARY_ORDER) <= OWNERSHIP.keys()
    classes = {"DUP_EXACT": "S1", "DUP_NUMBER": "S2", "PO_CLOSED": "S3", "SUP_BLOCKED": "S4", "NPO_CODING": "S5",
               "QTY_OVER_ORDERED": "S3", "QTY_RETURNED": "S4", "PO_NOT_FOUND": "S2", "TAX_VARIANCE": "S4"}  # fmt: skip
    assert {code: sla_class(code).name for code in classes} == classes


def held(code: str, owner: str, line: str | None = None) -> Finding:
    return Finding(code, "hold", line, owner=owner)


def test_routing_gives_one_item_per_owner_and_queue_led_by_the_primary_code() -> None:
    findings = [held("PRICE_OVER", "BUYER", "2"), held("PO_EXPIRED", "BUYER"), held("SUP_BANK_CHANGE", "VENDOR_MASTER"),
                held("ARI_SUM", "AP_CLERK"), Finding("RCPT_MISSING", "wait", owner="RECEIVING")]  # fmt: skip
    routes = route(findings, Context(buyer="eve", dock="D1"), default_policy())
    assert [(r.queue, r.codes, r.lead) for r in routes] == [
        ("VENDOR_MASTER_BANK", ("SUP_BANK_CHANGE",), True),
        ("AP_INDEXING", ("ARI_SUM",), False),
        ("BUYER:eve", ("PO_EXPIRED", "PRICE_OVER"), False),
    ]
    assert routes[0].restricted
    assert routes[0].sla.name == "S1"
    assert not any(r.unroutable for r in routes)


def test_patient_data_moves_the_item_to_the_restricted_queue() -> None:
    (one,) = route([held("PRICE_OVER", "BUYER")], Context(phi=True, department="OR"), default_policy())
    assert (one.queue, one.restricted) == ("CLINICAL:OR", True)


def test_delegation() -> None:
    roles = {"boss": ["DEPT_DIRECTOR"], "cfo": ["FACILITY_CFO"], "clerk": ["AP_CLERK"]}
    good = Delegation("boss", "cfo", date(2026, 1, 1), date(2026, 3, 31), "leave", "boss")
    assert problems_of(good, roles) == []
    late = Delegation("boss", "clerk", date(2026, 1, 1), date(2026, 4, 1), " ", "clerk")
    assert len(problems_of(late, roles)) == 4
    assert problems_of(Delegation("cfo", "boss", date(2026, 1, 1), date(2026, 1, 2), "x", "cfo"), roles, [good])
    assert delegate_of("boss", date(2026, 3, 31), [good]) == "cfo"
    assert delegate_of("boss", date(2026, 4, 1), [good]) is None
