"""Slack's limits are the workspace's: replicas share them, and what one was told to leave alone all leave alone."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import StoreDown
from bot.pacing import Pacing
from bot.slack.budget import RateBudget
from bot.store.database import Store
from bot.store.pauses import Pause, PauseRows
from tests.journeys.stage import BOB, cards, eventually
from tests.replicas.house import House

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


def pacing(store: Store, budget: RateBudget, replicas: int = 2) -> Pacing:
    made = Pacing(budget=budget, rows=PauseRows(store), replicas=lambda: replicas, clock=lambda: AT)
    budget.told = made.told
    return made


def budget() -> RateBudget:
    return RateBudget(now=lambda: AT, jitter=lambda: 0.0, clock=lambda: 100.0)


async def test_a_refusal_of_one_replica_pauses_the_other(store: Store) -> None:
    one, other = budget(), budget()
    pacing(store, one)
    listening = pacing(store, other)
    assert other.expected("chat.update") == 0
    await one.refused("chat.update", None, 7.0)
    await one.refused("chat.postMessage", "C0INCIDENT", 9.0)
    await listening.once()
    assert other.expected("chat.update") == pytest.approx(7.0)
    assert other.expected("chat.postMessage", "C0INCIDENT") == pytest.approx(9.0)
    assert other.expected("chat.postMessage", "C0GENERAL") == 0
    assert other.expected("pins.add") == 0


async def test_each_of_the_living_takes_an_equal_part(store: Store) -> None:
    mine = budget()
    await pacing(store, mine, replicas=4).once()
    assert mine.share == 0.25
    for _ in range(5):  # a quarter of 20 a minute
        await mine.wait("conversations.create")
    assert mine.expected("conversations.create") == pytest.approx(60.0)


async def test_what_is_over_is_forgotten(store: Store) -> None:
    rows = PauseRows(store)
    await rows.put(Pause(method="pins.add", channel=None, until=AT + timedelta(seconds=5)), AT)
    await rows.put(Pause(method="chat.update", channel=None, until=AT + timedelta(seconds=90)), AT)
    later = AT + timedelta(seconds=30)
    assert [one.method for one in await rows.in_force(later)] == ["chat.update"]
    await rows.put(Pause(method="chat.update", channel=None, until=AT + timedelta(seconds=99)), later)
    (left,) = await rows.in_force(AT)
    assert (left.method, left.channel, left.until) == ("chat.update", None, AT + timedelta(seconds=99))


async def test_a_pause_that_cannot_be_written_down_still_holds_here() -> None:
    class Away(PauseRows):
        def __init__(self) -> None:
            pass

        async def put(self, pause: Pause, now: datetime) -> None:
            raise StoreDown("away")

    mine = budget()
    mine.told = Pacing(budget=mine, rows=Away(), replicas=lambda: 1, clock=lambda: AT).told
    await mine.refused("chat.update", None, 3.0)
    assert mine.expected("chat.update") == pytest.approx(3.0)


@pytest.mark.crash
@pytest.mark.program("postgres")
def test_when_slack_refuses_one_replica_none_calls_that_method_until_then(house: House) -> None:
    house.page("Tamarind: limited")
    channel = house.opened("Tamarind")
    house.act("slack/join", user=BOB, channel=channel["id"])
    house.quiet()
    fault = house.fault("chat.update", "limit", retry_after=6, times=1)
    house.command(BOB, channel["id"], "/incident status identified")
    eventually(lambda: house.hits(fault) == 1)
    refused = time.time()
    for number in range(8):  # by either replica
        house.command(BOB, channel["id"], f"/incident status {('identified', 'monitoring')[number % 2]}")
        time.sleep(0.5)
    house.card_says(channel, "*monitoring*")
    later = [one["at"] - refused for one in house.calls(refused) if one["method"] == "chat.update"]
    # The other replica looks every two seconds; what it had begun before is its own.
    assert [at for at in later if 3 < at < 5.5] == []
    assert any(at > 5.5 for at in later)
    assert len(cards(house.channel(channel["id"]))) == 1
