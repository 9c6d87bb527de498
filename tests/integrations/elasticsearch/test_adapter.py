"""How Elasticsearch's answers are judged, with the payloads it really sends."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.elasticsearch.adapter import Elasticsearch
from bot.integrations.elasticsearch.schedule import last_due
from bot.integrations.elasticsearch.settings import ElasticsearchSettings
from bot.integrations.elasticsearch.shapes import Info
from bot.integrations.http import Outside
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.elasticsearch.scripted import (
    COUNT,
    DISKS,
    HEALTH,
    KEY,
    LICENCE,
    POLICIES,
    REPORT,
    SCRIPT,
    SLM,
    count,
    disk,
    health,
    millis,
    policy,
    report,
)
from tests.integrations.moment import still

INFO = "GET /"
OPEN_SEARCH = told({"version": {"number": "2.19.0", "distribution": "opensearch"}})


@asynccontextmanager
async def elasticsearch(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Elasticsearch]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            given = {"url": address, "api_key": SecretStr(KEY), **settings}
            yield Elasticsearch.connect(ElasticsearchSettings(**given), wiring)
    finally:
        await outside.aclose()


def counting(number: Callable[[str, bool, bool], int], **shards: int) -> Callable[[Request], Canned]:
    """Answers counts by the beginning of the while, and whether errors or lines with a level are wanted."""

    def server(request: Request) -> Canned:
        if request.line != COUNT:
            return SCRIPT.replying()(request)
        body = json.loads(request.body)
        begin = body["query"]["bool"]["filter"][0]["range"]["@timestamp"]["gte"]
        narrowed = json.dumps(body["query"]["bool"]["filter"][1:])
        return count(number(begin, '"terms"' in narrowed, '"exists"' in narrowed), **shards)

    return server


def test_checks_stand_under_dashboards_and_backups() -> None:
    ours = Elasticsearch.connect(ElasticsearchSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    items = {check.name: check.item for check in ours.checks()}
    assert items.pop("elasticsearch.snapshots") is Item.BACKUPS
    assert set(items.values()) == {Item.DASHBOARDS}


@pytest.mark.parametrize(
    ("found", "settings", "status", "words"),
    [
        (told(health()), {}, Status.OK, "logs is green, 3 nodes"),
        (told(health(status="yellow", unassigned_shards=2)), {}, Status.WARN, "2 shards without a place"),
        (told(health(status="yellow")), {"accepted_status": "yellow"}, Status.OK, "logs is yellow (accepted: yellow)"),
        (told(health(status="red")), {"accepted_status": "yellow"}, Status.FAIL, "logs is red"),
        (told(health(status="purple")), {}, Status.UNKNOWN, "logs is purple"),
        (told(health(timed_out=True)), {}, Status.FAIL, "in time"),
        (told(health(), 408), {}, Status.FAIL, "in time"),
        (told(health()), {"nodes": 4}, Status.FAIL, "3 of 4 nodes are there"),
        (told(health(number_of_data_nodes=0)), {}, Status.FAIL, "no node that keeps data"),
        (told(health(relocating_shards=3)), {}, Status.WARN, "3 shards are moving"),
        (
            told(health(number_of_pending_tasks=2, task_max_waiting_in_queue_millis=40_000)),
            {},
            Status.WARN,
            "2 tasks wait, the longest for 40 s",
        ),
        (
            told(health(number_of_pending_tasks=2, task_max_waiting_in_queue_millis=400)),
            {},
            Status.OK,
            "logs is green, 3 nodes",
        ),
    ],
)
async def test_a_cluster_is_judged_by_more_than_its_colour(
    found: Canned, settings: dict[str, Any], status: Status, words: str
) -> None:
    async with elasticsearch({HEALTH: found}, **settings) as ours:
        answer = await ours.cluster()
    assert answer.status is status
    assert words in answer.summary
    assert bool(answer.reason) is (status is Status.UNKNOWN)


@pytest.mark.parametrize(
    ("found", "settings", "status", "words"),
    [
        (report(ilm=("yellow", "2 indices are stuck")), {}, Status.WARN, "ilm: 2 indices are stuck"),
        (report(disk=("red", "No room")), {}, Status.FAIL, "disk: No room"),
        (report(slm=("unknown", "")), {}, Status.UNKNOWN, "slm: is unknown"),
        (report(shards_availability=("yellow", "1 replica")), {}, Status.WARN, "shards availability: 1 replica"),
        (
            report(shards_availability=("yellow", "1 replica")),
            {"accepted_status": "yellow"},
            Status.OK,
            "logs is green",
        ),
        (
            told({"status": "red", "indicators": {"ilm": {"status": "green"}}}),
            {},
            Status.FAIL,
            "its health report is red",
        ),
        (told({"indicators": {}}), {}, Status.UNKNOWN, "its health report is not to be had"),
        (told({"error": {"reason": "no"}}, 403), {}, Status.UNKNOWN, "its health report is not to be had"),
    ],
)
async def test_the_health_report_says_why_and_counts(
    found: Canned, settings: dict[str, Any], status: Status, words: str
) -> None:
    async with elasticsearch({REPORT: found}, **settings) as ours:
        answer = await ours.cluster()
    assert answer.status is status
    assert words in answer.summary


async def test_a_red_cluster_stays_red_without_its_report() -> None:
    async with elasticsearch({REPORT: told({}, 500), HEALTH: told(health(status="red"))}) as ours:
        assert (await ours.cluster()).status is Status.FAIL


@pytest.mark.parametrize(
    ("info", "status"),
    [
        (told({"version": {"number": "8.6.2"}}), Status.OK),
        (told({"version": {"number": "7.17.0"}}), Status.OK),
        (OPEN_SEARCH, Status.OK),
        (told({"version": {"number": "9.1.0"}}), Status.UNKNOWN),
        (told({"version": {"number": "main"}}), Status.UNKNOWN),
        (said("OK"), Status.UNKNOWN),
        (told({}, 404), Status.UNKNOWN),
    ],
)
async def test_only_a_cluster_that_is_known_to_be_old_may_lack_the_report(info: Canned, status: Status) -> None:
    missing = told({"error": "no handler found for uri [/_health_report] and method [GET]", "status": 400}, 400)
    async with elasticsearch({REPORT: missing, INFO: info}) as ours:
        assert (await ours.cluster()).status is status


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ([disk("a", "74"), disk("UNASSIGNED", None, None)], Status.OK, "1 disks, the fullest 74% full"),
        ([disk("a", "75")], Status.WARN, "a 75% full, 512 GB free"),
        ([disk("a", "85", None)], Status.WARN, "a 85% full"),
        ([disk("a", "20"), disk("b", "86")], Status.FAIL, "1 of 2 disks to look at: b 86% full"),
        ([disk("a", "20"), disk("b", None, None)], Status.UNKNOWN, "b does not tell"),
        ([disk("UNASSIGNED", None, None)], Status.UNKNOWN, "No node tells"),
    ],
)
async def test_disks_are_judged_by_their_fullest(rows: list[Any], status: Status, words: str) -> None:
    async with elasticsearch({DISKS: told(rows)}) as ours:
        answer = await ours.disks()
    assert answer.status is status
    assert words in answer.summary


async def test_disk_figures_that_are_no_numbers_are_refused() -> None:
    async with elasticsearch({DISKS: told([disk("a", "lots")])}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.disks()


async def test_errors_are_compared_with_the_same_hour_of_earlier_days() -> None:
    errors = {"now-1h": 90, "now-1d-1h": 20, "now-2d-1h": 20, "now-7d-1h": 200}
    async with elasticsearch(server=counting(lambda begin, bad, _: errors[begin] if bad else 10_000)) as ours:
        answer = await ours.errors()
    assert (answer.status, answer.summary) == (
        Status.WARN,
        "0.9% of 10,000 lines in the last hour are errors (90); usual at this hour: 0.2%",
    )


async def test_no_lines_are_no_good_news() -> None:
    async with elasticsearch(server=counting(lambda *_: 0)) as ours:
        assert (await ours.errors()).status is Status.FAIL
        assert (await ours.ingest()).status is Status.FAIL


async def test_no_error_ever_is_believed_only_where_lines_have_a_level() -> None:
    async with elasticsearch(server=counting(lambda _, bad, level: 0 if bad else 70 if level else 100)) as ours:
        assert (await ours.errors()).status is Status.OK
    async with elasticsearch(server=counting(lambda _, bad, level: 0 if bad or level else 100)) as ours:
        with pytest.raises(Refused, match="Set ELASTICSEARCH_LEVEL_FIELDS"):
            await ours.errors()


async def test_ingest_that_fell_behind_warns() -> None:
    async with elasticsearch(server=counting(lambda begin, *_: 40 if begin == "now-15m" else 100)) as ours:
        answer = await ours.ingest()
    assert (answer.status, answer.summary) == (
        Status.WARN,
        "40 lines in the last 15 minutes; at this time of earlier days at least 100",
    )


async def test_counts_from_a_part_of_the_shards_are_never_ok() -> None:
    async with elasticsearch(server=counting(lambda _, bad, __: 1 if bad else 1_000, failed=2)) as ours:
        for answer in (await ours.errors(), await ours.ingest()):
            assert answer.status is Status.WARN
            assert "some shards failed" in answer.summary


async def test_a_pattern_behind_which_nothing_is_names_its_setting_and_the_rights() -> None:
    missing = told({"error": {"type": "index_not_found_exception", "reason": "no such index"}, "status": 404}, 404)
    for canned in (missing, count(0, total=0)):
        async with elasticsearch({COUNT: canned}) as ours:
            for ask in (ours.errors, ours.ingest):
                with pytest.raises(NotFound, match="Check ELASTICSEARCH_INDEX"):
                    await ask()


async def test_what_is_counted_and_how() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return count(10) if request.path.endswith("/_count") else SCRIPT.replying()(request)

    given: dict[str, Any] = {"index": "app-*,web-*", "timestamp_field": "ts", "error_query": "level:bad"}
    login_too: dict[str, Any] = {"api_key": SecretStr(""), "username": "u", "password": SecretStr("p")}
    async with elasticsearch(server=server, **given, **login_too) as ours:
        await ours.errors()
        await ours.disks()
        await ours.cluster()
    counts = [one for one in asked if one.method == "POST"]
    assert {one.path for one in counts} == {"/app-*,web-*/_count"}
    assert len(counts) == 8
    assert all(one.query == {"ignore_unavailable": ["true"], "allow_no_indices": ["false"]} for one in counts)
    assert {one.headers["content-type"] for one in counts} == {"application/json"}
    bodies = [json.loads(one.body)["query"]["bool"]["filter"] for one in counts]
    assert [{"range": {"ts": {"gte": "now-1h", "lt": "now"}}}, {"query_string": {"query": "level:bad"}}] in bodies
    assert [{"range": {"ts": {"gte": "now-7d-1h", "lt": "now-7d"}}}] in bodies
    login = "Basic " + base64.b64encode(b"u:p").decode()
    assert {one.headers["authorization"] for one in asked} == {login}
    queries = {one.path: one.query for one in asked if one.method == "GET"}
    assert queries["/_cluster/health"] == {"timeout": ["5s"]}
    assert queries["/_health_report"] == {"verbose": ["false"]}
    assert queries["/_cat/allocation"]["format"] == ["json"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "The snapshot policy is on time, the oldest good snapshot is 0 h old"),
        ({"last_success": {"time": millis(30)}}, Status.FAIL, "last good snapshot 30 h ago, due "),
        (
            {"last_success": {"time": millis(30)}, "in_progress": {"state": "STARTED", "start_time_millis": millis(1)}},
            Status.WARN,
            "one is running",
        ),
        (
            {"in_progress": {"state": "STARTED", "start_time_millis": millis(7)}},
            Status.WARN,
            "a snapshot has been running for 7 h",
        ),
        (
            {"last_failure": {"time": millis(0.05), "details": "disk is full"}},
            Status.FAIL,
            "the last snapshot failed, last good one 0 h ago: disk is full",
        ),
        ({"last_failure": {"time": millis(5), "details": None}}, Status.OK, "on time"),
        ({"last_success": None, "last_failure": {"time": millis(5)}}, Status.FAIL, "never a good one"),
        ({"last_success": None}, Status.FAIL, "never succeeded"),
        ({"last_success": {"time": "2999-01-01T00:00:00Z"}}, Status.UNKNOWN, "which is to come"),
        ({"last_success": None, "modified_date_millis": millis(0.1)}, Status.WARN, "not yet due since it was made"),
        (
            {"policy": {"schedule": "30m"}, "last_success": {"time": millis(3)}},
            Status.FAIL,
            "last good snapshot 3 h ago",
        ),
        ({"policy": {"schedule": "30m"}}, Status.OK, "on time"),
        ({"policy": {"schedule": "nonsense"}, "last_success": {"time": millis(27)}}, Status.FAIL, "27 h ago"),
        ({"policy": {"schedule": "nonsense"}, "last_success": {"time": millis(25)}}, Status.OK, "25 h old"),
    ],
)
async def test_a_snapshot_policy_must_have_succeeded_since_it_was_due(
    changes: dict[str, Any], status: Status, words: str
) -> None:
    async with elasticsearch({POLICIES: told({"daily": policy(**changes)})}) as ours:
        answer = await ours.snapshots()
    assert answer.status is status
    assert words in answer.summary


async def test_a_second_policy_and_a_stopped_scheduler_are_seen() -> None:
    two = told({"daily": policy(), "weekly": policy(last_success={"time": millis(999)})})
    async with elasticsearch({POLICIES: two}) as ours:
        answer = await ours.snapshots()
        assert (answer.status, answer.evidence[0].key) == (Status.FAIL, "policy:weekly")
    for policies in (told({"daily": policy()}), told({})):
        async with elasticsearch({SLM: told({"operation_mode": "STOPPED"}), POLICIES: policies}) as ours:
            answer = await ours.snapshots()
            assert answer.status is Status.FAIL
            assert "The scheduler of snapshots is stopped" in answer.summary


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("0 30 1 * * ?", "2026-03-04T01:30:00"),
        ("0 0 4 ? * 1", "2026-03-01T04:00:00"),
        ("0 0 4 ? * MON-FRI", "2026-03-04T04:00:00"),
        ("0 0 4 ? * 2-6 *", "2026-03-04T04:00:00"),
        ("0 0 0 1 * ?", "2026-03-01T00:00:00"),
        ("0 0 12 * * ?", "2026-03-04T12:00:00"),
        ("15m", "2026-03-04T11:45:00"),
        ("1d", "2026-03-03T12:00:00"),
        ("0m", None),
        ("", None),
        ("0 30 1 * *", None),
        ("x x x x x x", None),
    ],
)
def test_the_last_due_time_of_a_schedule(schedule: str, due: str | None) -> None:
    wednesday = datetime(2026, 3, 4, 12, tzinfo=UTC)
    found = last_due(schedule, wednesday)
    assert (found.replace(tzinfo=None).isoformat() if found else None) == due


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ({"status": "active", "type": "basic"}, Status.OK, "The licence (basic) is active and has no end"),
        (
            {"status": "active", "type": "gold", "expiry_date_in_millis": millis(-24 * 60)},
            Status.OK,
            "The licence (gold)",
        ),
        ({"status": "active", "type": "gold", "expiry_date_in_millis": millis(-24 * 9)}, Status.WARN, "in 8 days"),
        ({"status": "active", "type": "gold", "expiry_date_in_millis": millis(5)}, Status.FAIL, "is expired"),
        ({"status": "expired", "type": "gold"}, Status.FAIL, "is expired"),
        ({"status": "invalid", "type": "gold"}, Status.FAIL, "is invalid"),
        ({"status": "lent", "type": "gold"}, Status.UNKNOWN, "is lent"),
    ],
)
async def test_a_licence_is_judged_by_its_end(found: dict[str, Any], status: Status, words: str) -> None:
    async with elasticsearch({LICENCE: told({"license": found})}) as ours:
        answer = await ours.licence()
    assert answer.status is status
    assert words in answer.summary


async def test_open_search_is_asked_for_what_it_has_and_called_by_its_name() -> None:
    none = told({"error": {"reason": "Invalid index name [_slm]"}, "status": 400}, 400)
    missing = dict.fromkeys((REPORT, POLICIES, SLM, LICENCE), none)
    async with elasticsearch({INFO: OPEN_SEARCH, **missing}) as ours:
        assert (await ours.cluster()).status is Status.OK
        assert (await ours.licence()).summary == "OpenSearch needs no licence"
        with pytest.raises(Refused, match="is OpenSearch, whose snapshot policies we do not read"):
            await ours.snapshots()


async def test_a_serverless_project_says_that_it_has_no_such_thing() -> None:
    gone = told({"error": {"type": "api_not_available_exception", "reason": "not available"}, "status": 410}, 410)
    async with elasticsearch(dict.fromkeys((HEALTH, REPORT, DISKS, POLICIES, SLM, LICENCE), gone)) as ours:
        for ask in (ours.cluster, ours.disks, ours.snapshots):
            with pytest.raises(Refused, match="is serverless and has no"):
                await ask()
        with pytest.raises(Refused, match="does not tell its licence"):
            await ours.licence()
        assert (await ours.ingest()).status is Status.OK


async def test_an_api_that_is_missing_without_a_reason_is_never_ok() -> None:
    lines = (HEALTH, DISKS, POLICIES, SLM, LICENCE)
    async with elasticsearch(dict.fromkeys(lines, told({"error": "not found"}, 404))) as ours:
        for ask in (ours.cluster, ours.disks, ours.snapshots, ours.licence):
            with pytest.raises(VendorError, match=r"does not tell its .* Check ELASTICSEARCH_URL"):
                await ask()


async def test_each_missing_right_is_named_and_an_expired_key_too() -> None:
    denied = told({"error": {"type": "security_exception", "reason": "no"}, "status": 403}, 403)
    async with elasticsearch(dict.fromkeys((HEALTH, DISKS, POLICIES, COUNT), denied)) as ours:
        told_rights = dict(await ours.probe())
    assert told_rights["be reached"] is None
    for what, right in {
        "read the cluster's health": "cluster privilege monitor",
        "read disk usage": "cluster privilege monitor",
        "read snapshot policies": "cluster privilege read_slm",
        "read the logs": "read and view_index_metadata",
    }.items():
        assert right in (told_rights[what] or "")
    async with elasticsearch({HEALTH: told({"error": {"reason": "expired"}}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="Renew ELASTICSEARCH_API_KEY"):
            await ours.cluster()


async def test_nobody_there_is_told_by_all() -> None:
    outside = Outside(patience=2, now=still)
    ours = Elasticsearch.connect(ElasticsearchSettings(url=nobody()), Wiring(outside=outside))
    for ask in (ours.cluster, ours.disks, ours.errors, ours.ingest, ours.snapshots, ours.licence, ours.probe):
        with pytest.raises(VendorError, match="cannot be reached"):
            await ask()
    await outside.aclose()


async def test_a_team_s_own_thresholds_count() -> None:
    thresholds = {"elasticsearch.disks": {"warn": 30}, "elasticsearch.ingest": {"minutes": 5}}
    async with elasticsearch(thresholds=thresholds) as ours:
        assert (await ours.disks()).status is Status.WARN
        assert "in the last 5 minutes" in (await ours.ingest()).summary


def test_versions_are_read_as_far_as_they_are_numbers() -> None:
    versions = {"8.7.0": True, "8.6.9": False, "8": False, "10.0.0-SNAPSHOT": True, "x": True}
    for number, has in versions.items():
        assert Info.model_validate({"version": {"number": number}}).has_health_report is has


SEARCH = "POST /logs-*/_search"
SINCE = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


def found(*sources: dict[str, Any], timed_out: bool = False, failed: int = 0) -> Canned:
    shards = {"total": 5, "successful": 5 - failed, "skipped": 0, "failed": failed}
    hits = [{"_index": "logs-1", "_id": "1", "_source": one, "sort": [1]} for one in sources]
    return told({"took": 3, "timed_out": timed_out, "_shards": shards, "hits": {"max_score": None, "hits": hits}})


async def test_error_lines_are_counted_redacted_and_the_newest_of_each_shown() -> None:
    lines = ({"message": "order 19 failed, token=hunter2"}, {"message": "order 17 failed, token=x"}, {"other": 1})
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return found(*lines)

    async with elasticsearch(server=server) as ours:
        told_lines = await ours.top_errors("checkout", {"service": "x"}, SINCE, most=5)
    assert [(one.words, one.count) for one in told_lines.lines] == [("order 19 failed, token=[…]", 2)]
    assert (told_lines.looked_at, told_lines.whole, ours.kept_in) == (3, True, "Elasticsearch")
    (request,) = asked
    assert request.line == SEARCH
    body = json.loads(request.body)
    assert body["_source"] == ["message"]
    assert body["sort"] == [{"@timestamp": {"order": "desc"}}]
    clauses = body["query"]["bool"]["filter"]
    assert clauses[:2] == [
        {"range": {"@timestamp": {"gte": "2026-03-02T07:30:00+00:00"}}},
        {"term": {"service.name": "checkout"}},
    ]
    assert "terms" in json.dumps(clauses[2])


@pytest.mark.parametrize("canned", [found(timed_out=True), found(failed=1), found(*[{"message": "x"}] * 1_000)])
async def test_a_search_that_did_not_see_all_says_so(canned: Canned) -> None:
    async with elasticsearch({SEARCH: canned}) as ours:
        assert not (await ours.top_errors("checkout", {}, SINCE, most=5)).whole


@pytest.mark.parametrize(
    "source", [{"log": {"original": "boom"}}, {"log.original": "boom"}, {"log": {"original": "boom", "x": 1}}]
)
async def test_the_field_with_the_words_may_stand_in_both_ways(source: dict[str, Any]) -> None:
    async with elasticsearch({SEARCH: found(source)}, message_field="log.original") as ours:
        (one,) = (await ours.top_errors("checkout", {}, SINCE, most=5)).lines
    assert one.words == "boom"
    async with elasticsearch({SEARCH: found(source)}, message_field="log.original.deep") as ours:
        assert list((await ours.top_errors("checkout", {}, SINCE, most=5)).lines) == []


async def test_a_search_that_is_refused_is_told() -> None:
    missing = told({"error": {"type": "index_not_found_exception", "reason": "no such index"}, "status": 404}, 404)
    async with elasticsearch({SEARCH: missing}) as ours:
        with pytest.raises(NotFound, match="Check ELASTICSEARCH_INDEX"):
            await ours.top_errors("checkout", {}, SINCE, most=5)
    async with elasticsearch({SEARCH: told({"hits": {"hits": []}})}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.top_errors("checkout", {}, SINCE, most=5)


async def test_the_share_of_errors_is_that_of_the_hour_before_a_moment() -> None:
    noon, begins = datetime(2026, 11, 23, 12, tzinfo=UTC), set()

    def told_of(begin: str, bad: bool, _: bool) -> int:  # noqa: FBT001 - the shape of `counting`
        begins.add(begin)
        return 50 if bad else 1_000

    async with elasticsearch(server=counting(told_of)) as ours:
        assert await ours.error_share(noon) == 0.05
    assert begins == {"2026-11-23T11:00:00+00:00"}
    async with elasticsearch(server=counting(told_of, failed=1)) as ours:
        assert await ours.error_share(noon) is None, "a part of it is not known"
    async with elasticsearch(server=counting(lambda *_: 0)) as ours:
        assert await ours.error_share(noon) is None, "nothing was logged"
