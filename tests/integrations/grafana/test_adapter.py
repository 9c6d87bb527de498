"""How Grafana's answers are judged, with the payloads it really sends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.grafana.adapter import Grafana
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.http import Outside
from tests.features.incidents.world import alert
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.grafana.scripted import (
    ALERTS,
    HEALTH_OF,
    RULES,
    SCRIPT,
    SILENCES,
    SOURCES,
    TOKEN,
    instance,
    live,
    rule,
    rules,
    silence,
    source,
)
from tests.integrations.moment import ago, still


@asynccontextmanager
async def grafana(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    prefix: str = "",
    **settings: Any,
) -> AsyncIterator[Grafana]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            given = {"url": address + prefix, "token": SecretStr(TOKEN), **settings}
            yield Grafana.connect(GrafanaSettings(**given), wiring)
    finally:
        await outside.aclose()


def test_checks_stand_under_dashboards_and_alerting() -> None:
    ours = Grafana.connect(GrafanaSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    assert {check.name: check.item for check in ours.checks()} == {
        "grafana.health": Item.DASHBOARDS,
        "grafana.datasources": Item.DASHBOARDS,
        "grafana.rules": Item.ALERTING,
        "grafana.alerts": Item.ALERTING,
        "grafana.silences": Item.ALERTING,
    }
    assert ours.source == "grafana"


@pytest.mark.parametrize(
    ("canned", "status", "words"),
    [
        (told({"database": "ok"}), Status.OK, "Up, its database answers"),
        (told({"database": "failing"}, 503), Status.FAIL, "Not healthy: its database is failing"),
        (told({"database": "failing"}), Status.FAIL, "Not healthy: its database is failing"),
        (told({"database": "ok"}, 503), Status.FAIL, "Not healthy: its database is ok"),
        (said("upstream", 502), Status.FAIL, "Not healthy: it answers with 502"),
        (told({"message": "no"}, 500), Status.FAIL, "Not healthy: it answers with 500"),
    ],
)
async def test_health_is_the_database_s_and_needs_no_version(canned: Canned, status: Status, words: str) -> None:
    async with grafana({"GET /api/health": canned}) as ours:
        answer = await ours.health()
    assert (answer.status, answer.summary) == (status, words)


async def test_no_connection_is_a_failure_of_health_and_of_nothing_else() -> None:
    outside = Outside(patience=2, now=still)
    ours = Grafana.connect(GrafanaSettings(url=nobody(), token=SecretStr(TOKEN)), Wiring(outside=outside))
    assert (await ours.health()).status is Status.FAIL
    for ask in (ours.rules, ours.alerts, ours.silences, ours.data_sources, ours.probe):
        with pytest.raises(VendorError):
            await ask()
    await outside.aclose()


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"state": "firing"}, Status.FAIL, "firing, severity critical"),
        ({"state": "firing", "labels": {"severity": "Page"}}, Status.FAIL, "firing, severity Page"),
        ({"state": "firing", "labels": {"severity": "warning"}}, Status.WARN, "firing, severity warning"),
        ({"state": "firing", "labels": None}, Status.WARN, "firing, severity not set"),
        ({"state": "pending"}, Status.WARN, "pending, severity critical"),
        ({"state": "recovering"}, Status.WARN, "recovering, severity critical"),
        ({"health": "nodata"}, Status.WARN, "gets no data"),
        ({"health": "error", "lastError": "failed: x"}, Status.FAIL, "cannot be evaluated: failed: x"),
        ({"health": "error", "state": "pending"}, Status.FAIL, "cannot be evaluated"),
        ({"health": "unknown"}, Status.WARN, "not evaluated yet"),
        ({"health": "splendid"}, Status.UNKNOWN, "has the health splendid, which we do not know"),
        ({"state": "dancing"}, Status.UNKNOWN, "has the state dancing, which we do not know"),
        ({"state": ""}, Status.UNKNOWN, "has the state of nothing, which we do not know"),
        ({"lastEvaluation": "0001-01-01T00:00:00Z"}, Status.WARN, "not evaluated yet"),
        ({"alerts": [instance("Normal"), instance("Alerting")]}, Status.FAIL, "firing, severity critical"),
        ({"alerts": [instance("Alerting (NoData)")]}, Status.FAIL, "firing, severity critical"),
        ({"alerts": [instance("NoData")]}, Status.WARN, "gets no data"),
        ({"alerts": [instance("Error")]}, Status.FAIL, "cannot be evaluated"),
        ({"alerts": [instance("Normal (NoData)")]}, Status.WARN, "Normal (NoData), whatever it is set to be called"),
        ({"alerts": [instance("Normal (Error)")]}, Status.FAIL, "Normal (Error), whatever it is set to be called"),
        ({"alerts": [instance("Pending")]}, Status.WARN, "pending, severity critical"),
    ],
)
async def test_a_rule_is_judged_by_health_state_and_instances(
    changes: dict[str, Any], status: Status, detail: str
) -> None:
    async with grafana({RULES: rules(rule("Fine", uid="ok"), rule(**changes))}) as ours:
        answer = await ours.rules()
    (one,) = answer.evidence
    assert (answer.status, one.status, one.detail) == (status, status, detail)
    assert (one.key, one.title) == ("rule:ar1", "Checkout 5xx (Prod/shop)")
    assert one.url is not None
    assert one.url.endswith("/alerting/grafana/ar1/view")
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_a_firing_rule_is_dated_by_the_instances_that_are_not_normal() -> None:
    found = rule(
        state="firing", alerts=[instance("Normal") | {"activeAt": "2020-01-01T00:00:00Z"}, instance("Alerting")]
    )
    async with grafana({RULES: rules(found)}) as ours:
        (one,) = (await ours.rules()).evidence
    assert one.since == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "status"),
    [({"minutes": 9}, Status.OK), ({"minutes": 12}, Status.WARN), ({"days": 90}, Status.WARN), (None, Status.OK)],
)
async def test_a_rule_that_is_no_longer_evaluated_is_not_fine(last: dict[str, float] | None, status: Status) -> None:
    async with grafana({RULES: rules(rule(lastEvaluation=last and ago(**last)))}) as ours:
        assert (await ours.rules()).status is status
        answer = await ours.alerts()
    assert answer.status is (Status.OK if status is Status.OK else Status.UNKNOWN)


async def test_an_interval_beyond_all_reason_is_no_mistake_of_ours() -> None:
    group = {"name": "shop", "rules": [rule(), rule("B", uid="b", lastEvaluation=ago(days=9))], "interval": 1e308}
    async with grafana({RULES: told({"status": "success", "data": {"groups": [group]}})}) as ours:
        assert [one.key for one in (await ours.rules()).evidence] == ["rule:b"]


async def test_paused_rules_are_counted_and_nothing_else() -> None:
    paused = rule("Old", uid="ar9", isPaused=True, state="firing", health="unknown")
    async with grafana({RULES: rules(rule(), paused)}) as ours:
        answer = await ours.rules()
    assert (answer.status, answer.summary) == (Status.OK, "All 1 rules are evaluated, none is firing, 1 paused")
    async with grafana({RULES: rules(paused)}) as ours:
        answer = await ours.rules()
        assert (answer.status, answer.summary) == (
            Status.WARN,
            "No alerting rule is running, so nothing can fire, 1 paused",
        )
        assert (await ours.alerts()).status is Status.UNKNOWN


async def test_folders_that_may_not_be_seen_are_never_good_news() -> None:
    empty = {RULES: told({"status": "success", "data": {"groups": []}})}
    async with grafana(empty) as ours:
        answer = await ours.rules()
        assert answer.status is Status.UNKNOWN
        assert "Folders that its token may not see" in (answer.reason or "")
        assert "the right to read alert rules" in ((await ours.alerts()).reason or "")


async def test_rules_are_read_to_the_last_page_and_once_for_all_checks() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        if request.line != RULES:
            return SCRIPT.replying()(request)
        assert request.query["group_limit"] == ["500"]
        token = request.query.get("group_next_token", [""])[0]
        asked.append(token)
        pages = {
            "": ("two", rule("A", uid="a")),
            "two": ("three", rule("B", uid="b")),
            "three": ("", rule("Last", uid="c", health="error")),
        }
        following, found = pages[token]
        return rules(found, groupNextToken=following)

    async with grafana(server=server) as ours:
        answer = await ours.rules()
        assert (answer.status, answer.summary[:27]) == (Status.FAIL, "1 of 3 rules in trouble: La")
        await ours.alerts()
    assert asked == ["", "two", "three"]


async def test_a_page_of_rules_that_repeats_is_not_the_whole_answer() -> None:
    async with grafana({RULES: rules(rule(), groupNextToken="again")}) as ours:
        with pytest.raises(Refused, match="repeats a page"):
            await ours.rules()


@pytest.mark.parametrize(
    ("found", "status", "summary"),
    [
        ([], Status.OK, "No live alert (silenced ones aside)"),
        ([live()], Status.FAIL, "Live alerts: 1 paging: Disk: Disk is bad"),
        ([live(state="suppressed")], Status.OK, "No live alert (silenced ones aside)"),
        ([live(severity="none")], Status.OK, "No live alert (silenced ones aside)"),
        ([live(severity=None)], Status.WARN, "Live alerts: 1 without paging: Disk: Disk is bad"),
        (
            [live("DatasourceError", rulename="Cart", severity="info")],
            Status.WARN,
            "Live alerts: 1 without paging: Cart: it cannot be evaluated, its data…",
        ),
    ],
)
async def test_live_alerts_are_judged_by_severity(found: list[Any], status: Status, summary: str) -> None:
    async with grafana({ALERTS: told(found)}) as ours:
        answer = await ours.alerts()
    assert (answer.status, answer.summary) == (status, summary)


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([], Status.OK, "No silences"),
        ([silence()], Status.OK, "1 silences, none ending soon or lasting long"),
        ([silence(ends_in=timedelta(hours=3))], Status.WARN, "ends "),
        ([silence(ends_in=timedelta(hours=3), state="expired")], Status.OK, "No silences"),
        ([silence(ends_in=timedelta(days=30), lasts=timedelta(days=31))], Status.WARN, "lasts 31 days"),
        ([silence(value=".+", is_regex=True)], Status.WARN, "silences everything"),
        ([silence(state="sleeping")], Status.UNKNOWN, "sleeping"),
    ],
)
async def test_silences_are_judged_by_their_end_and_length(found: list[Any], status: Status, words: str) -> None:
    async with grafana({SILENCES: told(found)}) as ours:
        answer = await ours.silences()
    assert answer.status is status
    assert words in answer.summary


@pytest.mark.parametrize(
    ("canned", "status", "words"),
    [
        (told({"status": "OK"}), Status.OK, "All 2 data sources answer"),
        (told({"status": "ERROR", "message": "dial tcp: refused"}, 400), Status.FAIL, "Loki: dial tcp: refused"),
        (told({"status": "ERROR"}), Status.FAIL, "Loki: answers with an error"),
        (told({"status": "UNKNOWN"}), Status.WARN, "Loki: does not know its own health"),
        (told({"message": "Plugin has no health check"}, 404), Status.WARN, "Loki: its plugin has no health check"),
        (told({"message": "not implemented"}, 501), Status.WARN, "Loki: its plugin has no health check"),
        (told({"message": "bad request"}, 400), Status.UNKNOWN, "a form we do not know"),
        (told({"message": "no"}, 403), Status.UNKNOWN, "the credential is not allowed"),
        (told({"message": "no"}, 500), Status.UNKNOWN, "has trouble answering"),
        (told({"status": "MAYBE"}), Status.UNKNOWN, "the health MAYBE"),
    ],
)
async def test_data_sources_are_judged_by_their_own_health(canned: Canned, status: Status, words: str) -> None:
    async with grafana({HEALTH_OF.format("L1"): canned}) as ours:
        answer = await ours.data_sources()
    assert answer.status is status
    assert words in answer.summary
    assert "hunter2" not in repr(answer)
    assert bool(answer.reason) is (status is Status.UNKNOWN)
    for one in answer.evidence:
        assert (one.key, one.url or "") == ("datasource:L1", f"{(answer.link or '')}/edit/L1")


async def test_too_many_data_sources_are_not_judged_in_part() -> None:
    async with grafana({SOURCES: told([source(str(number)) for number in range(301)])}) as ours:
        with pytest.raises(Refused, match="more than 300"):
            await ours.data_sources()


async def test_each_missing_right_is_named_and_an_expired_token_too() -> None:
    rights = {
        RULES: "alert.rules:read",
        ALERTS: "alert.instances:read",
        SILENCES: "alert.silences:read",
        SOURCES: "datasources:read",
    }
    async with grafana(dict.fromkeys(rights, told({"message": "no", "accessErrorId": "ACE1"}, 403))) as ours:
        said_by_probe = " ".join(remedy or "" for _, remedy in await ours.probe())
    assert [right for right in rights.values() if right not in said_by_probe] == []
    async with grafana({RULES: told({"message": "Invalid API key"}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="Renew GRAFANA_TOKEN"):
            await ours.rules()


async def test_a_version_without_the_rules_address_is_unknown() -> None:
    async with grafana({RULES: told({"message": "Not found"}, 404)}) as ours:
        with pytest.raises(NotFound, match="Check GRAFANA_URL"):
            await ours.rules()


async def test_what_is_sent_is_the_token_the_organisation_and_nothing_that_changes_anything() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        assert request.path.startswith("/grafana/api/")
        bare = Request(
            method=request.method,
            path=request.path.removeprefix("/grafana"),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )
        return SCRIPT.replying()(bare)

    async with grafana(server=server, prefix="/grafana/", org_id=4) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {TOKEN}"}
    assert {one.headers["x-grafana-org-id"] for one in asked} == {"4"}
    live_ones = next(one for one in asked if one.path.endswith("/v2/alerts"))
    assert live_ones.query == {"active": ["true"], "silenced": ["false"], "inhibited": ["false"]}


async def test_a_look_tells_which_alerts_are_on_its_list_and_nothing_of_the_rest() -> None:
    known = alert(source="grafana", id="56ed101ab2f4b5f8", episode="2026-03-02T06:49:32.568+00:00")
    other = alert(source="grafana", id="c6eadffa33fcdf37", episode="1")
    async with grafana({ALERTS: told([live(service="checkout")])}) as ours:
        standing = await ours.look([known, other])
    assert (standing.fires, standing.gone, standing.news) == ({known.key}, {other.key}, ())
    async with grafana({ALERTS: said("no right", 403)}) as ours:
        with pytest.raises(NotAuthorised):
            await ours.look([known])


async def test_a_team_s_own_thresholds_count() -> None:
    thresholds = {"grafana.silences": {"ends_within_hours": 1, "longest_days": 60}, "grafana.alerts": {"fail": 2}}
    found = {SILENCES: told([silence(ends_in=timedelta(hours=3))]), ALERTS: told([live()])}
    async with grafana(found, thresholds=thresholds) as ours:
        assert (await ours.silences()).status is Status.OK
        assert (await ours.alerts()).status is Status.WARN
