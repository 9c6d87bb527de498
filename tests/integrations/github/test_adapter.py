"""How GitHub's answers are judged, with the payloads it really sends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.github.adapter import GitHubReader, connect
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.http import Api, Outside
from bot.integrations.response import Response, Wording
from bot.integrations.settings import IncompleteSettings
from tests.integrations.contract.server import JSON, Canned, Request, serving, told
from tests.integrations.github.scripted import (
    DEPLOYMENTS,
    ENVIRONMENTS,
    LIMITS,
    NEWEST,
    PAGE,
    REPO,
    RUNS,
    SCRIPT,
    STATUSES,
    TOKEN,
    WORKFLOWS,
    deployment,
    environments,
    limits,
    repository,
    run,
    runs,
    settings,
    status,
    workflow,
    workflows,
)
from tests.integrations.moment import AT, ago, still


@asynccontextmanager
async def github(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Callable[[Request], Canned] | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **changes: Any,
) -> AsyncIterator[GitHubReader]:
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
    return Canned(
        status=code, body=found.body, headers={**JSON, **{name.replace("_", "-"): one for name, one in headers.items()}}
    )


def test_checks_stand_under_pipelines_deployments_and_security() -> None:
    def declared(**changes: Any) -> dict[str, Item]:
        ours = connect(settings("http://127.0.0.1:1", **changes), Wiring(outside=Outside()))
        assert ours is not None
        return {check.name: check.item for check in ours.checks()}

    assert declared() == {
        "github.runs": Item.PIPELINES,
        "github.waiting": Item.PIPELINES,
        "github.queue": Item.PIPELINES,
        "github.workflows": Item.PIPELINES,
        "github.deployments": Item.DEPLOYMENTS,
        "github.limits": Item.PIPELINES,
        "github.access": Item.SECURITY,
    }
    assert "github.access" not in declared(orgs=())
    assert set(declared(repos=())) == {"github.limits", "github.access"}


@pytest.mark.parametrize(
    ("changes", "status_", "words"),
    [
        ({}, Status.OK, "All 1 workflows succeeded on their default branch"),
        ({"conclusion": "neutral"}, Status.WARN, "neutral"),
        ({"conclusion": "skipped"}, Status.WARN, "skipped"),
        ({"conclusion": "cancelled"}, Status.WARN, "cancelled"),
        ({"conclusion": "stale"}, Status.WARN, "stale"),
        ({"conclusion": "action_required"}, Status.WARN, "action required"),
        ({"conclusion": "failure"}, Status.FAIL, "acme/shop: deploy: failure"),
        ({"conclusion": "timed_out"}, Status.FAIL, "timed out"),
        ({"conclusion": "startup_failure"}, Status.FAIL, "startup failure"),
        ({"conclusion": "splendid"}, Status.UNKNOWN, "ended with splendid, which we do not know"),
        ({"conclusion": None}, Status.UNKNOWN, "without a conclusion"),
        ({"status": "in_progress", "conclusion": None}, Status.WARN, "in progress at the moment"),
        ({"status": "queued", "conclusion": "success"}, Status.WARN, "queued at the moment"),
        ({"status": "dreaming", "conclusion": "success"}, Status.UNKNOWN, "dreaming"),
        ({"status": None, "conclusion": None}, Status.UNKNOWN, "none without a conclusion"),
        ({"run_started_at": ago(days=61)}, Status.WARN, "success, but that was 61 days ago"),
        ({"run_started_at": None, "created_at": ago(days=400)}, Status.WARN, "400 days ago"),
        ({"name": None, "actor": None, "triggering_actor": None, "head_repository": None}, Status.OK, "All 1"),
    ],
)
async def test_the_newest_run_decides(changes: dict[str, Any], status_: Status, words: str) -> None:
    async with github({NEWEST: runs(run(**changes))}) as ours:
        answer = await ours.runs()
    assert (answer.status, bool(answer.reason)) == (status_, status_ is Status.UNKNOWN)
    assert words in answer.summary
    for one in answer.evidence:
        assert (one.title, one.url) == ("acme/shop: deploy", f"{PAGE}/actions/runs/30433642")


async def test_runs_of_pull_requests_and_of_forks_are_passed_over_page_after_page() -> None:
    foreign = run(id=1, event="pull_request"), run(id=2, head_repository={"full_name": "eve/shop"}, event="push")
    other_branch = run(id=3, head_branch="feature")
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        if request.line != NEWEST:
            return SCRIPT.replying()(request)
        asked.append(request)
        address = f"http://{request.headers['host']}{request.path}"
        if "page" not in request.query:
            found = told({"total_count": 4, "workflow_runs": [*foreign, other_branch]})
            return Canned(body=found.body, headers={**JSON, "link": f'<{address}?page=2>; rel="next"'})
        return told({"total_count": 4, "workflow_runs": [run(conclusion="failure")]})

    async with github(server=server) as ours:
        assert (await ours.runs()).status is Status.FAIL
    assert asked[0].query == {"branch": ["main"], "exclude_pull_requests": ["true"], "per_page": ["20"]}
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("event", "conclusion", "status_"),
    [
        ("push", "success", Status.OK),
        ("schedule", "failure", Status.FAIL),
        ("pull_request", "success", Status.UNKNOWN),
        ("pull_request_target", "success", Status.UNKNOWN),
        (None, "success", Status.UNKNOWN),
    ],
)
async def test_runs_from_before_a_move_are_the_repository_s_own(
    event: str | None, conclusion: str, status_: Status
) -> None:
    one = run(event=event, conclusion=conclusion, head_repository={"full_name": "old/shop"})
    async with github({NEWEST: runs(one)}) as ours:
        assert (await ours.runs()).status is status_


async def test_a_list_that_is_shorter_than_its_own_count_is_not_taken_for_the_whole() -> None:
    for line, short in (
        (NEWEST, told({"total_count": 3, "workflow_runs": [run(event="pull_request")]})),
        (WORKFLOWS, told({"total_count": 2, "workflows": [workflow()]})),
    ):
        async with github({line: short}) as ours:
            with pytest.raises(Refused, match="not all seen"):
                await ours.runs()


async def test_workflows_that_never_ran_are_unknown_where_they_were_named_or_none_ran() -> None:
    both = {WORKFLOWS: workflows(workflow(), workflow(id=13, name="pr", path=".github/workflows/pr.yml"))}
    silent = {f"{REPO}/actions/workflows/13/runs": runs(), f"{REPO}/actions/workflows/pr.yml/runs": runs()}
    async with github(both | silent) as ours:
        assert (await ours.runs()).summary == "All 1 workflows succeeded on their default branch"
    async with github(both | silent, workflows=("acme/shop:pr.yml",)) as ours:
        answer = await ours.runs()
    assert (answer.status, "it never ran on main" in answer.summary) == (Status.UNKNOWN, True)
    async with github({NEWEST: runs()}) as ours:
        assert (await ours.runs()).status is Status.UNKNOWN


async def test_a_named_workflow_that_is_not_there_is_never_ok() -> None:
    async with github(workflows=("acme/shop:.github/workflows/gone.yml",)) as ours:
        for ask in (ours.runs, ours.workflows):
            answer = await ask()
            assert (answer.status, "has no such workflow" in answer.summary) == (Status.UNKNOWN, True)


async def test_a_named_workflow_that_was_deleted_is_never_ok_unless_made_anew() -> None:
    named = ("acme/shop:deploy.yml",)
    deleted = workflow(id=9, state="deleted")
    newest = {f"{REPO}/actions/workflows/deploy.yml/runs": runs(run())}
    async with github({WORKFLOWS: workflows(deleted), **newest}, workflows=named) as ours:
        for ask in (ours.runs, ours.workflows):
            answer = await ask()
            assert (answer.status, "has no such workflow" in answer.summary) == (Status.UNKNOWN, True)
    async with github({WORKFLOWS: workflows(workflow(), deleted), **newest}, workflows=named) as ours:
        for ask in (ours.runs, ours.workflows):
            assert (await ask()).status is Status.OK


@pytest.mark.parametrize("found", [workflows(), workflows(workflow(state="deleted"))])
async def test_a_repository_without_workflows_is_never_ok(found: Canned) -> None:
    async with github({WORKFLOWS: found}) as ours:
        for ask in (ours.runs, ours.workflows):
            with pytest.raises(NotFound, match="has no workflow"):
                await ask()


async def test_where_all_workflows_are_off_no_run_counts() -> None:
    async with github({WORKFLOWS: workflows(workflow(state="disabled_inactivity"))}) as ours:
        with pytest.raises(NotFound, match="no workflow that is switched on"):
            await ours.runs()


@pytest.mark.parametrize(
    ("state", "status_", "words"),
    [
        ("active", Status.OK, "All 1 workflows are switched on"),
        ("disabled_inactivity", Status.WARN, "switched off after 60 quiet days"),
        ("disabled_manually", Status.WARN, "switched off by hand"),
        ("disabled_fork", Status.WARN, "since this is a fork"),
        ("asleep", Status.UNKNOWN, "in the state asleep, which we do not know"),
        ("", Status.UNKNOWN, "without a name"),
    ],
)
async def test_a_workflow_that_is_off_is_told(state: str, status_: Status, words: str) -> None:
    async with github({WORKFLOWS: workflows(workflow(state=state))}) as ours:
        answer = await ours.workflows()
    assert (answer.status, words in answer.summary) == (status_, True)


async def test_a_workflow_on_the_second_page_is_seen() -> None:
    def server(request: Request) -> Canned:
        if request.line != WORKFLOWS:
            return SCRIPT.replying()(request)
        if "page" in request.query:
            return told({"total_count": 2, "workflows": [workflow(id=13, state="disabled_manually")]})
        found = told({"total_count": 2, "workflows": [workflow()]})
        link = f'<http://{request.headers["host"]}{request.path}?page=2>; rel="next", <http://x/>; rel="last"'
        return Canned(body=found.body, headers={**JSON, "link": link})

    async with github(server=server) as ours:
        assert (await ours.workflows()).status is Status.WARN


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("<https://evil.example.com/x?page=2>; rel=next", "another host"),
        ('<{same}>; rel="next"', "not complete"),
    ],
)
async def test_a_next_page_elsewhere_or_for_ever_is_not_followed(link: str, words: str) -> None:
    def server(request: Request) -> Canned:
        found = SCRIPT.replying()(request)
        same = link.replace("{same}", f"http://{request.headers['host']}{request.path}?page=1")
        return Canned(body=found.body, headers={**JSON, "link": same}) if request.line == WORKFLOWS else found

    async with github(server=server) as ours:
        with pytest.raises(Refused, match=words):
            await ours.workflows()


@pytest.mark.parametrize(
    ("changes", "status_", "words"),
    [
        ({"run_started_at": ago(hours=5)}, Status.WARN, "waiting for 5 h"),
        ({"run_started_at": ago(minutes=30)}, Status.OK, "(1 for a short time)"),
        ({"status": None}, Status.UNKNOWN, "does not say its state"),
        ({"status": "completed"}, Status.OK, "No run has waited"),
    ],
)
async def test_a_run_that_waits_for_long_is_told(changes: dict[str, Any], status_: Status, words: str) -> None:
    async with github({RUNS: runs(run(**{"status": "waiting", "conclusion": None} | changes))}) as ours:
        answer = await ours.waiting()
    assert (answer.status, words in answer.summary) == (status_, True)


@pytest.mark.parametrize(("hours", "status_"), [(0.5, Status.OK), (1.2, Status.WARN), (25, Status.FAIL)])
@pytest.mark.parametrize("state", ["queued", "pending", "requested"])
async def test_a_run_that_is_stuck_in_the_queue_is_told(state: str, hours: float, status_: Status) -> None:
    stuck = run(status=state, conclusion=None, run_started_at=ago(hours=hours))

    def server(request: Request) -> Canned:
        asked = request.line == RUNS and request.query["status"] == [state]
        return runs(stuck) if asked else SCRIPT.replying()(request)

    async with github(server=server) as ours:
        assert (await ours.queue()).status is status_


async def test_more_runs_than_github_shows_are_not_judged() -> None:
    async with github({RUNS: told({"total_count": 1_001, "workflow_runs": []})}) as ours:
        with pytest.raises(Refused, match="more than 1,000"):
            await ours.waiting()


@pytest.mark.parametrize(
    ("states", "status_", "words"),
    [
        ([status()], Status.OK, "The last deployment to all 1 environments succeeded"),
        ([status("inactive")], Status.WARN, "v1.4.2: inactive"),
        ([status("in_progress")], Status.WARN, "v1.4.2: in progress"),
        ([status("queued")], Status.WARN, "queued"),
        ([status("pending")], Status.WARN, "pending"),
        ([status("failure")], Status.FAIL, "acme/shop: production: v1.4.2: failure"),
        ([status("error")], Status.FAIL, "error"),
        ([status("glorious")], Status.UNKNOWN, "glorious, which we do not know"),
        ([], Status.WARN, "nobody has begun"),
        (
            [status(created_at=ago(hours=9)), status("failure", id=9002, created_at=ago(hours=1))],
            Status.FAIL,
            "failure",
        ),
    ],
)
async def test_the_last_deployment_is_judged_by_its_newest_status(
    states: list[dict[str, Any]], status_: Status, words: str
) -> None:
    async with github({STATUSES: told(states)}) as ours:
        answer = await ours.deployments()
    assert (answer.status, words in answer.summary) == (status_, True)
    assert len(answer.evidence) == 1


async def test_environments_that_nobody_named_count_only_where_something_was_deployed_for_good() -> None:
    def server(request: Request) -> Canned:
        if request.line == ENVIRONMENTS:
            return environments("production", "pr-7", "empty")
        if request.line == DEPLOYMENTS:
            name = request.query["environment"][0]
            rows = {
                "production": [deployment(id=300, created_at=ago(days=9)), deployment()],
                "pr-7": [deployment(id=9, environment="pr-7", transient_environment=True)],
            }
            return told(rows.get(name, []))
        return SCRIPT.replying()(request)

    async with github(server=server) as ours:
        answer = await ours.deployments()
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.OK, ["acme/shop: production"])
    async with github(server=server, environments=("empty",)) as ours:
        assert (await ours.deployments()).status is Status.UNKNOWN
    async with github(server=server, environments=("acme/shop:production", "acme/other:x")) as ours:
        summary = (await ours.deployments()).summary
    assert summary == "1 of 2 environments to look at: acme/shop: acme/other:x: nothing was ever deployed there"


@pytest.mark.parametrize("line", [ENVIRONMENTS, DEPLOYMENTS])
async def test_where_nothing_was_ever_deployed_it_is_unknown(line: str) -> None:
    async with github({line: environments() if line == ENVIRONMENTS else told([])}) as ours:
        answer = await ours.deployments()
    assert (answer.status, "Nothing was ever deployed" in (answer.reason or "")) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("canned", "status_", "words"),
    [
        (limits(), Status.OK, "4,900 of 5,000 calls left"),
        (limits(1_000), Status.WARN, "1,000 of 5,000"),
        (limits(0), Status.FAIL, "0 of 5,000"),
        (limits(0, 0), Status.UNKNOWN, "a limit of 0 calls"),
        (coded(404, {"message": "Rate limiting is not enabled."}), Status.OK, "limits no calls"),
    ],
)
async def test_the_budget_of_calls_is_judged(canned: Canned, status_: Status, words: str) -> None:
    async with github({LIMITS: canned}) as ours:
        answer = await ours.limits()
    assert (answer.status, words in answer.summary) == (status_, True)


@pytest.mark.parametrize(
    ("ends", "status_"),
    [
        (f"{AT + timedelta(days=20):%Y-%m-%d %H:%M:%S} UTC", Status.OK),
        (f"{AT + timedelta(days=9):%Y-%m-%d %H:%M:%S} +0200", Status.WARN),
        (f"{AT + timedelta(days=2):%Y-%m-%d %H:%M:%S} -0700", Status.FAIL),
        ((AT + timedelta(days=9)).isoformat(), Status.WARN),
        ("next year", Status.UNKNOWN),
    ],
    ids=["in 20 days", "in 9 days", "in 2 days", "in 9 days, ISO", "next year"],
)
async def test_a_token_that_ends_soon_is_told_beforehand(ends: str, status_: Status) -> None:
    headers = {**JSON, "github-authentication-token-expiration": ends}
    async with github({LIMITS: Canned(body=limits().body, headers=headers)}) as ours:
        assert (await ours.limits()).status is status_


async def test_a_renamed_repository_is_followed_on_its_own_host_and_warned_of() -> None:
    seen: list[Request] = []

    def server(request: Request) -> Canned:
        seen.append(request)
        if request.line == "GET /repos/acme/old":
            return coded(301, {"message": "Moved Permanently"}, location="/repositories/1296269")
        if request.line == "GET /repositories/1296269":
            return told(repository())
        return SCRIPT.replying()(request)

    async with github(server=server, repos=("acme/old",)) as ours:
        for ask in (ours.runs, ours.waiting, ours.queue, ours.workflows, ours.deployments):
            answer = await ask()
            assert answer.status is Status.WARN
            assert "acme/old: it is called acme/shop now" in answer.summary
    assert not any(one.path.startswith("/repos/acme/old/") for one in seen)


@pytest.mark.parametrize(
    "location", ["https://evil.example.com/repositories/1", "//evil.example.com/x", "", "http://["]
)
async def test_the_token_goes_to_no_other_host(location: str) -> None:
    async with github({REPO: coded(302, {}, location=location)}) as ours:
        with pytest.raises(Refused, match="another address"):
            await ours.runs()


async def test_a_redirect_without_end_is_given_up() -> None:
    async with github({REPO: coded(307, {}, location="/repos/acme/shop")}) as ours:
        with pytest.raises(Refused, match="another address"):
            await ours.runs()


@pytest.mark.parametrize("odd", ["archived", "disabled"])
async def test_a_repository_in_which_nothing_runs_any_more_is_told(odd: str) -> None:
    async with github({REPO: told(repository(**{odd: True}))}) as ours:
        answer = await ours.runs()
    assert (answer.status, f"it is {odd}" in answer.summary) == (Status.WARN, True)


async def test_one_repository_that_cannot_be_seen_hides_no_other() -> None:
    async with github({NEWEST: runs(run(conclusion="failure"))}, repos=("acme/shop", "acme/gone")) as ours:
        answer = await ours.runs()
    assert (answer.status, {one.title for one in answer.evidence}) == (
        Status.FAIL,
        {"acme/shop: deploy", "acme/gone"},
    )
    async with github(repos=("acme/shop", "acme/gone")) as ours:
        answer = await ours.runs()
    assert (answer.status, "no repository acme/gone" in (answer.reason or "")) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("canned", "kind", "words"),
    [
        (coded(401), NotAuthorised, "Renew GITHUB_TOKEN"),
        (coded(403, x_accepted_github_permissions="actions=read"), NotAuthorised, "it accepts actions=read"),
        (coded(403, x_github_sso="required; url=https://x/?a=1"), NotAuthorised, "single sign-on"),
        (coded(403, {"message": "acme has an IP allow list enabled"}), NotAuthorised, "allowed ones"),
        (coded(403, {"message": "You have exceeded a secondary rate limit"}), RateLimited, "pause of 60 s"),
        (coded(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(AT.timestamp()) + 900)), RateLimited, "9"),
        (coded(403, retry_after="120"), RateLimited, "120 s"),
        (coded(429, retry_after="120"), RateLimited, "120 s"),
        (coded(404), NotFound, "does not show it to us"),
        (coded(451), Refused, "refused"),
    ],
)
async def test_each_refusal_says_what_to_do(canned: Canned, kind: type[VendorError], words: str) -> None:
    async with github({REPO: canned}) as ours:
        with pytest.raises(kind, match=words):
            await ours.runs()


async def test_a_short_pause_that_is_asked_for_by_403_is_waited_for() -> None:
    turns = iter((coded(403, {"message": "secondary rate limit"}, retry_after="0"),))
    healthy = SCRIPT.replying()
    async with github(server=lambda one: next(turns, None) or healthy(one)) as ours:
        assert (await ours.runs()).status is Status.OK


async def test_what_is_sent_is_the_token_the_version_and_nothing_that_changes_anything() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with github(server=server) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {TOKEN}"}
    assert {one.headers["x-github-api-version"] for one in asked} == {"2022-11-28"}
    assert {one.headers["accept"] for one in asked} == {"application/vnd.github+json"}
    assert all(one.headers["user-agent"] for one in asked)


async def test_a_team_s_own_thresholds_count() -> None:
    thresholds = {"github.runs": {"oldest_days": 400}, "github.waiting": {"warn_hours": 0}}
    old = {NEWEST: runs(run(run_started_at=ago(days=300))), RUNS: runs(run(status="waiting", conclusion=None))}
    async with github(old, thresholds=thresholds) as ours:
        assert (await ours.runs()).status is Status.OK
        assert (await ours.waiting()).status is Status.WARN


async def test_the_probe_names_the_right_that_is_missing() -> None:
    async with github({DEPLOYMENTS: coded(403)}) as ours:
        remedies = dict(await ours.probe())
    assert "Deployments: read" in (remedies["read deployments of acme/shop"] or "")
    assert remedies["read acme/shop"] is None


def test_settings_say_what_is_missing_and_refuse_what_is_no_repository() -> None:
    with pytest.raises(IncompleteSettings, match="GITHUB_REPOS is missing"):
        GitHubSettings(token=SecretStr("x")).refuse_half_set()
    with pytest.raises(IncompleteSettings, match="GITHUB_INSTALLATION_ID is missing"):
        GitHubSettings(app_id="7", app_private_key=SecretStr("x"), repos=("acme/shop",)).refuse_half_set()
    for wrong in ({"repos": ("shop",)}, {"workflows": ("acme/shop",)}, {"review": ("everything",)}):
        with pytest.raises(ValidationError):
            GitHubSettings.model_validate(wrong)
    assert not settings("http://127.0.0.1:1").on("write")
    assert settings("http://127.0.0.1:1", run_workflows=True).on("write")
    with pytest.raises(IncompleteSettings, match="GITHUB_TOKEN"):
        GitHubSettings(run_workflows=True).refuse_half_set()
    assert GitHubSettings(token=SecretStr("x"), workflows=("acme/shop:ci.yml",)).watched == {"acme/shop": ["ci.yml"]}


class Crowd:
    """An API that counts how many ask at a time."""

    def __init__(self) -> None:
        self.now, self.most = 0, 0

    async def get(self, path: str, *_: Any, **__: Any) -> Response:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return Response(
            wording=Wording(title="GitHub"), status=200, headers=JSON, body=b'{"total_count": 0, "workflows": []}'
        )


async def test_many_questions_wait_for_their_turn_before_their_time_begins() -> None:
    api = Crowd()
    client = GitHubClient(cast("Api", api), still)
    await asyncio.gather(*(client.workflows("acme/shop") for _ in range(100)))
    assert (api.most, api.now) == (8, 0)


def test_where_there_are_only_notices_nobody_is_asked() -> None:
    inbound = GitHubSettings(webhook_secret=SecretStr("x"))
    assert (inbound.on("inbound"), inbound.on("read")) == (True, False)
    assert connect(inbound, Wiring(outside=Outside())) is None


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.acme.ghe.com/", "https://acme.ghe.com"),
        ("https://git.example.com/api/v3", "https://git.example.com"),
    ],
)
def test_people_are_sent_to_where_a_person_looks(api: str, web: str) -> None:
    asked = Outside().api(title="GitHub", base_url=api)
    assert GitHubClient(asked, still).web == web
