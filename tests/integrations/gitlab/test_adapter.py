"""How GitLab's answers are judged, with the payloads it really sends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.gitlab.adapter import GitLabReader, connect
from bot.integrations.gitlab.client import GitLabClient
from bot.integrations.gitlab.settings import GitLabSettings
from bot.integrations.http import Api, Outside
from bot.integrations.response import Response, Wording
from bot.integrations.settings import IncompleteSettings
from tests.integrations.contract.server import JSON, Canned, Request, serving, told
from tests.integrations.gitlab.scripted import (
    DEPLOYMENTS,
    ENVIRONMENTS,
    JOBS,
    NAMED,
    PIPELINES,
    SCHEDULE,
    SCHEDULES,
    SCRIPT,
    SELF,
    TOKEN,
    WEB,
    day,
    deployment,
    environment,
    job,
    pipeline,
    project,
    schedule,
    settings,
    token,
)
from tests.integrations.moment import ago, still


@asynccontextmanager
async def gitlab(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Callable[[Request], Canned] | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **changes: Any,
) -> AsyncIterator[GitLabReader]:
    """The adapter over a scripted server. Any: whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            ours = connect(settings(address, **changes), Wiring(outside=outside, thresholds=thresholds or {}))
            assert ours is not None
            yield ours
    finally:
        await outside.aclose()


def coded(code: int, body: Any = None, **headers: str) -> Canned:
    found = told(body if body is not None else {"message": "no"}, code)
    named = {name.replace("_", "-"): one for name, one in headers.items()}
    return Canned(status=code, body=found.body, headers={**JSON, **named})


def test_checks_stand_under_pipelines_deployments_and_security() -> None:
    def declared(**changes: Any) -> dict[str, Item]:
        ours = connect(settings("http://127.0.0.1:1", **changes), Wiring(outside=Outside()))
        assert ours is not None
        return {check.name: check.item for check in ours.checks()}

    assert declared() == {
        "gitlab.pipelines": Item.PIPELINES,
        "gitlab.waiting": Item.PIPELINES,
        "gitlab.queue": Item.PIPELINES,
        "gitlab.schedules": Item.PIPELINES,
        "gitlab.deployments": Item.DEPLOYMENTS,
        "gitlab.token": Item.PIPELINES,
        "gitlab.access": Item.SECURITY,
    }
    assert "gitlab.access" not in declared(groups=())
    assert set(declared(projects=())) == {"gitlab.token", "gitlab.access"}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "The newest pipeline of all 1 projects succeeded"),
        ({"status": "failed"}, Status.FAIL, "acme/shop: main: failed"),
        ({"status": "canceled"}, Status.WARN, "canceled"),
        ({"status": "skipped"}, Status.WARN, "skipped"),
        ({"status": "manual"}, Status.WARN, "waits for somebody to start its next job"),
        ({"status": "running"}, Status.WARN, "running"),
        ({"status": "waiting_for_resource"}, Status.WARN, "waiting for resource"),
        ({"status": "waiting_for_callback"}, Status.WARN, "waiting for callback"),
        ({"status": "canceling"}, Status.WARN, "canceling"),
        ({"status": "scheduled"}, Status.WARN, "scheduled"),
        ({"status": "splendid"}, Status.UNKNOWN, "in the state splendid, which we do not know"),
        ({"status": ""}, Status.UNKNOWN, "without a name"),
        ({"created_at": ago(days=61)}, Status.WARN, "success, but that was 61 days ago"),
        ({"source": "merge_request_event"}, Status.UNKNOWN, "no pipeline ever ran on main"),
        ({"source": "parent_pipeline"}, Status.UNKNOWN, "no pipeline ever ran on main"),
        ({"ref": "feature"}, Status.UNKNOWN, "no pipeline ever ran on main"),
        ({"source": None, "name": None, "web_url": None, "updated_at": None, "ref": None}, Status.OK, "all 1"),
    ],
)
async def test_the_newest_pipeline_decides(changes: dict[str, Any], status: Status, words: str) -> None:
    older = pipeline(id=9, status="failed", ref=changes.get("ref", "main"), source=changes.get("source", "push"))
    async with gitlab({PIPELINES: told([older, pipeline(**changes)])}) as ours:
        answer = await ours.pipelines()
    assert (answer.status, bool(answer.reason)) == (status, status is Status.UNKNOWN)
    assert words in answer.summary
    for one in answer.evidence:
        assert (one.title, one.url in (WEB, f"{WEB}/-/pipelines/4711")) == ("acme/shop: main", True)


