"""The example Prometheus and Alertmanager: shapes and refusals of the sheets, and enough variety for a digest."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.local.keep import Keep
from bot.local.systems.app import create_app
from bot.local.systems.syncs import Syncs
from tests.local.pagerduty.serving import Clock

CLOCK = Clock()


def client(keep: Keep, clock: Clock) -> httpx.AsyncClient:
    app = create_app(keep, Syncs(keep, clock), "unused", clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://systems")


@pytest.fixture
async def systems() -> AsyncIterator[httpx.AsyncClient]:
    keep = Keep(None)
    async with client(keep, CLOCK) as http:
        yield http
    keep.close()


async def read(systems: httpx.AsyncClient, path: str, **params: str) -> Any:
    answer = await systems.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_prometheus_has_one_warning_one_dead_target_and_rules_that_are_all_well(
    systems: httpx.AsyncClient,
) -> None:
    (alert,) = (await read(systems, "/prometheus/api/v1/alerts"))["data"]["alerts"]
    assert (alert["state"], alert["labels"]["severity"]) == ("firing", "warning")
    assert datetime.fromisoformat(alert["activeAt"]) == CLOCK() - timedelta(minutes=47)
    assert len(alert["activeAt"]) == len("2026-03-02T06:11:09.481723905Z")
    targets = (await read(systems, "/prometheus/api/v1/targets", state="active"))["data"]["activeTargets"]
    assert [one["labels"]["instance"] for one in targets if one["health"] == "down"] == ["search-2.example:9100"]
    groups = (await read(systems, "/prometheus/api/v1/rules"))["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["health"] for rule in rules} == {"ok"}
    assert {rule.get("state") for rule in rules} == {"firing", "inactive", None}
    assert (await systems.get("/prometheus/-/ready")).status_code == 200
    assert (await read(systems, "/prometheus/api/v1/status/runtimeinfo"))["data"]["reloadConfigSuccess"] is True
    assert (await read(systems, "/prometheus/api/v1/alertmanagers"))["data"]["activeAlertmanagers"]


async def test_everything_that_is_named_is_marked_as_an_example(systems: httpx.AsyncClient) -> None:
    alerts = (await read(systems, "/prometheus/api/v1/alerts"))["data"]["alerts"]
    alerts += await read(systems, "/alertmanager/api/v2/alerts")
    assert all(one["labels"]["alertname"].startswith("Example") for one in alerts)
    assert all(one["annotations"]["summary"].startswith("Example: ") for one in alerts)
    targets = (await read(systems, "/prometheus/api/v1/targets"))["data"]["activeTargets"]
    assert all(one["labels"]["job"].startswith("example-") for one in targets)


async def test_prometheus_filters_rules_and_targets(systems: httpx.AsyncClient) -> None:
    groups = (await read(systems, "/prometheus/api/v1/rules", type="record"))["data"]["groups"]
    assert [rule["type"] for group in groups for rule in group["rules"]] == ["recording"]
    assert (await read(systems, "/prometheus/api/v1/targets", state="dropped"))["data"]["activeTargets"] == []
    assert (await systems.get("/prometheus/api/v1/rules?type=odd")).status_code == 400


async def test_prometheus_answers_what_it_has_a_script_for(systems: httpx.AsyncClient) -> None:
    asked = await read(systems, "/prometheus/api/v1/query", query="up  ==  0", time="1772431869")
    assert asked["data"]["result"][0]["value"] == [1772431869.0, "0"]
    empty = await systems.post("/prometheus/api/v1/query", data={"query": "example_disk_used_ratio > 0.9"})
    assert empty.json()["data"] == {"resultType": "vector", "result": []}
    hosts = await read(systems, "/prometheus/api/v1/query", query="group by (instance) (node_uname_info{})")
    assert hosts["data"]["result"] == []  # it watches no node exporter
    span = {"query": "example_disk_used_ratio", "start": "2026-03-02T06:00:00Z", "end": "1772434800", "step": "1h"}
    (series,) = (await read(systems, "/prometheus/api/v1/query_range", **span))["data"]["result"]
    assert [value for _, value in series["values"]] == ["0.81", "0.81"]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("query", 400, "bad_data"),
        ("query?query=rate(x[5m])", 422, "execution"),
        ("query?query=up&time=noon", 400, "bad_data"),
        ("query_range?query=up&start=0&end=11002&step=1", 400, "bad_data"),
        ("query_range?query=up&start=10&end=0&step=1s", 400, "bad_data"),
        ("query_range?query=up&start=0&end=1&step=0", 400, "bad_data"),
        ("query_range?query=up&start=0&end=inf&step=1", 400, "bad_data"),
        ("query_range?query=up", 400, "bad_data"),
    ],
)
async def test_prometheus_refuses_in_its_envelope(
    systems: httpx.AsyncClient, path: str, status: int, kind: str
) -> None:
    answer = await systems.get(f"/prometheus/api/v1/{path}")
    assert (answer.status_code, answer.json()["status"], answer.json()["errorType"]) == (status, "error", kind)


async def test_an_unknown_path_is_plain_text(systems: httpx.AsyncClient) -> None:
    answer = await systems.get("/prometheus/api/v9/alerts")
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


async def test_alertmanager_has_one_live_alert_and_one_that_is_silenced(systems: httpx.AsyncClient) -> None:
    live = {"active": "true", "silenced": "false", "inhibited": "false", "unprocessed": "false"}
    (alert,) = await read(systems, "/alertmanager/api/v2/alerts", **live)
    assert (alert["labels"]["alertname"], alert["status"]["state"]) == ("ExampleSearchSlow", "active")
    everything = await read(systems, "/alertmanager/api/v2/alerts")
    assert [one["status"]["state"] for one in everything] == ["active", "suppressed"]
    filtered = await read(systems, "/alertmanager/api/v2/alerts", filter='alertname=~"Example.*Probe"')
    assert [one["labels"]["alertname"] for one in filtered] == ["ExampleNoisyProbe"]
    bad = await systems.get("/alertmanager/api/v2/alerts?filter=severity")
    assert (bad.status_code, bad.json()) == (400, "bad matcher format: severity")
    assert len(await read(systems, "/alertmanager/api/v2/alerts/groups")) == 2
    assert (await read(systems, "/alertmanager/api/v2/status"))["cluster"]["status"] == "ready"
    assert (await systems.get("/alertmanager/api/v1/alerts")).status_code == 410


def silence(**more: object) -> dict[str, object]:
    return {
        "matchers": [{"name": "alertname", "value": "ExampleSearchSlow", "isRegex": False, "isEqual": True}],
        "startsAt": "2026-03-02T06:00:00Z",
        "endsAt": "2026-03-02T10:00:00Z",
        "createdBy": "U0ANN0001 (daywatch)",
        "comment": "INC-42 index rebuild",
    } | more


async def test_a_silence_holds_back_its_alert_until_it_is_ended(systems: httpx.AsyncClient) -> None:
    path = "/alertmanager/api/v2/silences"
    made = (await systems.post(path, json=silence())).json()["silenceID"]
    alerts = await read(systems, "/alertmanager/api/v2/alerts")
    assert alerts[0]["status"] == {"state": "suppressed", "silencedBy": [made], "inhibitedBy": [], "mutedBy": []}
    longer = (await systems.post(path, json=silence(id=made, endsAt="2026-03-02T12:00:00Z"))).json()["silenceID"]
    assert longer == made
    other = [{"name": "job", "value": "example-(search)", "isRegex": False, "isEqual": True}]
    changed = (await systems.post(path, json=silence(id=made, matchers=other))).json()["silenceID"]
    assert changed != made
    assert (await read(systems, f"/alertmanager/api/v2/silence/{made}"))["status"]["state"] == "expired"
    for _ in range(2):
        ended = await systems.delete(f"/alertmanager/api/v2/silence/{changed}")
        assert (ended.status_code, ended.content) == (200, b"")
    active = await read(systems, path, expired="false")
    assert [one["createdBy"] for one in active] == ["Example"]


@pytest.mark.parametrize(
    ("wrong", "status", "answer"),
    [
        ({"endsAt": None}, 422, {"code": 602, "message": "endsAt in body is required"}),
        ({"endsAt": "2026-03-01T00:00:00Z"}, 400, "failed to create silence: end time can't be in the past"),
        ({"endsAt": "tomorrow"}, 422, {"code": 601, "message": "endsAt in body must be of type date-time"}),
        ({"matchers": []}, 422, {"code": 612, "message": "matchers in body should have at least 1 items"}),
        ({"id": "none"}, 404, "silence not found"),
    ],
)
async def test_a_silence_that_makes_no_sense_is_refused(
    systems: httpx.AsyncClient, wrong: dict[str, object], status: int, answer: object
) -> None:
    refused = await systems.post("/alertmanager/api/v2/silences", json=silence(**wrong))
    assert (refused.status_code, refused.json()) == (status, answer)


@pytest.mark.parametrize("pattern", [".*", "(a+)+b", "[", "a*b*c*d*e"])
async def test_a_pattern_that_matches_nothing_or_takes_for_ever_is_refused(
    systems: httpx.AsyncClient, pattern: str
) -> None:
    matchers = [{"name": "alertname", "value": pattern, "isRegex": True}]
    assert (await systems.post("/alertmanager/api/v2/silences", json=silence(matchers=matchers))).status_code == 400


async def test_silences_survive_a_restart() -> None:
    keep = Keep(None)
    async with client(keep, CLOCK) as http:
        made = (await http.post("/alertmanager/api/v2/silences", json=silence())).json()["silenceID"]
    async with client(keep, CLOCK) as http:
        ids = [one["id"] for one in (await http.get("/alertmanager/api/v2/silences")).json()]
    assert (made in ids, len(ids)) == (True, 2)
    keep.close()


async def test_the_example_silence_is_there_again_on_another_day() -> None:
    keep, clock = Keep(None), Clock()
    for _ in range(2):
        async with client(keep, clock) as http:
            (example,) = (await http.get("/alertmanager/api/v2/silences")).json()
            assert example["status"]["state"] == "active"
        clock.forward(days=1)
    keep.close()
