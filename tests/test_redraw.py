"""Messages at their last truth: drawn from what is stored, once each, whatever gets lost on the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RateLimited, Refused, Unavailable, VendorError
from bot.redraw import Drawer
from bot.rows import Surface
from bot.slack.budget import Lane
from bot.slack.drawn import Drawn
from bot.slack.message import Message
from bot.slack.refusals import SlackNotAuthorised, SlackNotFound, SlackRefused
from bot.store.database import Store
from bot.store.messages import MessageRows, Place
from tests.fakes.until import until
from tests.store import opened

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


@dataclass(slots=True)
class State:
    """What is stored: words by business key. `under` are threads, `where` the place of each."""

    words: dict[str, str] = field(default_factory=dict)
    under: dict[str, str] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    drawn: int = 0

    async def draw(self, key: str) -> Drawn | None:
        self.drawn += 1
        if key not in self.words:
            return None
        message = Message(self.words[key], thread_of=self.under.get(key))
        return Drawn(channel=self.where.get(key, "C1"), message=message)


@dataclass(slots=True)
class Slack:
    """Messages by channel and `ts`. `down` are errors before, `lost` errors after it was applied, by method."""

    messages: dict[tuple[str, str], tuple[str, str, str | None]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    down: dict[str, list[Exception]] = field(default_factory=dict)
    lost: dict[str, list[Exception]] = field(default_factory=dict)
    slow: float = 0.0
    count: int = 0
    names: dict[str, str] = field(default_factory=lambda: {"#incidents": "C9"})
    forgotten: list[str] = field(default_factory=list)
    pins: list[tuple[str, str]] = field(default_factory=list)

    async def post(
        self, channel: str, message: Message, key: str | None = None, *, thread_ts: str | None = None, lane: Lane
    ) -> str:
        await self._come("post")
        self.count += 1
        ts = f"1.{self.count:03}"
        self.messages[channel, ts] = (str(key), message.text, thread_ts)
        self._go("post")
        return ts

    async def update(self, channel: str, ts: str, message: Message, key: str | None = None, *, lane: Lane) -> None:
        await self._come("update")
        if (channel, ts) not in self.messages:
            raise SlackNotFound("gone", code="message_not_found")
        self.messages[channel, ts] = (str(key), message.text, self.messages[channel, ts][2])
        self._go("update")

    async def find(self, channel: str, key: str, *, thread_ts: str | None = None) -> str | None:
        await self._come("find")
        found = [ts for (place, ts), (known, _, _) in self.messages.items() if (place, known) == (channel, key)]
        return found[0] if found else None

    async def beside(self, channel: str, ts: str, key: str, *, thread_ts: str | None = None) -> list[str]:
        return [
            one
            for (place, one), (known, _, _) in self.messages.items()
            if (place, known) == (channel, key) and one != ts
        ]

    async def delete(self, channel: str, ts: str) -> None:
        await self._come("delete")
        del self.messages[channel, ts]

    async def pin(self, channel: str, ts: str) -> None:
        await self._come("pin")
        self.pins.append((channel, ts))

    async def where(self, place: str) -> str:
        if place.startswith("#"):
            if place not in self.names:
                raise SlackNotFound(f"no channel {place}", code="channel_not_found")
            return self.names[place]
        return place

    def forget(self, place: str) -> None:
        self.forgotten.append(place)

    async def _come(self, method: str) -> None:
        self.calls.append(method)
        await asyncio.sleep(self.slow)
        if self.down.get(method):
            raise self.down[method].pop(0)

    def _go(self, method: str) -> None:
        if self.lost.get(method):
            raise self.lost[method].pop(0)

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.messages.values()]


@dataclass(slots=True, kw_only=True)
class Studio:
    store: Store
    rows: MessageRows
    state: State
    slack: Slack
    now: list[datetime]
    drawer: Drawer

    def another(self, me: str) -> Drawer:
        return drawer_of(self.rows, self.state, self.slack, self.now, me)

    async def want(self, key: str, words: str) -> None:
        self.state.words[key.partition(":")[2]] = words
        await self.rows.want(key)

    async def drawn(self, key: str, after: float = 0.0) -> None:
        """Nudged, and waited for."""
        self.drawer.nudge(key, after)
        await self.settle()

    async def settle(self) -> None:
        async with asyncio.timeout(5):
            while tasks := list(self.drawer._tasks):
                await asyncio.gather(*tasks, return_exceptions=True)

    async def row(self, key: str) -> Place:
        found = await self.rows.place(key)
        assert found is not None
        return found

    async def behind(self) -> list[str]:
        return list(await self.rows.behind(self.now[0]))


def drawer_of(rows: MessageRows, state: State, slack: Slack, now: list[datetime], me: str) -> Drawer:
    parts: dict[str, Any] = {"posts": slack, "channels": slack}  # fakes of the few methods that are used
    return Drawer(
        rows=rows,
        surfaces={
            "card": Surface("card", State, State.draw),
            "pinned": Surface("pinned", State, State.draw, pinned=True),
        },
        services={State: state},
        me=me,
        clock=lambda: now[0],
        **parts,
    )


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with opened(tmp_path) as store:
        rows, state, slack, now = MessageRows(store), State(), Slack(), [AT]
        made = Studio(
            store=store, rows=rows, state=state, slack=slack, now=now, drawer=drawer_of(rows, state, slack, now, "me")
        )
        yield made
        await made.drawer.stop()


async def test_a_message_is_posted_once_and_then_redrawn_in_place(studio: Studio) -> None:
    await studio.want("card:1", "investigating")
    await studio.drawn("card:1")
    await studio.want("card:1", "identified")
    await studio.drawn("card:1")
    assert studio.slack.texts == ["identified"]
    assert studio.slack.calls == ["post", "update"]
    assert await studio.behind() == []


async def test_what_is_shown_already_is_not_drawn_again(studio: Studio) -> None:
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    await studio.drawn("card:1")
    assert studio.slack.calls == ["post"]


async def test_a_flow_shows_what_nobody_wanted_before(studio: Studio) -> None:
    studio.state.words["1"] = "hello"
    await studio.drawer.show("card:1")
    assert studio.slack.texts == ["hello"]
    assert await studio.drawer.place("card:1") == ("C1", "1.001")
    await studio.drawer.show("card:1")
    assert studio.slack.calls == ["post"]


async def test_what_draws_nothing_yet_is_posted_when_it_does(studio: Studio) -> None:
    await studio.rows.want("card:1")
    await studio.drawn("card:1")
    assert (await studio.behind(), studio.slack.calls) == ([], [])
    studio.state.words["1"] = "the channel is there"
    await studio.drawer.show("card:1")
    assert studio.slack.calls == ["post"], "nothing was tried, so nothing has to be looked for"


async def test_a_burst_is_one_drawing(studio: Studio) -> None:
    for number in range(30):
        await studio.want("card:1", f"alert {number}")
        studio.drawer.nudge("card:1", 1.0)
    await studio.settle()
    assert (studio.slack.texts, studio.state.drawn) == (["alert 29"], 1)


async def test_something_urgent_does_not_wait_for_the_pace_of_a_storm(studio: Studio) -> None:
    await studio.want("card:1", "storm")
    studio.drawer.nudge("card:1", 60.0)
    await studio.want("card:1", "acknowledged")
    studio.drawer.nudge("card:1", 0.0)
    studio.drawer.nudge("card:1", 60.0)
    await until(lambda: studio.slack.texts == ["acknowledged"])


async def test_what_waits_for_its_moment_is_not_taken_for_left_behind(studio: Studio) -> None:
    await studio.want("card:1", "storm")
    studio.drawer.nudge("card:1", 60.0)
    running = asyncio.create_task(studio.drawer.run())
    await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert studio.slack.calls == []


async def test_what_was_left_behind_is_drawn_by_itself(studio: Studio) -> None:
    await studio.want("card:1", "x")
    running = asyncio.create_task(studio.drawer.run())
    try:
        await until(lambda: studio.slack.texts == ["x"])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_changes_while_it_is_drawn_is_drawn_again(studio: Studio) -> None:
    studio.slack.slow = 0.05
    await studio.want("card:1", "old")
    studio.drawer.nudge("card:1")
    await asyncio.sleep(0.02)
    await studio.want("card:1", "new")
    studio.drawer.nudge("card:1")
    await studio.settle()
    assert (studio.slack.texts, await studio.behind()) == (["new"], [])


async def test_two_drawers_post_one_message(studio: Studio) -> None:
    studio.slack.slow = 0.05
    await studio.want("card:1", "x")
    other = studio.another("other")
    done = await asyncio.gather(studio.drawer.show("card:1"), other.show("card:1"), return_exceptions=True)
    assert [isinstance(one, Unavailable) for one in done].count(True) == 1
    assert studio.slack.texts == ["x"]


async def test_a_lost_answer_makes_no_second_message_and_shows_the_newest_words(studio: Studio) -> None:
    studio.slack.lost["post"] = [Unavailable("no answer")]
    await studio.want("card:1", "old")
    await studio.drawn("card:1")
    assert (await studio.row("card:1")).ts is None
    await studio.want("card:1", "new")
    await studio.drawn("card:1")
    assert studio.slack.texts == ["new"]
    assert studio.slack.calls == ["post", "find", "update"]
    assert (await studio.row("card:1")).ts == "1.001"


async def test_a_try_that_was_given_up_and_came_through_late_is_taken_back(studio: Studio) -> None:
    studio.drawer.looks_back = (0.0, 0.05)
    studio.slack.down["post"] = [Unavailable("no answer in 10 s")]
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    await studio.rows.want("card:1")
    await studio.drawn("card:1")
    studio.slack.messages["C1", "1.9"] = ("card:1", "x", None)
    studio.slack.messages["C1", "2.0"] = ("card:2", "another", None)
    await until(lambda: not studio.drawer._looking_back)
    assert list(studio.slack.messages) == [("C1", "1.001"), ("C1", "2.0")]


async def test_a_drawer_that_died_after_posting_is_taken_over_without_a_second_message(studio: Studio) -> None:
    await studio.want("card:1", "x")
    await studio.rows.lease("card:1", "dead", AT, timedelta(seconds=45))
    studio.slack.messages["C1", "0.9"] = ("card:1", "x", None)
    await studio.drawn("card:1")
    assert studio.slack.calls == [], "its lease still runs"
    studio.now[0] += timedelta(seconds=46)
    await studio.drawn("card:1")
    assert (await studio.row("card:1")).ts == "0.9"
    assert len(studio.slack.messages) == 1


async def test_of_two_messages_after_a_freeze_the_frozen_one_takes_its_own_back(studio: Studio) -> None:
    other = studio.another("other")
    held = asyncio.Event()

    async def frozen(*given: Any, **named: Any) -> str:
        await held.wait()
        return await Slack.post(studio.slack, *given, **named)

    studio.drawer.posts = SimpleNamespace(post=frozen, delete=studio.slack.delete)  # type: ignore[assignment]
    await studio.want("card:1", "x")
    studio.drawer.nudge("card:1")
    await until(lambda: bool(held._waiters))
    studio.now[0] += timedelta(seconds=46)
    await other.show("card:1")
    place = await studio.row("card:1")
    held.set()
    await studio.settle()
    assert studio.slack.calls == ["find", "post", "post", "delete"]
    assert list(studio.slack.messages) == [("C1", place.ts)]
    assert (await studio.row("card:1")) == place


async def test_a_message_that_somebody_deleted_is_posted_anew(studio: Studio) -> None:
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    studio.slack.messages.clear()
    await studio.want("card:1", "y")
    await studio.drawn("card:1")
    assert studio.slack.texts == ["y"]
    assert studio.slack.pins == []


@pytest.mark.parametrize("refused", [False, True])
async def test_a_pinned_one_that_somebody_deleted_is_pinned_again(studio: Studio, *, refused: bool) -> None:
    """The first pin is its flow's business."""
    await studio.want("pinned:1", "x")
    await studio.drawn("pinned:1")
    assert studio.slack.pins == []
    studio.slack.messages.clear()
    studio.slack.down["pin"] = [SlackRefused("full", code="too_many_pins")] if refused else []
    await studio.want("pinned:1", "y")
    await studio.drawn("pinned:1")
    row = await studio.row("pinned:1")
    assert studio.slack.texts == ["y"]
    assert studio.slack.pins == ([] if refused else [(row.channel, row.ts)])
    assert row.shown == row.wanted


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (Unavailable("down"), 2),
        (RateLimited("slow down", retry_after=30), 30),
        (SlackRefused("no", code="restricted_action"), 60),
        (SlackNotAuthorised("token", code="account_inactive"), 60),
        (ValueError("ours"), 2),
    ],
)
async def test_what_fails_is_tried_again_in_its_time(studio: Studio, error: Exception, waits: int) -> None:
    studio.slack.down["post"] = [error]
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    assert await studio.behind() == []
    studio.now[0] += timedelta(seconds=waits - 1)
    assert await studio.behind() == []
    studio.now[0] += timedelta(seconds=1)
    assert await studio.behind() == ["card:1"]
    await studio.drawn("card:1")
    assert studio.slack.texts == ["x"]


