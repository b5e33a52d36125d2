"""Taking back one's own last decision, before anything is posted (spec F.1, F.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain.errors import NotAllowed
from pipeline.domain.events import Actor
from pipeline.process.notices import dispatch_notices
from pipeline.review.decide import decide
from pipeline.review.decision import Decision, DecisionKind, Outcome
from tests.fakes.desk import Desk, build_desk

WHY = "Agreed with the buyer by phone."


@pytest.fixture
def desk() -> Desk:
    return build_desk()


def act(desk: Desk, user: str, name: str, kind: DecisionKind, **values: object) -> Outcome:
    person, record = desk.accounts.people[user], desk.record(name)
    decision = Decision(kind, **values)
    return decide(
        desk.app, record.id, decision, actor=Actor("user", person.id, person.roles), seen_version=record.version
    )


def undo(desk: Desk, user: str, name: str) -> Outcome:
    return act(desk, user, name, DecisionKind.UNDO)


def refusal(desk: Desk, user: str, name: str) -> str:
    with pytest.raises(NotAllowed) as refused:
        undo(desk, user, name)
    return refused.value.message


def test_an_accepted_variance_comes_back_as_a_hold(desk: Desk) -> None:
    pairs = tuple((f.code, f.line) for f in desk.record("price").match.holds)
    act(desk, "buyer", "price", DecisionKind.ACCEPT, findings=pairs, root_cause="PO_ERROR", reason=WHY)
    assert desk.record("price").state == "AUTO_APPROVED"
    outcome = undo(desk, "buyer", "price")
    assert (outcome.record.state, outcome.record.acceptances, outcome.record.steps) == ("IN_REVIEW", (), ())
    assert desk.item("price").reopened_count == 1
    event = [e for e in desk.store.state.events if str(e.draft.action) == "decision.undone"][-1]
    assert event.draft.diff == {"PRICE_OVER line 1": ["variance", "hold"]}


def test_a_link_and_a_correction_are_taken_back_one_by_one(desk: Desk) -> None:
    act(desk, "clerk", "no_po", DecisionKind.COMPLETE, fields={"due_date": "2026-05-01"})
    act(desk, "clerk", "no_po", DecisionKind.LINK_PO, po_number="4500119261")
    assert undo(desk, "clerk", "no_po").record.po_link is None
    assert len(desk.record("no_po").corrections) == 1
    assert undo(desk, "clerk", "no_po").record.corrections == ()
    assert refusal(desk, "clerk", "no_po") == "You decided nothing here."


def test_nobody_pulls_away_what_others_built_upon(desk: Desk) -> None:
    act(desk, "clerk", "two_doubts", DecisionKind.COMPLETE, fields={"invoice_date": "2026-03-04"})
    act(desk, "clerk2", "two_doubts", DecisionKind.COMPLETE, fields={"due_date": "2026-05-01"})
    assert refusal(desk, "clerk", "two_doubts") == "The last decision here is not yours."


def test_an_approval_is_voided_and_the_step_asked_again(desk: Desk) -> None:
    act(desk, "supervisor", "approval", DecisionKind.APPROVE)
    assert desk.record("approval").state == "APPROVED"
    outcome = undo(desk, "supervisor", "approval")
    assert outcome.record.state == "AWAITING_APPROVAL"
    assert [a.voided for a in outcome.record.approvals] == [True]
    assert desk.item("approval").kind == "approval"
    act(desk, "supervisor", "approval", DecisionKind.APPROVE)
    assert desk.record("approval").state == "APPROVED"


def test_what_is_being_posted_stays(desk: Desk) -> None:
    act(desk, "supervisor", "approval", DecisionKind.APPROVE)
    with desk.app.unit_of_work() as work:
        work.save_invoice(replace(desk.record("approval"), state="POSTING"))
        work.commit()
    assert "POSTING" in refusal(desk, "supervisor", "approval")


def test_a_hold_of_ones_own_is_taken_back(desk: Desk) -> None:
    item, until = desk.item("doubtful").id, desk.clock.today() + timedelta(days=3)
    act(desk, "clerk", "doubtful", DecisionKind.HOLD, item_id=item, until=until, reason="asked the supplier")
    assert desk.item("doubtful").state == "PENDING_EXTERNAL"
    with pytest.raises(NotAllowed):
        act(desk, "clerk2", "doubtful", DecisionKind.UNDO, item_id=item)
    act(desk, "clerk", "doubtful", DecisionKind.UNDO, item_id=item)
    assert (desk.item("doubtful").state, desk.item("doubtful").paused_until) == ("OPEN", None)


@pytest.mark.parametrize(("kind", "name"), [(DecisionKind.REJECT, "no_po"), (DecisionKind.DUPLICATE, "duplicate")])
def test_an_end_is_opened_again_as_a_new_linked_invoice(desk: Desk, kind: DecisionKind, name: str) -> None:
    act(desk, "clerk", name, DecisionKind.COMPLETE, fields={"due_date": "2026-05-01"})
    act(desk, "clerk", name, kind, reason="It was billed before.")
    old = desk.record(name)
    assert "not yours" in refusal(desk, "clerk2", name)
    fresh = undo(desk, "clerk", name).record
    assert fresh.id != old.id
    assert (fresh.state, fresh.reopened_from, len(fresh.corrections)) == ("IN_REVIEW", old.id, 1)
    assert (fresh.acceptances, fresh.approvals, fresh.document_id) == ((), (), old.document_id)
    assert desk.app.queries.pages(fresh.id) == desk.app.queries.pages(old.id)
    gone = desk.record(name)
    assert (gone.state, gone.reopened_as) == (old.state, fresh.id)
    assert "opened again" in refusal(desk, "clerk", name)
    with pytest.raises(NotAllowed):
        act(desk, "supervisor", name, DecisionKind.REOPEN, reason="once more")


def test_a_supervisor_opens_anybodys_end_again(desk: Desk) -> None:
    act(desk, "clerk", "no_po", DecisionKind.REJECT, reason="no order")
    with pytest.raises(NotAllowed):
        act(desk, "clerk2", "no_po", DecisionKind.REOPEN, reason="it has one")
    fresh = act(desk, "supervisor", "no_po", DecisionKind.REOPEN, reason="it has one").record
    assert fresh.reopened_from == desk.ids["no_po"]


def test_the_suppliers_mail_is_not_sent_for_a_rejection_taken_back(desk: Desk) -> None:
    from pipeline.domain.records import OutboxMessage

    act(desk, "clerk", "no_po", DecisionKind.REJECT, reason="no order")
    payload = next(body for (topic, _), body in desk.store.state.outbox.items() if topic == "notice")
    undo(desk, "clerk", "no_po")
    done: list[int] = []

    class OneNotice:
        def lease(self, topics: object, limit: int, seconds: int) -> list[OutboxMessage]:
            return [OutboxMessage(7, "notice", "k", payload)]

        def done(self, message_id: int) -> None:
            done.append(message_id)

    app = replace(desk.app, outbox=OneNotice())
    assert dispatch_notices(app, 5, lambda now, message, problem: None) == {"notice taken back": 1}
    assert (done, desk.sent) == ([7], [])
