"""How Kibana's answers are judged, with the payloads it really sends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.kibana.adapter import Kibana
from bot.integrations.kibana.settings import KibanaSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.kibana.scripted import (
    FRAMEWORK,
    KEY,
    OPS_RULES,
    RULES,
    SCRIPT,
    STATUS,
    count,
    framework,
    page,
    rule,
    status,
)
from tests.integrations.moment import ago, still


@asynccontextmanager
async def kibana(
    instead: Mapping[str, Canned] | None = None, *, server: Any = None, prefix: str = "", **settings: Any
) -> AsyncIterator[Kibana]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given = {"url": address + prefix, "api_key": SecretStr(KEY), "spaces": ("default", "ops"), **settings}
            yield Kibana.connect(KibanaSettings(**given), Wiring(outside=outside))
    finally:
        await outside.aclose()


def run(outcome: str, active: int = 0, words: Any = None) -> dict[str, Any]:
    return {"outcome": outcome, "outcome_msg": words, "alerts_count": count(active)}


def executed(word: str, last: str | None = None, **more: Any) -> dict[str, Any]:
    return {"status": word, "last_execution_date": last or ago(seconds=30), **more}


def test_checks_stand_under_dashboards_and_alerting() -> None:
    ours = Kibana.connect(KibanaSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    assert {check.name: check.item for check in ours.checks()} == {
        "kibana.status": Item.DASHBOARDS,
        "kibana.rules": Item.ALERTING,
        "kibana.framework": Item.ALERTING,
    }


@pytest.mark.parametrize(
    ("canned", "verdict", "words"),
    [
        (told(status()), Status.OK, "Available, version 9.0.1"),
        (told({"status": {"overall": {"level": "available"}}}), Status.OK, "Available"),
        (told({"status": {"overall": {"state": "green"}}}), Status.OK, "Available"),
        (told({"status": {"overall": {"state": "red"}}}), Status.FAIL, "Kibana as a whole is red"),
        (told(status("degraded")), Status.WARN, "Kibana as a whole is degraded"),
        (told(status("unavailable"), 503), Status.FAIL, "Kibana as a whole is unavailable"),
        (told(status("critical")), Status.FAIL, "Kibana as a whole is critical"),
        (told(status("splendid")), Status.UNKNOWN, "Kibana as a whole is splendid"),
        (told({"status": {"overall": {}}}), Status.UNKNOWN, "of no level"),
        (told(status(), 503), Status.FAIL, "It answers with 503"),
        (told(status(core="degraded")), Status.FAIL, "elasticsearch is degraded"),
        (told(status(stored="unavailable")), Status.FAIL, "saved objects is unavailable"),
        (
            told(status(plugins={"fleet": {"level": "unavailable", "summary": "no"}})),
            Status.WARN,
            "plugin fleet is unavailable: no",
        ),
        (said("Kibana server is not ready yet", 503), Status.FAIL, "Not available: Kibana server is not ready yet"),
    ],
)
async def test_the_status_is_the_whole_and_what_may_be_seen_of_it(canned: Canned, verdict: Status, words: str) -> None:
    async with kibana({STATUS: canned}) as ours:
        answer = await ours.status()
    assert answer.status is verdict
    assert words in answer.summary
    assert bool(answer.reason) is (verdict is Status.UNKNOWN)
    assert answer.link is not None
    assert answer.link.endswith("/status")


@pytest.mark.parametrize(
    ("changes", "verdict", "detail"),
    [
        ({"last_run": run("failed", words=["no index"])}, Status.FAIL, "its last run failed: no index"),
        ({"last_run": run("failed", words="no index")}, Status.FAIL, "its last run failed: no index"),
        ({"last_run": run("warning", words=["too many"])}, Status.WARN, "ran with a warning: too many"),
        ({"last_run": run("shrugged")}, Status.UNKNOWN, "ended as shrugged, which we do not know"),
        ({"last_run": run("succeeded", 2)}, Status.WARN, "2 active alerts"),
        ({"last_run": run("succeeded", 1), "tags": ["a", "Critical"]}, Status.FAIL, "1 active alert"),
        ({"last_run": run("failed"), "execution_status": executed("ok")}, Status.FAIL, "its last run failed"),
        ({"last_run": None, "execution_status": executed("active")}, Status.WARN, "active alerts"),
        (
            {"last_run": None, "execution_status": executed("active"), "tags": ["severity:critical"]},
            Status.FAIL,
            "active alerts",
        ),
        (
            {"last_run": None, "execution_status": executed("error", error={"reason": "read", "message": "no right"})},
            Status.FAIL,
            "its last run failed: no right",
        ),
        ({"last_run": None, "execution_status": executed("warning")}, Status.WARN, "ran with a warning"),
        ({"last_run": None, "execution_status": executed("pending")}, Status.WARN, "waits for its first run"),
        (
            {"last_run": None, "execution_status": executed("unknown")},
            Status.UNKNOWN,
            "is in the state unknown, which we do not know",
        ),
        ({"last_run": None, "execution_status": None}, Status.WARN, "has never run"),
        (
            {"last_run": {"outcome": "succeeded"}, "execution_status": None},
            Status.UNKNOWN,
            "does not tell its alerts",
        ),
        ({"execution_status": {"status": "ok"}}, Status.WARN, "does not tell when it ran"),
    ],
)
async def test_a_rule_is_judged_by_its_last_run_and_its_alerts(
    changes: dict[str, Any], verdict: Status, detail: str
) -> None:
    async with kibana({RULES: page(rule("Fine", id="ok"), rule(**changes))}) as ours:
        answer = await ours.rules()
    (one,) = answer.evidence
    assert (answer.status, one.status, one.detail, one.key) == (verdict, verdict, detail, "default/r1")
    assert one.url is not None
    assert one.url.endswith("/app/management/insightsAndAlerting/triggersActions/rule/r1")


@pytest.mark.parametrize(
    ("last", "interval", "verdict"),
    [
        ({"minutes": 9}, "1m", Status.OK),
        ({"minutes": 12}, "1m", Status.WARN),
        ({"hours": 4}, "1h", Status.OK),
        ({"hours": 6}, "1h", Status.WARN),
        ({"days": 2}, "1d", Status.OK),
        ({"days": 4}, "1d", Status.WARN),
        ({"hours": 2}, "", Status.WARN),
    ],
)
async def test_a_rule_that_no_longer_runs_is_not_fine(last: dict[str, float], interval: str, verdict: Status) -> None:
    late = rule(execution_status=executed("ok", ago(**last)), schedule={"interval": interval})
    async with kibana({RULES: page(late)}) as ours:
        assert (await ours.rules()).status is verdict


async def test_disabled_muted_and_snoozed_rules_are_counted_and_nothing_else() -> None:
    bad = {"last_run": run("failed")}
    quiet = [
        rule("A", id="a", enabled=False, **bad),
        rule("B", id="b", mute_all=True, **bad),
        rule("C", id="c", is_snoozed_until=ago(hours=-2), **bad),
    ]
    async with kibana({RULES: page(rule(), *quiet), OPS_RULES: page(rule("D", id="d"))}) as ours:
        answer = await ours.rules()
    assert (answer.status, answer.summary) == (
        Status.OK,
        "All 2 rules run, none has an alert (1 disabled, 2 muted or snoozed aside)",
    )
    async with kibana({RULES: page(*quiet)}, spaces=("default",)) as ours:
        assert (await ours.rules()).status is Status.WARN
    ended = rule("C", id="c", is_snoozed_until=ago(hours=2), **bad)
    async with kibana({RULES: page(ended)}) as ours:
        assert (await ours.rules()).status is Status.FAIL


async def test_a_space_without_rules_is_no_good_news_and_hides_none_of_another() -> None:
    async with kibana({RULES: page()}) as ours:
        answer = await ours.rules()
    assert answer.status is Status.UNKNOWN
    assert answer.reason is not None
    assert "space default: no rule is to be seen. Give its key Stack Rules: read there" in answer.reason
    async with kibana({RULES: page(), OPS_RULES: page(rule(last_run=run("failed")))}) as ours:
        answer = await ours.rules()
    assert (answer.status, {one.key for one in answer.evidence}) == (Status.FAIL, {"ops/r1", "space:default"})
    assert any("/s/ops/app/management" in (one.url or "") for one in answer.evidence)


def listing(*pages: Canned) -> Any:
    """Answers each page of the default space's rules by its number."""

    def server(request: Request) -> Canned:
        if request.line != RULES:
            return SCRIPT.replying()(request)
        assert request.query["per_page"] == ["100"]
        return pages[min(int(request.query["page"][0]), len(pages)) - 1]

    return server


