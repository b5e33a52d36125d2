"""A clerk's, an approver's and a portal's day by HTTP."""

import pytest

from tests.functional.web.client import Visitor


@pytest.fixture
def clerk() -> Visitor:
    return Visitor().log_in("clerk")


class TestQueue:
    def test_shows_own_work_in_words(self, clerk: Visitor) -> None:
        text = clerk.get("/queue").text
        assert "Not sure what was read" in text
        assert "Bank account not on file" not in text

    def test_filters_and_sorts(self, clerk: Visitor) -> None:
        assert "BW-20441" in clerk.get("/queue?q=20441").text
        assert "BW-20511" not in clerk.get("/queue?q=20441").text
        for sort in ("priority", "due", "amount", "age", "nonsense"):
            assert clerk.get(f"/queue?sort={sort}").status_code == 200
        assert "BW-20511" not in clerk.get("/queue?queue=AP_DUPLICATES").text

    def test_next_claims_and_the_owner_is_seen(self, clerk: Visitor) -> None:
        answer = clerk.post("/queue/next")
        assert answer.status_code == 303
        other = clerk.another().log_in("clerk2")
        assert '<span class="tag claimed">clerk</span>' in other.get("/queue").text
        assert "clerk is working on this item." in other.get(answer.headers["location"]).text
        assert other.post(answer.headers["location"] + "/takeover").status_code == 403
        lead = clerk.another().log_in("supervisor")
        assert lead.post(answer.headers["location"] + "/takeover").status_code == 303


