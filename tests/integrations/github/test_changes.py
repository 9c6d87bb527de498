"""GitHub's notices and its answers to "what was changed": the same thing under the same id, in our own form."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Refused, Unreadable
from bot.integrations.github.webhook import GitHubWebhook
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.github.scripted import (
    DEPLOYMENTS,
    HOOK_SECRET,
    REPO,
    RUNS,
    SCRIPT,
    STATUSES,
    deployment,
    prove,
    run,
    runs,
    status,
)
from tests.integrations.github.test_adapter import github
from tests.integrations.moment import AT, ago

FIXTURES = Path(__file__).parent / "fixtures"
COMPLETED = (FIXTURES / "workflow_run.completed.json").read_bytes()
DEPLOYED = (FIXTURES / "deployment_status.created.json").read_bytes()
CREATED = (FIXTURES / "deployment.created.json").read_bytes()
webhook = GitHubWebhook(SecretStr(HOOK_SECRET))


def told_by(body: bytes) -> list[ChangeReported]:
    return [one for one in webhook.parse(body) if isinstance(one, ChangeReported)]


def notice(body: bytes, **changes: Any) -> bytes:
    """A recorded notice, with keys of its run or deployment (`deployment_status__state`) changed. Any: any JSON."""
    read = json.loads(body)
    for name, value in changes.items():
        place, _, key = name.partition("__")
        read[place][key] = value
    return json.dumps(read).encode()


def test_only_the_sha_256_signature_proves_the_sender() -> None:
    webhook.verify(prove(COMPLETED), COMPLETED)
    forged = [
        ({}, COMPLETED),
        (prove(COMPLETED), COMPLETED + b" "),
        (prove(COMPLETED, "another"), COMPLETED),
        ({"x-hub-signature": prove(COMPLETED)["x-hub-signature-256"]}, COMPLETED),
        ({"x-hub-signature-256": prove(COMPLETED)["x-hub-signature-256"].upper()}, COMPLETED),
        ({"x-hub-signature-256": "sha256=\u00e9\u2603"}, COMPLETED),
    ]
    for headers, body in forged:
        with pytest.raises(BadSignature, match=r"^github$"):
            webhook.verify(headers, body)
    with pytest.raises(BadSignature):
        GitHubWebhook(SecretStr("")).verify(prove(COMPLETED, ""), COMPLETED)


def test_a_form_is_read_and_its_signature_covers_the_whole_of_it() -> None:
    body = urlencode({"payload": COMPLETED.decode()}).encode()
    webhook.verify(prove(body), body)
    assert told_by(body) == told_by(COMPLETED)
    assert webhook.object_key(body) == webhook.object_key(COMPLETED) == "workflow_run:30433642"


def test_a_run_is_read() -> None:
    (one,) = told_by(COMPLETED)
    assert one.at == datetime(2026, 3, 2, 5, 6, 40, tzinfo=UTC)
    assert one.change == Change(
        source="github",
        id="run:acme/shop:30433642",
        kind=ChangeKind.PIPELINE,
        title="deploy",
        places=("acme/shop",),
        started_at=datetime(2026, 3, 2, 5, 0, 1, tzinfo=UTC),
        result=Result.FAILED,
        ended_at=datetime(2026, 3, 2, 5, 6, 40, tzinfo=UTC),
        version="acb5820",
        by="ana",
        url="https://github.com/acme/shop/actions/runs/30433642",
    )


@pytest.mark.parametrize(
    ("changes", "result", "ended"),
    [
        ({"workflow_run__conclusion": "success"}, Result.SUCCEEDED, True),
        ({"workflow_run__conclusion": "timed_out"}, Result.FAILED, True),
        ({"workflow_run__conclusion": "cancelled"}, Result.CANCELLED, True),
        ({"workflow_run__conclusion": "neutral"}, Result.UNKNOWN, True),
        ({"workflow_run__conclusion": "strange"}, Result.UNKNOWN, True),
        ({"workflow_run__status": "in_progress", "workflow_run__conclusion": None}, Result.RUNNING, False),
        ({"workflow_run__status": "requested", "workflow_run__conclusion": None}, Result.RUNNING, False),
        ({"workflow_run__status": "strange", "workflow_run__conclusion": None}, Result.UNKNOWN, False),
    ],
)
def test_how_a_run_ended_or_that_it_has_not(changes: dict[str, Any], result: Result, *, ended: bool) -> None:
    (one,) = told_by(notice(COMPLETED, **changes))
    assert (one.change.result, one.change.ended_at is not None) == (result, ended)


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"workflow_run__event": "pull_request"}, 0),
        ({"workflow_run__event": "push", "workflow_run__head_branch": "feature"}, 0),
        ({"workflow_run__event": "push", "workflow_run__head_branch": None}, 0),
        ({"workflow_run__event": "push", "workflow_run__head_branch": "v1.4.2"}, 1),
        ({"workflow_run__event": "release", "workflow_run__head_branch": "any"}, 1),
        ({"workflow_run__event": "schedule"}, 1),
        ({"workflow_run__head_repository": {"full_name": "eve/shop"}}, 0),
        ({"workflow_run__head_branch": None, "repository__default_branch": None, "workflow_run__event": "push"}, 0),
    ],
)
def test_only_runs_that_can_have_changed_something_are_told(changes: dict[str, Any], count: int) -> None:
    assert len(told_by(notice(COMPLETED, **changes))) == count


def test_a_deployment_is_read_by_its_status() -> None:
    (one,) = told_by(DEPLOYED)
    assert one.at == datetime(2026, 3, 2, 5, 14, 10, tzinfo=UTC)
    assert one.change == Change(
        source="github",
        id="deployment:acme/shop:301",
        kind=ChangeKind.DEPLOYMENT,
        title="Deployment to production",
        places=("acme/shop",),
        started_at=datetime(2026, 3, 2, 5, 10, tzinfo=UTC),
        result=Result.SUCCEEDED,
        ended_at=datetime(2026, 3, 2, 5, 14, 10, tzinfo=UTC),
        version="v1.4.2",
        environment="production",
        by="ana",
        url="https://github.com/acme/shop/actions/runs/30433642/job/1",
    )
    (begun,) = told_by(CREATED)
    assert (begun.change.id, begun.change.result, begun.change.ended_at) == (one.change.id, Result.RUNNING, None)
    assert begun.change.url == "https://github.com/acme/shop/deployments"
    assert webhook.object_key(CREATED) == webhook.object_key(DEPLOYED) == "deployment:301"


@pytest.mark.parametrize(
    ("state", "result"),
    [("failure", Result.FAILED), ("error", Result.FAILED), ("queued", Result.RUNNING), ("odd", Result.UNKNOWN)],
)
def test_how_a_deployment_went(state: str, result: Result) -> None:
    (one,) = told_by(notice(DEPLOYED, deployment_status__state=state))
    assert one.change.result is result


def test_what_is_no_news_is_nothing() -> None:
    read = json.loads(DEPLOYED)
    review = {"action": "requested", "workflow_run": read["workflow_run"], "reviewers": [], "repository": {}}
    asked = json.loads(CREATED) | {"deployment_callback_url": "https://api.github.com/x"}
    job = json.loads(CREATED) | {"workflow_job": {"id": 1}}
    for body in (
        notice(DEPLOYED, deployment_status__state="inactive"),
        notice(DEPLOYED, deployment__transient_environment=True),
        *(
            json.dumps(one).encode()
            for one in (review, asked, job, {"zen": "Keep it logically awesome.", "hook_id": 1})
        ),
    ):
        assert webhook.parse(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        notice(COMPLETED, workflow_run__id="x"),
        notice(COMPLETED, workflow_run__created_at="yesterday"),
        notice(COMPLETED, repository__full_name=None),
        notice(DEPLOYED, deployment_status__created_at=None),
        notice(DEPLOYED, deployment_status__state=None),
        b"payload=%7B",
        b"payload=",
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)


def listed(request: Request) -> Canned:
    """Too many runs for one answer; in parts there are some of the default branch, of releases and of pushes."""
    if {"branch", "event"}.isdisjoint(request.query):
        return told({"total_count": 1_001, "workflow_runs": []})
    if request.query.get("event") == ["release"]:
        return runs(run(id=7, event="release", head_branch="v2.0", run_started_at=ago(hours=1)))
    if "branch" in request.query:
        early = run(id=8, run_started_at=ago(hours=9), updated_at=ago(hours=8))
        return runs(run(run_started_at=ago(hours=5), updated_at=ago(hours=3)), early)
    return runs(run(id=9, event="push", head_branch="feature"))


async def test_a_look_gives_the_same_ids_and_what_began_or_ended_since() -> None:
    since = AT - timedelta(hours=4)
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        if request.line == RUNS:
            asked.append(request)
            return listed(request)
        if request.line == DEPLOYMENTS:
            gone = deployment(id=302, transient_environment=True)
            return told([deployment(), gone, deployment(id=1, created_at=ago(days=9))])
        if request.line == STATUSES:
            return told([status("inactive", id=9002, created_at=ago(hours=1)), status()])
        return SCRIPT.replying()(request)

    async with github(server=server) as ours:
        found = {one.id: one for one in await ours.changed(since)}
    assert set(found) == {"run:acme/shop:30433642", "run:acme/shop:7", "deployment:acme/shop:301"}
    assert found["deployment:acme/shop:301"].result is Result.SUCCEEDED
    assert found["run:acme/shop:7"].version == "v2.0"
    day_before = f">={since - timedelta(days=1):%Y-%m-%dT%H:%M:%S}Z"
    assert {one.query["created"][0] for one in asked} == {day_before}


async def test_a_look_costs_little_where_little_was_changed() -> None:
    asked: list[str] = []
    old = deployment(created_at=ago(hours=9), updated_at=ago(hours=9))

    def server(request: Request) -> Canned:
        asked.append(request.line)
        return told([old]) if request.line == DEPLOYMENTS else SCRIPT.replying()(request)

    async with github({}, server=server) as ours:
        assert await ours.changed(AT - timedelta(minutes=15)) == []
    assert sorted(asked) == sorted([REPO, RUNS, DEPLOYMENTS])


async def test_a_look_that_did_not_see_all_says_so() -> None:
    async with github({RUNS: told({"total_count": 1_400, "workflow_runs": []})}) as ours:
        with pytest.raises(Refused, match="more than 1,000"):
            await ours.changed(AT)
