"""Works off what came in: parses it, decides in one transaction, marks it done; in order for each object."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from bot.acts import Act, Acts
from bot.domain.capabilities import Reader
from bot.domain.change import ChangeReported
from bot.domain.errors import StoreDown, TooEarly, Unreadable
from bot.perform import Performer
from bot.rows import Event, Heard
from bot.store.database import Collided, Store
from bot.store.deliveries import HOLDS_BACK, Deliveries, Delivery

log = structlog.get_logger(__name__)

SLACK = "slack"
BATCH = 40
TURN = 0.05
"""Seconds after which a batch is committed as it is: others write too."""
EventRow = Heard[Any, Any] | Event[Any]


@dataclass(slots=True, kw_only=True)
class Hearing:
    """Finds the rows of `events.py` for a piece of news and asks their services. Called inside a transaction."""

    rows: Sequence[EventRow]
    services: Mapping[type, object]

    async def notice(self, notice: object) -> Acts:
        acts: list[Act] = []
        for row in self.rows:
            if isinstance(row, Heard) and isinstance(notice, row.notice):
                acts.extend(await row.run(self.services[row.service], notice))
        return tuple(acts)

    async def named(self, name: str, given: Mapping[str, Any]) -> Acts:
        acts: list[Act] = []
        for row in self.rows:
            if isinstance(row, Event) and row.name == name:
                acts.extend(await row.run(self.services[row.service], given))
        return tuple(acts)


@dataclass(slots=True, kw_only=True)
class Worker:
    """Rows of intake, in order per source object; a failure holds back only the later rows of its object."""

    store: Store
    deliveries: Deliveries
    readers: Mapping[str, Reader]
    hearing: Hearing
    performer: Performer
    clock: Callable[[], datetime]
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.woken.clear()
            try:
                while await self.once():
                    pass
            except StoreDown:
                log.warning("store down, intake waits")
                await asyncio.sleep(1)
            except Exception:
                log.exception("worker stumbled")
                await asyncio.sleep(1)
            try:
                async with asyncio.timeout(1.0):
                    await self.woken.wait()
            except TimeoutError:
                continue

    async def once(self) -> int:
        """One batch; answers how many rows were worked off. A batch is one commit, each row a savepoint in it."""
        acts: list[Act] = []
        failed: list[tuple[Delivery, str]] = []
        count = 0
        async with self.store.transaction():
            held: set[tuple[str, str]] = set()
            until = time.monotonic() + TURN
            for one in await self.deliveries.due(self.clock(), limit=BATCH):
                if count and time.monotonic() > until:
                    break
                place = (one.source, one.object_key)
                if place in held or (not self.store.is_sqlite and await self.deliveries.earlier_open(one)):
                    held.add(place)
                    continue
                try:
                    async with self.store.savepoint():
                        acts.extend(await self._work(one))
                    count += 1
                except Collided:
                    held.add(place)  # another replica was at the same incident; the next round takes it
                except TooEarly:
                    await self.deliveries.set_aside(one.id, self.clock())
                    count += 1
                except StoreDown:
                    raise
                except Exception as error:
                    log.exception("delivery not worked off", source=one.source, delivery=one.id)
                    held |= {place} if one.tries + 1 < HOLDS_BACK else set()
                    failed.append((one, f"{type(error).__name__}: {error}"))
            for one, why in failed:
                await self.deliveries.failed(one.id, self.clock(), why)
        if acts or count:
            self.performer.after_commit(acts)
        return count

    async def _work(self, one: Delivery) -> Acts:
        try:
            acts = await self._heard(one)
        except Unreadable as error:
            log.warning("unreadable delivery kept", source=one.source, delivery=one.id, reason=str(error))
            await self.deliveries.unreadable(one.id, self.clock(), str(error))
            return ()
        saved = await self.performer.save(acts)
        await self.deliveries.done(one.id, self.clock())
        return saved

    async def _heard(self, one: Delivery) -> Acts:
        if one.source == SLACK:
            return await self._slack(one)
        reader = self.readers.get(one.source)
        if reader is None:
            raise Unreadable(f"{one.source} is switched off now")
        acts: list[Act] = []
        for notice in reader.parse(one.body):
            dated = notice.arrived(one.received_at) if isinstance(notice, ChangeReported) else notice
            acts.extend(await self.hearing.notice(dated))
        return tuple(acts)

    async def _slack(self, one: Delivery) -> Acts:
        try:
            event = json.loads(one.body)
        except ValueError as error:
            raise Unreadable("not JSON") from error
        if not isinstance(event, dict):
            raise Unreadable("not an event")
        subtype = event.get("subtype")
        name = f"slack:{event.get('type')}" + (f".{subtype}" if event.get("type") == "message" and subtype else "")
        return await self.hearing.named(name, event)
