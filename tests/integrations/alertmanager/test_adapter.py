"""How Alertmanager's answers are judged, with the payloads it really sends."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.capabilities import Silencer
from bot.domain.check import Item, Status
from bot.domain.errors import NotFound, Refused, Unavailable, VendorError
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.alertmanager.adapter import Alertmanager
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.http import Outside
from bot.integrations.settings import IncompleteSettings
from tests.features.incidents.world import alert
from tests.integrations.alertmanager.scripted import SCRIPT, live, silence, status
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.moment import still


@asynccontextmanager
async def alertmanager(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Alertmanager]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            yield Alertmanager.connect(AlertmanagerSettings(url=address, **settings), wiring)
    finally:
        await outside.aclose()


def test_all_checks_stand_under_alerting() -> None:
    ours = Alertmanager.connect(AlertmanagerSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    assert {check.item for check in ours.checks()} == {Item.ALERTING}
    assert ours.source == "alertmanager"


@pytest.mark.parametrize(
    ("found", "verdict", "summary"),
    [
        ([], Status.OK, "No live alert (silenced ones aside)"),
        ([live("Disk")], Status.FAIL, "Live alerts: 1 paging: Disk: Disk is bad"),
        ([live("Watchdog", severity="none")], Status.OK, "No live alert (silenced ones aside)"),
        ([live("Disk", severity="info")], Status.WARN, "Live alerts: 1 without paging: Disk: Disk is bad"),
        (
            [live("A", severity="info"), live("B", severity="Page")],
            Status.FAIL,
            "Live alerts: 1 paging, 1 without paging: B: B is bad, A: A is bad",
        ),
        (
            [live("Disk", replica="a"), live("Disk", replica="b")],
            Status.FAIL,
            "Live alerts: 1 paging: Disk: Disk is bad",
        ),
    ],
)
async def test_live_alerts_are_judged_by_severity(found: list[dict[str, Any]], verdict: Status, summary: str) -> None:
    async with alertmanager({"GET /api/v2/alerts": told(found)}) as ours:
        answer = await ours.alerts()
    assert (answer.status, answer.summary) == (verdict, summary)


async def test_only_alerts_that_nobody_silenced_are_asked_for() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with alertmanager(server=server) as ours:
        await ours.alerts()
        await ours.look([])
    assert asked[0].query == {
        "active": ["true"],
        "silenced": ["false"],
        "inhibited": ["false"],
        "unprocessed": ["false"],
    }
    assert asked[1].query == {}


@pytest.mark.parametrize(
    ("found", "peers", "verdict"),
    [
        (status("disabled"), 0, Status.OK),
        (status("disabled"), 1, Status.OK),
        (status("disabled"), 3, Status.WARN),
        (status("settling", 3), 3, Status.WARN),
        (status("ready", 3), 3, Status.OK),
        (status("ready", 2), 3, Status.WARN),
        (status("ready", 1), 0, Status.OK),
        (status("on fire"), 0, Status.UNKNOWN),
    ],
)
async def test_the_cluster_is_judged_by_state_and_peers(found: dict[str, Any], peers: int, verdict: Status) -> None:
    async with alertmanager({"GET /api/v2/status": told(found)}, peers=peers) as ours:
        answer = await ours.cluster()
    assert answer.status is verdict
    assert "hunter2" not in repr(answer)


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        ([], Status.OK, "No silences"),
        ([silence()], Status.OK, "1 silence, none ending soon or lasting long"),
        ([silence()] * 2, Status.OK, "2 silences, none ending soon or lasting long"),
        ([silence(ends_in=timedelta(hours=3))], Status.WARN, "ends "),
        ([silence(ends_in=timedelta(hours=3), state="expired")], Status.OK, "No silences"),
        ([silence(ends_in=timedelta(days=30), lasts=timedelta(days=31))], Status.WARN, "lasts 31 days"),
        (
            [silence(ends_in=timedelta(days=30), lasts=timedelta(days=29), state="pending")],
            Status.WARN,
            "lasts 29 days",
        ),
        ([silence(ends_in=timedelta(hours=3), lasts=timedelta(hours=1), state="pending")], Status.WARN, "ends "),
        ([silence() | {"endsAt": "9999-12-31T23:59:59.000-05:00"}], Status.WARN, "never ends (9999)"),
        ([silence(ends_in=timedelta(days=36_500), lasts=timedelta(days=36_501))], Status.WARN, "never ends"),
        ([silence(value=".+", is_regex=True)], Status.WARN, "silences everything"),
        ([silence(state="sleeping")], Status.UNKNOWN, "sleeping"),
    ],
)
async def test_silences_are_judged_by_their_end_and_length(
    found: list[dict[str, Any]], verdict: Status, words: str
) -> None:
    async with alertmanager({"GET /api/v2/silences": told(found)}) as ours:
        answer = await ours.silences()
    assert answer.status is verdict
    assert words in answer.summary


async def test_a_team_s_own_thresholds_count() -> None:
    thresholds = {
        "alertmanager.silences": {"ends_within_hours": 1, "longest_days": 60},
        "alertmanager.alerts": {"fail": 2},
    }
    found = {
        "GET /api/v2/silences": told([silence(ends_in=timedelta(hours=3)), silence(lasts=timedelta(days=40))]),
        "GET /api/v2/alerts": told([live("Disk")]),
    }
    async with alertmanager(found, thresholds=thresholds) as ours:
        assert (await ours.silences()).status is Status.OK
        assert (await ours.alerts()).status is Status.WARN


async def test_readiness() -> None:
    async with alertmanager() as ours:
        assert (await ours.ready()).summary == "Ready, version 0.25.0"
    async with alertmanager({"GET /-/ready": said("no", 503)}) as ours:
        assert (await ours.ready()).status is Status.FAIL
    async with alertmanager(server=lambda _request: said("OK")) as ours:
        with pytest.raises(Refused):
            await ours.ready()
    outside = Outside(patience=2, now=still)
    ours = Alertmanager.connect(AlertmanagerSettings(url=nobody()), Wiring(outside=outside))
    assert (await ours.ready()).status is Status.FAIL
    with pytest.raises(VendorError):
        await ours.probe()
    await outside.aclose()


async def test_the_three_shapes_of_its_errors_are_told_in_words() -> None:
    shapes = {
        "Alertmanager refused: bad matcher format: x": told("bad matcher format: x", 400),
        "Alertmanager refused: endsAt in body is required": told(
            {"code": 602, "message": "endsAt in body is required"}, 422
        ),
        "Alertmanager has trouble answering (500)": Canned(status=500),
    }
    for words, canned in shapes.items():
        async with alertmanager({"GET /api/v2/alerts": canned}) as ours:
            with pytest.raises(VendorError) as failed:
                await ours.alerts()
        assert str(failed.value) == words


async def test_a_look_tells_which_alerts_are_on_its_list_and_nothing_of_the_rest() -> None:
    known = alert(source="alertmanager", id="56ed101ab2f4b5f8", episode="2026-03-02T06:49:32.568+00:00")
    second_server = replace(known, episode="2026-03-02T06:49:47.000+00:00")
    other = alert(source="alertmanager", id="f2", episode="1")
    async with alertmanager({"GET /api/v2/alerts": told([live("Disk", service="checkout")])}) as ours:
        standing = await ours.look([known, second_server, other])
    assert (standing.fires, standing.gone) == ({known.key, second_server.key}, {other.key})
    assert standing.news == (), "a list does not say what is over"
    for canned in (said("no", 403), said("<html>log in</html>"), said("[", 200), said("down", 503)):
        async with alertmanager({"GET /api/v2/alerts": canned}) as ours:
            with pytest.raises(VendorError):
                await ours.look([known])


class Muffled:
    """A server that keeps silences as Alertmanager does; `lost` answers of a POST do not reach us."""

    def __init__(self, *alerts: dict[str, Any], lost: int = 0) -> None:
        self.alerts = list(alerts)
        self.silences: list[dict[str, Any]] = []
        self.lost = lost
        self.deleted: list[str] = []

    def __call__(self, request: Request) -> Canned:
        if request.method == "POST" and request.path == "/api/v2/silences":
            body = json.loads(request.body)
            self.silences.append({**body, "id": f"s{len(self.silences)}", "status": {"state": "active"}})
            if self.lost:
                self.lost -= 1
                return said("gone", 502)
            return told({"silenceID": self.silences[-1]["id"]})
        if request.method == "DELETE":
            self.deleted.append(request.path)
            for one in self.silences:
                if request.path.endswith(f"/api/v2/silence/{one['id']}"):
                    one["status"] = {"state": "expired"}
            return said("")
        answers = {"/api/v2/alerts": self.alerts, "/api/v2/silences": self.silences}
        return told(answers[request.path])


DISK = live("Disk", host="a")
UNTIL = datetime(2026, 3, 2, 10, tzinfo=UTC)
ANN = Author(name="Ann (U024BE7LH)")


async def silence_it(ours: Alertmanager, **changed: Any) -> str:
    assert isinstance(ours, Silencer)
    given: dict[str, Any] = {
        "fingerprint": DISK["fingerprint"],
        "labels": DISK["labels"],
        "until": UNTIL,
        "by": ANN,
        "reason": "disk swap",
        "once": "silence 1-7",
    }
    return await ours.silence(**given | changed)


async def test_an_alert_is_silenced_by_its_exact_labels_with_who_and_why() -> None:
    server = Muffled(DISK, live("Disk", host="b", fingerprint="f2"))
    async with alertmanager(server=server, silences=True) as ours:
        assert await silence_it(ours) == "s0"
    (made,) = server.silences
    assert made["matchers"] == [
        {"name": "alertname", "value": "Disk", "isRegex": False, "isEqual": True},
        {"name": "host", "value": "a", "isRegex": False, "isEqual": True},
        {"name": "severity", "value": "critical", "isRegex": False, "isEqual": True},
    ]
    assert datetime.fromisoformat(made["endsAt"]) == UNTIL
    assert (made["createdBy"], made["comment"]) == ("Ann (U024BE7LH) (daywatch)", "disk swap [daywatch silence 1-7]")


async def test_a_repeat_after_a_lost_answer_finds_the_silence_it_made() -> None:
    server = Muffled(DISK, lost=1)
    async with alertmanager(server=server, silences=True) as ours:
        with pytest.raises(Unavailable):
            await silence_it(ours)
        assert await silence_it(ours) == "s0"
        assert len(server.silences) == 1
        assert await silence_it(ours, once="silence 1-8") == "s1", "another ask is another silence"


@pytest.mark.parametrize(
    ("alerts", "changed", "error", "words"),
    [
        ([], {}, NotFound, "does not have this alert any more"),
        ([live("Disk", host="a", fingerprint="f9")], {}, NotFound, "does not have this alert any more"),
        (
            [live("Disk", fingerprint="f1"), DISK, live("Disk", host="b", fingerprint="f2")],
            {"fingerprint": "f1", "labels": {"alertname": "Disk", "severity": "critical"}},
            Refused,
            "would silence 2 other alerts too",
        ),
        ([DISK], {"labels": {}}, Refused, "would silence more than this alert"),
        ([DISK], {"labels": {"host": "a"}}, Refused, "would silence more than this alert"),
        ([DISK], {"labels": {**DISK["labels"], "pod": ""}}, Refused, "would silence more than this alert"),
        ([DISK], {"reason": " "}, Refused, "needs a reason"),
    ],
)
async def test_what_is_broad_gone_or_without_a_reason_is_not_silenced(
    alerts: list[dict[str, Any]], changed: dict[str, Any], error: type[VendorError], words: str
) -> None:
    server = Muffled(*alerts)
    async with alertmanager(server=server, silences=True) as ours:
        with pytest.raises(error, match=words):
            await silence_it(ours, **changed)
    assert server.silences == []


async def test_a_silence_is_ended_once_and_an_unknown_one_is_left_alone() -> None:
    server = Muffled(DISK)
    async with alertmanager(server=server, silences=True) as ours:
        assert isinstance(ours, Silencer)
        made = await silence_it(ours)
        for one in (made, made, "unknown"):
            await ours.end_silence(one)
    assert server.deleted == ["/api/v2/silence/s0"]


async def test_nobody_may_silence_unless_it_is_said() -> None:
    async with alertmanager() as ours:
        assert not isinstance(ours, Silencer)
    assert not AlertmanagerSettings(url="http://am", silences=False).on("write")
    with pytest.raises(IncompleteSettings, match="ALERTMANAGER_URL is missing"):
        AlertmanagerSettings(silences=True).refuse_half_set()
    AlertmanagerSettings(url="http://am").refuse_half_set()
    AlertmanagerSettings().refuse_half_set()
