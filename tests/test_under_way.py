"""What the engine forgot, it gets again: its journal is not forced to the disk, our store is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.acts import Acts, Start
from bot.durable.database import SqliteFile
from bot.durable.engine import Engine
from bot.durable.flow import Flow
from bot.durable.run import Run
from bot.memory import Memory
from bot.pendings import PendingDesk
from bot.perform import HandOver, Performer
from bot.store.pending import Pending
from bot.under_way import UnderWay
from tests.fakes.until import until
from tests.store import opened

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


@dataclass
class Outside:
    calls: list[str] = field(default_factory=list)
    door: asyncio.Event = field(default_factory=asyncio.Event)
    remedied: bool = False

    async def do(self, what: str) -> None:
        self.calls.append(what)
        await self.door.wait()


async def opening(run: Run, outside: Outside, what: str) -> None:
    await run.step("create", outside.do, what)


async def mistaken(run: Run, outside: Outside, what: str) -> None:
    await run.step("create", outside.do, what)
    if not outside.remedied:
        raise ZeroDivisionError("ours")
    await run.step("pin", outside.do, "pinned")


@dataclass(slots=True, kw_only=True)
class Night:
    """A store that stays, and an engine that comes and goes, with or without its journal."""

    folder: Path
    memory: Memory
    performer: Performer
    outside: Outside = field(default_factory=Outside)

    @property
    def desk(self) -> PendingDesk:
        return PendingDesk(rows=self.memory.pendings, performer=self.performer, clock=lambda: AT)

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[tuple[HandOver, UnderWay]]:
        """As at a start: what was left behind is looked for, and what waits is handed over."""
        async with Engine(
            database=SqliteFile(self.folder / "engine.db"),
            flows=(Flow(name="open", function=opening), Flow(name="mistaken", function=mistaken)),
            provide={Outside: self.outside},
            desk=self.desk,
            recorder=self.performer,
            drain_seconds=0.0,
        ) as engine:
            hand_over = HandOver(
                store=self.memory.store,
                outbox=self.memory.outbox,
                engine=engine,
                performer=self.performer,
                clock=lambda: AT + timedelta(minutes=1),
            )
            under_way = UnderWay(
                outbox=self.memory.outbox,
                pendings=self.memory.pendings,
                desk=self.desk,
                engine=engine,
                clock=lambda: AT,
            )
            await under_way.look()
            while await hand_over.once():
                pass
            yield hand_over, under_way

    async def decide(self, *starts: Start) -> None:
        async def doing() -> Acts:
            return starts

        await self.performer.record(doing)

    async def open_starts(self) -> list[str]:
        return [one.body["once"] for one in await self.memory.outbox.under_way()]

    def lose_the_journal(self) -> None:
        for one in self.folder.glob("engine.db*"):
            one.unlink()


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with opened(tmp_path) as store:
        memory = Memory.of(store)
        performer = Performer(store=store, outbox=memory.outbox, messages=memory.messages, clock=lambda: AT)
        yield Night(folder=tmp_path, memory=memory, performer=performer)


def start(number: int, flow: str = "open") -> Start:
    return Start(flow=flow, once=f"incident:{number}:open", given={"what": f"create {number}"})


def waiting_step(flow_key: str) -> Pending:
    return Pending(
        flow_key=flow_key,
        step="invite",
        reason="Slack is down",
        attempt=3,
        tries=8,
        next_try_at=AT,
        final=False,
        outcome=None,
        at=AT,
    )


async def test_with_its_journal_lost_what_was_under_way_begins_again_and_what_had_ended_does_not(night: Night) -> None:
    night.outside.door.set()
    await night.decide(start(1), start(2, "mistaken"))
    async with night.engine() as (_, under_way):
        await until(lambda: len(night.outside.calls) == 2)
        async with asyncio.timeout(5):
            while await night.open_starts():
                await under_way.note()
                await asyncio.sleep(0.02)
    night.outside.door.clear()
    await night.decide(start(3))
    async with night.engine():
        await until(lambda: night.outside.calls[2:] == ["create 3"])
    night.lose_the_journal()
    night.outside.door.set()
    async with night.engine():
        await until(lambda: len(night.outside.calls) == 4)
    assert night.outside.calls[3] == "create 3"


async def test_with_its_journal_there_nothing_is_handed_over_twice(night: Night) -> None:
    night.outside.door.set()
    await night.decide(start(1))
    async with night.engine():
        await until(lambda: night.outside.calls == ["create 1"])
    # Killed before it was noted that the flow has ended.
    assert await night.open_starts() == ["incident:1:open"]
    async with night.engine():
        assert await night.open_starts() == []
    assert night.outside.calls == ["create 1"]
    assert [one.kind for one in await night.memory.outbox.waiting(AT)] == []


async def test_what_a_forgotten_flow_waited_for_is_no_longer_shown_as_waiting(night: Night) -> None:
    once = "incident:1:open"
    await night.decide(start(1))
    (waiting,) = await night.memory.outbox.waiting(AT)
    await night.memory.outbox.handed(waiting.id, AT)
    for key in (once, f"{once}2"):
        await night.memory.pendings.put(waiting_step(key))
    async with night.engine():
        await until(lambda: night.outside.calls == ["create 1"])
    assert [one.flow_key for one in await night.memory.pendings.open()] == [f"{once}2"]


async def test_what_is_noted_as_waiting_when_its_flow_has_ended_well_waits_no_more(night: Night) -> None:
    """Killed after the note of a failure and before its line in the journal, a flow does not know that it failed."""
    night.outside.door.set()
    await night.decide(start(1), start(2, "mistaken"))
    async with night.engine() as (_, under_way):
        await until(lambda: len(night.outside.calls) == 2)
        for number in (1, 2, 3):
            await night.memory.pendings.put(waiting_step(f"incident:{number}:open"))
        async with asyncio.timeout(5):
            while await night.open_starts():
                await under_way.note()
                await asyncio.sleep(0.02)
    assert {one.flow_key for one in await night.memory.pendings.open()} == {"incident:2:open", "incident:3:open"}


async def test_what_our_own_mistake_had_ended_goes_on_where_it_stood_with_the_next_start(night: Night) -> None:
    night.outside.door.set()
    await night.decide(start(1, "mistaken"))
    async with night.engine() as (_, under_way), asyncio.timeout(30):
        while await night.open_starts():
            await under_way.note()
            await asyncio.sleep(0.02)
        assert len(await under_way.engine.stuck()) == 1
    night.outside.remedied = True
    async with night.engine() as (_, under_way):
        await under_way.revive()
        await until(lambda: night.outside.calls == ["create 1", "pinned"])
        assert await under_way.engine.stuck() == ()


async def test_a_flow_that_has_not_ended_is_kept_in_mind_however_old_it_is(night: Night) -> None:
    await night.decide(start(1), start(2))
    for one in await night.memory.outbox.waiting(AT):
        await night.memory.outbox.handed(one.id, AT)
    await night.memory.outbox.ended(["incident:2:open"], AT)
    assert await night.memory.outbox.prune(AT + timedelta(days=300)) == 1
    assert await night.open_starts() == ["incident:1:open"]
