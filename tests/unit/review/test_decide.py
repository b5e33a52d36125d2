"""Every human action: what it changes, who may take it, and what refuses it (spec E.4, E.7, F.3)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipeline.domain.errors import InvalidInput, NotAllowed, StaleVersion
from pipeline.domain.events import Actor
from pipeline.domain.records import Approval
from pipeline.review import claims
from pipeline.review.decide import decide
from pipeline.review.decision import Decision, DecisionKind, Outcome
from tests.fakes.desk import Desk, build_desk

WHY = "Agreed with the buyer by phone."


@pytest.fixture
def desk() -> Desk:
    return build_desk()


def actor(desk: Desk, user: str) -> Actor:
    person = desk.accounts.people[user]
    return Actor("user", person.id, person.roles, name=person.name)


def act(desk: Desk, user: str, name: str, kind: DecisionKind, **values: object) -> Outcome:
    record = desk.record(name)
    item_id = values.pop("item_id", None)
    decision = Decision(kind, item_id=item_id, **values)
    return decide(desk.app, record.id, decision, actor=actor(desk, user), seen_version=record.version)


def refused(desk: Desk, user: str, name: str, kind: DecisionKind, **values: object) -> str:
    before = desk.record(name)
    with pytest.raises(NotAllowed) as refusal:
        act(desk, user, name, kind, **values)
    assert desk.record(name) == before, "a refusal changes nothing"
    assert {"sod.denied", "authz.denied"} & set(desk.actions(name)), "a refusal is an event"
    return refusal.value.rule


def hold(desk: Desk, name: str) -> tuple[tuple[str, str | None], ...]:
    match = desk.record(name).match
    assert match is not None
    return tuple((f.code, f.line) for f in match.holds)


class TestCorrections:
    def test_a_confirmed_value_clears_the_doubt(self, desk: Desk) -> None:
        outcome = act(desk, "clerk", "doubtful", DecisionKind.COMPLETE, confirmed=("invoice_number",))
        assert outcome.record.state == "AUTO_APPROVED"
        assert [(i.state, i.resolution_code, i.resolved_by) for i in desk.items("doubtful")] == [
            ("RESOLVED", "CONFIRMED_AS_READ", "clerk")
        ]

    def test_a_corrected_value_keeps_the_machines_beside_it(self, desk: Desk) -> None:
        outcome = act(desk, "clerk", "doubtful", DecisionKind.COMPLETE, fields={"invoice_number": " BW-20571 "})
        fix = outcome.record.corrections[0]
        assert (fix.field, fix.value, fix.machine_value, fix.by) == ("invoice_number", "BW-20571", "BW-20511", "clerk")
        assert outcome.record.invoice is not None
        assert outcome.record.invoice.invoice_number == "BW-20571"
        event = next(e for e in desk.store.state.events if str(e.draft.action) == "field.corrected")
        assert event.draft.diff == {"invoice_number": ["BW-20511", "BW-20571"]}

    def test_line_cells_rows_added_and_deleted(self, desk: Desk) -> None:
        fields = {
            "lines[0].unit_price": "9,57",
            "lines[1]": "",
            "lines[2].description": "Delivery",
            "lines[2].line_total": "5",
        }
        outcome = act(desk, "clerk", "price", DecisionKind.COMPLETE, fields=fields)
        assert outcome.record.invoice is not None
        lines = outcome.record.invoice.lines
        assert [str(line.unit_price) for line in lines] == ["9.57", "None"]
        assert [line.description for line in lines] == ["Glove exam nitrile small", "Delivery"]

    def test_what_is_no_number_or_field_is_refused_whole(self, desk: Desk) -> None:
        before = desk.record("price")
        for fields in ({"total": "12x"}, {"invoice_date": "31.31.2026"}, {"kind": "receipt"}, {"lines[0].secret": "1"}):
            with pytest.raises(InvalidInput):
                act(desk, "clerk", "price", DecisionKind.COMPLETE, fields={"invoice_number": "A1", **fields})
        assert desk.record("price") == before

    def test_bank_details_cannot_be_corrected_away(self, desk: Desk) -> None:
        assert refused(desk, "clerk", "bank", DecisionKind.COMPLETE, fields={"bank_account": "1655021872"}) == "SOD-06"

    def test_undo_takes_back_the_own_last_step(self, desk: Desk) -> None:
        act(desk, "clerk", "doubtful", DecisionKind.COMPLETE, fields={"invoice_number": "X-1"})
        assert refused(desk, "clerk2", "doubtful", DecisionKind.UNDO) == "F.2"
        outcome = act(desk, "clerk", "doubtful", DecisionKind.UNDO)
        assert outcome.record.state == "IN_REVIEW"
        assert outcome.record.corrections == ()

    def test_a_stale_version_changes_nothing(self, desk: Desk) -> None:
        record = desk.record("doubtful")
        act(desk, "clerk", "doubtful", DecisionKind.COMPLETE, fields={"invoice_number": "FIRST"})
        decision = Decision(DecisionKind.COMPLETE, fields={"invoice_number": "SECOND"})
        with pytest.raises(StaleVersion) as stale:
            decide(desk.app, record.id, decision, actor=actor(desk, "clerk2"), seen_version=record.version)
        assert stale.value.current == desk.record("doubtful").version

    def test_a_hold_that_is_no_doubt_cannot_be_confirmed_away(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput, match="confirmed away"):
            act(desk, "clerk", "duplicate", DecisionKind.COMPLETE, findings=(("DUP_EXACT", None),))

    def test_a_random_sample_is_confirmed_as_a_whole(self, desk: Desk) -> None:
        outcome = act(desk, "clerk", "clean", DecisionKind.COMPLETE, findings=(("QA_SAMPLE", None),))
        assert outcome.record.state == "AUTO_APPROVED"


class TestVariance:
    def test_buyer_accepts_up_to_100(self, desk: Desk) -> None:
        outcome = act(
            desk, "buyer", "price", DecisionKind.ACCEPT, findings=hold(desk, "price"), root_cause="PO_ERROR", reason=WHY
        )
        assert outcome.record.state == "AUTO_APPROVED"
        acceptance = outcome.record.acceptances[0]
        assert (acceptance.code, acceptance.kind, str(acceptance.amount)) == ("PRICE_OVER", "variance", "40.00")

    @pytest.mark.parametrize(("user", "rule"), [("clerk", "0.1"), ("auditor", "SOD-08"), ("admin", "SOD-08")])
    def test_who_never_may(self, desk: Desk, user: str, rule: str) -> None:
        values = {"findings": hold(desk, "price"), "root_cause": "PO_ERROR", "reason": WHY}
        assert refused(desk, user, "price", DecisionKind.ACCEPT, **values) == rule

    def test_above_authority(self, desk: Desk) -> None:
        act(desk, "clerk", "price", DecisionKind.COMPLETE, fields={"lines[0].unit_price": "20.00"})
        values = {"findings": hold(desk, "price"), "root_cause": "PO_ERROR", "reason": WHY}
        assert refused(desk, "supervisor", "price", DecisionKind.ACCEPT, **values) == "E.4"
        assert act(desk, "director", "price", DecisionKind.ACCEPT, **values).record.state == "AUTO_APPROVED"

    def test_who_corrected_may_not_accept(self, desk: Desk) -> None:
        act(desk, "supervisor", "price", DecisionKind.COMPLETE, fields={"invoice_number": "BW-20520A"})
        values = {"findings": hold(desk, "price"), "root_cause": "PO_ERROR", "reason": WHY}
        assert refused(desk, "supervisor", "price", DecisionKind.ACCEPT, **values) == "SOD-01"

    def test_who_posted_the_receipt_may_not_release_the_quantity(self, desk: Desk) -> None:
        desk.accounts.people["receiver"] = replace(
            desk.accounts.people["receiver"], roles=("RECEIVING", "DEPT_MANAGER")
        )
        values = {"findings": hold(desk, "quantity"), "root_cause": "RECEIVING_LATE", "reason": WHY}
        assert refused(desk, "receiver", "quantity", DecisionKind.ACCEPT, **values) == "SOD-03"

    def test_a_bank_change_is_accepted_by_nobody(self, desk: Desk) -> None:
        values = {"findings": hold(desk, "bank"), "root_cause": "OTHER", "reason": WHY}
        assert refused(desk, "cfo", "bank", DecisionKind.ACCEPT, **values) == "E.4"

    def test_a_grown_variance_comes_back(self, desk: Desk) -> None:
        values = {"findings": hold(desk, "price"), "root_cause": "PO_ERROR", "reason": WHY}
        act(desk, "buyer", "price", DecisionKind.ACCEPT, **values)
        desk.store.state.invoices[desk.ids["price"]] = replace(desk.record("price"), state="IN_REVIEW")
        outcome = act(desk, "clerk", "price", DecisionKind.COMPLETE, fields={"lines[0].unit_price": "11.00"})
        assert outcome.record.state == "IN_REVIEW"
        assert desk.item("price").reopened_count == 1

    def test_evidence_is_demanded(self, desk: Desk) -> None:
        findings = hold(desk, "price")
        for values in ({"reason": "too short"}, {"reason": WHY}, {"reason": WHY, "root_cause": "WHATEVER"}):
            with pytest.raises(InvalidInput):
                act(desk, "buyer", "price", DecisionKind.ACCEPT, findings=findings, **values)


class TestApprovals:
    def test_the_step_of_the_chain(self, desk: Desk) -> None:
        outcome = act(desk, "supervisor", "approval", DecisionKind.APPROVE)
        assert outcome.record.state == "APPROVED"
        assert outcome.record.approvals[0].content_hash == outcome.record.content_hash
        assert [topic for topic, _ in desk.store.state.outbox] == ["post"]
        assert {i.state for i in desk.items("approval")} == {"RESOLVED"}

    def test_only_the_role_of_the_step(self, desk: Desk) -> None:
        assert refused(desk, "clerk", "approval", DecisionKind.APPROVE) == "0.1"
        assert refused(desk, "cfo", "approval", DecisionKind.APPROVE) == "E.3"
        assert refused(desk, "admin", "approval", DecisionKind.APPROVE) == "SOD-08"

    def test_who_edited_the_supplier(self, desk: Desk) -> None:
        assert refused(desk, "supervisor", "edited_supplier", DecisionKind.APPROVE) == "SOD-04"

    def test_who_corrected(self, desk: Desk) -> None:
        act(desk, "supervisor", "approval", DecisionKind.COMPLETE, confirmed=("invoice_number",))
        assert refused(desk, "supervisor", "approval", DecisionKind.APPROVE) == "SOD-01"

    def test_one_person_two_steps(self, desk: Desk) -> None:
        act(desk, "clerk", "approval", DecisionKind.COMPLETE, fields={"total": "300000.00"})
        assert act(desk, "supervisor", "approval", DecisionKind.APPROVE).record.state == "AWAITING_APPROVAL"
        desk.accounts.people["supervisor"] = replace(desk.accounts.people["supervisor"], roles=("FACILITY_CFO",))
        assert refused(desk, "supervisor", "approval", DecisionKind.APPROVE) == "SOD-07"
        assert act(desk, "cfo", "approval", DecisionKind.APPROVE).record.state == "APPROVED"

    def test_a_change_after_the_first_step_voids_it(self, desk: Desk) -> None:
        act(desk, "clerk", "approval", DecisionKind.COMPLETE, fields={"total": "300000.00"})
        act(desk, "supervisor", "approval", DecisionKind.APPROVE)
        act(desk, "clerk", "approval", DecisionKind.COMPLETE, fields={"total": "400000.00"})
        assert desk.item("approval").owner_role == "AP_SUPERVISOR"
        assert refused(desk, "cfo", "approval", DecisionKind.APPROVE) == "E.3"

    def test_returned_to_the_clerks(self, desk: Desk) -> None:
        outcome = act(desk, "supervisor", "approval", DecisionKind.RETURN, reason="Which case was this for?")
        assert outcome.record.state == "IN_REVIEW"
        assert desk.item("approval").queue == "AP_EXCEPTIONS"
        assert all(a.voided or a.decision == "return" for a in outcome.record.approvals)

    def test_an_approval_of_other_content_does_not_count(self, desk: Desk) -> None:
        record = desk.record("approval")
        old = Approval(0, "AP_SUPERVISOR", "x", "approve", desk.clock.now(), "other", record.invoice.total, "USD")
        desk.store.state.invoices[record.id] = replace(record, approvals=(old,))
        assert act(desk, "supervisor", "approval", DecisionKind.APPROVE).record.state == "APPROVED"


class TestDuplicates:
    def test_confirmed(self, desk: Desk) -> None:
        outcome = act(desk, "clerk", "duplicate", DecisionKind.DUPLICATE, reason="Same delivery, same lines.")
        assert outcome.record.state == "DUPLICATE"
        assert desk.items("duplicate")[0].resolution_code == "DUPLICATE_CONFIRMED"

    def test_a_clerk_proposes_and_a_supervisor_decides(self, desk: Desk) -> None:
        act(desk, "clerk", "duplicate", DecisionKind.NOT_DUPLICATE, reason="Second delivery.")
        assert desk.record("duplicate").state == "IN_REVIEW"
        assert desk.item("duplicate").owner_role == "AP_SUPERVISOR"
        outcome = act(desk, "supervisor", "duplicate", DecisionKind.NOT_DUPLICATE, reason="Checked both packing slips.")
        assert outcome.record.state == "AUTO_APPROVED"

    def test_not_by_the_one_who_proposed(self, desk: Desk) -> None:
        act(desk, "clerk", "duplicate", DecisionKind.NOT_DUPLICATE, reason="Second delivery.")
        desk.accounts.people["clerk"] = replace(desk.accounts.people["clerk"], roles=("AP_SUPERVISOR",))
        assert refused(desk, "clerk", "duplicate", DecisionKind.NOT_DUPLICATE, reason="Indeed.") == "SOD-09"


CALL = {
    "contact": "Ann at Brightwater",
    "called_at": "2026-03-16 14:00",
    "reference": "T-1",
    "number_source": "master_before_request",
}


class TestBankChange:
    def test_two_persons_and_a_day(self, desk: Desk) -> None:
        assert refused(desk, "vendor2", "bank", DecisionKind.BANK_APPROVE) == "SOD-06"
        act(desk, "vendor1", "bank", DecisionKind.BANK_CALLBACK, evidence=CALL)
        desk.clock.tick(hours=25)
        assert refused(desk, "vendor1", "bank", DecisionKind.BANK_APPROVE) == "SOD-06"
        outcome = act(desk, "vendor2", "bank", DecisionKind.BANK_APPROVE)
        assert outcome.record.state == "AUTO_APPROVED"
        assert outcome.record.acceptances[0].kind == "bank_verified"

    def test_not_before_the_cooling_off_ends(self, desk: Desk) -> None:
        act(desk, "vendor1", "bank", DecisionKind.BANK_CALLBACK, evidence=CALL)
        desk.clock.tick(hours=23)
        assert refused(desk, "vendor2", "bank", DecisionKind.BANK_APPROVE) == "SOD-06"

    def test_a_number_from_the_request_itself_proves_nothing(self, desk: Desk) -> None:
        act(
            desk,
            "vendor1",
            "bank",
            DecisionKind.BANK_CALLBACK,
            evidence={**CALL, "number_source": "change_request"},
        )
        desk.clock.tick(hours=25)
        assert refused(desk, "vendor2", "bank", DecisionKind.BANK_APPROVE) == "SOD-06"

    def test_not_by_ones_own_report(self, desk: Desk) -> None:
        desk.accounts.people["vendor2"] = replace(desk.accounts.people["vendor2"], manager="vendor1")
        act(desk, "vendor1", "bank", DecisionKind.BANK_CALLBACK, evidence=CALL)
        desk.clock.tick(hours=25)
        assert refused(desk, "vendor2", "bank", DecisionKind.BANK_APPROVE) == "SOD-06"

    def test_a_supervisor_is_not_vendor_master(self, desk: Desk) -> None:
        assert refused(desk, "supervisor", "bank", DecisionKind.BANK_CALLBACK, evidence=CALL) == "0.1"


class TestOtherActions:
    def test_reject_tells_the_supplier_and_ends_the_work(self, desk: Desk) -> None:
        outcome = act(desk, "clerk", "no_po", DecisionKind.REJECT, reason="Please name our order.")
        assert outcome.record.state == "REJECTED"
        (topic, _), payload = next(iter(desk.store.state.outbox.items()))
        assert topic == "notice"
        assert "bank" not in str(payload)
        assert refused(desk, "clerk", "no_po", DecisionKind.REJECT, reason="Again.") == "F.1"

    def test_an_owner_rejects_only_where_the_code_permits_it(self, desk: Desk) -> None:
        assert refused(desk, "buyer", "price", DecisionKind.REJECT, reason="Too dear.") == "0.1"
        outcome = act(desk, "vendor1", "hostile", DecisionKind.REJECT, reason="Unknown supplier.")
        assert outcome.record.state == "REJECTED"

    def test_link_the_order(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput):
            act(desk, "clerk", "no_po", DecisionKind.LINK_PO, po_number="999")
        outcome = act(desk, "clerk", "no_po", DecisionKind.LINK_PO, po_number="4500119261")
        assert outcome.record.state == "AUTO_APPROVED"

    def test_hold_pauses_for_at_most_ten_business_days(self, desk: Desk) -> None:
        for until in (date(2026, 3, 16), date(2026, 4, 1)):
            with pytest.raises(InvalidInput):
                act(desk, "clerk", "no_po", DecisionKind.HOLD, reason="Asked the supplier.", until=until)
        act(desk, "clerk", "no_po", DecisionKind.HOLD, reason="Asked the supplier.", until=date(2026, 3, 30))
        assert desk.item("no_po").state == "PENDING_EXTERNAL"
        act(desk, "clerk", "no_po", DecisionKind.REPLY)
        assert desk.item("no_po").state == "OPEN"

    def test_escalate_and_note(self, desk: Desk) -> None:
        act(desk, "clerk", "no_po", DecisionKind.ESCALATE, reason="Nobody answers.")
        act(desk, "clerk", "no_po", DecisionKind.NOTE, reason="Called twice.")
        item = desk.item("no_po")
        assert item.sla_level == 1
        assert [note[2] for note in item.notes] == ["Nobody answers.", "Called twice."]

    def test_reassign_is_for_leads_and_never_moves_an_approval(self, desk: Desk) -> None:
        assert refused(desk, "clerk", "no_po", DecisionKind.REASSIGN, assignee="clerk2") == "0.1"
        act(desk, "supervisor", "no_po", DecisionKind.REASSIGN, assignee="clerk2")
        assert desk.item("no_po").assignee == "clerk2"
        with pytest.raises(InvalidInput):
            act(desk, "supervisor", "approval", DecisionKind.REASSIGN, queue="AP_INDEXING")

    def test_a_supervisor_says_it_is_an_invoice(self, desk: Desk) -> None:
        assert refused(desk, "clerk", "statement", DecisionKind.REOPEN, reason="Looks like one.") == "0.1"
        outcome = act(desk, "supervisor", "statement", DecisionKind.REOPEN, reason="It is an invoice.")
        assert outcome.record.state == "IN_REVIEW"

    def test_patient_data_is_corrected_by_the_clinical_department(self, desk: Desk) -> None:
        assert refused(desk, "clerk", "phi", DecisionKind.COMPLETE, confirmed=("invoice_number",)) == "H.6"
        outcome = act(desk, "clinic", "phi", DecisionKind.COMPLETE, confirmed=("invoice_number",))
        assert outcome.record.state == "AWAITING_APPROVAL"
        assert refused(desk, "clinic", "price", DecisionKind.COMPLETE) == "0.1"

    def test_withdraw_is_for_leads(self, desk: Desk) -> None:
        assert refused(desk, "clerk", "approval", DecisionKind.WITHDRAW, reason="Sent by mistake.") == "0.1"
        assert (
            act(desk, "manager", "approval", DecisionKind.WITHDRAW, reason="Sent by mistake.").record.state
            == "REJECTED"
        )


class TestClaims:
    def test_two_clerks_one_item(self, desk: Desk) -> None:
        item = desk.item("doubtful")
        claims.claim(desk.app, item.id, actor(desk, "clerk"))
        with pytest.raises(NotAllowed):
            claims.claim(desk.app, item.id, actor(desk, "clerk2"))
        values = {"item_id": item.id, "confirmed": ("invoice_number",)}
        assert refused(desk, "clerk2", "doubtful", DecisionKind.COMPLETE, **values) == "F.3"
        claims.claim(desk.app, item.id, actor(desk, "supervisor"), take_over=True)
        assert "item.lock_broken" in desk.actions("doubtful")
        assert not claims.heartbeat(desk.app, item.id, actor(desk, "clerk"))

    def test_a_lease_runs_out(self, desk: Desk) -> None:
        item = desk.item("doubtful")
        claims.claim(desk.app, item.id, actor(desk, "clerk"))
        desk.clock.tick(minutes=16)
        assert claims.claim(desk.app, item.id, actor(desk, "clerk2")).claimed_by == "clerk2"

    def test_get_next_gives_each_clerk_another(self, desk: Desk) -> None:
        first, second = (claims.claim_next(desk.app, actor(desk, user)) for user in ("clerk", "clerk2"))
        assert first is not None
        assert second is not None
        assert first.id != second.id

    def test_not_another_roles_queue(self, desk: Desk) -> None:
        assert claims.claim_next(desk.app, actor(desk, "clerk"), "VENDOR_MASTER_BANK") is None
        with pytest.raises(NotAllowed):
            claims.claim(desk.app, desk.item("bank").id, actor(desk, "supervisor"))
        with pytest.raises(NotAllowed):
            claims.claim(desk.app, desk.item("doubtful").id, actor(desk, "auditor"))

    def test_a_draft_survives_release(self, desk: Desk) -> None:
        item = desk.item("doubtful")
        claims.claim(desk.app, item.id, actor(desk, "clerk"))
        claims.save_draft(desk.app, item.id, actor(desk, "clerk"), {"invoice_number": "X"}, ["total"])
        claims.release(desk.app, item.id, actor(desk, "clerk"))
        assert desk.item("doubtful").draft["typed"]["fields"] == {"invoice_number": "X"}
        assert desk.item("doubtful").state == "OPEN"


def test_every_kind_of_decision_names_a_permission_and_is_done_somewhere() -> None:
    from pipeline.review import apply, work_items
    from pipeline.review import decide as module
    from pipeline.review.decision import NEEDS

    done = {*apply.CHANGES, *work_items._ACTS, *module._ENDS_AS, DecisionKind.APPROVE, DecisionKind.RETURN}
    assert set(NEEDS) == set(DecisionKind) == done
    assert timedelta(minutes=15) == claims.LEASE
