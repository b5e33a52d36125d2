"""How a connector proves who it is: a fixed bearer token, or OAuth2 client credentials (spec I.1)."""

import time
from collections.abc import Callable, Generator

import httpx

from pipeline.domain.erp import ErpMisconfigured

MARGIN = 30.0


class Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class ClientCredentials(httpx.Auth):
    """Fetches a token, keeps it until shortly before its end, fetches anew once when it is refused."""

    requires_response_body = True

    def __init__(
        self, token_url: str, client_id: str, secret: str, scope: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._id, self._secret, self._scope = token_url, client_id, secret, scope
        self._clock = clock
        self._token, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._clock() >= self._until:
            self._take((yield self._ask()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == 401:
            self._take((yield self._ask()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _ask(self) -> httpx.Request:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        basic = httpx.BasicAuth(self._id, self._secret)
        return next(basic.auth_flow(httpx.Request("POST", self._url, data=form)))

    def _take(self, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            raise ErpMisconfigured(
                f"The token service refuses us ({answer.status_code}).", "Check client id and secret."
            )
        body = answer.json()
        self._token = str(body["access_token"])
        self._until = self._clock() + float(body.get("expires_in", 300)) - MARGIN
