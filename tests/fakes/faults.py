"""A wire that fails on purpose, reproducibly: before the work, after the work, or with busy answers in bursts."""

import random
from dataclasses import dataclass, field

import httpx

BUSY = (423, 429, 500, 503)


@dataclass
class FaultyTransport(httpx.BaseTransport):
    """Chances per request. `lost`: the work is done and the answer never comes; `never`: the request never arrives."""

    inner: httpx.BaseTransport
    rng: random.Random
    lost: float = 0.0
    never: float = 0.0
    busy: float = 0.0
    burst: int = 3
    only_writes: bool = False
    log: list[str] = field(default_factory=list)
    _left: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.only_writes and request.method == "GET":
            return self.inner.handle_request(request)
        if self._left == 0 and self.rng.random() < self.busy:
            self._left = self.rng.randint(1, self.burst)
        if self._left:
            self._left -= 1
            self.log.append("busy")
            return httpx.Response(self.rng.choice(BUSY), json={"message": "busy"}, request=request)
        if self.rng.random() < self.never:
            self.log.append("never")
            raise httpx.ConnectError("nobody there", request=request)
        answer = self.inner.handle_request(request)
        answer.read()
        if self.rng.random() < self.lost:
            self.log.append("lost")
            raise httpx.ReadTimeout("no answer", request=request)
        return answer

    def calm(self) -> None:
        """No more faults."""
        self.lost = self.never = self.busy = 0.0
        self._left = 0
