"""How Prometheus' answers are judged, with the payloads it really sends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Item, Status
from bot.domain.errors import NotFound, RateLimited, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.prometheus.adapter import Prometheus
from bot.integrations.prometheus.settings import PrometheusSettings
from bot.integrations.settings import IncompleteSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.moment import still
from tests.integrations.prometheus.scripted import SCRIPT, TOKEN, alert, group, rule, success, target

LONG_AGO = "2026-03-02T06:11:09.481723905Z"
ALL_UP = "All 2 targets of 2 jobs are up"


@dataclass(slots=True)
class Server:
    """A healthy Prometheus with some answers told otherwise; remembers what was asked."""

    instead: Mapping[str, Canned] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Canned:
        self.asked.append(request)
        return SCRIPT.replying(self.instead)(request)


@asynccontextmanager
async def prometheus(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    instance: str | None = None,
    patience: float = 3,
    **settings: Any,
) -> AsyncIterator[Prometheus]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=patience, now=still)
    try:
        async with serving(server or Server(instead or {})) as address:
            wiring = Wiring(outside=outside, instance=instance, thresholds=thresholds or {})
            yield Prometheus.connect(PrometheusSettings(url=address, **settings), wiring)
    finally:
        await outside.aclose()


def alerts(*found: dict[str, Any]) -> Mapping[str, Canned]:
    return {"GET /api/v1/alerts": success({"alerts": list(found)})}


def targets(*found: dict[str, Any]) -> Mapping[str, Canned]:
    return {"GET /api/v1/targets": success({"activeTargets": list(found)})}


def test_checks_stand_under_dashboards_and_alerting() -> None:
    ours = Prometheus.connect(PrometheusSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    assert {check.name: check.item for check in ours.checks()} == {
        "prometheus.ready": Item.DASHBOARDS,
        "prometheus.alerts": Item.DASHBOARDS,
        "prometheus.targets": Item.DASHBOARDS,
        "prometheus.rules": Item.ALERTING,
        "prometheus.reload": Item.ALERTING,
        "prometheus.alertmanagers": Item.ALERTING,
        "prometheus.patches": Item.PATCHES,
        "prometheus.reboots": Item.PATCHES,
    }


@pytest.mark.parametrize(
    ("found", "status", "summary"),
    [
        ([alert("Disk")], Status.FAIL, "1 paging alert firing: Disk: Disk is bad"),
        ([alert("Disk", severity="page")], Status.FAIL, "1 paging alert firing: Disk: Disk is bad"),
        ([alert("Disk", severity="Critical")], Status.FAIL, "1 paging alert firing: Disk: Disk is bad"),
        ([alert("Disk", severity="warning")], Status.WARN, "1 firing or pending without paging: Disk: Disk is bad"),
        ([alert("Disk", severity=None)], Status.WARN, "1 firing or pending without paging: Disk: Disk is bad"),
        ([alert("Disk", state="pending")], Status.WARN, "1 firing or pending without paging: Disk: Disk is bad"),
        (
            [alert("Watchdog", severity="none")],
            Status.OK,
            "Nothing fires but what always does (Watchdog) (1 alerting rule)",
        ),
        ([], Status.OK, "No alert is firing (1 alerting rule)"),
    ],
)
async def test_alerts_are_judged_by_severity_and_state(
    found: list[dict[str, Any]], status: Status, summary: str
) -> None:
    async with prometheus(alerts(*found)) as ours:
        answer = await ours.alerts()
    assert (answer.status, answer.summary) == (status, summary)


async def test_an_alert_s_evidence_is_stable_and_dated() -> None:
    async with prometheus(alerts(alert("Disk", instance="db1", job="node"))) as ours:
        (one,) = (await ours.alerts()).evidence
    async with prometheus(alerts(alert("Disk", job="node", instance="db1"))) as ours:
        (same,) = (await ours.alerts()).evidence
    assert one.key == same.key
    assert one.since == datetime(2026, 3, 2, 6, 11, 9, 481723, tzinfo=UTC)
    assert one.detail == "firing, severity critical; instance=db1, job=node"


async def test_a_pair_of_servers_counts_once_and_in_its_worst_state() -> None:
    earlier = {"activeAt": "2026-03-02T05:00:00Z"}
    pair = [alert("Disk", job="node", replica="a", state="pending") | earlier, alert("Disk", job="node", replica="b")]
    async with prometheus(alerts(*pair)) as ours:
        answer = await ours.alerts()
    assert [one.status for one in answer.evidence] == [Status.FAIL]
    assert answer.evidence[0].since == datetime(2026, 3, 2, 5, tzinfo=UTC)
    async with prometheus(alerts(*pair), replica_labels=()) as ours:
        assert len((await ours.alerts()).evidence) == 2


async def test_silence_of_a_server_without_alerting_rules_is_no_good_news() -> None:
    recording = {"GET /api/v1/rules": success({"groups": [group(rule(kind="recording"))]})}
    async with prometheus(recording) as ours:
        answer = await ours.alerts()
        assert (answer.status, answer.summary) == (Status.WARN, "No alerting rules are loaded, so nothing can fire")
        assert (await ours.rules()).status is Status.OK


async def test_a_rule_that_cannot_be_evaluated_fails_although_it_is_inactive() -> None:
    bad = rule("Broken", health="err", lastError='Get "http://u:hunter2@h/x?token=1": many-to-many')
    async with prometheus({"GET /api/v1/rules": success({"groups": [group(bad, rule())]})}) as ours:
        answer = await ours.rules()
    assert (answer.status, answer.summary) == (Status.FAIL, "1 of 2 rules cannot be evaluated: Broken (node)")
    assert answer.evidence[0].detail == 'Get "http://h/x": many-to-many'


async def test_a_rule_not_evaluated_yet_warns() -> None:
    async with prometheus({"GET /api/v1/rules": success({"groups": [group(rule(health="unknown"))]})}) as ours:
        assert (await ours.rules()).status is Status.WARN


@pytest.mark.parametrize("last", [LONG_AGO, "0001-01-01T00:00:00Z"])
async def test_rules_that_were_not_evaluated_for_long_are_no_evidence_that_all_is_well(last: str) -> None:
    asleep = group(rule(lastEvaluation=last), rule(kind="recording"))
    async with prometheus({"GET /api/v1/rules": success({"groups": [asleep]})}) as ours:
        rules, alerts_ = await ours.rules(), await ours.alerts()
    assert (rules.status, alerts_.status) == (Status.WARN, Status.UNKNOWN)
    assert rules.summary.startswith("1 of 2 rules not evaluated")
    assert alerts_.reason == "1 of 1 alerting rule not evaluated for long: their silence tells nothing"


async def test_what_fires_while_the_rules_sleep_is_told_all_the_same() -> None:
    asleep = {"GET /api/v1/rules": success({"groups": [group(rule(lastEvaluation=LONG_AGO))]})}
    async with prometheus({**asleep, **alerts(alert("Disk"))}) as ours:
        assert (await ours.alerts()).status is Status.FAIL


@pytest.mark.parametrize("interval", [31_536_000, 1e308])
async def test_a_rule_evaluated_within_its_own_interval_is_awake(interval: float) -> None:
    slow = group(rule(lastEvaluation=LONG_AGO)) | {"interval": interval}
    async with prometheus({"GET /api/v1/rules": success({"groups": [slow]})}) as ours:
        assert (await ours.rules()).status is Status.OK


async def test_rules_are_read_to_the_last_page_and_once_for_all_checks() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        if request.line != "GET /api/v1/rules":
            return SCRIPT.replying()(request)
        token = request.query.get("group_next_token", [""])[0]
        asked.append(token)
        last = rule("Last", health="err")
        pages = {"": ("two", rule()), "two": ("three", rule("B")), "three": ("", last)}
        following, found = pages[token]
        return success({"groups": [group(found, name=token)], "groupNextToken": following})

    async with prometheus(server=server) as ours:
        assert (await ours.rules()).summary == "1 of 3 rules cannot be evaluated: Last (three)"
        await ours.alerts()
    assert asked == ["", "two", "three"]


async def test_a_page_of_rules_that_repeats_is_not_the_whole_answer() -> None:
    page = success({"groups": [group(rule())], "groupNextToken": "again"})
    async with prometheus({"GET /api/v1/rules": page}) as ours:
        with pytest.raises(Refused, match="repeats a page"):
            await ours.rules()


@pytest.mark.parametrize(
    ("found", "more", "status", "summary"),
    [
        ([target(), target("api")], {}, Status.OK, "All 2 targets of 2 jobs are up"),
        ([target(health="down"), target("api")], {}, Status.FAIL, "Every target of node is down, 1 of 2 targets down"),
        ([target(health="down"), target("api")], {"critical_jobs": ("api",)}, Status.WARN, "1 of 2 targets down"),
        ([target()], {"critical_jobs": ("api", "node")}, Status.FAIL, "No targets for api"),
        (
            [target(health="down", instance="x")] + [target(instance=str(n)) for n in range(9)],
            {},
            Status.WARN,
            "1 of 10 targets down",
        ),
        (
            [target(health="down", instance=str(n)) for n in range(3)] + [target(instance=f"u{n}") for n in range(9)],
            {},
            Status.FAIL,
            "3 of 12 targets down",
        ),
        ([target(health="unknown"), target("api")], {}, Status.WARN, "1 not scraped yet"),
        ([target(scraped="0001-01-01T00:00:00Z"), target("api")], {}, Status.WARN, "1 not scraped yet"),
        ([target(scraped=LONG_AGO), target("api")], {}, Status.WARN, "1 not scraped for long"),
        ([target(health="down", scraped=LONG_AGO), target("api")], {}, Status.WARN, "1 not scraped for long"),
        ([target(scraped=LONG_AGO) | {"scrapeInterval": "52w"}, target("api")], {}, Status.OK, ALL_UP),
        ([], {}, Status.WARN, "No targets at all: Prometheus scrapes nothing"),
    ],
)
async def test_targets_are_judged_by_job_and_share(
    found: list[dict[str, Any]], more: dict[str, Any], status: Status, summary: str
) -> None:
    async with prometheus(targets(*found), **more) as ours:
        answer = await ours.targets()
    assert (answer.status, answer.summary) == (status, summary)


async def test_a_team_s_own_thresholds_count() -> None:
    down = [target(health="down", instance=str(n)) for n in range(3)] + [target(instance=f"u{n}") for n in range(9)]
    for limits, status in (
        ({"warn": 4}, Status.FAIL),
        ({"warn": 4, "fail": 5}, Status.OK),
        ({"warn": 2, "fail": 5}, Status.WARN),
    ):
        async with prometheus(targets(*down), thresholds={"prometheus.targets": limits}) as ours:
            answer = await ours.targets()
        assert answer.status is status, limits
        assert answer.summary == "3 of 12 targets down"


async def test_target_errors_are_shown_without_credentials() -> None:
    error = 'Get "http://scrape:hunter2@db1:9100/metrics?token=hunter2": dial tcp: connection refused'
    async with prometheus(targets(target(health="down", error=error))) as ours:
        answer = await ours.targets()
    assert answer.evidence[0].detail == 'Get "http://db1:9100/metrics": dial tcp: connection refused'
    assert "hunter2" not in repr(answer)


async def test_a_failed_reload_and_a_missing_alertmanager_fail() -> None:
    trouble = {
        "GET /api/v1/status/runtimeinfo": success(
            {"reloadConfigSuccess": False, "lastConfigTime": "2026-03-01T06:11:09Z"}
        ),
        "GET /api/v1/alertmanagers": success({"activeAlertmanagers": [], "droppedAlertmanagers": []}),
    }
    async with prometheus(trouble) as ours:
        reload, managers = await ours.reload(), await ours.alertmanagers()
    assert (reload.status, managers.status) == (Status.FAIL, Status.FAIL)
    assert reload.evidence[0].since == datetime(2026, 3, 1, 6, 11, 9, tzinfo=UTC)


async def test_warnings_beside_an_answer_leave_no_ok() -> None:
    partial = {
        "GET /api/v1/targets": success(
            {"activeTargets": [target()]}, warnings=["remote read: http://u:hunter2@s/x?t=1 failed"]
        ),
        "GET /api/v1/alerts": success({"alerts": [alert("Disk")]}, warnings=["partial"]),
    }
    async with prometheus(partial, instance="eu") as ours:
        found = await ours.targets()
        assert (await ours.alerts()).status is Status.FAIL
    assert found.status is Status.WARN
    assert found.summary == "All 1 targets of 1 job are up; Prometheus eu warns: remote read: http://s/x failed"


@pytest.mark.parametrize(
    ("canned", "summary"),
    [
        (said("Service Unavailable", 503), "Not ready yet (503): it may be replaying its log"),
        (said("no", 500), "Not ready: it answers with 500"),
    ],
)
async def test_a_server_that_is_not_ready_fails(canned: Canned, summary: str) -> None:
    async with prometheus({"GET /-/ready": canned}) as ours:
        answer = await ours.ready()
    assert (answer.status, answer.summary) == (Status.FAIL, summary)


async def test_no_connection_is_a_failure_of_ready_and_of_nothing_else() -> None:
    outside = Outside(patience=2, now=still)
    ours = Prometheus.connect(PrometheusSettings(url=nobody()), Wiring(outside=outside))
    assert (await ours.ready()).status is Status.FAIL
    for ask in (ours.alerts, ours.rules, ours.targets, ours.reload, ours.alertmanagers):
        with pytest.raises(VendorError):
            await ask()
    with pytest.raises(VendorError):
        await ours.probe()
    await outside.aclose()


async def test_ready_is_unknown_where_nobody_could_be_asked() -> None:
    async with prometheus({"GET /-/ready": said("404 page not found", 404)}) as ours:
        with pytest.raises(NotFound, match="Check PROMETHEUS_URL"):
            await ours.ready()
    async with prometheus({"GET /-/ready": Canned(status=429, headers={"retry-after": "60"})}) as ours:
        with pytest.raises(RateLimited):
            await ours.ready()


async def test_a_proxy_that_says_ok_to_everything_is_not_a_ready_prometheus() -> None:
    async with prometheus(server=lambda _request: said("OK")) as ours:
        with pytest.raises(Refused):
            await ours.ready()


async def test_agent_mode_is_called_by_its_name() -> None:
    agent = told({"status": "error", "errorType": "execution", "error": "unavailable with Prometheus Agent"}, 422)
    async with prometheus({"GET /api/v1/alerts": agent}) as ours:
        with pytest.raises(Refused, match="runs in agent mode"):
            await ours.alerts()
    other = told({"status": "error", "errorType": "execution", "error": "too many samples"}, 422)
    async with prometheus({"GET /api/v1/alerts": other}) as ours:
        with pytest.raises(Refused, match="Prometheus refused: too many samples"):
            await ours.alerts()


async def test_an_error_envelope_with_200_is_no_answer() -> None:
    async with prometheus({"GET /api/v1/alerts": told({"status": "error", "data": {"alerts": []}})}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.alerts()


async def test_what_is_sent_is_the_login_the_tenant_and_nothing_that_changes_anything() -> None:
    server = Server()
    async with prometheus(server=server, bearer_token=SecretStr(TOKEN), tenant="team-a") as ours:
        for check in ours.checks():
            await check.ask()
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in server.asked} == {"GET"}
    assert {one.headers["authorization"] for one in server.asked} == {f"Bearer {TOKEN}"}
    assert {one.headers["x-scope-orgid"] for one in server.asked} == {"team-a"}
    assert not [one.path for one in server.asked if "admin" in one.path or one.path in ("/-/reload", "/-/quit")]
    assert next(one.query for one in server.asked if one.path.endswith("/targets")) == {"state": ["active"]}


async def test_the_probe_names_each_right_that_is_missing() -> None:
    async with prometheus({"GET /api/v1/rules": told({}, 403)}, bearer_token=SecretStr(TOKEN)) as ours:
        told_rights = dict(await ours.probe())
    assert told_rights.pop("read rules") == (
        "Prometheus refused: the credential is not allowed to do this. Give it the right to read /-/ready and /api/v1."
    )
    assert set(told_rights.values()) == {None}


def test_settings_with_half_a_login_are_refused() -> None:
    with pytest.raises(IncompleteSettings, match="PROMETHEUS_USERNAME is set, but PROMETHEUS_PASSWORD is missing"):
        PrometheusSettings(url="https://p.example.com", username="ann").refuse_half_set()
    with pytest.raises(IncompleteSettings, match="PROMETHEUS_BEARER_TOKEN is set, but PROMETHEUS_URL is missing"):
        PrometheusSettings(bearer_token=SecretStr("x")).refuse_half_set()
    PrometheusSettings(url="https://p.example.com").refuse_half_set()


async def test_links_lead_to_the_pages_that_the_build_has() -> None:
    async with prometheus() as ours:
        assert (await ours.alerts()).link.endswith("/classic/alerts")  # type: ignore[union-attr] # it would fail all the same
    newer = {"GET /api/v1/status/buildinfo": success({"version": "3.5.0"})}
    async with prometheus({**newer, **alerts(alert("Disk"))}) as ours:
        answer = await ours.alerts()
    assert answer.link is not None
    assert answer.link.endswith("/alerts")
    assert "classic" not in answer.link
    assert answer.evidence[0].url == answer.link