async def test_rules_are_read_to_the_last_page() -> None:
    many = [rule(str(number), id=str(number)) for number in range(100)]
    last = page(rule("Last", id="x", last_run=run("failed")), number=2, total=101)
    async with kibana(server=listing(page(*many, total=101), last)) as ours:
        answer = await ours.rules()
    assert (answer.status, answer.evidence[0].title) == (Status.FAIL, "Last")


async def test_a_list_that_is_not_whole_is_refused() -> None:
    one = rule("A", id="a")
    short = [
        listing(page(one, total=2), page(number=2, total=2)),
        listing(page(one, total=2), page(one, number=2, total=2)),
        listing(page(one, total=2), page(one, number=1, total=2)),
        listing(page(total=5)),
        listing(page(one, total=0)),
        listing(page(one, total=2), told({}, 500)),
    ]
    for server in short:
        async with kibana(server=server) as ours:
            with pytest.raises(VendorError):
                await ours.rules()


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        (framework(), Status.OK, "Rules can be read, decrypted and run"),
        (framework("warn"), Status.WARN, "Reading rules is in state warn"),
        (framework("error"), Status.FAIL, "Reading rules is in state error"),
        (framework("so so"), Status.UNKNOWN, "Reading rules is in state so so"),
        (framework(has_permanent_encryption_key=False), Status.FAIL, "No permanent encryption key is set"),
        (framework(is_sufficiently_secure=False), Status.WARN, "API keys cannot be used"),
    ],
)
async def test_alerting_itself_is_judged_by_its_parts(found: Any, verdict: Status, words: str) -> None:
    async with kibana({FRAMEWORK: told(found)}) as ours:
        answer = await ours.framework()
    assert answer.status is verdict
    assert words in answer.summary


