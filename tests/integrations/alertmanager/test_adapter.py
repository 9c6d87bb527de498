"""How Alertmanager's answers are judged, with the payloads it really sends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.check import Item, Status
from bot.domain.errors import Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.alertmanager.adapter import Alertmanager
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.http import Outside
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
        await ours.open_alerts()
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


async def test_open_alerts_are_the_same_alerts_as_the_webhook_s() -> None:
    async with alertmanager({"GET /api/v2/alerts": told([live("Disk", service="checkout")])}) as ours:
        (one,) = await ours.open_alerts()
    assert one.key == "alertmanager:56ed101ab2f4b5f8:2026-03-02T06:49:32.568+00:00"
    assert one.service_name == "checkout"
