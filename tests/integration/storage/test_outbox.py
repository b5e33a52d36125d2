"""Leases of the outbox (spec I.4)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from pipeline.storage.store import Store
from tests.integration.storage import world


def owe(store: Store, count: int, topic: str = "post") -> None:
    with store.unit_of_work() as work:
        for number in range(count):
            work.enqueue(topic, f"k{number}", {"invoice_id": f"i{number}", "amount": "1.50"})
        work.commit()


def test_messages_come_in_order_of_writing_and_one_lease_each(store: Store) -> None:
    owe(store, 3)
    owe(store, 1, "notice")
    leased = store.outbox.lease(["post"], 2, 60)
    assert [m.key for m in leased] == ["k0", "k1"]
    assert leased[0].payload == {"invoice_id": "i0", "amount": "1.50"}
    assert [m.key for m in store.outbox.lease(["post"], 9, 60)] == ["k2"]
    assert store.outbox.lease(["post"], 9, 60) == []
    assert [m.topic for m in store.outbox.lease(["notice", "post"], 9, 60)] == ["notice"]


def test_the_same_key_again_is_one_effect_even_after_it_is_done(store: Store) -> None:
    owe(store, 1)
    store.outbox.done(store.outbox.lease(["post"], 1, 60)[0].id)
    owe(store, 1)
    assert store.outbox.lease(["post"], 9, 60) == []


def test_what_was_set_aside_is_owed_again(store: Store) -> None:
    """An approval taken back before its posting, and given again: without this it would never be posted."""
    owe(store, 1)
    store.outbox.set_aside(store.outbox.lease(["post"], 1, 60)[0].id)
    assert store.outbox.lease(["post"], 9, 60) == []
    owe(store, 1)
    (message,) = store.outbox.lease(["post"], 9, 60)
    assert (message.key, message.attempts) == ("k0", 1)


def test_two_transactions_with_one_key_make_one_message(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: owe(store, 2), range(12)))
    assert len(store.outbox.lease(["post"], 99, 60)) == 2


def test_a_lease_that_ran_out_is_taken_by_the_next(store: Store, clock: world.Ticking) -> None:
    owe(store, 1)
    (first,) = store.outbox.lease(["post"], 1, 60)
    clock.push(seconds=61)
    (second,) = store.outbox.lease(["post"], 1, 60)
    assert (first.id, first.attempts, second.attempts) == (second.id, 1, 2)


def test_a_failure_waits_and_a_final_one_stays_visible_until_it_is_replayed(store: Store, clock: world.Ticking) -> None:
    owe(store, 1)
    (message,) = store.outbox.lease(["post"], 1, 60)
    store.outbox.failed(message.id, "down", clock() + timedelta(minutes=1))
    assert store.outbox.lease(["post"], 1, 60) == []
    clock.push(seconds=61)
    (message,) = store.outbox.lease(["post"], 1, 60)
    store.outbox.failed(message.id, "refused \0", None)
    clock.push(days=9)
    assert store.outbox.lease(["post"], 1, 60) == []
    ((dead, why),) = store.outbox.dead_letters()
    assert (dead.key, why[:7]) == ("k0", "refused")
    store.outbox.replay(dead.id)
    assert store.outbox.lease(["post"], 1, 60)[0].attempts == 1


def test_a_late_failure_does_not_undo_what_is_done(store: Store, clock: world.Ticking) -> None:
    owe(store, 1)
    (message,) = store.outbox.lease(["post"], 1, 60)
    store.outbox.done(message.id)
    store.outbox.failed(message.id, "late", clock())
    clock.push(hours=1)
    assert store.outbox.lease(["post"], 1, 60) == []


def test_dispatchers_at_once_never_lease_one_message_twice(store: Store) -> None:
    owe(store, 40)

    def drain(_: int) -> list[int]:
        mine: list[int] = []
        while found := store.outbox.lease(["post"], 3, 600):
            mine += [m.id for m in found]
        return mine

    with ThreadPoolExecutor(6) as pool:
        taken = [number for mine in pool.map(drain, range(6)) for number in mine]
    assert len(taken) == len(set(taken)) == 40
