"""The worker: everything kept is worked off once, in order for each object, and one mistake stops nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Acts, Post
from bot.domain import change
from bot.domain.alert import Alert, AlertChanged, AlertState, Change
from bot.domain.capabilities import Notice, Webhook
from bot.domain.change import ChangeReported
from bot.domain.errors import StoreDown, TooEarly, Unreadable
from bot.domain.ticket import TicketChanged
from bot.perform import Performer
from bot.rows import Event, Heard
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from bot.worker import SLACK, Hearing, Worker
from tests.fakes.until import until
from tests.store import opened

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


class Letters(Webhook):
    """A source whose body is the title of an alert; `?` cannot be read."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Anybody may write."""

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        return None

    def object_key(self, body: bytes) -> str:
        return "x"

    def parse(self, body: bytes) -> Sequence[Notice]:
        if body == b"?":
            raise Unreadable("not a letter")
        alert = Alert(source="letters", id="1", title=body.decode(), state=AlertState.FIRING, occurred_at=AT)
        return [AlertChanged(alert=alert, change=Change.TRIGGERED)]


class Diary(Letters):
    """A source that tells of changes and not when."""

    def parse(self, body: bytes) -> Sequence[Notice]:
        made = change.Change(
            source="diary",
            id=body.decode(),
            kind=change.ChangeKind.DEPLOYMENT,
            title="Deployed",
            places=("checkout",),
            started_at=change.UNTOLD,
            ended_at=change.UNTOLD,
            result=change.Result.SUCCEEDED,
        )
        return [ChangeReported(change=made, at=change.UNTOLD)]


@dataclass(slots=True)
class Ear:
    """Writes down what it hears. `wrong` are titles it fails at, so many times each."""

    store: Store
    heard: list[str] = field(default_factory=list)
    wrong: dict[str, int] = field(default_factory=dict)
    early: dict[str, str] = field(default_factory=dict)
    """Titles that mean nothing before another one."""

    async def alert(self, news: AlertChanged) -> Acts:
        title = news.alert.title
        await Audit(self.store).note(at=AT, who=title, what="heard", object_="x", whence="")
        if title in self.early and self.early[title] not in self.heard:
            raise TooEarly
        if title in self.early.values():
            await Deliveries(self.store).again("letters", "x")
        if self.wrong.get(title):
            self.wrong[title] -= 1
            raise KeyError("our own mistake")
        self.heard.append(title)
        return (Post(f"card:{title}"),)

    async def event(self, given: Mapping[str, Any]) -> Acts:
        self.heard.append(str(given["type"]))
        return ()

    async def changed(self, news: ChangeReported) -> Acts:
        times = (news.at, news.change.started_at, news.change.ended_at)
        self.heard.append(" ".join(at.isoformat() for at in times if at is not None))
        return ()


@dataclass(slots=True, kw_only=True)
class Office:
    worker: Worker
    ear: Ear
    nudged: list[str]
    now: list[datetime]
    count: int = 0

    async def brings(self, *letters: str, about: str = "x", source: str = "letters") -> None:
        for letter in letters:
            self.count += 1
            one = Delivery(
                source=source, object_key=about, delivery_key=f"d{self.count}", body=letter.encode(), received_at=AT
            )
            await self.worker.deliveries.keep([one])

    async def all_done(self) -> None:
        while await self.worker.once():
            pass

    async def written(self) -> list[str]:
        return [row["who"] for row in await Audit(self.worker.store).of("x")]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as store:
        ear, nudged, now = Ear(store), [], [AT]

        class Nudges:
            def nudge(self, key: str, after: float = 0.0) -> None:
                nudged.append(key)

        async def alert(ear: Ear, news: AlertChanged) -> Acts:
            return await ear.alert(news)

        async def event(ear: Ear, given: Mapping[str, Any]) -> Acts:
            return await ear.event(given)

        async def changed(ear: Ear, news: ChangeReported) -> Acts:
            return await ear.changed(news)

        async def ticket(ear: Ear, news: TicketChanged) -> Acts:
            raise AssertionError("nobody sent a ticket")

        rows = (
            Heard(AlertChanged, Ear, alert),
            Heard(ChangeReported, Ear, changed),
            Heard(TicketChanged, Ear, ticket),
            Event("slack:pin_added", Ear, event),
            Event("slack:message.message_deleted", Ear, event),
        )
        performer = Performer(store=store, outbox=Outbox(store), messages=MessageRows(store), clock=lambda: now[0])
        performer.redraws = Nudges()
        worker = Worker(
            store=store,
            deliveries=Deliveries(store),
            readers={"letters": Letters(), "diary": Diary()},
            hearing=Hearing(rows=rows, services={Ear: ear}),
            performer=performer,
            clock=lambda: now[0],
        )
        yield Office(worker=worker, ear=ear, nudged=nudged, now=now)


