"""The rate budget, in virtual time: nobody waits a real second."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import RateLimited
from bot.slack.budget import Lane, RateBudget, delay_words, per_minute

START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


class Time:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    async def settle(self) -> None:
        for _ in range(300):
            await asyncio.sleep(0)

    async def go(self, seconds: float) -> None:
        """Let time pass, waking everybody in order."""
        end = self.now + seconds
        await self.settle()
        while due := [one for one in self._sleepers if one[0] <= end]:
            moment, woken = min(due, key=lambda one: one[0])
            self._sleepers.remove((moment, woken))
            self.now = max(self.now, moment)
            woken.set()
            await self.settle()
        self.now = end
        await self.settle()


class Bench:
    def __init__(self) -> None:
        self.time = Time()
        self.told: list[tuple[str, str | None, datetime]] = []
        self.budget = RateBudget(
            clock=lambda: self.time.now,
            now=lambda: START + timedelta(seconds=self.time.now),
            sleep=self.time.sleep,
            jitter=lambda: 0.0,
            told=self._told,
        )
        self.went: list[tuple[str, float]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def _told(self, method: str, channel: str | None, until: datetime) -> None:
        self.told.append((method, channel, until))

    def ask(
        self, name: str, method: str, channel: str | None = None, lane: Lane = Lane.CARDS, patience: float = 1e6
    ) -> asyncio.Task[None]:
        async def run() -> None:
            await self.budget.wait(method, channel, lane=lane, patience=patience)
            self.went.append((name, self.time.now))

        task = asyncio.create_task(run())
        self.tasks.append(task)
        return task

    @property
    def order(self) -> list[str]:
        return [name for name, _ in self.went]

    async def over(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def spend(bench: Bench, method: str, times: int, channel: str | None = None) -> None:
    for _ in range(times):
        await bench.budget.wait(method, channel, patience=0)


async def soon(awaited: Awaitable[None]) -> None:
    async with asyncio.timeout(1):
        await awaited


async def test_a_burst_of_a_minutes_worth_goes_at_once_and_the_next_waits() -> None:
    bench = Bench()
    for number in range(21):
        bench.ask(str(number), "conversations.create")
    await bench.time.go(59)
    assert len(bench.went) == 20
    await bench.time.go(1)
    assert bench.went[-1] == ("20", 60.0)
    await bench.over()


async def test_slack_is_never_asked_faster_than_its_published_floor() -> None:
    bench = Bench()
    for number in range(100):
        bench.ask(str(number), "conversations.create")
    await bench.time.go(400)
    times = [moment for _, moment in bench.went]
    assert len(times) == 100
    assert all(later - first >= 60 for first, later in zip(times, times[20:], strict=False))
    assert times[-1] == 240, "a storm of a hundred incidents takes four minutes"
    await bench.over()


async def test_posting_is_paced_for_each_channel_alone() -> None:
    bench = Bench()
    for number in range(6):
        bench.ask(f"a{number}", "chat.postMessage", "C1")
    bench.ask("b", "chat.postMessage", "C2")
    await bench.time.go(0)
    assert bench.order == ["a0", "a1", "a2", "a3", "b"]
    await bench.time.go(4)
    assert bench.order[5:] == ["a4", "a5"]
    await bench.over()


async def test_posting_everywhere_has_a_ceiling_of_its_own() -> None:
    bench = Bench()
    for number in range(250):
        bench.ask(str(number), "chat.postMessage", f"C{number}")
    await bench.time.go(1)
    assert len(bench.went) == per_minute("chat.postMessage") == 240
    await bench.over()


async def test_a_new_incident_goes_before_a_pin_that_came_earlier() -> None:
    bench = Bench()
    await spend(bench, "conversations.create", 20)
    bench.ask("topic", "conversations.create", lane=Lane.TRIMMINGS)
    bench.ask("digest", "conversations.create", lane=Lane.REMINDERS)
    await bench.time.go(1)
    bench.ask("first", "conversations.create", lane=Lane.OPEN)
    bench.ask("card", "conversations.create", lane=Lane.CARDS)
    bench.ask("second", "conversations.create", lane=Lane.OPEN)
    await bench.time.go(60)
    assert bench.order == ["first", "second", "card", "digest", "topic"]
    await bench.over()


async def test_a_429_stops_the_method_for_all_lanes_and_others_go_on() -> None:
    bench = Bench()
    await bench.budget.refused("chat.update", "C1", 30)
    bench.ask("open", "chat.update", "C1", lane=Lane.OPEN)
    bench.ask("other channel", "chat.update", "C2")
    bench.ask("other method", "pins.add")
    await bench.time.go(29)
    assert bench.order == ["other method"]
    await bench.time.go(1)
    assert bench.order == ["other method", "open", "other channel"]
    assert bench.told == [("chat.update", None, START + timedelta(seconds=30))]
    await bench.over()


async def test_a_429_on_posting_stops_only_that_channel() -> None:
    bench = Bench()
    await bench.budget.refused("chat.postMessage", "C1", 30)
    bench.ask("one", "chat.postMessage", "C1")
    bench.ask("two", "chat.postMessage", "C2")
    await bench.time.go(10)
    assert bench.order == ["two"]
    assert bench.told[0][1] == "C1"
    await bench.over()


async def test_another_replica_s_pause_is_kept() -> None:
    bench = Bench()
    bench.budget.pause("pins.add", None, START + timedelta(seconds=50))
    bench.ask("pin", "pins.add")
    await bench.time.go(49)
    assert bench.order == []
    await bench.time.go(2)
    assert bench.order == ["pin"]
    await bench.over()


async def test_a_pause_that_comes_while_somebody_sleeps_is_kept_too() -> None:
    bench = Bench()
    await spend(bench, "pins.add", 20)
    bench.ask("pin", "pins.add")
    await bench.time.go(30)
    bench.budget.pause("pins.add", None, START + timedelta(seconds=100))
    await bench.time.go(60)
    assert bench.order == []
    await bench.time.go(10)
    assert bench.went == [("pin", 100.0)]
    await bench.over()


@pytest.mark.parametrize("until", [timedelta(seconds=-60), timedelta(days=400)])
async def test_a_strange_pause_neither_harms_nor_lasts_for_ever(until: timedelta) -> None:
    bench = Bench()
    bench.budget.pause("pins.add", None, START + until)
    assert 0 <= bench.budget.expected("pins.add") <= 3600


async def test_replicas_share_a_limit() -> None:
    bench = Bench()
    bench.budget.set_replicas(4)
    for number in range(6):
        bench.ask(str(number), "conversations.create")
    await bench.time.go(1)
    assert len(bench.went) == 5
    bench.budget.set_replicas(1)
    await bench.time.go(60)
    assert len(bench.went) == 6
    await bench.over()


async def test_a_share_of_less_than_one_call_is_a_longer_wait_not_none() -> None:
    bench = Bench()
    bench.budget.set_replicas(3)
    await spend(bench, "apps.connections.open", 1)
    assert bench.budget.expected("apps.connections.open") == pytest.approx(180)


async def test_waiting_longer_than_ones_patience_is_told_at_once() -> None:
    bench = Bench()
    await spend(bench, "conversations.create", 20)
    with pytest.raises(RateLimited, match=r"delay conversations\.create by 1 min") as caught:
        await bench.budget.wait("conversations.create", patience=30)
    assert caught.value.retry_after == 60


async def test_who_is_overtaken_too_long_gives_up() -> None:
    bench = Bench()
    await spend(bench, "conversations.create", 20)
    late = bench.ask("topic", "conversations.create", lane=Lane.TRIMMINGS, patience=65)
    await bench.time.go(1)
    for number in range(40):
        bench.ask(str(number), "conversations.create", lane=Lane.OPEN)
    await bench.time.go(70)
    assert late.done()
    assert isinstance(late.exception(), RateLimited)
    await bench.over()


async def test_who_stops_waiting_leaves_the_line_to_the_next() -> None:
    bench = Bench()
    await spend(bench, "pins.add", 20)
    first = bench.ask("first", "pins.add")
    bench.ask("second", "pins.add")
    await bench.time.go(1)
    first.cancel()
    await bench.time.go(60)
    assert bench.order == ["second"]
    assert bench.budget.expected("pins.add") == 0


async def test_how_long_it_will_take_is_known() -> None:
    bench = Bench()
    await spend(bench, "conversations.create", 20)
    for number in range(20):
        bench.ask(str(number), "conversations.create")
    await bench.time.go(0)
    assert bench.budget.expected("conversations.create", lane=Lane.OPEN) == 60
    assert bench.budget.expected("conversations.create", lane=Lane.REMINDERS) == 120
    assert delay_words(120) == "2 min"
    await bench.over()


async def test_nothing_waits_when_nothing_was_asked() -> None:
    bench = Bench()
    await soon(bench.budget.wait("views.open", patience=0))
    assert bench.budget.expected("views.open") == 0


async def test_the_channels_of_yesterday_are_forgotten() -> None:
    bench = Bench()
    for number in range(2500):
        await bench.budget.wait("chat.postMessage", f"C{number}", patience=1e6)
        bench.time.now += 1
    assert len(bench.budget._paces) <= 2001


@pytest.mark.parametrize(
    ("method", "pace"),
    [
        ("conversations.create", 20),
        ("conversations.invite", 50),
        ("chat.update", 50),
        ("views.open", 100),
        ("auth.test", 300),
        ("something.new", 50),
    ],
)
def test_each_method_has_its_published_pace(method: str, pace: int) -> None:
    assert per_minute(method) == pace


def test_short_delays_are_told_in_seconds() -> None:
    assert (delay_words(0.2), delay_words(40)) == ("1 s", "40 s")