async def test_an_empty_project_and_one_without_pipelines_are_never_ok() -> None:
    async with gitlab({NAMED: told(project(default_branch=None))}) as ours:
        assert (await ours.pipelines()).status is Status.UNKNOWN
    async with gitlab({PIPELINES: told([])}) as ours:
        assert (await ours.pipelines()).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"created_at": ago(hours=5)}, Status.WARN, "production: v1.4.2 waits for an approval for 5 h"),
        ({"created_at": ago(hours=1)}, Status.OK, "No deployment has waited"),
        ({"status": "success", "created_at": ago(hours=9)}, Status.OK, "No deployment has waited"),
    ],
)
async def test_a_deployment_that_waits_for_long_is_told(changes: dict[str, Any], status: Status, words: str) -> None:
    seen: list[Request] = []
    waits = told([deployment(**{"status": "blocked"} | changes)])

    def server(request: Request) -> Canned:
        seen.append(request)
        return waits if request.line == DEPLOYMENTS else SCRIPT.replying()(request)

    async with gitlab(server=server) as ours:
        answer = await ours.waiting()
    assert (answer.status, words in answer.summary) == (status, True)
    assert seen[-1].query["status"] == ["blocked"]


@pytest.mark.parametrize("state", ["pending", "waiting_for_resource"])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.OK),
        ({"queued_duration": 4_000}, Status.WARN),
        ({"queued_duration": 90_000}, Status.FAIL),
        ({"queued_duration": None}, Status.FAIL),
        ({"queued_duration": None, "created_at": ago(minutes=5)}, Status.OK),
        ({"queued_duration": 1e300}, Status.FAIL),
    ],
)
async def test_a_job_that_no_runner_takes_is_told(state: str, changes: dict[str, Any], status: Status) -> None:
    def server(request: Request) -> Canned:
        asked = request.line == JOBS and request.query["scope"] == [state]
        return told([job(status=state, **changes)]) if asked else SCRIPT.replying()(request)

    async with gitlab(server=server) as ours:
        assert (await ours.queue()).status is status


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "All 1 schedules are on, and ran well"),
        ({"active": False}, Status.WARN, "nightly: switched off"),
        ({"last_pipeline": {"id": 1, "status": "failed"}}, Status.FAIL, "failed"),
        ({"last_pipeline": {"id": 1, "status": "running"}}, Status.WARN, "running"),
        ({"last_pipeline": {"id": 1, "status": "odd"}}, Status.UNKNOWN, "odd, which we do not know"),
        ({"last_pipeline": {"id": 1}}, Status.UNKNOWN, "without a name"),
        ({"last_pipeline": None}, Status.WARN, "it never ran"),
        ({"next_run_at": ago(hours=3)}, Status.WARN, "its next run was due 3 h ago"),
        ({"next_run_at": ago(hours=3), "last_pipeline": {"id": 1, "status": "failed"}}, Status.FAIL, "due 3 h ago"),
        ({"next_run_at": None}, Status.WARN, "it has no next run"),
    ],
)
async def test_schedules_are_judged_by_their_last_pipeline(changes: dict[str, Any], status: Status, words: str) -> None:
    async with gitlab({SCHEDULE: told(schedule(**changes))}) as ours:
        answer = await ours.schedules()
    assert (answer.status, words in answer.summary) == (status, True)


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("success", Status.OK, "The last deployment to all 1 environments succeeded"),
        ("running", Status.WARN, "v1.4.2: running"),
        ("created", Status.WARN, "created"),
        ("blocked", Status.WARN, "waits for an approval"),
        ("canceled", Status.WARN, "canceled"),
        ("failed", Status.FAIL, "acme/shop: production: v1.4.2: failed"),
        ("odd", Status.UNKNOWN, "odd, which we do not know"),
    ],
)
async def test_the_last_deployment_decides(state: str, status: Status, words: str) -> None:
    def server(request: Request) -> Canned:
        rows = [deployment(id=300, status="failed"), deployment(status=state, deployable=None)]
        return told(rows) if request.line == DEPLOYMENTS else SCRIPT.replying()(request)

    async with gitlab(server=server) as ours:
        answer = await ours.deployments()
    assert (answer.status, words in answer.summary) == (status, True)
    assert [one.url for one in answer.evidence] == [f"{WEB}/-/environments"]


