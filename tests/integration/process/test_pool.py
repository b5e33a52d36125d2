"""Readers die without taking the service along, and say how they died."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pipeline.domain.document import Limits
from pipeline.process.pool import Exit, ReaderPool, Request

TARGET = "tests.integration.process.readers:work"


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(2, TARGET, Limits(seconds=2.0, memory_bytes=2_000_000_000)) as pool:
        yield pool


def read(pool: ReaderPool, order: str) -> tuple[Exit, bytes | None]:
    result = pool.read(Request("k", order.encode(), "name.pdf"))
    return result.exit, result.data


def test_a_good_document_comes_back(pool: ReaderPool) -> None:
    assert read(pool, "hello") == (Exit.OK, b"name.pdf:hello")


@pytest.mark.parametrize(
    ("order", "end"),
    [
        ("hang", Exit.TIMEOUT),
        ("abort", Exit.CRASH),
        ("segfault", Exit.CRASH),
        ("memory", Exit.MEMORY),
        ("fault", Exit.ERROR),
    ],
)
def test_every_bad_end_has_its_name_and_a_plain_sentence(pool: ReaderPool, order: str, end: Exit) -> None:
    result = pool.read(Request("k", order.encode(), "x"))
    assert (result.exit, result.data) == (end, None)
    assert result.reason is not None
    assert result.reason.endswith(".")
    assert read(pool, "hello")[0] is Exit.OK


def test_a_hanging_reader_is_killed_in_time(pool: ReaderPool) -> None:
    start = time.monotonic()
    assert read(pool, "spin")[0] is Exit.TIMEOUT
    assert time.monotonic() - start < 5


def test_a_reader_that_holds_too_much_memory_is_replaced_once_it_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.process.pool.SWOLLEN_BYTES", 1)
    monkeypatch.setattr("pipeline.process.pool.SETTLED_AFTER", 2)
    with ReaderPool(1, TARGET, Limits()) as pool:
        first, second, third = (read(pool, "pid")[1] for _ in range(3))
    assert first == second != third


def test_a_long_document_may_be_given_more_time() -> None:
    with ReaderPool(1, TARGET, Limits(seconds=30.0)) as pool:
        assert pool.read(Request("k", b"hang", "x", seconds=1.0)).exit is Exit.TIMEOUT
        assert pool.read(Request("k", b"hello", "x", seconds=40.0)).exit is Exit.OK


def test_results_keep_the_order_of_the_requests(pool: ReaderPool) -> None:
    orders = ["a", "abort", "b", "c", "fault", "d"]
    results = list(pool.imap(Request(str(i), order.encode(), "n") for i, order in enumerate(orders)))
    assert [result.key for result in results] == [str(i) for i in range(6)]
    assert [result.exit for result in results] == [
        Exit.OK, Exit.CRASH, Exit.OK, Exit.OK, Exit.ERROR, Exit.OK]  # fmt: skip


def test_a_child_has_limits_its_own_session_and_no_secrets(pool: ReaderPool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(pool, "limits")[1] == b"0 True"
    monkeypatch.setenv("APDESK_DATABASE_URL", "postgresql://secret")
    with ReaderPool(1, TARGET, Limits()) as fresh:
        assert b"APDESK_DATABASE_URL" not in (read(fresh, "environment")[1] or b"")


def test_a_child_stays_warm_and_is_replaced_after_enough_documents() -> None:
    with ReaderPool(1, TARGET, Limits(), documents_per_child=3) as pool:
        counts = [int(read(pool, "count")[1] or 0) for _ in range(4)]
    assert counts == [1, 2, 3, 1]


def test_a_target_that_does_not_exist_is_a_crash_not_a_hang() -> None:
    with ReaderPool(1, "tests.integration.process.readers:absent", Limits()) as pool:
        assert read(pool, "hello")[0] is Exit.CRASH


def test_a_warm_child_costs_little() -> None:
    with ReaderPool(1, TARGET, Limits()) as pool:
        read(pool, "hello")
        start = time.perf_counter()
        for _ in range(50):
            read(pool, "hello")
        assert (time.perf_counter() - start) / 50 < 0.015


def test_a_child_that_really_uses_too_much_memory_is_killed() -> None:
    with ReaderPool(1, TARGET, Limits(resident_bytes=200_000_000)) as pool:
        result = pool.read(Request("k", b"grow", "x"))
        assert (result.exit, result.data) == (Exit.MEMORY, None)
        assert "200 MB" in result.detail
    with ReaderPool(1, TARGET, Limits(resident_bytes=600_000_000)) as pool:
        assert pool.read(Request("k", b"grow", "x")).exit is Exit.OK


def test_a_child_reaches_no_network(pool: ReaderPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = read(pool, f"connect {port}")[1]
    if answer == b"connected" and not may_leave_network():
        pytest.skip("this system lets no process leave the network")
    assert answer != b"connected"


def may_leave_network() -> bool:
    """Tried in a process of its own, because there is no way back."""
    code = "import sys; from pipeline.process.child import leave_network; sys.exit(0 if leave_network() else 1)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
