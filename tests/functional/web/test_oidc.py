"""Log-in through an OpenID provider on loopback; every forged or foreign answer is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from pipeline.domain.errors import InvalidInput
from pipeline.domain.records import User
from pipeline.domain.roles import Role
from pipeline.web.app import create_app
from pipeline.web.oidc import Provider, load_provider
from tests.fakes.desk import build_desk
from tests.fakes.intake import FakeReceive
from tests.fakes.oidc_provider import CLIENT, SECRET, FakeProvider, running
from tests.functional.web.client import Visitor


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with running() as found:
        found.claims = {"preferred_username": "una", "name": "Una Reyes", "groups": ["ap-clerks", "all"]}
        yield found


@pytest.fixture
def visitor(provider: FakeProvider) -> Visitor:
    desk = build_desk()
    settings = Provider(
        issuer=provider.issuer, client_id=CLIENT, client_secret=SecretStr(SECRET), public_url="http://testserver",
        roles={"ap-clerks": [Role.AP_CLERK], "vendors": [Role.VENDOR_MASTER], "leads": [Role.AP_SUPERVISOR]},
    )  # fmt: skip
    return Visitor(desk, create_app(desk.app, FakeReceive(), settings))


def log_in(visitor: Visitor, target: str = "", change: Any = None) -> httpx.Response:
    """There and back as a browser goes; `change` may falsify the address that the provider sends back to."""
    away = visitor.get("/login/oidc", params={"next": target})
    assert away.status_code == 303, away.text
    answer = httpx.get(away.headers["location"])
    place = answer.headers["location"].removeprefix("http://testserver")
    return visitor.get(change(place) if change else place)


def test_a_person_comes_in_with_the_roles_of_her_groups(visitor: Visitor) -> None:
    answer = log_in(visitor, "/invoices")
    assert (answer.status_code, answer.headers["location"]) == (303, "/invoices")
    user = visitor.desk.accounts.people["una"]
    assert (user.name, user.roles, user.source) == ("Una Reyes", ("AP_CLERK",), "oidc")
    assert visitor.get("/queue").status_code == 200
    assert "Log in with the hospital account" in visitor.another().get("/login").text


def test_roles_follow_the_groups(visitor: Visitor, provider: FakeProvider) -> None:
    log_in(visitor)
    provider.claims["groups"] = ["leads"]
    log_in(visitor.another())
    assert visitor.desk.accounts.people["una"].roles == ("AP_SUPERVISOR",)
    provider.claims["groups"] = ["all"]
    assert log_in(visitor.another()).status_code == 403


def test_roles_that_exclude_one_another_are_refused(visitor: Visitor, provider: FakeProvider) -> None:
    provider.claims["groups"] = ["ap-clerks", "vendors"]
    assert log_in(visitor).status_code == 403
    assert "una" not in visitor.desk.accounts.people


def test_a_local_account_is_never_taken_over(visitor: Visitor, provider: FakeProvider) -> None:
    provider.claims["preferred_username"] = "manager"
    assert log_in(visitor).status_code == 403


def test_a_closed_account_stays_closed(visitor: Visitor) -> None:
    visitor.desk.accounts.save_user(User("una", "Una", ("AP_CLERK",), active=False, source="oidc"))
    assert log_in(visitor).status_code == 403


@pytest.mark.parametrize(
    "twist", [{"nonce": "other"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1},
              {"aud": [CLIENT, "another"]}]
)  # fmt: skip
def test_a_token_that_is_not_ours_is_refused(visitor: Visitor, provider: FakeProvider, twist: dict[str, Any]) -> None:
    provider.twist = twist
    assert log_in(visitor).status_code == 403
    assert visitor.get("/queue").status_code == 303


def test_a_foreign_signature_is_refused(visitor: Visitor, provider: FakeProvider) -> None:
    provider.foreign_key = True
    assert log_in(visitor).status_code == 403


def test_state_code_and_browser_belong_together(visitor: Visitor) -> None:
    assert log_in(visitor, change=lambda place: place.replace("state=", "state=x")).status_code == 403
    other = visitor.another()
    assert log_in(visitor, change=lambda place: place.replace("code=", "code=x")).status_code == 403
    away = visitor.get("/login/oidc")
    place = httpx.get(away.headers["location"]).headers["location"].removeprefix("http://testserver")
    assert other.get(place).status_code == 403
    visitor.desk.clock.tick(minutes=11)
    assert visitor.get(place).status_code == 403


def test_not_to_another_site(visitor: Visitor) -> None:
    assert log_in(visitor, "https://evil.example/").headers["location"] == "/"


def test_without_a_provider_there_is_no_door() -> None:
    assert Visitor().get("/login/oidc").status_code == 404


def test_settings_name_their_mistakes(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('issuer = "x"\n[roles]\na = ["KING"]\n')
    with pytest.raises(InvalidInput, match=r"roles.a.0"):
        load_provider(tmp_path / "p.toml")
