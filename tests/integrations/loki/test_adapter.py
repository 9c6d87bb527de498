"""How Loki's answers are judged, with the payloads it really sends."""

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.loki.adapter import Loki
from bot.integrations.loki.settings import LokiSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.loki.scripted import (
    ALERTS,
    LABELS,
    QUERY,
    READY,
    RULES,
    SCRIPT,
    TOKEN,
    alert,
    rule,
    rules,
    success,
    vector,
)
from tests.integrations.moment import still

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@asynccontextmanager
async def loki(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    now: Callable[[], datetime] = still,
    **settings: Any,
) -> AsyncIterator[Loki]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=now)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            yield Loki.connect(LokiSettings(url=address, **settings), wiring)
    finally:
        await outside.aclose()


def counting(number: Callable[[int, bool], object]) -> Callable[[Request], Canned]:
    """Answers counts by the age of the moment in days, and whether errors are wanted."""

    def server(request: Request) -> Canned:
        if request.line != QUERY:
            return SCRIPT.replying()(request)
        at = datetime.fromtimestamp(int(request.query["time"][0]) // 1_000_000_000, UTC)
        return vector(number((NOW - at).days, "error" in request.query["query"][0]))

    return server


def test_checks_stand_under_dashboards_and_alerting() -> None:
    wiring = Wiring(outside=Outside())
    ours = Loki.connect(LokiSettings(url="http://127.0.0.1:1"), wiring)
    assert {check.name: check.item for check in ours.checks()} == {
        "loki.ready": Item.DASHBOARDS,
        "loki.ingest": Item.DASHBOARDS,
        "loki.errors": Item.DASHBOARDS,
        "loki.ruler": Item.ALERTING,
    }
    without = Loki.connect(LokiSettings(url="http://127.0.0.1:1", ruler=False), wiring)
    assert "loki.ruler" not in {check.name for check in without.checks()}


async def test_readiness_is_told_in_its_own_words() -> None:
    waiting = said("Ingester not ready: waiting for 15s after being ready\n", 503)
    async with loki() as ours:
        assert ((answer := await ours.ready()).status, answer.summary) == (Status.OK, "Ready")
    async with loki({READY: waiting}) as ours:
        answer = await ours.ready()
    assert (answer.status, answer.summary) == (
        Status.FAIL,
        "Not ready: Ingester not ready: waiting for 15s after being ready",
    )
    for words in ("OK", "not ready", "", "ready or not"):
        async with loki({READY: said(words)}) as ours:
            with pytest.raises(Refused, match="does not say that it is ready"):
                await ours.ready()
    async with loki({READY: said("no", 500)}) as ours:
        with pytest.raises(Unavailable):
            await ours.ready()


async def test_behind_a_gateway_without_ready_its_labels_speak_for_it() -> None:
    gone = said("404 page not found\n", 404)
    async with loki({READY: gone}) as ours:
        answer = await ours.ready()
    assert answer.status is Status.WARN
    assert "set LOKI_READY=false" in answer.summary
    async with loki({READY: gone}, ready=False) as ours:
        assert (await ours.ready()).status is Status.OK
    for ready in (True, False):
        async with loki({READY: gone, LABELS: told({"status": "success"})}, ready=ready) as ours:
            assert (await ours.ready()).status is Status.UNKNOWN
    async with loki({READY: gone, LABELS: gone}) as ours:
        with pytest.raises(NotFound, match="Check LOKI_URL"):
            await ours.ready()


async def test_errors_are_compared_with_the_same_hour_of_earlier_days() -> None:
    errors = {0: "90", 1: "20", 2: "20", 7: "200"}
    async with loki(server=counting(lambda age, bad: errors[age] if bad else "10000"), now=lambda: NOW) as ours:
        answer = await ours.errors()
    assert (answer.status, answer.summary) == (
        Status.WARN,
        "0.9% of 10,000 lines in the last hour are errors (90); usual at this hour: 0.2%",
    )


async def test_streams_that_are_not_there_give_no_number_and_no_good_news() -> None:
    async with loki({QUERY: vector()}) as ours:
        assert (await ours.ingest()).summary == "Nothing was logged in the last 15 minutes"
        assert (await ours.errors()).status is Status.FAIL
    async with loki({QUERY: vector("0")}) as ours:
        assert (await ours.ingest()).status is Status.FAIL


async def test_ingest_that_fell_behind_warns() -> None:
    async with loki(server=counting(lambda age, _: "100" if age else "40"), now=lambda: NOW) as ours:
        answer = await ours.ingest()
    assert (answer.status, answer.summary) == (
        Status.WARN,
        "40 lines in the last 15 minutes; at this time of earlier days at least 100",
    )


@pytest.mark.parametrize(
    ("labels", "selector"),
    [
        (["job", "app", "service_name"], '{service_name=~".+"}'),
        (["__x__", "job", "app"], '{job=~".+"}'),
        (["zone", "__x__", "cluster"], '{cluster=~".+"}'),
    ],
)
async def test_all_streams_are_meant_by_a_label_that_is_there(labels: list[str], selector: str) -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying({LABELS: success(labels)})(request)

    async with loki(server=server, now=lambda: NOW) as ours:
        await ours.ingest()
        await ours.errors()
    queries = {one.query["query"][0] for one in asked if one.line == QUERY}
    assert queries == {
        f"sum(count_over_time({selector} [15m]))",
        f"sum(count_over_time({selector} [1h]))",
        f'sum(count_over_time({selector} |~ "(?i)(error|fatal|panic|critical)" [1h]))',
    }
    assert len([one for one in asked if one.line == LABELS]) == 1
    times = {int(one.query["time"][0]) for one in asked if one.line == QUERY}
    nanoseconds = int(NOW.timestamp()) * 10**9
    assert times == {nanoseconds - days * 86_400 * 10**9 for days in (0, 1, 2, 7)}


@pytest.mark.parametrize("labels", [told({"status": "success"}), success([]), success(["__name__"]), success(None)])
async def test_a_loki_without_labels_has_nothing_and_is_never_ok(labels: Canned) -> None:
    async with loki({LABELS: labels}) as ours:
        for ask in (ours.ingest, ours.errors):
            with pytest.raises(Refused, match="Check LOKI_TENANT"):
                await ask()


async def test_a_team_s_own_streams_filter_and_limits_count() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        asked.append(request.line)
        assert request.line == QUERY
        query = request.query["query"][0]
        assert query.startswith('sum(count_over_time({app="shop"}')
        return vector("6") if '| detected_level="error"' in query else vector("100")

    given: dict[str, Any] = {"selector": '{app="shop"}', "error_filter": '| detected_level="error"'}
    async with loki(server=server, thresholds={"loki.errors": {"warn": 0.5}}, **given) as ours:
        assert (await ours.errors()).status is Status.OK
    async with loki(server=server, **given) as ours:
        assert (await ours.errors()).status is Status.WARN
    async with loki(server=server, thresholds={"loki.ingest": {"minutes": 5}}, **given) as ours:
        assert "in the last 5 minutes" in (await ours.ingest()).summary


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "streams", "result": []},
        {"resultType": "matrix", "result": []},
        {"resultType": "vector"},
        {"resultType": "vector", "result": [{"value": [1, "many"]}]},
        {"resultType": "vector", "result": [{"value": [1, "NaN"]}]},
        {"resultType": "vector", "result": [{"value": [1, "+Inf"]}]},
        {"resultType": "vector", "result": [{"value": [1, "-5"]}]},
        {"resultType": "vector", "result": [{"metric": {}}]},
    ],
)
async def test_what_is_no_count_is_refused(data: dict[str, Any]) -> None:
    async with loki({QUERY: success(data)}) as ours:
        for ask in (ours.ingest, ours.errors):
            with pytest.raises(Refused, match="a form we do not know"):
                await ask()


