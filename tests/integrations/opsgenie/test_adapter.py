"""How Opsgenie's answers are judged, with the payloads it really sends."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertState, Change
from bot.domain.capabilities import Pager
from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, RateLimited
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.opsgenie.connect import connect
from bot.integrations.opsgenie.reader import Reader
from bot.integrations.opsgenie.settings import OpsgenieSettings
from tests.features.incidents.world import alert as incident_alert
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.opsgenie.scripted import (
    ALERTS,
    HEARTBEATS,
    KEY,
    ON_CALLS,
    SCHEDULES,
    SCRIPT,
    alert,
    alerts,
    heartbeat,
    on_call,
    schedule,
    whole,
)

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
Server = Callable[[Request], Canned]


@asynccontextmanager
async def opsgenie(
    instead: Mapping[str, Canned] | None = None, *, server: Server | None = None, now: datetime = NOW, **settings: Any
) -> AsyncIterator[Reader]:
    """The adapter over a scripted Opsgenie. Any: whatever the settings take."""
    outside = Outside(patience=3, now=lambda: now)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given: dict[str, Any] = {"api_url": address, "api_key": SecretStr(KEY)} | settings
            found = connect(OpsgenieSettings(**given), Wiring(outside=outside))
            assert isinstance(found, Reader)
            yield found
    finally:
        await outside.aclose()


async def asked(instead: Mapping[str, Canned], check: str, **settings: Any) -> Answer:
    async with opsgenie(instead, **settings) as ours:
        return await next(one for one in ours.checks() if one.name == f"opsgenie.{check}").ask()


def test_all_checks_stand_under_alerting() -> None:
    ours = connect(OpsgenieSettings(api_key=SecretStr(KEY)), Wiring(outside=Outside()))
    assert isinstance(ours, Reader)
    assert {check.item for check in ours.checks()} == {Item.ALERTING}


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], Status.OK),
        ([alert(status="closed")], Status.OK),
        ([alert(priority="P3")], Status.WARN),
        ([alert(priority="P5"), alert(id="b", priority="P4")], Status.WARN),
        ([alert(priority="P1", acknowledged=True)], Status.WARN),
        ([alert(priority=None)], Status.WARN),
        ([alert(priority="P3", snoozed=True)], Status.WARN),
        ([alert(priority="P1")], Status.FAIL),
        ([alert(priority="P2")], Status.FAIL),
        ([alert(priority="P3"), alert(id="b", priority="P2")], Status.FAIL),
        ([alert(priority="P2", acknowledged=None)], Status.FAIL),
        ([alert(priority="P3", status="of tomorrow")], Status.UNKNOWN),
        ([{"id": "bare"}], Status.WARN),
    ],
)
async def test_open_alerts(found: list[dict[str, Any]], status: Status) -> None:
    answer = await asked({ALERTS: alerts(*found)}, "alerts")
    assert answer.status is status
    assert (answer.reason is not None) == (status is Status.UNKNOWN)


async def test_an_alert_shows_since_when_and_where_to_look() -> None:
    (one,) = (await asked({ALERTS: alerts(alert(snoozed=True))}, "alerts", region="eu")).evidence
    assert one.title == "Disk 96% on db1"
    assert one.detail == "P2, nobody has acknowledged it, snoozed"
    assert one.since == datetime(2026, 3, 2, 6, 11, 9, tzinfo=UTC)
    assert one.url == f"https://app.eu.opsgenie.com/alert/detail/{alert()['id']}/details"


async def test_the_key_is_sent_as_opsgenie_wants_it_and_the_question_is_the_whole() -> None:
    seen: list[Request] = []

    def server(request: Request) -> Canned:
        seen.append(request)
        return SCRIPT.replying()(request)

    async with opsgenie(server=server) as ours:
        await ours.alerts()
        await ours.on_call_gaps()
    assert {request.headers["authorization"] for request in seen} == {f"GenieKey {KEY}"}
    listed = next(one for one in seen if one.line == ALERTS)
    assert listed.query == {
        "query": ["status:open"],
        "sort": ["createdAt"],
        "order": ["desc"],
        "limit": ["100"],
        "offset": ["0"],
    }
    assert next(one for one in seen if one.line == ON_CALLS).query == {"flat": ["true"]}


def paged(*pages: list[dict[str, Any]], host: str = "https://api.opsgenie.com", size: int = 100) -> Server:
    def server(request: Request) -> Canned:
        if request.line != ALERTS:
            return SCRIPT.replying()(request)
        place = int(request.query["offset"][0]) // size
        following = f"{host}/v2/alerts?query=status%3Aopen&offset={(place + 1) * size}&limit={size}"
        return alerts(*pages[place], following=following if place + 1 < len(pages) else None)

    return server


def many(number: int, start: int = 0, **changes: Any) -> list[dict[str, Any]]:
    return [alert(id=f"a{place}", priority="P4", **changes) for place in range(start, start + number)]


async def test_what_fails_on_the_second_page_only_is_seen() -> None:
    async with opsgenie(server=paged(many(100), [alert(priority="P1")])) as ours:
        assert (await ours.alerts()).status is Status.FAIL


async def test_a_smaller_page_than_asked_for_is_followed_all_the_same() -> None:
    async with opsgenie(server=paged([], [alert(priority="P1")], size=2)) as ours:
        assert (await ours.alerts()).status is Status.FAIL


async def test_the_next_page_is_never_asked_of_another_host() -> None:
    asked_of: list[str] = []

    def elsewhere(request: Request) -> Canned:
        asked_of.append(request.line)
        return alerts()

    async with serving(elsewhere) as other, opsgenie(server=paged(many(100), many(1, 100), host=other)) as ours:
        assert (await ours.alerts()).status is Status.WARN
    assert asked_of == []


async def test_a_full_page_that_names_no_next_one_is_not_taken_for_the_end() -> None:
    def server(request: Request) -> Canned:
        if request.line != ALERTS:
            return SCRIPT.replying()(request)
        return alerts(*(many(100) if request.query["offset"] == ["0"] else [alert(priority="P1")]))

    async with opsgenie(server=server) as ours:
        assert (await ours.alerts()).status is Status.FAIL


@pytest.mark.parametrize(
    ("found", "status"),
    [(many(100), Status.UNKNOWN), ([alert(priority="P1")], Status.FAIL), ([], Status.OK)],
)
async def test_of_a_list_that_turns_in_a_circle_only_what_was_seen_counts(found: list[Any], status: Status) -> None:
    circle = alerts(*found, following="https://api.opsgenie.com/v2/alerts?offset=0")
    assert (await asked({ALERTS: circle}, "alerts")).status is status


async def test_more_than_is_looked_through_is_never_good_news() -> None:
    closed = [many(100, start, status="closed") for start in range(0, 3_000, 100)]
    async with opsgenie(server=paged(*closed)) as ours:
        answer = await ours.alerts()
    assert answer.status is Status.UNKNOWN
    assert answer.reason == "Saw 2,000 alerts and there are more, so nobody can tell"


@pytest.mark.parametrize(
    ("now", "status", "words"),
    [
        (NOW, Status.WARN, "Opsgenie ends in 399 days, on 05 April 2027"),
        (datetime(2027, 4, 5, 1, tzinfo=UTC), Status.FAIL, "ends in 0 days"),
        (datetime(2027, 4, 6, tzinfo=UTC), Status.FAIL, "Opsgenie ended on 05 April 2027"),
    ],
)
async def test_the_end_of_opsgenie_is_told_with_its_date(now: datetime, status: Status, words: str) -> None:
    async with opsgenie(now=now) as ours:
        answer = await ours.answers()
    assert answer.status is status
    assert words in answer.summary
    assert "JSM_CLOUD_ID" in answer.summary


@pytest.mark.parametrize(
    ("schedules", "people", "wanted", "status"),
    [
        ([schedule()], [on_call("ana@example.com")], (), Status.OK),
        ([schedule()], [on_call()], (), Status.FAIL),
        ([schedule()], [on_call(" ")], (), Status.FAIL),
        ([schedule()], [], (), Status.FAIL),
        ([schedule(), schedule("Search", id="s2")], [on_call("ana@example.com")], (), Status.FAIL),
        ([schedule()], [{"_parent": {"id": "s1"}}], (), Status.UNKNOWN),
        ([schedule()], [on_call("a@b.c"), on_call("a@b.c", identity="s9")], (), Status.UNKNOWN),
        ([], [], (), Status.UNKNOWN),
        ([schedule(enabled=False)], [on_call()], (), Status.UNKNOWN),
        ([schedule(enabled=False)], [on_call("a@b.c")], ("Shop",), Status.FAIL),
        ([schedule()], [on_call("a@b.c")], ("Shop", "Search"), Status.UNKNOWN),
        ([schedule(), schedule("Search", id="s2")], [on_call("a@b.c")], ("Shop",), Status.OK),
        ([schedule(ownerTeam=None, enabled=None)], [on_call("a@b.c")], (), Status.OK),
    ],
)
async def test_people_on_call(schedules: list[Any], people: list[Any], wanted: tuple[str, ...], status: Status) -> None:
    answer = await asked({SCHEDULES: whole(schedules), ON_CALLS: whole(people)}, "oncall", schedules=wanted)
    assert answer.status is status
    assert (answer.reason is not None) == (status is Status.UNKNOWN)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "1 heartbeat came in time"),
        ({"expired": True}, Status.FAIL, "no sign in time"),
        ({"enabled": False}, Status.WARN, "switched off"),
        ({"enabled": False, "expired": True}, Status.FAIL, "no sign in time"),
        ({"lastPingTime": None}, Status.WARN, "no sign ever came"),
        ({"lastPingTime": "2026-03-02T08:25:00.000Z"}, Status.OK, "came in time"),
        ({"lastPingTime": "2026-03-01T08:25:00.000Z"}, Status.WARN, "its last sign came 01 Mar 08:25 UTC"),
        ({"expired": None}, Status.UNKNOWN, "does not tell its state"),
    ],
)
async def test_heartbeats(changes: dict[str, Any], status: Status, words: str) -> None:
    answer = await asked({HEARTBEATS: whole({"heartbeats": [heartbeat(**changes)]})}, "heartbeats")
    assert answer.status is status
    assert words in answer.summary


async def test_a_heartbeat_that_must_be_there_is_asked_for_by_its_name() -> None:
    instead = {"GET /v2/heartbeats/prometheus%2Feu": whole(heartbeat(name="prometheus/eu"))}
    wanted = ("prometheus/eu",)
    assert (await asked(instead, "heartbeats", heartbeats=wanted)).status is Status.OK
    missing = await asked(instead, "heartbeats", heartbeats=(*wanted, "backup"))
    assert missing.status is Status.FAIL
    assert "backup: not there" in missing.summary


async def test_who_is_on_call_stands_for_the_team_that_owns_the_schedule() -> None:
    async with opsgenie() as ours:
        (duty,) = await ours.on_call()
        assert await ours.coming(NOW) == ()
    assert (duty.name, duty.email, duty.level) == ("ana@example.com", "ana@example.com", 1)
    assert (duty.service_ref, duty.service_name, duty.schedule) == ("t1", "Shop team", "Shop")


async def test_a_look_tells_what_notices_would_have_told_and_nothing_of_what_is_not_there() -> None:
    known = {one: incident_alert(source="opsgenie", id=one) for one in ("fires", "taken", "closed", "odd", "gone")}
    answers = {
        ALERTS: alerts(alert(id="fires"), alert(id="taken", acknowledged=True), alert(id="not ours")),
        "GET /v2/alerts/closed": whole(alert(id="closed", status="closed")),
        "GET /v2/alerts/odd": whole(alert(id="odd", status="of tomorrow")),
        "GET /v2/alerts/gone": told({"message": "Alert does not exist", "took": 0.1, "requestId": "r"}, 404),
    }
    async with opsgenie(answers) as ours:
        standing = await ours.look(list(known.values()))
    assert standing.fires == {known["fires"].key, known["taken"].key}
    assert standing.gone == (), "only its own word says that it is over"
    assert {one.alert.id: one.change for one in standing.news} == {
        "taken": Change.ACKNOWLEDGED,
        "closed": Change.RESOLVED,
    }
    at = datetime(2026, 3, 2, 6, 20, tzinfo=UTC)
    (over,) = [one.alert for one in standing.news if one.change is Change.RESOLVED]
    assert (over.state, over.occurred_at) == (AlertState.RESOLVED, at)


async def test_a_missing_right_is_named_and_the_rest_is_told_all_the_same() -> None:
    refused = told({"message": "not authorised", "code": 40301, "took": 0.1, "requestId": "r"}, 403)
    async with opsgenie({SCHEDULES: refused, HEARTBEATS: refused}) as ours:
        with pytest.raises(NotAuthorised, match=r"access the configuration .*a team's own key sees only that team"):
            await ours.on_call_gaps()
        tried = dict(await ours.probe())
    assert [what for what, problem in tried.items() if problem] == [
        "read schedules and who is on call",
        "read heartbeats",
    ]


async def test_a_throttled_account_is_asked_to_wait() -> None:
    throttled = told({"message": "You are making too many requests!", "took": 0.1, "requestId": "r"}, 429)
    async with opsgenie({ALERTS: throttled}) as ours:
        with pytest.raises(RateLimited):
            await ours.alerts()


def test_read_only_never_acts_and_says_so_to_the_local_workspace() -> None:
    wiring = Wiring(outside=Outside())
    settings = OpsgenieSettings(api_key=SecretStr(KEY), read_only=True)
    assert not isinstance(connect(settings, wiring), Pager)
    assert not settings.on("write")
    assert settings.on("read")
    writing = OpsgenieSettings(api_key=SecretStr(KEY))
    assert isinstance(connect(writing, wiring), Pager)
    assert writing.on("write")
    assert connect(OpsgenieSettings(webhook_secret=SecretStr("s")), wiring) is None
