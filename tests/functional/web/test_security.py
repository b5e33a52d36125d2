"""Log-in, sessions, CSRF, headers, hostile content (ASVS V3, V5, V7)."""

import io

import pytest

from pipeline.web.guard import CSP
from tests.fakes.desk import PASSWORD
from tests.functional.web.client import Visitor

HTML = ("/queue", "/invoices", "/upload", "/policy")


@pytest.fixture
def clerk() -> Visitor:
    return Visitor().log_in("clerk")


class TestLogIn:
    def test_wrong_password_and_unknown_user_read_the_same(self) -> None:
        visitor = Visitor()
        texts = {visitor.try_log_in(user, "wrong").text.replace(user, "U") for user in ("clerk", "nobody")}
        assert all("The user name or the password is wrong." in text for text in texts)
        assert visitor.try_log_in("clerk", "wrong").status_code == 401

    def test_guessing_is_slowed_down(self) -> None:
        visitor = Visitor()
        codes = [visitor.try_log_in("clerk", f"wrong{i}").status_code for i in range(6)]
        assert codes == [401] * 5 + [429]
        assert visitor.try_log_in("clerk", PASSWORD).status_code == 429
        assert visitor.another().try_log_in("supervisor", PASSWORD).status_code == 303
        visitor.desk.clock.tick(minutes=6)
        assert visitor.try_log_in("clerk", PASSWORD).status_code == 303

    def test_the_form_is_bound_to_its_page(self) -> None:
        visitor = Visitor()
        data = {"user": "clerk", "password": PASSWORD, "form_token": "guess"}
        assert visitor.http.post("/login", data=data).status_code == 403

    def test_a_session_ends_by_log_out_idleness_and_deactivation(self, clerk: Visitor) -> None:
        assert clerk.get("/queue").status_code == 200
        clerk.desk.clock.tick(minutes=20)
        assert clerk.get("/queue").status_code == 303
        clerk.log_in("clerk")
        assert clerk.post("/logout").status_code == 303
        assert clerk.get("/queue").status_code == 303

    def test_the_cookie_is_for_http_only(self) -> None:
        answer = Visitor().try_log_in("clerk", PASSWORD)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie

    @pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"])
    def test_no_open_redirect(self, target: str) -> None:
        visitor = Visitor()
        page = visitor.http.get("/login", params={"next": target})
        assert target not in page.text

    def test_log_ins_are_events(self) -> None:
        visitor = Visitor()
        visitor.try_log_in("clerk", "wrong")
        visitor.try_log_in("clerk", PASSWORD)
        actions = [str(e.draft.action) for e in visitor.desk.store.state.events]
        assert actions[-2:] == ["login.failed", "login"]


