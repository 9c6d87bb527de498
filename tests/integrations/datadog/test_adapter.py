"""How Datadog's answers are judged, with the payloads it really sends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, RateLimited, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.datadog.adapter import Datadog
from bot.integrations.datadog.settings import DatadogSettings
from bot.integrations.http import Outside
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.datadog.scripted import (
    A_SLO,
    API_KEY,
    APP_KEY,
    DOWNTIMES,
    FINE,
    HISTORY,
    SCRIPT,
    SEARCH,
    SLOS,
    VALIDATE,
    downtime,
    downtimes,
    history,
    monitor,
    monitors,
    slo,
    slos,
)
from tests.integrations.moment import still

KEYS: Mapping[str, Any] = {"api_key": SecretStr(API_KEY), "app_key": SecretStr(APP_KEY)}


@asynccontextmanager
async def datadog(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Datadog]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            ours = Datadog.connect(DatadogSettings(api_url=address, **{**KEYS, **settings}), wiring)
            assert ours is not None
            yield ours
    finally:
        await outside.aclose()


def connected(**settings: Any) -> Datadog:
    ours = Datadog.connect(DatadogSettings(**{**KEYS, **settings}), Wiring(outside=Outside(patience=2)))
    assert ours is not None
    return ours


def test_checks_stand_under_dashboards_and_alerting() -> None:
    assert {check.name: check.item for check in connected().checks()} == {
        "datadog.monitors": Item.DASHBOARDS,
        "datadog.slos": Item.DASHBOARDS,
        "datadog.downtimes": Item.ALERTING,
    }


def test_a_secret_of_ours_alone_takes_notices_and_asks_nothing() -> None:
    only_inbound = DatadogSettings(webhook_secret=SecretStr("s"))
    assert (only_inbound.on("inbound"), only_inbound.on("read")) == (True, False)
    assert Datadog.connect(only_inbound, Wiring(outside=Outside())) is None


@pytest.mark.parametrize(
    ("site", "api", "page"),
    [
        ("datadoghq.com", "https://api.datadoghq.com", "https://app.datadoghq.com"),
        ("datadoghq.eu", "https://api.datadoghq.eu", "https://app.datadoghq.eu"),
        ("us5.datadoghq.com", "https://api.us5.datadoghq.com", "https://us5.datadoghq.com"),
        ("ddog-gov.com", "https://api.ddog-gov.com", "https://app.ddog-gov.com"),
        (" https://app.datadoghq.eu/account ", "https://api.datadoghq.eu", "https://app.datadoghq.eu"),
        ("api.ap1.datadoghq.com", "https://api.ap1.datadoghq.com", "https://ap1.datadoghq.com"),
    ],
)
def test_each_site_has_its_api_and_its_pages(site: str, api: str, page: str) -> None:
    settings = DatadogSettings(site=site)
    assert (settings.api_address, settings.page_address) == (api, page)


def test_its_variables_bear_both_of_the_vendor_s_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DD_API_KEY", "a")
    monkeypatch.setenv("DD_APP_KEY", "b")
    monkeypatch.setenv("DATADOG_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DATADOG_WEBHOOK_SECRET", "s")
    settings = DatadogSettings()
    assert (settings.api_address, settings.on("read"), settings.on("inbound")) == ("http://127.0.0.1:1", True, True)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Alert", Status.FAIL),
        ("Warn", Status.WARN),
        ("No Data", Status.WARN),
        ("Ignored", Status.WARN),
        ("Skipped", Status.WARN),
        ("Unknown", Status.UNKNOWN),
        ("Dancing", Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
async def test_a_monitor_is_judged_by_its_state(state: str | None, status: Status) -> None:
    async with datadog({SEARCH: monitors(monitor(status=state), FINE)}) as ours:
        answer = await ours.monitors()
    (one,) = answer.evidence
    assert (answer.status, one.status, one.key, one.title) == (
        status,
        status,
        "monitor:143210987",
        "Checkout latency",
    )
    assert one.detail == f"{state or 'no state'}; metric alert; service:checkout"
    assert one.since == datetime(2026, 3, 2, 6, 10, 2, tzinfo=UTC)
    assert one.url == "https://app.datadoghq.com/monitors/143210987"
    assert answer.link == "https://app.datadoghq.com/monitors/manage"
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_healthy_monitors_are_counted() -> None:
    async with datadog() as ours:
        answer = await ours.monitors()
    assert (answer.status, answer.summary) == (Status.OK, "None of 1 monitors is in Alert, Warn or No Data")


@pytest.mark.parametrize(
    ("counts", "status", "title"),
    [
        ({"OK": 9, "Alert": 2}, Status.FAIL, "2 more in Alert"),
        ({"OK": 9, "No_Data": 1}, Status.WARN, "1 more in No Data"),
        ({"OK": 9, "Unknown": 1}, Status.UNKNOWN, "1 more in Unknown"),
    ],
)
async def test_what_is_counted_and_not_listed_is_no_good_news(
    counts: dict[str, int], status: Status, title: str
) -> None:
    async with datadog({SEARCH: monitors(**counts)}) as ours:
        answer = await ours.monitors()
    assert (answer.status, answer.evidence[0].title) == (status, title)
    listed = {SEARCH: monitors(monitor(), OK=9, Alert=1)}
    async with datadog(listed) as ours:
        assert len((await ours.monitors()).evidence) == 1


async def test_what_may_be_missing_may_be_missing() -> None:
    bare = told({"monitors": [{"id": 5, "status": "Alert"}]})
    async with datadog({SEARCH: bare}) as ours:
        (one,) = (await ours.monitors()).evidence
    assert (one.title, one.detail, one.since) == ("monitor 5", "Alert", None)
    fine = told({"monitors": [{"id": 5, "status": "OK", "scopes": None, "last_triggered_ts": None}], "counts": None})
    async with datadog({SEARCH: fine}) as ours:
        assert (await ours.monitors()).status is Status.OK
    async with datadog({SEARCH: told({"monitors": []})}) as ours:
        assert (await ours.monitors()).status is Status.UNKNOWN
    async with datadog({SEARCH: monitors(monitor(last_triggered_ts=1e300, id=None))}) as ours:
        (one,) = (await ours.monitors()).evidence
    assert (one.since, one.url) == (None, "https://app.datadoghq.com/monitors/manage")


async def test_the_search_is_narrowed_for_both_of_its_questions() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        asked.append(request.query["query"][0] if "query" in request.query else "")
        return monitors(FINE)

    async with datadog(server=server, monitor_query=' tag:"team:ops" ') as ours:
        await ours.monitors()
    assert sorted(asked) == ['status:(alert OR warn OR "no data") tag:"team:ops"', 'tag:"team:ops"']
    asked.clear()
    async with datadog(server=server) as ours:
        await ours.monitors()
    assert sorted(asked) == ["", 'status:(alert OR warn OR "no data")']


def searching(*pages: Canned) -> Any:
    """Answers each page of the search for trouble by its number; everything else as healthy."""

    def server(request: Request) -> Canned:
        if request.line != SEARCH or not request.query.get("query", [""])[0].startswith("status:"):
            return SCRIPT.replying()(request)
        assert request.query["per_page"] == ["100"]
        return pages[min(int(request.query["page"][0]), len(pages) - 1)]

    return server


async def test_monitors_are_read_to_the_last_page() -> None:
    many = [monitor(f"W{number}", "Warn", id=number + 10) for number in range(100)]
    last = monitor("Last", "Alert", id=7)
    told_how_many = [monitors(*many, pages=2, total=101), monitors(last, number=1, pages=2, total=101)]
    not_told = [told({"monitors": many}), told({"monitors": [last]}), told({"monitors": []})]
    only_pages = [
        told({"monitors": many, "metadata": {"page_count": 2}}),
        told({"monitors": [last], "metadata": {"page_count": 2}}),
        told({"monitors": []}),
    ]
    for pages in (told_how_many, not_told, only_pages):
        async with datadog(server=searching(*pages)) as ours:
            answer = await ours.monitors()
        assert (answer.status, answer.evidence[0].title, len(answer.evidence)) == (Status.FAIL, "Last", 101)


async def test_a_list_that_is_not_whole_is_refused() -> None:
    one = monitor("A", "Warn", id=1)
    full = told({"monitors": [monitor(id=number) for number in range(100)]})
    short = [
        searching(monitors(one, total=2), monitors(total=2)),
        searching(monitors(one, total=2)),
        searching(monitors(total=5)),
        searching(monitors(one, pages=3)),
        searching(monitors(one, total=2), told({}, 500)),
        searching(full),
        searching(monitors(one, monitor("B", "Warn", id=2), total=1)),
    ]
    for server in short:
        async with datadog(server=server) as ours:
            with pytest.raises(VendorError):
                await ours.monitors()


@pytest.mark.parametrize(
    ("sli", "left", "status", "detail"),
    [
        (99.99, 90, Status.OK, ""),
        (99.99, None, Status.OK, ""),
        (99.99, 25, Status.WARN, "30d: 99.99% of 99.9%, 25% of the error budget left"),
        (99.94, None, Status.WARN, "30d: 99.94% of 99.9%, 40% of the error budget left"),
        (99.91, 90, Status.WARN, "30d: 99.91% of 99.9%, 10% of the error budget left"),
        (99.9, 0, Status.WARN, "30d: 99.9% of 99.9%, 0% of the error budget left"),
        (99.8, None, Status.FAIL, "30d: 99.8% of 99.9%, -100% of the error budget left"),
        (99.99, -3, Status.FAIL, "30d: 99.99% of 99.9%, -3% of the error budget left"),
        (None, None, Status.UNKNOWN, "30d: no data"),
    ],
)
async def test_an_slo_is_judged_by_its_budget(
    sli: float | None, left: float | None, status: Status, detail: str
) -> None:
    async with datadog({A_SLO: history(sli, left)}) as ours:
        answer = await ours.slos()
    assert answer.status is status
    assert bool(answer.reason) is (status is Status.UNKNOWN)
    if status is not Status.OK:
        (one,) = answer.evidence
        assert (one.key, one.detail) == (f"slo:{slo()['id']}:30d", detail)
        assert one.url == f"https://app.datadoghq.com/slo/manage?slo_id={slo()['id']}"


@pytest.mark.parametrize(
    ("canned", "detail"),
    [
        (history(errors=[{"error": "query failed"}]), "30d: query failed"),
        (told({"data": None, "errors": ["no such metric"]}), "30d: no such metric"),
        (
            told({"data": {"overall": {"sli_value": 99.99, "errors": [{"error_type": "x", "error_message": "cut"}]}}}),
            "30d: cut",
        ),
        (told({"errors": [{}]}), "30d: one without words"),
        (told({"data": {"overall": {"sli_value": 99.99}, "errors": "timed out"}}), "30d: timed out"),
        (told({"data": {"overall": {"sli_value": 99.99, "state": "no_data"}}}), "30d: no data"),
        (
            told({"data": {"overall": {"sli_value": 99.99, "state": "dancing"}}}),
            "30d: 99.99% of 99.9%, 90% of the error budget left",
        ),
        (told({"data": {}}), "30d: no data"),
        (told({}), "30d: no data"),
        (
            told({"data": {"overall": {"sli_value": 99.99}, "to_ts": 1615928790}}),
            "30d: the history that it gives is old",
        ),
    ],
)
async def test_errors_inside_a_200_and_missing_or_old_data_are_unknown(canned: Canned, detail: str) -> None:
    async with datadog({A_SLO: canned}) as ours:
        answer = await ours.slos()
    (one,) = answer.evidence
    assert (answer.status, one.status, one.detail) == (Status.UNKNOWN, Status.UNKNOWN, detail)


@pytest.mark.parametrize(
    ("state", "status"), [("ok", Status.OK), ("warning", Status.WARN), ("breached", Status.FAIL), (None, Status.OK)]
)
async def test_the_worse_of_datadog_s_word_and_the_numbers_counts(state: str | None, status: Status) -> None:
    async with datadog({A_SLO: told({"data": {"overall": {"sli_value": 99.99, "state": state}}})}) as ours:
        assert (await ours.slos()).status is status


async def test_what_was_recorded_of_a_new_slo_is_no_data() -> None:
    errors = [{"error_message": "The denominator is zero valued", "error_type": "ZERO_VALUED_DENOMINATOR"}]
    overall = {"errors": errors, "sli_value": None, "span_precision": 2, "uptime": None, "state": "no_data"}
    recorded = told({"data": {"overall": overall, "type": "metric", "type_id": 1}, "errors": None})
    async with datadog({SLOS: told({"data": [slo()], "error": None}), A_SLO: recorded}) as ours:
        answer = await ours.slos()
    assert (answer.status, answer.evidence[0].detail) == (Status.UNKNOWN, "30d: The denominator is zero valued")


async def test_numbers_that_are_none_are_refused() -> None:
    body = b'{"data": {"overall": {"sli_value": NaN}}}'
    async with datadog({A_SLO: Canned(body=body)}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.slos()


async def test_each_time_frame_is_asked_for_by_itself() -> None:
    asked: list[tuple[int, str | None]] = []
    frames = [{"timeframe": frame, "target": target} for frame, target in (("7d", 99.9), ("30d", 99), ("90d", 100))]

    def server(request: Request) -> Canned:
        if request.line == SLOS:
            return slos(slo(thresholds=frames))
        length = int(request.query["to_ts"][0]) - int(request.query["from_ts"][0])
        asked.append((length // 86_400, request.query.get("target", [None])[0]))
        return history(99.95 if length > 8_000_000 else 99.99, None)

    async with datadog(server=server) as ours:
        answer = await ours.slos()
    assert sorted(asked) == [(7, "99.9"), (30, "99.0"), (90, None)]
    assert [(one.key[-3:], one.status) for one in answer.evidence] == [("90d", Status.FAIL)]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"thresholds": []}, "has no target"),
        ({"thresholds": None}, "has no target"),
        ({"thresholds": [{"timeframe": "custom", "target": 99}]}, "custom: how long that lasts is not told"),
        ({"thresholds": [{"target": 99}]}, "no time frame: how long that lasts is not told"),
    ],
)
async def test_an_slo_that_cannot_be_measured_is_unknown(changes: dict[str, Any], detail: str) -> None:
    async with datadog({SLOS: slos(slo(**changes))}) as ours:
        answer = await ours.slos()
    assert (answer.status, answer.evidence[0].detail) == (Status.UNKNOWN, detail)


async def test_a_target_beside_the_list_stands_for_it() -> None:
    beside = slo(thresholds=None, timeframe="7d", target_threshold=99.9)
    async with datadog({SLOS: slos(beside)}) as ours:
        answer = await ours.slos()
    assert answer.status is Status.OK


async def test_one_slo_that_fails_to_answer_hides_no_other() -> None:
    two = slos(slo("Gone", id="gone"), slo("Bad", id="bad"))
    async with datadog({SLOS: two, HISTORY.format("bad"): history(99.0, None)}) as ours:
        answer = await ours.slos()
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.FAIL, ["Bad", "Gone"])
    async with datadog({SLOS: two, HISTORY.format("bad"): history()}) as ours:
        assert (await ours.slos()).status is Status.UNKNOWN


async def test_slos_are_read_to_the_last_page_and_by_their_tag() -> None:
    offsets: list[str] = []

    def server(request: Request) -> Canned:
        if request.line != SLOS:
            return history(99.0) if request.path.endswith("/last/history") else history()
        assert (request.query["limit"], request.query["tags_query"]) == (["1000"], ["team:ops"])
        offsets.append(request.query["offset"][0])
        pages = {"0": [slo(id="a"), slo(id="b")], "2": [slo("Last", id="last")]}
        return slos(*pages[offsets[-1]], total=3)

    async with datadog(server=server, slo_tags="team:ops") as ours:
        answer = await ours.slos()
    assert (answer.status, answer.evidence[0].title, offsets) == (Status.FAIL, "Last", ["0", "2"])


async def test_an_error_beside_the_list_and_too_many_slos_are_refused() -> None:
    for wrong in (slos(slo(), errors=["partial"]), told({"data": [slo()], "errors": [], "error": "partial"})):
        async with datadog({SLOS: wrong}) as ours:
            with pytest.raises(Refused, match="with an error: partial"):
                await ours.slos()
    async with datadog({SLOS: slos(*(slo(id=str(number)) for number in range(101)))}) as ours:
        with pytest.raises(Refused, match="more than 100 objectives; name the important ones with DD_SLO_TAGS"):
            await ours.slos()


async def test_thresholds_are_the_team_s_choice() -> None:
    limits = {"datadog.slos": {"warn": 50, "fail": 45}}
    for left, status in ((51, Status.OK), (50, Status.WARN), (44, Status.FAIL)):
        async with datadog({A_SLO: history(99.99, left)}, thresholds=limits) as ours:
            assert (await ours.slos()).status is status


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({}, Status.OK, ""),
        ({"status": "ended", "schedule": {"end": None}}, Status.OK, ""),
        ({"status": "canceled", "schedule": {"end": None}}, Status.OK, ""),
        ({"status": "scheduled", "schedule": {"end": None}}, Status.OK, ""),
        ({"schedule": {"start": None, "end": None}}, Status.WARN, "has no end; disk swap"),
        ({"schedule": {"start": "2026-03-01T09:00:00Z"}, "message": None}, Status.WARN, "has no end"),
        ({"status": None, "schedule": {"end": None}}, Status.WARN, "has no end; disk swap"),
        ({"schedule": {"recurrences": [{"rrule": "FREQ=DAILY", "duration": "1h"}]}}, Status.OK, ""),
        ({"scope": "*", "monitor_identifier": {"monitor_tags": ["*"]}}, Status.WARN, "mutes every monitor; disk swap"),
        ({"scope": "*", "monitor_identifier": None}, Status.WARN, "mutes every monitor; disk swap"),
        ({"scope": "*"}, Status.OK, ""),
        ({"monitor_identifier": {"monitor_tags": ["*"]}}, Status.OK, ""),
        ({"schedule": {"end": "2026-03-01T10:00:00Z"}}, Status.WARN, "is still active after its end; disk swap"),
        ({"schedule": {"end": "2026-03-01T10:00:00Z"}, "status": None}, Status.OK, ""),
        ({"schedule": None}, Status.UNKNOWN, "does not say when it ends; disk swap"),
        ({"status": "dozing"}, Status.UNKNOWN, "is in the state dozing, which we do not know; disk swap"),
    ],
)
async def test_a_downtime_is_judged_by_its_end(changes: dict[str, Any], status: Status, detail: str) -> None:
    async with datadog({DOWNTIMES: downtimes(downtime(**changes))}) as ours:
        answer = await ours.downtimes()
    assert answer.status is status
    assert [one.detail for one in answer.evidence] == ([detail] if detail else [])
    assert answer.link == "https://app.datadoghq.com/monitors/downtimes"
    for one in answer.evidence:
        assert one.key == "downtime:0d7f5a7c-1e1b-11ef-8b8a-da7ad0900002"
        assert one.url == answer.link


async def test_a_downtime_of_which_nothing_is_told_is_unknown() -> None:
    async with datadog({DOWNTIMES: downtimes({"id": "d1", "type": "downtime"})}) as ours:
        answer = await ours.downtimes()
    assert (answer.status, answer.evidence[0].title) == (Status.UNKNOWN, "downtime d1")


async def test_no_downtime_is_fine_when_it_is_said() -> None:
    async with datadog({DOWNTIMES: downtimes()}) as ours:
        answer = await ours.downtimes()
    assert (answer.status, answer.summary) == (Status.OK, "No downtime")


async def test_downtimes_are_those_of_now_to_the_last_page() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        assert (request.query["current_only"], request.query["page[limit]"]) == (["true"], ["100"])
        asked.append(request.query["page[offset]"][0])
        pages = {"0": downtime() | {"id": "a"}, "1": downtime(schedule={"end": None}) | {"id": "b"}}
        return downtimes(pages[asked[-1]], total=2)

    async with datadog(server=server) as ours:
        answer = await ours.downtimes()
    assert (answer.status, len(answer.evidence), asked) == (Status.WARN, 1, ["0", "1"])


@pytest.mark.parametrize("errors", [["Forbidden"], [{"status": "403", "title": "Forbidden", "detail": "no"}]])
async def test_a_403_may_be_a_right_a_key_or_the_site(errors: Any) -> None:
    denied = told({"errors": errors}, 403)
    async with datadog({SEARCH: denied, SLOS: denied, DOWNTIMES: denied}) as ours:
        with pytest.raises(NotAuthorised, match=r"\(scope monitors_read\).*check DD_API_KEY, DD_APP_KEY and DD_SITE"):
            await ours.monitors()
        found = dict(await ours.probe())
    assert found["use its API key"] is None
    assert "monitors_read" in (found["read monitors"] or "")
    assert "slos_read" in (found["read SLOs"] or "")
    assert "monitors_downtime" in (found["list downtimes"] or "")


async def test_a_key_that_is_not_valid_is_told_before_any_right() -> None:
    async with datadog({VALIDATE: told({"errors": ["Forbidden"]}, 403)}) as ours:
        with pytest.raises(NotAuthorised, match="check DD_API_KEY and DD_SITE"):
            await ours.probe()
    async with datadog({VALIDATE: told({"valid": False})}) as ours:
        with pytest.raises(Refused):
            await ours.probe()
    async with datadog({SEARCH: told({"errors": ["Unauthorized"]}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="Renew DD_API_KEY and DD_APP_KEY"):
            await ours.monitors()


@pytest.mark.parametrize("errors", [["Out of order"], [{"title": "Bad", "detail": "Out of order"}]])
async def test_errors_are_texts_or_objects(errors: Any) -> None:
    async with datadog({DOWNTIMES: told({"errors": errors}, 400)}) as ours:
        with pytest.raises(Refused, match="refused: Out of order"):
            await ours.downtimes()


async def test_a_pause_is_as_long_as_the_reset_says() -> None:
    limited = replace(
        told({"errors": ["Rate limit exceeded"]}, 429),
        headers={"content-type": "application/json", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "42"},
    )
    async with datadog({SEARCH: limited}) as ours:
        with pytest.raises(RateLimited, match="a pause of 42 s"):
            await ours.monitors()


async def test_nobody_there_is_told_by_all() -> None:
    ours = connected(api_url=nobody())
    for ask in (ours.monitors, ours.slos, ours.downtimes, ours.probe):
        with pytest.raises(VendorError, match=r"cannot be reached.*Check DATADOG_API_URL"):
            await ask()