async def test_environments_that_nobody_named_count_only_where_something_was_deployed_for_good() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        if request.line == ENVIRONMENTS:
            assert request.query["states"] == ["available"]
            names = ("production", "review/7", "empty")
            return told([environment(name) for name in names] + [environment("dev/x", tier="development")])
        if request.line == DEPLOYMENTS:
            asked.append(request.query["environment"][0])
            return told([deployment()] if asked[-1] == "production" else [])
        return SCRIPT.replying()(request)

    async with gitlab(server=server) as ours:
        assert (await ours.deployments()).status is Status.OK
    assert sorted(asked) == ["empty", "production"]
    async with gitlab(server=server, environments=("empty",)) as ours:
        assert (await ours.deployments()).status is Status.UNKNOWN
    async with gitlab({ENVIRONMENTS: told([])}) as ours:
        assert "Nothing was ever deployed" in ((await ours.deployments()).reason or "")


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "The token ends on"),
        ({"expires_at": day(days=15)}, Status.OK, "ends on"),
        ({"expires_at": day(days=14)}, Status.WARN, "renew GITLAB_TOKEN"),
        ({"expires_at": day(days=2)}, Status.FAIL, "renew GITLAB_TOKEN"),
        ({"expires_at": day(days=-3)}, Status.FAIL, "renew GITLAB_TOKEN"),
        ({"expires_at": None}, Status.WARN, "has no end"),
        ({"expires_at": f"{day(days=14)}T15:53:00.073Z"}, Status.WARN, "renew GITLAB_TOKEN"),
        ({"revoked": True}, Status.FAIL, "not valid any more"),
        ({"active": False}, Status.FAIL, "not valid any more"),
        ({"active": None, "revoked": None, "created_at": None}, Status.OK, "ends on"),
    ],
)
async def test_our_own_token_is_judged_by_its_end(changes: dict[str, Any], status: Status, words: str) -> None:
    async with gitlab({SELF: told(token(**changes))}) as ours:
        answer = await ours.token()
    assert (answer.status, words in answer.summary) == (status, True)


@pytest.mark.parametrize("by_number", [True, False])
async def test_a_row_on_the_second_page_is_seen(*, by_number: bool) -> None:
    def server(request: Request) -> Canned:
        if request.line != SCHEDULES:
            return SCRIPT.replying()(request)
        if "page" in request.query:
            return told([schedule(id=6)])
        next_one = f"http://{request.headers['host']}{request.path}?page=2&per_page=100"
        pages = {"link": f'<{next_one}>; rel="next"'} if not by_number else {"x-next-page": "2"}
        return Canned(body=told([schedule()]).body, headers={**JSON, **pages})

    other = f"{SCHEDULES}/6"
    async with gitlab(
        server=lambda one: told(schedule(id=6, active=False)) if one.line == other else server(one)
    ) as ours:
        answer = await ours.schedules()
    assert (answer.status, answer.summary.startswith("1 of 2 schedules")) == (Status.WARN, True)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"link": '<https://evil.example.com/x?page=2>; rel="next"'}, "another host"),
        ({"x-next-page": "1"}, "not complete"),
        ({"x-total": "7"}, "speaks of 7 rows and shows 1"),
    ],
)
async def test_a_list_that_does_not_end_well_is_not_taken_for_the_whole(headers: dict[str, str], words: str) -> None:
    canned = Canned(body=told([schedule()]).body, headers={**JSON, **headers})
    async with gitlab({SCHEDULES: canned}) as ours:
        with pytest.raises(Refused, match=words):
            await ours.schedules()


async def test_a_moved_project_is_followed_on_its_own_host_and_warned_of() -> None:
    def server(request: Request) -> Canned:
        if request.line == "GET /api/v4/projects/acme%2Fold":
            return coded(301, {}, location=f"http://{request.headers['host']}/api/v4/projects/12")
        return told(project()) if request.path == "/api/v4/projects/12" else SCRIPT.replying()(request)

    async with gitlab(server=server, projects=("acme/old",)) as ours:
        for ask in (ours.pipelines, ours.waiting, ours.queue, ours.schedules, ours.deployments):
            answer = await ask()
            assert (answer.status, "it is at acme/shop now" in answer.summary) == (Status.WARN, True)


@pytest.mark.parametrize("location", ["https://evil.example.com/api/v4/projects/1", "", "http://["])
async def test_the_token_goes_to_no_other_host(location: str) -> None:
    async with gitlab({NAMED: coded(302, {}, location=location)}) as ours:
        with pytest.raises(Refused, match="another address"):
            await ours.pipelines()


async def test_a_project_may_be_named_by_its_number_and_an_archived_one_is_told() -> None:
    plain = {"GET /api/v4/projects/12": told(project())}
    async with gitlab(plain, projects=("12",)) as ours:
        answer = await ours.pipelines()
    assert (answer.status, str(answer.link).endswith("/projects/12")) == (Status.OK, True)
    async with gitlab({NAMED: told(project(archived=True))}) as ours:
        assert (await ours.pipelines()).status is Status.WARN