async def test_an_old_spelling_is_understood_and_missing_parts_are_refused() -> None:
    old = framework()
    del old["alerting_framework_health"]
    async with kibana({FRAMEWORK: told(old)}) as ours:
        assert (await ours.framework()).status is Status.OK
    del old["alerting_framework_heath"]
    async with kibana({FRAMEWORK: told(old)}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.framework()


async def test_each_missing_right_is_named_and_an_expired_key_too() -> None:
    denied = told({"statusCode": 403, "error": "Forbidden", "message": "no"}, 403)
    async with kibana({OPS_RULES: denied, FRAMEWORK: denied}) as ours:
        found = dict(await ours.probe())
    assert (found["be reached"], found["read rules of the space default"]) == (None, None)
    for what in ("read rules of the space ops", "read the state of alerting"):
        assert "Kibana feature Stack Rules: read" in (found[what] or "")
    async with kibana({RULES: told({"statusCode": 401, "error": "Unauthorized"}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="Renew KIBANA_API_KEY"):
            await ours.rules()


async def test_what_is_sent_stays_in_its_base_path_and_its_spaces_and_changes_nothing() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        bare = Request(
            method=request.method,
            path=request.path.removeprefix("/kibana"),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )
        return SCRIPT.replying()(bare)

    async with kibana(server=server, prefix="/kibana") as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
    assert {one.path for one in asked} == {
        "/kibana/api/status",
        "/kibana/api/alerting/rules/_find",
        "/kibana/s/ops/api/alerting/rules/_find",
        "/kibana/api/alerting/_health",
    }
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["kbn-xsrf"] for one in asked} == {"true"}


async def test_nobody_there_is_told_by_all() -> None:
    outside = Outside(patience=2, now=still)
    ours = Kibana.connect(KibanaSettings(url=nobody(), api_key=SecretStr(KEY)), Wiring(outside=outside))
    for ask in (ours.status, ours.rules, ours.framework, ours.probe):
        with pytest.raises(VendorError, match="cannot be reached"):
            await ask()
    await outside.aclose()
