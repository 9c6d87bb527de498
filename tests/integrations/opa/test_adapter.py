"""What OPA answers and Conftest printed, judged: undefined is a no, old is not ok, nothing tested is nothing known."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Probe
from bot.domain.check import Answer, Status
from bot.domain.errors import Unreadable
from bot.domain.report import KeptReport, Report
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.opa.adapter import Opa, _path
from bot.integrations.opa.facts import MOST, Facts
from bot.integrations.opa.reports import ConftestReports
from bot.integrations.opa.settings import OpaSettings
from tests.integrations.contract.asking import Kept, asked, checks_of
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT, ago, still
from tests.integrations.opa.scripted import (
    BEARER,
    CONFIG,
    DECISION,
    HEALTH,
    OFF,
    POLICIES,
    SCRIPT,
    STATUS,
    body,
    bundle,
    policies,
    ran,
    status,
)

DAY = timedelta(days=1)


async def answer(check: str, instead: Mapping[str, Canned] | None = None) -> Answer:
    async with checks_of("opa", SCRIPT, SCRIPT.replying(instead)) as checks:
        return await asked(next(one for one in checks if one.name == f"opa.{check}"))


def details(found: Answer) -> Sequence[str]:
    return [one.detail for one in found.evidence]


async def test_what_is_asked_is_what_the_description_says() -> None:
    seen: list[Request] = []

    def listening(request: Request) -> Canned:
        seen.extend([] if request.path.startswith("/api") else [request])
        return SCRIPT.replying()(request)

    async with checks_of("opa", SCRIPT, listening) as checks:
        for check in checks:
            await asked(check)
    assert {one.line for one in seen} == {HEALTH, STATUS, DECISION}
    assert {one.headers["authorization"] for one in seen} == {f"Bearer {BEARER}"}
    (health,) = [one for one in seen if one.line == HEALTH]
    assert health.query == {"bundles": ["true"], "plugins": ["true"]}
    (decision,) = [one for one in seen if one.line == DECISION]
    assert json.loads(decision.body) == {"input": {}}


async def test_a_server_that_is_not_ready_says_why() -> None:
    found = await answer("server", {HEALTH: told({"error": "not all configured bundles have been activated"}, 500)})
    assert (found.status, found.summary) == (
        Status.FAIL,
        "Not ready: not all configured bundles have been activated",
    )
    assert (await answer("server", {HEALTH: told({"status": "up"})})).status is Status.UNKNOWN
    assert (await answer("server", {HEALTH: told({}, 500)})).status is Status.FAIL


@pytest.mark.parametrize(
    ("told_of", "wanted", "words"),
    [
        (
            {"code": "bundle_error", "message": "request failed: 401"},
            Status.FAIL,
            "not taken over: request failed: 401",
        ),
        ({"errors": [{"code": "rego_type_error"}]}, Status.FAIL, "not taken over"),
        ({"last_successful_activation": "0001-01-01T00:00:00Z"}, Status.FAIL, "never activated"),
        ({"last_successful_activation": None}, Status.FAIL, "never activated"),
        ({"last_successful_request": ago(minutes=61)}, Status.FAIL, "61 minutes ago for the last time"),
        ({"last_successful_request": None}, Status.FAIL, "4320 minutes ago for the last time"),
        ({"last_successful_request": None, "last_successful_download": ago(minutes=5)}, Status.OK, "revision quay-7"),
        ({"last_successful_request": None, "last_successful_download": None}, Status.UNKNOWN, "is not told"),
        ({"active_revision": None, "errors": None, "code": None}, Status.OK, "activated"),
    ],
)
async def test_a_bundle_is_judged_by_its_activation_and_its_servers_last_answer(
    told_of: dict[str, Any], wanted: Status, words: str
) -> None:
    found = await answer("policies", {STATUS: told(status(bundle(**told_of), bundle("other")))})
    assert found.status is wanted
    assert words in details(found)[0]


@pytest.mark.parametrize(
    ("plugin", "wanted"),
    [
        ({"state": "OK", "message": None}, Status.OK),
        ({"state": "WARN"}, Status.WARN),
        ({"state": "NOT_READY"}, Status.FAIL),
        ({"state": "ERROR", "message": "no server"}, Status.FAIL),
        ({"state": "SLEEPING"}, Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
async def test_a_plugin_is_as_it_says(plugin: Any, wanted: Status) -> None:
    found = await answer("policies", {STATUS: told(status(bundle(), plugins={"decision_logs": plugin}))})
    assert found.status is wanted


async def test_without_status_the_age_of_bundles_is_not_known_and_it_says_what_to_configure() -> None:
    found = await answer("policies", {STATUS: OFF})
    assert (found.status, "status (prometheus: true)" in (found.reason or "")) == (Status.UNKNOWN, True)
    discovered = told({"result": {"discovery": {"name": "a"}}})
    assert (await answer("policies", {STATUS: OFF, CONFIG: discovered})).status is Status.UNKNOWN
    silent = await answer("policies", {STATUS: told(status())})
    assert (silent.status, "that are configured" in (silent.reason or "")) == (Status.UNKNOWN, True)
    broken = told({"code": "internal_error", "message": "another"}, 500)
    assert (await answer("policies", {STATUS: broken})).status is Status.UNKNOWN


@pytest.mark.parametrize("bare", [told({"result": {}}), told({"result": {"bundles": None, "labels": {}}})])
async def test_policies_that_came_without_a_bundle_must_be_there(bare: Canned) -> None:
    found = await answer("policies", {STATUS: OFF, CONFIG: bare})
    assert (found.status, found.summary) == (Status.OK, "1 policy, without a bundle")
    for keeps in (OFF, told(status())):
        empty = await answer("policies", {STATUS: keeps, CONFIG: bare, POLICIES: told(policies())})
        assert (empty.status, "neither bundles nor policies" in (empty.reason or "")) == (Status.UNKNOWN, True)


@pytest.mark.parametrize("result", [True, False, None, {"allow": False, "deny": ["freeze"]}, [], 0])
async def test_a_decision_with_any_result_is_defined(result: Any) -> None:
    assert (await answer("decisions", {DECISION: told({"result": result})})).status is Status.OK


async def test_an_undefined_decision_is_a_no_that_nobody_meant() -> None:
    found = await answer("decisions", {DECISION: told({"decision_id": "4ca636c1"})})
    assert (found.status, "is undefined" in details(found)[0]) == (Status.FAIL, True)
    broken = told({"code": "internal_error", "message": "error(s) occurred while evaluating query"}, 500)
    assert (await answer("decisions", {DECISION: broken})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "name",
    [
        "httpapi/authz/allow",
        "/v1/data/httpapi/authz/allow",
        "data.httpapi.authz.allow",
        "httpapi.authz.allow",
        "/httpapi/authz/allow/",
    ],
)
def test_a_decision_is_called_as_people_write_it(name: str) -> None:
    assert list(_path(name)) == ["httpapi", "authz", "allow"]


async def test_the_probe_tells_each_right_apart() -> None:
    forbidden = told({"code": "unauthorized", "message": "request rejected by administrative policy"}, 401)
    async with serving(SCRIPT.replying({CONFIG: forbidden})) as address:
        outside = Outside(now=still)
        adapter = Opa.connect(OpaSettings(url=address, token=SecretStr(BEARER)), Wiring(outside=outside))
        assert isinstance(adapter, Probe)
        tried = dict(await adapter.probe())
        await outside.aclose()
    assert [what for what, words in tried.items() if words is None] == ["ask it", "read its status"]
    assert "OPA_TOKEN" in (tried["read its configuration"] or "")


async def test_with_reports_alone_it_asks_nobody() -> None:
    adapter = Opa.connect(OpaSettings(report_token=SecretStr("t" * 32)), Wiring(outside=Outside(), reports=Kept()))
    assert [check.name for check in adapter.checks()] == ["opa.conftest"]
    assert list(await adapter.probe()) == []


# Conftest.


def read(*files: dict[str, Any], **about: str) -> Report:
    return ConftestReports().report(body(*files), {"name": "shop"} | about)


def kept(*files: dict[str, Any], age: timedelta = timedelta(0), **about: str) -> KeptReport:
    return KeptReport(report=read(*files, **about), received_at=AT - age)


async def tests_of(*found: KeptReport, **settings: Any) -> Answer:
    adapter = Opa.connect(
        OpaSettings(report_token=SecretStr("t" * 32), **settings),
        Wiring(outside=Outside(now=still), reports=Kept(found)),
    )
    return await adapter.checks()[0].ask()


def failing(*messages: str, **more: Any) -> dict[str, Any]:
    return ran(
        "deploy/web.yaml", failures=[{"msg": one, "metadata": {"query": "data.main.deny"}} for one in messages], **more
    )


def test_what_was_understood_is_told() -> None:
    report = read(
        ran(), failing("runs as root", exceptions=[{"msg": "until June"}]), ran(warnings=[{"msg": "no limits"}])
    )
    assert report.words == "12 tests of 1 files, 1 failed, 1 warned, 1 excepted"
    assert (report.name, report.made_at) == ("shop", None)


async def test_tests_that_passed_are_ok_and_excepted_ones_are_told() -> None:
    found = await tests_of(kept(ran(), ran(exceptions=[{"msg": "until June"}]), exit_code="0"))
    assert (found.status, details(found)) == (Status.OK, ["7 tests passed, 1 excepted"])


async def test_a_failure_fails_whatever_the_exit_status_says() -> None:
    for code in ("0", "1", "2"):
        found = await tests_of(kept(failing("runs as root"), exit_code=code))
        assert (found.status, details(found)) == (Status.FAIL, ["failed: runs as root (deploy/web.yaml)"])


async def test_a_warning_warns() -> None:
    found = await tests_of(kept(ran(warnings=[{"msg": "no limits"}, {}]), exit_code="1"))
    assert (found.status, details(found)) == (Status.WARN, ["2 warned, such as no limits (deploy/web.yaml)"])


async def test_a_failure_that_yesterday_did_not_have_is_new() -> None:
    found = await tests_of(kept(failing("a", "b")), kept(failing("a"), age=DAY))
    assert details(found) == ["failed: a (deploy/web.yaml)", "failed (new): b (deploy/web.yaml)"]


async def test_where_not_one_policy_applied_nothing_is_known() -> None:
    found = await tests_of(kept(ran(successes=0)))
    assert (found.status, "nothing was tested" in (found.reason or "")) == (Status.UNKNOWN, True)
    with pytest.raises(Unreadable, match="not one file was tested"):
        read()


async def test_an_exit_status_without_a_failure_is_not_ok() -> None:
    found = await tests_of(kept(ran(), exit_code="1"))
    assert (found.status, found.reason) == (Status.UNKNOWN, "shop: conftest ended with 1, though no test failed")


async def test_a_run_that_failed_or_did_not_come_is_no_data() -> None:
    report = ConftestReports().report(b"", {"name": "shop", "exit_code": "1"})
    found = await tests_of(KeptReport(report=report, received_at=AT), kept(ran(), age=DAY))
    assert (found.status, details(found)) == (Status.FAIL, ["no data: conftest failed (exit status 1)"])
    old = await tests_of(kept(ran(), age=3 * DAY))
    assert (old.status, details(old)) == (
        Status.FAIL,
        ["no data: the last report is 3 days old (expected every 2 days)"],
    )
    gone = await tests_of(kept(ran()), report_names=("cart",))
    assert (gone.status, details(gone)[0]) == (Status.FAIL, "no data: no report ever came")


@pytest.mark.parametrize(
    "odd",
    [
        {"successes": None},
        {"filename": None},
        {"failures": {}},
        {"failures": ["x"]},
        {"warnings": 1},
    ],
)
def test_what_is_not_as_documented_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="not the output of conftest"):
        read(ran() | odd)
    with pytest.raises(Unreadable, match=r"add \?name="):
        ConftestReports().report(body(ran()), {})


def test_a_flood_of_failures_is_kept_within_bounds() -> None:
    report = read(failing(*(f"{n} " + "x" * 900 for n in range(5000))), ran(warnings=[{"msg": "y" * 900}] * 5000))
    found = Facts.model_validate(report.facts)
    assert (len(found.failures), found.failure_count, found.warning_count) == (MOST, 5000, 5000)
    assert len(json.dumps(report.facts)) < 256 * 1024


async def test_what_was_kept_in_another_shape_is_unknown() -> None:
    for facts in ({}, {"files": "x"}):
        found = await tests_of(KeptReport(report=Report(name="shop", facts=facts, words=""), received_at=AT))
        assert found.status is Status.UNKNOWN