async def test_warnings_beside_an_answer_leave_no_ok() -> None:
    warned = {"warnings": ["maximum series reached for http://u:hunter2@s/x?t=1"]}
    async with loki({QUERY: vector("100", **warned), RULES: success({"groups": []}, **warned)}) as ours:
        for answer in (await ours.ingest(), await ours.ruler()):
            assert answer.status is not Status.OK
            assert "hunter2" not in repr(answer)
    partial = {ALERTS: success({"alerts": []}, **warned)}
    async with loki(partial) as ours:
        assert (await ours.ruler()).status is Status.WARN


@pytest.mark.parametrize(
    ("alerts", "found", "status", "words"),
    [
        ([], [rule()], Status.OK, "All 1 rules are evaluated, none is firing"),
        ([alert("Disk")], [rule()], Status.FAIL, "Disk: Disk is bad firing, severity critical"),
        ([alert("Disk", severity="info")], [rule()], Status.WARN, "severity info"),
        ([alert("Disk", state="pending")], [rule()], Status.WARN, "pending"),
        ([alert("Watchdog", severity="none")], [rule()], Status.OK, "none is firing"),
        ([], [rule(health="err", lastError="parse error")], Status.FAIL, "cannot be evaluated: parse error"),
        ([], [rule(health="unknown")], Status.WARN, "not evaluated yet"),
        ([], [rule(health="grand")], Status.UNKNOWN, "has the health grand"),
        ([], [rule(state="firing", labels={"severity": "page"})], Status.FAIL, "HighErrors (shop) firing"),
        ([], [rule(state="pending")], Status.WARN, "HighErrors (shop) pending"),
        ([], [rule(lastEvaluation="2026-03-01T00:00:00Z")], Status.WARN, "not evaluated since"),
        ([], [rule(lastEvaluation="0001-01-01T00:00:00Z")], Status.WARN, "not evaluated yet"),
        ([], [rule(kind="recording")], Status.WARN, "no alerting rules"),
        ([], [], Status.UNKNOWN, "set LOKI_RULER=false"),
    ],
)
async def test_the_ruler_is_judged_by_its_alerts_and_rules(
    alerts: list[Any], found: list[Any], status: Status, words: str
) -> None:
    async with loki({ALERTS: success({"alerts": alerts}), RULES: rules(*found)}) as ours:
        answer = await ours.ruler()
    assert answer.status is status
    assert words in answer.summary
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_an_interval_beyond_all_reason_is_no_mistake_of_ours() -> None:
    group = {"name": "shop", "rules": [rule(), rule("B", lastEvaluation="2026-03-01T00:00:00Z")], "interval": 1e308}
    async with loki({RULES: success({"groups": [group]})}) as ours:
        assert [one.title for one in (await ours.ruler()).evidence] == ["B (shop)"]