async def test_one_project_that_cannot_be_seen_hides_no_other() -> None:
    async with gitlab({PIPELINES: told([pipeline(status="failed")])}, projects=("acme/shop", "acme/gone")) as ours:
        answer = await ours.pipelines()
    assert (answer.status, {one.title for one in answer.evidence}) == (Status.FAIL, {"acme/shop: main", "acme/gone"})
    async with gitlab(projects=("acme/shop", "acme/gone")) as ours:
        answer = await ours.pipelines()
    assert (answer.status, "no project acme/gone" in (answer.reason or "")) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("canned", "kind", "words"),
    [
        (coded(401, {"error": "invalid_token", "error_description": "Expired"}), NotAuthorised, "Renew GITLAB_TOKEN"),
        (coded(403, {"error": "insufficient_scope"}), NotAuthorised, "scope read_api, role Reporter"),
        (coded(404, {"message": "404 Project Not Found"}), NotFound, "does not show it to us"),
        (coded(429, retry_after="120"), RateLimited, "120 s"),
        (coded(400, {"message": {"ref": ["is invalid"]}}), Refused, "refused"),
        (coded(400, {"message": ["a", "b"]}), Refused, "refused: a"),
        (coded(422, {"message": "no way"}), Refused, "refused: no way"),
    ],
)
async def test_each_refusal_says_what_to_do(canned: Canned, kind: type[VendorError], words: str) -> None:
    async with gitlab({NAMED: canned}) as ours:
        with pytest.raises(kind, match=words):
            await ours.pipelines()


async def test_what_is_sent_is_the_token_the_encoded_path_and_nothing_that_changes_anything() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with gitlab(server=server) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["private-token"] for one in asked} == {TOKEN}
    assert "/api/v4/projects/acme%2Fshop" in {one.path for one in asked}
    newest = next(one for one in asked if one.line == PIPELINES)
    assert newest.query == {"ref": ["main"], "order_by": ["id"], "sort": ["desc"], "per_page": ["20"]}


async def test_the_probe_names_what_is_missing_and_raises_where_nothing_works() -> None:
    async with gitlab({NAMED: coded(403)}) as ours:
        assert "Reporter" in (dict(await ours.probe())["read acme/shop"] or "")
    async with gitlab(server=lambda one: coded(401)) as ours:
        with pytest.raises(NotAuthorised):
            await ours.probe()


async def test_a_team_s_own_thresholds_count() -> None:
    thresholds = {"gitlab.pipelines": {"oldest_days": 400}, "gitlab.queue": {"warn_hours": 0, "fail_hours": 9}}
    async with gitlab(
        {PIPELINES: told([pipeline(created_at=ago(days=300))]), JOBS: told([job()])}, thresholds=thresholds
    ) as ours:
        assert (await ours.pipelines()).status is Status.OK
        assert (await ours.queue()).status is Status.WARN


def test_settings_say_what_is_missing_and_refuse_what_cannot_be() -> None:
    with pytest.raises(IncompleteSettings, match="GITLAB_PROJECTS is missing"):
        GitLabSettings(token=SecretStr("x")).refuse_half_set()
    for wrong in (
        {"review": ("everything",)},
        {"webhook_signing_token": "whsec_!!"},
        {"webhook_signing_token": "whsec_"},
    ):
        with pytest.raises(ValidationError):
            GitLabSettings.model_validate(wrong)
    assert not settings("http://127.0.0.1:1").on("write")
    assert settings("http://127.0.0.1:1", run_pipelines=True).on("write")
    with pytest.raises(IncompleteSettings, match="GITLAB_TOKEN"):
        GitLabSettings(run_pipelines=True).refuse_half_set()


class Crowd:
    """An API that counts how many ask at a time."""

    def __init__(self) -> None:
        self.now, self.most = 0, 0

    async def get(self, path: str, *_: Any, **__: Any) -> Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return Response(wording=Wording(title="GitLab"), status=200, headers=JSON, body=b"[]")


async def test_many_questions_wait_for_their_turn_before_their_time_begins() -> None:
    api = Crowd()
    client = GitLabClient(cast("Api", api), "")
    await asyncio.gather(*(client.schedules(12) for _ in range(100)))
    assert (api.most, api.now) == (8, 0)


def test_where_there_are_only_notices_nobody_is_asked() -> None:
    inbound = GitLabSettings(webhook_token=SecretStr("x"))
    assert (inbound.on("inbound"), inbound.on("read")) == (True, False)
    assert connect(inbound, Wiring(outside=Outside())) is None
