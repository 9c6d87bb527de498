"""Acts on alerts: taken at once, done later, followed to their outcome, and safe to ask for twice."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.opsgenie.connect import connect
from bot.integrations.opsgenie.genie import Genie
from bot.integrations.opsgenie.operations import Operations
from bot.integrations.opsgenie.pager import Opsgenie
from bot.integrations.opsgenie.settings import OpsgenieSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.opsgenie.scripted import alert

ANA = Author(name="Ana Ops", email="ana@example.com")
ZOE = Author(name="Zoe Zimt")
PAUSES = (0.0, 0.0, 0.0)


@dataclass
class Desk:
    """One alert of an account that does what it is asked a little later, as both systems do."""

    successor: bool = False
    pending: int = 1
    """How often the outcome is not there yet."""
    refuses: str = ""
    forbidden: bool = False
    alert: dict[str, Any] = field(default_factory=lambda: alert(id="a1"))
    raised: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sent: list[tuple[str, dict[str, Any], dict[str, list[str]]]] = field(default_factory=list)
    looks: int = 0

    def __call__(self, request: Request) -> Canned:
        path = request.path.removeprefix("/jsm/ops/api/cloud-1/v1" if self.successor else "/v2")
        if request.method == "POST":
            return self._taken(path, request)
        if path.startswith("/alerts/requests/"):
            self.looks += 1
            if self.looks <= self.pending:
                return told({"message": "Request not found. It might not be processed, yet."}, 404)
            outcome = {"isSuccess": not self.refuses, "status": self.refuses or "done", "alertId": "new-1"}
            return told(outcome) if self.successor else self._whole(outcome)
        if path == "/alerts/a1":
            return told(self.alert) if self.successor else self._whole(self.alert)
        lists = {"/alerts/a1/notes": [{"note": one} for one in self.notes], "/alerts": self.raised}
        return self._list(lists[path]) if path in lists else told({"message": "Alert not found"}, 404)

    def _taken(self, path: str, request: Request) -> Canned:
        if self.forbidden:
            return told({"message": "no", "took": 0.1, "requestId": "r"}, 403)
        body = json.loads(request.body) if request.body else {}
        self.sent.append((path, body, dict(request.query)))
        self.looks = 0
        if not self.refuses:
            self._do(path, body)
        return told({"result": "Request will be processed", "took": 0.3, "requestId": "r1"}, 202)

    def _do(self, path: str, body: dict[str, Any]) -> None:
        if path.endswith("/acknowledge"):
            self.alert["acknowledged"] = True
        elif path.endswith("/close"):
            self.alert["status"] = "closed"
        elif path.endswith("/notes"):
            self.notes.append(body["note"])
        else:
            self.raised.append(alert(id="new-1", alias=body["alias"]))

    def _whole(self, data: Any) -> Canned:
        return told({"data": data, "took": 0.1, "requestId": "r"})

    def _list(self, things: list[dict[str, Any]]) -> Canned:
        return told({"values": things}) if self.successor else self._whole(things)

    def acts(self) -> list[str]:
        return [path for path, _, _ in self.sent]


@asynccontextmanager
async def pager(desk: Desk) -> AsyncIterator[Opsgenie]:
    outside = Outside(patience=3)
    try:
        async with serving(desk) as address:
            settings = (
                OpsgenieSettings(
                    jsm_api_url=address, jsm_cloud_id="cloud-1", jsm_email="b@c.d", jsm_api_token=SecretStr("t")
                )
                if desk.successor
                else OpsgenieSettings(api_url=address, api_key=SecretStr("k"))
            )
            ours = connect(settings, Wiring(outside=outside))
            assert isinstance(ours, Opsgenie)
            backend = ours.backend
            assert isinstance(backend, Genie | Operations)
            backend._pauses = PAUSES
            yield ours
    finally:
        await outside.aclose()


async def test_an_acknowledgement_is_told_when_it_is_done_and_names_the_person() -> None:
    desk = Desk()
    async with pager(desk) as ours:
        await ours.acknowledge("a1", ANA)
    body = {"user": "ana@example.com", "source": "Daywatch"}
    assert desk.sent == [("/alerts/a1/acknowledge", body, {"identifierType": ["id"]})]
    assert desk.looks == 2


@pytest.mark.parametrize("successor", [False, True])
async def test_an_outcome_that_does_not_come_is_worth_another_try_which_looks_first(successor: bool) -> None:  # noqa: FBT001 - a parameter of the test
    desk = Desk(successor=successor, pending=9)
    if successor:
        desk.notes.append("Acknowledged. (Ana Ops, from Slack)\n[daywatch acknowledged]")
    async with pager(desk) as ours:
        with pytest.raises(Unavailable, match="has not said yet whether it did it"):
            await ours.acknowledge("a1", ANA)
        await ours.acknowledge("a1", ANA)
    assert desk.acts() == ["/alerts/a1/acknowledge"]


@pytest.mark.parametrize("changes", [{"acknowledged": True}, {"status": "closed"}])
async def test_a_stale_acknowledgement_changes_nothing(changes: dict[str, Any]) -> None:
    desk = Desk(alert=alert(id="a1", **changes))
    async with pager(desk) as ours:
        await ours.acknowledge("a1", ANA)
    assert desk.sent == []


async def test_closing_twice_closes_once_with_the_words() -> None:
    desk = Desk()
    async with pager(desk) as ours:
        await ours.resolve("a1", ZOE, "Rolled back")
        await ours.resolve("a1", ANA, "again")
    assert [(path, body) for path, body, _ in desk.sent] == [
        ("/alerts/a1/close", {"user": "Zoe Zimt", "source": "Daywatch", "note": "Rolled back"})
    ]


async def test_a_note_stands_once_for_its_marker_and_an_endless_one_keeps_it() -> None:
    desk = Desk()
    async with pager(desk) as ours:
        for once in ("n1", "n1", "n11"):
            await ours.note("a1", "Looking" if once == "n1" else "x" * 50_000, ANA, once=once)
    assert desk.notes[0] == "Looking\n[daywatch n1]"
    assert desk.notes[1].endswith("x\n[daywatch n11]")
    assert len(desk.notes) == 2
    assert len(desk.notes[1]) < 25_000


@pytest.mark.parametrize(
    ("act", "words"),
    [("acknowledge", "acknowledge the alert"), ("resolve", "close the alert"), ("note", "add the note")],
)
async def test_what_was_taken_and_then_refused_is_told_with_the_reason(act: str, words: str) -> None:
    desk = Desk(refuses="Alert does not exist")
    async with pager(desk) as ours:
        asked = {
            "acknowledge": lambda: ours.acknowledge("a1", ANA),
            "resolve": lambda: ours.resolve("a1", ANA, ""),
            "note": lambda: ours.note("a1", "Looking", ANA, once="n1"),
        }
        with pytest.raises(Refused, match=f"did not {words}: Alert does not exist"):
            await asked[act]()


async def test_a_key_that_may_not_write_is_told_what_it_lacks() -> None:
    async with pager(Desk(forbidden=True)) as ours:
        with pytest.raises(NotAuthorised, match="the right to create and update alerts"):
            await ours.acknowledge("a1", ANA)


async def test_an_alert_that_is_not_there_is_told() -> None:
    async with pager(Desk()) as ours:
        for act in (ours.acknowledge("nobody", ANA), ours.resolve("../../x", ANA, "")):
            with pytest.raises(NotFound):
                await act


async def test_a_page_is_raised_once_for_its_key() -> None:
    desk = Desk()
    async with pager(desk) as ours:
        first = await ours.page("t1", "Checkout is slow", "Please look", ANA, once="inc-1:page:1", email=None)
        assert await ours.page("t1", "Checkout is slow", "", ANA, once="inc-1:page:1", email=None) == first == "new-1"
        await ours.page("t1", "Search", "", ANA, once="inc-1:page:2", email="bob@example.com")
    (_, one, _), (_, other, _) = desk.sent
    assert (one["alias"], one["priority"], one["responders"]) == ("inc-1:page:1", "P1", [{"type": "team", "id": "t1"}])
    assert other["responders"] == [{"type": "user", "username": "bob@example.com"}]


async def test_the_successor_takes_no_name_so_a_note_says_who_asked() -> None:
    desk = Desk(successor=True)
    async with pager(desk) as ours:
        await ours.acknowledge("a1", ANA)
        await ours.resolve("a1", ZOE, "Rolled back")
    assert desk.acts() == ["/alerts/a1/notes", "/alerts/a1/acknowledge", "/alerts/a1/notes", "/alerts/a1/close"]
    assert [body for path, body, _ in desk.sent if not path.endswith("notes")] == [{}, {}]
    assert desk.notes == [
        "Acknowledged. (Ana Ops, from Slack)\n[daywatch acknowledged]",
        "Closed. Rolled back (Zoe Zimt, from Slack)\n[daywatch closed]",
    ]


async def test_the_successor_pages_a_team_and_no_single_person() -> None:
    desk = Desk(successor=True)
    async with pager(desk) as ours:
        assert await ours.page("t1", "Checkout", "Please look", ANA, once="p1", email=None) == "new-1"
        with pytest.raises(Refused, match="Page the team instead"):
            await ours.page("t1", "Checkout", "", ANA, once="p2", email="bob@example.com")


async def test_the_successor_is_signed_in_to_with_e_mail_and_token() -> None:
    seen: list[str] = []

    def server(request: Request) -> Canned:
        seen.append(request.headers["authorization"])
        return Desk(successor=True)(request)

    async with serving(server) as address:
        outside = Outside(patience=3)
        settings = OpsgenieSettings(
            jsm_api_url=address, jsm_cloud_id="cloud-1", jsm_email="b@c.d", jsm_api_token=SecretStr("t")
        )
        ours = connect(settings, Wiring(outside=outside))
        assert isinstance(ours, Opsgenie)
        await ours.backend.answers()
        await outside.aclose()
    assert seen == ["Basic " + base64.b64encode(b"b@c.d:t").decode()]
