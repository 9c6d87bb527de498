"""The door: Bolt hands every kind of payload on, events are kept before they are acked, strangers are refused."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import StoreDown
from bot.slack.door import SlackDoor, object_of
from bot.web.slack_door import SlackHttp
from tests.slack.payloads import APP, AT, TEAM, press, submission, typed

BOT = "U0BOT"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class Router:
    """Writes down what is handed to it, and acks."""

    team = TEAM

    def __init__(self) -> None:
        self.came: list[str] = []

    def ours(self, body: Mapping[str, Any]) -> bool:
        return str(body.get("team_id", TEAM)) == TEAM

    async def command(self, ack: Any, body: Mapping[str, Any]) -> None:
        self.came.append(f"command {body['command']}")
        await ack()

    async def action(self, ack: Any, body: Mapping[str, Any]) -> None:
        self.came.append(f"action {body['actions'][0]['action_id']}")
        await ack()

    async def form(self, ack: Any, body: Mapping[str, Any]) -> None:
        self.came.append(f"form {body['view']['callback_id']}")
        await ack(response_action="errors", errors={"title": "Say what"})

    async def shortcut(self, ack: Any, body: Mapping[str, Any]) -> None:
        self.came.append(f"shortcut {body['callback_id']}")
        await ack()

    async def options(self, ack: Any, body: Mapping[str, Any]) -> None:
        self.came.append(f"options {body['action_id']}")
        await ack(options=[])


class People:
    def __init__(self) -> None:
        self.came: list[tuple[Any, ...]] = []

    def remember(self, member: Mapping[str, Any]) -> None:
        self.came.append(("person", member["id"]))

    def remember_group(self, group: Mapping[str, Any]) -> None:
        self.came.append(("group", group["id"]))

    def change_members(self, group: str, added: Any, removed: Any) -> None:
        self.came.append(("members", group, tuple(added), tuple(removed)))


@dataclass(slots=True, kw_only=True)
class Front:
    client: httpx.AsyncClient
    router: Router
    people: People
    kept: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    down: list[Exception] = field(default_factory=list)

    async def keep(self, event_id: str, object_key: str, body: bytes) -> None:
        if self.down:
            raise self.down.pop(0)
        self.kept.append((event_id, object_key, json.loads(body)))

    async def send(
        self, body: bytes, kind: str = "application/json", *, secret: str = SECRET, at: int | None = None
    ) -> httpx.Response:
        stamp = str(int(time.time()) if at is None else at)
        signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}", "Content-Type": kind}
        return await self.client.post("/slack/events", content=body, headers=headers)

    async def form(self, **fields: Any) -> httpx.Response:
        return await self.send(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def payload(self, body: Mapping[str, Any]) -> httpx.Response:
        return await self.form(payload=json.dumps(body))

    async def event(self, event: Mapping[str, Any], number: str = "Ev1", team: str = TEAM) -> httpx.Response:
        body = {"type": "event_callback", "team_id": team, "api_app_id": APP, "event_id": number, "event": event}
        return await self.send(json.dumps(body).encode())


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    router, people = Router(), People()
    http = SlackHttp()
    app = FastAPI()
    app.include_router(http.routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot") as client:
        front = Front(client=client, router=router, people=people)
        parts: dict[str, Any] = {"router": router, "people": people}  # fakes of the methods that are used
        parts["forget"] = front.forgotten.append
        door = SlackDoor(keep=front.keep, clock=lambda: AT, bot_user=BOT, bot_id="B0BOT", token="xoxb-1", **parts)
        http.open(door.app(AsyncWebClient(token="xoxb-1"), SECRET), SecretStr(SECRET))
        yield front


async def test_every_kind_of_payload_reaches_the_router(front: Front) -> None:
    assert (await front.form(**typed("/incident", "x"))).status_code == 200
    assert (await front.payload(press("a.v1", "b"))).status_code == 200
    answer = await front.payload(submission("f.v1", {}))
    assert answer.json() == {"response_action": "errors", "errors": {"title": "Say what"}}
    shortcut = {"type": "message_action", "callback_id": "s.v1", "team": {"id": TEAM}, "user": {"id": "U1"}}
    assert (await front.payload(shortcut)).status_code == 200
    options = {"type": "block_suggestion", "action_id": "o.v1", "block_id": "b", "value": "c", "team": {"id": TEAM}}
    assert (await front.payload(options | {"user": {"id": "U1"}})).json() == {"options": []}
    closed = submission("f.v1", {}) | {"type": "view_closed"}
    assert (await front.payload(closed)).status_code == 200
    assert front.router.came == ["command /incident", "action a.v1", "form f.v1", "shortcut s.v1", "options o.v1"]


async def test_a_wrong_signature_and_an_old_one_are_refused(front: Front) -> None:
    body = urlencode(typed("/incident", "x")).encode()
    kind = "application/x-www-form-urlencoded"
    assert (await front.send(body, kind, secret="another")).status_code == 401
    assert (await front.send(body, kind, at=int(time.time()) - 301)).status_code == 401
    unsigned = await front.client.post("/slack/events", content=body, headers={"Content-Type": kind})
    assert unsigned.status_code == 401
    assert front.router.came == []


@pytest.mark.parametrize("body", [b"{}", b"[]", b"{", b"payload=%5B%5D", b"payload=%7B", b"\xff"])
@pytest.mark.parametrize(
    ("stamp", "signature"),
    [("soon", b"v0=aa"), ("", b""), ("1" * 400, b"v0=aa"), ("\u0661", b"v0=aa"), ("now", b"v0=\xe9")],
)
async def test_whatever_is_not_signed_is_refused_unread(
    front: Front, body: bytes, stamp: str, signature: bytes
) -> None:
    told = str(int(time.time())) if stamp == "now" else stamp
    kind = b"application/x-www-form-urlencoded" if body.startswith(b"payload") else b"application/json"
    headers = [
        (b"x-slack-request-timestamp", told.encode()),
        (b"x-slack-signature", signature),
        (b"content-type", kind),
    ]
    answer = await front.client.post("/slack/events", content=body, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b"{", b"payload=%5B%5D", b"payload=%7B", b"payload=null", b'{"event":[]}', b"\xff\xfe"]
)
async def test_what_is_signed_and_cannot_be_read_is_taken_and_breaks_nothing(front: Front, body: bytes) -> None:
    kind = "application/x-www-form-urlencoded" if body.startswith(b"payload") else "application/json"
    assert (await front.send(body, kind)).status_code == 200
    assert (front.router.came, front.kept) == ([], [])


async def test_bodies_without_end_are_refused(front: Front) -> None:
    assert (await front.send(b"x" * (1024 * 1024 + 1))).status_code == 413


async def test_slack_may_verify_the_address(front: Front) -> None:
    answer = await front.send(json.dumps({"type": "url_verification", "challenge": "c4"}).encode())
    assert "c4" in answer.text
    assert (await front.form(ssl_check="1", token="x")).status_code == 200
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    unsigned = await front.client.post("/slack/events", content="ssl_check=1&token=x", headers=form)
    assert unsigned.status_code == 200


async def test_another_workspace_is_refused(front: Front) -> None:
    answer = await front.event({"type": "pin_added", "user": "U1", "channel_id": "C1"}, team="T0OTHER")
    assert (answer.status_code, front.kept) == (403, [])
    assert (await front.form(**typed("/incident", "x") | {"team_id": "T0OTHER"})).status_code == 403
    assert front.router.came == []


async def test_an_event_is_kept_under_its_id_before_it_is_acked(front: Front) -> None:
    event = {"type": "reaction_added", "user": "U1", "reaction": "pushpin", "item": {"channel": "C1", "ts": "1.1"}}
    assert (await front.event(event)).status_code == 200
    assert front.kept == [("Ev1", "channel:C1", event)]
    front.down = [StoreDown("away")]
    refused = await front.event(event, "Ev2")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5"), "Slack sends it again"
    assert (await front.event(event, "Ev2")).status_code == 200
    assert [number for number, _, _ in front.kept] == ["Ev1", "Ev2"]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "channel": "C1", "user": "U1", "text": "private words", "ts": "1.1"},
        {"type": "message", "subtype": "channel_topic", "channel": "C1", "user": BOT, "ts": "1.1"},
        {"type": "message", "subtype": "message_changed", "channel": "C1", "message": {"user": BOT, "ts": "1.1"}},
        {"type": "reaction_added", "user": BOT, "reaction": "white_check_mark", "item": {"channel": "C1"}},
        {"type": "pin_added", "user": BOT, "channel_id": "C1"},
        {"type": "user_typing", "user": "U1", "channel": "C1"},
    ],
)
async def test_plain_talk_and_our_own_doings_are_not_kept(front: Front, event: dict[str, Any]) -> None:
    assert (await front.event(event)).status_code == 200
    assert front.kept == []


async def test_edits_and_deletions_by_people_are_kept(front: Front) -> None:
    edited = {"type": "message", "subtype": "message_changed", "channel": "C1", "message": {"user": "U1", "ts": "1.1"}}
    deleted = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.1"}
    await front.event(edited, "Ev1")
    await front.event(deleted, "Ev2")
    assert [kept[2]["subtype"] for kept in front.kept] == ["message_changed", "message_deleted"]


async def test_our_own_coming_is_news_of_the_channel(front: Front) -> None:
    await front.event({"type": "member_joined_channel", "user": BOT, "channel": "C1"}, "Ev1")
    await front.event({"type": "member_joined_channel", "user": "U1", "channel": "C1"}, "Ev2")
    assert [kept[2]["type"] for kept in front.kept] == ["channel_joined", "member_joined_channel"]


async def test_half_a_character_does_not_lose_an_event(front: Front) -> None:
    event = {"type": "channel_rename", "channel": {"id": "C1", "name": "war-\ud83d-room"}}
    assert (await front.event(event)).status_code == 200
    assert front.kept[0][2]["channel"]["name"] == "war-?-room"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "channel_rename", "channel": {"id": "C1", "name": "ops-old", "created": 1}},
        {"type": "group_rename", "channel": {"id": "C1", "name": "ops-old", "created": 1}},
        {"type": "channel_archive", "channel": "C1", "user": "U1"},
        {"type": "channel_deleted", "channel": "C1"},
        {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2", "event_ts": "1.2"},
    ],
    ids=lambda event: str(event["type"]),
)
async def test_the_name_of_a_channel_that_changed_is_looked_up_again(front: Front, event: dict[str, Any]) -> None:
    assert (await front.event(event)).status_code == 200
    assert front.forgotten == ["C1"]
    assert len(front.kept) == 1  # and features hear of it


async def test_other_news_of_a_channel_change_no_name(front: Front) -> None:
    await front.event({"type": "member_joined_channel", "channel": "C1", "user": "U1"})
    assert front.forgotten == []


async def test_people_and_groups_are_remembered_at_once(front: Front) -> None:
    await front.event({"type": "user_change", "user": {"id": "U1"}})
    await front.event({"type": "team_join", "user": {"id": "U2"}})
    await front.event({"type": "subteam_updated", "subteam": {"id": "S1"}})
    change = {"type": "subteam_members_changed", "subteam_id": "S1", "added_users": ["U3"], "removed_users": ["U1"]}
    await front.event(change)
    assert front.people.came == [
        ("person", "U1"),
        ("person", "U2"),
        ("group", "S1"),
        ("members", "S1", ("U3",), ("U1",)),
    ]
    assert front.kept == []


async def test_many_at_once_are_each_handed_on(front: Front) -> None:
    answers = await asyncio.gather(*(front.form(**typed("/incident", "x", trigger=f"t{n}")) for n in range(40)))
    assert {one.status_code for one in answers} == {200}
    assert len(front.router.came) == 40


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ({"channel": "C1"}, "channel:C1"),
        ({"channel": {"id": "C2"}}, "channel:C2"),
        ({"channel_id": "C3"}, "channel:C3"),
        ({"item": {"channel": "C4"}}, "channel:C4"),
        ({"user": "U1"}, "user:U1"),
        ({}, "user:"),
    ],
)
def test_events_of_one_channel_are_one_queue(event: dict[str, Any], key: str) -> None:
    assert object_of(event) == key