class TestItem:
    def test_says_why_and_what_it_is_compared_with(self) -> None:
        buyer = Visitor().log_in("buyer")
        text = buyer.item_page("price").text
        assert "Price 10.57 instead of 9.57: 40 x 1.00 = 40.00 over." in text
        assert "2 % and 50.00 per line" in text
        assert "from system policy" in text.replace('<span class="muted">', "").replace("</span>", "")

    def test_forbidden_actions_name_their_rule(self) -> None:
        supervisor = Visitor().log_in("supervisor")
        text = supervisor.item_page("edited_supplier").text
        assert 'data-act="approve"' not in text
        assert "SOD-04" in text

    def test_duplicate_twin_side_by_side(self, clerk: Visitor) -> None:
        text = clerk.item_page("duplicate").text
        assert "Possible duplicate" in text
        assert "2026-03-01" in text

    def test_correct_and_rematch(self, clerk: Visitor) -> None:
        answer = clerk.decide("doubtful", "complete", fields={"invoice_number": "BW-20571"})
        assert answer.status_code == 200
        assert answer.json()["state"] == "AUTO_APPROVED"
        assert answer.json()["message"] == "Clean: approved by policy."

    def test_a_wrong_value_is_told_in_words(self, clerk: Visitor) -> None:
        answer = clerk.decide("doubtful", "complete", fields={"total": "many"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert "is no number" in answer.json()["detail"]

    def test_a_refusal_names_the_rule(self) -> None:
        supervisor = Visitor().log_in("supervisor")
        answer = supervisor.decide("edited_supplier", "approve")
        assert (answer.status_code, answer.json()["rule"]) == (403, "SOD-04")

    def test_a_stale_save_gets_the_difference(self, clerk: Visitor) -> None:
        seen = clerk.desk.record("doubtful").version
        other = clerk.another().log_in("clerk2")
        assert other.decide("doubtful", "complete", fields={"invoice_number": "THEIRS"}).status_code == 200
        answer = clerk.decide("doubtful", "complete", version=seen, fields={"invoice_number": "MINE"})
        assert answer.status_code == 409
        change = next(c for c in answer.json()["changes"] if c["field"] == "invoice_number")
        assert (change["before"], change["theirs"], change["yours"], change["by"]) == (
            "BW-20511",
            "THEIRS",
            "MINE",
            "Robin Clerk",
        )
        assert clerk.desk.record("doubtful").invoice.invoice_number == "THEIRS"

    def test_a_draft_is_kept(self, clerk: Visitor) -> None:
        item = clerk.desk.item("doubtful")
        body = {"fields": {"invoice_number": "HALF"}, "confirmed": []}
        assert clerk.post(f"/items/{item.id}/draft", json=body).status_code == 200
        assert "HALF" in clerk.item_page("doubtful").text

    def test_an_unread_file_says_why(self, clerk: Visitor) -> None:
        assert "too faint to read" in clerk.item_page("unreadable").text

    def test_the_story_tells_it_all(self, clerk: Visitor) -> None:
        clerk.decide("doubtful", "complete", fields={"invoice_number": "BW-20571"})
        text = clerk.get(f"/invoices/{clerk.desk.ids['doubtful']}/story").text
        assert "Document received" in text
        assert "<del>BW-20511</del> → <ins>BW-20571</ins>" in text
        assert "Hold resolved" in text


class TestPortal:
    def test_upload_and_the_same_again(self, clerk: Visitor) -> None:
        files = {"files": ("a.pdf", b"%PDF-1.7 hello", "application/pdf")}
        assert "Received" in clerk.post("/upload", files=files).text
        assert "Already here" in clerk.post("/upload", files=files).text

    def test_an_empty_file_is_one_row_with_its_reason(self, clerk: Visitor) -> None:
        files = [("files", ("a.pdf", b"", "application/pdf")), ("files", ("b.pdf", b"good", "application/pdf"))]
        text = clerk.post("/upload", files=files).text
        assert "The file is empty." in text
        assert "b.pdf" in text

    def test_api_idempotency(self, clerk: Visitor) -> None:
        headers = {"idempotency-key": "k1"}
        post = {"files": {"file": ("a.pdf", b"one", "application/pdf")}, "headers": headers}
        first = clerk.post("/api/v1/documents", **post)
        again = clerk.post("/api/v1/documents", **post)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        other = clerk.post("/api/v1/documents", files={"file": ("a.pdf", b"two", "x/y")}, headers=headers)
        assert other.status_code == 422
        document = first.json()["documents"][0]["id"]
        assert clerk.get(f"/api/v1/documents/{document}").json()["status"] == "received"


class TestApi:
    def test_invoices_and_queue(self, clerk: Visitor) -> None:
        assert len(clerk.get("/api/v1/invoices?limit=5").json()["invoices"]) == 5
        queue = clerk.get("/api/v1/queue").json()
        assert queue["total"] == len(queue["items"])
        body = clerk.get(f"/api/v1/invoices/{clerk.desk.ids['price']}").json()
        assert body["disputed_amount"] == "40.00"
        assert body["fields"]["total"]["value"] == "718.80"

    def test_unknown_keys_are_refused(self, clerk: Visitor) -> None:
        answer = clerk.decide("doubtful", "complete", approve=True)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["at"] == "body.approve"

    def test_nobody_acts_for_somebody_else(self, clerk: Visitor) -> None:
        assert clerk.decide("approval", "approve", on_behalf_of="supervisor").json()["rule"] == "E.6"

    def test_openapi_names_every_route_of_the_api(self, clerk: Visitor) -> None:
        paths = clerk.get("/api/v1/openapi.json").json()["paths"]
        assert "/api/v1/invoices/{invoice_id}/decisions" in paths
        assert clerk.get("/api/v1/healthz").json() == {"status": "ok"}

    def test_a_token_ends(self, clerk: Visitor) -> None:
        from tests.fakes.desk import PASSWORD

        token = clerk.http.post("/api/v1/tokens", json={"user": "auditor", "password": PASSWORD}).json()["token"]
        headers = {"authorization": f"Bearer {token}"}
        bare = clerk.another().http
        assert bare.get("/api/v1/invoices", headers=headers).status_code == 200
        assert bare.post("/api/v1/queue/next", headers=headers).status_code == 403
        assert bare.request("DELETE", "/api/v1/tokens", headers=headers).status_code == 204
        assert bare.get("/api/v1/invoices", headers=headers).status_code == 401


class TestOtherPages:
    @pytest.mark.parametrize(
        ("user", "path", "words"),
        [
            ("supervisor", "/overview", "Age of open work"),
            ("supervisor", "/approvals", "C-7781"),
            ("auditor", "/audit?action=match.run", "Matched"),
            ("auditor", "/policy", "price.upper_pct"),
            ("clerk", "/invoices?state=AWAITING_APPROVAL", "C-7781"),
        ],
    )
    def test_it_shows(self, user: str, path: str, words: str) -> None:
        answer = Visitor().log_in(user).get(path)
        assert answer.status_code == 200
        assert words in answer.text

    def test_every_word_of_the_templates_is_in_the_catalogue(self) -> None:
        import re
        from pathlib import Path

        from pipeline.review.decision import ROOT_CAUSES, DecisionKind
        from pipeline.web.render import catalogue

        used = set()
        for file in (Path("pipeline/web/templates")).glob("*.html"):
            used |= set(re.findall(r"t\('([a-z_]+\.[a-z_A-Z0-9]+)'[,)]", file.read_text("utf-8")))
        used |= {f"act.{kind}" for kind in DecisionKind} | {f"cause.{cause}" for cause in ROOT_CAUSES}
        assert used - set(catalogue("en")) == set()


def test_what_was_sent_about_an_order(clerk: Visitor) -> None:
    from datetime import date
    from decimal import Decimal

    from pipeline.domain.trade import TradeDocument, TradeLine, TradeRecord

    line = TradeLine("PO-1", "1", Decimal(12), "BX", code="IQ")
    sent = TradeDocument("order_ack", "A-1", date(2026, 3, 1), ("PO-1",), "x12 855", lines=(line,))
    with clerk.desk.app.unit_of_work() as work:
        work.put_trade([TradeRecord("doc-1", 0, date(2026, 3, 1), 1, "portal", sent)])
        work.commit()
    (found,) = clerk.get("/api/v1/orders/PO-1/documents").json()["documents"]
    assert (found["kind"], found["stands_in"], found["lines"][0]["quantity"]) == ("order_ack", False, "12")
    assert clerk.get("/api/v1/orders/PO-2/documents").json()["documents"] == []