async def test_pauses_grow(studio: Studio) -> None:
    studio.slack.down["post"] = [Unavailable("down") for _ in range(9)]
    await studio.want("card:1", "x")
    for wait in (2, 5, 15, 60, 300, 300):
        await studio.drawn("card:1")
        studio.now[0] += timedelta(seconds=wait - 1)
        assert await studio.behind() == []
        studio.now[0] += timedelta(seconds=1)
        assert await studio.behind() == ["card:1"]


async def test_a_flow_is_told_why_its_message_does_not_stand(studio: Studio) -> None:
    studio.slack.down["post"] = [Unavailable("Slack did not answer")]
    studio.state.words["1"] = "x"
    with pytest.raises(VendorError, match="Slack did not answer"):
        await studio.drawer.show("card:1")


async def test_nothing_is_tried_for_ever_in_a_channel_that_is_archived(studio: Studio) -> None:
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    studio.slack.down["update"] = [SlackRefused("archived", code="is_archived")]
    await studio.want("card:1", "y")
    await studio.drawn("card:1")
    await studio.want("card:1", "z")
    studio.now[0] += timedelta(days=1)
    assert await studio.behind() == []
    assert (await studio.row("card:1")).gone


async def test_what_could_not_be_posted_is_posted_when_somebody_wants_it_so(studio: Studio) -> None:
    """By itself it is not tried again; *Retry now* is no empty promise."""
    studio.slack.down["post"] = [SlackNotFound("not there", code="channel_not_found")]
    studio.state.words["1"] = "x"
    with pytest.raises(SlackNotFound):
        await studio.drawer.show("card:1")
    assert await studio.behind() == []
    await studio.drawer.show("card:1")
    assert (studio.slack.texts, (await studio.row("card:1")).gone) == (["x"], False)


