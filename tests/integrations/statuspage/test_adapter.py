"""How Statuspage's answers are judged, and what is published there."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Broadcast
from bot.domain.check import Answer, Status
from bot.domain.errors import NotAuthorised, RateLimited, Refused
from bot.domain.publication import Publication
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.pace import Pace
from bot.integrations.settings import IncompleteSettings
from bot.integrations.statuspage.adapter import Statuspage, StatuspageReader, connect
from bot.integrations.statuspage.client import APART, BURST
from bot.integrations.statuspage.settings import StatuspageSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.statuspage.scripted import (
    ACTIVE,
    COMPONENTS,
    KEY,
    SCRIPT,
    SUMMARY,
    UNRESOLVED,
    UPCOMING,
    VENDOR,
    component,
    incident,
    summary,
)

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
NEWS = Publication(
    incident="INC-142", title="Payments fail", severity="SEV1", rank=0, status="investigating", words="We look into it."
)
Server = Callable[[Request], Canned]


@asynccontextmanager
async def statuspage(
    instead: Mapping[str, Canned] | None = None, *, server: Server | None = None
) -> AsyncIterator[StatuspageReader]:
    outside = Outside(patience=3, now=lambda: NOW)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            settings = SCRIPT.settings(address)
            assert isinstance(settings, StatuspageSettings)
            found = connect(settings, Wiring(outside=outside))
            assert found is not None
            yield found
    finally:
        await outside.aclose()


async def asked(check: str, instead: Mapping[str, Canned] | None = None, *, server: Server | None = None) -> Answer:
    async with statuspage(instead, server=server) as ours:
        return await next(one for one in ours.checks() if one.name == f"statuspage.{check}").ask()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("operational", Status.OK),
        ("under_maintenance", Status.WARN),
        ("degraded_performance", Status.WARN),
        ("partial_outage", Status.FAIL),
        ("major_outage", Status.FAIL),
        ("of tomorrow", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
async def test_components(status: str, expected: Status) -> None:
    answer = await asked("components", {COMPONENTS: told([component(), component(status=status, id="c2")])})
    assert answer.status is expected
    assert (answer.reason is not None) == (expected is Status.UNKNOWN)


async def test_a_group_only_repeats_its_members_but_counts_where_there_is_nothing_else() -> None:
    group = component("All", "major_outage", id="g", group=True)
    assert (await asked("components", {COMPONENTS: told([component(), group])})).status is Status.OK
    assert (await asked("components", {COMPONENTS: told([group])})).status is Status.FAIL


@pytest.mark.parametrize(
    ("indicator", "found", "expected"),
    [
        ("none", (), Status.OK),
        ("minor", (), Status.WARN),
        ("maintenance", (), Status.WARN),
        ("major", (), Status.FAIL),
        ("critical", (), Status.FAIL),
        ("of tomorrow", (), Status.UNKNOWN),
        ("none", (component(status="degraded_performance"),), Status.WARN),
    ],
)
async def test_our_page_and_a_vendors(indicator: str, found: tuple[Any, ...], expected: Status) -> None:
    assert (await asked("page", {SUMMARY: summary(indicator, *found)})).status is expected
    assert (await asked("vendors", {VENDOR: summary(indicator, *found)})).status is expected


async def test_a_vendor_whose_page_does_not_answer_is_unknown_beside_one_that_does() -> None:
    async with serving(SCRIPT.replying({VENDOR: told({}, 500)})) as address:
        outside = Outside(patience=3)
        ours = connect(StatuspageSettings(vendors=(address, f"{address}/vendor")), Wiring(outside=outside))
        assert ours is not None
        (check,) = ours.checks()
        answer = await check.ask()
        await outside.aclose()
    assert (answer.status, [one.status for one in answer.evidence]) == (Status.UNKNOWN, [Status.UNKNOWN, Status.OK])


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        ([], Status.OK, "No incident is open"),
        ([incident(status="resolved")], Status.OK, "No incident is open"),
        ([incident()], Status.WARN, "investigating, impact major"),
        ([incident(impact="critical")], Status.FAIL, "impact critical"),
        ([incident(incident_updates=[], updated_at="2026-02-28T06:20:00Z")], Status.WARN, "no update for 50 h"),
        ([{"id": "bare"}], Status.WARN, "bare"),
    ],
)
async def test_incidents_left_open(found: list[Any], expected: Status, words: str) -> None:
    answer = await asked("incidents", {UNRESOLVED: told(found)})
    assert answer.status is expected
    assert words in answer.summary


@pytest.mark.parametrize(
    ("active", "upcoming", "expected", "words"),
    [
        ([incident(scheduled_until="2026-03-02T10:00:00Z")], [], Status.OK, "1 maintenances under way, 0 within 24 h"),
        ([incident(scheduled_until="2026-03-02T08:00:00Z")], [], Status.WARN, "should have ended by 02 Mar 08:00 UTC"),
        ([], [incident(scheduled_for="2026-03-02T20:00:00Z")], Status.OK, "1 within 24 h"),
        ([], [incident(scheduled_for="2026-04-02T20:00:00Z")], Status.OK, "0 within 24 h"),
    ],
)
async def test_maintenance(active: list[Any], upcoming: list[Any], expected: Status, words: str) -> None:
    answer = await asked("maintenance", {ACTIVE: told(active), UPCOMING: told(upcoming)})
    assert answer.status is expected
    assert words in answer.summary


def second_page(*first: dict[str, Any], second: list[dict[str, Any]]) -> Server:
    def server(request: Request) -> Canned:
        if request.line != COMPONENTS:
            return SCRIPT.replying()(request)
        assert request.query["per_page"] == ["100"]
        return told(list(first) if request.query["page"] == ["1"] else second)

    return server


async def test_what_is_down_on_the_second_page_only_is_seen() -> None:
    full = [component(id=f"c{number}") for number in range(100)]
    down = [component(status="major_outage", id="last")]
    assert (await asked("components", server=second_page(*full, second=down))).status is Status.FAIL
    with pytest.raises(Refused, match="repeats a page"):
        await asked("components", server=second_page(*full, second=full))


async def test_the_key_goes_as_oauth_and_only_to_the_page_that_is_managed() -> None:
    seen: dict[str, str | None] = {}

    def server(request: Request) -> Canned:
        seen[request.line] = request.headers.get("authorization")
        return SCRIPT.replying()(request)

    async with statuspage(server=server) as ours:
        for check in ours.checks():
            await check.ask()
    assert seen[COMPONENTS] == f"OAuth {KEY}"
    assert (seen[SUMMARY], seen[VENDOR]) == (None, None)


@pytest.mark.parametrize("status", [420, 429])
async def test_too_many_calls_are_told_by_either_number(status: int) -> None:
    with pytest.raises(RateLimited):
        await asked("components", {COMPONENTS: told({"error": "slow down"}, status)})


async def test_errors_come_as_a_list_or_as_a_text() -> None:
    for body in ({"error": ["Page is not active"]}, {"error": "Page is not active"}):
        with pytest.raises(Refused, match="Page is not active"):
            await asked("components", {COMPONENTS: told(body, 422)})


async def test_a_private_page_says_what_to_take_out_and_a_weak_key_which_role_it_needs() -> None:
    with pytest.raises(NotAuthorised, match=r"a private page.*Take it out of STATUSPAGE_URL"):
        await asked("page", {SUMMARY: told({}, 401)})
    with pytest.raises(NotAuthorised, match="see the page's components"):
        await asked("components", {COMPONENTS: told({}, 403)})


async def test_a_minute_never_has_more_calls_than_it_may() -> None:
    clock, slept = [0.0], [0.0]

    async def sleep(seconds: float) -> None:
        slept[0] += seconds
        clock[0] += seconds

    pace = Pace(every=APART, at_once=BURST, clock=lambda: clock[0], sleep=sleep)
    times = []
    for _ in range(70):
        await pace.turn()
        times.append(clock[0])
    assert times[9] == pytest.approx(0)
    assert max(sum(start <= one < start + 60 for one in times) for start in times) in (59, 60)


def test_the_settings_say_what_it_does() -> None:
    wiring = Wiring(outside=Outside(), instance="acme")
    public = connect(StatuspageSettings(url="https://status.acme.com"), wiring)
    assert public is not None
    assert not isinstance(public, Broadcast)
    assert [one.name for one in public.checks()] == ["statuspage.page"]
    ours = connect(StatuspageSettings(api_key=SecretStr(KEY), page_id="p1"), wiring)
    assert isinstance(ours, Statuspage)
    assert (ours.title, ours.public) == ("Statuspage acme", True)
    with pytest.raises(IncompleteSettings, match="STATUSPAGE_PAGE_ID is missing"):
        StatuspageSettings(api_key=SecretStr(KEY), url="https://status.acme.com").refuse_half_set()


class Page:
    """What stands on the page, and what was asked of it."""

    def __init__(self, *found: dict[str, Any], loses: int = 0) -> None:
        self.found, self.loses = list(found), loses
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: Request) -> Canned:
        if request.method == "GET":
            return told([one for one in self.found if one["status"] != "resolved"])
        said = json.loads(request.body)["incident"]
        self.sent.append((request.line, said))
        if request.method == "POST":
            self.found.append(incident(id="new", incident_updates=[], **said))
        one = self.found[-1]
        one["status"] = said["status"]
        one["incident_updates"] = [{"body": said["body"], "status": said["status"]}]
        if self.loses:
            self.loses -= 1
            return Canned(status=201, ending="cut", body=b"{}")
        return told(one, 201 if request.method == "POST" else 200)


async def published(page: Page, *news: Publication) -> None:
    async with statuspage(server=page) as ours:
        assert isinstance(ours, Statuspage)
        for one in news:
            try:
                await ours.publish(one)
            except Exception:  # noqa: BLE001 - whatever was lost, the step is tried again
                await ours.publish(one)


async def test_the_first_update_makes_an_incident_and_the_next_ones_go_to_it() -> None:
    page = Page(incident(id="of somebody else", name="Payments fail"))
    await published(page, NEWS, replace(NEWS, status="identified", words="We roll back."))
    (first, made), (second, changed) = page.sent
    assert (first, second) == (
        "POST /v1/pages/kctbh9vrtdwd/incidents",
        "PATCH /v1/pages/kctbh9vrtdwd/incidents/new",
    )
    assert made == {
        "name": "Payments fail",
        "status": "investigating",
        "body": "We look into it.",
        "impact_override": "critical",
        "deliver_notifications": True,
        "metadata": {"daywatch": {"incident": "INC-142"}},
    }
    assert changed == {"status": "identified", "body": "We roll back.", "deliver_notifications": True}


async def test_an_answer_that_was_lost_does_not_mail_the_customers_twice() -> None:
    page = Page(loses=1)
    await published(page, NEWS)
    page.loses = 1
    await published(page, replace(NEWS, status="identified", words="We roll back."))
    assert [line.split()[0] for line, _ in page.sent] == ["POST", "PATCH"]


async def test_what_is_over_is_closed_once_and_never_opened() -> None:
    page = Page()
    await published(page, NEWS, *[replace(NEWS, status="resolved", words="It works again.")] * 2)
    assert [said["status"] for _, said in page.sent] == ["investigating", "resolved"]


async def test_without_a_title_for_customers_they_do_not_read_ours() -> None:
    page = Page()
    await published(page, replace(NEWS, title="", rank=3))
    assert (page.sent[0][1]["name"], page.sent[0][1]["impact_override"]) == ("Service disruption", "minor")