async def test_everything_is_worked_off_once_in_order(office: Office) -> None:
    await office.brings("a", "b", "c")
    await office.all_done()
    await office.all_done()
    assert office.ear.heard == ["a", "b", "c"]
    assert office.nudged == ["card:a", "card:b", "card:c"]


async def test_one_mistake_holds_back_only_the_later_news_of_its_object(office: Office) -> None:
    office.ear.wrong = {"a1": 1}
    await office.brings("a1", about="A")
    await office.brings("b1", about="B")
    await office.brings("a2", about="A")
    await office.brings("b2", about="B")
    await office.all_done()
    assert office.ear.heard == ["b1", "b2"]
    assert await office.written() == ["b1", "b2"], "what the failed one wrote is gone"
    office.now[0] += timedelta(seconds=1)
    await office.all_done()
    assert office.ear.heard == ["b1", "b2", "a1", "a2"]


async def test_what_comes_before_what_it_is_about_waits_for_it_and_holds_nothing_back(office: Office) -> None:
    office.ear.early = {"note": "alert"}
    await office.brings("note", "other")
    await office.all_done()
    assert office.ear.heard == ["other"]
    assert office.now == [AT]
    assert await office.worker.deliveries.counts() == {"open": 0, "failing": 0, "unreadable": 0}
    await office.brings("alert")
    await office.all_done()
    assert office.ear.heard == ["other", "alert", "note"]
    assert await office.written() == ["other", "alert", "note"]


async def test_what_always_fails_is_kept_tried_and_counted(office: Office) -> None:
    office.ear.wrong = {"a": 99}
    await office.brings("a")
    for _ in range(5):
        await office.all_done()
        office.now[0] += timedelta(minutes=10)
    assert await office.worker.deliveries.counts() == {"open": 1, "failing": 1, "unreadable": 0}
    assert office.ear.wrong["a"] == 94


async def test_what_always_fails_does_not_silence_its_object_for_ever(office: Office) -> None:
    office.ear.wrong = {"triggered": 99}
    await office.brings("triggered", "resolved", about="A")
    for _ in range(5):
        await office.all_done()
        office.now[0] += timedelta(seconds=32)
    assert office.ear.heard == []
    await office.all_done()
    assert office.ear.heard == ["resolved"]
    await office.brings("reopened", about="A")
    await office.all_done()
    assert office.ear.heard == ["resolved", "reopened"]


async def test_what_cannot_be_read_is_kept_and_passed_over(office: Office) -> None:
    await office.brings("?", "b")
    await office.brings("c", source="switched-off")
    await office.brings("not json", "[1]", source=SLACK)
    await office.all_done()
    assert office.ear.heard == ["b"]
    assert await office.worker.deliveries.counts() == {"open": 0, "failing": 0, "unreadable": 4}


async def test_news_that_tells_no_time_is_of_the_moment_it_arrived(office: Office) -> None:
    office.now[0] = AT + timedelta(hours=1)
    await office.brings("42", source="diary")
    await office.all_done()
    assert office.ear.heard == [" ".join([AT.isoformat()] * 3)]


async def test_slacks_events_are_heard_by_name_and_others_are_nobodys(office: Office) -> None:
    for event in ({"type": "pin_added"}, {"type": "message", "subtype": "message_deleted"}, {"type": "pin_removed"}):
        await office.brings(json.dumps(event), source=SLACK)
    await office.all_done()
    assert office.ear.heard == ["pin_added", "message"]
    assert (await office.worker.deliveries.counts())["open"] == 0


async def test_more_than_a_batch_keeps_its_order(office: Office) -> None:
    letters = [f"n{number}" for number in range(95)]
    await office.brings(*letters)
    await office.all_done()
    assert office.ear.heard == letters


async def test_it_works_by_itself_when_woken_and_survives_a_store_that_is_down(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, down = office.worker.deliveries.due, [StoreDown("away")]

    async def flaky(now: datetime, *, limit: int) -> Sequence[Delivery]:
        if down:
            raise down.pop()
        return await due(now, limit=limit)

    monkeypatch.setattr(office.worker.deliveries, "due", flaky)
    running = asyncio.create_task(office.worker.run())
    try:
        await office.brings("a")
        office.worker.woken.set()
        await until(lambda: office.ear.heard == ["a"])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
