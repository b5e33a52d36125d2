"""Every route declares its permission, and every pair of role and route answers as declared."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from pipeline.domain.events import Actor
from pipeline.review.permissions import PERMISSIONS
from pipeline.review.policies import propose
from pipeline.web.app import SCREENS
from pipeline.web.security import Public, Requires
from rules.load import DEFAULT_PATH
from tests.fakes.desk import PEOPLE
from tests.functional.web.client import Visitor

PUBLIC = {
    ("GET", "/login/oidc"),
    ("GET", "/login/oidc/back"),
    ("GET", "/"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/api/v1/healthz"),
    ("POST", "/api/v1/tokens"),
    ("GET", "/supplier"),
    ("POST", "/supplier"),
    ("GET", "/supplier/open/{secret}"),
}


def routes() -> Iterator[tuple[str, str, str]]:
    """(method, path, permission) of every route of every screen."""
    for router in SCREENS:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            found = [d.call.permission for d in route.dependant.dependencies if isinstance(d.call, Requires | Public)]
            assert len(found) == 1, f"{route.path} must declare exactly one permission, has {found}"
            for method in route.methods:
                yield method, route.path, found[0]


ROUTES = sorted(routes())
ROLES = [person.id for person in PEOPLE]


def test_every_route_is_a_screens_and_declares_a_known_permission() -> None:
    visitor = Visitor()
    paths = {getattr(route, "path", None) for route in visitor.web.routes} - {None}
    assert all(path.startswith("/static/") for path in paths), paths
    assert {p for _, _, p in ROUTES} - {"public"} <= set(PERMISSIONS)
    assert {(m, path) for m, path, p in ROUTES if p == "public"} == PUBLIC


@pytest.fixture(scope="module")
def visitors() -> dict[str, Visitor]:
    first = Visitor()
    text = DEFAULT_PATH.read_text(encoding="utf-8")
    author = Actor("user", "admin", ("POLICY_ADMIN",))
    propose(first.desk.app, author, text, first.desk.clock.today(), "as it is")
    return {user: first.another().log_in(user) for user in ROLES}


@pytest.mark.parametrize("user", ROLES)
def test_role_by_route(user: str, visitors: dict[str, Visitor]) -> None:
    """403 with rule 0.1 exactly when the role lacks the route's permission; never a 5xx."""
    visitor = visitors[user]
    roles = visitor.desk.accounts.people[user].roles
    for method, path, permission in ROUTES:
        if permission == "public" or path in ("/logout", "/api/v1/tokens"):
            continue
        url = filled(path, visitor)
        headers = {"x-csrf-token": visitor.csrf, "accept": "application/json"}
        answer = visitor.http.request(method, url, headers=headers)
        may = not PERMISSIONS[permission].isdisjoint(roles)
        refused = (
            answer.status_code == 403 and answer.json().get("rule") == "0.1" and "carry" in answer.json()["detail"]
        )
        missing_body = method == "POST" and answer.status_code == 422
        assert may != refused or missing_body, (user, method, path, permission, answer.status_code, answer.text[:200])
        assert answer.status_code < 500, (user, method, path, answer.text[:300])


def filled(path: str, visitor: Visitor) -> str:
    desk = visitor.desk
    names = {
        "item_id": desk.item("doubtful").id,
        "invoice_id": desk.ids["doubtful"],
        "document_id": desk.record("doubtful").document_id,
        "number": "1",
        "delegation_id": "none",
        "key_id": "none",
    }
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.mark.parametrize(("method", "path", "permission"), [r for r in ROUTES if r[2] != "public"])
def test_nothing_without_a_session(method: str, path: str, permission: str, visitors: dict[str, Visitor]) -> None:
    visitor = visitors["clerk"].another()
    answer = visitor.http.request(method, filled(path, visitor))
    assert answer.status_code in (303, 401, 422), (method, path, answer.status_code)
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/login")