async def test_rules_are_read_to_the_last_page() -> None:
    def server(request: Request) -> Canned:
        if request.line != RULES:
            return SCRIPT.replying()(request)
        token = request.query.get("group_next_token", [""])[0]
        if token:
            return rules(rule("Last", health="err"))
        return rules(rule(), groupNextToken="two")

    async with loki(server=server) as ours:
        answer = await ours.ruler()
    assert (answer.status, answer.evidence[0].title) == (Status.FAIL, "Last (shop)")
    async with loki({RULES: rules(rule(), groupNextToken="again")}) as ours:
        with pytest.raises(Refused, match="not all seen"):
            await ours.ruler()


async def test_a_loki_without_a_ruler_says_how_to_leave_it_out() -> None:
    async with loki({RULES: said("404 page not found", 404)}) as ours:
        with pytest.raises(NotFound, match="set LOKI_RULER=false"):
            await ours.ruler()


async def test_a_missing_tenant_and_an_expired_token_are_told_apart() -> None:
    async with loki({LABELS: said("no org id\n", 401)}) as ours:
        with pytest.raises(NotAuthorised, match=r"wants to know the tenant\. Set LOKI_TENANT"):
            await ours.ingest()
    async with loki({LABELS: said("unauthorized", 401)}, bearer_token=SecretStr(TOKEN)) as ours:
        with pytest.raises(NotAuthorised, match="Renew LOKI_BEARER_TOKEN"):
            await ours.ingest()
    async with loki({QUERY: said("forbidden", 403)}, bearer_token=SecretStr(TOKEN)) as ours:
        with pytest.raises(NotAuthorised, match="the right to read logs"):
            await ours.errors()


async def test_errors_in_plain_text_are_told_in_its_words() -> None:
    refused = said("parse error at line 1, col 5: syntax error: unexpected IDENTIFIER", 400)
    async with loki({QUERY: refused}) as ours:
        with pytest.raises(Refused, match="Loki refused: parse error at line 1, col 5"):
            await ours.ingest()
    limited = Canned(status=429, body=b"too many outstanding requests", headers={"content-type": "text/plain"})
    async with loki({QUERY: limited}) as ours:
        with pytest.raises(RateLimited):
            await ours.ingest()


