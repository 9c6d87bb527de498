"""The webhook door: verified, kept, then answered; bounded in size and time; never a 4xx for what is authentic."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, StoreDown, Unreadable
from bot.store.deliveries import Delivery
from bot.web import bodies, webhooks
from bot.web.inbox import Inbox
from bot.web.webhooks import Sender, Webhooks

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
SECRET = b"hush"


class Signed(Webhook):
    """JSON with an `id` and an `about`, signed; or with a bearer token."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        wanted = hmac.digest(SECRET, body, "sha256").hex()
        if headers.get("x-signature") != wanted and headers.get("authorization") != "Bearer hush":
            raise BadSignature("signed")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        return self._read(body).get("id")

    def object_key(self, body: bytes) -> str:
        found: str = self._read(body)["about"]
        return found

    def parse(self, body: bytes) -> Sequence[Notice]:
        return ()

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            read: dict[str, Any] = json.loads(body)
        except ValueError as error:
            raise Unreadable("not JSON") from error
        return read


@dataclass(slots=True)
class Shelf:
    """What is kept. `down` are the errors that come first; `slow` is how long a commit takes."""

    kept: list[Delivery] = field(default_factory=list)
    commits: int = 0
    down: list[Exception] = field(default_factory=list)
    slow: float = 0.0

    async def keep(self, arrived: Sequence[Delivery]) -> None:
        await asyncio.sleep(self.slow)
        if self.down:
            raise self.down.pop(0)
        self.commits += 1
        self.kept += arrived


@dataclass(slots=True, kw_only=True)
class House:
    shelf: Shelf
    inbox: Inbox
    client: httpx.AsyncClient
    woken: list[int]

    async def post(self, body: bytes, path: str = "/webhooks/signed", **headers: str) -> httpx.Response:
        usual = {"x-signature": hmac.digest(SECRET, body, "sha256").hex()}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, content=body, headers=usual | given)


def letter(number: str = "1", about: str = "Q1") -> bytes:
    return json.dumps({"id": number, "about": about}).encode()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    shelf, woken = Shelf(), []
    holder: dict[str, Any] = {"deliveries": shelf}  # a fake of the one method that is used
    inbox = Inbox(kept=lambda: woken.append(1), patience=1.0, **holder)
    senders = {
        "signed": Sender(webhook=Signed()),
        "numbered": Sender(webhook=Signed(), delivery_id_header="x-delivery"),
    }
    app = FastAPI()
    app.include_router(Webhooks(senders=senders, inbox=inbox, clock=lambda: AT).routes())
    async with AsyncExitStack() as stack:
        running = asyncio.create_task(inbox.run())
        stack.push_async_callback(_ended, running)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot")
        )
        yield House(shelf=shelf, inbox=inbox, client=client, woken=woken)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_signed_notice_is_kept_raw_before_it_is_answered(house: House) -> None:
    answer = await house.post(letter())
    assert (answer.status_code, answer.json()) == (202, {"detail": "Accepted."})
    (kept,) = house.shelf.kept
    assert (kept.source, kept.object_key, kept.delivery_key, kept.body) == ("signed", "Q1", "1", letter())
    assert kept.received_at == AT
    assert house.woken == [1]


@pytest.mark.parametrize("signature", ["", "0" * 64, "ümläut", "é" * 200])
async def test_a_wrong_or_missing_signature_is_refused_with_what_to_do(house: House, signature: str) -> None:
    answer = await house.client.post(
        "/webhooks/signed", content=letter(), headers={b"x-signature": signature.encode("latin-1", "replace")}
    )
    assert answer.status_code == 401
    assert "compare the secret" in answer.json()["detail"]
    assert house.shelf.kept == []


async def test_a_changed_body_is_refused(house: House) -> None:
    good = hmac.digest(SECRET, letter(), "sha256").hex()
    assert (await house.post(letter("2"), x_signature=good)).status_code == 401


async def test_an_unknown_or_switched_off_source_is_not_found(house: House) -> None:
    for path in ("/webhooks/nobody", "/webhooks/nobody/token", "/webhooks/../etc"):
        assert (await house.post(letter(), path)).status_code == 404
    assert (await house.client.get("/webhooks/signed")).status_code == 405


