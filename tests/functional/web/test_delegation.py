"""Standing in: scope, dates, no chains, and segregation of duties for both persons (spec E.6, E.7)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.records import User
from tests.fakes.desk import PASSWORD, Desk, build_desk
from tests.functional.web.client import Visitor


@pytest.fixture
def desk() -> Desk:
    found = build_desk()
    for person in (User("lead2", "Lee Lead", ("AP_SUPERVISOR",)), User("mate", "Mo Mate", ("AP_MANAGER",))):
        found.accounts.save_user(person, PASSWORD)
    return found


def create(visitor: Visitor, to: str, days: int = 5, **more: Any) -> Any:
    today = visitor.desk.clock.today()
    data = {"to": to, "start": str(today), "end": str(today + timedelta(days=days)), "reason": "on leave", **more}
    return visitor.post("/delegations", data=data, headers={"accept": "application/json"})


def test_the_stand_in_approves_and_both_names_are_kept(desk: Desk) -> None:
    lead = Visitor(desk).log_in("supervisor")
    chain = desk.record("approval").match
    assert chain is not None
    assert chain.approval_chain[0] == "AP_SUPERVISOR"
    manager = lead.another().log_in("manager")
    assert manager.decide("approval", "approve", on_behalf_of="supervisor").json()["rule"] == "E.6"
    assert create(lead, "manager").status_code == 303
    assert "approval" in manager.item_page("approval").text
    assert desk.item("approval").id in manager.get("/approvals").text
    assert manager.decide("approval", "approve").status_code == 403
    answer = manager.decide("approval", "approve", on_behalf_of="supervisor")
    assert answer.status_code == 200, answer.text
    given = desk.record("approval").approvals[-1]
    assert (given.approver, given.on_behalf_of) == ("manager", "supervisor")


def test_the_duties_look_at_both(desk: Desk) -> None:
    """The supervisor edited this supplier: no stand-in of hers approves its invoice either (SOD-04)."""
    lead = Visitor(desk).log_in("supervisor")
    assert create(lead, "lead2").status_code == 303
    refused = lead.another().log_in("lead2").decide("edited_supplier", "approve", on_behalf_of="supervisor")
    assert (refused.status_code, refused.json()["rule"]) == (403, "SOD-04")


def test_limit_and_end_count(desk: Desk) -> None:
    lead = Visitor(desk).log_in("supervisor")
    assert create(lead, "manager", limit="10.00").status_code == 303
    manager = lead.another().log_in("manager")
    assert manager.decide("approval", "approve", on_behalf_of="supervisor").json()["rule"] == "E.6"
    with desk.app.unit_of_work() as work:
        one = work.desk.delegations("manager")[0]
    assert one.limit == Decimal("10.00")
    assert lead.post(f"/delegations/{one.id}/end").status_code == 303
    assert create(lead, "manager").status_code == 303
    desk.clock.tick(days=7)
    manager = lead.another().log_in("manager")
    assert manager.decide("approval", "approve", on_behalf_of="supervisor").json()["rule"] == "E.6"


@pytest.mark.parametrize(
    ("to", "days", "words"),
    [("supervisor", 5, "himself"), ("manager", 100, "90 days"), ("clerk", 5, "higher role"), ("nobody", 5, "nobody who"),
     ("auditor", 5, "higher role")],
)  # fmt: skip
def test_what_may_not_be_made(desk: Desk, to: str, days: int, words: str) -> None:
    answer = create(Visitor(desk).log_in("supervisor"), to, days)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_no_chains_from_either_end(desk: Desk) -> None:
    lead, manager = Visitor(desk).log_in("supervisor"), Visitor(desk).log_in("manager")
    assert create(lead, "manager").status_code == 303
    assert "cannot delegate" in create(manager, "mate").json()["detail"]
    other = Visitor(desk).log_in("lead2")
    assert "has a stand-in" in create(other, "supervisor").json()["detail"]


def test_only_one_s_own_authority(desk: Desk) -> None:
    assert create(Visitor(desk).log_in("lead2"), "manager", by="supervisor").status_code == 422
    assert create(Visitor(desk).log_in("buyer"), "clerk", explicit="true").json()["rule"] == "E.6"


def test_corrections_are_never_delegated(desk: Desk) -> None:
    lead = Visitor(desk).log_in("supervisor")
    create(lead, "manager")
    answer = lead.another().log_in("manager").decide(
        "doubtful", "complete", fields={"invoice_number": "X1"}, on_behalf_of="supervisor"
    )  # fmt: skip
    assert (answer.status_code, answer.json()["rule"]) == (403, "E.6")