@pytest.mark.parametrize("archived", [False, True])
async def test_a_channel_of_the_settings_may_be_made_later(studio: Studio, *, archived: bool) -> None:
    studio.state.where["1"] = "#incidents" if archived else "#not-there"
    if archived:
        studio.slack.down["post"] = [SlackRefused("archived", code="is_archived")]
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    assert not (await studio.row("card:1")).gone
    studio.slack.names |= {"#not-there": "C8"}
    studio.now[0] += timedelta(seconds=60)
    assert await studio.behind() == ["card:1"]
    await studio.drawn("card:1")
    assert studio.slack.texts == ["x"]
    assert studio.slack.forgotten == [studio.state.where["1"]]


async def test_a_thread_waits_for_what_it_belongs_under(studio: Studio) -> None:
    studio.state.under["2"] = "card:1"
    await studio.want("card:2", "evidence")
    await studio.drawn("card:2")
    assert studio.slack.texts == []
    await studio.want("card:1", "card")
    await studio.drawn("card:1")
    studio.now[0] += timedelta(seconds=2)
    assert await studio.behind() == ["card:2"]
    await studio.drawn("card:2")
    assert [thread for _, _, thread in studio.slack.messages.values()] == [None, "1.001"]


async def test_a_surface_that_nobody_draws_any_more_is_left_alone(studio: Studio) -> None:
    await studio.rows.want("old.surface:1")
    await studio.drawn("old.surface:1")
    assert (studio.slack.calls, await studio.behind()) == ([], [])


async def test_a_drawing_under_way_comes_to_its_end_when_we_stop(studio: Studio) -> None:
    studio.slack.slow = 0.1
    await studio.want("card:1", "x")
    studio.drawer.nudge("card:1")
    await asyncio.sleep(0.05)
    await studio.drawer.stop()
    assert studio.slack.texts == ["x"]
    assert await studio.drawer.place("card:1") == ("C1", "1.001")


async def test_a_refusal_that_names_no_message_is_a_refusal(studio: Studio) -> None:
    studio.slack.down["update"] = [SlackNotFound("no", code="channel_not_found")]
    await studio.want("card:1", "x")
    await studio.drawn("card:1")
    await studio.want("card:1", "y")
    with pytest.raises(Refused):
        await studio.drawer.show("card:1")
    assert (await studio.row("card:1")).gone
