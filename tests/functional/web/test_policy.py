"""The policy page: compare, simulate, propose, and a second person activates."""

from datetime import date

import pytest

from pipeline.review.policies import difference, parse_policy
from rules.load import DEFAULT_PATH
from tests.functional.web.client import Visitor

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
CHANGED = 'pricing_date_basis = "invoice_date"\n' + "\n".join(
    line for line in TEXT.splitlines() if not line.startswith("pricing_date_basis")
)


@pytest.fixture
def admin() -> Visitor:
    return Visitor().log_in("admin")


def proposed(admin: Visitor) -> str:
    day = admin.desk.clock.today().isoformat()
    answer = admin.post("/policy/propose", data={"text": CHANGED, "effective_from": day, "note": "by invoice date"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_difference_names_setting_and_both_values() -> None:
    changes = difference(parse_policy(TEXT), parse_policy(CHANGED))
    assert changes == [("pricing_date_basis", "order_date", "invoice_date")]


def test_compare_and_simulate_keep_nothing(admin: Visitor) -> None:
    answer = admin.post("/policy/compare", files={"file": ("p.toml", CHANGED.encode())}, data={"simulate": "true"})
    assert answer.status_code == 200
    assert "pricing_date_basis" in answer.text
    assert "PRICE_OVER gone" in answer.text
    with admin.desk.app.unit_of_work() as work:
        assert not work.desk.policy_versions()


def test_mistakes_are_named(admin: Visitor) -> None:
    answer = admin.post("/policy/compare", files={"file": ("p.toml", b'pricing_date_basis = "never"\nno_such = 1\n')})
    assert answer.status_code == 422
    assert "pricing_date_basis" in answer.text
    assert admin.post("/policy/compare", files={"file": ("p.toml", b"\xff\xfe\x00")}).status_code == 422


def test_a_second_person_activates(admin: Visitor) -> None:
    place = proposed(admin)
    assert admin.post(f"{place}/decide", data={"verdict": "activate"}).status_code == 403
    manager = admin.another().log_in("manager")
    assert "Activate" in manager.get(place).text
    assert manager.post(f"{place}/decide", data={"verdict": "activate", "comment": "agreed"}).status_code == 303
    assert manager.post(f"{place}/decide", data={"verdict": "activate"}).status_code == 403
    with admin.desk.app.unit_of_work() as work:
        version = work.desk.policy_in_force(admin.desk.clock.today())
        assert version is not None
        assert (version.author, version.approver) == ("admin", "manager")
        assert work.desk.policy_in_force(date(2020, 1, 1)) is None
    actions = [str(e.draft.action) for e in admin.desk.store.state.events if e.draft.object_type == "policy"]
    assert actions == ["policy.proposed", "policy.approved", "policy.activated"]


def test_the_author_never_activates_his_own(admin: Visitor) -> None:
    """Even with both roles (SOD-10)."""
    both = admin.desk.accounts.people["admin"]
    admin.desk.accounts.save_user(type(both)("both", "Both Roles", ("POLICY_ADMIN", "AP_MANAGER")), "demo-desk-2026")
    visitor = admin.another().log_in("both")
    place = proposed(visitor)
    answer = visitor.post(f"{place}/decide", data={"verdict": "activate"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["rule"]) == (403, "SOD-10")
    assert any(str(e.draft.action) == "sod.denied" for e in admin.desk.store.state.events)


def test_never_in_the_past(admin: Visitor) -> None:
    data = {"text": CHANGED, "effective_from": "2020-01-01", "note": "late"}
    assert admin.post("/policy/propose", data=data).status_code == 422


def test_a_running_desk_takes_up_an_activated_policy(admin: Visitor) -> None:
    """Without a restart, from the next request on; what is planned for later waits for its day."""
    assert f"<b>{admin.desk.app.policy.hash}" not in admin.get("/policy").text
    manager, place = admin.another().log_in("manager"), proposed(admin)
    before = manager.get("/policy").text
    manager.post(f"{place}/decide", data={"verdict": "activate", "comment": "agreed"})
    after = manager.get("/policy").text
    new = parse_policy(CHANGED).hash
    assert new not in before.split('class="mono">')[1].split("</span>")[0]
    assert after.split('class="mono">')[1].split("</span>")[0] == new
    assert "APDESK_POLICY" not in after