async def test_a_token_in_the_address_stands_for_a_header(house: House) -> None:
    answer = await house.client.post("/webhooks/signed/hush", content=letter())
    assert answer.status_code == 202
    assert (await house.client.post("/webhooks/signed/wrong", content=letter())).status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[" * 100_000, b"{}", b"[]", b"\xff\x00", b'{"id": 1, "about": 2}']
)
async def test_an_authentic_body_that_cannot_be_read_is_kept_and_taken(house: House, body: bytes) -> None:
    assert (await house.post(body)).status_code == 202
    assert (await house.post(body)).status_code == 202
    assert {one.body for one in house.shelf.kept} == {body}
    assert len(house.shelf.kept) == 2


async def test_what_is_too_large_is_refused_without_being_read(house: House) -> None:
    assert (await house.post(b"x" * (bodies.LIMIT + 1))).status_code == 413
    assert (await house.post(b"x" * bodies.LIMIT)).status_code == 202

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 64 * 1024

    answer = await house.client.post("/webhooks/signed", content=chunks())
    assert answer.status_code == 413


async def test_a_sender_that_does_not_finish_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = bodies.bounded
    monkeypatch.setattr(webhooks, "bounded", lambda request: bounded(request, seconds=0.05))

    async def dripping() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    assert (await house.client.post("/webhooks/signed", content=dripping())).status_code == 408


async def test_a_store_that_is_down_asks_the_sender_to_come_again(house: House) -> None:
    house.shelf.down = [StoreDown("away")]
    answer = await house.post(letter())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await house.post(letter())).status_code == 202


async def test_our_own_mistake_at_the_shelf_is_a_503_too(house: House) -> None:
    house.shelf.down = [KeyError("ours")]
    assert (await house.post(letter())).status_code == 503


async def test_a_store_that_hangs_does_not_hold_the_sender(house: House) -> None:
    house.inbox.patience = 0.05
    house.shelf.slow = 0.3
    assert (await house.post(letter())).status_code == 503
    house.inbox.patience, house.shelf.slow = 1.0, 0.0
    assert (await house.post(letter())).status_code == 202, "the redelivery has the same key, so nothing is double"


async def test_an_id_header_is_joined_with_the_body_and_nothing_at_all_is_new_each_time(house: House) -> None:
    bare = json.dumps({"about": "Q1"}).encode()
    digest = sha256(bare).hexdigest()
    for _ in range(2):
        assert (await house.post(bare, "/webhooks/numbered", x_delivery="d7")).status_code == 202
    await house.post(bare)
    await house.post(bare)
    keys = [one.delivery_key for one in house.shelf.kept]
    assert keys[:2] == [f"d7:{digest}"] * 2
    assert len(set(keys)) == 3


async def test_what_arrives_together_is_committed_together(house: House) -> None:
    house.shelf.slow = 0.05
    answers = await asyncio.gather(*(house.post(letter(str(number))) for number in range(60)))
    assert {one.status_code for one in answers} == {202}
    assert len(house.shelf.kept) == 60
    assert house.shelf.commits <= 5


async def test_one_failed_batch_is_told_to_its_senders_only(house: House) -> None:
    house.shelf.slow, house.shelf.down = 0.05, [StoreDown("away")]
    first = asyncio.create_task(house.post(letter("1")))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(house.post(letter("2")))
    assert [(await one).status_code for one in (first, second)] == [503, 202]


async def test_intake_that_is_full_says_so_at_once() -> None:
    holder: dict[str, Any] = {"deliveries": Shelf()}
    inbox = Inbox(kept=lambda: None, **holder)
    inbox._queue = asyncio.Queue(maxsize=1)
    one = Delivery(source="s", object_key="o", delivery_key="k", body=b"", received_at=AT)
    waiting = asyncio.create_task(inbox.keep(one))
    await asyncio.sleep(0)
    with pytest.raises(StoreDown, match="full"):
        await inbox.keep(one)
    await _ended(waiting)
