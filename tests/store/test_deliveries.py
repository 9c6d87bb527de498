"""Intake: kept once, worked off in the order of each object, a failure holding back only its own object."""

from datetime import UTC, datetime, timedelta

from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


def one(key: str, about: str = "Q1", source: str = "pagerduty") -> Delivery:
    return Delivery(source=source, object_key=about, delivery_key=key, body=key.encode(), received_at=AT)


async def keys(deliveries: Deliveries, at: datetime = AT, limit: int = 100) -> list[str]:
    return [row.delivery_key for row in await deliveries.due(at, limit=limit)]


async def test_a_redelivery_is_kept_once_even_within_one_batch(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("a"), one("b"), one("a")])
    await deliveries.keep([one("b"), one("c")])
    await deliveries.keep([one("a", source="alertmanager")])
    assert await keys(deliveries) == ["a", "b", "c", "a"]


async def test_a_redelivery_of_what_is_done_is_not_done_again(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("a")])
    await deliveries.done(1, AT)
    await deliveries.keep([one("a")])
    assert await keys(deliveries) == []


async def test_a_failed_one_holds_back_what_came_later_about_the_same_thing(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("a1", "A"), one("b1", "B"), one("a2", "A"), one("b2", "B")])
    await deliveries.failed(1, AT, "our own mistake")
    assert await keys(deliveries) == ["b1", "b2"]
    assert await keys(deliveries, AT + timedelta(seconds=1)) == ["a1", "b1", "a2", "b2"]


async def test_pauses_grow_up_to_ten_minutes(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("a")])
    at = AT
    for _ in range(14):
        await deliveries.failed(1, at, "x")
        at += timedelta(minutes=10)
    assert await keys(deliveries, at - timedelta(seconds=1)) == []
    assert await keys(deliveries, at) == ["a"]


async def test_what_is_open_failing_and_unreadable_is_counted(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("a"), one("b"), one("c"), one("d")])
    await deliveries.done(1, AT)
    await deliveries.failed(2, AT, "x" * 5000)
    await deliveries.unreadable(3, AT, "not JSON")
    assert await deliveries.counts() == {"open": 2, "failing": 1, "unreadable": 1}


async def test_old_ones_are_forgotten_only_when_they_are_done(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("a"), one("b")])
    await deliveries.done(1, AT)
    assert await deliveries.prune(AT + timedelta(days=30)) == 1
    assert await keys(deliveries) == ["b"]


async def test_an_absurdly_long_key_is_still_kept_once(store: Store) -> None:
    deliveries = Deliveries(store)
    await deliveries.keep([one("k" * 1000)])
    await deliveries.keep([one("k" * 1000)])
    assert len(await keys(deliveries)) == 1
