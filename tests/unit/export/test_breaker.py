"""Circuit breaker and back-off (spec I.5)."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.erp import BusinessRefusal, CircuitOpen, ErpBusy, OutcomeUnknown
from pipeline.export.breaker import Breaker, backoff


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> Breaker:
    return Breaker(clock=time)


def failing(problem: Exception) -> Callable[[], str]:
    def work() -> str:
        raise problem

    return work


def fail(breaker: Breaker, times: int, problem: Exception | None = None) -> None:
    for _ in range(times):
        with pytest.raises(Exception):  # noqa: B017
            breaker.call(failing(problem or ErpBusy("busy")))


def test_five_failures_in_a_row_open_it_and_nothing_is_called_any_more(breaker: Breaker) -> None:
    fail(breaker, 5)
    calls: list[int] = []
    with pytest.raises(CircuitOpen):
        breaker.call(lambda: calls.append(1))
    assert (breaker.state, calls, breaker.counts) == ("open", [], {"transient": 5})


def test_half_of_the_last_twenty_open_it(breaker: Breaker) -> None:
    for _ in range(9):
        breaker.call(lambda: "ok")
        fail(breaker, 1, OutcomeUnknown("?"))
    assert breaker.state == "closed"
    breaker.call(lambda: "ok")
    fail(breaker, 1)
    assert breaker.state == "open"


def test_refusals_are_healthy_answers(breaker: Breaker) -> None:
    fail(breaker, 50, BusinessRefusal("no"))
    assert (breaker.state, breaker.counts) == ("closed", {"refused": 50})


def test_after_a_minute_one_call_decides(breaker: Breaker, time: Time) -> None:
    fail(breaker, 5)
    time.now = 59.9
    assert breaker.state == "open"
    time.now = 60.0
    assert breaker.state == "half_open"
    fail(breaker, 1)
    assert breaker.state == "open"
    time.now = 120.0
    assert breaker.call(lambda: "ok") == "ok"
    assert breaker.state == "closed"
    fail(breaker, 4)
    assert breaker.state == "closed"


def test_only_one_call_probes(breaker: Breaker, time: Time) -> None:
    fail(breaker, 5)
    time.now = 61.0

    def inside() -> str:
        with pytest.raises(CircuitOpen):
            breaker.call(lambda: "second")
        return "first"

    assert breaker.call(inside) == "first"


@given(attempt=st.integers(1, 10_000), seed=st.integers())
def test_the_pause_stays_within_its_ceiling(attempt: int, seed: int) -> None:
    pause = backoff(attempt, random.Random(seed))
    assert timedelta(0) <= pause <= min(timedelta(minutes=60), timedelta(minutes=2 ** min(attempt - 1, 10)))
    assert pause == backoff(attempt, random.Random(seed))