async def test_what_is_sent_is_the_login_the_tenant_and_nothing_that_changes_anything() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with loki(server=server, tenant="a|b", username="1234", password=SecretStr("glc_x")) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["x-scope-orgid"] for one in asked} == {"a|b"}
    assert {one.headers["authorization"] for one in asked} == {"Basic " + base64.b64encode(b"1234:glc_x").decode()}
    assert {one.line for one in asked} == {READY, LABELS, QUERY, ALERTS, RULES}


async def test_nobody_there_is_told_by_all() -> None:
    outside = Outside(patience=2, now=still)
    ours = Loki.connect(LokiSettings(url=nobody()), Wiring(outside=outside))
    for ask in (ours.ready, ours.ingest, ours.errors, ours.ruler, ours.probe):
        with pytest.raises(VendorError, match="cannot be reached"):
            await ask()
    await outside.aclose()


async def test_the_probe_names_what_is_missing() -> None:
    async with loki({QUERY: said("no", 403)}, bearer_token=SecretStr(TOKEN)) as ours:
        found = dict(await ours.probe())
    assert "the right to read logs" in (found["count lines"] or "")
    assert found["read rules"] is None


LINES = "GET /loki/api/v1/query_range"
SINCE = NOW - timedelta(hours=1)


def streams(*found: list[list[Any]]) -> Canned:
    return success({"resultType": "streams", "result": [{"stream": {"app": "x"}, "values": one} for one in found]})


async def test_error_lines_are_counted_redacted_and_the_newest_of_each_shown() -> None:
    lines = streams(
        [
            ["1772439900000000003", "order 19 failed, token=hunter2"],
            ["1772439900000000001", "order 17 failed, token=x"],
        ],
        [["1772439900000000002", "timeout", {"structuredMetadata": {}}], ["999", "order 1 failed, token=y"]],
    )
    async with loki({LINES: lines}, now=lambda: NOW) as ours:
        found = await ours.top_errors("checkout", {}, SINCE, most=5)
    assert [(one.words, one.count) for one in found.lines] == [("order 19 failed, token=[…]", 3), ("timeout", 1)]
    assert (found.looked_at, found.whole, ours.kept_in) == (4, True, "Loki")


@pytest.mark.parametrize(
    ("known", "labels", "selector"),
    [
        (["app", "job"], {}, '{app="checkout"}'),
        (["app", "service_name"], {}, '{service_name="checkout"}'),
        (["app", "team"], {"team": "shop", "severity": "page"}, '{team="shop"}'),
        (["app"], {"app": 'a"} or {b="ü'}, '{app="a\\"} or {b=\\"ü"}'),
    ],
)
async def test_a_service_is_found_by_what_its_streams_bear(
    known: list[str], labels: dict[str, str], selector: str
) -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying({LABELS: success(known), LINES: streams()})(request)

    async with loki(server=server, now=lambda: NOW) as ours:
        found = await ours.top_errors("checkout", labels, SINCE, most=5)
    assert (list(found.lines), found.looked_at, found.whole) == ([], 0, True)
    nanoseconds = int(NOW.timestamp()) * 10**9
    assert asked[-1].query == {
        "query": [f'{selector} |~ "(?i)(error|fatal|panic|critical)"'],
        "start": [str(nanoseconds - 3_600 * 10**9)],
        "end": [str(nanoseconds)],
        "limit": ["1000"],
        "direction": ["backward"],
    }


async def test_lines_that_cannot_be_read_are_told_and_a_full_page_is_not_all() -> None:
    async with loki({LABELS: success(["zone"])}) as ours:
        with pytest.raises(Refused, match="has none of the labels service_name"):
            await ours.top_errors("checkout", {"app": "x"}, SINCE, most=5)
    async with loki({LINES: success({"resultType": "matrix", "result": []})}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.top_errors("checkout", {}, SINCE, most=5)
    async with loki({LINES: streams([["1", "x"]] * 1_000)}) as ours:
        assert not (await ours.top_errors("checkout", {}, SINCE, most=5)).whole


async def test_the_share_of_errors_is_that_of_the_hour_before_a_moment() -> None:
    def told_of(age: int, bad: bool) -> str:  # noqa: FBT001 - the shape of `counting`
        return "0" if age == 3 else "50" if bad else "1000"

    async with loki(server=counting(told_of), now=lambda: NOW) as ours:
        assert await ours.error_share(NOW - timedelta(days=2)) == 0.05
        assert await ours.error_share(NOW - timedelta(days=3)) is None, "nothing was logged"