class TestForgery:
    def test_a_post_without_the_token_is_refused(self, clerk: Visitor) -> None:
        item = clerk.desk.item("doubtful")
        answer = clerk.http.post(f"/items/{item.id}/claim")
        assert answer.status_code == 403
        assert clerk.desk.item("doubtful").state == "OPEN"

    def test_another_persons_token_is_refused(self, clerk: Visitor) -> None:
        other = clerk.another().log_in("clerk2")
        answer = clerk.http.post("/queue/next", headers={"x-csrf-token": other.csrf})
        assert answer.status_code == 403

    @pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
    def test_another_site_is_refused_even_with_the_token(self, clerk: Visitor, headers: dict[str, str]) -> None:
        assert clerk.post("/queue/next", headers=headers).status_code == 403

    def test_a_form_field_carries_it_too(self, clerk: Visitor) -> None:
        assert clerk.http.post("/queue/next", data={"csrf": clerk.csrf}).status_code == 303

    def test_a_bearer_token_needs_none(self) -> None:
        visitor = Visitor()
        token = visitor.http.post("/api/v1/tokens", json={"user": "clerk", "password": PASSWORD}).json()["token"]
        answer = visitor.http.post("/api/v1/queue/next", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        assert answer.json()["claimed_by"] == "clerk"


class TestHeaders:
    @pytest.mark.parametrize("path", [*HTML, "/login", "/api/v1/healthz", "/nothing-here"])
    def test_every_answer_is_fenced(self, clerk: Visitor, path: str) -> None:
        answer = clerk.get(path)
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "no-store" in answer.headers["cache-control"]

    @pytest.mark.parametrize("path", HTML)
    def test_no_inline_script_or_style(self, clerk: Visitor, path: str) -> None:
        text = clerk.get(path).text + clerk.item_page("doubtful").text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')

    def test_the_original_is_only_a_download(self, clerk: Visitor) -> None:
        answer = clerk.get(f"/invoices/{clerk.desk.ids['doubtful']}/original")
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "document.viewed" in clerk.desk.actions("doubtful")

    def test_a_hostile_file_name_stays_a_name(self) -> None:
        from pipeline.web.document import attachment

        header = attachment('../../x"\r\nset-cookie: a=1;.html')["content-disposition"]
        assert "\r" not in header
        assert "\n" not in header
        assert ".." not in header.split(";")[1]


class TestHostileContent:
    def test_html_in_values_is_text(self) -> None:
        visitor = Visitor().log_in("vendor1")
        pages = [
            visitor.item_page("hostile"),
            visitor.get("/queue"),
            visitor.get("/invoices", params={"q": "<b>q</b>"}),
        ]
        for page in pages:
            assert "<img src=x" not in page.text
            assert "onerror=&#34;" in page.text or "onerror" not in page.text
            assert "<b>q</b>" not in page.text

    def test_html_in_notes_is_text(self, clerk: Visitor) -> None:
        assert clerk.decide("doubtful", "note", reason="<script>alert(1)</script> note").status_code == 200
        assert "<script>alert" not in clerk.item_page("doubtful").text
        assert "<script>alert" not in clerk.get(f"/invoices/{clerk.desk.ids['doubtful']}/story").text

    def test_csv_cells_are_no_formulas(self) -> None:
        visitor = Visitor().log_in("clerk")
        visitor.decide("doubtful", "note", reason='=HYPERLINK("http://x")')
        auditor = visitor.another().log_in("auditor")
        answer = auditor.post("/audit/export")
        assert answer.status_code == 200
        assert "'=HYPERLINK" in answer.text
        assert ",=HYPERLINK" not in answer.text
        assert str(visitor.desk.store.state.events[-1].draft.action) == "export.created"

    def test_ids_lead_nowhere_else(self, clerk: Visitor) -> None:
        for path in (
            "/invoices/..%2f..%2fetc",
            "/invoices/inv-001/pages/0.webp",
            "/invoices/inv-001/pages/99.webp",
            "/items/x",
        ):
            assert clerk.get(path).status_code in (404, 422), path

    def test_too_large_is_cut_off(self, clerk: Visitor) -> None:
        data = {"files": ("big.pdf", io.BytesIO(b"0" * 2_100_000), "application/pdf")}
        assert clerk.post("/upload", files=data).status_code == 413
        stranger = clerk.another()
        assert stranger.http.post("/login", data={"user": "x" * 70_000}).status_code == 413


class TestMasking:
    def test_bank_details_are_masked_everywhere(self) -> None:
        visitor = Visitor().log_in("clerk")
        invoice = visitor.desk.ids["bank"]
        texts = [
            visitor.get(path).text
            for path in (f"/invoices/{invoice}", f"/api/v1/invoices/{invoice}", f"/invoices/{invoice}/pages/1/words")
        ]
        assert all("9990001111" not in text and "063187954" not in text for text in texts)
        assert "•••• 1111" in texts[0]
        assert visitor.post(f"/invoices/{invoice}/reveal", data={"reason": "curious"}).status_code == 403

    def test_the_picture_is_covered_where_they_stand(self) -> None:
        from PIL import Image

        visitor = Visitor().log_in("clerk")
        answer = visitor.get(f"/invoices/{visitor.desk.ids['bank']}/pages/1.webp")
        box = visitor.desk.record("bank").reading.fields["bank_account"].box
        with Image.open(io.BytesIO(answer.content)) as image:
            area = image.convert("L").crop(
                tuple(int(v * s) for v, s in zip((box.x0, box.y0, box.x1, box.y1), image.size * 2, strict=True))
            )
        low, high = area.getextrema()
        assert high - low < 40

    def test_each_reveal_is_an_event(self) -> None:
        visitor = Visitor().log_in("vendor1")
        invoice = visitor.desk.ids["bank"]
        answer = visitor.post(f"/invoices/{invoice}/reveal", data={"reason": "call-back to the supplier"})
        assert answer.json()["values"]["bank_account"] == "9990001111"
        assert "bank.revealed" in visitor.desk.actions("bank")
        events = [e for e in visitor.desk.store.state.events if str(e.draft.action) == "bank.revealed"]
        assert "9990001111" not in repr(events)

    def test_patient_pages_are_for_the_clinic(self) -> None:
        visitor = Visitor().log_in("clerk")
        invoice = visitor.desk.ids["phi"]
        for path in ("pages/1.webp", "pages/1/words", "original"):
            assert visitor.get(f"/invoices/{invoice}/{path}").status_code == 403
        clinic = visitor.another().log_in("clinic")
        assert clinic.get(f"/invoices/{invoice}/pages/1.webp").status_code == 200
        assert "phi.viewed" in visitor.desk.actions("phi")
