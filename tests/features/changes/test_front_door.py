"""A signed webhook comes in at the door, becomes a row, and an incident that is open shows it."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.domain.capabilities import Notice, Webhook
from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.events import EVENTS
from bot.features.changes.looking import Looking
from bot.features.changes.service import Changes
from bot.features.incidents.changing import Changing
from bot.perform import Performer
from bot.store.deliveries import Deliveries
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from bot.store.tables import message
from bot.web.inbox import Inbox
from bot.web.webhooks import Sender, Webhooks
from bot.worker import Hearing, Worker
from tests.changes import BEGAN, MINUTE
from tests.features.changes.desk import Desk

SECRET = b"hush"


class Ship(Webhook):
    """A system that deploys, and signs what it tells."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not hmac.compare_digest(headers.get("x-signature", ""), signature(body)):
            raise BadSignature("ship")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        return None

    def object_key(self, body: bytes) -> str:
        return str(json.loads(body)["id"])

    def parse(self, body: bytes) -> Sequence[Notice]:
        try:
            told = json.loads(body)
        except ValueError as error:
            raise Unreadable("ship: not JSON") from error
        began, at = datetime.fromisoformat(told["began"]), datetime.fromisoformat(told["at"])
        result = Result(told["result"])
        one = Change(
            source="ship",
            id=told["id"],
            kind=ChangeKind.DEPLOYMENT,
            title="deploy",
            places=[told["app"]],
            started_at=began,
            ended_at=None if result is Result.RUNNING else at,
            result=result,
            version=told["version"],
        )
        return [ChangeReported(change=one, at=at)]


def signature(body: bytes) -> str:
    return hmac.digest(SECRET, body, "sha256").hex()


@dataclass(slots=True, kw_only=True)
class Harbour:
    desk: Desk
    client: httpx.AsyncClient
    worker: Worker
    performer: Performer

    async def post(self, body: bytes, signed: str | None = None) -> int:
        headers = {"x-signature": signature(body) if signed is None else signed}
        answer = await self.client.post("/webhooks/ship", content=body, headers=headers)
        while await self.worker.once():
            pass
        return answer.status_code

    async def wanted(self, key: str) -> int:
        """How often the message was asked for."""
        found = await self.desk.world.store.value(select(message.c.wanted).where(message.c.key == key))
        return int(found or 0)


@pytest.fixture
async def harbour(desk: Desk) -> AsyncIterator[Harbour]:
    store, clock = desk.world.store, desk.world.clock
    services = {Changes: desk.changes, Changing: desk.changing, Looking: desk.looking}
    hearing = Hearing(rows=EVENTS, services=services)
    performer = Performer(
        store=store, hear=hearing.named, outbox=Outbox(store), messages=MessageRows(store), clock=clock
    )
    worker = Worker(
        store=store,
        deliveries=Deliveries(store),
        readers={"ship": Ship()},
        hearing=hearing,
        performer=performer,
        clock=clock,
    )
    inbox = Inbox(deliveries=Deliveries(store), kept=lambda: None)
    app = FastAPI()
    app.include_router(Webhooks(senders={"ship": Sender(webhook=Ship())}, inbox=inbox, clock=clock).routes())
    async with AsyncExitStack() as stack:
        running = asyncio.create_task(inbox.run())
        stack.push_async_callback(_ended, running)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot")
        )
        yield Harbour(desk=desk, client=client, worker=worker, performer=performer)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def told(began: float, at: float, result: str, **values: Any) -> bytes:
    """Minutes after the incident began."""
    moments = {"began": BEGAN + began * MINUTE, "at": BEGAN + at * MINUTE}
    usual = {"id": "77", "app": "checkout-prod", "version": "v2.14.1", "result": result}
    return json.dumps(usual | {name: moment.isoformat() for name, moment in moments.items()} | values).encode()


async def test_a_signed_notice_is_on_the_card(harbour: Harbour) -> None:
    assert await harbour.post(told(-15, -15, "running")) == 202
    incident = await harbour.desk.opened()
    assert "deploy checkout-prod v2.14.1, still running when it began" in await harbour.desk.card(incident)
    before = await harbour.wanted(f"incident.card:{incident.id}")
    assert await harbour.post(told(-15, -13, "failed")) == 202
    assert await harbour.wanted(f"incident.card:{incident.id}") == before + 1
    assert "deploy checkout-prod v2.14.1, failed 13 min before" in await harbour.desk.card(incident)


async def test_repeats_and_what_comes_late_change_nothing(harbour: Harbour) -> None:
    incident = await harbour.desk.opened()
    before = await harbour.wanted(f"incident.card:{incident.id}")
    bodies = [told(-15, -15, "running"), told(-15, -13, "succeeded")]
    for body in (bodies[1], bodies[0], bodies[1], bodies[0]):
        assert await harbour.post(body) == 202
    assert await harbour.wanted(f"incident.card:{incident.id}") == before + 1
    assert (await harbour.desk.card(incident)).endswith("deploy checkout-prod v2.14.1, 13 min before")


async def test_a_rollback_while_it_runs_is_on_the_timeline(harbour: Harbour) -> None:
    await harbour.post(told(-5000, -5000, "succeeded", id="75", version="v2.14.0"))
    await harbour.post(told(-15, -13, "succeeded"))
    incident = await harbour.desk.opened()
    harbour.desk.world.clock.on(minutes=9)
    await harbour.post(told(5, 5, "running", id="78", version="v2.14.0"))
    await harbour.post(told(5, 7, "succeeded", id="78", version="v2.14.0"))
    (moment,) = await harbour.desk.world.moments(incident, "change")
    assert moment.words == "ship: deploy checkout-prod v2.14.0"
    changed = await harbour.desk.around.card(incident)
    assert [why.words for why in changed.before[0].why] == ["same service", "someone rolled it back"]


async def test_a_bad_signature_is_refused_and_nothing_is_written(harbour: Harbour) -> None:
    assert await harbour.post(told(-15, -13, "failed"), signed="0" * 64) == 401
    assert not await harbour.desk.rows.any()
