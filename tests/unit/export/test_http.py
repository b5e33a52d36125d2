"""What each answer of an ERP means for the caller (spec I.4, I.5)."""

import random
from collections.abc import Callable

import httpx
import pytest

from pipeline.domain.erp import BusinessRefusal, ErpBusy, ErpError, ErpMisconfigured, OutcomeUnknown
from pipeline.export.auth import ClientCredentials
from pipeline.export.http import Http

Answer = Callable[[httpx.Request], httpx.Response]


def http(answer: Answer, pauses: list[float] | None = None) -> Http:
    client = httpx.Client(base_url="http://erp", transport=httpx.MockTransport(answer))
    waits = [] if pauses is None else pauses
    return Http(client, "The ERP", lambda r: "its words", waits.append, random.Random(1))


def raising(problem: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise problem("x", request=request)

    return answer


@pytest.mark.parametrize(
    ("code", "reading", "writing"),
    [
        (400, BusinessRefusal, BusinessRefusal),
        (409, BusinessRefusal, BusinessRefusal),
        (422, BusinessRefusal, BusinessRefusal),
        (401, ErpMisconfigured, ErpMisconfigured),
        (403, ErpMisconfigured, ErpMisconfigured),
        (302, ErpMisconfigured, ErpMisconfigured),
        (423, ErpBusy, ErpBusy),
        (429, ErpBusy, ErpBusy),
        (503, ErpBusy, ErpBusy),
        (500, ErpBusy, OutcomeUnknown),
        (502, ErpBusy, OutcomeUnknown),
        (504, ErpBusy, OutcomeUnknown),
    ],
)
def test_each_code(code: int, reading: type[ErpError], writing: type[ErpError]) -> None:
    for verb, expected in (("GET", reading), ("POST", writing)):
        with pytest.raises(expected) as caught:
            http(lambda r: httpx.Response(code)).send(verb, "/x")
        assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("problem", "reading", "writing"),
    [
        (httpx.ConnectError, ErpBusy, ErpBusy),
        (httpx.ConnectTimeout, ErpBusy, ErpBusy),
        (httpx.ReadTimeout, ErpBusy, OutcomeUnknown),
        (httpx.WriteTimeout, ErpBusy, OutcomeUnknown),
        (httpx.RemoteProtocolError, ErpBusy, OutcomeUnknown),
    ],
)
def test_each_silence(problem: type[httpx.TransportError], reading: type[ErpError], writing: type[ErpError]) -> None:
    for verb, expected in (("GET", reading), ("PUT", writing)):
        with pytest.raises(expected) as caught:
            http(raising(problem)).send(verb, "/x")
        assert type(caught.value) is expected


def test_busy_answers_are_tried_again_after_a_pause() -> None:
    codes, pauses = iter([503, 423, 200]), []
    assert http(lambda r: httpx.Response(next(codes)), pauses).send("POST", "/x").status_code == 200
    assert len(pauses) == 2
    assert all(0 < pause < 1 for pause in pauses)


def test_retry_after_is_obeyed_or_handed_on() -> None:
    codes, pauses = iter([429, 200]), []
    http(lambda r: httpx.Response(next(codes), headers={"Retry-After": "3"}), pauses).send("GET", "/x")
    assert pauses == [3.0]
    with pytest.raises(ErpBusy) as caught:
        http(lambda r: httpx.Response(429, headers={"Retry-After": "120"})).send("GET", "/x")
    assert caught.value.retry_after == 120


def test_client_credentials_fetch_keep_and_renew_a_token() -> None:
    asked, tokens, now = [], iter(["one", "two", "three"]), [0.0]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            asked.append(request.headers["Authorization"])
            return httpx.Response(200, json={"access_token": next(tokens), "expires_in": 100})
        refused = request.headers["Authorization"] == "Bearer one" and len(asked) == 1 and now[0] > 5
        return httpx.Response(401 if refused else 200, text=request.headers["Authorization"])

    auth = ClientCredentials("http://erp/token", "id", "secret", clock=lambda: now[0])
    client = httpx.Client(base_url="http://erp", transport=httpx.MockTransport(answer), auth=auth)
    assert [client.get("/x").text for _ in range(2)] == ["Bearer one", "Bearer one"]
    now[0] = 10.0
    assert client.get("/x").text == "Bearer two"
    now[0] = 90.0
    assert client.get("/x").text == "Bearer three"
    assert len(asked) == 3
