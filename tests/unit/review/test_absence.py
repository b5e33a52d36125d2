"""Somebody is away or gone: where the work goes, and that it never goes to who may not take it (spec E.6, E.5)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipeline.domain.errors import InvalidInput, NotAllowed
from pipeline.domain.events import Actor
from pipeline.domain.records import Correction, ReviewItem, User
from pipeline.review import claims, delegate
from pipeline.review.clock import stage, sweep
from pipeline.review.decide import decide
from pipeline.review.decision import Decision, DecisionKind, Outcome
from tests.fakes.desk import PASSWORD, Desk, build_desk


@pytest.fixture
def desk() -> Desk:
    found = build_desk()
    people = (
        User("supervisor", "Sam Supervisor", ("AP_SUPERVISOR",), manager="manager"),
        User("manager", "Morgan Manager", ("AP_MANAGER",), manager="cfo"),
    )
    for person in people:
        found.accounts.save_user(person, PASSWORD)
    return found


def actor(desk: Desk, user: str) -> Actor:
    person = desk.accounts.people[user]
    return Actor("user", person.id, person.roles, name=person.name)


def act(desk: Desk, user: str, name: str, kind: DecisionKind, **values: object) -> Outcome:
    record = desk.record(name)
    decision = Decision(kind, **values)
    return decide(desk.app, record.id, decision, actor=actor(desk, user), seen_version=record.version)


def away(desk: Desk, who: str, days: int = 10, to: str = "", **more: object) -> None:
    today = desk.clock.today()
    end = today + timedelta(days=days)
    delegate.create(
        desk.app, actor(desk, who), delegator=who, delegate=to, start=today, end=end, reason="on leave", **more
    )  # fmt: skip


def item(desk: Desk) -> ReviewItem:
    return desk.item("approval")


def gone(desk: Desk, who: str) -> None:
    desk.accounts.save_user(replace(desk.accounts.people[who], active=False))


def test_who_is_here_keeps_his_step(desk: Desk) -> None:
    before = item(desk)
    assert "to the manager" not in sweep(desk.app)
    assert (item(desk).queue, item(desk).assignee) == (before.queue, None)


def test_after_a_business_day_the_step_goes_to_the_manager(desk: Desk) -> None:
    away(desk, "supervisor")
    sweep(desk.app)
    assert item(desk).assignee is None, "not before a business day"
    with pytest.raises(NotAllowed):
        act(desk, "manager", "approval", DecisionKind.APPROVE)
    desk.clock.tick(days=1)
    assert sweep(desk.app)["to the manager"] == 2, "both approvals of the sample"
    assert item(desk).assignee == "manager"
    act(desk, "manager", "approval", DecisionKind.APPROVE)
    given = desk.record("approval").approvals[-1]
    assert (given.approver, given.role, desk.record("approval").state) == ("manager", "AP_SUPERVISOR", "APPROVED")


def test_a_stand_in_makes_it_unnecessary(desk: Desk) -> None:
    away(desk, "supervisor", to="manager")
    desk.clock.tick(days=4)
    sweep(desk.app)
    assert item(desk).assignee is None


def test_a_manager_whom_a_duty_forbids_is_passed_over(desk: Desk) -> None:
    """The manager corrected the total, so the step goes on to the last resort, with an alert; nobody approves by time."""
    record = desk.record("approval")
    with desk.app.unit_of_work() as work:
        fix = Correction("total", "31200.00", "31200.00", "manager", desk.clock.now())
        desk.app.rematch(work, replace(record, corrections=(fix,)), "manual")
        work.commit()
    away(desk, "supervisor")
    desk.clock.tick(days=1)
    assert sweep(desk.app)["no approver"] == 1
    assert (item(desk).queue, item(desk).owner_role) == ("APPROVALS:FACILITY_CFO", "FACILITY_CFO")
    assert "item.escalated" in desk.actions("approval")
    assert desk.record("approval").state == "AWAITING_APPROVAL"
    act(desk, "cfo", "approval", DecisionKind.APPROVE)
    assert desk.record("approval").state == "APPROVED"


def test_who_is_gone_holds_nothing_and_at_once(desk: Desk) -> None:
    claims.claim(desk.app, desk.item("doubtful").id, actor(desk, "clerk"))
    claims.claim(desk.app, item(desk).id, actor(desk, "supervisor"))
    gone(desk, "clerk")
    gone(desk, "supervisor")
    sweep(desk.app)
    assert (desk.item("doubtful").state, desk.item("doubtful").claimed_by) == ("OPEN", None)
    assert item(desk).assignee == "manager"
    assert "item.released" in desk.actions("doubtful")


def test_a_step_is_never_given_to_who_may_not_take_it(desk: Desk) -> None:
    desk.accounts.save_user(User("lead2", "Lee Lead", ("AP_SUPERVISOR",)), PASSWORD)
    for name in ("clerk", "nobody", "buyer"):
        with pytest.raises(InvalidInput):
            act(desk, "manager", "approval", DecisionKind.REASSIGN, item_id=item(desk).id, assignee=name)
    away(desk, "lead2")
    with pytest.raises(InvalidInput, match="away"):
        act(desk, "manager", "approval", DecisionKind.REASSIGN, item_id=item(desk).id, assignee="lead2")
    act(desk, "manager", "approval", DecisionKind.REASSIGN, item_id=item(desk).id, assignee="supervisor")
    assert item(desk).assignee == "supervisor"


@pytest.mark.parametrize(("scope", "fits"), [(("ORTHO",), True), (("ORTHO", "ICU"), True), (("ICU",), False)])
def test_a_stand_in_for_a_department_decides_there_only(desk: Desk, scope: tuple[str, ...], fits: bool) -> None:
    orders = desk.store.masters.orders
    desk.store.masters.orders = [replace(o, department="ORTHO") if o.number == "4500118692" else o for o in orders]
    away(desk, "supervisor", to="manager", departments=scope)
    if fits:
        act(desk, "manager", "approval", DecisionKind.APPROVE, on_behalf_of="supervisor")
        assert desk.record("approval").state == "APPROVED"
    else:
        with pytest.raises(NotAllowed) as refused:
            act(desk, "manager", "approval", DecisionKind.APPROVE, on_behalf_of="supervisor")
        assert refused.value.rule == "E.6"


def test_a_pause_ends_by_itself_and_does_not_count(desk: Desk) -> None:
    before = desk.item("doubtful")
    until = desk.clock.today() + timedelta(days=3)
    act(desk, "clerk", "doubtful", DecisionKind.HOLD, item_id=before.id, until=until, reason="asked the supplier")
    assert sweep(desk.app).get("woken") is None
    desk.clock.tick(days=3)
    assert sweep(desk.app)["woken"] == 1
    back = desk.item("doubtful")
    assert (back.state, back.paused_until, back.assignee) == ("OPEN", None, "clerk")
    assert before.due_at is not None
    assert back.due_at is not None
    assert back.due_at - before.due_at >= timedelta(days=3)


def test_each_stage_of_the_clock_is_told_once(desk: Desk) -> None:
    desk.clock.tick(days=2)
    sweep(desk.app)
    told = desk.actions("doubtful").count("sla.breached")
    assert told == 1
    level = desk.item("doubtful").sla_level
    assert level >= 1
    sweep(desk.app)
    assert desk.actions("doubtful").count("sla.breached") == 1
    assert desk.record("doubtful").state == "IN_REVIEW", "time decides nothing"


def test_an_absence_has_sensible_dates(desk: Desk) -> None:
    today = desk.clock.today()
    for start, end in (
        (today, today - timedelta(days=1)),
        (date(2020, 1, 1), date(2020, 1, 5)),
        (today, today + timedelta(days=99)),
    ):
        with pytest.raises(InvalidInput):
            delegate.create(
                desk.app, actor(desk, "supervisor"), delegator="supervisor", delegate="", start=start, end=end, reason="x y"
            )  # fmt: skip
    with pytest.raises(InvalidInput):
        delegate.create(
            desk.app, actor(desk, "director"), delegator="supervisor", delegate="", start=today, end=today, reason="x y"
        )  # fmt: skip


def test_stages_run_in_business_hours(desk: Desk) -> None:
    opened = item(desk).opened_at
    due = item(desk).due_at
    assert due is not None
    assert stage(opened, due, opened) == 0
    assert stage(opened, due, due) == 3
