"""A person at the desk by HTTP."""

import re
from typing import Any

import httpx
from starlette.testclient import TestClient

from pipeline.web.app import create_app
from tests.fakes.desk import PASSWORD, Desk, build_desk
from tests.fakes.intake import FakeReceive
from tests.functional.web.real import RealDesk


class Visitor:
    """One browser: cookies, CSRF token, and short ways to do things."""

    def __init__(self, desk: Desk | RealDesk | None = None, web: Any = None) -> None:
        self.desk: Any = desk or build_desk()
        self.web = web or create_app(self.desk.app, FakeReceive())
        self.http = TestClient(self.web, follow_redirects=False, raise_server_exceptions=False)
        self.csrf = ""

    def another(self) -> "Visitor":
        return Visitor(self.desk, self.web)

    def log_in(self, user: str, password: str = PASSWORD) -> "Visitor":
        answer = self.try_log_in(user, password)
        assert answer.status_code == 303, answer.text
        page = self.http.get("/policy")
        self.csrf = match(r'data-csrf="([^"]*)"', page.text)
        return self

    def try_log_in(self, user: str, password: str) -> httpx.Response:
        token = match(r'name="form_token" value="([^"]+)"', self.http.get("/login").text)
        return self.http.post("/login", data={"user": user, "password": password, "form_token": token})

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        headers = {"x-csrf-token": self.csrf, **options.pop("headers", {})}
        return self.http.post(path, headers=headers, **options)

    def decide(self, name: str, kind: str, *, version: int | None = None, **values: Any) -> httpx.Response:
        record = self.desk.record(name)
        seen = record.version if version is None else version
        return self.post(f"/api/v1/invoices/{record.id}/decisions", json={"kind": kind, "seen_version": seen, **values})

    def item_page(self, name: str) -> httpx.Response:
        return self.get(f"/items/{self.desk.item(name).id}")


def match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found.group(1)
