"""How assessments and runs of HCP Terraform are judged, paged and linked, and which changes its runs are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import ChangeLog, Pipelines
from bot.domain.change import Result
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.terraform.adapter import Terraform
from bot.integrations.terraform.connect import connect
from bot.integrations.terraform.settings import TerraformSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT, ago, still
from tests.integrations.terraform.scripted import (
    ASSESSMENT,
    OTHERS,
    RUN,
    RUNS,
    SCRIPT,
    TOKEN,
    WORKSPACES,
    assessment,
    page,
    run,
    workspace,
)


@asynccontextmanager
async def terraform(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Terraform]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given = {"url": address, "token": SecretStr(TOKEN), "org": "acme", **settings}
            ours = connect(TerraformSettings(**given), Wiring(outside=outside, thresholds=thresholds or {}))
            assert isinstance(ours, Terraform)
            yield ours
    finally:
        await outside.aclose()


def alone(facts: Mapping[str, Any]) -> Mapping[str, Canned]:
    """One workspace, whose assessment says this. Any: whatever JSON can hold."""
    return {WORKSPACES: page(workspace(), included=[run()]), ASSESSMENT.format(1): assessment(**facts)}


def test_what_is_connected_follows_what_is_set() -> None:
    wiring = Wiring(outside=Outside())
    reading = connect(TerraformSettings(token=SecretStr("t"), org="acme"), wiring)
    acting = connect(TerraformSettings(token=SecretStr("t"), org="acme", act=True), wiring)
    assert isinstance(reading, Terraform)
    assert [isinstance(one, ChangeLog) for one in (reading, acting)] == [True, True]
    assert [isinstance(one, Pipelines) for one in (reading, acting)] == [False, True]
    assert connect(TerraformSettings(notification_token=SecretStr("t")), wiring) is None
    assert {check.name: check.item for check in reading.checks()} == {
        "terraform.drift": Item.DRIFT,
        "terraform.runs": Item.PIPELINES,
    }


def test_variables_are_read_under_the_names_people_know(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TFE_TOKEN": "t", "TFE_ORG": "acme", "TERRAFORM_REPORT_TOKEN": "r", "TFE_URL": ""}.items():
        monkeypatch.setenv(name, value)
    settings = TerraformSettings()
    assert (settings.on("read"), settings.on("reports"), settings.on("write")) == (True, True, False)
    assert settings.address == "https://app.terraform.io"


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        ({}, Status.OK, "No drift in 1 workspaces"),
        ({"drifted": True, "resources-drifted": 3}, Status.WARN, "drifted: 3 resources"),
        ({"drifted": True, "resources-drifted": None}, Status.WARN, "drifted"),
        ({"drifted": True, "resources-drifted": 10}, Status.FAIL, "drifted: 10 resources"),
        ({"drifted": False, "resources-drifted": 1}, Status.WARN, "drifted: 1 resources"),
        ({"drifted": None}, Status.UNKNOWN, "does not tell"),
        ({"succeeded": None}, Status.UNKNOWN, "does not tell"),
        ({"succeeded": False, "drifted": False, "error-msg": "key AKIA"}, Status.FAIL, "the assessment itself failed"),
        ({"created-at": ago(hours=27)}, Status.FAIL, "no data: last assessed 27 h ago"),
        ({"created-at": ago(hours=25)}, Status.OK, "No drift"),
        ({"created-at": None}, Status.UNKNOWN, "not told when"),
        ({"created-at": ago(hours=-30)}, Status.UNKNOWN, "not told when"),
        ({"checks-failed": 2, "all-checks-succeeded": False}, Status.WARN, "2 checks failed"),
        ({"checks-failed": None, "all-checks-succeeded": False}, Status.WARN, "some checks failed"),
        ({"checks-errored": 1, "all-checks-succeeded": False}, Status.FAIL, "1 checks could not be made"),
    ],
)
async def test_an_assessment_is_judged_by_what_it_tells(facts: Mapping[str, Any], status: Status, words: str) -> None:
    async with terraform(alone(facts)) as ours:
        answer = await ours.drift()
    assert (answer.status, words in answer.summary) == (status, True), answer
    assert "AKIA" not in str(answer)


async def test_the_limits_are_the_team_s() -> None:
    limits = {"terraform.drift": {"max_age_hours": 50, "fail": 2}}
    facts = {"created-at": ago(hours=40), "drifted": True, "resources-drifted": 2}
    async with terraform(alone(facts), thresholds=limits) as ours:
        (found,) = (await ours.drift()).evidence
    assert (found.status, found.detail) == (Status.FAIL, "drifted: 2 resources")


async def test_a_workspace_that_is_not_assessed_is_not_called_free_of_drift() -> None:
    bare = workspace("bare", "2", assessed=False)
    never = workspace("never", "3", assessed=True) | {"relationships": {"current-assessment-result": {"data": None}}}
    async with terraform({WORKSPACES: page(workspace(), bare, never)}) as ours:
        answer = await ours.drift()
    assert answer.status is Status.WARN
    assert {one.title: one.detail for one in answer.evidence} == {
        "bare": "has no health assessments, so nobody knows whether it drifted",
        "never": "was never assessed, so nobody knows whether it drifted",
    }
    async with terraform({WORKSPACES: page(bare)}) as ours:
        assert (await ours.drift()).status is Status.UNKNOWN


async def test_where_the_listing_does_not_point_to_the_assessment_it_is_asked_for_by_workspace() -> None:
    silent = workspace() | {"relationships": None}
    direct = "GET /api/v2/workspaces/ws-1/current-assessment-result"
    async with terraform({WORKSPACES: page(silent), direct: assessment(drifted=True)}) as ours:
        assert (await ours.drift()).status is Status.WARN
    async with terraform({WORKSPACES: page(silent)}) as ours:  # 404: there is none yet
        assert (await ours.drift()).status is Status.WARN


async def test_one_assessment_that_cannot_be_read_costs_only_its_own_line() -> None:
    refused = told({"errors": [{"status": "404", "title": "not found"}]}, 404)
    async with terraform({ASSESSMENT.format(2): refused}) as ours:
        answer = await ours.drift()
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.UNKNOWN, ["stage"])


async def test_a_workspace_named_in_the_settings_must_be_there() -> None:
    async with terraform(workspaces=("prod", "gone")) as ours:
        answers = [await ours.drift(), await ours.runs()]
    for answer in answers:
        assert answer.status is Status.UNKNOWN
        assert [(one.title, "TFE_WORKSPACES" in one.detail) for one in answer.evidence] == [("gone", True)]
    async with terraform({WORKSPACES: page(workspace(run=False))}, workspaces=("prod",)) as ours:
        assert (await ours.runs()).status is Status.UNKNOWN
    async with terraform(workspaces=("prod",)) as ours:
        assert (await ours.runs()).summary == "The newest runs of 1 workspaces are well"


@pytest.mark.parametrize(
    ("status", "more", "expected", "words"),
    [
        ("applied", {}, Status.OK, "well"),
        ("planned_and_finished", {}, Status.OK, "well"),
        ("errored", {}, Status.FAIL, "ended in an error"),
        ("planned", {}, Status.WARN, "waits for 9 h for somebody (planned)"),
        ("planned", {"auto-apply": True, "status-timestamps": {"planned-at": ago(minutes=2)}}, Status.OK, "well"),
        ("planned", {"auto-apply": True}, Status.WARN, "waits for 9 h"),
        *(
            (status, {"auto-apply": True, "status-timestamps": {"planned-at": ago(minutes=2)}}, Status.WARN, "waits")
            for status in ("policy_override", "policy_soft_failed", "pre_apply_awaiting_decision", "planned_and_saved")
        ),
        ("policy_checked", {}, Status.WARN, "waits"),
        ("policy_override", {}, Status.WARN, "waits"),
        ("policy_soft_failed", {}, Status.WARN, "waits"),
        ("cost_estimated", {}, Status.WARN, "waits"),
        ("planned_and_saved", {}, Status.WARN, "waits"),
        ("post_plan_awaiting_decision", {}, Status.WARN, "waits"),
        ("canceled", {}, Status.WARN, "canceled"),
        ("force_canceled", {}, Status.WARN, "force canceled"),
        ("discarded", {}, Status.WARN, "discarded"),
        ("applying", {"status-timestamps": {"applying-at": ago(minutes=5)}}, Status.OK, "well"),
        ("applying", {}, Status.WARN, "stuck in applying for 9 h"),
        ("pending", {"status-timestamps": None, "created-at": None}, Status.WARN, "stuck in pending"),
        ("pondering", {}, Status.UNKNOWN, "we do not know: pondering"),
        ("", {}, Status.UNKNOWN, "we do not know: none"),
        (None, {"actions": None, "message": None}, Status.UNKNOWN, "we do not know"),
    ],
)
async def test_a_run_is_judged_by_its_state(status: Any, more: Mapping[str, Any], expected: Status, words: str) -> None:
    newest = run(status=status or "", **more)
    newest["attributes"]["status"] = status
    async with terraform({WORKSPACES: page(workspace(), included=[newest])}) as ours:
        answer = await ours.runs()
    assert (answer.status, words in answer.summary) == (expected, True), answer


async def test_a_run_that_did_not_come_along_is_asked_for() -> None:
    listed = {WORKSPACES: page(workspace(), included=[{"type": "runs", "id": "odd"}, "x"])}
    async with terraform({**listed, RUN.format(1): told({"data": run(status="errored")})}) as ours:
        answer = await ours.runs()
    assert (answer.status, answer.evidence[0].title) == (Status.FAIL, "prod")
    async with terraform(listed) as ours:
        with pytest.raises(Refused, match="has nothing at"):
            await ours.runs()


async def test_a_workspace_that_somebody_locked_is_told() -> None:
    for status, words in (("applied", "somebody locked it"), ("planned", "waits")):
        locked = workspace(locked=True)
        async with terraform({WORKSPACES: page(locked, included=[run(status=status)])}) as ours:
            (found,) = (await ours.runs()).evidence
        assert (found.status, found.detail.startswith(words)) == (Status.WARN, True)
    going = run(status="applying", hours=0.1)
    async with terraform({WORKSPACES: page(workspace(locked=True), included=[going])}) as ours:
        assert (await ours.runs()).status is Status.OK


async def test_workspaces_without_runs_are_no_good_news() -> None:
    async with terraform({WORKSPACES: page(workspace(run=False), workspace("b", "2", run=False))}) as ours:
        assert (await ours.runs()).status is Status.UNKNOWN


def paged(*pages: Canned) -> Any:
    """A server that gives these pages of workspaces by number. Any: a callable server."""

    def answer(request: Request) -> Canned:
        if request.line != WORKSPACES:
            return SCRIPT.replying()(request)
        assert request.query["page[size]"] == ["100"]
        return pages[int(request.query["page[number]"][0]) - 1]

    return answer


async def test_the_failing_workspace_on_the_second_page_is_found() -> None:
    first = page(workspace(), included=[run()], following=2, total=2)
    second = page(workspace("last", "2"), included=[run("2", "errored")], at=2, total=2)
    async with terraform(server=paged(first, second)) as ours:
        answer = await ours.runs()
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.FAIL, ["last"])


@pytest.mark.parametrize(
    "pages",
    [
        [page(workspace(), following=2, total=2), told({"errors": [{"status": "500"}]}, 500)],
        [page(workspace(), following=2, total=2), page(workspace(), at=2, following=3, total=2)],
        [page(workspace(), total=2)],
        [page(workspace(), following=1, total=2)],
        [told({"data": [workspace()], "meta": {"pagination": {}}})],
        [told({"data": [workspace()], "meta": {}})],
        [told({"data": [workspace()]})],
        [told({"data": [workspace()], "meta": {"pagination": {"current-page": 1, "total-pages": 2}}})],
    ],
)
async def test_a_list_of_which_not_all_is_seen_is_refused(pages: list[Canned]) -> None:
    async with terraform(server=paged(*pages)) as ours:
        with pytest.raises(Exception, match=r"not all seen|trouble answering|form we do not know"):
            await ours.runs()


async def test_what_is_asked_is_as_documented() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Canned:
        seen.append(request)
        return SCRIPT.replying()(request)

    async with terraform(server=answer) as ours:
        await ours.runs()
        await ours.drift()
    assert {one.headers["authorization"] for one in seen} == {f"Bearer {TOKEN}"}
    kinds = {one.headers[name] for one in seen for name in ("accept", "content-type")}
    assert kinds == {"application/vnd.api+json"}
    assert [one.line for one in seen].count(WORKSPACES) == 1  # both checks share it


async def test_links_lead_to_the_workspace() -> None:
    async with terraform(alone({"drifted": True})) as ours:
        (found,) = (await ours.drift()).evidence
    assert found.url is not None
    assert found.url.endswith("/app/acme/workspaces/prod/health/drift")


async def test_runs_are_changes_of_their_workspace() -> None:
    told_of = page(
        run(hours=1),
        run("2", "errored", hours=2, message="Second\nline"),
        run("3", "planned", hours=3),
        run("4", "planned_and_finished", hours=1, **{"plan-only": True}),
        run("5", "pondering", hours=1),
        run("6", hours=30),
        included=OTHERS,
    )
    async with terraform({RUNS: told_of}) as ours:
        found = {one.id: one for one in await ours.changed(AT - timedelta(hours=24))}
    assert {key: one.result for key, one in found.items()} == {
        "run-1": Result.SUCCEEDED,
        "run-2": Result.FAILED,
        "run-3": Result.RUNNING,
        "run-5": Result.UNKNOWN,
    }
    first = found["run-1"]
    assert (first.source, first.title, first.by) == ("terraform", "Terraform run: Raise the limit", "ana")
    assert (list(first.places), first.ended_at) == (["prod", "acme/prod"], AT - timedelta(hours=1))
    assert first.url is not None
    assert first.url.endswith("/app/acme/workspaces/prod/runs/run-1")
    assert (found["run-2"].title, found["run-3"].ended_at) == ("Terraform run: Second", None)


async def test_a_run_that_waited_for_days_is_found_when_it_is_applied() -> None:
    old = run("7", "applied", hours=1, **{"created-at": ago(days=12)})
    listed = {WORKSPACES: page(workspace("late", "7"), included=[old]), RUNS: page(run())}
    async with terraform(listed) as ours:
        (found,) = await ours.changed(AT - timedelta(hours=2))
    assert (found.id, found.result, list(found.places)) == ("run-7", Result.SUCCEEDED, ["late", "acme/late"])


async def test_changes_are_read_as_far_back_as_asked_and_no_further() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Canned:
        if request.line == WORKSPACES:
            return page()
        number = int(request.query["page[number]"][0])
        asked.append(request.query["page[number]"][0])
        return page(run(str(number), hours=2 * number), at=number, following=number + 1, included=OTHERS)

    async with terraform(server=answer) as ours:
        found = await ours.changed(AT - timedelta(hours=3))
    assert ([one.id for one in found], asked) == (["run-1"], ["1", "2", "3"])


async def test_nothing_there_may_mean_a_missing_right_or_another_organization() -> None:
    async with terraform({WORKSPACES: told({"errors": [{"status": "404", "title": "not found"}]}, 404)}) as ours:
        with pytest.raises(NotFound, match=r"may not read the organization's workspaces\. Check TFE_ORG"):
            await ours.drift()


async def test_doctor_names_the_right_that_is_missing() -> None:
    async with terraform({RUNS: told({"errors": []}, 403)}) as ours:
        found = dict(await ours.probe())
    assert found["read workspaces (2 seen)"] is None
    assert found["read health assessments"] is None
    assert "right to read the runs" in (found["read runs"] or "")
    async with terraform({WORKSPACES: told({"errors": []}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="TFE_TOKEN"):
            await ours.probe()
