"""What the desk does by page, done by program: claims, several at once, views, the policy's two persons, the log."""

from rules.load import DEFAULT_PATH
from tests.fakes.desk import PASSWORD, PEOPLE
from tests.functional.web.client import Visitor


def program(visitor: Visitor, user: str) -> Visitor:
    """Somebody with a bearer token and no cookie."""
    other = visitor.another()
    token = other.http.post("/api/v1/tokens", json={"user": user, "password": PASSWORD}).json()["token"]
    other.http.headers["authorization"] = f"Bearer {token}"
    return other


def test_a_claim_is_taken_held_lost_and_given_back() -> None:
    first = Visitor()
    clerk, second, lead = (program(first, user) for user in ("clerk", "clerk2", "supervisor"))
    item = f"/api/v1/items/{first.desk.item('doubtful').id}"
    assert clerk.post(f"{item}/claim").json()["claimed_by"] == "clerk"
    assert clerk.http.put(f"{item}/draft", json={"fields": {"invoice_number": "X"}}).json() == {"saved": True}
    assert second.post(f"{item}/claim").status_code == 403
    assert second.post(f"{item}/takeover").json()["rule"] == "0.1"
    assert lead.post(f"{item}/takeover").json()["claimed_by"] == "supervisor"
    assert clerk.post(f"{item}/heartbeat").json() == {"mine": False}
    assert lead.http.delete(f"{item}/claim").status_code == 204
    assert first.desk.item("doubtful").state == "OPEN"


def test_several_at_once_are_previewed_and_done_each_on_its_own() -> None:
    first = Visitor()
    clerk = program(first, "clerk")
    names = ("doubtful", "price")
    wanted = {"action": "note", "items": [first.desk.item(name).id for name in names], "value": "asked"}
    rows = clerk.post("/api/v1/queue/bulk/preview", json=wanted).json()["rows"]
    assert first.desk.item("doubtful").notes == (), "nothing is done by looking"
    chosen = [{"item_id": row["item_id"], "version": row["version"]} for row in rows]
    done = clerk.post("/api/v1/queue/bulk", json={"action": "note", "chosen": chosen, "value": "asked"}).json()["rows"]
    assert len(done) == 2
    assert [note[2] for note in first.desk.item("doubtful").notes] == ["asked"]


def test_views_are_ones_own() -> None:
    first = Visitor()
    clerk = program(first, "clerk")
    assert clerk.http.put("/api/v1/views/mine", json={"query": "queue=AP&x=1"}).json()["query"] == "queue=AP"
    assert program(first, "clerk2").get("/api/v1/views").json() == {"views": []}
    assert clerk.http.delete("/api/v1/views/mine").status_code == 204
    assert clerk.get("/api/v1/views").json() == {"views": []}


def test_a_policy_takes_two_persons() -> None:
    first = Visitor()
    author, manager = program(first, "admin"), program(first, "manager")
    text = DEFAULT_PATH.read_text(encoding="utf-8").replace('version = "', 'version = "9.', 1)
    today = first.desk.clock.today().isoformat()
    made = author.post("/api/v1/policy/versions", json={"text": text, "effective_from": today, "note": "dearer"})
    assert made.status_code == 201, made.text
    place = f"/api/v1/policy/versions/{made.json()['number']}"
    assert author.post(f"{place}/verdict", json={"verdict": "activate"}).status_code == 403
    assert manager.get(place).json()["changes"]
    assert manager.post(f"{place}/verdict", json={"verdict": "activate"}).json()["state"] == "ACTIVE"
    assert manager.post("/api/v1/policy/versions", json={"text": "x = 1"}).status_code in (403, 422)
    wrong = author.post("/api/v1/policy/simulations", json={"text": "x = 1"})
    assert (wrong.status_code, bool(wrong.json()["errors"])) == (422, True)


def test_the_log_the_team_and_the_inbox() -> None:
    first = Visitor()
    found = program(first, "auditor").get("/api/v1/events?action=document.received").json()
    assert {row["action"] for row in found["events"]} == {"document.received"}
    lead = program(first, "supervisor")
    assert any(person["id"] == "clerk" for person in lead.get("/api/v1/team").json()["people"])
    step = first.desk.item("approval").owner_role
    person = next(p for p in PEOPLE if step in p.roles)
    assert program(first, person.id).get("/api/v1/approvals").json()["items"]
    assert program(first, "clerk").get("/api/v1/team").status_code == 403
